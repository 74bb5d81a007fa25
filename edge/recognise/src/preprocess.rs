//! Turns pictures of any size, or parts of them, into the network's input.

use std::sync::{Mutex, PoisonError};

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
        self.run_in(photo, [0, 0, photo.width(), photo.height()], out);
    }

    /// The same for a rectangle of a picture: left, top, width and height in pixels. What of it is
    /// outside of the picture does not count.
    pub fn run_in(&mut self, photo: &RgbImage, rectangle: [u32; 4], out: &mut Vec<f32>) {
        let [left, top, width, height] = rectangle;
        let (left, top) = (left.min(photo.width()), top.min(photo.height()));
        let width = width.min(photo.width() - left);
        let height = height.min(photo.height() - top);
        let (inner_left, inner_top, width, height) = crop_box(self.resize, width, height);
        let [left, top] = [left + inner_left, top + inner_top].map(|it| it as usize);
        let size = [width, height].map(|it| it as usize);
        let stride = 3 * photo.width() as usize;
        // A rectangle without pixels may begin behind the last one.
        let pixels = photo.as_raw().get(top * stride + 3 * left..);
        let pixels = pixels.unwrap_or_default();
        self.resizer
            .run(pixels, stride, size, &self.normalised, out);
    }
}

/// Makes inputs of one form on any number of threads at once.
#[derive(Debug)]
pub(crate) struct Inputs {
    spec: InputSpec,
    /// Those of runs that have ended, each with the input that it made: a run takes one, or makes one
    /// if all are in use.
    idle: Mutex<Vec<(Preprocessor, Vec<f32>)>>,
}

impl Inputs {
    pub(crate) fn new(spec: InputSpec) -> Self {
        Self {
            spec,
            idle: Mutex::default(),
        }
    }

    /// Calls `run` with the input that [`Preprocessor::run_in`] makes.
    pub(crate) fn with<T>(
        &self,
        photo: &RgbImage,
        rectangle: [u32; 4],
        run: impl FnOnce(&[f32]) -> T,
    ) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let used = idle().pop();
        let (mut preprocessor, mut input) =
            used.unwrap_or_else(|| (Preprocessor::new(&self.spec), Vec::new()));
        preprocessor.run_in(photo, rectangle, &mut input);
        let result = run(&input);
        idle().push((preprocessor, input));
        result
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
