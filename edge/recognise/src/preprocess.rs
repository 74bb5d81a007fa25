//! Turns pictures of any size into the network's input.

use image::RgbImage;
use kernels::resize::Resizer;

use crate::metadata::{InputSpec, Resize};

/// Turns pictures into the network's input, one after another. Its buffers are used again.
///
/// ```
/// use image::{Rgb, RgbImage};
/// use recognise::Preprocessor;
/// use recognise::metadata::{InputSpec, Resize};
///
/// let spec = InputSpec {
///     size: 32,
///     resize: Resize::Crop,
///     mean: [0.5; 3],
///     std: [0.5; 3],
/// };
/// let mut input = Vec::new();
/// let red = RgbImage::from_pixel(640, 480, Rgb([255, 0, 0]));
/// Preprocessor::new(&spec).run(&red, &mut input);
/// assert_eq!(input.len(), 3 * 32 * 32);
/// assert_eq!([input[0], input[32 * 32]], [1.0, -1.0]);
/// ```
#[derive(Debug)]
pub struct Preprocessor {
    resize: Resize,
    resizer: Resizer,
    /// For each channel, the normalised form of its 256 values.
    normalised: [[f32; 256]; 3],
}

impl Preprocessor {
    /// A preprocessor for networks with the input `spec`.
    #[must_use]
    pub fn new(spec: &InputSpec) -> Self {
        let normalised = std::array::from_fn(|channel| {
            std::array::from_fn(|value| {
                (value as f32 / 255.0 - spec.mean[channel]) / spec.std[channel]
            })
        });
        Self {
            resize: spec.resize,
            resizer: Resizer::new(spec.size),
            normalised,
        }
    }

    /// Replaces `out` by the network's input for `photo`: f32 `[3, size, size]`, the channels red,
    /// green and blue, each `(value / 255 - mean) / std`. A picture without pixels counts as black.
    pub fn run(&mut self, photo: &RgbImage, out: &mut Vec<f32>) {
        let (left, top, width, height) = crop_box(self.resize, photo.width(), photo.height());
        let [left, top, width, height] = [left, top, width, height].map(|it| it as usize);
        let stride = 3 * photo.width() as usize;
        let pixels = &photo.as_raw()[top * stride + 3 * left..];
        self.resizer
            .run(pixels, stride, [width, height], &self.normalised, out);
    }
}

/// The part of a picture that becomes the network's input: left, top, width and height in pixels.
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
