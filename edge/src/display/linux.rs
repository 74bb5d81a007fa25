//! A panel at the buses and pins of this machine, by the device files of Linux.

use std::path::Path;

use gpiocdev::line::Value;
use gpiocdev::{Chip, Request};
use gpiocdev_embedded_hal::OutputPin;
use linux_embedded_hal::spidev::{SpiModeFlags, Spidev, SpidevOptions};
use linux_embedded_hal::{Delay, I2cdev, SpidevDevice};

use super::error::Kind;
use super::panel::Bus;
use super::wiring::{self, Pins};
use super::{Display, DisplayError, Panel};

/// Who has the pins, as the kernel shows it to others.
const CONSUMER: &str = "breed-kiosk";

/// Takes bus and pins, and sets up the panel.
pub(super) fn open(panel: &Panel) -> Result<Box<dyn Display>, DisplayError> {
    let pin = |line, level| output(&panel.gpio, line, level);
    let optional = |line: Option<u8>, level| line.map(|line| pin(line, level)).transpose();
    match &panel.bus {
        Bus::Spi {
            device,
            speed,
            data_command,
        } => {
            let spi = spi(device, *speed)?;
            let pins = Pins {
                data_command: pin(*data_command, Value::Active)?,
                reset: optional(panel.reset, Value::Active)?,
                backlight: optional(panel.backlight, Value::Inactive)?,
            };
            wiring::by_spi(panel, spi, pins, &mut Delay)
        }
        Bus::I2c { device, address } => {
            let i2c = I2cdev::new(device);
            let i2c = i2c.map_err(|error| DisplayError::of(Kind::I2c, device)(error.into()))?;
            let reset = optional(panel.reset, Value::Active)?;
            wiring::by_i2c(panel, i2c, *address, reset, &mut Delay)
        }
    }
}

fn spi(device: &Path, speed: u32) -> Result<SpidevDevice, DisplayError> {
    let of_device = DisplayError::of(Kind::Spi, device);
    let mut spi = Spidev::open(device).map_err(&of_device)?;
    let options = SpidevOptions::new()
        .bits_per_word(8)
        .max_speed_hz(speed)
        .mode(SpiModeFlags::SPI_MODE_0)
        .build();
    spi.configure(&options).map_err(of_device)?;
    Ok(SpidevDevice(spi))
}

/// Takes a line as an output, of this level at first.
fn output(chip: &Path, line: u8, level: Value) -> Result<OutputPin, DisplayError> {
    check(chip, line)?;
    let request = Request::builder()
        .on_chip(chip)
        .with_consumer(CONSUMER)
        .with_line(line.into())
        .as_output(level)
        .request()
        .map_err(of_chip(chip))?;
    OutputPin::try_from(request).map_err(|error| DisplayError::Refused {
        device: chip.to_owned(),
        reason: error.to_string(),
    })
}

/// Says of a line that cannot be had why, which the kernel's answer to the request does not.
fn check(path: &Path, line: u8) -> Result<(), DisplayError> {
    let chip = Chip::from_path(path).map_err(of_chip(path))?;
    let lines = chip.info().map_err(of_chip(path))?.num_lines;
    if u32::from(line) >= lines {
        return Err(DisplayError::NoLine {
            chip: path.to_owned(),
            line,
            lines,
        });
    }
    let about = chip.line_info(line.into()).map_err(of_chip(path))?;
    match about.used {
        true => Err(DisplayError::LineInUse {
            chip: path.to_owned(),
            line,
            by: about.consumer,
        }),
        false => Ok(()),
    }
}

/// Puts the chip's name to an error of its driver.
fn of_chip(chip: &Path) -> impl Fn(gpiocdev::Error) -> DisplayError {
    move |error| match error {
        gpiocdev::Error::GpioChip(..) => DisplayError::NoChip(chip.to_owned()),
        gpiocdev::Error::Os(number) => {
            DisplayError::of(Kind::Gpio, chip)(std::io::Error::from_raw_os_error(number.0))
        }
        other => DisplayError::Refused {
            device: chip.to_owned(),
            reason: other.to_string(),
        },
    }
}
