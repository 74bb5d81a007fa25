//! Puts what can be wrong with a display into messages of any language.

use std::path::Path;

use screens::locale::Message;

use super::{Connection, DisplayError, PanelError};

impl From<&DisplayError> for Message {
    fn from(error: &DisplayError) -> Self {
        let about = |key, device: &Path| Self::new(key).with("device", device.display());
        match error {
            DisplayError::Unknown(choice) => {
                Self::new("notice-display-unknown").with("choice", choice)
            }
            DisplayError::NoPanel { bus, driver } => Self::new("notice-display-no-panel")
                .with("bus", bus)
                .with("driver", driver),
            DisplayError::OtherBus { device, bus } => {
                about("notice-display-other-bus", device).with("bus", bus)
            }
            DisplayError::Panel(error) => error.into(),
            DisplayError::Missing { device, connection } => {
                let key = match connection {
                    Connection::Spi => "notice-display-no-spi",
                    Connection::I2c => "notice-display-no-i2c",
                    Connection::FrameBuffer => "notice-display-no-frame-buffer",
                };
                about(key, device)
            }
            DisplayError::Forbidden { device, connection } => {
                about("notice-display-forbidden", device).with("group", connection.group())
            }
            DisplayError::Refused { device, reason } => {
                about("notice-display-refused", device).with("reason", reason)
            }
            DisplayError::Silent { device, address } => {
                about("notice-display-silent", device).with("address", hexadecimal(*address))
            }
            DisplayError::Pin(error) => error.into(),
            DisplayError::Defect(defect) => defect.into(),
            DisplayError::Geometry { file, text } => Self::new("notice-display-geometry")
                .with("file", file.display())
                .with("text", text),
            DisplayError::Depth { device, bits } => {
                about("notice-display-depth", device).with("bits", bits)
            }
            DisplayError::Size {
                device,
                width,
                height,
            } => about("notice-display-size", device)
                .with("width", width)
                .with("height", height),
        }
    }
}

impl From<&PanelError> for Message {
    fn from(error: &PanelError) -> Self {
        match error {
            PanelError::Pin(pin) => Self::new("notice-panel-pin").with("pin", pin),
            PanelError::OptionalPin(pin) => Self::new("notice-panel-optional-pin").with("pin", pin),
            PanelError::SamePin(pin) => Self::new("notice-panel-same-pin").with("pin", pin),
            PanelError::Speed(speed) => Self::new("notice-panel-speed").with("speed", speed),
            PanelError::Address(address) => {
                Self::new("notice-panel-address").with("address", hexadecimal(*address))
            }
            PanelError::Rotation(degrees) => {
                Self::new("notice-panel-rotation").with("degrees", degrees)
            }
            PanelError::Side {
                key,
                side,
                driver,
                longest,
            } => Self::new("notice-panel-side")
                .with("key", key)
                .with("side", side)
                .with("driver", driver)
                .with("longest", longest),
            PanelError::Pages(height) => Self::new("notice-panel-pages").with("height", height),
            PanelError::Offset {
                offset,
                driver,
                most,
            } => Self::new("notice-panel-offset")
                .with("offset", format!("{offset:?}"))
                .with("driver", driver)
                .with("most", format!("{most:?}")),
            PanelError::NoBus(bus) => Self::new("notice-panel-no-bus").with("bus", bus.display()),
            PanelError::NotByI2c(driver) => {
                Self::new("notice-panel-not-by-i2c").with("driver", driver)
            }
            PanelError::ForSpi(key) => Self::new("notice-panel-for-spi").with("key", key),
            PanelError::ForI2c(key) => Self::new("notice-panel-for-i2c").with("key", key),
            PanelError::NoLight => Self::new("notice-panel-no-light"),
        }
    }
}

/// An address as `i2cdetect` and data sheets write it.
fn hexadecimal(address: impl Into<i64>) -> String {
    format!("{:#04x}", address.into())
}
