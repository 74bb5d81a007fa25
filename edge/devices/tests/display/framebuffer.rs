//! Frame buffers, simulated by files.

use std::fs;
use std::path::PathBuf;

use devices::display::Display;
use devices::display::framebuffer::FrameBuffer;
use embedded_graphics::pixelcolor::Rgb888;
use image::RgbImage;
use screens::Screen;
use tempfile::TempDir;

use super::{canvas, colour, paint, rgb565};

/// A folder with the files of a frame buffer.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new(virtual_size: &str, bits_per_pixel: &str, stride: &str, modes: &str) -> Self {
        let machine = Self {
            folder: TempDir::new().unwrap(),
        };
        for (name, text) in [
            ("virtual_size", virtual_size),
            ("bits_per_pixel", bits_per_pixel),
            ("stride", stride),
            ("modes", modes),
            ("fb0", ""),
        ] {
            fs::write(machine.path(name), format!("{text}\n")).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> Result<FrameBuffer, String> {
        let opened = FrameBuffer::open(self.folder.path(), &self.path("fb0"));
        opened.map_err(|error| {
            let folder = self.folder.path().display().to_string();
            error.to_string().replace(&folder, "")
        })
    }

    fn pixels(&self) -> Vec<u8> {
        fs::read(self.path("fb0")).unwrap()
    }
}

/// The visible picture of a screen of 32 bits a pixel and `stride` bytes a row.
fn seen(pixels: &[u8], screen: Screen, stride: usize) -> RgbImage {
    RgbImage::from_fn(screen.width, screen.height, |x, y| {
        let start = y as usize * stride + x as usize * 4;
        let [b, g, r] = [0, 1, 2].map(|byte| pixels[start + byte]);
        image::Rgb([r, g, b])
    })
}

#[test]
fn a_screen_of_32_bits_shows_the_canvas() {
    let machine = Machine::new("200,100", "32", "800", "U:200x100p-60");
    let mut display = machine.open().unwrap();
    assert_eq!(display.screen(), colour(200, 100));
    let canvas = canvas(display.screen());

    display.show(&canvas).unwrap();

    let seen = seen(&machine.pixels(), display.screen(), 800);
    assert!(seen == *canvas.pixels());
}

#[test]
fn a_screen_of_16_bits_shows_the_canvas() {
    let machine = Machine::new("200,100", "16", "400", "");
    let mut display = machine.open().unwrap();
    let canvas = canvas(display.screen());

    display.show(&canvas).unwrap();

    let pixels = machine.pixels();
    let seen = RgbImage::from_fn(200, 100, |x, y| {
        let start = (y * 400 + x * 2) as usize;
        let pixel = u16::from_le_bytes([pixels[start], pixels[start + 1]]);
        let part = |shift: u16, most: u16| (f32::from(pixel >> shift & most), f32::from(most));
        image::Rgb(
            [part(11, 31), part(5, 63), part(0, 31)].map(|(v, most)| (v * 255.0 / most) as u8),
        )
    });
    assert!(seen == rgb565(canvas.pixels()));
}

#[test]
fn only_the_visible_part_of_the_memory_is_used() {
    // Memory for two pictures, rows that are rounded up, and the visible mode.
    let machine = Machine::new("256,200", "32", "1024", "U:200x100p-60\nU:256x200p-60");
    let mut display = machine.open().unwrap();
    assert_eq!(display.screen(), colour(200, 100));
    let canvas = canvas(display.screen());

    display.show(&canvas).unwrap();

    let seen = seen(&machine.pixels(), display.screen(), 1024);
    assert!(seen == *canvas.pixels());
}

#[test]
fn only_rows_that_change_are_written() {
    let machine = Machine::new("200,100", "32", "800", "");
    let mut display = machine.open().unwrap();
    let mut canvas = canvas(display.screen());
    display.show(&canvas).unwrap();
    // Writes show in a file that was overwritten.
    let blank = vec![7; machine.pixels().len()];
    fs::write(machine.path("fb0"), &blank).unwrap();

    display.show(&canvas.clone()).unwrap();
    assert!(machine.pixels() == blank, "nothing has changed");

    paint(&mut canvas, [20, 40, 30, 5], Rgb888::new(1, 2, 3));
    display.show(&canvas).unwrap();
    let pixels = machine.pixels();
    let (changed, end) = (40 * 800 + 20 * 4, 44 * 800 + 50 * 4);
    assert_eq!(pixels[changed..changed + 3], [3, 2, 1]);
    assert_eq!(pixels[end - 4..end - 1], [3, 2, 1]);
    assert!(
        pixels[..changed]
            .iter()
            .chain(&pixels[end..])
            .all(|&byte| byte == 7)
    );
}

#[test]
fn a_canvas_of_another_size_is_shown_as_far_as_it_fits() {
    for (width, height) in [(64, 32), (300, 200)] {
        let machine = Machine::new("200,100", "32", "800", "");
        let mut display = machine.open().unwrap();
        let canvas = canvas(colour(width, height));

        display.show(&canvas).unwrap();

        let shown = seen(&machine.pixels(), display.screen(), 800);
        let black = image::Rgb([0; 3]);
        for (x, y, pixel) in shown.enumerate_pixels() {
            let expected = canvas.pixels().get_pixel_checked(x, y).unwrap_or(&black);
            assert_eq!(pixel, expected, "{x}, {y}");
        }
    }
}

#[test]
fn impossible_geometries_are_refused_with_what_is_possible() {
    for (files, expected) in [
        (
            ["640,480", "24", "1920"],
            "/fb0: has 24 bits a pixel; 16 and 32 are possible",
        ),
        (
            ["640,480", "8", "640"],
            "/fb0: has 8 bits a pixel; 16 and 32 are possible",
        ),
        (
            ["8000,480", "32", "32000"],
            "/fb0: has 8000x480 pixels; 32 to 4096 each way",
        ),
        (
            ["0,0", "32", "0"],
            "/fb0: has 0x0 pixels; 32 to 4096 each way",
        ),
        (
            ["640", "32", "2560"],
            "/virtual_size: says \"640\", which is no geometry",
        ),
        (
            ["640,-1", "32", "2560"],
            "/virtual_size: says \"640,-1\", which is no geometry",
        ),
        (
            ["640,480", "", "2560"],
            "/bits_per_pixel: says \"\", which is no geometry",
        ),
        (
            ["640,480", "32", "4"],
            "/stride: says \"4\", which is no geometry",
        ),
        (
            ["640,480", "32", "4294967295"],
            "/stride: says \"4294967295\", which is no geometry",
        ),
    ] {
        let [virtual_size, bits_per_pixel, stride] = files;
        let error = Machine::new(virtual_size, bits_per_pixel, stride, "").open();
        let error = error.unwrap_err();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_machine_without_a_screen_says_what_to_do() {
    let machine = Machine::new("640,480", "32", "2560", "");
    fs::remove_file(machine.path("fb0")).unwrap();
    let error = machine.open().unwrap_err();
    assert_eq!(
        error,
        "/fb0: no such device; plug a screen in, or choose another display"
    );
}
