//! Which cell of the grid answers for which animal.

use recognise::locate::decode;
use recognise::metadata::Species;
use trainer::detect::scenes::Animal;
use trainer::detect::targets::{Positive, Targets, targets};

use super::animal;

#[test]
fn the_cells_around_the_centre_of_a_box_answer_for_it() {
    // In a grid of 4 x 4 cells, the box is the upper left quarter. Its cells are the four of the first position.
    let found = targets(&[animal(Species::Dog, [0.0, 0.0, 0.5, 0.5])], 4);
    let positive = |cell, distances| Positive {
        cell,
        species: Species::Dog,
        distances,
    };
    let expected = Targets {
        positives: vec![
            positive(0, [0.5, 0.5, 1.5, 1.5]),
            positive(1, [1.5, 0.5, 0.5, 1.5]),
            positive(2, [0.5, 1.5, 1.5, 0.5]),
            positive(3, [1.5, 1.5, 0.5, 0.5]),
        ],
        ignored: vec![],
    };
    assert_eq!(found, expected);
}

#[test]
fn the_kiosk_reads_the_box_back_from_each_cell_that_answers_for_it() {
    let grid = 12;
    let animals = [
        animal(Species::Cat, [0.05, 0.1, 0.45, 0.9]),
        animal(Species::Dog, [0.55, 0.3, 0.98, 0.62]),
        animal(Species::Dog, [0.6, 0.8, 0.75, 0.95]),
    ];
    let plane = (grid / 2) * (grid / 2);
    let mut answered = [0; 3];
    for positive in targets(&animals, grid).positives {
        let (position, quarter) = (positive.cell / 4, positive.cell % 4);
        let mut cells = vec![-9.0; 24 * plane];
        let logit = usize::from(positive.species == Species::Dog);
        cells[(6 * quarter + logit) * plane + position] = 9.0;
        for (side, distance) in positive.distances.iter().enumerate() {
            cells[(6 * quarter + 2 + side) * plane + position] = distance.ln();
        }
        let [found] = decode(&cells, grid)[..] else {
            panic!("one animal: {positive:?}");
        };
        let whose = animals
            .iter()
            .position(|it| it.region.iou(found.region) > 0.999);
        let whose = whose.unwrap_or_else(|| panic!("{found:?} is no animal"));
        assert_eq!(found.species, animals[whose].species);
        answered[whose] += 1;
    }
    assert!(
        answered.iter().all(|cells| (2..=9).contains(cells)),
        "{answered:?}"
    );
}

#[test]
fn a_box_is_learnt_wider_than_it_was_drawn() {
    let drawn = animal(Species::Dog, [0.0, 0.25, 0.5, 0.75]);
    // A fifth of each side, but not beyond the picture.
    let found = targets(&[drawn.widened(0.2)], 4);
    let of_first = found.positives.iter().find(|positive| positive.cell == 2);
    let distances = of_first
        .expect("the second cell of the first column")
        .distances;
    let expected = [0.5, 0.9, 1.9, 1.9];
    let is_near = |(one, other): (&f32, f32)| (one - other).abs() < 1e-5;
    assert!(distances.iter().zip(expected).all(is_near), "{distances:?}");
}

#[test]
fn one_cell_answers_for_the_smallest_box() {
    let tiny = animal(Species::Cat, [0.51, 0.51, 0.52, 0.52]);
    let cells: Vec<usize> = (targets(&[tiny], 4).positives.iter())
        .map(|positive| positive.cell)
        .collect();
    // The upper left cell of the lower right position.
    assert_eq!(cells, [12]);
    let last = animal(Species::Cat, [0.999, 0.999, 1.0, 1.0]);
    assert_eq!(targets(&[last], 4).positives[0].cell, 15);
}

#[test]
fn a_cell_answers_for_the_animal_whose_centre_is_nearer() {
    let left = animal(Species::Cat, [0.0, 0.0, 0.75, 1.0]);
    let right = animal(Species::Dog, [0.25, 0.0, 1.0, 1.0]);
    let found = targets(&[right, left], 8);
    assert!(!found.positives.is_empty());
    for positive in found.positives {
        let column = 2 * ((positive.cell / 4) % 4) + positive.cell % 2;
        let expected = if column < 4 {
            Species::Cat
        } else {
            Species::Dog
        };
        assert_eq!(positive.species, expected, "{positive:?}");
    }
}

#[test]
fn nothing_is_asked_of_the_cells_of_a_box_that_is_not_sure() {
    let unsure = |corners| Animal {
        is_sure: false,
        ..animal(Species::Dog, corners)
    };
    let found = targets(&[unsure([0.0, 0.0, 0.5, 1.0])], 4);
    assert!(found.positives.is_empty(), "{found:?}");
    assert_eq!(found.ignored, [0, 1, 2, 3, 8, 9, 10, 11]);

    // A sure animal inside of it counts.
    let sure = animal(Species::Cat, [0.0, 0.0, 0.25, 0.25]);
    let found = targets(&[unsure([0.0, 0.0, 0.5, 1.0]), sure], 4);
    assert_eq!(found.positives.len(), 1);
    assert_eq!(found.ignored, [1, 2, 3, 8, 9, 10, 11]);
    assert_eq!(targets(&[], 4), Targets::default());
}
