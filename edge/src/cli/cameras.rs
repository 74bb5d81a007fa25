//! `kiosk cameras`: which cameras there are, with the line of `kiosk.toml` for each, and a picture of
//! what one sees.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use tempfile::NamedTempFile;

use devices::camera::{self, CameraError, Choice, Found};

use super::plain;
use crate::config::Config;

/// How long a picture is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one call may wait for it.
const TURN: Duration = Duration::from_millis(250);

/// For how long the first pictures are passed over: a camera that was just opened finds its exposure.
const WARM_UP: Duration = Duration::from_secs(1);

/// The quality of the JPEG, 1 to 100.
const QUALITY: u8 = 90;

#[derive(Debug, Args)]
pub(super) struct Cameras {
    /// Save what a camera sees as a JPEG in a new file
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// The camera of the snapshot, as in kiosk.toml [default: that of the configuration, else the one
    /// that auto takes]
    #[arg(long, value_name = "CAMERA", requires = "snapshot")]
    camera: Option<Choice>,
    /// List the camera of this configuration, too; a snapshot is adjusted by its [picture]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Cameras {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match &self.snapshot {
            Some(file) => self.save(file)?,
            None => list(&camera::found(), &self.config()?.camera)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn config(&self) -> anyhow::Result<Config> {
        match &self.config {
            Some(path) => Ok(Config::read(path)?),
            None => Ok(Config::default()),
        }
    }

    /// Saves a picture, and says of which camera and how large it is.
    fn save(&self, file: &Path) -> anyhow::Result<()> {
        let shown = file.display();
        // Said before the camera is waited for, and once more when the file is made.
        ensure!(!file.exists(), "{}", is_there(file));
        let config = self.config()?;
        let choice = match self.camera.clone().unwrap_or(config.camera) {
            Choice::Auto => first()?,
            choice => choice,
        };
        let picture = take(&choice, &config.picture)?;
        write(&picture, file)?;
        let (width, height) = picture.dimensions();
        let saved = format!("{shown}: {width}x{height}, of {choice}");
        writeln!(io::stdout(), "{}", plain(saved))?;
        Ok(())
    }
}

/// Prints each camera, with its line of `kiosk.toml` where it can be used, and the one on the network that
/// is configured, which cannot be found.
fn list(found: &[Found], configured: &Choice) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let is_remote = matches!(configured, Choice::Http(_) | Choice::Rtsp(_));
    if is_remote {
        let configured = plain(configured);
        writeln!(
            out,
            "{configured}: configured; --snapshot FILE.jpg tries it"
        )?;
    } else if found.is_empty() {
        writeln!(out, "no camera; plug one in with USB")?;
    }
    let taken = taken(found).map(|camera| &camera.choice);
    for camera in found {
        let choice = plain(&camera.choice);
        let name = match camera.name.as_str() {
            "" => String::new(),
            name => format!(": {}", plain(name)),
        };
        if let Some(why) = &camera.unusable {
            writeln!(out, "{choice}{name}: {}", plain(why))?;
            continue;
        }
        let note = if taken == Some(&camera.choice) {
            "; `auto` takes this one"
        } else {
            ""
        };
        writeln!(out, "{choice}{name}{note}")?;
        writeln!(out, "    camera = \"{choice}\"")?;
        for line in &camera.about {
            writeln!(out, "  {}", plain(line))?;
        }
    }
    Ok(())
}

/// The camera that `auto` takes: the first that can be used, but never the camera module in place of one
/// with USB that a program uses.
fn taken(found: &[Found]) -> Option<&Found> {
    let is_module = |camera: &Found| camera.choice == Choice::Csi;
    let is_in_use = (found.iter()).any(|camera| camera.is_in_use && !is_module(camera));
    (found.iter()).find(|camera| camera.unusable.is_none() && !(is_in_use && is_module(camera)))
}

/// The choice of the camera that `auto` takes.
fn first() -> anyhow::Result<Choice> {
    let found = camera::found();
    if let Some(taken) = taken(&found) {
        return Ok(taken.choice.clone());
    }
    let in_use = found.into_iter().find(|camera| camera.is_in_use);
    match in_use.and_then(|camera| Some((camera.choice, camera.unusable?))) {
        Some((choice, why)) => bail!("{choice}: {why}"),
        None => Err(CameraError::NoCamera.into()),
    }
}

/// What a camera sees: the first picture after its exposure was found, or else the last one.
fn take(choice: &Choice, settings: &camera::picture::Settings) -> anyhow::Result<RgbImage> {
    let mut camera = camera::open(choice, settings)?;
    camera.set_presence(true);
    let due = Instant::now() + PATIENCE;
    let mut opened: Option<Instant> = None;
    let mut newest: Option<Arc<RgbImage>> = None;
    while Instant::now() < due {
        match camera.frame(TURN) {
            Ok(None) => {}
            Ok(Some(mut frame)) => {
                // A damaged one is passed over: the next one comes soon.
                newest = frame.picture().ok().or(newest);
                if opened.get_or_insert_with(Instant::now).elapsed() >= WARM_UP {
                    break;
                }
            }
            // The next photograph of a folder may be better.
            Err(CameraError::Photo(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let newest = newest.map(Arc::unwrap_or_clone);
    newest.with_context(|| format!("{choice}: no picture within {} seconds", PATIENCE.as_secs()))
}

/// Writes a JPEG to a file beside it, which gets its name when it is whole.
fn write(picture: &RgbImage, file: &Path) -> anyhow::Result<()> {
    let shown = file.display();
    let failed = || format!("{shown}: cannot be written");
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut jpeg = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(picture);
    encoded.with_context(failed)?;
    let mut whole = NamedTempFile::new_in(folder).with_context(failed)?;
    whole.write_all(&jpeg).with_context(failed)?;
    match whole.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(anyhow!(is_there(file)))
        }
        Err(error) => Err(error.error).with_context(failed),
    }
}

fn is_there(file: &Path) -> String {
    format!(
        "{}: it is there already; name another file, or remove it",
        file.display()
    )
}
