//! The lines of GPIO chips, by the kernel's character device: what buttons and panels have in
//! common.

use std::io;
use std::path::{Path, PathBuf};

use gpiocdev::Chip;
use thiserror::Error;

/// Who has the lines, as the kernel shows it to others.
pub(crate) const CONSUMER: &str = "breed-kiosk";

/// Why a line cannot be had.
#[derive(Debug, Error)]
pub enum GpioError {
    /// There is no such device file.
    #[error("{}: no such device; set gpio in kiosk.toml to one that `gpiodetect` lists", .0.display())]
    Missing(PathBuf),
    /// The device file is not this user's.
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
        /// How many it has.
        lines: u32,
    },
    /// Somebody else has the line.
    #[error("{}, line {line}: in use by {by:?}; choose another line, or stop what uses it", chip.display())]
    InUse {
        /// The chip.
        chip: PathBuf,
        /// The line.
        line: u8,
        /// Who has it, as the kernel knows them.
        by: String,
    },
    /// The kernel refuses something else.
    #[error("{}: {reason}; check its wiring and its driver", chip.display())]
    Refused {
        /// The chip.
        chip: PathBuf,
        /// What it says.
        reason: gpiocdev::Error,
    },
}

impl GpioError {
    /// Puts the chip's name to an error of its driver.
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

/// Says of lines that cannot be had why, which the kernel's answer to a request does not.
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
        let about = chip.line_info(line.into()).map_err(GpioError::of(path))?;
        if about.used {
            return Err(GpioError::InUse {
                chip: path.to_owned(),
                line,
                by: about.consumer,
            });
        }
    }
    Ok(())
}
