//! Where the screen is shown: a small panel at SPI or I2C, or a frame buffer.
//!
//! A [`Display`] holds pixels, and is sent those alone that [change](changes). An [`Output`] is the
//! thread that owns one: it takes the newest canvas, and heals a display that fails. Panels are
//! driven over whatever bus they are [wired](wiring) to; the machine's own are device files.

pub mod changes;
mod error;
pub mod framebuffer;
mod linux;
mod oled;
mod output;
pub mod panel;
mod tft;
pub mod wiring;
mod written;

use std::env;
use std::path::Path;
use std::str::FromStr;

pub use error::{DisplayError, PanelError};
pub use output::Output;
pub use panel::Panel;

use screens::Screen;
use screens::Canvas;
use framebuffer::FrameBuffer;
use panel::Bus;

/// What shows a screen.
pub trait Display: Send {
    /// What it can show.
    fn screen(&self) -> Screen;

    /// Shows a canvas, by sending what differs from the one before. Of a canvas of another size
    /// there is as much as fits, in the upper left.
    ///
    /// # Errors
    /// What the device refuses. What it shows then is not known, and the next canvas is sent whole.
    fn show(&mut self, canvas: &Canvas) -> Result<(), DisplayError>;
}

/// Where the screen shall be shown, beside on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum Choice {
    /// On the panel where one is described, else on the frame buffer, unless that is a desktop's.
    #[default]
    Auto,
    /// Nowhere else.
    None,
    /// On the panel, which is at SPI.
    Spi,
    /// On the panel, which is at I2C.
    I2c,
    /// On the frame buffer.
    FrameBuffer,
}

impl TryFrom<String> for Choice {
    type Error = DisplayError;

    fn try_from(text: String) -> Result<Self, DisplayError> {
        text.parse()
    }
}

impl FromStr for Choice {
    type Err = DisplayError;

    /// `auto`, `none`, `spi`, `i2c` or `fb`.
    fn from_str(text: &str) -> Result<Self, DisplayError> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "spi" => Ok(Self::Spi),
            "i2c" => Ok(Self::I2c),
            "fb" => Ok(Self::FrameBuffer),
            other => Err(DisplayError::Unknown(other.to_owned())),
        }
    }
}

/// Whether there can be such a display at all, without touching it.
///
/// # Errors
/// A panel is chosen that is not described, or that is described at another bus.
pub fn check(choice: &Choice, panel: Option<&Panel>) -> Result<(), DisplayError> {
    let (bus, driver) = match choice {
        Choice::Auto | Choice::None | Choice::FrameBuffer => return Ok(()),
        Choice::Spi => ("SPI", "st7789"),
        Choice::I2c => ("I2C", "ssd1306"),
    };
    match (choice, panel.map(|panel| &panel.bus)) {
        (_, None) => Err(DisplayError::NoPanel { bus, driver }),
        (Choice::Spi, Some(Bus::Spi { .. })) | (Choice::I2c, Some(Bus::I2c { .. })) => Ok(()),
        (_, Some(other)) => Err(DisplayError::OtherBus {
            device: other.device().to_owned(),
            bus,
        }),
    }
}

/// The display of this choice; `None` where none is wanted, or where [`Choice::Auto`] finds none.
///
/// # Errors
/// As [`check`], and where the display cannot be used.
pub fn open(
    choice: &Choice,
    panel: Option<&Panel>,
) -> Result<Option<Box<dyn Display>>, DisplayError> {
    check(choice, panel)?;
    match (choice, panel) {
        (Choice::None, _) => Ok(None),
        (Choice::FrameBuffer, _) => frame_buffer().map(Some),
        (_, Some(panel)) => linux::open(panel).map(Some),
        (_, None) if is_desktop() => Ok(None),
        (_, None) => match frame_buffer() {
            Err(DisplayError::Missing { .. } | DisplayError::Forbidden { .. }) => Ok(None),
            found => found.map(Some),
        },
    }
}

fn frame_buffer() -> Result<Box<dyn Display>, DisplayError> {
    let (sysfs, device) = (framebuffer::SYSFS, framebuffer::DEVICE);
    let opened = FrameBuffer::open(Path::new(sysfs), Path::new(device))?;
    Ok(Box::new(opened))
}

/// Whether this program was started within a graphical session, whose windows own the screen.
fn is_desktop() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
