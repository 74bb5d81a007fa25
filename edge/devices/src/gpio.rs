//! Lines of GPIO chips, by the kernel's character device, for buttons and panels.

use std::io;
use std::path::{Path, PathBuf};

use gpiocdev::Chip;
use screens::locale::Message;
use thiserror::Error;

/// The name under which the kernel lists the lines that the kiosk uses.
pub(crate) const CONSUMER: &str = "breed-kiosk";

/// Why a GPIO line cannot be used. Each variant says so in one line, with the device and what to do.
#[derive(Debug, Error)]
pub enum GpioError {
    /// There is no such device file.
    #[error("{}: no such device; set gpio in kiosk.toml to one that `gpiodetect` lists", .0.display())]
    Missing(PathBuf),
    /// This user may not open the device file.
    #[error("{}: this user may not open it; add the user to the group gpio", .0.display())]
    Forbidden(PathBuf),
    /// The file is no GPIO chip.
    #[error("{}: not a GPIO chip; name one that `gpiodetect` lists", .0.display())]
    NoChip(PathBuf),
    /// The chip has fewer lines.
    #[error("{}: has no line {line}, only 0 to {}; choose one of them, or another chip", chip.display(), lines.saturating_sub(1))]
    NoLine {
        /// The chip.
        chip: PathBuf,
        /// The line that was asked for.
        line: u8,
        /// How many lines the chip has.
        lines: u32,
    },
    /// Another program uses the line.
    #[error("{}, line {line}: in use by {by:?}; choose another line, or stop what uses it", chip.display())]
    InUse {
        /// The chip.
        chip: PathBuf,
        /// The line.
        line: u8,
        /// The user's name, as the kernel lists it.
        by: String,
    },
    /// The kernel refuses something else.
    #[error("{}: {reason}; check its wiring and its driver", chip.display())]
    Refused {
        /// The chip.
        chip: PathBuf,
        /// What the kernel says.
        reason: gpiocdev::Error,
    },
}

impl GpioError {
    /// Turns an error of the kernel's interface into one of this chip.
    pub(crate) fn of(chip: &Path) -> impl Fn(gpiocdev::Error) -> Self {
        let chip = chip.to_owned();
        move |reason| {
            let chip = chip.clone();
            let kind = match &reason {
                gpiocdev::Error::Os(number) => io::Error::from_raw_os_error(number.0).kind(),
                gpiocdev::Error::GpioChip(..) => return Self::NoChip(chip),
                _ => io::ErrorKind::Other,
            };
            match kind {
                io::ErrorKind::NotFound => Self::Missing(chip),
                io::ErrorKind::PermissionDenied => Self::Forbidden(chip),
                _ => Self::Refused { chip, reason },
            }
        }
    }
}

impl From<&GpioError> for Message {
    fn from(error: &GpioError) -> Self {
        let about = |key, chip: &Path| Self::new(key).with("device", chip.display());
        match error {
            GpioError::Missing(chip) => about("notice-gpio-missing", chip),
            GpioError::Forbidden(chip) => about("notice-gpio-forbidden", chip),
            GpioError::NoChip(chip) => about("notice-gpio-no-chip", chip),
            GpioError::NoLine { chip, line, lines } => about("notice-gpio-no-line", chip)
                .with("line", line)
                .with("last", lines.saturating_sub(1)),
            GpioError::InUse { chip, line, by } => about("notice-gpio-in-use", chip)
                .with("line", line)
                .with("user", by),
            GpioError::Refused { chip, reason } => {
                about("notice-gpio-refused", chip).with("reason", reason)
            }
        }
    }
}

/// Checks that lines exist and are free. The kernel's answer to a request for them does not say
/// which of the two is wrong.
pub(crate) fn check(path: &Path, lines: impl IntoIterator<Item = u8>) -> Result<(), GpioError> {
    let chip = Chip::from_path(path).map_err(GpioError::of(path))?;
    let count = chip.info().map_err(GpioError::of(path))?.num_lines;
    for line in lines {
        if u32::from(line) >= count {
            return Err(GpioError::NoLine {
                chip: path.to_owned(),
                line,
                lines: count,
            });
        }
        let info = chip.line_info(line.into()).map_err(GpioError::of(path))?;
        if info.used {
            return Err(GpioError::InUse {
                chip: path.to_owned(),
                line,
                by: info.consumer,
            });
        }
    }
    Ok(())
}
