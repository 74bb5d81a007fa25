//! The section `[panel]` of kiosk.toml.

use devices::display::Panel;
use devices::display::panel::{Bus, Driver};
use mipidsi::options::Rotation;
use screens::{Depth, Screen};
use serde::Deserialize;

use super::panel;

#[test]
fn all_settings_but_the_driver_have_defaults() {
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
fn every_setting_can_be_set() {
    let set = panel(
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
    assert_eq!(set, expected);
    let screen = Screen {
        width: 48,
        height: 64,
        depth: Depth::OneBit,
    };
    assert_eq!(set.screen(), screen);
}

#[test]
fn wrong_settings_are_refused_with_their_line_and_what_is_allowed() {
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
        let text = format!("[panel]\ndriver = \"{driver}\"\n{wrong}\n");
        let error = read(&text).unwrap_err();
        let before = &text[..error.span().unwrap().start];
        let line = 1 + before.matches('\n').count();
        let message = format!("line {line}: {}", error.message());
        assert!(message.starts_with(expected), "{wrong}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

/// The panel of a whole kiosk.toml.
fn read(text: &str) -> Result<Panel, toml::de::Error> {
    #[derive(Deserialize)]
    struct File {
        panel: Panel,
    }
    toml::from_str(text).map(|File { panel }| panel)
}
