//! Holds the pixels that screens are drawn on.

use std::convert::Infallible;

use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{Dimensions, DrawTarget, OriginDimensions, Pixel, RgbColor, Size};
use embedded_graphics::primitives::Rectangle;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder, Rgb, RgbImage};

/// The longest side of a canvas, in pixels.
const LONGEST: u32 = 4096;

/// The steps of smoothing that edges have. The eye does not see more, and with so few colours PNG
/// files are half the size.
const STEPS: u32 = 16;

/// A frame of RGB pixels. Whatever is drawn outside of it is ignored.
///
/// ```
/// use embedded_graphics::pixelcolor::Rgb888;
/// use embedded_graphics::prelude::*;
/// use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
/// use screens::{Canvas, Depth};
///
/// let mut canvas = Canvas::new(128, 64, Depth::OneBit);
/// Rectangle::new(Point::new(10, 10), Size::new(20, 20))
///     .into_styled(PrimitiveStyle::with_fill(Rgb888::WHITE))
///     .draw(&mut canvas)?;
/// assert_eq!(canvas.pixels().get_pixel(15, 15).0, [255; 3]);
/// assert_eq!(canvas.pixels().get_pixel(50, 50).0, [0; 3]);
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Clone, Debug)]
pub struct Canvas {
    pixels: RgbImage,
    depth: Depth,
}

/// The colours that a display can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Black and white, and nothing between.
    OneBit,
    /// 8 bits each of red, green and blue.
    Colour,
}

impl Canvas {
    /// A black frame. Each side is clamped to 1 to 4096 pixels.
    #[must_use]
    pub fn new(width: u32, height: u32, depth: Depth) -> Self {
        let pixels = RgbImage::new(width.clamp(1, LONGEST), height.clamp(1, LONGEST));
        Self { pixels, depth }
    }

    /// The colours that the display can show.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// The pixels. Those of a one-bit canvas are either black or white.
    #[must_use]
    pub fn pixels(&self) -> &RgbImage {
        &self.pixels
    }

    /// The rows of pixels from top to bottom, in a display's type of colour.
    pub fn rows<C: From<Rgb888>>(&self) -> impl Iterator<Item = impl Iterator<Item = C>> {
        let colour = |&Rgb([r, g, b]): &Rgb<u8>| C::from(Rgb888::new(r, g, b));
        self.pixels.rows().map(move |row| row.map(colour))
    }

    /// The frame as a PNG file.
    #[must_use]
    pub fn to_png(&self) -> Vec<u8> {
        let mut png = Vec::new();
        let (width, height) = self.pixels.dimensions();
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
            .write_image(&self.pixels, width, height, image::ColorType::Rgb8.into())
            .expect("writing a frame with pixels to memory cannot fail");
        png
    }

    /// The colour that the display shows for `colour`.
    pub(crate) fn shown(&self, colour: Rgb888) -> Rgb<u8> {
        let [r, g, b] = [colour.r(), colour.g(), colour.b()];
        match self.depth {
            Depth::Colour => Rgb([r, g, b]),
            Depth::OneBit => {
                // The luma of ITU-R BT.601, in 1/1000.
                let brightness = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
                Rgb([if brightness >= 127_500 { 255 } else { 0 }; 3])
            }
        }
    }

    /// The smoothing of a pixel that an outline covers to the share `coverage`, 0 to 1: 0 to
    /// [`STEPS`] steps.
    pub(crate) fn steps(&self, coverage: f32) -> u32 {
        match self.depth {
            Depth::Colour => (coverage * STEPS as f32 + 0.5) as u32,
            Depth::OneBit if coverage >= 0.5 => STEPS,
            Depth::OneBit => 0,
        }
    }

    /// Mixes a colour into a pixel: `steps` parts of it with [`STEPS`] less `steps` parts of the
    /// pixel's own. The display must be able to show the colour.
    pub(crate) fn blend(&mut self, x: i32, y: i32, over: Rgb<u8>, steps: u32) {
        let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        let Some(pixel) = place.and_then(|(x, y)| self.pixels.get_pixel_mut_checked(x, y)) else {
            return;
        };
        if steps >= STEPS {
            *pixel = over;
            return;
        }
        for (under, over) in pixel.0.iter_mut().zip(over.0) {
            let mixed = u32::from(*under) * (STEPS - steps) + u32::from(over) * steps;
            *under = ((mixed + STEPS / 2) / STEPS) as u8;
        }
    }

    /// Copies a row of a picture, three bytes a pixel, to the pixels from `x` to the right. Only
    /// colour displays show pictures.
    pub(crate) fn line(&mut self, x: i32, y: i32, line: &[u8]) {
        let width = self.pixels.width() as usize * 3;
        let mut rows = self.pixels.chunks_exact_mut(width);
        let Some(row) = usize::try_from(y).ok().and_then(|y| rows.nth(y)) else {
            return;
        };
        let bytes = |pixels: i32| pixels.max(0).unsigned_abs() as usize * 3;
        let under = row.get_mut(bytes(x)..).unwrap_or_default();
        let over = line.get(bytes(x.saturating_neg())..).unwrap_or_default();
        let shown = under.len().min(over.len());
        under[..shown].copy_from_slice(&over[..shown]);
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.pixels.width(), self.pixels.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Self::Color>>,
    {
        for Pixel(point, colour) in pixels {
            let place = u32::try_from(point.x).ok().zip(u32::try_from(point.y).ok());
            let colour = self.shown(colour);
            let pixel = place.and_then(|(x, y)| self.pixels.get_pixel_mut_checked(x, y));
            pixel.into_iter().for_each(|pixel| *pixel = colour);
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, colour: Self::Color) -> Result<(), Self::Error> {
        let Rgb(colour) = self.shown(colour);
        let area = area.intersection(&self.bounding_box());
        // The intersection lies within the canvas, so its coordinates are not negative.
        let line = self.pixels.width() as usize * 3;
        let left = area.top_left.x.unsigned_abs() as usize * 3;
        let right = left + area.size.width as usize * 3;
        let rows = self.pixels.chunks_exact_mut(line);
        let rows = rows.skip(area.top_left.y.unsigned_abs() as usize);
        let filled = colour.repeat(area.size.width as usize);
        for row in rows.take(area.size.height as usize) {
            row[left..right].copy_from_slice(&filled);
        }
        Ok(())
    }
}
