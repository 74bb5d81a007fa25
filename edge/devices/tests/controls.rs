//! What a driver's controls are set to. The drivers here are lists of controls as real ones give them.

use devices::camera::controls::{
    AUTO_WHITE_BALANCE, EXPOSURE_ABSOLUTE, EXPOSURE_AUTO, POWER_LINE_FREQUENCY, Plan,
    WHITE_BALANCE_TEMPERATURE, plan,
};
use devices::camera::picture::{Level, PowerLine, Settings};
use v4l::control::{Description, Flags, MenuItem, Type};

fn number(id: u32, minimum: i64, maximum: i64, step: u64) -> Description {
    Description {
        id,
        typ: Type::Integer,
        name: "a number".to_owned(),
        minimum,
        maximum,
        step,
        default: minimum,
        flags: Flags::empty(),
        items: None,
    }
}

fn menu(id: u32, entries: &[u32]) -> Description {
    let items = entries.iter().map(|&entry| {
        let name = format!("entry {entry}");
        (entry, MenuItem::Name(name))
    });
    Description {
        typ: Type::Menu,
        items: Some(items.collect()),
        ..number(id, 0, 3, 1)
    }
}

/// A webcam of the usual kind, whose time is inactive while it finds it by itself.
fn webcam() -> Vec<Description> {
    vec![
        number(AUTO_WHITE_BALANCE, 0, 1, 1),
        menu(POWER_LINE_FREQUENCY, &[0, 1, 2]),
        number(WHITE_BALANCE_TEMPERATURE, 2800, 6500, 10),
        menu(EXPOSURE_AUTO, &[1, 3]),
        Description {
            flags: Flags::INACTIVE,
            ..number(EXPOSURE_ABSOLUTE, 3, 2047, 1)
        },
    ]
}

fn exposure(level: Level) -> Settings {
    Settings {
        exposure: Some(level),
        ..Settings::default()
    }
}

fn white_balance(level: Level) -> Settings {
    Settings {
        white_balance: Some(level),
        ..Settings::default()
    }
}

fn power_line(power_line: PowerLine) -> Settings {
    Settings {
        power_line: Some(power_line),
        ..Settings::default()
    }
}

#[test]
fn nothing_is_set_that_was_not_asked_for() {
    assert_eq!(plan(&Settings::default(), &webcam()), Plan::default());
}

#[test]
fn a_webcam_is_set_as_its_driver_counts() {
    for (settings, values) in [
        (exposure(Level::Auto), &[(EXPOSURE_AUTO, 3_i64)][..]),
        (
            exposure(Level::Fixed(10_000)),
            &[(EXPOSURE_AUTO, 1), (EXPOSURE_ABSOLUTE, 100)],
        ),
        (white_balance(Level::Auto), &[(AUTO_WHITE_BALANCE, 1)]),
        (
            white_balance(Level::Fixed(4567)),
            &[(AUTO_WHITE_BALANCE, 0), (WHITE_BALANCE_TEMPERATURE, 4570)],
        ),
        (power_line(PowerLine::Off), &[(POWER_LINE_FREQUENCY, 0)]),
        (power_line(PowerLine::Hertz50), &[(POWER_LINE_FREQUENCY, 1)]),
        (power_line(PowerLine::Hertz60), &[(POWER_LINE_FREQUENCY, 2)]),
    ] {
        let plan = plan(&settings, &webcam());
        assert_eq!(plan.values, values, "{settings:?}");
        assert!(plan.notes.is_empty(), "{:?}", plan.notes);
    }
}

#[test]
fn a_value_out_of_the_range_becomes_the_nearest_and_is_said() {
    for (settings, value, note) in [
        (
            exposure(Level::Fixed(100)),
            (EXPOSURE_ABSOLUTE, 3),
            "exposure: this camera has 300 to 204700 microseconds, so it gets 300 in place of 100",
        ),
        (
            exposure(Level::Fixed(1_000_000)),
            (EXPOSURE_ABSOLUTE, 2047),
            "exposure: this camera has 300 to 204700 microseconds, so it gets 204700 in place of 1000000",
        ),
        (
            white_balance(Level::Fixed(20_000)),
            (WHITE_BALANCE_TEMPERATURE, 6500),
            "white_balance: this camera has 2800 to 6500 kelvin, so it gets 6500 in place of 20000",
        ),
    ] {
        let plan = plan(&settings, &webcam());
        assert_eq!(plan.values.last(), Some(&value));
        assert_eq!(plan.notes, [note]);
    }
}

#[test]
fn what_a_camera_lacks_is_said_and_left_alone() {
    let all = Settings {
        exposure: Some(Level::Fixed(10_000)),
        white_balance: Some(Level::Auto),
        power_line: Some(PowerLine::Hertz50),
        ..Settings::default()
    };
    // One without any of them, and one that does not let them be set.
    let fixed = webcam().into_iter().map(|control| Description {
        flags: Flags::READ_ONLY,
        ..control
    });
    for controls in [Vec::new(), fixed.collect::<Vec<_>>()] {
        let plan = plan(&all, &controls);
        assert!(plan.values.is_empty(), "{:?}", plan.values);
        let settings = ["exposure:", "white_balance = \"auto\":", "power_line = 50:"];
        assert_eq!(plan.notes.len(), settings.len());
        for (note, setting) in plan.notes.iter().zip(settings) {
            assert!(note.starts_with(setting), "{note}");
        }
    }

    // One that only ever has a fixed time, and one that has no entry for 60 Hz.
    let controls = [
        number(EXPOSURE_ABSOLUTE, 1, 5000, 1),
        menu(POWER_LINE_FREQUENCY, &[0, 1]),
    ];
    let time = plan(&exposure(Level::Fixed(8_300)), &controls);
    assert_eq!(time.values, [(EXPOSURE_ABSOLUTE, 83_i64)]);
    assert!(time.notes.is_empty(), "{:?}", time.notes);
    let sixty = plan(&power_line(PowerLine::Hertz60), &controls);
    assert_eq!((sixty.values.len(), sixty.notes.len()), (0, 1));
}

#[test]
fn drivers_with_impossible_ranges_do_no_harm() {
    for (minimum, maximum, step) in [
        (0, 0, 0),
        (10, 5, 1),
        (i64::MIN, i64::MAX, u64::MAX),
        (i64::MAX, i64::MAX, 7),
    ] {
        let controls = [number(EXPOSURE_ABSOLUTE, minimum, maximum, step)];
        let plan = plan(&exposure(Level::Fixed(10_000)), &controls);
        assert_eq!(plan.values.len(), 1, "{minimum} to {maximum} by {step}");
    }
}
