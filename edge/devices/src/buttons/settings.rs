//! `[buttons]` of `kiosk.toml`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::ButtonsError;
use screens::Button;

/// The lines of a Raspberry Pi's GPIO chip.
pub(super) const LINES: RangeInclusive<u8> = 0..=53;

/// Which buttons and keys there are. Whatever is left out has its default, which is none at all.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
// Derived as a function of its own, for `Deserialize` below to check what it read.
#[serde(remote = "Self", default, deny_unknown_fields)]
pub struct Settings {
    /// The GPIO chip of the push buttons: `/dev/gpiochip0` unless told otherwise.
    pub gpio: PathBuf,
    /// The line of the button that confirms, 0 to 53; no such button unless told otherwise.
    #[serde(deserialize_with = "line")]
    pub confirm: Option<u8>,
    /// The line of the button for the next likely breed, likewise.
    #[serde(deserialize_with = "line")]
    pub next: Option<u8>,
    /// The line of the button for a new guest, likewise.
    #[serde(deserialize_with = "line")]
    pub new: Option<u8>,
    /// `true` (the default) for buttons between line and ground, the line pulled up; `false` for
    /// buttons between line and 3.3 V, the line pulled down.
    pub active_low: bool,
    /// The keypad or barcode scanner: `none` (the default), `auto` for any that is plugged in, or a
    /// device such as `/dev/input/event3`. What is taken serves the kiosk alone.
    pub keypad: Keypad,
}

/// Which keypad, keyboard or barcode scanner belongs to the kiosk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Keypad {
    /// None: a keyboard of somebody who works at the same machine is never taken unasked.
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

impl TryFrom<String> for Keypad {
    type Error = ButtonsError;

    /// `none`, `auto`, or a device file below `/dev/input`.
    fn try_from(text: String) -> Result<Self, ButtonsError> {
        match text.as_str() {
            "none" => Ok(Self::None),
            "auto" => Ok(Self::Auto),
            device if device.starts_with("/dev/input/") => Ok(Self::Device(device.into())),
            _ => Err(ButtonsError::NoKeypad(text)),
        }
    }
}

fn line<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    let number = i64::deserialize(value)?;
    match u8::try_from(number) {
        Ok(line) if LINES.contains(&line) => Ok(Some(line)),
        _ => Err(D::Error::custom(ButtonsError::NoLine(number))),
    }
}
