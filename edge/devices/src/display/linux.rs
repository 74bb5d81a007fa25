//! Opens a panel at the buses and pins of this machine, by the device files of Linux.

use std::path::Path;

use gpiocdev::Request;
use gpiocdev::line::Value;
use gpiocdev_embedded_hal::OutputPin;
use linux_embedded_hal::spidev::{SpiModeFlags, Spidev, SpidevOptions};
use linux_embedded_hal::{Delay, I2cdev, SpidevDevice};

use super::panel::Bus;
use super::wiring::{self, Pins};
use super::{Connection, Display, DisplayError, Panel};
use crate::gpio::{self, GpioError};

/// Opens the bus, requests the pins and sets up the panel.
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
            let i2c =
                i2c.map_err(|error| DisplayError::of(Connection::I2c, device)(error.into()))?;
            let reset = optional(panel.reset, Value::Active)?;
            wiring::by_i2c(panel, i2c, *address, reset, &mut Delay)
        }
    }
}

fn spi(device: &Path, speed: u32) -> Result<SpidevDevice, DisplayError> {
    let of_device = DisplayError::of(Connection::Spi, device);
    let mut spi = Spidev::open(device).map_err(&of_device)?;
    let options = SpidevOptions::new()
        .bits_per_word(8)
        .max_speed_hz(speed)
        .mode(SpiModeFlags::SPI_MODE_0)
        .build();
    spi.configure(&options).map_err(of_device)?;
    Ok(SpidevDevice(spi))
}

/// Requests a line as an output with this level at first.
fn output(chip: &Path, line: u8, level: Value) -> Result<OutputPin, DisplayError> {
    gpio::check(chip, [line])?;
    let request = Request::builder()
        .on_chip(chip)
        .with_consumer(gpio::CONSUMER)
        .with_line(line.into())
        .as_output(level)
        .request()
        .map_err(GpioError::of(chip))?;
    OutputPin::try_from(request).map_err(|error| DisplayError::Refused {
        device: chip.to_owned(),
        reason: error.to_string(),
    })
}
