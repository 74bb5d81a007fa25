//! A picture of any shape in, the network's input out.

use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::metadata::{InputSpec, Resize};

/// Makes the network's input of pictures, one after another. Keeps its buffers.
#[derive(Debug)]
pub struct Preprocessor {
    resize: Resize,
    resizer: Resizer,
    /// The square, RGB, 8 bits a channel.
    square: Image<'static>,
    /// What each of a channel's 256 values becomes.
    normalised: [[f32; 256]; 3],
}

impl Preprocessor {
    /// A preprocessor for networks with the input `spec`.
    #[must_use]
    pub fn new(spec: &InputSpec) -> Self {
        // `metadata` holds the size to 1024: it always fits.
        let size = spec.size as u32;
        let normalised = std::array::from_fn(|channel| {
            std::array::from_fn(|value| {
                (value as f32 / 255.0 - spec.mean[channel]) / spec.std[channel]
            })
        });
        Self {
            resize: spec.resize,
            resizer: Resizer::new(),
            square: Image::new(size, size, PixelType::U8x3),
            normalised,
        }
    }

    /// Replaces `out` by the network's input for `photo`: f32 `[3, size, size]`, channels red,
    /// green, blue, each `(value / 255 - mean) / std`. A picture without pixels counts as black.
    pub fn run(&mut self, photo: &RgbImage, out: &mut Vec<f32>) {
        if self.draw(photo).is_none() {
            self.square.buffer_mut().fill(0);
        }
        out.clear();
        for (channel, values) in self.normalised.iter().enumerate() {
            let pixels = self.square.buffer().iter().skip(channel).step_by(3);
            out.extend(pixels.map(|&value| values[usize::from(value)]));
        }
    }

    /// Resizes what the network sees of `photo` to the square, by a triangle filter as wide as the
    /// reduction, so that fine patterns do not alias. `None` where there is nothing to see.
    fn draw(&mut self, photo: &RgbImage) -> Option<()> {
        let (left, top, width, height) = crop_box(self.resize, photo.width(), photo.height());
        if width == 0 || height == 0 {
            return None;
        }
        let photo = ImageRef::new(photo.width(), photo.height(), photo, PixelType::U8x3).ok()?;
        let seen = CroppedImage::new(&photo, left, top, width, height).ok()?;
        let filter = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        self.resizer.resize(&seen, &mut self.square, &filter).ok()
    }
}

/// The part of a picture that the network sees: left, top, width and height in pixels.
#[must_use]
pub fn crop_box(resize: Resize, width: u32, height: u32) -> (u32, u32, u32, u32) {
    match resize {
        Resize::Squash => (0, 0, width, height),
        Resize::Crop => {
            let side = width.min(height);
            ((width - side) / 2, (height - side) / 2, side, side)
        }
    }
}
