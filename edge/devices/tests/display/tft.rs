//! Colour panels.

use embedded_graphics::pixelcolor::Rgb888;
use image::{RgbImage, imageops};

use super::panels::Tft;
use super::wires::{Event, Wires, bytes, transfers};
use super::{canvas, colour, paint, panel, rgb565};

#[test]
fn every_panel_shows_the_canvas_in_every_rotation() {
    let boards = [
        "driver = 'st7789'",
        "driver = 'st7789'\nwidth = 240\nheight = 280\noffset = [0, 20]",
        "driver = 'st7789'\nwidth = 135\nheight = 240\noffset = [52, 40]",
        "driver = 'ili9341'",
    ];
    for board in boards {
        for rotation in [0, 90, 180, 270] {
            for mirrored in [false, true] {
                let text = format!("{board}\nrotation = {rotation}\nmirrored = {mirrored}");
                let panel = panel(&text);
                let (wires, mut display) = Wires::of(&panel);
                let canvas = canvas(display.screen());

                display.show(&canvas).unwrap();

                let mut chip = Tft::of(&panel);
                chip.read(&wires.take());
                assert!(chip.seen(&panel) == rgb565(canvas.pixels()), "{text}");
            }
        }
    }
}

#[test]
fn a_round_panel_shows_the_canvas_in_its_inscribed_square() {
    let panel = panel("driver = 'gc9a01'");
    let (wires, mut display) = Wires::of(&panel);
    assert_eq!(display.screen(), colour(170, 170));
    let canvas = canvas(display.screen());

    display.show(&canvas).unwrap();

    let mut chip = Tft::of(&panel);
    chip.read(&wires.take());
    let seen = chip.seen(&panel);
    let expected = rgb565(canvas.pixels());
    assert!(imageops::crop_imm(&seen, 35, 35, 170, 170).to_image() == expected);
    // Its corners lie on the circle, and the rest has the colour of the background.
    assert_eq!(f64::hypot(85.0, 85.0).round(), 120.0);
    assert_eq!(seen.get_pixel(120, 0), expected.get_pixel(0, 169));
}

#[test]
fn a_canvas_that_has_not_changed_sends_nothing() {
    let (wires, mut display) = Wires::of(&panel("driver = 'st7789'\nbacklight = 'none'"));
    let canvas = canvas(display.screen());
    display.show(&canvas).unwrap();
    wires.take();

    display.show(&canvas.clone()).unwrap();

    assert_eq!(wires.take(), []);
}

#[test]
fn changes_are_sent_and_little_else() {
    let panel = panel("driver = 'st7789'");
    let (wires, mut display) = Wires::of(&panel);
    let mut canvas = canvas(display.screen());
    display.show(&canvas).unwrap();
    let mut chip = Tft::of(&panel);
    chip.read(&wires.take());

    // A mark above and a line of text below.
    paint(&mut canvas, [200, 10, 20, 20], Rgb888::new(0, 255, 0));
    paint(&mut canvas, [20, 200, 150, 16], Rgb888::new(255, 0, 0));
    display.show(&canvas).unwrap();

    let events = wires.take();
    chip.read(&events);
    assert!(chip.seen(&panel) == rgb565(canvas.pixels()));
    let windows = 2 * 11;
    let sent = bytes(&events);
    assert!(sent <= 2 * (20 * 20 + 150 * 16) + windows, "{sent}");
}

#[test]
fn a_whole_picture_takes_less_than_forty_milliseconds() {
    let (wires, mut display) = Wires::of(&panel("driver = 'st7789'\nspeed = 40_000_000"));
    let canvas = canvas(display.screen());
    wires.take();

    display.show(&canvas).unwrap();

    let events = wires.take();
    let on_the_wire = bytes(&events) as f64 * 8.0 / 40e6;
    // A tenth of a millisecond for each system call.
    let between = transfers(&events).count() as f64 * 100e-6;
    assert!(
        on_the_wire + between < 0.030,
        "{on_the_wire} s, {between} s"
    );
    // spidev's buffer.
    assert!(transfers(&events).all(|bytes| (1..=4096).contains(&bytes.len())));
}

#[test]
fn a_panel_is_reset_first_and_lit_with_its_first_picture() {
    let (wires, mut display) = Wires::of(&panel("driver = 'ili9341'"));
    let start = wires.take();
    assert_eq!(start[..2], [Event::Reset(false), Event::Reset(true)]);
    assert!(!start.contains(&Event::Light(true)), "{start:?}");

    display.show(&canvas(display.screen())).unwrap();

    assert_eq!(wires.take().last(), Some(&Event::Light(true)));
}

#[test]
fn colours_are_exchanged_as_boards_need_it_or_as_set() {
    for (text, is_inverted, is_bgr) in [
        ("driver = 'st7789'", true, false),
        ("driver = 'ili9341'", false, true),
        ("driver = 'gc9a01'", true, true),
        (
            "driver = 'st7789'\ninverted = false\nbgr = true",
            false,
            true,
        ),
    ] {
        let panel = panel(text);
        let (wires, _display) = Wires::of(&panel);
        let mut chip = Tft::of(&panel);
        chip.read(&wires.take());
        assert_eq!(chip.is_inverted, is_inverted, "{text}");
        assert_eq!(chip.access & 0x08 != 0, is_bgr, "{text}");
    }
}

#[test]
fn after_a_failure_the_next_picture_is_sent_whole() {
    let panel = panel("driver = 'st7789'");
    let (wires, mut display) = Wires::of(&panel);
    let mut canvas = canvas(display.screen());
    display.show(&canvas).unwrap();
    paint(&mut canvas, [0, 0, 240, 100], Rgb888::new(1, 200, 3));

    wires.fail_after(Some(9));
    let error = display.show(&canvas).unwrap_err().to_string();
    assert!(
        error.starts_with("/dev/spidev0.0: a wire is cut; "),
        "{error}"
    );

    wires.fail_after(None);
    wires.take();
    display.show(&canvas).unwrap();
    let mut chip = Tft::of(&panel);
    chip.read(&wires.take());
    assert!(chip.seen(&panel) == rgb565(canvas.pixels()));
}

#[test]
fn a_canvas_of_another_size_is_shown_as_far_as_it_fits() {
    let panel = panel("driver = 'st7789'");
    for (width, height) in [(64, 32), (480, 320)] {
        let (wires, mut display) = Wires::of(&panel);
        let canvas = canvas(colour(width, height));

        display.show(&canvas).unwrap();

        let mut chip = Tft::of(&panel);
        chip.read(&wires.take());
        let mut expected = RgbImage::new(240, 240);
        imageops::replace(&mut expected, canvas.pixels(), 0, 0);
        assert!(chip.seen(&panel) == rgb565(&expected), "{width}x{height}");
    }
}
