//! Takes the first camera that there is: one with USB, or else the camera module at the ribbon cable.

use std::time::Duration;

use retry::BackOff;

use super::CameraError;
use super::csi::Csi;
use super::picture::Settings;
use super::stream::Adjusted;
use super::v4l2::V4l2;
use super::video::{Open, Stream};

/// The pauses between attempts. Without any camera each attempt starts a program, and one that comes
/// back is to be seen within three seconds.
const BACK_OFF: BackOff = BackOff::new(Duration::from_millis(250), Duration::from_secs(2));

/// Opens whatever camera there is.
pub struct Auto {
    usb: V4l2,
    csi: Csi,
    module: Adjusted<Csi>,
}

impl Auto {
    /// Any camera, with these settings. `csi` is the camera module to take where there is no camera
    /// with USB.
    #[must_use]
    pub fn new(csi: Csi, picture: &Settings) -> Self {
        Self {
            usb: V4l2::new(None, picture),
            module: Adjusted::new(csi.clone().sought(), picture),
            csi,
        }
    }
}

impl Open for Auto {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraError> {
        match self.usb.open() {
            // One that is there and cannot be used is what its owner should hear of.
            Err(CameraError::NoCamera) if self.csi.program().is_some() => self.module.open(),
            other => other,
        }
    }

    fn back_off(&self) -> BackOff {
        BACK_OFF
    }
}
