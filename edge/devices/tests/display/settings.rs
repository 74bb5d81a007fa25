//! `[panel]` of kiosk.toml.

use std::fs;

use edge::config::{Config, Screen};
use devices::display::Panel;
use devices::display::panel::{Bus, Driver};
use screens::Depth;
use mipidsi::options::Rotation;
use tempfile::TempDir;

use crate::panel;

#[test]
fn a_driver_is_all_that_must_be_said() {
    let st7789 = Panel {
        driver: Driver::St7789,
        bus: Bus::Spi {
            device: "/dev/spidev0.0".into(),
            speed: 40_000_000,
            data_command: 25,
        },
        width: 240,
        height: 240,
        offset: [0, 0],
        rotation: Rotation::Deg0,
        mirrored: false,
        inverted: true,
        bgr: false,
        gpio: "/dev/gpiochip0".into(),
        reset: Some(27),
        backlight: Some(24),
    };
    let ssd1306 = Panel {
        driver: Driver::Ssd1306,
        bus: Bus::I2c {
            device: "/dev/i2c-1".into(),
            address: 0x3c,
        },
        width: 128,
        height: 64,
        inverted: false,
        reset: None,
        backlight: None,
        ..st7789.clone()
    };
    for (driver, expected) in [
        ("st7789", st7789.clone()),
        (
            "ili9341",
            Panel {
                driver: Driver::Ili9341,
                height: 320,
                mirrored: true,
                inverted: false,
                bgr: true,
                ..st7789.clone()
            },
        ),
        (
            "gc9a01",
            Panel {
                driver: Driver::Gc9a01,
                bgr: true,
                ..st7789
            },
        ),
        ("ssd1306", ssd1306.clone()),
        (
            "sh1106",
            Panel {
                driver: Driver::Sh1106,
                offset: [2, 0],
                ..ssd1306
            },
        ),
    ] {
        assert_eq!(panel(&format!("driver = '{driver}'")), expected);
    }
}

#[test]
fn all_of_it_can_be_said() {
    let said = panel(
        r#"
        driver = "ssd1306"
        bus = "/dev/spidev1.2"
        speed = 1_000_000
        width = 64
        height = 48
        offset = [30, 0]
        rotation = 90
        mirrored = true
        inverted = true
        bgr = true
        gpio = "/dev/gpiochip4"
        data_command = 0
        reset = "none"
        backlight = "none"
        "#,
    );
    let expected = Panel {
        driver: Driver::Ssd1306,
        bus: Bus::Spi {
            device: "/dev/spidev1.2".into(),
            speed: 1_000_000,
            data_command: 0,
        },
        width: 64,
        height: 48,
        offset: [30, 0],
        rotation: Rotation::Deg90,
        mirrored: true,
        inverted: true,
        bgr: true,
        gpio: "/dev/gpiochip4".into(),
        reset: None,
        backlight: None,
    };
    assert_eq!(said, expected);
    let screen = Screen {
        width: 48,
        height: 64,
        depth: Depth::OneBit,
    };
    assert_eq!(said.screen(), screen);
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_what_is_allowed() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    // Each after `[panel]` on the first line and the driver on the second.
    for (driver, wrong, expected) in [
        (
            "st7735",
            "",
            "line 2: unknown variant `st7735`, expected one of `st7789`",
        ),
        (
            "st7789",
            "colour = true",
            "line 3: unknown field `colour`, expected one of",
        ),
        (
            "st7789",
            "data_command = 28",
            "line 3: pin 28; 0 to 27 are possible",
        ),
        (
            "st7789",
            "reset = -1",
            "line 3: pin -1; 0 to 27 are possible, or \"none\"",
        ),
        (
            "st7789",
            "backlight = \"off\"",
            "line 3: invalid value: string \"off\", expected a pin, 0 to 27, or \"none\"",
        ),
        (
            "st7789",
            "backlight = true",
            "line 3: invalid type: boolean `true`, expected a pin, 0 to 27",
        ),
        (
            "st7789",
            "speed = 40",
            "line 3: speed 40; 100000 to 125000000 are possible",
        ),
        (
            "st7789",
            "rotation = 45",
            "line 3: rotation 45; 0, 90, 180 and 270 are possible",
        ),
        (
            "ssd1306",
            "address = 0x99",
            "line 3: address 0x99; 0x08 to 0x77 are possible",
        ),
        (
            "st7789",
            "width = 70000",
            "line 3: invalid value: integer `70000`, expected u16",
        ),
        (
            "st7789",
            "width = 320",
            "line 1: width 320; 32 to 240 are possible with the st7789",
        ),
        (
            "gc9a01",
            "height = 320",
            "line 1: height 320; 32 to 240 are possible with the gc9a01",
        ),
        (
            "ssd1306",
            "height = 16",
            "line 1: height 16; 32 to 64 are possible with the ssd1306",
        ),
        (
            "sh1106",
            "height = 60",
            "line 1: height 60; an OLED has a multiple of 8",
        ),
        (
            "st7789",
            "offset = [0, 81]",
            "line 1: offset [0, 81]; [0, 0] to [0, 80] are possible with the st7789",
        ),
        (
            "ssd1306",
            "offset = [1, 0]",
            "line 1: offset [1, 0]; [0, 0] to [0, 0] are possible",
        ),
        (
            "st7789",
            "reset = 25",
            "line 1: pin 25 stands for two of data_command, reset and backlight",
        ),
        (
            "st7789",
            "bus = \"/dev/ttyS0\"",
            "line 1: bus \"/dev/ttyS0\"; a device such as /dev/spidev0.0 or /dev/i2c-1",
        ),
        (
            "st7789",
            "bus = \"/dev/i2c-1\"",
            "line 1: the st7789 is not at I2C",
        ),
        (
            "st7789",
            "address = 0x3c",
            "line 1: address is for I2C alone",
        ),
        (
            "ssd1306",
            "speed = 400_000",
            "line 1: speed is for SPI alone",
        ),
        (
            "ssd1306",
            "data_command = 25",
            "line 1: data_command is for SPI alone",
        ),
        (
            "ssd1306",
            "backlight = 24",
            "line 1: an OLED has no backlight",
        ),
    ] {
        fs::write(&file, format!("[panel]\ndriver = \"{driver}\"\n{wrong}\n")).unwrap();
        let error = Config::read(&file).unwrap_err().to_string();
        let said = error
            .strip_prefix(&format!("{}, ", file.display()))
            .unwrap();
        assert!(said.starts_with(expected), "{wrong}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
