//! Reads photographs as [`recognise::photo`] does, and HEIC photographs too, as iPhones take them.
//!
//! HEIC is decoded by libheif's own program, where it is installed: Debian's package
//! `libheif-examples`, in version 1.15 or later. Without it, HEIC photographs are not read.

mod child;

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use image::RgbImage;
use recognise::photo::{self, Fault, Kind, MAX_BYTES, PhotoError};
use thiserror::Error;

/// How long a program may take: far longer than a telephone's photograph takes on a Raspberry Pi 4.
const DEADLINE: Duration = Duration::from_secs(60);

/// The program that decodes, by its present and its former name.
const DECODERS: [&str; 2] = ["heif-dec", "heif-convert"];

/// The program that lists the images of a file.
const LISTER: &str = "heif-info";

/// The photograph, in the folder that a program runs in.
const PHOTOGRAPH: &str = "photograph.heic";

/// Held while a photograph is decoded: one needs hundreds of megabytes.
static DECODING: Mutex<()> = Mutex::new(());

/// Reads photographs.
///
/// ```
/// use std::path::Path;
///
/// let photograph = heic::Reader::default().open(Path::new("../examples/chelsea.png"))?;
/// assert_eq!(photograph.dimensions(), (451, 300));
/// # Ok::<(), recognise::photo::PhotoError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    path: OsString,
    deadline: Duration,
}

/// Why a HEIC photograph was not decoded.
#[derive(Debug, Error)]
enum Failure {
    /// The program is not installed.
    #[error("libheif-examples is not installed")]
    NotInstalled,
    /// The kiosk could not run the program.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The program did not make a picture of the photograph.
    #[error(transparent)]
    Photograph(#[from] Fault),
}

impl Default for Reader {
    /// Finds the programs as a shell does.
    fn default() -> Self {
        Self::new(env::var_os("PATH").unwrap_or_default(), DEADLINE)
    }
}

impl Reader {
    /// A reader that looks for the programs in the folders of `path`, which is like the variable
    /// `PATH`, and gives each program until the deadline.
    #[must_use]
    pub fn new(path: impl Into<OsString>, deadline: Duration) -> Self {
        Self {
            path: path.into(),
            deadline,
        }
    }

    /// Reads the photograph at `path` as [`photo::open`] does, or HEIC. HEIC takes seconds, and waits
    /// until HEIC that another thread reads is done.
    ///
    /// # Errors
    /// As [`photo::open`]. HEIC that the program refuses is [`Fault::Damaged`]; where there is no
    /// program it is [`Fault::NotRead`].
    pub fn open(&self, path: &Path) -> Result<RgbImage, PhotoError> {
        match photo::open(path) {
            Err(PhotoError {
                fault: Fault::NotRead(Kind::Heic),
                ..
            }) => {
                let file = File::open(path).map_err(Fault::Unreadable);
                let picture = file.and_then(|file| self.heic(file));
                picture.map_err(|fault| PhotoError {
                    path: Some(path.to_owned()),
                    fault,
                })
            }
            other => other,
        }
    }

    /// Decodes a photograph as [`photo::decode`] does, or HEIC, as [`Reader::open`].
    ///
    /// # Errors
    /// As [`Reader::open`], without a path.
    pub fn decode(&self, bytes: &[u8]) -> Result<RgbImage, PhotoError> {
        match photo::decode(bytes) {
            Err(PhotoError {
                fault: Fault::NotRead(Kind::Heic),
                ..
            }) => Ok(self.heic(bytes)?),
            other => other,
        }
    }

    fn heic(&self, photograph: impl Read) -> Result<RgbImage, Fault> {
        self.converted(photograph).map_err(|failure| match failure {
            Failure::Photograph(fault) => fault,
            Failure::NotInstalled => Fault::NotRead(Kind::Heic),
            Failure::Io(error) => {
                tracing::warn!(%error, "the program that decodes HEIC cannot be run");
                Fault::NotRead(Kind::Heic)
            }
        })
    }

    /// Runs the program to convert a photograph to JPEG, and decodes that.
    fn converted(&self, photograph: impl Read) -> Result<RgbImage, Failure> {
        let _one_at_a_time = DECODING.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir()?;
        let folder = folder.path();
        let mut file = File::create(folder.join(PHOTOGRAPH))?;
        io::copy(&mut photograph.take(MAX_BYTES), &mut file)?;
        drop(file);
        self.run(&DECODERS, &[PHOTOGRAPH, "picture.jpg"], folder)?;
        let jpeg = fs::read(self.picture(folder)?)?;
        // The program has turned the picture. Some versions still keep EXIF data that ask for it.
        Ok(photo::decode_unturned(&jpeg).map_err(|error| error.fault)?)
    }

    /// The picture that the program wrote; of several, that of the photograph's primary image.
    fn picture(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let only = folder.join("picture.jpg");
        if only.exists() {
            return Ok(only);
        }
        let numbered = |number: usize| folder.join(format!("picture-{number}.jpg"));
        if !numbered(1).exists() {
            // The program succeeds even if it cannot write.
            return Err(Fault::Damaged("libheif made no picture of it".to_owned()).into());
        }
        // The list has the order of the pictures.
        let list = self.run(&[LISTER], &[PHOTOGRAPH], folder)?;
        let mut images = list.lines().filter(|line| line.starts_with("image: "));
        let primary = images.position(|line| line.ends_with(", primary"));
        Ok(numbered(primary.unwrap_or(0) + 1))
    }

    /// Runs the first program that is installed, and returns what it printed.
    fn run(&self, names: &[&str], arguments: &[&str], folder: &Path) -> Result<String, Failure> {
        for name in names {
            match child::start(name, arguments, folder, &self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                child => return child::finish(child?, folder, self.deadline),
            }
        }
        Err(Failure::NotInstalled)
    }
}
