//! The section `[buttons]` of `kiosk.toml`.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use screens::Button;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{ButtonsError, Layout};
use crate::parse;

/// The lines of a Raspberry Pi's GPIO chip.
const LINES: RangeInclusive<u8> = 0..=53;

/// Which buttons and keys there are: none by default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
// `remote` derives a plain function, so that `Deserialize` below can check what it read.
#[serde(remote = "Self", default, deny_unknown_fields)]
pub struct Settings {
    /// The GPIO chip of the push buttons: `/dev/gpiochip0` by default.
    pub gpio: PathBuf,
    /// The line of the button that confirms, 0 to 53; there is no such button by default.
    #[serde(deserialize_with = "line")]
    pub confirm: Option<u8>,
    /// The line of the button for the next likely breed, 0 to 53; none by default.
    #[serde(deserialize_with = "line")]
    pub next: Option<u8>,
    /// The line of the button for a new guest, 0 to 53; none by default.
    #[serde(deserialize_with = "line")]
    pub new: Option<u8>,
    /// `true` (the default) for buttons between line and ground, the line pulled up; `false` for
    /// buttons between line and 3.3 V, the line pulled down.
    pub active_low: bool,
    /// The keypad or barcode scanner: `none` (the default), `auto` for any that is plugged in, or a
    /// device such as `/dev/input/event3`. Other programs get no keys of a device that the kiosk
    /// uses.
    pub keypad: Keypad,
    /// The layout that keyboard or scanner is set to: `us` (the default), `uk`, `fr`, `be`, `de`,
    /// `ch`, `es` or `it`.
    pub layout: Layout,
    /// `true` (the default) if a person who holds the button for the next likely breed for [ten
    /// seconds](super::hold::LONG) may set the kiosk up again; `false` if nobody may.
    pub set_up: bool,
}

/// Which keypad, keyboard or barcode scanner belongs to the kiosk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keypad {
    /// None: the keyboard of somebody who works at the same machine is never taken unasked.
    #[default]
    None,
    /// Every one with digits and Enter, whenever it is plugged in.
    Auto,
    /// The one of this device file.
    Device(PathBuf),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gpio: PathBuf::from("/dev/gpiochip0"),
            confirm: None,
            next: None,
            new: None,
            active_low: true,
            keypad: Keypad::None,
            layout: Layout::Us,
            set_up: true,
        }
    }
}

impl Settings {
    /// The push buttons and their lines.
    pub(super) fn lines(&self) -> Vec<(Button, u8)> {
        let all = [
            (Button::Confirm, self.confirm),
            (Button::Next, self.next),
            (Button::New, self.new),
        ];
        let with_line = |(button, line): (Button, Option<u8>)| Some((button, line?));
        all.into_iter().filter_map(with_line).collect()
    }

    fn check(&self) -> Result<(), ButtonsError> {
        let mut lines: Vec<u8> = self.lines().into_iter().map(|(_, line)| line).collect();
        lines.sort_unstable();
        match lines.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ButtonsError::SameLine(pair[0])),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        let settings = Self::deserialize(value)?;
        settings.check().map_err(D::Error::custom)?;
        Ok(settings)
    }
}

impl FromStr for Keypad {
    type Err = ButtonsError;

    /// `none`, `auto`, or a device file below `/dev/input`.
    fn from_str(text: &str) -> Result<Self, ButtonsError> {
        match text {
            "none" => Ok(Self::None),
            "auto" => Ok(Self::Auto),
            device if device.starts_with("/dev/input/") => Ok(Self::Device(device.into())),
            other => Err(ButtonsError::NoKeypad(other.to_owned())),
        }
    }
}

impl<'de> Deserialize<'de> for Keypad {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        parse::deserialize(value)
    }
}

fn line<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    let number = i64::deserialize(value)?;
    match u8::try_from(number) {
        Ok(line) if LINES.contains(&line) => Ok(Some(line)),
        _ => Err(D::Error::custom(ButtonsError::NoLine(number))),
    }
}
