//! Finds cats and dogs in pictures.
//!
//! A [`Detector`] runs the bundle's network on the whole picture, [`decode`] turns its output into
//! boxes, and [`suppress`] keeps one of those that show the same animal.
//!
//! There are no anchors: each cell of a grid says for itself whether it is on an animal, and how far
//! the sides of its box are (Tian et al., "FCOS: Fully Convolutional One-Stage Object Detection",
//! ICCV 2019). The score is trained to be the intersection over union of that box with the true one
//! (Li et al., "Generalized Focal Loss", NeurIPS 2020), so it ranks boxes by how well they fit.

mod detector;

use crate::breed::Species;
use crate::graph::{CELLS, NUMBERS};
use crate::region::Region;

pub use crate::graph::{CHANNELS, STRIDE};
pub use detector::Detector;

/// How many animals are found in a picture at most.
pub const MOST: usize = 8;

/// An animal counts as found if its score is at least this.
pub const CERTAIN: f32 = 0.5;

/// The least score of a detection: lower ones are of no use, not even to measure a detector.
const LEAST_SCORE: f32 = 0.05;

/// Two boxes that overlap by more than this show the same animal.
const SAME_ANIMAL: f32 = 0.55;

/// An animal in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Where it is.
    pub region: Region,
    /// What it is.
    pub species: Species,
    /// How well its box is expected to fit, 0 to 1: see [`CERTAIN`].
    pub score: f32,
}

/// The detections in a detector's output, f32 `[24, grid / 2, grid / 2]`, in no order: one for each
/// cell whose score is at least 0.05.
///
/// `grid` is the number of cells a side. Channel `6 q + k` of the position `(y, x)` belongs to the cell
/// in row `2 y + q / 2` and column `2 x + q % 2`. Its numbers `k` are the logits of a cat and of a
/// dog, of which the larger one counts, and the distances `exp(v) / grid` from its centre to the left,
/// upper, right and lower side of the box, `v` clamped to -4 and ln(1.5 grid).
///
/// A cell with a number that is not finite counts as empty. So do all of them if there is another
/// number of them than `grid` says.
///
/// ```
/// use recognise::locate::decode;
///
/// // A grid of 2 x 2 cells. The upper left one is on a dog.
/// let mut cells = [-9.0; 24];
/// cells[1] = 3.0;
/// cells[2..6].fill(0.0);
/// let found = decode(&cells, 2);
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].region.corners(), [0.0, 0.0, 0.75, 0.75]);
/// ```
#[must_use]
pub fn decode(cells: &[f32], grid: usize) -> Vec<Detection> {
    let side = grid / 2;
    let plane = side.saturating_mul(side);
    if !grid.is_multiple_of(2) || cells.len() != plane.saturating_mul(CHANNELS) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for position in 0..plane {
        let (y, x) = (position / side, position % side);
        for cell in 0..CELLS {
            let number = |index: usize| cells[(NUMBERS * cell + index) * plane + position];
            let numbers: [f32; NUMBERS] = std::array::from_fn(number);
            let at = [2 * x + cell % 2, 2 * y + cell / 2];
            found.extend(detection(numbers, at, grid as f32));
        }
    }
    found
}

/// What a cell says; `at` are its column and row. `None` if it is not on an animal.
fn detection(numbers: [f32; NUMBERS], at: [usize; 2], grid: f32) -> Option<Detection> {
    if !numbers.iter().all(|number| number.is_finite()) {
        return None;
    }
    let [cat, dog, distances @ ..] = numbers;
    let (species, logit) = if cat > dog {
        (Species::Cat, cat)
    } else {
        (Species::Dog, dog)
    };
    let score = 1.0 / (1.0 + (-logit).exp());
    if score < LEAST_SCORE {
        return None;
    }
    let furthest = (1.5 * grid).ln();
    let [left, top, right, bottom] = distances.map(|it| it.clamp(-4.0, furthest).exp() / grid);
    let [x, y] = at.map(|index| (index as f32 + 0.5) / grid);
    Some(Detection {
        region: Region::new(x - left, y - top, x + right, y + bottom)?,
        species,
        score,
    })
}

/// The best of the detections, of both species: those that are not of the same animal as a better
/// one, at most [`MOST`], best first (greedy non-maximum suppression).
#[must_use]
pub fn suppress(mut detections: Vec<Detection>) -> Vec<Detection> {
    detections.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for detection in detections {
        let region = detection.region;
        let is_same = |better: &Detection| better.region.iou(region) > SAME_ANIMAL;
        if kept.len() < MOST && !kept.iter().any(is_same) {
            kept.push(detection);
        }
    }
    kept
}
