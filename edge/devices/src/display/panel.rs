//! Describes a small display and its connections.

use std::fmt;
use std::path::{Path, PathBuf};

use mipidsi::models::{GC9A01, ILI9341Rgb565, Model, ST7789};
use mipidsi::options::Rotation;
use screens::{Depth, Screen};
use serde::Deserialize;

use super::panel_toml::PanelToml;

/// The section `[panel]` of `kiosk.toml`. Only `driver` is required: the defaults are those of common
/// boards, connected as in the wiring drawings.
///
/// ```
/// use devices::display::Panel;
///
/// let panel: Panel = toml::from_str("driver = 'st7789'\nrotation = 90").unwrap();
/// assert_eq!((panel.width, panel.height), (240, 240));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "PanelToml")]
pub struct Panel {
    /// The chip that drives it: `st7789`, `ili9341` or `gc9a01` (colour), `ssd1306` or `sh1106`
    /// (OLED).
    pub driver: Driver,
    /// The bus that it is connected to.
    pub bus: Bus,
    /// The width before rotation, in pixels, from 32 to what the driver has. The default is 240 for
    /// colour panels and 128 for OLEDs.
    pub width: u16,
    /// The height before rotation, in pixels, from 32 to what the driver has; a multiple of 8 for
    /// OLEDs. The default is 320 for the ILI9341, 240 for other colour panels and 64 for OLEDs.
    pub height: u16,
    /// The first visible column and row of the driver's memory. The default is 0 and 0 for colour
    /// panels, and the middle columns for OLEDs.
    pub offset: [u16; 2],
    /// The clockwise rotation of the picture, in degrees: 0 (the default), 90, 180 or 270.
    pub rotation: Rotation,
    /// Whether left and right are exchanged: by default for the ILI9341.
    pub mirrored: bool,
    /// Whether light and dark are exchanged: by default for the ST7789 and the GC9A01.
    pub inverted: bool,
    /// Whether red and blue are exchanged: by default for the ILI9341 and the GC9A01.
    pub bgr: bool,
    /// The GPIO chip of the pins: `/dev/gpiochip0` by default. On a Raspberry Pi 5 with a kernel
    /// before 6.6.45 it is `/dev/gpiochip4`.
    pub gpio: PathBuf,
    /// The pin that resets the panel, 0 to 27 or `"none"`. The default is 27 at SPI and none at I2C.
    pub reset: Option<u8>,
    /// The pin of the backlight, 0 to 27 or `"none"`; high is light. The default is 24 for colour
    /// panels; OLEDs have none. The light goes on with the first picture.
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
    /// GalaxyCore GC9A01, colour, up to 240x240, round: screens are drawn in its inscribed square.
    Gc9a01,
    /// Solomon Systech SSD1306, one bit, up to 128x64.
    Ssd1306,
    /// Sino Wealth SH1106, one bit, up to 132x64.
    Sh1106,
}

/// The bus that a panel is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bus {
    /// SPI: four wires, and a pin that tells commands from data.
    Spi {
        /// The device: `/dev/spidev0.0` by default.
        device: PathBuf,
        /// Bits a second, 100,000 to 125,000,000. The default is 40,000,000 for colour panels,
        /// 8,000,000 for the SSD1306 and 4,000,000 for the SH1106.
        speed: u32,
        /// The pin, 0 to 27; 25 by default.
        data_command: u8,
    },
    /// I2C: two wires, for OLEDs only.
    I2c {
        /// The device: `/dev/i2c-1` by default.
        device: PathBuf,
        /// The panel's address, 0x08 to 0x77; 0x3c by default.
        address: u8,
    },
}

impl Panel {
    /// The part that screens are drawn on, rotated; of a round panel the inscribed square.
    #[must_use]
    pub fn screen(&self) -> Screen {
        let (width, height) = self.glass();
        Screen {
            width: (width - 2 * self.margin()).into(),
            height: (height - 2 * self.margin()).into(),
            depth: self.driver.board().depth,
        }
    }

    /// Width and height of the whole glass, rotated, in pixels.
    pub(super) fn glass(&self) -> (u16, u16) {
        if self.rotation.is_horizontal() {
            (self.width, self.height)
        } else {
            (self.height, self.width)
        }
    }

    /// Pixels between the edge of the glass and the screen.
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

/// A driver's chip and its use on common boards.
pub(super) struct Board {
    pub(super) depth: Depth,
    /// Columns and rows of the chip's memory.
    pub(super) memory: (u16, u16),
    /// Columns and rows that are visible.
    pub(super) size: (u16, u16),
    /// The speed of SPI, in bits a second.
    pub(super) speed: u32,
    pub(super) mirrored: bool,
    pub(super) inverted: bool,
    pub(super) bgr: bool,
}

impl Driver {
    /// The board of this driver. Sizes of memory are those of the data sheets (ST7789VW, ILI9341,
    /// GC9A01A, SSD1306, SH1106), and so is the speed of OLEDs (clocks of at least 100 ns and
    /// 250 ns). Colour panels run as fast as common boards can, which for an ILI9341 is beyond its
    /// data sheet. What is mirrored, inverted or exchanged depends on how boards connect the glass
    /// to the chip.
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
