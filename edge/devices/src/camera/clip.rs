//! Plays a photograph as a short clip of an arrival: the empty entrance, an animal that comes in,
//! stays for a few seconds without holding quite still, and leaves.

use std::f32::consts::TAU;
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use image::{Rgb, RgbImage};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use recognise::photo;

/// The width of a frame, in pixels.
pub const WIDTH: u32 = 640;
/// The height of a frame, in pixels.
pub const HEIGHT: u32 = 480;
/// Frames a second.
pub const PER_SECOND: u32 = 10;
/// The time between two frames.
pub const INTERVAL: Duration = Duration::from_millis(1000 / PER_SECOND as u64);

/// The frames in which the animal comes in, stays and leaves; the entrance is empty before and
/// after.
const COMES: Range<u32> = 5..9;
const STAYS: Range<u32> = COMES.end..COMES.end + 40;
const LEAVES: Range<u32> = STAYS.end..STAYS.end + 4;
/// Frames of a clip.
pub const FRAMES: u32 = LEAVES.end + 15;

/// How far the animal moves sideways and up at most, in pixels, and by what share it gets smaller.
const SWAY: [f32; 2] = [5.0, 2.0];
const STEP_BACK: f32 = 0.03;
/// How much brighter or darker a frame can be, in 128ths.
const FLICKER: u64 = 2;
/// The most that noise changes a channel's value.
const NOISE: u64 = 2;

/// The clip of one photograph. Its frames depend on the photograph, the seed and their index alone.
///
/// ```
/// use devices::camera::clip::{Clip, FRAMES, HEIGHT, WIDTH};
/// use image::RgbImage;
///
/// let clip = Clip::new(&RgbImage::new(300, 200), 7);
/// let frame = clip.frame(FRAMES / 2).expect("a frame");
/// assert_eq!(frame.dimensions(), (WIDTH, HEIGHT));
/// assert_eq!(clip.frame(FRAMES), None);
/// ```
#[derive(Clone, Debug)]
pub struct Clip {
    /// Shrunk to what a frame shows, where it is larger.
    photo: RgbImage,
    seed: u64,
    /// -1 for an animal that comes from the left and leaves to the right, 1 for one that does the
    /// opposite.
    side: f32,
    /// The phases of the sideways sway, the vertical sway and the step back, 0 to 1.
    phases: [f32; 3],
}

/// Where the photograph is in a frame.
struct Pose {
    /// Its centre, in pixels.
    centre: [f32; 2],
    /// Its size, as a share of the largest that fits the frame.
    scale: f32,
}

impl Clip {
    /// The clip of `photo`; `seed` decides how its animal moves. A photograph without pixels gives
    /// an entrance that stays empty.
    #[must_use]
    pub fn new(photo: &RgbImage, seed: u64) -> Self {
        let mut random = SplitMix64::seed_from_u64(seed);
        Self {
            photo: photo::shrink_within(photo, [WIDTH, HEIGHT]).into_owned(),
            seed,
            side: if random.next_u64().is_multiple_of(2) {
                -1.0
            } else {
                1.0
            },
            phases: [(); 3].map(|()| (random.next_u64() % 1000) as f32 / 1000.0),
        }
    }

    /// A frame of [`WIDTH`] x [`HEIGHT`] pixels; `None` where `index` is not below [`FRAMES`].
    #[must_use]
    pub fn frame(&self, index: u32) -> Option<RgbImage> {
        let mut frame = (index < FRAMES).then(|| ENTRANCE.clone())?;
        if let Some(pose) = self.pose(index) {
            self.paint(&pose, &mut frame);
        }
        self.expose(index, &mut frame);
        Some(frame)
    }

    /// Where the photograph is; `None` while the entrance is empty.
    fn pose(&self, index: u32) -> Option<Pose> {
        if self.photo.is_empty() {
            return None;
        }
        // From -1 before it comes to 1 after it left, 0 while it stays.
        let way = if COMES.contains(&index) {
            (index - COMES.start + 1) as f32 / (COMES.len() + 1) as f32 - 1.0
        } else if STAYS.contains(&index) {
            0.0
        } else if LEAVES.contains(&index) {
            (index - LEAVES.start + 1) as f32 / (LEAVES.len() + 1) as f32
        } else {
            return None;
        };
        let seconds = index as f32 / PER_SECOND as f32;
        let wave = |phase: usize, hertz: f32| (TAU * (hertz * seconds + self.phases[phase])).sin();
        let [width, _] = shown_size(&self.photo);
        let apart = (WIDTH as f32 + width) / 2.0;
        Some(Pose {
            centre: [
                WIDTH as f32 / 2.0 - self.side * way * apart + SWAY[0] * wave(0, 0.6),
                HEIGHT as f32 / 2.0 + SWAY[1] * wave(1, 0.9),
            ],
            scale: 1.0 - STEP_BACK * (0.5 + 0.5 * wave(2, 0.3)),
        })
    }

    /// Paints the photograph over the frame, blended from the four nearest pixels.
    fn paint(&self, pose: &Pose, frame: &mut RgbImage) {
        let [width, height] = shown_size(&self.photo).map(|side| (side * pose.scale).max(1.0));
        let columns = Line::new(pose.centre[0], width, WIDTH, self.photo.width());
        let rows = Line::new(pose.centre[1], height, HEIGHT, self.photo.height());
        let stride = 3 * self.photo.width() as usize;
        let mut blended = vec![0; stride];
        let lines = frame.chunks_exact_mut(3 * WIDTH as usize);
        for (line, row) in lines.skip(rows.first).zip(&rows.samples) {
            let [near, far] =
                [row.near, row.far].map(|at| &self.photo.as_raw()[at * stride..][..stride]);
            for ((to, &near), &far) in blended.iter_mut().zip(near).zip(far) {
                *to = row.blend(near, far);
            }
            let (blended, _) = blended.as_chunks::<3>();
            let (pixels, _) = line.as_chunks_mut::<3>();
            for (pixel, column) in pixels[columns.first..].iter_mut().zip(&columns.samples) {
                let (near, far) = (blended[column.near], blended[column.far]);
                for channel in 0..3 {
                    pixel[channel] = column.blend(near[channel], far[channel]);
                }
            }
        }
    }

    /// Changes brightness and noise, as no two exposures of a camera are the same.
    fn expose(&self, index: u32, frame: &mut RgbImage) {
        let mut random = SplitMix64::seed_from_u64(self.seed ^ u64::from(index).rotate_left(32));
        let gain = (128 - FLICKER + random.next_u64() % (2 * FLICKER + 1)) as u16;
        for line in frame.chunks_exact_mut(3 * WIDTH as usize) {
            let from = random.next_u64() as usize % (GRAIN.len() - line.len());
            for (value, noise) in line.iter_mut().zip(&GRAIN[from..]) {
                let exposed = (u16::from(*value) * gain) >> 7;
                *value = (exposed as i16 + i16::from(*noise)).clamp(0, 255) as u8;
            }
        }
    }
}

/// Width and height at which the photograph fills a frame, in pixels and parts of them, so that it
/// moves smoothly.
fn shown_size(photo: &RgbImage) -> [f32; 2] {
    let (width, height) = photo.dimensions();
    let scale = (WIDTH as f32 / width.max(1) as f32).min(HEIGHT as f32 / height.max(1) as f32);
    [width as f32 * scale, height as f32 * scale]
}

/// The part of a frame's row or column that shows the photograph.
struct Line {
    /// The first pixel of that part.
    first: usize,
    samples: Vec<Sample>,
}

/// The two pixels of the photograph that a pixel is blended from.
struct Sample {
    near: usize,
    far: usize,
    /// The weight of the far one, in 128ths.
    weight: u16,
}

impl Line {
    /// Maps `pixels` of the photograph to `length` pixels around `centre`, of the `frame` pixels in
    /// a row or column.
    fn new(centre: f32, length: f32, frame: u32, pixels: u32) -> Self {
        let start = centre - length / 2.0;
        let bound = |at: f32| at.round().clamp(0.0, frame as f32) as usize;
        let last = pixels as usize - 1;
        let sample = |at: usize| {
            let place = (at as f32 + 0.5 - start) / length * pixels as f32 - 0.5;
            let place = place.clamp(0.0, last as f32);
            Sample {
                near: place as usize,
                far: (place as usize + 1).min(last),
                weight: (place.fract() * 128.0) as u16,
            }
        };
        let first = bound(start);
        Self {
            first,
            samples: (first..bound(start + length)).map(sample).collect(),
        }
    }
}

impl Sample {
    fn blend(&self, near: u8, far: u8) -> u8 {
        let sum = u16::from(near) * (128 - self.weight) + u16::from(far) * self.weight;
        ((sum + 64) >> 7) as u8
    }
}

/// The empty entrance: a wall, and a floor before it.
pub(super) static ENTRANCE: LazyLock<RgbImage> = LazyLock::new(|| {
    let floor = HEIGHT * 3 / 4;
    RgbImage::from_fn(WIDTH, HEIGHT, |_, y| match y.checked_sub(floor) {
        None => Rgb([170, 164, 152].map(|value| value - (y / 16) as u8)),
        Some(below) => Rgb([118, 104, 90].map(|value| value + (below / 8) as u8)),
    })
});

/// What noise adds to values; each line of a frame takes another part of it.
static GRAIN: LazyLock<Vec<i8>> = LazyLock::new(|| {
    let mut random = SplitMix64::seed_from_u64(0);
    let grain = || (random.next_u64() % (2 * NOISE + 1)) as i8 - NOISE as i8;
    std::iter::repeat_with(grain).take(1 << 14).collect()
});
