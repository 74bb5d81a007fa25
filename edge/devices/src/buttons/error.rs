//! What can be wrong with buttons and keys, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::gpio::GpioError;

/// Why a button, a keypad or a scanner cannot be used. Each says so in one line, with the device
/// and what to do.
#[derive(Debug, Error)]
pub enum ButtonsError {
    /// No line of a GPIO chip has this number.
    #[error("{0} is no GPIO line; 0 to 53 are possible")]
    NoLine(i64),
    /// Two buttons have this line.
    #[error("two buttons on GPIO line {0}; give each a line of its own")]
    SameLine(u8),
    /// The choice of a keypad is none.
    #[error("{0:?} is no keypad; choose none, auto or a device such as /dev/input/event3")]
    NoKeypad(String),
    /// There is no such device file.
    #[error("{}: no such device; plug it in, or name another under [buttons] in kiosk.toml", .0.display())]
    Missing(PathBuf),
    /// The device file is not this user's.
    #[error("{}: this user may not open it; add the user to the group {group}", device.display())]
    Forbidden {
        /// The device.
        device: PathBuf,
        /// Whose members may open it.
        group: &'static str,
    },
    /// A push button's line cannot be had.
    #[error(transparent)]
    Line(#[from] GpioError),
    /// The device has no digits or no Enter.
    #[error("{}: has no digits and Enter; name a keypad, a keyboard or a scanner", .0.display())]
    NoKeys(PathBuf),
    /// Another program has taken the device for itself.
    #[error("{}: another program has grabbed it; stop that, or name another device", .0.display())]
    Grabbed(PathBuf),
    /// The system refuses something else about an input device.
    #[error("{}: {reason}; plug it out and in again", device.display())]
    Input {
        /// The device.
        device: PathBuf,
        /// What it says.
        reason: io::Error,
    },
}

impl ButtonsError {
    /// Puts the device's name to an error of the system.
    pub(super) fn input(device: &Path) -> impl Fn(io::Error) -> Self {
        let device = device.to_owned();
        move |reason| {
            let device = device.clone();
            match reason.kind() {
                io::ErrorKind::NotFound => Self::Missing(device),
                io::ErrorKind::PermissionDenied => Self::Forbidden {
                    device,
                    group: "input",
                },
                io::ErrorKind::ResourceBusy => Self::Grabbed(device),
                _ => Self::Input { device, reason },
            }
        }
    }
}
