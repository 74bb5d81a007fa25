//! Reads the pictures of a video device on Video4Linux.

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use v4l::buffer::{Flags, Metadata};
use v4l::io::traits::CaptureStream;

use super::CameraError;
use super::device::{self, IMPOSSIBLE, Source};
use super::mode::Agreed;
use super::picture::Settings;
use super::pixels::Raw;
use super::video::{Open, Stream};

/// Opens the device of a file, or the first that can be used, and sets its controls.
#[derive(Debug, Default)]
pub struct V4l2 {
    /// `None` for the first that can be used.
    path: Option<PathBuf>,
    picture: Settings,
    /// What of the settings a camera does not have, and was logged.
    noted: BTreeSet<String>,
    /// The devices that are open. One whose driver hangs cannot be opened again before the driver
    /// returns.
    open: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl V4l2 {
    /// An opener of the device at `path`, or of the first that can be used, whose controls are set by
    /// `picture`.
    #[must_use]
    pub fn new(path: Option<PathBuf>, picture: &Settings) -> Self {
        Self {
            path,
            picture: picture.clone(),
            ..Self::default()
        }
    }

    fn named(&self, path: &Path) -> Result<Pictures, CameraError> {
        // The entries of /dev/v4l/by-id/ are links.
        let real = path.canonicalize().map_err(|error| {
            tracing::debug!(device = %path.display(), %error, "the camera is not found");
            CameraError::NoDevice(path.to_owned())
        })?;
        let hold = self
            .hold(&real)
            .ok_or_else(|| CameraError::Silent(path.to_owned()))?;
        match device::open(&real, &self.picture) {
            (_, Ok(source)) => Ok(self.pictures(source, hold)),
            (_, Err(why)) => Err(CameraError::Unusable {
                device: path.to_owned(),
                why,
            }),
        }
    }

    /// The first device that can be used and is not open.
    fn first(&self) -> Result<Pictures, CameraError> {
        let mut refused = None;
        for path in device::paths() {
            let Some(hold) = self.hold(&path) else {
                continue;
            };
            match device::open(&path, &self.picture) {
                (_, Ok(source)) => return Ok(self.pictures(source, hold)),
                (about, Err(why)) => {
                    tracing::debug!(device = %path.display(), %why, "a video device is passed over");
                    if !about.modes.is_empty() {
                        refused.get_or_insert(CameraError::Unusable { device: path, why });
                    }
                }
            }
        }
        Err(match lock(&self.open).first() {
            Some(hanging) => CameraError::Silent(hanging.clone()),
            None => refused.unwrap_or(CameraError::NoCamera),
        })
    }

    fn pictures(&self, source: Source, hold: Hold) -> Pictures {
        Pictures {
            source,
            hold,
            picture: self.picture.clone(),
        }
    }

    /// Lists a device as open; `None` where it is open already.
    fn hold(&self, path: &Path) -> Option<Hold> {
        let is_new = lock(&self.open).insert(path.to_owned());
        is_new.then(|| Hold {
            path: path.to_owned(),
            open: Arc::clone(&self.open),
        })
    }
}

impl Open for V4l2 {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        let pictures = match &self.path {
            Some(path) => self.named(path)?,
            None => self.first()?,
        };
        for note in &pictures.source.notes {
            if self.noted.insert(note.clone()) {
                let device = pictures.hold.path.display();
                tracing::warn!(%device, "{note}");
            }
        }
        Ok(Box::new(pictures))
    }
}

/// The pictures of an open device.
struct Pictures {
    // Fields are dropped in this order: the device is closed before it may be opened again.
    source: Source,
    hold: Hold,
    picture: Settings,
}

impl Stream for Pictures {
    fn name(&self) -> &Path {
        &self.hold.path
    }

    fn agreed(&self) -> Agreed {
        self.source.agreed
    }

    fn has_driver(&self) -> bool {
        true
    }

    fn picture(&self) -> Settings {
        self.picture.clone()
    }

    fn next(&mut self) -> Result<Raw<'_>, CameraError> {
        let stream = &mut self.source.stream;
        // The library panics at answers that no driver should give.
        let next = catch_unwind(AssertUnwindSafe(move || {
            // Only a reference that is moved into the closure can leave it with the picture.
            let moved = stream;
            CaptureStream::next(moved)
        }));
        match next.unwrap_or_else(|_| Err(io::Error::other(IMPOSSIBLE))) {
            Ok((buffer, about)) => Ok(filled(buffer, about)),
            Err(error) => Err(CameraError::Refused {
                device: self.hold.path.clone(),
                reason: error.to_string(),
            }),
        }
    }
}

/// The picture in a buffer: as many of its bytes as the driver says that the camera has filled. What
/// follows are bytes of earlier pictures.
#[must_use]
pub fn filled<'a>(buffer: &'a [u8], about: &Metadata) -> Raw<'a> {
    let used = usize::try_from(about.bytesused).unwrap_or(usize::MAX);
    Raw {
        bytes: &buffer[..used.min(buffer.len())],
        is_damaged: about.flags.contains(Flags::ERROR),
    }
}

/// Lists a device as open until it is dropped.
struct Hold {
    path: PathBuf,
    open: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.path);
    }
}

fn lock(open: &Mutex<BTreeSet<PathBuf>>) -> MutexGuard<'_, BTreeSet<PathBuf>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
