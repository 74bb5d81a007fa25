//! Is anybody there? Told from change in the picture, without the network.

use std::time::Duration;

use image::RgbImage;

/// Cells across and down that a picture is watched in.
const COLUMNS: usize = 32;
const ROWS: usize = 24;
const CELLS: usize = COLUMNS * ROWS;

/// Pixels that are read of a cell, across and down: enough for a mean, few enough for an idle desk.
const SAMPLES: usize = 4;

/// A cell has changed when its brightness differs by so much, on a scale of 0 to 255.
const DIFFERENCE: f32 = 20.0;

/// Somebody is there when so many cells have changed: a cat in the back of the picture is.
const SOMEBODY: usize = CELLS / 40;

/// Somebody moves when more cells than these differ from the picture before.
const MOVING: usize = CELLS / 10;

/// A picture is at rest when at most so many cells differ from the one before.
const AT_REST: usize = CELLS / 200;

/// The share of the new picture that the background takes on with each picture of an empty desk, so
/// that it follows the daylight.
const FOLLOW: f32 = 0.05;

/// What has not moved for so long belongs to the desk: a bag that was left, a lamp that was lit.
const FORGET: Duration = Duration::from_secs(60);

/// What stands before the camera is the desk once it has been at rest for so long at the start.
const SETTLE: Duration = Duration::from_millis(300);

/// What a frame shows, at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The desk as it always looks.
    Empty,
    /// Something that was not there before, and moves so much that a picture of it says little.
    Moving,
    /// Something that was not there before, and holds still, more or less.
    Still,
}

/// Tells an empty desk from one where somebody stands: compares the brightness of 32 x 24 cells
/// with a background that follows the light.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    background: Option<[f32; CELLS]>,
    former: Option<[f32; CELLS]>,
    /// Since when the picture has been at rest.
    rest: Option<Duration>,
}

impl Presence {
    /// Looks at the frame of the time `now`, which never runs backwards. A picture of no pixels
    /// shows nobody.
    pub fn see(&mut self, now: Duration, picture: &RgbImage) -> Sight {
        let Some(cells) = cells(picture) else {
            return Sight::Empty;
        };
        let former = self.former.replace(cells);
        let moved = former.map_or(CELLS, |former| changed(&cells, &former));
        if moved > AT_REST {
            self.rest = None;
        }
        let at_rest = now.saturating_sub(*self.rest.get_or_insert(now));

        let Some(background) = &mut self.background else {
            if at_rest >= SETTLE {
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
        match moved > MOVING {
            true => Sight::Moving,
            false => Sight::Still,
        }
    }
}

/// Each cell's mean brightness.
fn cells(picture: &RgbImage) -> Option<[f32; CELLS]> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width == 0 || height == 0 {
        return None;
    }
    let bytes = picture.as_raw();
    let mut cells = [0.0; CELLS];
    for (index, cell) in cells.iter_mut().enumerate() {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        let mut sum = 0;
        for sample in 0..SAMPLES * SAMPLES {
            let x = (column * SAMPLES + sample % SAMPLES) * width / (COLUMNS * SAMPLES);
            let y = (row * SAMPLES + sample / SAMPLES) * height / (ROWS * SAMPLES);
            let at = (y * width + x) * 3;
            // ITU-R BT.601 in 256ths.
            sum += 77 * u32::from(bytes[at])
                + 150 * u32::from(bytes[at + 1])
                + 29 * u32::from(bytes[at + 2]);
        }
        *cell = sum as f32 / (256 * SAMPLES * SAMPLES) as f32;
    }
    Some(cells)
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
