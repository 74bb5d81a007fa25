//! Push buttons, keypads and scanners: settings, presses, and the errors of devices that are missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use devices::buttons::debounce::Debounce;
use devices::buttons::hold::{Hold, LONG};
use devices::buttons::{Keypad, Layout, Settings, start};
use recognise::Language;
use screens::Locale;

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
        layout = "fr"
        set_up = false
    "#;
    let expected = Settings {
        gpio: PathBuf::from("/dev/gpiochip4"),
        confirm: Some(0),
        next: Some(27),
        new: Some(53),
        active_low: false,
        keypad: Keypad::Device(PathBuf::from("/dev/input/by-id/usb-keypad-event-kbd")),
        layout: Layout::Fr,
        set_up: false,
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
            "layout = \"azerty\"",
            "unknown variant `azerty`, expected one of `us`, `uk`, `fr`, `be`, `de`, `ch`, `es`, `it`",
        ),
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
fn a_button_counts_as_held_after_ten_seconds_once_and_only_if_it_was_not_released() {
    // The button is pressed or released at these milliseconds; then it is looked at.
    let check = |story: &str, changes: &[(u64, bool)], looks: &[(u64, bool)]| {
        let mut hold = Hold::default();
        for &(at, is_closed) in changes {
            if is_closed {
                hold.press(ms(at));
            } else {
                hold.release();
            }
        }
        for &(at, is_due) in looks {
            assert_eq!(hold.is_due(ms(at)), is_due, "{story}: at {at} ms");
        }
    };
    assert_eq!(LONG, ms(10_000));
    check("nobody presses it", &[], &[(60_000, false)]);
    check(
        "held",
        &[(500, true)],
        &[
            (10_499, false),
            (10_500, true),
            (10_600, false),
            (60_000, false),
        ],
    );
    check("looked at late", &[(0, true)], &[(12_000, true)]);
    check(
        "released before",
        &[(0, true), (9_990, false)],
        &[(60_000, false)],
    );
    check(
        "let go and pressed again",
        &[(0, true), (9_000, false), (9_100, true)],
        &[(10_000, false), (19_099, false), (19_100, true)],
    );
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
