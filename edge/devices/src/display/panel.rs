//! A small display: what it is, and how it is connected.

use std::fmt;
use std::path::{Path, PathBuf};

use mipidsi::models::{GC9A01, ILI9341Rgb565, Model, ST7789};
use mipidsi::options::Rotation;
use serde::Deserialize;

use super::written::Written;
use screens::Screen;
use screens::Depth;

/// `[panel]` of `kiosk.toml`. Only `driver` has to be said: what else is left out is as on common
/// boards, connected as the wiring drawings show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Panel {
    /// The chip that drives it: `st7789`, `ili9341` or `gc9a01` (colour), `ssd1306` or `sh1106`
    /// (OLED).
    pub driver: Driver,
    /// Where it is connected.
    pub bus: Bus,
    /// Pixels across as the driver counts them, before rotation: 240 in colour, 128 on an OLED
    /// unless told otherwise, from 32 to what the driver has.
    pub width: u16,
    /// Pixels down, likewise: 240, of an ILI9341 320, on an OLED 64 unless told otherwise. On an
    /// OLED it is a multiple of 8.
    pub height: u16,
    /// The first column and row of the driver's memory that can be seen: 0 and 0 in colour, the
    /// middle columns on an OLED unless told otherwise.
    pub offset: [u16; 2],
    /// Degrees by which the picture is turned clockwise: 0 (the default), 90, 180 or 270.
    pub rotation: Rotation,
    /// Whether left and right are exchanged: on an ILI9341, unless told otherwise.
    pub mirrored: bool,
    /// Whether light and dark are exchanged: on an ST7789 and a GC9A01, unless told otherwise.
    pub inverted: bool,
    /// Whether red and blue are exchanged: on an ILI9341 and a GC9A01, unless told otherwise.
    pub bgr: bool,
    /// The GPIO chip of the pins: `/dev/gpiochip0` unless told otherwise. On a Raspberry Pi 5 with
    /// a kernel before 6.6.45 it is `/dev/gpiochip4`.
    pub gpio: PathBuf,
    /// The pin that resets it, 0 to 27 or `"none"`: 27 at SPI, none at I2C unless told otherwise.
    pub reset: Option<u8>,
    /// The pin that lights it, 0 to 27 or `"none"`: 24 in colour unless told otherwise, none on an
    /// OLED. High is light; it goes on with the first picture.
    pub backlight: Option<u8>,
}

/// The chip that drives a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// Sitronix ST7789, colour, up to 240x320.
    St7789,
    /// Ilitek ILI9341, colour, up to 240x320.
    Ili9341,
    /// GalaxyCore GC9A01, colour, up to 240x240, round: screens are drawn in the square within.
    Gc9a01,
    /// Solomon Systech SSD1306, one bit, up to 128x64.
    Ssd1306,
    /// Sino Wealth SH1106, one bit, up to 132x64.
    Sh1106,
}

/// Where a panel is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bus {
    /// By four wires and a pin that tells commands from data.
    Spi {
        /// The device: `/dev/spidev0.0` unless told otherwise.
        device: PathBuf,
        /// Bits a second, 100,000 to 125,000,000: 40,000,000 in colour, 8,000,000 for an SSD1306
        /// and 4,000,000 for an SH1106 unless told otherwise.
        speed: u32,
        /// The pin, 0 to 27: 25 unless told otherwise.
        data_command: u8,
    },
    /// By two wires, for an OLED alone.
    I2c {
        /// The device: `/dev/i2c-1` unless told otherwise.
        device: PathBuf,
        /// The panel's address, 0x08 to 0x77: 0x3c unless told otherwise.
        address: u8,
    },
}

impl Panel {
    /// What can be drawn on, rotated: of a round one the square within.
    #[must_use]
    pub fn screen(&self) -> Screen {
        let (width, height) = self.glass();
        Screen {
            width: (width - 2 * self.margin()).into(),
            height: (height - 2 * self.margin()).into(),
            depth: self.driver.board().depth,
        }
    }

    /// All its pixels across and down, rotated.
    pub(super) fn glass(&self) -> (u16, u16) {
        match self.rotation.is_horizontal() {
            true => (self.width, self.height),
            false => (self.height, self.width),
        }
    }

    /// Pixels between the edge of the glass and what can be drawn on.
    pub(super) fn margin(&self) -> u16 {
        match self.driver {
            // The square in a circle leaves (1 - 1/sqrt(2)) / 2 of its diameter on each side.
            Driver::Gc9a01 => (u32::from(self.width.min(self.height)) * 146 / 1000) as u16,
            _ => 0,
        }
    }
}

impl Bus {
    /// The device file.
    #[must_use]
    pub fn device(&self) -> &Path {
        match self {
            Self::Spi { device, .. } | Self::I2c { device, .. } => device,
        }
    }
}

/// What a driver's chip can do, and how common boards use it.
pub(super) struct Board {
    pub(super) depth: Depth,
    /// Columns and rows of the chip's memory.
    pub(super) memory: (u16, u16),
    /// Columns and rows that can be seen.
    pub(super) size: (u16, u16),
    /// Of SPI, in bits a second.
    pub(super) speed: u32,
    pub(super) mirrored: bool,
    pub(super) inverted: bool,
    pub(super) bgr: bool,
}

impl Driver {
    /// Memory is from the data sheets (ST7789VW, ILI9341, GC9A01A, SSD1306, SH1106), and so is the
    /// speed of OLEDs (a clock of 100 ns and 250 ns at least). Colour is as fast as common boards
    /// bear, which for an ILI9341 is faster than it promises. What is exchanged is how makers of
    /// boards connect the glass to the chip.
    pub(super) const fn board(self) -> Board {
        let colour = Board {
            depth: Depth::Colour,
            memory: ST7789::FRAMEBUFFER_SIZE,
            size: (240, 240),
            speed: 40_000_000,
            mirrored: false,
            inverted: false,
            bgr: false,
        };
        let oled = Board {
            depth: Depth::OneBit,
            memory: (128, 64),
            size: (128, 64),
            speed: 8_000_000,
            ..colour
        };
        match self {
            Self::St7789 => Board {
                inverted: true,
                ..colour
            },
            Self::Ili9341 => Board {
                memory: ILI9341Rgb565::FRAMEBUFFER_SIZE,
                size: (240, 320),
                mirrored: true,
                bgr: true,
                ..colour
            },
            Self::Gc9a01 => Board {
                memory: GC9A01::FRAMEBUFFER_SIZE,
                inverted: true,
                bgr: true,
                ..colour
            },
            Self::Ssd1306 => oled,
            Self::Sh1106 => Board {
                memory: (132, 64),
                speed: 4_000_000,
                ..oled
            },
        }
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::St7789 => "st7789",
            Self::Ili9341 => "ili9341",
            Self::Gc9a01 => "gc9a01",
            Self::Ssd1306 => "ssd1306",
            Self::Sh1106 => "sh1106",
        })
    }
}
