//! What can be wrong with buttons and keys, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use screens::locale::Message;
use thiserror::Error;

use crate::gpio::GpioError;
use crate::supervise::Defect;

/// Why a button, a keypad or a scanner cannot be used. Each variant says so in one line, with the
/// device and what to do.
#[derive(Debug, Error)]
pub enum ButtonsError {
    /// No line of a GPIO chip has this number.
    #[error("{0} is no GPIO line; 0 to 53 are possible")]
    NoLine(i64),
    /// Two buttons have this line.
    #[error("two buttons on GPIO line {0}; give each a line of its own")]
    SameLine(u8),
    /// The text names no keypad.
    #[error("{0:?} is no keypad; choose none, auto or a device such as /dev/input/event3")]
    NoKeypad(String),
    /// There is no such device file.
    #[error("{}: no such device; plug it in, or name another under [buttons] in kiosk.toml", .0.display())]
    Missing(PathBuf),
    /// This user may not open the device file.
    #[error("{}: this user may not open it; add the user to the group {group}", device.display())]
    Forbidden {
        /// The device.
        device: PathBuf,
        /// The group whose members may open it.
        group: &'static str,
    },
    /// A push button's line cannot be used.
    #[error(transparent)]
    Line(#[from] GpioError),
    /// The device has no digits or no Enter.
    #[error("{}: has no digits and Enter; name a keypad, a keyboard or a scanner", .0.display())]
    NoKeys(PathBuf),
    /// Another program has exclusive access to the device.
    #[error("{}: another program has grabbed it; stop that, or name another device", .0.display())]
    Grabbed(PathBuf),
    /// The system refuses something else about an input device.
    #[error("{}: {reason}; unplug it and plug it in again", device.display())]
    Input {
        /// The device.
        device: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// A defect of the program has interrupted the work with the device.
    #[error(transparent)]
    Defect(#[from] Defect),
}

impl ButtonsError {
    /// Turns an error of the system into one of this input device.
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

impl From<&ButtonsError> for Message {
    fn from(error: &ButtonsError) -> Self {
        let about = |key, device: &Path| Self::new(key).with("device", device.display());
        match error {
            ButtonsError::NoLine(line) => Self::new("notice-buttons-no-line").with("line", line),
            ButtonsError::SameLine(line) => {
                Self::new("notice-buttons-same-line").with("line", line)
            }
            ButtonsError::NoKeypad(choice) => {
                Self::new("notice-buttons-no-keypad").with("choice", choice)
            }
            ButtonsError::Missing(device) => about("notice-buttons-missing", device),
            ButtonsError::Forbidden { device, group } => {
                about("notice-buttons-forbidden", device).with("group", group)
            }
            ButtonsError::Line(error) => error.into(),
            ButtonsError::NoKeys(device) => about("notice-buttons-no-keys", device),
            ButtonsError::Grabbed(device) => about("notice-buttons-grabbed", device),
            ButtonsError::Input { device, reason } => {
                about("notice-buttons-refused", device).with("reason", reason)
            }
            ButtonsError::Defect(defect) => defect.into(),
        }
    }
}
