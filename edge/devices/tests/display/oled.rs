//! One-bit panels.

use devices::display::Panel;
use devices::display::panel::Driver;
use embedded_graphics::pixelcolor::Rgb888;
use image::{GrayImage, imageops};
use screens::{Depth, Screen};

use super::panels::Oled;
use super::wires::{Event, Wires, bytes};
use super::{canvas, lit, paint, panel};

/// At I2C, at the second of the addresses that such panels have.
const SSD1306: &str = "driver = 'ssd1306'\naddress = 0x3d";

#[test]
fn every_panel_shows_the_canvas_in_every_rotation() {
    let boards = [
        SSD1306,
        "driver = 'ssd1306'\naddress = 0x3d\nheight = 32",
        "driver = 'ssd1306'\naddress = 0x3d\nwidth = 64\nheight = 48",
        "driver = 'ssd1306'\nbus = '/dev/spidev0.0'",
        "driver = 'sh1106'\naddress = 0x3d",
        "driver = 'sh1106'\nbus = '/dev/spidev0.0'\noffset = [0, 0]",
    ];
    for board in boards {
        for rotation in [0, 90, 180, 270] {
            for mirrored in [false, true] {
                let text = format!("{board}\nrotation = {rotation}\nmirrored = {mirrored}");
                let panel = panel(&text);
                let (wires, mut display) = Wires::of(&panel);
                let canvas = canvas(display.screen());

                display.show(&canvas).unwrap();

                let mut chip = Oled::new();
                chip.read(&wires.take());
                assert!(chip.seen(&panel) == lit(canvas.pixels()), "{text}");
            }
        }
    }
}

#[test]
fn a_canvas_that_has_not_changed_sends_nothing_and_a_change_little() {
    let panel = panel(SSD1306);
    let (wires, mut display) = Wires::of(&panel);
    let mut canvas = canvas(display.screen());
    display.show(&canvas).unwrap();
    let mut chip = Oled::new();
    chip.read(&wires.take());

    display.show(&canvas.clone()).unwrap();
    assert_eq!(wires.take(), []);

    // Ten columns in two pages, and the address of each page.
    paint(&mut canvas, [100, 20, 10, 10], Rgb888::new(255, 255, 255));
    display.show(&canvas).unwrap();
    let events = wires.take();
    chip.read(&events);
    assert!(chip.seen(&panel) == lit(canvas.pixels()));
    assert!(bytes(&events) <= 2 * (10 + 3), "{events:?}");
}

#[test]
fn each_chip_is_set_up_by_its_own_data_sheet() {
    for (board, has, has_not) in [
        (SSD1306, [0x8d, 0x14], 0xad),
        ("driver = 'sh1106'\naddress = 0x3d", [0xad, 0x8b], 0x8d),
    ] {
        for (inverted, invert) in [("", 0xa6), ("\ninverted = true", 0xa7)] {
            let (wires, _display) = Wires::of(&panel(&format!("{board}{inverted}")));
            let mut chip = Oled::new();
            chip.read(&wires.take());
            let is_sent = |command: &[u8]| chip.setup.iter().any(|sent| sent == command);
            // Charge pump, 64 rows, on alternate lines, upright on the usual board.
            for command in [
                &has[..],
                &[0xa8, 63],
                &[0xda, 0x12],
                &[0xa1],
                &[0xc8],
                &[invert],
            ] {
                assert!(is_sent(command), "{board}: {command:x?}");
            }
            let is_other = |command: &Vec<u8>| command[0] == has_not;
            assert!(
                !chip.setup.iter().any(is_other),
                "{board}: {:x?}",
                chip.setup
            );
        }
    }
}

#[test]
fn a_panel_is_reset_first_and_switched_on_with_its_first_picture() {
    let (wires, mut display) = Wires::of(&panel(&format!("{SSD1306}\nreset = 17")));
    let mut chip = Oled::new();
    let start = wires.take();
    assert_eq!(start[..2], [Event::Reset(false), Event::Reset(true)]);
    chip.read(&start);
    assert!(!chip.is_on);

    display.show(&canvas(display.screen())).unwrap();

    chip.read(&wires.take());
    assert!(chip.is_on);
}

#[test]
fn an_address_that_does_not_answer_is_named() {
    let (wires, mut display) = Wires::of(&panel(SSD1306));
    wires.fail_after(Some(0));
    let error = display
        .show(&canvas(display.screen()))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("/dev/i2c-1: no answer from address 0x3d; "),
        "{error}"
    );
}

#[test]
fn a_colour_panel_at_i2c_is_refused() {
    let panel = Panel {
        driver: Driver::St7789,
        ..panel(SSD1306)
    };
    let error = Wires::default().open(&panel).err().unwrap().to_string();
    assert!(error.starts_with("the st7789 is not at I2C"), "{error}");
}

#[test]
fn a_canvas_of_another_size_is_shown_as_far_as_it_fits() {
    let panel = panel(SSD1306);
    for (width, height) in [(32, 16), (240, 240)] {
        let (wires, mut display) = Wires::of(&panel);
        let canvas = canvas(Screen {
            width,
            height,
            depth: Depth::OneBit,
        });

        display.show(&canvas).unwrap();

        let mut chip = Oled::new();
        chip.read(&wires.take());
        let mut expected = GrayImage::new(128, 64);
        imageops::replace(&mut expected, &lit(canvas.pixels()), 0, 0);
        assert!(chip.seen(&panel) == expected, "{width}x{height}");
    }
}
