//! Is anything there? Told from change in the picture, without a network.

use std::mem;
use std::time::Duration;

use image::RgbImage;

/// Cells across and down that a picture is watched in.
const COLUMNS: usize = 32;
const ROWS: usize = 24;
const CELLS: usize = COLUMNS * ROWS;

/// Pixels sampled in each cell, across and down: enough for a mean, few enough to cost an idle desk
/// little.
const SAMPLES: usize = 4;

/// The difference in brightness from which a cell counts as changed, on a scale of 0 to 255.
const DIFFERENCE: f32 = 20.0;

/// The number of changed cells from which somebody is there: as many as a cat in the background
/// covers.
const SOMEBODY: usize = CELLS / 40;

/// Somebody moves when more cells than this differ from the previous picture.
const MOVING: usize = CELLS / 10;

/// The picture is at rest when at most this many cells differ from the previous one.
const AT_REST: usize = CELLS / 200;

/// The weight of each new picture of an empty desk in the background, which follows the daylight.
const FOLLOW: f32 = 0.05;

/// How long something must be at rest to become part of the background: a bag that was left, a lamp
/// that was lit.
const FORGET: Duration = Duration::from_secs(60);

/// The longest time between two pictures. What stood still before and after a longer one has not been at rest:
/// nobody has seen it meanwhile.
const UNSEEN: Duration = Duration::from_secs(10);

/// How long the first pictures must be at rest to become the background.
const FIRST_REST: Duration = Duration::from_millis(300);

/// What a frame shows, by its brightness alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The background: nobody is there.
    Empty,
    /// Somebody who moves so much that a prediction would be poor.
    Moving,
    /// Somebody who holds still, more or less.
    Still,
}

/// Tells an empty desk from one where somebody stands, by the brightness of 32 x 24 cells compared
/// with a background that follows the light.
///
/// ```
/// use std::time::Duration;
///
/// use checkin::{Presence, Sight};
/// use image::{Rgb, RgbImage, imageops};
///
/// let wall = RgbImage::from_pixel(640, 480, Rgb([210, 205, 195]));
/// let mut presence = Presence::default();
/// for millisecond in [0, 200, 400] {
///     let sight = presence.see(Duration::from_millis(millisecond), &wall);
///     assert_eq!(sight, Sight::Empty);
/// }
///
/// let dog = RgbImage::from_pixel(200, 150, Rgb([90, 60, 30]));
/// let mut entrance = wall;
/// imageops::replace(&mut entrance, &dog, 100, 300);
/// assert_ne!(presence.see(Duration::from_millis(600), &entrance), Sight::Empty);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Presence {
    background: Option<[f32; CELLS]>,
    former: Option<[f32; CELLS]>,
    /// When the previous picture was seen.
    seen: Duration,
    /// Since when the picture has been at rest.
    rest: Option<Duration>,
}

impl Presence {
    /// Judges the frame of the time `now`, which must never run backwards. A picture without pixels
    /// shows nobody.
    pub fn see(&mut self, now: Duration, picture: &RgbImage) -> Sight {
        let Some(cells) = cells(picture) else {
            return Sight::Empty;
        };
        let former = self.former.replace(cells);
        let moved = former.map_or(CELLS, |former| changed(&cells, &former));
        let unseen = now.saturating_sub(mem::replace(&mut self.seen, now));
        if moved > AT_REST || unseen > UNSEEN {
            self.rest = None;
        }
        let at_rest = now.saturating_sub(*self.rest.get_or_insert(now));

        let Some(background) = &mut self.background else {
            if at_rest >= FIRST_REST {
                self.background = Some(cells);
            }
            return Sight::Empty;
        };
        if changed(&cells, background) < SOMEBODY {
            for (old, new) in background.iter_mut().zip(cells) {
                *old += FOLLOW * (new - *old);
            }
            return Sight::Empty;
        }
        if at_rest >= FORGET {
            *background = cells;
            return Sight::Empty;
        }
        if moved > MOVING {
            Sight::Moving
        } else {
            Sight::Still
        }
    }
}

/// Each cell's mean brightness.
fn cells(picture: &RgbImage) -> Option<[f32; CELLS]> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width == 0 || height == 0 {
        return None;
    }
    // Where the samples of every row are.
    let across: [usize; COLUMNS * SAMPLES] =
        std::array::from_fn(|sample| sample * width / (COLUMNS * SAMPLES) * 3);
    let mut sums = [[0; COLUMNS]; ROWS];
    for sample in 0..ROWS * SAMPLES {
        let y = sample * height / (ROWS * SAMPLES);
        let row = &picture.as_raw()[y * width * 3..][..width * 3];
        let (cells, _) = across.as_chunks::<SAMPLES>();
        for (sum, cell) in sums[sample / SAMPLES].iter_mut().zip(cells) {
            *sum += cell.iter().map(|&at| brightness(row, at)).sum::<u32>();
        }
    }
    let sums = sums.as_flattened();
    Some(std::array::from_fn(|cell| {
        sums[cell] as f32 / (256 * SAMPLES * SAMPLES) as f32
    }))
}

/// The brightness of the pixel that begins at a byte of a row, by ITU-R BT.601, in 256ths.
fn brightness(row: &[u8], at: usize) -> u32 {
    match row.get(at..at + 3) {
        Some(&[red, green, blue]) => {
            77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)
        }
        _ => 0,
    }
}

/// How many cells differ, apart from a change of all light at once.
fn changed(cells: &[f32; CELLS], before: &[f32; CELLS]) -> usize {
    let mut ratios: [f32; CELLS] = std::array::from_fn(|at| (cells[at] + 8.0) / (before[at] + 8.0));
    let (_, &mut gain, _) = ratios.select_nth_unstable_by(CELLS / 2, f32::total_cmp);
    let pairs = cells.iter().zip(before);
    pairs
        .filter(|(new, old)| (*new - *old * gain).abs() > DIFFERENCE)
        .count()
}
