//! A picture of any shape in, the network's input out.

use image::RgbImage;
use kernels::resize::Resizer;

use super::metadata::{InputSpec, Resize};

/// Makes the network's input of pictures, one after another. Keeps its buffers.
#[derive(Debug)]
pub struct Preprocessor {
    resize: Resize,
    resizer: Resizer,
    /// What each of a channel's 256 values becomes.
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

    /// Replaces `out` by the network's input for `photo`: f32 `[3, size, size]`, channels red,
    /// green, blue, each `(value / 255 - mean) / std`. A picture without pixels counts as black.
    pub fn run(&mut self, photo: &RgbImage, out: &mut Vec<f32>) {
        let (left, top, width, height) = crop_box(self.resize, photo.width(), photo.height());
        let [left, top, width, height] = [left, top, width, height].map(|it| it as usize);
        let stride = 3 * photo.width() as usize;
        let seen = &photo.as_raw()[top * stride + 3 * left..];
        self.resizer
            .run(seen, stride, [width, height], &self.normalised, out);
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
