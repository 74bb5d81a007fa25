//! Adjusts the pictures of cameras that are programs or on the network, whose own settings the kiosk
//! does not know.

use std::path::Path;
use std::time::Duration;

use retry::BackOff;

use super::CameraError;
use super::mode::Agreed;
use super::picture::Settings;
use super::pixels::Raw;
use super::video::{Open, Stream};

/// Opens a stream whose pictures are adjusted.
pub(super) struct Adjusted<O> {
    open: O,
    picture: Settings,
}

impl<O> Adjusted<O> {
    pub(super) fn new(open: O, picture: &Settings) -> Self {
        Self {
            open,
            picture: picture.clone(),
        }
    }
}

impl<O: Open> Open for Adjusted<O> {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        Ok(Box::new(AdjustedStream {
            stream: self.open.open()?,
            picture: self.picture.clone(),
        }))
    }

    fn patience(&self) -> Duration {
        self.open.patience()
    }

    fn back_off(&self) -> BackOff {
        self.open.back_off()
    }
}

/// A stream whose pictures are adjusted.
struct AdjustedStream {
    stream: Box<dyn Stream>,
    picture: Settings,
}

impl Stream for AdjustedStream {
    fn name(&self) -> &Path {
        self.stream.name()
    }

    fn agreed(&self) -> Agreed {
        self.stream.agreed()
    }

    fn has_driver(&self) -> bool {
        self.stream.has_driver()
    }

    fn picture(&self) -> Settings {
        self.picture.clone()
    }

    fn next(&mut self) -> Result<Raw<'_>, CameraError> {
        self.stream.next()
    }

    fn patience(&self) -> Duration {
        self.stream.patience()
    }
}
