//! Drives colour panels at SPI, of chips that use the MIPI Display Command Set.

use std::fmt;
use std::path::{Path, PathBuf};

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::pixelcolor::raw::RawU16;
use embedded_graphics::prelude::IntoStorage;
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;
use mipidsi::interface::{Interface, InterfaceKind};
use mipidsi::models::Model;
use mipidsi::options::{ColorInversion, ColorOrder, Orientation};
use mipidsi::{Builder, InitError, NoResetPin};
use screens::{Canvas, Screen};

use super::changes::{Area, changes};
use super::wiring::Pins;
use super::{Display, DisplayError, Panel};

/// The most bytes of one transfer: the size of spidev's buffer (its `bufsiz`).
const LONGEST: usize = 4096;

/// The cost of an area in addition to its pixels, in pixels: eleven bytes of commands, and about ten
/// system calls.
const PRICE: usize = 400;

pub(super) struct Tft<S, P, M>
where
    S: SpiDevice<Error: fmt::Display>,
    P: OutputPin<Error: fmt::Display>,
    M: Model<ColorFormat = Rgb565>,
{
    driver: mipidsi::Display<Wire<S, P>, M, NoResetPin>,
    screen: Screen,
    /// All columns and rows.
    glass: [usize; 2],
    /// Pixels between the edge of the glass and the screen.
    margin: usize,
    gpio: PathBuf,
    /// The pixels on the panel; empty where they are unknown.
    held: Vec<u16>,
    backlight: Option<P>,
    /// Kept, because the pin stays high only while its line is requested.
    _reset: Option<P>,
}

impl<S, P, M> Tft<S, P, M>
where
    S: SpiDevice<Error: fmt::Display>,
    P: OutputPin<Error: fmt::Display>,
    M: Model<ColorFormat = Rgb565>,
{
    /// Sets up a panel that was reset. It stays dark until the first canvas.
    pub(super) fn start(
        model: M,
        panel: &Panel,
        spi: S,
        pins: Pins<P>,
        delay: &mut impl DelayNs,
    ) -> Result<Self, DisplayError> {
        let orientation = Orientation {
            rotation: panel.rotation,
            mirrored: panel.mirrored,
        };
        let wire = Wire {
            spi,
            data_command: pins.data_command,
            device: panel.bus.device().to_owned(),
            gpio: panel.gpio.clone(),
            buffer: Vec::with_capacity(LONGEST),
        };
        let driver = Builder::new(model, wire)
            .display_size(panel.width, panel.height)
            .display_offset(panel.offset[0], panel.offset[1])
            .orientation(orientation)
            .invert_colors(if panel.inverted {
                ColorInversion::Inverted
            } else {
                ColorInversion::Normal
            })
            .color_order(if panel.bgr {
                ColorOrder::Bgr
            } else {
                ColorOrder::Rgb
            })
            .init(delay)
            .map_err(|error| match error {
                InitError::Interface(error) => error,
                InitError::ResetPin(never) => match never {},
                InitError::InvalidConfiguration(wrong) => {
                    refused(panel.bus.device())(format!("{wrong:?}"))
                }
            })?;
        Ok(Self {
            driver,
            screen: panel.screen(),
            glass: [panel.glass().0.into(), panel.glass().1.into()],
            margin: panel.margin().into(),
            gpio: panel.gpio.clone(),
            held: Vec::new(),
            backlight: pins.backlight,
            _reset: pins.reset,
        })
    }

    fn send(&mut self, area: Area, pixels: &[u16]) -> Result<(), DisplayError> {
        // A panel has 320 pixels each way at most.
        let [left, top] = [area.left as u16, area.top as u16];
        let [right, bottom] = [left + area.width as u16 - 1, top + area.height as u16 - 1];
        let rows = pixels.chunks_exact(self.glass[0]);
        let inside = rows
            .skip(area.top)
            .take(area.height)
            .flat_map(|row| &row[area.left..area.left + area.width]);
        let colours = inside.map(|&pixel| Rgb565::from(RawU16::new(pixel)));
        self.driver.set_pixels(left, top, right, bottom, colours)
    }
}

impl<S, P, M> Display for Tft<S, P, M>
where
    S: SpiDevice<Error: fmt::Display> + Send,
    P: OutputPin<Error: fmt::Display> + Send,
    M: Model<ColorFormat = Rgb565> + Send,
{
    fn screen(&self) -> Screen {
        self.screen
    }

    fn show(&mut self, canvas: &Canvas) -> Result<(), DisplayError> {
        let [width, height] = self.glass;
        // The background goes on to the edge.
        let paper = canvas
            .rows::<Rgb565>()
            .last()
            .and_then(|mut row| row.next());
        let paper = paper.map_or(0, IntoStorage::into_storage);
        let mut pixels = vec![paper; width * height];
        let rows = pixels.chunks_exact_mut(width).skip(self.margin);
        for (row, colours) in rows.zip(canvas.rows::<Rgb565>()) {
            for (pixel, colour) in row.iter_mut().skip(self.margin).zip(colours) {
                *pixel = colour.into_storage();
            }
        }
        let areas = changes(&self.held, &pixels, width, PRICE);
        // What the panel shows is unknown until all of it has arrived.
        self.held.clear();
        for area in areas {
            self.send(area, &pixels)?;
        }
        self.held = pixels;
        if let Some(backlight) = &mut self.backlight {
            let lit = backlight.set_high();
            lit.map_err(refused(&self.gpio))?;
        }
        Ok(())
    }
}

/// SPI and its data/command pin. mipidsi's own interface borrows its buffer, and ends with an empty
/// transfer.
struct Wire<S, P> {
    spi: S,
    data_command: P,
    device: PathBuf,
    gpio: PathBuf,
    buffer: Vec<u8>,
}

impl<S, P> Interface for Wire<S, P>
where
    S: SpiDevice<Error: fmt::Display>,
    P: OutputPin<Error: fmt::Display>,
{
    type Word = u8;
    type Error = DisplayError;

    const KIND: InterfaceKind = InterfaceKind::Serial4Line;

    fn send_command(&mut self, command: u8, arguments: &[u8]) -> Result<(), DisplayError> {
        let low = self.data_command.set_low();
        low.map_err(refused(&self.gpio))?;
        let sent = self.spi.write(&[command]);
        sent.map_err(refused(&self.device))?;
        // Whatever follows, pixels included, is data.
        let high = self.data_command.set_high();
        high.map_err(refused(&self.gpio))?;
        match arguments {
            [] => Ok(()),
            _ => (self.spi.write(arguments)).map_err(refused(&self.device)),
        }
    }

    fn send_pixels<const N: usize>(
        &mut self,
        pixels: impl IntoIterator<Item = [u8; N]>,
    ) -> Result<(), DisplayError> {
        let mut pixels = pixels.into_iter();
        loop {
            self.buffer.clear();
            let some = pixels.by_ref().take(LONGEST / N);
            some.for_each(|pixel| self.buffer.extend_from_slice(&pixel));
            if self.buffer.is_empty() {
                return Ok(());
            }
            let sent = self.spi.write(&self.buffer);
            sent.map_err(refused(&self.device))?;
        }
    }

    fn send_repeated_pixel<const N: usize>(
        &mut self,
        pixel: [u8; N],
        count: u32,
    ) -> Result<(), DisplayError> {
        self.send_pixels((0..count).map(|_| pixel))
    }
}

/// Turns what a device refuses into an error of that device.
fn refused<E: fmt::Display>(device: &Path) -> impl Fn(E) -> DisplayError {
    move |reason| DisplayError::Refused {
        device: device.to_owned(),
        reason: reason.to_string(),
    }
}
