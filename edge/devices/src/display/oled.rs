//! Drives one-bit panels of the chips SSD1306 and SH1106, at SPI or I2C.
//!
//! Both have the same memory: pages of eight rows, a byte for each column, its lowest bit on top.
//! They differ in their charge pump, and the SH1106 has page addressing only, which is therefore
//! used with both. (Data sheets: Solomon Systech, SSD1306, revision 1.1; Sino Wealth,
//! SH1106, version 2.3.)

use display_interface::{DataFormat, WriteOnlyDataCommand};
use embedded_graphics::pixelcolor::BinaryColor;
use mipidsi::options::Rotation;
use screens::{Canvas, Screen};
use ssd1306::command::{AddrMode, Command};

use super::changes::{Area, changes};
use super::panel::{Bus, Driver};
use super::{Display, DisplayError, Panel};

/// Rows of a page.
const PAGE: usize = 8;

/// The cost of an area in addition to its bytes, in bytes: two commands, and their addresses at I2C.
const PRICE: usize = 8;

/// "DC-DC Control Mode Set", on: the charge pump of the SH1106.
const SH1106_PUMP: [u8; 2] = [0xad, 0x8b];

pub(super) struct Oled<W, P> {
    wire: W,
    panel: Panel,
    /// The bytes on the panel; empty where they are unknown.
    held: Vec<u8>,
    /// Kept, because the pin stays high only while its line is requested.
    _reset: Option<P>,
}

impl<W: WriteOnlyDataCommand, P> Oled<W, P> {
    /// Sets up a panel that was reset. It stays dark until the first canvas.
    pub(super) fn start(panel: &Panel, wire: W, reset: Option<P>) -> Result<Self, DisplayError> {
        let mut oled = Self {
            wire,
            panel: panel.clone(),
            held: Vec::new(),
            _reset: reset,
        };
        // A panel of 128x32 has its rows on successive lines of the chip.
        let is_alternative = (panel.width, panel.height) != (128, 32);
        for command in [
            Command::DisplayOn(false),
            Command::DisplayClockDiv(8, 0),
            Command::Multiplex(panel.height as u8 - 1),
            Command::DisplayOffset(0),
            Command::StartLine(0),
            Command::SegmentRemap(true),
            Command::ReverseComDir(true),
            Command::ComPinConfig(is_alternative, false),
            Command::Contrast(0x7f),
            Command::PreChargePeriod(1, 15),
            Command::AllOn(false),
            Command::Invert(panel.inverted),
        ] {
            oled.command(command)?;
        }
        match panel.driver {
            Driver::Sh1106 => {
                let sent = oled.wire.send_commands(DataFormat::U8(&SH1106_PUMP));
                sent.map_err(|error| oled.refused(&error))?;
            }
            _ => {
                oled.command(Command::ChargePump(true))?;
                oled.command(Command::AddressMode(AddrMode::Page))?;
            }
        }
        Ok(oled)
    }

    fn command(&mut self, command: Command) -> Result<(), DisplayError> {
        let sent = command.send(&mut self.wire);
        sent.map_err(|error| self.refused(&error))
    }

    fn send(&mut self, area: Area, bytes: &[u8]) -> Result<(), DisplayError> {
        let pages = bytes.chunks_exact(self.panel.width.into()).enumerate();
        for (page, bytes) in pages.skip(area.top).take(area.height) {
            let column = self.panel.offset[0] + area.left as u16;
            self.command(Command::PageStart(((page * PAGE) as u8).into()))?;
            self.command(Command::ColStart(column as u8))?;
            let bytes = &bytes[area.left..area.left + area.width];
            let sent = self.wire.send_data(DataFormat::U8(bytes));
            sent.map_err(|error| self.refused(&error))?;
        }
        Ok(())
    }

    /// The interface says only that writing failed.
    fn refused(&self, error: &display_interface::DisplayError) -> DisplayError {
        match &self.panel.bus {
            Bus::I2c { device, address } => DisplayError::Silent {
                device: device.clone(),
                address: *address,
            },
            Bus::Spi { device, .. } => DisplayError::Refused {
                device: device.clone(),
                reason: format!("{error:?}"),
            },
        }
    }
}

impl<W: WriteOnlyDataCommand + Send, P: Send> Display for Oled<W, P> {
    fn screen(&self) -> Screen {
        self.panel.screen()
    }

    fn show(&mut self, canvas: &Canvas) -> Result<(), DisplayError> {
        let bytes = bytes(canvas, &self.panel);
        let areas = changes(&self.held, &bytes, self.panel.width.into(), PRICE);
        let is_first = self.held.is_empty();
        // What the panel shows is unknown until all of it has arrived.
        self.held.clear();
        for area in areas {
            self.send(area, &bytes)?;
        }
        if is_first {
            self.command(Command::DisplayOn(true))?;
        }
        self.held = bytes;
        Ok(())
    }
}

/// A canvas as bytes of the panel's memory. The chips cannot rotate by 90 degrees, so all rotation is
/// done here.
fn bytes(canvas: &Canvas, panel: &Panel) -> Vec<u8> {
    let (width, height) = (usize::from(panel.width), usize::from(panel.height));
    let Screen {
        width: across,
        height: down,
        ..
    } = panel.screen();
    let mut bytes = vec![0; width * height / PAGE];
    for (y, row) in (0..down as usize).zip(canvas.rows::<BinaryColor>()) {
        for (x, colour) in (0..across as usize).zip(row) {
            let (column, line) = match panel.rotation {
                Rotation::Deg0 => (x, y),
                Rotation::Deg90 => (width - 1 - y, x),
                Rotation::Deg180 => (width - 1 - x, height - 1 - y),
                Rotation::Deg270 => (y, height - 1 - x),
            };
            let column = if panel.mirrored {
                width - 1 - column
            } else {
                column
            };
            let bit = u8::from(colour.is_on()) << (line % PAGE);
            bytes[line / PAGE * width + column] |= bit;
        }
    }
    bytes
}
