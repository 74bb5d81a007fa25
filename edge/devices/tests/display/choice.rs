//! The choice of a display.

use std::fs;

use devices::display::{Choice, Panel, check, open};
use tempfile::TempDir;

use super::panel;

#[test]
fn a_choice_is_one_of_five() {
    for (text, choice) in [
        ("auto", Choice::Auto),
        ("none", Choice::None),
        ("spi", Choice::Spi),
        ("i2c", Choice::I2c),
        ("fb", Choice::FrameBuffer),
    ] {
        assert_eq!(text.parse::<Choice>().unwrap(), choice);
    }
    let error = "hdmi".parse::<Choice>().unwrap_err().to_string();
    assert_eq!(
        error,
        "\"hdmi\" is no display; choose auto, none, spi, i2c or fb"
    );
}

#[test]
fn a_choice_that_contradicts_the_panel_is_refused_before_any_hardware_is_touched() {
    let (spi, i2c) = (panel("driver = 'st7789'"), panel("driver = 'ssd1306'"));
    for (choice, panel, expected) in [
        (Choice::Auto, None, None),
        (Choice::None, Some(&spi), None),
        (Choice::FrameBuffer, Some(&i2c), None),
        (Choice::Spi, Some(&spi), None),
        (Choice::I2c, Some(&i2c), None),
        (
            Choice::Spi,
            None,
            Some(
                "no [panel] in kiosk.toml for a display at SPI; write it there, with driver = \"st7789\"",
            ),
        ),
        (
            Choice::I2c,
            None,
            Some(
                "no [panel] in kiosk.toml for a display at I2C; write it there, with driver = \"ssd1306\"",
            ),
        ),
        (
            Choice::Spi,
            Some(&i2c),
            Some("the [panel] in kiosk.toml is at /dev/i2c-1, which is not SPI"),
        ),
        (
            Choice::I2c,
            Some(&spi),
            Some("the [panel] in kiosk.toml is at /dev/spidev0.0, which is not I2C"),
        ),
    ] {
        let message = check(&choice, panel).err().map(|error| error.to_string());
        let starts = message
            .as_deref()
            .zip(expected)
            .map(|(message, begin)| message.starts_with(begin));
        assert!(
            message.is_some() == expected.is_some() && starts != Some(false),
            "{message:?}"
        );
    }
}

#[test]
fn devices_that_are_missing_or_of_another_kind_are_refused_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str, driver| {
        let bus = folder.path().join(name);
        panel(&format!("driver = '{driver}'\nbus = '{}'", bus.display()))
    };
    let refused = |panel: &Panel| {
        let error = open(&Choice::Auto, Some(panel)).err().unwrap().to_string();
        error.replace(&folder.path().display().to_string(), "")
    };
    let missing = refused(&at("spidev0.0", "gc9a01"));
    assert_eq!(
        missing,
        "/spidev0.0: no such device; switch SPI on (raspi-config, Interface Options, SPI)"
    );
    let missing = refused(&at("i2c-1", "sh1106"));
    assert_eq!(
        missing,
        "/i2c-1: no such device; switch I2C on (raspi-config, Interface Options, I2C)"
    );

    for (name, driver) in [("spidev0.0", "gc9a01"), ("i2c-1", "sh1106")] {
        fs::write(folder.path().join(name), "no such device").unwrap();
        let error = refused(&at(name, driver));
        assert!(
            error.contains("; check the display's wiring and its settings"),
            "{error}"
        );
    }
}
