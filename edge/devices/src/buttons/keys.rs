//! What the keys of a keypad or a barcode scanner mean.
//!
//! Digits, letters and `-` gather into a tag, which Enter sends: a scanner types a code and ends it
//! so, or with Tab. Where nothing is typed, Enter confirms, Tab, `+` of the keypad or the right
//! arrow is next, Escape, Backspace or `-` of the keypad is new. While something is typed,
//! Backspace takes the last character away and Escape all of them.

use std::time::Duration;

use evdev::KeyCode;

use screens::Button;


/// The longest tag, in characters.
pub const TAG_CHARACTERS: usize = 32;

/// Characters are forgotten when no key follows for so long: time enough for somebody who reads a
/// number off a collar.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Characters of keys with successive codes, as on a keyboard of the United States, which is what
/// scanners claim to be. (Linux, `input-event-codes.h`.)
const ROWS: [(KeyCode, &str); 5] = [
    (KeyCode::KEY_1, "1234567890-"),
    (KeyCode::KEY_Q, "QWERTYUIOP"),
    (KeyCode::KEY_A, "ASDFGHJKL"),
    (KeyCode::KEY_Z, "ZXCVBNM"),
    (KeyCode::KEY_KP7, "789-456+1230"),
];

/// What somebody said by keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The same as a button at the screen.
    Button(Button),
    /// The tag of an animal: 1 to [`TAG_CHARACTERS`] of A-Z, 0-9 and `-`.
    Tag(String),
}

/// The keys of one device.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    typed: String,
    /// The tag that is being typed is not whole: too long, or some of its keys were lost.
    is_spoilt: bool,
    /// When the last key was pressed.
    last: Duration,
}

impl Keys {
    /// Takes in a key that was pressed at `at`, of any clock that grows.
    pub fn press(&mut self, at: Duration, key: KeyCode) -> Option<Pressed> {
        self.pass(at);
        let is_typing = self.is_spoilt || !self.typed.is_empty();
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
            key => self.gather(key),
        }
        None
    }

    /// Some keys before `at` were pressed and never heard of: a tag without them would be another
    /// animal's.
    pub fn lose(&mut self, at: Duration) {
        self.pass(at);
        self.is_spoilt = true;
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
        self.is_spoilt = false;
    }

    fn gather(&mut self, key: KeyCode) {
        let Some(character) = character(key) else {
            return;
        };
        match self.typed.len() < TAG_CHARACTERS {
            true => self.typed.push(character),
            false => self.is_spoilt = true,
        }
    }

    /// The tag, if it is whole.
    fn send(&mut self) -> Option<Pressed> {
        let (tag, is_whole) = (self.typed.clone(), !self.is_spoilt);
        self.forget();
        is_whole.then_some(Pressed::Tag(tag))
    }
}

fn character(key: KeyCode) -> Option<char> {
    ROWS.iter().find_map(|(first, row)| {
        let place = key.code().checked_sub(first.code())?;
        row.chars().nth(usize::from(place))
    })
}
