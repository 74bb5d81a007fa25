//! Push buttons, keypads and scanners: the meaning of presses and keys, and the errors of devices that
//! are missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use devices::buttons::debounce::Debounce;
use devices::buttons::keys::{Keys, Pressed, TAG_CHARACTERS};
use devices::buttons::{Keypad, Settings, start};
use evdev::KeyCode;
use recognise::Language;
use screens::{Button, Locale};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn settings_are_read_and_have_defaults() {
    assert_eq!(toml::from_str(""), Ok(Settings::default()));
    let all = r#"
        gpio = "/dev/gpiochip4"
        confirm = 0
        next = 27
        new = 53
        active_low = false
        keypad = "/dev/input/by-id/usb-keypad-event-kbd"
    "#;
    let expected = Settings {
        gpio: PathBuf::from("/dev/gpiochip4"),
        confirm: Some(0),
        next: Some(27),
        new: Some(53),
        active_low: false,
        keypad: Keypad::Device(PathBuf::from("/dev/input/by-id/usb-keypad-event-kbd")),
    };
    assert_eq!(toml::from_str(all), Ok(expected));
    let keypad = |text: &str| toml::from_str::<Settings>(text).map(|settings| settings.keypad);
    assert_eq!(keypad("keypad = \"none\""), Ok(Keypad::None));
    assert_eq!(keypad("keypad = \"auto\""), Ok(Keypad::Auto));
}

#[test]
fn impossible_settings_are_refused_with_what_is_possible() {
    for (text, expected) in [
        ("confirm = 54", "54 is no GPIO line; 0 to 53 are possible"),
        ("next = -1", "-1 is no GPIO line; 0 to 53 are possible"),
        ("new = 300", "300 is no GPIO line; 0 to 53 are possible"),
        ("new = \"17\"", "invalid type: string \"17\", expected i64"),
        (
            "confirm = 17\nnew = 17",
            "two buttons on GPIO line 17; give each a line of its own",
        ),
        (
            "keypad = \"/dev/ttyUSB0\"",
            "\"/dev/ttyUSB0\" is no keypad; choose none, auto or a device such as /dev/input/event3",
        ),
        ("keypad = \"\"", "\"\" is no keypad; choose none"),
        (
            "confrim = 17",
            "unknown field `confrim`, expected one of `gpio`",
        ),
    ] {
        let error = toml::from_str::<Settings>(text).unwrap_err();
        assert!(error.message().starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn a_press_counts_at_once_and_its_bounces_do_not() {
    let check = |story: &str, edges: &[(u64, bool)], expected: &[u64]| {
        let mut contact = Debounce::default();
        let pressed: Vec<u64> = (edges.iter())
            .filter(|&&(at, is_closed)| contact.edge(ms(at), is_closed))
            .map(|&(at, _)| at)
            .collect();
        assert_eq!(pressed, expected, "{story}");
    };
    check("one clean press", &[(0, true), (200, false)], &[0]);
    check(
        "two presses",
        &[(0, true), (150, false), (300, true), (450, false)],
        &[0, 300],
    );
    check(
        "both ends bounce",
        &[
            (0, true),
            (2, false),
            (3, true),
            (9, false),
            (11, true),
            (200, false),
            (203, true),
            (204, false),
            (400, true),
        ],
        &[0, 400],
    );
    check(
        "bounces for longer than the rest, never still for so long",
        &[(0, true), (20, false), (40, true), (60, false), (80, true)],
        &[0],
    );
    check(
        "a tap that is over within the rest, and the next one",
        &[(0, true), (15, false), (100, true)],
        &[0, 100],
    );
    check(
        "the level read too late: the first edge says open, that of the release closed",
        &[
            (0, false),
            (1, true),
            (200, true),
            (201, false),
            (400, true),
        ],
        &[1, 400],
    );
    check(
        "held when the kiosk starts",
        &[(0, false), (500, true)],
        &[500],
    );
}

/// What keys mean that are pressed at these milliseconds.
fn typed(keys: impl IntoIterator<Item = (u64, KeyCode)>) -> Vec<Pressed> {
    let mut device = Keys::default();
    keys.into_iter()
        .filter_map(|(at, key)| device.press(ms(at), key))
        .collect()
}

/// Keys as fast as a scanner types them.
fn scanned(keys: &[KeyCode]) -> Vec<Pressed> {
    typed((0..).step_by(10).zip(keys.iter().copied()))
}

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
        KeyCode::KEY_RESERVED,
        KeyCode::KEY_SPACE,
        KeyCode::KEY_LEFTSHIFT,
        KeyCode::KEY_KPDOT,
        KeyCode::KEY_NUMLOCK,
        KeyCode(u16::MAX),
    ] {
        assert_eq!(scanned(&[key]), [], "{key:?}");
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
    check(
        &[
            K::KEY_A,
            K::KEY_B,
            K::KEY_C,
            K::KEY_D,
            K::KEY_E,
            K::KEY_F,
            K::KEY_G,
            K::KEY_H,
            K::KEY_I,
            K::KEY_J,
            K::KEY_K,
            K::KEY_L,
            K::KEY_M,
            K::KEY_N,
            K::KEY_O,
            K::KEY_P,
            K::KEY_Q,
            K::KEY_R,
            K::KEY_S,
            K::KEY_T,
            K::KEY_U,
            K::KEY_V,
            K::KEY_W,
            K::KEY_X,
            K::KEY_Y,
            K::KEY_Z,
        ],
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    );
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
    // Capitals and groups of digits.
    check(
        &[
            K::KEY_LEFTSHIFT,
            K::KEY_A,
            K::KEY_SPACE,
            K::KEY_1,
            K::KEY_DOT,
        ],
        "A1",
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
        Pressed::Button(Button::Next),
        tag("7"),
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
fn an_incomplete_tag_is_neither_a_tag_nor_a_confirmation() {
    use KeyCode as K;
    let of = |length: usize| [vec![K::KEY_1; length], vec![K::KEY_ENTER]].concat();
    assert_eq!(scanned(&of(TAG_CHARACTERS)), [tag(&"1".repeat(32))]);
    assert_eq!(scanned(&of(TAG_CHARACTERS + 1)), []);
    let then = [of(4000), of(2)].concat();
    assert_eq!(scanned(&then), [tag("11")], "the next one is");

    let mut device = Keys::default();
    let mut press = |at, key| device.press(ms(at), key);
    assert_eq!(press(0, K::KEY_1), None);
    device.lose(ms(10));
    let mut press = |at, key| device.press(ms(at), key);
    assert_eq!(press(20, K::KEY_3), None);
    assert_eq!(press(30, K::KEY_ENTER), None);
    assert_eq!(press(40, K::KEY_4), None);
    assert_eq!(press(50, K::KEY_ENTER), Some(tag("4")));
}

/// The error once the devices have been tried, in English.
fn error(settings: Settings) -> String {
    let buttons = start(settings, |command| panic!("nobody pressed {command:?}"));
    let started = Instant::now();
    loop {
        match buttons.error() {
            Some(error) => return Locale::of(Language::English).message(&error),
            None => assert!(started.elapsed() < Duration::from_secs(10), "no error"),
        }
        thread::sleep(ms(5));
    }
}

#[test]
fn devices_that_cannot_be_used_are_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "no device").unwrap();
    let gpio = |chip: &Path| {
        error(Settings {
            gpio: chip.to_owned(),
            confirm: Some(17),
            ..Settings::default()
        })
    };
    let keypad = |device: &Path| {
        error(Settings {
            keypad: Keypad::Device(device.to_owned()),
            ..Settings::default()
        })
    };
    let missing = folder.path().join("missing");
    for (message, path, what) in [
        (
            gpio(&missing),
            &*missing,
            "no such device. In kiosk.toml, set gpio",
        ),
        (gpio(&file), &*file, "not a GPIO chip. Name one"),
        (
            gpio(Path::new("/dev/null")),
            Path::new("/dev/null"),
            "not a GPIO chip",
        ),
        (keypad(&missing), &*missing, "no such device. Plug it in"),
        (keypad(&file), &*file, "has no digits and Enter. Name"),
        (keypad(folder.path()), folder.path(), "has no digits and"),
    ] {
        assert!(
            message.starts_with(&format!("{}: {what}", path.display())),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn settings_without_buttons_have_no_error_and_dropped_buttons_release_their_devices() {
    let handle = Arc::new(());
    let kept = Arc::clone(&handle);
    let tell = move |_| drop(Arc::clone(&kept));
    assert_eq!(start(Settings::default(), tell.clone()).error(), None);
    let buttons = start(
        Settings {
            gpio: PathBuf::from("/nowhere/chip"),
            confirm: Some(17),
            keypad: Keypad::Device(PathBuf::from("/nowhere/keypad")),
            ..Settings::default()
        },
        tell,
    );
    while buttons.error().is_none() {
        thread::sleep(ms(5));
    }
    assert!(Arc::strong_count(&handle) > 1, "threads that wait hold it");
    drop(buttons);
    let dropped = Instant::now();
    while Arc::strong_count(&handle) > 1 {
        assert!(dropped.elapsed() < Duration::from_secs(5), "a thread stays");
        thread::sleep(ms(20));
    }
}
