//! Sets up a panel at any bus and pins: those of the machine, or those that a test watches.

use std::fmt;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;
use mipidsi::models::{GC9A01, ILI9341Rgb565, ST7789};
use ssd1306::I2CDisplayInterface;
use ssd1306::prelude::SPIInterface;

use super::oled::Oled;
use super::panel::Driver;
use super::tft::Tft;
use super::{Display, DisplayError, Panel, PanelError};

/// The pins of a panel at SPI.
#[derive(Debug)]
pub struct Pins<P> {
    /// Low for commands, high for data.
    pub data_command: P,
    /// Low for a reset.
    pub reset: Option<P>,
    /// High to switch the light on.
    pub backlight: Option<P>,
}

/// Resets and sets up a panel at SPI, which takes up to half a second. It stays dark until the first
/// canvas.
///
/// # Errors
/// What the bus or a pin refuses.
pub fn by_spi<S, P>(
    panel: &Panel,
    spi: S,
    mut pins: Pins<P>,
    delay: &mut impl DelayNs,
) -> Result<Box<dyn Display>, DisplayError>
where
    S: SpiDevice<Error: fmt::Display> + Send + 'static,
    P: OutputPin<Error: fmt::Display> + Send + 'static,
{
    pulse(panel, pins.reset.as_mut(), delay)?;
    Ok(match panel.driver {
        Driver::St7789 => Box::new(Tft::start(ST7789, panel, spi, pins, delay)?),
        Driver::Ili9341 => Box::new(Tft::start(ILI9341Rgb565, panel, spi, pins, delay)?),
        Driver::Gc9a01 => Box::new(Tft::start(GC9A01, panel, spi, pins, delay)?),
        Driver::Ssd1306 | Driver::Sh1106 => {
            let wire = SPIInterface::new(spi, pins.data_command);
            Box::new(Oled::start(panel, wire, pins.reset)?)
        }
    })
}

/// Resets and sets up a panel at this address of I2C.
///
/// # Errors
/// What the bus or the pin refuses; [`PanelError::NotByI2c`] where the driver has no I2C.
pub fn by_i2c<B, P>(
    panel: &Panel,
    i2c: B,
    address: u8,
    mut reset: Option<P>,
    delay: &mut impl DelayNs,
) -> Result<Box<dyn Display>, DisplayError>
where
    B: I2c + Send + 'static,
    P: OutputPin<Error: fmt::Display> + Send + 'static,
{
    pulse(panel, reset.as_mut(), delay)?;
    match panel.driver {
        Driver::Ssd1306 | Driver::Sh1106 => {
            let wire = I2CDisplayInterface::new_custom_address(i2c, address);
            Ok(Box::new(Oled::start(panel, wire, reset)?))
        }
        driver => Err(PanelError::NotByI2c(driver).into()),
    }
}

/// Resets a panel. All of the chips need a pulse of at most 10 µs, and are ready 5 ms later.
fn pulse<P: OutputPin<Error: fmt::Display>>(
    panel: &Panel,
    reset: Option<&mut P>,
    delay: &mut impl DelayNs,
) -> Result<(), DisplayError> {
    let Some(pin) = reset else {
        return Ok(());
    };
    let refused = |error: P::Error| DisplayError::Refused {
        device: panel.gpio.clone(),
        reason: error.to_string(),
    };
    pin.set_low().map_err(refused)?;
    delay.delay_ms(1);
    pin.set_high().map_err(refused)?;
    delay.delay_ms(10);
    Ok(())
}
