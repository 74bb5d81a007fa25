//! Keypads and scanners: what their keys mean on each layout, and that no code is read as another.

use std::slice;
use std::time::Duration;

use devices::buttons::keys::{CUT, Keys, LONGEST, UNKNOWN};
use devices::buttons::{Layout, Pressed};
use evdev::KeyCode;
use screens::Button;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// What keys mean that are pressed, one after another, at these milliseconds.
fn typed(keys: impl IntoIterator<Item = (u64, KeyCode)>) -> Vec<Pressed> {
    let mut device = Keys::new(Layout::Us);
    let press = |(at, key)| {
        let pressed = device.press(ms(at), key);
        device.release(key);
        pressed
    };
    keys.into_iter().filter_map(press).collect()
}

/// Keys as fast as a scanner types them.
fn scanned(keys: &[KeyCode]) -> Vec<Pressed> {
    typed((0..).step_by(10).zip(keys.iter().copied()))
}

/// The tag that a scanner with this layout types and ends with Enter. Each key comes with the one
/// that is held meanwhile.
fn read(layout: Layout, keys: &[(Option<KeyCode>, KeyCode)]) -> String {
    let mut device = Keys::new(layout);
    for &(held, key) in keys {
        for key in held.into_iter().chain([key]) {
            assert_eq!(device.press(ms(0), key), None, "{layout:?}: {key:?}");
        }
        device.release(key);
        held.into_iter().for_each(|held| device.release(held));
    }
    match device.press(ms(0), KeyCode::KEY_ENTER) {
        Some(Pressed::Tag(tag)) => tag,
        other => panic!("{layout:?}: {other:?}"),
    }
}

const SHIFT: Option<KeyCode> = Some(KeyCode::KEY_LEFTSHIFT);
const ALT_GR: Option<KeyCode> = Some(KeyCode::KEY_RIGHTALT);
const ALT: Option<KeyCode> = Some(KeyCode::KEY_LEFTALT);

/// The keys of the letters, A to Z, in the United States.
const LETTERS: [KeyCode; 26] = [
    KeyCode::KEY_A,
    KeyCode::KEY_B,
    KeyCode::KEY_C,
    KeyCode::KEY_D,
    KeyCode::KEY_E,
    KeyCode::KEY_F,
    KeyCode::KEY_G,
    KeyCode::KEY_H,
    KeyCode::KEY_I,
    KeyCode::KEY_J,
    KeyCode::KEY_K,
    KeyCode::KEY_L,
    KeyCode::KEY_M,
    KeyCode::KEY_N,
    KeyCode::KEY_O,
    KeyCode::KEY_P,
    KeyCode::KEY_Q,
    KeyCode::KEY_R,
    KeyCode::KEY_S,
    KeyCode::KEY_T,
    KeyCode::KEY_U,
    KeyCode::KEY_V,
    KeyCode::KEY_W,
    KeyCode::KEY_X,
    KeyCode::KEY_Y,
    KeyCode::KEY_Z,
];

fn tag(text: &str) -> Pressed {
    Pressed::Tag(text.to_owned())
}

#[test]
fn single_keys_stand_for_buttons() {
    for (key, button) in [
        (KeyCode::KEY_ENTER, Button::Confirm),
        (KeyCode::KEY_KPENTER, Button::Confirm),
        (KeyCode::KEY_TAB, Button::Next),
        (KeyCode::KEY_RIGHT, Button::Next),
        (KeyCode::KEY_KPPLUS, Button::Next),
        (KeyCode::KEY_ESC, Button::New),
        (KeyCode::KEY_BACKSPACE, Button::New),
        (KeyCode::KEY_KPMINUS, Button::New),
    ] {
        assert_eq!(scanned(&[key]), [Pressed::Button(button)], "{key:?}");
    }
    for key in [
        KeyCode::KEY_LEFTSHIFT,
        KeyCode::KEY_LEFTALT,
        KeyCode::KEY_CAPSLOCK,
        KeyCode::KEY_NUMLOCK,
        KeyCode::KEY_SPACE,
    ] {
        assert_eq!(scanned(&[key]), [], "{key:?}");
        let then = [key, KeyCode::KEY_ENTER];
        assert_eq!(
            scanned(&then),
            [Pressed::Button(Button::Confirm)],
            "{key:?}"
        );
    }
}

#[test]
fn a_scanner_types_a_tag_and_enter() {
    use KeyCode as K;
    let check = |keys: &[KeyCode], expected: &str| {
        for end in [K::KEY_ENTER, K::KEY_KPENTER, K::KEY_TAB] {
            assert_eq!(scanned(&[keys, &[end]].concat()), [tag(expected)]);
        }
    };
    check(
        &[
            K::KEY_1,
            K::KEY_2,
            K::KEY_3,
            K::KEY_4,
            K::KEY_5,
            K::KEY_6,
            K::KEY_7,
            K::KEY_8,
            K::KEY_9,
            K::KEY_0,
            K::KEY_MINUS,
        ],
        "1234567890-",
    );
    check(&LETTERS, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    check(
        &[
            K::KEY_KP0,
            K::KEY_KP1,
            K::KEY_KP2,
            K::KEY_KP3,
            K::KEY_KP4,
            K::KEY_KPMINUS,
            K::KEY_KP5,
            K::KEY_KP6,
            K::KEY_KP7,
            K::KEY_KP8,
            K::KEY_KP9,
        ],
        "01234-56789",
    );
    // Groups of digits.
    check(&[K::KEY_1, K::KEY_2, K::KEY_SPACE, K::KEY_3], "12 3");
    // A keypad with a key for Num Lock.
    check(&[K::KEY_NUMLOCK, K::KEY_KP1, K::KEY_NUMLOCK], "1");
}

#[test]
fn a_scanner_is_read_in_the_layout_that_it_is_set_to() {
    use KeyCode as K;
    /// The letters whose keys differ from those of the United States, with their keys.
    type Letters = &'static [(char, KeyCode)];
    const LATIN: Letters = &[];
    const FRENCH: Letters = &[
        ('A', K::KEY_Q),
        ('Q', K::KEY_A),
        ('Z', K::KEY_W),
        ('W', K::KEY_Z),
        ('M', K::KEY_SEMICOLON),
    ];
    const GERMAN: Letters = &[('Y', K::KEY_Z), ('Z', K::KEY_Y)];
    const DIGITS: [KeyCode; 10] = [
        K::KEY_0,
        K::KEY_1,
        K::KEY_2,
        K::KEY_3,
        K::KEY_4,
        K::KEY_5,
        K::KEY_6,
        K::KEY_7,
        K::KEY_8,
        K::KEY_9,
    ];
    for (layout, letters, digits_with, hyphen) in [
        (Layout::Us, LATIN, None, K::KEY_MINUS),
        (Layout::Uk, LATIN, None, K::KEY_MINUS),
        (Layout::Fr, FRENCH, SHIFT, K::KEY_6),
        (Layout::Be, FRENCH, SHIFT, K::KEY_EQUAL),
        (Layout::De, GERMAN, None, K::KEY_SLASH),
        (Layout::Ch, GERMAN, None, K::KEY_SLASH),
        (Layout::Es, LATIN, None, K::KEY_SLASH),
        (Layout::It, LATIN, None, K::KEY_SLASH),
    ] {
        let digits = DIGITS.map(|key| (digits_with, key));
        assert_eq!(read(layout, &digits), "0123456789", "{layout:?}");
        let key_of = |(letter, key): (char, KeyCode)| {
            let other = letters.iter().find(|other| other.0 == letter);
            other.map_or(key, |other| other.1)
        };
        let keys: Vec<KeyCode> = ('A'..='Z').zip(LETTERS).map(key_of).collect();
        for held in [None, SHIFT] {
            let keys: Vec<_> = keys.iter().map(|&key| (held, key)).collect();
            assert_eq!(read(layout, &keys), ('A'..='Z').collect::<String>());
        }
        let tag = [(None, K::KEY_KP4), (None, hyphen), (SHIFT, K::KEY_KP2)];
        assert_eq!(read(layout, &tag), "4-2", "{layout:?}");
    }
}

#[test]
fn every_character_of_a_code_is_part_of_the_tag() {
    use KeyCode as K;
    let check = |layout, keys: &[(Option<KeyCode>, KeyCode)], expected: &str| {
        assert_eq!(read(layout, keys), expected, "{layout:?}");
    };
    // Between two letters, each of these is a tag that no animal has.
    for (layout, held, key, expected) in [
        (Layout::Us, None, K::KEY_SLASH, '/'),
        (Layout::Us, None, K::KEY_DOT, '.'),
        (Layout::Us, SHIFT, K::KEY_SEMICOLON, ':'),
        (Layout::Us, SHIFT, K::KEY_MINUS, '_'),
        (Layout::Us, SHIFT, K::KEY_3, '#'),
        (Layout::Us, SHIFT, K::KEY_8, '*'),
        (Layout::Us, None, K::KEY_KPSLASH, '/'),
        (Layout::Us, None, K::KEY_KPDOT, '.'),
        (Layout::Us, None, K::KEY_KPPLUS, '+'),
        (Layout::Us, None, K::KEY_KPASTERISK, '*'),
        (Layout::Us, ALT_GR, K::KEY_E, UNKNOWN),
        (Layout::Us, ALT, K::KEY_E, UNKNOWN),
        (
            Layout::Us,
            Some(K::KEY_RIGHTCTRL),
            K::KEY_RIGHTBRACE,
            UNKNOWN,
        ),
        (Layout::Us, None, K::KEY_F8, UNKNOWN),
        (Layout::Us, None, K::KEY_RIGHT, UNKNOWN),
        (Layout::Us, None, K(u16::MAX), UNKNOWN),
        (Layout::Uk, None, K::KEY_BACKSLASH, '#'),
        (Layout::Uk, SHIFT, K::KEY_APOSTROPHE, '@'),
        (Layout::Fr, None, K::KEY_1, '&'),
        (Layout::Fr, SHIFT, K::KEY_DOT, '/'),
        (Layout::Fr, SHIFT, K::KEY_COMMA, '.'),
        (Layout::Fr, None, K::KEY_DOT, ':'),
        (Layout::Fr, None, K::KEY_8, '_'),
        (Layout::Fr, ALT_GR, K::KEY_3, '#'),
        (Layout::Be, SHIFT, K::KEY_EQUAL, '_'),
        (Layout::Be, ALT_GR, K::KEY_2, '@'),
        (Layout::De, SHIFT, K::KEY_7, '/'),
        (Layout::De, SHIFT, K::KEY_DOT, ':'),
        (Layout::De, ALT_GR, K::KEY_Q, '@'),
        (Layout::De, None, K::KEY_MINUS, 'ß'),
        (Layout::De, None, K::KEY_102ND, '<'),
        (Layout::Ch, SHIFT, K::KEY_SLASH, '_'),
        (Layout::Ch, ALT_GR, K::KEY_3, '#'),
        (Layout::Es, None, K::KEY_SEMICOLON, 'ñ'),
        (Layout::Es, SHIFT, K::KEY_7, '/'),
        (Layout::It, ALT_GR, K::KEY_APOSTROPHE, '#'),
        (Layout::It, None, K::KEY_GRAVE, '\\'),
    ] {
        let keys = [(None, K::KEY_B), (held, key), (None, K::KEY_C)];
        check(layout, &keys, &format!("B{expected}C"));
    }
    // (B1), which begins with what no tag has.
    let keys = [
        (SHIFT, K::KEY_9),
        (SHIFT, K::KEY_B),
        (None, K::KEY_1),
        (SHIFT, K::KEY_0),
    ];
    check(Layout::Us, &keys, "(B1)");
    // The other Shift, and AltGr with Shift.
    let keys = [(Some(K::KEY_RIGHTSHIFT), K::KEY_1)];
    check(Layout::Fr, &keys, "1");
    let mut device = Keys::new(Layout::Fr);
    for key in [K::KEY_LEFTSHIFT, K::KEY_RIGHTALT, K::KEY_1, K::KEY_ENTER] {
        let pressed = device.press(ms(0), key);
        let expected = (key == K::KEY_ENTER).then(|| tag("\u{fffd}"));
        assert_eq!(pressed, expected);
    }
}

#[test]
fn a_scanner_that_types_numbers_of_characters_needs_no_layout() {
    use KeyCode as K;
    let code = |numbers: &[&[KeyCode]]| {
        let mut device = Keys::new(Layout::It);
        for digits in numbers {
            assert_eq!(device.press(ms(0), K::KEY_LEFTALT), None);
            for &digit in *digits {
                assert_eq!(device.press(ms(0), digit), None);
                device.release(digit);
            }
            device.release(K::KEY_LEFTALT);
        }
        device.press(ms(0), K::KEY_ENTER)
    };
    let b = [K::KEY_KP0, K::KEY_KP0, K::KEY_KP6, K::KEY_KP6];
    let hyphen = [K::KEY_KP4, K::KEY_KP5];
    let separator = [K::KEY_KP0, K::KEY_KP2, K::KEY_KP9];
    assert_eq!(code(&[&b, &hyphen, &b]), Some(tag("B-B")));
    assert_eq!(code(&[&b, &separator, &b]), Some(tag("B\u{fffd}B")));
    assert_eq!(
        code(&[&b, &[K::KEY_KP9; 40]]),
        Some(tag("B\u{fffd}")),
        "no such character"
    );
}

#[test]
fn one_tag_after_another_and_a_confirmation_are_told_apart() {
    use KeyCode as K;
    let keys = [
        K::KEY_4,
        K::KEY_ENTER,
        K::KEY_2,
        K::KEY_ENTER,
        K::KEY_ENTER,
        K::KEY_7,
        K::KEY_KPPLUS,
        K::KEY_TAB,
    ];
    let expected = [
        tag("4"),
        tag("2"),
        Pressed::Button(Button::Confirm),
        tag("7+"),
    ];
    assert_eq!(scanned(&keys), expected);
}

#[test]
fn typing_errors_are_corrected_with_backspace_and_escape() {
    use KeyCode as K;
    let keys = [
        K::KEY_KP1,
        K::KEY_KP7,
        K::KEY_BACKSPACE,
        K::KEY_KP2,
        K::KEY_ENTER,
    ];
    assert_eq!(scanned(&keys), [tag("12")]);
    let keys = [K::KEY_KP1, K::KEY_KP7, K::KEY_ESC, K::KEY_KP2, K::KEY_ENTER];
    assert_eq!(scanned(&keys), [tag("2")], "and nobody is sent away");
}

#[test]
fn characters_typed_long_ago_are_forgotten() {
    use KeyCode as K;
    let slow = [(0, K::KEY_1), (4900, K::KEY_2), (9800, K::KEY_ENTER)];
    assert_eq!(typed(slow), [tag("12")]);
    let left = [(0, K::KEY_1), (5100, K::KEY_2), (5200, K::KEY_ENTER)];
    assert_eq!(typed(left), [tag("2")]);
    let left = [(0, K::KEY_1), (5100, K::KEY_ENTER)];
    assert_eq!(typed(left), [Pressed::Button(Button::Confirm)]);
}

#[test]
fn a_tag_that_is_too_long_or_lacks_keys_shows_that() {
    use KeyCode as K;
    let of = |length: usize| [vec![K::KEY_1; length], vec![K::KEY_ENTER]].concat();
    let longest = "1".repeat(LONGEST);
    assert_eq!(scanned(&of(LONGEST)), [tag(&longest)]);
    let cut = tag(&format!("{longest}{CUT}"));
    assert_eq!(scanned(&of(LONGEST + 1)), slice::from_ref(&cut));
    let then = [of(4000), of(2)].concat();
    assert_eq!(
        scanned(&then),
        [cut, tag("11")],
        "and the next one is whole"
    );

    // The kernel lost keys, among them the release of Shift.
    let mut device = Keys::new(Layout::Us);
    assert_eq!(device.press(ms(0), K::KEY_1), None);
    assert_eq!(device.press(ms(0), K::KEY_LEFTSHIFT), None);
    device.lose(ms(10));
    assert_eq!(device.press(ms(20), K::KEY_3), None);
    assert_eq!(device.press(ms(30), K::KEY_ENTER), Some(tag("1\u{fffd}3")));
    assert_eq!(device.press(ms(40), K::KEY_4), None);
    assert_eq!(device.press(ms(50), K::KEY_ENTER), Some(tag("4")));
}

#[test]
fn a_key_that_is_held_for_ten_seconds_is_told_once() {
    use KeyCode as K;
    let mut keys = Keys::new(Layout::Us);
    let next = Some(Pressed::Button(Button::Next));
    let held = Some(Pressed::Held(Button::Next));
    assert_eq!(keys.press(ms(1_000), K::KEY_KPPLUS), next);
    assert_eq!(keys.held(ms(10_999)), None);
    assert_eq!(keys.held(ms(11_000)), held);
    assert_eq!(keys.held(ms(30_000)), None);
    keys.release(K::KEY_KPPLUS);

    // Each of these, after a second, means that the key is not held, or may not be.
    type Cancel = fn(&mut Keys);
    let cancels: [(&str, Cancel); 3] = [
        ("released", |keys| keys.release(K::KEY_KPPLUS)),
        ("another key", |keys| {
            drop(keys.press(ms(51_000), K::KEY_LEFTSHIFT))
        }),
        ("lost events", |keys| keys.lose(ms(51_000))),
    ];
    for (what, cancel) in cancels {
        let mut keys = Keys::new(Layout::Us);
        assert_eq!(keys.press(ms(50_000), K::KEY_KPPLUS), next);
        cancel(&mut keys);
        assert_eq!(keys.held(ms(90_000)), None, "{what}");
    }
    let mut keys = Keys::new(Layout::Us);
    assert_eq!(keys.press(ms(50_000), K::KEY_KPPLUS), next);
    keys.release(K::KEY_LEFTSHIFT);
    assert_eq!(keys.held(ms(60_000)), held, "another key was let go");

    // A key that types is no button.
    let mut keys = Keys::new(Layout::Us);
    assert_eq!(keys.press(ms(0), K::KEY_7), None);
    assert_eq!(keys.press(ms(0), K::KEY_KPPLUS), None);
    assert_eq!(keys.held(ms(60_000)), None);
}
