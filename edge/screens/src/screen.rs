//! The size and depth of a screen.

use serde::{Deserialize, Deserializer};

use crate::Depth;

/// The size and depth of a screen.
///
/// As a setting it is that of the screen on the page while no display is connected: a display has a
/// size of its own.
///
/// ```
/// use screens::{Canvas, Screen};
///
/// let screen = Screen { width: 240, height: 240, ..Screen::default() };
/// let canvas = Canvas::new(screen.width, screen.height, screen.depth);
/// assert_eq!(canvas.pixels().dimensions(), (240, 240));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screen {
    /// Pixels across, 32 to 4096; 480 by default.
    #[serde(deserialize_with = "side")]
    pub width: u32,
    /// Pixels down, 32 to 4096; 320 by default.
    #[serde(deserialize_with = "side")]
    pub height: u32,
    /// `colour` (the default), or `one-bit` for black and white alone.
    pub depth: Depth,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            width: 480,
            height: 320,
            depth: Depth::Colour,
        }
    }
}

fn side<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    let side = u32::deserialize(value)?;
    if (32..=4096).contains(&side) {
        Ok(side)
    } else {
        Err(serde::de::Error::custom(format!(
            "{side} pixels; 32 to 4096 are possible"
        )))
    }
}
