//! Compares what is found in a photograph with the animals that are in it.

use recognise::{Detection, Region};

/// The least intersection over union with an animal that is found.
const FOUND: f32 = 0.5;

/// What a detection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The animal of this index.
    Animal(usize),
    /// An animal that counts neither as found nor as missed.
    Doubtful,
    /// No animal, a part of one, or one that an earlier detection is.
    Nothing,
}

/// What each detection is, given the animals and the doubtful animals of the photograph. `found` is sorted by score,
/// best first: each in turn is the animal that it overlaps most, out of those that no better one is.
pub fn matches(found: &[Detection], animals: &[Region], doubtful: &[Region]) -> Vec<Match> {
    let mut is_free = vec![true; animals.len()];
    let mut matches = Vec::with_capacity(found.len());
    for detection in found {
        let overlap = |animal: Region| detection.region.iou(animal);
        let free = (animals.iter().enumerate()).filter(|&(index, _)| is_free[index]);
        let nearest = free
            .map(|(index, &animal)| (index, overlap(animal)))
            .filter(|&(_, overlap)| overlap >= FOUND)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        matches.push(match nearest {
            Some((animal, _)) => {
                is_free[animal] = false;
                Match::Animal(animal)
            }
            None if doubtful.iter().any(|&animal| overlap(animal) >= FOUND) => Match::Doubtful,
            None => Match::Nothing,
        });
    }
    matches
}

/// The share of a region's area that lies inside another one, 0 to 1.
pub(in super::super) fn share_inside(region: Region, other: Region) -> f32 {
    let (one, other) = (region.corners(), other.corners());
    let width = one[2].min(other[2]) - one[0].max(other[0]);
    let height = one[3].min(other[3]) - one[1].max(other[1]);
    width.max(0.0) * height.max(0.0) / region.area()
}

/// Whether a point, in shares of the picture's width and height, lies inside a region.
pub(in super::super) fn contains(region: Region, [x, y]: [f32; 2]) -> bool {
    let [left, top, right, bottom] = region.corners();
    (left..=right).contains(&x) && (top..=bottom).contains(&y)
}
