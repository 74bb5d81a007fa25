//! Displays that show the screen beside the page: a small panel at SPI or I2C, or a frame buffer.
//!
//! A [`Display`] remembers the pixels that it shows, and is sent only those that [change](changes). An
//! [`Output`] is the thread that owns a display: it shows the newest canvas, and opens a display that
//! failed again. Panels are driven over any bus that they are [wired](wiring) to; those of this
//! machine are device files.

pub mod changes;
mod error;
pub mod framebuffer;
mod linux;
mod message;
mod oled;
mod output;
pub mod panel;
mod panel_toml;
mod tft;
pub mod wiring;

use std::env;
use std::path::Path;
use std::str::FromStr;

use screens::{Canvas, Screen};
use serde::{Deserialize, Deserializer};

pub use error::{Connection, DisplayError, PanelError};
pub use output::Output;
pub use panel::Panel;

use crate::parse;
use framebuffer::FrameBuffer;
use panel::Bus;

/// A device that shows a screen.
///
/// ```
/// use std::sync::{Arc, mpsc};
///
/// use devices::display::{Display, DisplayError, Output};
/// use screens::{Canvas, Depth, Screen};
///
/// const SCREEN: Screen = Screen {
///     width: 64,
///     height: 32,
///     depth: Depth::OneBit,
/// };
///
/// /// A display that sends what it shows to another thread.
/// struct Remote(mpsc::Sender<Canvas>);
///
/// impl Display for Remote {
///     fn screen(&self) -> Screen {
///         SCREEN
///     }
///
///     fn show(&mut self, canvas: &Canvas) -> Result<(), DisplayError> {
///         let sent = self.0.send(canvas.clone());
///         sent.map_err(|error| DisplayError::Refused {
///             device: "remote".into(),
///             reason: error.to_string(),
///         })
///     }
/// }
///
/// let (sender, shown) = mpsc::channel();
/// let open = move || Ok(Some(Box::new(Remote(sender.clone())) as Box<dyn Display>));
/// let output = Output::with(open, SCREEN);
/// let canvas = Canvas::new(SCREEN.width, SCREEN.height, SCREEN.depth);
/// output.show(|| Arc::new(canvas.clone()));
/// assert_eq!(shown.recv().unwrap().pixels(), canvas.pixels());
/// assert_eq!(output.error(), None);
/// ```
pub trait Display: Send {
    /// The size and depth of what it shows.
    fn screen(&self) -> Screen;

    /// Shows a canvas, by sending what differs from the one before. Of a canvas of another size, the
    /// upper left part is shown as far as it fits.
    ///
    /// # Errors
    /// What the device refuses. Its pixels are unknown then, and the next canvas is sent whole.
    fn show(&mut self, canvas: &Canvas) -> Result<(), DisplayError>;
}

/// The choice of a display, in `kiosk.toml` and on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The panel where one is described, else the frame buffer, unless that belongs to a desktop.
    #[default]
    Auto,
    /// No display: the screen is on the page alone.
    None,
    /// The panel, at SPI.
    Spi,
    /// The panel, at I2C.
    I2c,
    /// The frame buffer.
    FrameBuffer,
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

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        parse::deserialize(value)
    }
}

/// Checks that a choice and the panel's description agree, without touching any hardware.
///
/// # Errors
/// Where a panel is chosen that is not described, or that is described at another bus.
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

/// Opens the display of this choice; `None` where none is wanted, or where [`Choice::Auto`] finds
/// none.
///
/// # Errors
/// Those of [`check`], and why the display cannot be used.
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
            Err(error @ (DisplayError::Missing { .. } | DisplayError::Forbidden { .. })) => {
                tracing::debug!(%error, "there is no display");
                Ok(None)
            }
            found => found.map(Some),
        },
    }
}

fn frame_buffer() -> Result<Box<dyn Display>, DisplayError> {
    let (sysfs, device) = (framebuffer::SYSFS, framebuffer::DEVICE);
    let opened = FrameBuffer::open(Path::new(sysfs), Path::new(device))?;
    Ok(Box::new(opened))
}

/// Whether this program runs within a graphical session, whose windows own the screen.
fn is_desktop() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
