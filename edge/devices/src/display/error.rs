//! What can be wrong with a display, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::panel::Driver;
use crate::gpio::GpioError;

/// Why nothing is shown. Each says so in one line, with the device and what to do.
#[derive(Debug, Error)]
pub enum DisplayError {
    /// The choice of a display is none.
    #[error("{0:?} is no display; choose auto, none, spi, i2c or fb")]
    Unknown(String),
    /// A panel was chosen, and none is described.
    #[error(
        "no [panel] in kiosk.toml for a display at {bus}; write it there, with driver = \"{driver}\" for example"
    )]
    NoPanel {
        /// Where it would be.
        bus: &'static str,
        /// A driver of such panels.
        driver: &'static str,
    },
    /// Another bus was chosen than the panel's.
    #[error("the [panel] in kiosk.toml is at {device}, which is not {bus}; choose auto, or another bus there", device = device.display())]
    OtherBus {
        /// The panel's.
        device: PathBuf,
        /// What was chosen.
        bus: &'static str,
    },
    /// The panel is none that there can be.
    #[error(transparent)]
    Panel(#[from] PanelError),
    /// There is no such device file.
    #[error("{}: no such device; {cure}", device.display())]
    Missing {
        /// The device.
        device: PathBuf,
        /// What to do.
        cure: &'static str,
    },
    /// The device file is not this user's.
    #[error("{}: this user may not open it; add the user to the group {group}", device.display())]
    Forbidden {
        /// The device.
        device: PathBuf,
        /// Whose members may open it.
        group: &'static str,
    },
    /// The system or the driver refuses something else.
    #[error("{}: {reason}; check the display's wiring and its settings in kiosk.toml", device.display())]
    Refused {
        /// The device.
        device: PathBuf,
        /// What it says.
        reason: String,
    },
    /// Nobody is at the address.
    #[error("{}: no answer from address {address:#04x}; check the wiring, and the address in [panel] with `i2cdetect`", device.display())]
    Silent {
        /// The device.
        device: PathBuf,
        /// The address.
        address: u8,
    },
    /// A pin cannot be had.
    #[error(transparent)]
    Pin(#[from] GpioError),
    /// The kernel does not say what pictures a frame buffer takes.
    #[error("{}: says {text:?}, which is no geometry of a screen; choose another display", file.display())]
    Geometry {
        /// The file of sysfs.
        file: PathBuf,
        /// Its content.
        text: String,
    },
    /// A frame buffer of other colours.
    #[error("{}: has {bits} bits a pixel; 16 and 32 are possible, set by framebuffer_depth in config.txt on a Raspberry Pi", device.display())]
    Depth {
        /// The device.
        device: PathBuf,
        /// Of a pixel.
        bits: u32,
    },
    /// A frame buffer of a size that screens are not drawn in.
    #[error("{}: has {width}x{height} pixels; 32 to 4096 each way are possible, choose another mode", device.display())]
    Size {
        /// The device.
        device: PathBuf,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
}

/// What is wrong with `[panel]`, and what is allowed.
#[derive(Debug, Error)]
pub enum PanelError {
    /// No pin has this number.
    #[error("pin {0}; 0 to 27 are possible")]
    Pin(i64),
    /// Likewise, where there may be no pin at all.
    #[error("pin {0}; 0 to 27 are possible, or \"none\"")]
    OptionalPin(i64),
    /// A pin has two uses.
    #[error(
        "pin {0} stands for two of data_command, reset and backlight; give each a pin of its own, or \"none\""
    )]
    SamePin(u8),
    /// SPI is not so slow or so fast.
    #[error("speed {0}; 100000 to 125000000 are possible, in bits a second")]
    Speed(i64),
    /// No device has this address.
    #[error("address {0:#04x}; 0x08 to 0x77 are possible")]
    Address(i64),
    /// Pictures are turned at right angles alone.
    #[error("rotation {0}; 0, 90, 180 and 270 are possible")]
    Rotation(i64),
    /// The panel is too narrow, wide, low or high.
    #[error("{key} {side}; 32 to {longest} are possible with the {driver}, before rotation")]
    Side {
        /// Which side.
        key: &'static str,
        /// Its pixels.
        side: u16,
        /// The panel's.
        driver: Driver,
        /// What its memory has.
        longest: u16,
    },
    /// An OLED of broken bytes.
    #[error("height {0}; an OLED has a multiple of 8")]
    Pages(u16),
    /// What can be seen would be outside of the driver's memory.
    #[error("offset {offset:?}; [0, 0] to {most:?} are possible with the {driver} at this size")]
    Offset {
        /// Columns and rows.
        offset: [u16; 2],
        /// The panel's.
        driver: Driver,
        /// Columns and rows that the memory has beside what can be seen.
        most: [u16; 2],
    },
    /// The bus is neither.
    #[error("bus {:?}; a device such as /dev/spidev0.0 or /dev/i2c-1 is possible", .0.display())]
    NoBus(PathBuf),
    /// A colour panel at I2C.
    #[error("the {0} is not at I2C; name a bus such as /dev/spidev0.0")]
    NotByI2c(Driver),
    /// A key that means nothing at I2C.
    #[error("{0} is for SPI alone; leave it out, or name a bus such as /dev/spidev0.0")]
    ForSpi(&'static str),
    /// A key that means nothing at SPI.
    #[error("{0} is for I2C alone; leave it out, or name a bus such as /dev/i2c-1")]
    ForI2c(&'static str),
    /// An OLED shines by itself.
    #[error("an OLED has no backlight; leave it out")]
    NoLight,
}

/// The kinds of device that a display needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Spi,
    I2c,
    FrameBuffer,
}

impl Kind {
    fn cure(self) -> &'static str {
        match self {
            Self::Spi => "switch SPI on (raspi-config, Interface Options, SPI)",
            Self::I2c => "switch I2C on (raspi-config, Interface Options, I2C)",
            Self::FrameBuffer => "plug a screen in, or choose another display",
        }
    }

    fn group(self) -> &'static str {
        match self {
            Self::Spi => "spi",
            Self::I2c => "i2c",
            Self::FrameBuffer => "video",
        }
    }
}

impl DisplayError {
    /// Puts the device's name to an error of the system.
    pub(super) fn of(kind: Kind, device: &Path) -> impl Fn(io::Error) -> Self {
        let device = device.to_owned();
        move |reason| {
            let device = device.clone();
            match reason.kind() {
                io::ErrorKind::NotFound => Self::Missing {
                    device,
                    cure: kind.cure(),
                },
                io::ErrorKind::PermissionDenied => Self::Forbidden {
                    device,
                    group: kind.group(),
                },
                _ => Self::Refused {
                    device,
                    reason: reason.to_string(),
                },
            }
        }
    }
}
