//! What can be wrong with a display, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::panel::Driver;
use crate::gpio::GpioError;
use crate::supervise::Defect;

/// Why nothing is shown. Each variant says so in one line, with the device and what to do.
#[derive(Debug, Error)]
pub enum DisplayError {
    /// The text names no display.
    #[error("{0:?} is no display; choose auto, none, spi, i2c or fb")]
    Unknown(String),
    /// A panel is chosen that is not described.
    #[error(
        "no [panel] in kiosk.toml for a display at {bus}; write it there, with driver = \"{driver}\" for example"
    )]
    NoPanel {
        /// The bus of the choice.
        bus: &'static str,
        /// A driver of panels at that bus.
        driver: &'static str,
    },
    /// Another bus is chosen than the panel's.
    #[error("the [panel] in kiosk.toml is at {device}, which is not {bus}; choose auto, or another bus there", device = device.display())]
    OtherBus {
        /// The panel's bus.
        device: PathBuf,
        /// The bus of the choice.
        bus: &'static str,
    },
    /// The panel's description is wrong.
    #[error(transparent)]
    Panel(#[from] PanelError),
    /// There is no such device file.
    #[error("{}: no such device; {}", device.display(), connection.remedy())]
    Missing {
        /// The device.
        device: PathBuf,
        /// How the display is connected.
        connection: Connection,
    },
    /// This user may not open the device file.
    #[error("{}: this user may not open it; add the user to the group {}", device.display(), connection.group())]
    Forbidden {
        /// The device.
        device: PathBuf,
        /// How the display is connected.
        connection: Connection,
    },
    /// The system or the driver refuses something else.
    #[error("{}: {reason}; check the display's wiring and its settings in kiosk.toml", device.display())]
    Refused {
        /// The device.
        device: PathBuf,
        /// What the system or the driver says.
        reason: String,
    },
    /// No device answers at the address.
    #[error("{}: no answer from address {address:#04x}; check the wiring, and the address in [panel] with `i2cdetect`", device.display())]
    Silent {
        /// The device.
        device: PathBuf,
        /// The address.
        address: u8,
    },
    /// A pin cannot be used.
    #[error(transparent)]
    Pin(#[from] GpioError),
    /// A defect of the program has interrupted the work with the display.
    #[error(transparent)]
    Defect(#[from] Defect),
    /// The kernel describes no geometry of a frame buffer.
    #[error("{}: says {text:?}, which is no geometry of a screen; choose another display", file.display())]
    Geometry {
        /// The file of sysfs.
        file: PathBuf,
        /// Its content.
        text: String,
    },
    /// A frame buffer of another colour depth.
    #[error("{}: has {bits} bits a pixel; 16 and 32 are possible, set by framebuffer_depth in config.txt on a Raspberry Pi", device.display())]
    Depth {
        /// The device.
        device: PathBuf,
        /// The bits of a pixel.
        bits: u32,
    },
    /// A frame buffer of a size that screens are not drawn for.
    #[error("{}: has {width}x{height} pixels; 32 to 4096 each way are possible, choose another mode", device.display())]
    Size {
        /// The device.
        device: PathBuf,
        /// Its width, in pixels.
        width: u32,
        /// Its height, in pixels.
        height: u32,
    },
}

/// What is wrong with the section `[panel]`, and what is allowed.
#[derive(Debug, Error)]
pub enum PanelError {
    /// No pin has this number.
    #[error("pin {0}; 0 to 27 are possible")]
    Pin(i64),
    /// No pin has this number, and the panel may do without the pin.
    #[error("pin {0}; 0 to 27 are possible, or \"none\"")]
    OptionalPin(i64),
    /// Two settings name this pin.
    #[error(
        "pin {0} stands for two of data_command, reset and backlight; give each a pin of its own, or \"none\""
    )]
    SamePin(u8),
    /// SPI has no such speed.
    #[error("speed {0}; 100000 to 125000000 are possible, in bits a second")]
    Speed(i64),
    /// No device has this address.
    #[error("address {0:#04x}; 0x08 to 0x77 are possible")]
    Address(i64),
    /// Pictures are rotated by right angles only.
    #[error("rotation {0}; 0, 90, 180 and 270 are possible")]
    Rotation(i64),
    /// The panel is too narrow, wide, low or high.
    #[error("{key} {side}; 32 to {longest} are possible with the {driver}, before rotation")]
    Side {
        /// The side: `width` or `height`.
        key: &'static str,
        /// Its length, in pixels.
        side: u16,
        /// The panel's driver.
        driver: Driver,
        /// The driver's longest side, in pixels.
        longest: u16,
    },
    /// The height of an OLED is no multiple of a byte's eight rows.
    #[error("height {0}; an OLED has a multiple of 8")]
    Pages(u16),
    /// The visible part would lie outside of the driver's memory.
    #[error("offset {offset:?}; [0, 0] to {most:?} are possible with the {driver} at this size")]
    Offset {
        /// Columns and rows.
        offset: [u16; 2],
        /// The panel's driver.
        driver: Driver,
        /// Columns and rows that the memory has beyond the visible ones.
        most: [u16; 2],
    },
    /// The bus is neither SPI nor I2C.
    #[error("bus {:?}; a device such as /dev/spidev0.0 or /dev/i2c-1 is possible", .0.display())]
    NoBus(PathBuf),
    /// A colour panel at I2C.
    #[error("the {0} is not at I2C; name a bus such as /dev/spidev0.0")]
    NotByI2c(Driver),
    /// A key that has no meaning at I2C.
    #[error("{0} is for SPI alone; leave it out, or name a bus such as /dev/spidev0.0")]
    ForSpi(&'static str),
    /// A key that has no meaning at SPI.
    #[error("{0} is for I2C alone; leave it out, or name a bus such as /dev/i2c-1")]
    ForI2c(&'static str),
    /// An OLED has no backlight.
    #[error("an OLED has no backlight; leave it out")]
    NoLight,
}

/// How a display is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// At SPI.
    Spi,
    /// At I2C.
    I2c,
    /// As a frame buffer.
    FrameBuffer,
}

impl Connection {
    /// What to do where its device file is missing.
    fn remedy(self) -> &'static str {
        match self {
            Self::Spi => "switch SPI on (raspi-config, Interface Options, SPI)",
            Self::I2c => "switch I2C on (raspi-config, Interface Options, I2C)",
            Self::FrameBuffer => "plug a screen in, or choose another display",
        }
    }

    /// The group whose members may open its device file.
    pub(super) fn group(self) -> &'static str {
        match self {
            Self::Spi => "spi",
            Self::I2c => "i2c",
            Self::FrameBuffer => "video",
        }
    }
}

impl DisplayError {
    /// Turns an error of the system into one of this device.
    pub(super) fn of(connection: Connection, device: &Path) -> impl Fn(io::Error) -> Self {
        let device = device.to_owned();
        move |reason| {
            let device = device.clone();
            match reason.kind() {
                io::ErrorKind::NotFound => Self::Missing { device, connection },
                io::ErrorKind::PermissionDenied => Self::Forbidden { device, connection },
                _ => Self::Refused {
                    device,
                    reason: reason.to_string(),
                },
            }
        }
    }
}
