//! Computes what each cell of a detector's grid should say about a picture.
//!
//! Cells near the centre of an animal's box answer for it (centre sampling, as in later versions of Tian et al., "FCOS:
//! Fully Convolutional One-Stage Object Detection", ICCV 2019): those at the edge of a box see little of the animal.

use recognise::metadata::Species;

use super::scenes::Animal;

/// How far from the centre of a box a cell may be that answers for it, in cells.
const REACH: f32 = 1.5;

/// What the cells should say. Cells are numbered as the network gives them: position by position, four at each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// The cells that answer for an animal, in the order of their numbers.
    pub positives: Vec<Positive>,
    /// The other cells that lie in a box that is not sure: whatever they say is right.
    pub ignored: Vec<usize>,
}

/// A cell that answers for an animal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Positive {
    /// The cell's number.
    pub cell: usize,
    /// The animal's species.
    pub species: Species,
    /// How far the left, upper, right and lower side of the box are from the cell's centre, in cells.
    pub distances: [f32; 4],
}

/// The targets for the animals of a picture. The grid has `grid` cells a side, an even number.
///
/// A cell answers for an animal if its centre lies in the box and at most one and a half cells from the box's centre;
/// so does the cell that the centre of the box lies in, however small the box is. Of several animals, a cell answers
/// for the one whose centre is nearest.
#[must_use]
pub fn targets(animals: &[Animal], grid: usize) -> Targets {
    let mut targets = Targets::default();
    for cell in 0..grid * grid {
        let at = column_and_row(cell, grid);
        let sure = animals.iter().filter(|animal| animal.is_sure);
        let nearest = sure
            .filter_map(|animal| Some((claim(animal, at, grid)?, animal)))
            .min_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((_, animal)) = nearest {
            targets.positives.push(Positive {
                cell,
                species: animal.species,
                distances: distances(animal, at, grid),
            });
        } else if animals
            .iter()
            .any(|animal| !animal.is_sure && contains(animal, at, grid))
        {
            targets.ignored.push(cell);
        }
    }
    targets
}

/// Column and row of a cell. The four of a position come one after another, row by row.
fn column_and_row(cell: usize, grid: usize) -> [usize; 2] {
    let side = grid / 2;
    let (position, quarter) = (cell / 4, cell % 4);
    let (y, x) = (position / side, position % side);
    [2 * x + quarter % 2, 2 * y + quarter / 2]
}

/// The distances of the box's sides from the centre of a cell, in cells; negative where the centre lies outside.
fn distances(animal: &Animal, at: [usize; 2], grid: usize) -> [f32; 4] {
    let [x, y] = at.map(|index| index as f32 + 0.5);
    let [left, top, right, bottom] = animal.region.corners().map(|side| side * grid as f32);
    [x - left, y - top, right - x, bottom - y]
}

fn contains(animal: &Animal, at: [usize; 2], grid: usize) -> bool {
    distances(animal, at, grid)
        .iter()
        .all(|&distance| distance > 0.0)
}

/// How far the centre of a cell is from that of the box, in cells; `None` if the cell does not answer for it.
fn claim(animal: &Animal, at: [usize; 2], grid: usize) -> Option<f32> {
    let centre = animal.region.centre().map(|share| share * grid as f32);
    let [across, down] = [0, 1].map(|axis: usize| at[axis] as f32 + 0.5 - centre[axis]);
    let distance = across.hypot(down);
    let holds_centre = at == centre.map(|place| (place as usize).min(grid - 1));
    let answers = holds_centre || (distance <= REACH && contains(animal, at, grid));
    answers.then_some(distance)
}
