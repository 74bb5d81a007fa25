//! Interprets the keys of a keypad or a barcode scanner.
//!
//! Keys that type characters form a tag, which Enter or Tab sends: a scanner types a code and ends it
//! with one of the two. While nothing is typed, Enter confirms; Tab, `+` of the keypad and the right
//! arrow mean the next breed; Escape, Backspace and `-` of the keypad mean a new guest. While
//! something is typed, Backspace deletes the last character and Escape all of them.
//!
//! No key is left out of a tag: what is left could be another animal's tag. A key that types no
//! character appears in it as [`UNKNOWN`], which no animal's tag has.

use std::collections::HashSet;
use std::mem;
use std::time::Duration;

use evdev::KeyCode;
use screens::Button;

use super::hold::Hold;
use super::layout::{Held, Layout};

/// The most characters that are read: twice as many as a tag has, because there may be spaces
/// between its groups of digits. A longer tag ends in [`CUT`].
pub const LONGEST: usize = 64;

/// Stands for a key that types no character, or keys that were lost.
pub const UNKNOWN: char = '\u{fffd}';

/// Stands for all characters after the first [`LONGEST`].
pub const CUT: char = '…';

/// The time after which typed characters are forgotten if no key follows: long enough for somebody
/// who reads a number off a collar.
pub const PATIENCE: Duration = Duration::from_secs(5);

const SHIFT: [KeyCode; 2] = [KeyCode::KEY_LEFTSHIFT, KeyCode::KEY_RIGHTSHIFT];

const ALT_GR: KeyCode = KeyCode::KEY_RIGHTALT;

/// Keys with which others, while they are held, give commands instead of typing characters.
const COMMANDS: [KeyCode; 5] = [
    KeyCode::KEY_LEFTALT,
    KeyCode::KEY_LEFTCTRL,
    KeyCode::KEY_RIGHTCTRL,
    KeyCode::KEY_LEFTMETA,
    KeyCode::KEY_RIGHTMETA,
];

/// Keys that type nothing and change nothing here: capitals and small letters are the same in a tag,
/// and the keypad always types digits. Some keypads press Num Lock before every digit.
const LOCKS: [KeyCode; 3] = [
    KeyCode::KEY_CAPSLOCK,
    KeyCode::KEY_NUMLOCK,
    KeyCode::KEY_SCROLLLOCK,
];

/// What somebody entered with buttons or keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// A button of the screen.
    Button(Button),
    /// A button that has been held for [ten seconds](super::hold::LONG) and still is. Its press was told
    /// at its beginning.
    Held(Button),
    /// A tag as it was read, in capitals: 1 to [`LONGEST`] characters of any kind, and [`CUT`] where
    /// there were more. Whether an animal can have such a tag is for the catalogue to say.
    Tag(String),
}

/// The keys of one device.
///
/// ```
/// use std::time::Duration;
/// use devices::buttons::{Pressed, keys::Keys, layout::Layout};
/// use evdev::KeyCode;
///
/// let mut keys = Keys::new(Layout::Fr);
/// let mut press = |key| keys.press(Duration::ZERO, key);
/// assert_eq!(press(KeyCode::KEY_Q), None);
/// assert_eq!(press(KeyCode::KEY_KP7), None);
/// assert_eq!(press(KeyCode::KEY_ENTER), Some(Pressed::Tag("A7".to_owned())));
/// ```
#[derive(Clone, Debug)]
pub struct Keys {
    layout: Layout,
    typed: String,
    /// The modifiers that are down.
    held: HashSet<KeyCode>,
    /// The number of a character, of which the digits are typed on the keypad while Alt is held.
    number: Option<u32>,
    /// When the last key was pressed.
    last: Duration,
    /// The key of a button that is held, if no other key was pressed since.
    button: Option<(KeyCode, Button)>,
    hold: Hold,
}

impl Keys {
    /// The keys of a device with this layout.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            typed: String::new(),
            held: HashSet::new(),
            number: None,
            last: Duration::ZERO,
            button: None,
            hold: Hold::default(),
        }
    }

    /// Takes in a key that was pressed at `at`, by any clock that only grows. The repetitions of a key
    /// that is held are no presses.
    pub fn press(&mut self, at: Duration, key: KeyCode) -> Option<Pressed> {
        self.let_go();
        let pressed = self.meaning(at, key);
        if let Some(Pressed::Button(button)) = pressed {
            self.button = Some((key, button));
            self.hold.press(at);
        }
        pressed
    }

    /// Returns the button whose key has been held for [ten seconds](super::hold::LONG) by `now`, once.
    pub fn held(&mut self, now: Duration) -> Option<Pressed> {
        let (_, button) = self.button?;
        self.hold.is_due(now).then_some(Pressed::Held(button))
    }

    /// Forgets that a button is held.
    fn let_go(&mut self) {
        self.button = None;
        self.hold.release();
    }

    fn meaning(&mut self, at: Duration, key: KeyCode) -> Option<Pressed> {
        self.pass(at);
        let is_typing = !self.typed.is_empty();
        match key {
            key if is_modifier(key) => drop(self.held.insert(key)),
            key if LOCKS.contains(&key) => {}
            KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER | KeyCode::KEY_TAB if is_typing => {
                return Some(Pressed::Tag(mem::take(&mut self.typed)));
            }
            KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER => {
                return Some(Pressed::Button(Button::Confirm));
            }
            KeyCode::KEY_TAB | KeyCode::KEY_KPPLUS | KeyCode::KEY_RIGHT if !is_typing => {
                return Some(Pressed::Button(Button::Next));
            }
            KeyCode::KEY_ESC | KeyCode::KEY_BACKSPACE | KeyCode::KEY_KPMINUS if !is_typing => {
                return Some(Pressed::Button(Button::New));
            }
            // Spaces are the same as none in a tag.
            KeyCode::KEY_SPACE if !is_typing => {}
            KeyCode::KEY_ESC => self.forget(),
            KeyCode::KEY_BACKSPACE => drop(self.typed.pop()),
            key => self.append(key),
        }
        None
    }

    /// Takes in that a key was released.
    pub fn release(&mut self, key: KeyCode) {
        self.held.remove(&key);
        if self.button.is_some_and(|(held, _)| held == key) {
            self.let_go();
        }
        if key == KeyCode::KEY_LEFTALT
            && let Some(number) = self.number.take()
        {
            let character = char::from_u32(number);
            self.write(character.filter(|character| matches!(character, ' '..='~')));
        }
    }

    /// Takes note that some keys before `at` were lost, and perhaps the release of those that are
    /// held.
    pub fn lose(&mut self, at: Duration) {
        self.pass(at);
        self.held.clear();
        self.let_go();
        self.number = None;
        self.write(None);
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
        self.number = None;
    }

    /// Adds what a key types.
    fn append(&mut self, key: KeyCode) {
        let on_keypad = of_keypad(key);
        let digit = on_keypad.and_then(|character| character.to_digit(10));
        match digit {
            // Scanners that do not know the layout type every character by its number, as Windows
            // takes it.
            Some(digit) if self.is_held(&[KeyCode::KEY_LEFTALT]) => {
                let tens = self.number.unwrap_or_default().saturating_mul(10);
                self.number = Some(tens.saturating_add(digit));
            }
            _ if self.is_held(&COMMANDS) => self.write(None),
            _ => {
                let held = Held {
                    shift: self.is_held(&SHIFT),
                    alt_gr: self.is_held(&[ALT_GR]),
                };
                self.write(on_keypad.or_else(|| self.layout.character(key, held)));
            }
        }
    }

    fn is_held(&self, keys: &[KeyCode]) -> bool {
        keys.iter().any(|key| self.held.contains(key))
    }

    /// Adds a character, or [`UNKNOWN`].
    fn write(&mut self, character: Option<char>) {
        match self.typed.chars().count() {
            0..LONGEST => {
                let character = character.unwrap_or(UNKNOWN);
                self.typed.push(character.to_ascii_uppercase());
            }
            LONGEST => self.typed.push(CUT),
            _ => {}
        }
    }
}

fn is_modifier(key: KeyCode) -> bool {
    key == ALT_GR || SHIFT.contains(&key) || COMMANDS.contains(&key)
}

/// What the keys of a keypad type on any layout, whether Num Lock is on or not.
fn of_keypad(key: KeyCode) -> Option<char> {
    match key {
        KeyCode::KEY_KPASTERISK => Some('*'),
        KeyCode::KEY_KPCOMMA => Some(','),
        KeyCode::KEY_KPEQUAL => Some('='),
        KeyCode::KEY_KPLEFTPAREN => Some('('),
        KeyCode::KEY_KPRIGHTPAREN => Some(')'),
        KeyCode::KEY_KPSLASH => Some('/'),
        key => {
            // From `KEY_KP7` on, codes are successive. (Linux, `input-event-codes.h`.)
            let place = key.code().checked_sub(KeyCode::KEY_KP7.code())?;
            "789-456+1230.".chars().nth(usize::from(place))
        }
    }
}
