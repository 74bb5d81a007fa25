//! Interprets the keys of a keypad or a barcode scanner.
//!
//! Digits, letters and `-` form a tag, which Enter or Tab sends: a scanner types a code and ends it
//! with one of the two. While nothing is typed, Enter confirms; Tab, `+` of the keypad and the right
//! arrow mean the next breed; Escape, Backspace and `-` of the keypad mean a new guest. While
//! something is typed, Backspace deletes the last character and Escape all of them.

use std::time::Duration;

use evdev::KeyCode;
use screens::Button;

/// The longest tag, in characters.
pub const TAG_CHARACTERS: usize = 32;

/// The time after which typed characters are forgotten if no key follows: long enough for somebody
/// who reads a number off a collar.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// The characters of keys with successive codes, by the first key's. The layout is that of the
/// United States, which scanners use. (Linux, `input-event-codes.h`.)
const ROWS: [(KeyCode, &str); 5] = [
    (KeyCode::KEY_1, "1234567890-"),
    (KeyCode::KEY_Q, "QWERTYUIOP"),
    (KeyCode::KEY_A, "ASDFGHJKL"),
    (KeyCode::KEY_Z, "ZXCVBNM"),
    (KeyCode::KEY_KP7, "789-456+1230"),
];

/// What somebody entered with buttons or keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// A button of the screen.
    Button(Button),
    /// The tag of an animal: 1 to [`TAG_CHARACTERS`] of A-Z, 0-9 and `-`.
    Tag(String),
}

/// The keys of one device.
///
/// ```
/// use std::time::Duration;
/// use devices::buttons::{Pressed, keys::Keys};
/// use evdev::KeyCode;
///
/// let mut keys = Keys::default();
/// let mut press = |key| keys.press(Duration::ZERO, key);
/// assert_eq!(press(KeyCode::KEY_A), None);
/// assert_eq!(press(KeyCode::KEY_7), None);
/// assert_eq!(press(KeyCode::KEY_ENTER), Some(Pressed::Tag("A7".to_owned())));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Keys {
    typed: String,
    /// Whether the tag that is being typed is too long, or lacks keys that were lost.
    is_incomplete: bool,
    /// When the last key was pressed.
    last: Duration,
}

impl Keys {
    /// Takes in a key that was pressed at `at`, by any clock that only grows.
    pub fn press(&mut self, at: Duration, key: KeyCode) -> Option<Pressed> {
        self.pass(at);
        let is_typing = self.is_incomplete || !self.typed.is_empty();
        match key {
            KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER | KeyCode::KEY_TAB if is_typing => {
                return self.send();
            }
            KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER => {
                return Some(Pressed::Button(Button::Confirm));
            }
            KeyCode::KEY_TAB | KeyCode::KEY_KPPLUS | KeyCode::KEY_RIGHT => {
                return Some(Pressed::Button(Button::Next));
            }
            KeyCode::KEY_ESC | KeyCode::KEY_BACKSPACE | KeyCode::KEY_KPMINUS if !is_typing => {
                return Some(Pressed::Button(Button::New));
            }
            KeyCode::KEY_ESC => self.forget(),
            KeyCode::KEY_BACKSPACE => drop(self.typed.pop()),
            key => self.append(key),
        }
        None
    }

    /// Takes note that some keys before `at` were lost: a tag without them would be another
    /// animal's.
    pub fn lose(&mut self, at: Duration) {
        self.pass(at);
        self.is_incomplete = true;
    }

    /// Forgets what was typed too long ago.
    fn pass(&mut self, now: Duration) {
        if now.saturating_sub(self.last) > PATIENCE {
            self.forget();
        }
        self.last = now;
    }

    fn forget(&mut self) {
        self.typed.clear();
        self.is_incomplete = false;
    }

    fn append(&mut self, key: KeyCode) {
        let Some(character) = character(key) else {
            return;
        };
        if self.typed.len() < TAG_CHARACTERS {
            self.typed.push(character);
        } else {
            self.is_incomplete = true;
        }
    }

    /// The tag, if it is complete.
    fn send(&mut self) -> Option<Pressed> {
        let (tag, is_complete) = (self.typed.clone(), !self.is_incomplete);
        self.forget();
        is_complete.then_some(Pressed::Tag(tag))
    }
}

fn character(key: KeyCode) -> Option<char> {
    ROWS.iter().find_map(|(first, row)| {
        let place = key.code().checked_sub(first.code())?;
        row.chars().nth(usize::from(place))
    })
}
