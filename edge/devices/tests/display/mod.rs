//! Displays: what they show, and what they are sent, recorded at their wires.

mod changes;
mod choice;
mod framebuffer;
mod oled;
mod output;
mod panels;
mod settings;
mod tft;
mod wires;

use devices::display::Panel;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{DrawTarget, Point, Size};
use embedded_graphics::primitives::Rectangle;
use image::{Luma, Pixel, RgbImage};
use screens::{Canvas, Depth, Screen};

/// The panel that a section `[panel]` of kiosk.toml describes.
fn panel(text: &str) -> Panel {
    toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A canvas whose corners all differ, so that its rotation shows.
fn canvas(screen: Screen) -> Canvas {
    let mut canvas = Canvas::new(screen.width, screen.height, screen.depth);
    for x in 0..screen.width {
        let colour = Rgb888::new((x * 5) as u8, (x * 3) as u8, !(x as u8));
        paint(&mut canvas, [x, 0, 1, 3 + x * x % screen.height], colour);
    }
    paint(&mut canvas, [5, 9, 20, 7], Rgb888::new(255, 255, 255));
    canvas
}

/// Fills a rectangle: left, top, width, height.
fn paint(canvas: &mut Canvas, [left, top, width, height]: [u32; 4], colour: Rgb888) {
    let corner = Point::new(left as i32, top as i32);
    let area = Rectangle::new(corner, Size::new(width, height));
    let Ok(()) = canvas.fill_solid(&area, colour);
}

/// A picture reduced to 5, 6 and 5 bits of colour.
fn rgb565(picture: &RgbImage) -> RgbImage {
    let mut picture = picture.clone();
    for pixel in picture.pixels_mut() {
        let [r, g, b] = pixel.0.map(f32::from);
        let shown = |value: f32, most: f32| ((value * most / 255.0).round() * 255.0 / most) as u8;
        pixel.0 = [shown(r, 31.0), shown(g, 63.0), shown(b, 31.0)];
    }
    picture
}

/// The lit pixels of a picture in black and white.
fn lit(picture: &RgbImage) -> image::GrayImage {
    image::GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        Luma([picture.get_pixel(x, y).to_luma().0[0]])
    })
}

/// A colour screen of this size.
fn colour(width: u32, height: u32) -> Screen {
    Screen {
        width,
        height,
        depth: Depth::Colour,
    }
}
