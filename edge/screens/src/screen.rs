//! The size and depth of a screen.

use serde::{Deserialize, Deserializer};

use crate::Depth;

/// A screen, and its picture on the page. A display has a size of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screen {
    /// Pixels across, 32 to 4096; 480 unless told otherwise.
    #[serde(deserialize_with = "side")]
    pub width: u32,
    /// Pixels down, 32 to 4096; 320 unless told otherwise.
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
    match (32..=4096).contains(&side) {
        true => Ok(side),
        false => Err(serde::de::Error::custom(format!(
            "{side} pixels; 32 to 4096 are possible"
        ))),
    }
}
