//! Animals are found in the detector's output and in pictures, cut out, and recognised.

use image::{Rgb, RgbImage};
use recognise::locate::{CERTAIN, MOST, decode, suppress};
use recognise::metadata::Species::{self, Cat, Dog};
use recognise::{Bundle, Detection, Recogniser, Region, Verdict};
use serde_json::json;

use crate::common::Draft;

/// A detector's output.
struct Cells {
    grid: usize,
    numbers: Vec<f32>,
}

impl Cells {
    /// One without animals, of `grid` cells a side.
    fn empty(grid: usize) -> Self {
        let numbers = vec![-20.0; 6 * grid * grid];
        Self { grid, numbers }
    }

    /// With these numbers of a cell.
    fn with(mut self, [row, column]: [usize; 2], numbers: [f32; 6]) -> Self {
        let side = self.grid / 2;
        let channel = 6 * (2 * (row % 2) + column % 2);
        let position = row / 2 * side + column / 2;
        for (index, number) in numbers.into_iter().enumerate() {
            self.numbers[(channel + index) * side * side + position] = number;
        }
        self
    }

    fn decode(&self) -> Vec<Detection> {
        decode(&self.numbers, self.grid)
    }
}

fn assert_near(found: [f32; 4], expected: [f32; 4], what: &str) {
    let mut pairs = found.into_iter().zip(expected);
    let near = pairs.all(|(found, expected)| (found - expected).abs() < 1e-5);
    assert!(near, "{what}: {found:?} instead of {expected:?}");
}

#[test]
fn each_cell_of_the_output_is_where_its_box_is() {
    for grid in [2, 6] {
        let step = 1.0 / grid as f32;
        for row in 0..grid {
            for column in 0..grid {
                // Half a cell to each side: the cell itself.
                let half = 0.5f32.ln();
                let numbers = [2.0, -2.0, half, half, half, half];
                let found = Cells::empty(grid).with([row, column], numbers).decode();
                let [detection] = &found[..] else {
                    panic!("{row}, {column}: {found:?}");
                };
                let (left, top) = (column as f32 * step, row as f32 * step);
                let expected = [left, top, left + step, top + step];
                let what = format!("{row}, {column} of {grid}");
                assert_near(detection.region.corners(), expected, &what);
                assert_eq!(detection.species, Cat);
                assert!((detection.score - 0.880_797).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn each_side_of_a_box_has_a_distance_of_its_own() {
    let corners = |distances: [f32; 4]| {
        let [left, top, right, bottom] = distances;
        let numbers = [-3.0, 3.0, left, top, right, bottom];
        let found = Cells::empty(10).with([4, 5], numbers).decode();
        assert_eq!(found[0].species, Dog);
        found[0].region.corners()
    };
    // The centre is at 0.55, 0.45.
    let [one, two, three] = [1.0f32, 2.0, 3.0].map(f32::ln);
    let apart = corners([one, two, three, 0.5f32.ln()]);
    assert_near(apart, [0.45, 0.25, 0.85, 0.5], "four distances");
    // The least is exp(-4) cells, the most 15: from everywhere over the edge of the picture.
    let least = (-4.0f32).exp() / 10.0;
    let tiny = [0.55 - least, 0.45 - least, 0.55 + least, 0.45 + least];
    assert_near(corners([-90.0; 4]), tiny, "the least");
    assert_eq!(corners([90.0; 4]), Region::WHOLE.corners());
}

#[test]
fn a_cell_counts_by_the_larger_of_its_two_scores_from_a_twentieth_on() {
    let found = |cat: f32, dog: f32| {
        let cells = Cells::empty(4).with([1, 1], [cat, dog, 0.0, 0.0, 0.0, 0.0]);
        cells.decode().pop().map(|it| (it.species, it.score))
    };
    assert_eq!(found(0.0, -1.0), Some((Cat, 0.5)));
    assert_eq!(found(-1.0, 0.0), Some((Dog, 0.5)));
    assert!(found(-2.9, -9.0).is_some_and(|(_, score)| score < 0.06));
    assert_eq!(found(-3.0, -9.0), None);
    assert_eq!(found(200.0, -200.0), Some((Cat, 1.0)));
}

#[test]
fn cells_with_numbers_that_are_not_finite_and_outputs_of_another_size_are_skipped() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for index in 0..6 {
            let mut numbers = [3.0, 2.0, 0.0, 0.0, 0.0, 0.0];
            numbers[index] = bad;
            let sound = [4.0, -4.0, 0.0, 0.0, 0.0, 0.0];
            let cells = Cells::empty(4).with([0, 0], numbers);
            let found = cells.with([3, 3], sound).decode();
            assert_eq!(found.len(), 1, "{bad} as number {index}");
            assert!(found[0].region.centre()[0] > 0.5);
        }
    }
    for (count, grid) in [
        (24, 4),
        (23, 2),
        (25, 2),
        (0, 0),
        (54, 3),
        (0, usize::MAX - 1),
    ] {
        let found = decode(&vec![3.0; count], grid);
        assert!(found.is_empty(), "{count} numbers of {grid} cells");
    }
}

fn detection(corners: [f32; 4], species: Species, score: f32) -> Detection {
    let [left, top, right, bottom] = corners;
    Detection {
        region: Region::new(left, top, right, bottom).unwrap(),
        species,
        score,
    }
}

#[test]
fn of_boxes_that_show_the_same_animal_the_best_stays() {
    let best = detection([0.0, 0.0, 0.5, 1.0], Dog, 0.9);
    // An overlap of 0.56 with it, also as an animal of the other species, and one of 0.54.
    let same = detection([0.0, 0.0, 0.5, 0.56], Dog, 0.8);
    let same_as_cat = detection([0.0, 0.0, 0.5, 0.56], Cat, 0.7);
    let another = detection([0.0, 0.0, 0.5, 0.54], Cat, 0.6);
    let apart = detection([0.5, 0.0, 1.0, 1.0], Cat, 0.95);
    let kept = suppress(vec![another, same_as_cat, best, apart, same]);
    assert_eq!(kept, [apart, best, another]);
    // What is suppressed suppresses nothing.
    let kept = suppress(vec![
        detection([0.0, 0.0, 0.4, 1.0], Dog, 0.9),
        detection([0.1, 0.0, 0.5, 1.0], Dog, 0.8),
        detection([0.2, 0.0, 0.6, 1.0], Dog, 0.7),
    ]);
    let scores: Vec<f32> = kept.iter().map(|it| it.score).collect();
    assert_eq!(scores, [0.9, 0.7]);
}

#[test]
fn the_best_eight_animals_are_kept() {
    let found = (0..10u8).map(|index| {
        let left = f32::from(index) / 10.0;
        detection([left, 0.0, left + 0.1, 1.0], Dog, left)
    });
    let kept = suppress(found.collect());
    assert_eq!((kept.len(), kept[0].score, kept[7].score), (MOST, 0.9, 0.2));
    assert!(suppress(Vec::new()).is_empty());
}

fn recogniser(draft: &Draft) -> Recogniser {
    Recogniser::new(Bundle::from_bytes(&draft.bytes(), "net.onnx").unwrap()).unwrap()
}

fn halves(left: [u8; 3], right: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(64, 48, |x, _| Rgb(if x < 32 { left } else { right }))
}

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];

#[test]
fn a_detector_finds_animals_in_pictures() {
    let recogniser = recogniser(&Draft::with_detector());
    assert!(recogniser.can_locate());
    let certain = |photo: &RgbImage| {
        let mut found = recogniser.locate(photo).unwrap();
        assert!(found.is_sorted_by(|a, b| a.score >= b.score));
        found.retain(|it| it.score >= CERTAIN);
        found.sort_by(|a, b| a.region.centre()[0].total_cmp(&b.region.centre()[0]));
        found
    };
    let both = certain(&halves(RED, GREEN));
    let [cat, dog] = &both[..] else {
        panic!("{both:?}");
    };
    assert_eq!([cat.species, dog.species], [Cat, Dog]);
    assert_near(cat.region.corners(), [0.0, 0.0, 0.5, 1.0], "left");
    assert_near(dog.region.corners(), [0.5, 0.0, 1.0, 1.0], "right");
    assert!(certain(&halves(BLUE, BLUE)).is_empty());
    // Pictures of any size, also without pixels.
    assert_eq!(certain(&RgbImage::from_pixel(1, 900, Rgb(RED))).len(), 1);
    assert!(certain(&RgbImage::new(0, 0)).is_empty());
}

#[test]
fn a_bundle_without_a_detector_finds_nothing_and_recognises_whole_pictures() {
    let recogniser = recogniser(&Draft::default());
    assert!(!recogniser.can_locate());
    let photo = halves(RED, GREEN);
    assert!(recogniser.locate(&photo).unwrap().is_empty());
    let region = Region::new(0.1, 0.2, 0.3, 0.4).unwrap();
    assert_eq!(recogniser.crop(region, 64, 48), region);
    let examined = recogniser.examine(&photo).unwrap();
    assert!(examined.animals.is_empty());
    assert_eq!(examined.whole, recogniser.recognise(&photo).unwrap());
    assert_eq!(examined.main(), &examined.whole);
    let expected = Verdict::of(&examined.whole.prediction, recogniser.metadata());
    assert_eq!(examined.verdict(recogniser.metadata()), expected);
}

#[test]
fn what_is_around_a_box_is_cut_out_with_its_margin() {
    let mut draft = Draft::with_detector();
    *draft.prop("kiosk.animals").pointer_mut("/margin").unwrap() = json!(0.25);
    let tight = recogniser(&draft);
    *draft.prop("kiosk.animals").pointer_mut("/shape").unwrap() = json!("square");
    let square = recogniser(&draft);
    // In a picture of 200 x 100 pixels.
    for (found, tightly, squarely) in [
        // Its shorter side grows to both sides,
        (
            [0.4, 0.4, 0.6, 0.6],
            [0.35, 0.35, 0.65, 0.65],
            [0.35, 0.2, 0.65, 0.8],
        ),
        // or to one at the edge,
        (
            [0.0, 0.0, 0.2, 0.2],
            [0.0, 0.0, 0.25, 0.25],
            [0.0, 0.0, 0.25, 0.5],
        ),
        (
            [0.9, 0.4, 1.0, 0.8],
            [0.875, 0.3, 1.0, 0.9],
            [0.7, 0.3, 1.0, 0.9],
        ),
        // and no further than the picture goes.
        (
            [0.0, 0.4, 1.0, 0.6],
            [0.0, 0.35, 1.0, 0.65],
            [0.0, 0.0, 1.0, 1.0],
        ),
        (
            [0.0, 0.0, 1.0, 1.0],
            [0.0, 0.0, 1.0, 1.0],
            [0.0, 0.0, 1.0, 1.0],
        ),
    ] {
        let [left, top, right, bottom] = found;
        let region = Region::new(left, top, right, bottom).unwrap();
        let what = format!("{found:?}");
        assert_near(tight.crop(region, 200, 100).corners(), tightly, &what);
        assert_near(square.crop(region, 200, 100).corners(), squarely, &what);
        let [_, _, width, height] = square.crop(region, 0, 0).pixels(0, 0);
        assert_eq!([width, height], [0, 0], "a picture without pixels");
    }
}

#[test]
fn an_animal_is_recognised_by_the_part_of_the_picture_around_it() {
    let recogniser = recogniser(&Draft::with_detector());
    let photo = halves(RED, GREEN);
    let right = Region::new(0.5, 0.0, 1.0, 1.0).unwrap();
    let recognition = recogniser.recognise_in(&photo, right).unwrap();
    assert_eq!(recognition.features(), [0.0, 1.0, 0.0]);
    let whole = recogniser.recognise_in(&photo, Region::WHOLE).unwrap();
    assert_eq!(whole, recogniser.recognise(&photo).unwrap());
}

#[test]
fn all_animals_of_a_photograph_are_examined() {
    let recogniser = recogniser(&Draft::with_detector());
    let mut examined = recogniser.examine(&halves(RED, GREEN)).unwrap();
    let areas = examined.animals.iter().map(|it| it.detection.region.area());
    assert!(areas.is_sorted_by(|larger, smaller| larger >= smaller));
    assert_eq!(examined.main(), &examined.animals[0].recognition);
    examined
        .animals
        .sort_by_key(|it| it.detection.species == Dog);
    let verdicts = examined.animals.iter();
    let breeds = verdicts.map(|it| it.verdict(recogniser.metadata()).breed());
    assert_eq!(breeds.collect::<Vec<_>>(), [Some(0), Some(1)]);

    // An animal of no known breed is one of its species.
    let examined = recogniser.examine(&halves([200; 3], [150; 3])).unwrap();
    for animal in &examined.animals {
        let species = animal.detection.species;
        let verdict = animal.verdict(recogniser.metadata());
        assert!(matches!(verdict, Verdict::Species { species: it, .. } if it == species));
    }
    assert_eq!(examined.animals.len(), 2);
}

#[test]
fn of_a_single_animal_the_surer_of_crop_and_whole_picture_counts() {
    let recogniser = recogniser(&Draft::with_detector());
    let examine = |left, right| recogniser.examine(&halves(left, right)).unwrap();
    // The crop is half red, half green; the picture three quarters red.
    let examined = examine([128, 128, 0], RED);
    assert_eq!(examined.animals.len(), 1);
    let animal = &examined.animals[0];
    let (mixed, whole) = (&animal.recognition.prediction, &examined.whole.prediction);
    assert_eq!(mixed.probabilities, whole.probabilities);
    // What the animal is similar to stays that of the crop.
    let photo = halves([128, 128, 0], RED);
    let crop = recogniser.recognise_photographed(&photo, Some(animal.detection.region));
    let crop = crop.unwrap();
    assert_eq!(animal.recognition.embedding(), crop.embedding());
    assert_eq!(mixed.similarity, crop.prediction.similarity);
    // The crop is red; the picture half red, half blue.
    let examined = examine(RED, BLUE);
    assert_eq!(examined.animals.len(), 1);
    assert!(examined.main().prediction.probabilities[0] > 0.99);
    assert!(examined.whole.prediction.probabilities[0] < 0.51);

    // Of two animals each is recognised alone: the picture may show the other one more clearly.
    let examined = examine([128, 128, 0], [153, 102, 0]);
    assert_eq!(examined.animals.len(), 2);
    let whole = examined.whole.prediction.greatest_probability();
    let unsure = examined.animals.iter().filter(|it| {
        let probability = it.recognition.prediction.greatest_probability();
        probability < whole
    });
    assert_eq!(unsure.count(), 1);
}
