//! Class activation maps: they say where in a picture its logits come from.

use image::{Rgb, RgbImage};
use recognise::{Activation, Bundle, Recogniser, Region};
use serde_json::json;

use crate::common::{Draft, SIZE};

const RED_CAT: usize = 0;
const GREEN_DOG: usize = 1;

fn bundle(draft: &Draft) -> Bundle {
    Bundle::from_bytes(&draft.bytes(), "drawn.onnx").unwrap()
}

fn activation(draft: &Draft) -> Activation {
    let activation = Activation::new(&bundle(draft)).unwrap();
    activation.expect("the logits come from a mean")
}

/// Red on the left, green on the right.
fn halves() -> RgbImage {
    RgbImage::from_fn(64, 32, |x, _| {
        Rgb(if x < 32 { [255, 0, 0] } else { [0, 255, 0] })
    })
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

#[test]
fn a_map_is_large_where_its_breed_is_and_its_mean_is_the_logit() {
    let activation = activation(&Draft::default());
    let logits = Recogniser::new(bundle(&Draft::default())).unwrap();
    let logits = logits.output(&halves()).unwrap().logits;
    for (breed, is_left) in [(RED_CAT, true), (GREEN_DOG, false)] {
        let map = activation.map(&halves(), Region::WHOLE, breed).unwrap();
        assert_eq!(map.rectangle, [0, 0, 64, 32]);
        assert_eq!(map.side, SIZE as usize);
        assert!((mean(&map.values) - logits[breed]).abs() < 1e-3, "{breed}");
        for row in map.values.chunks_exact(map.side) {
            let (left, right) = (row[0], row[map.side - 1]);
            let (more, less) = if is_left {
                (left, right)
            } else {
                (right, left)
            };
            assert!((more - 9.0).abs() < 1e-3 && less.abs() < 1e-3, "{row:?}");
        }
    }
    assert!(activation.map(&halves(), Region::WHOLE, 3).is_err());
}

#[test]
fn a_map_is_of_the_part_that_is_recognised() {
    let right = Region::new(0.5, 0.0, 1.0, 1.0).unwrap();
    let map = activation(&Draft::default()).map(&halves(), right, RED_CAT);
    let map = map.unwrap();
    assert_eq!(map.rectangle, [32, 0, 32, 32]);
    assert!(map.values.iter().all(|value| value.abs() < 1e-3));

    let mut cropped = Draft::default();
    cropped.prop("kiosk.input")["resize"] = json!("crop");
    let map = activation(&cropped).map(&halves(), Region::WHOLE, RED_CAT);
    assert_eq!(map.unwrap().rectangle, [16, 0, 32, 32]);
}

#[test]
fn a_network_whose_logits_come_from_no_mean_has_no_maps() {
    let mut draft = Draft::default();
    draft.nodes[0] = ("GlobalMaxPool", vec!["image"], "pooled");
    assert!(Activation::new(&bundle(&draft)).unwrap().is_none());
}

#[test]
fn a_divisor_of_each_channel_is_in_no_map_and_one_of_all_is_in_its_scale() {
    let divided = |divisors: Vec<f32>| {
        let mut draft = Draft::default();
        let count = divisors.len() as u64;
        draft.weights.push(("divisors", vec![count], divisors));
        draft.nodes[2].1[0] = "divided";
        let division = ("Div", vec!["features", "divisors"], "divided");
        draft.nodes.insert(2, division);
        Activation::new(&bundle(&draft)).unwrap()
    };
    assert!(divided(vec![1.0, 2.0, 4.0]).is_none());
    assert!(divided(vec![2.0]).is_some());
}

/// Logits are the maps' means, divided by a length that each picture has, plus a bias that each breed has.
#[test]
fn the_maps_of_the_embedded_bundle_are_those_of_its_logits() {
    let bundle = Bundle::embedded().unwrap();
    let breeds = bundle.metadata.breeds.len();
    let activation = Activation::new(&bundle).unwrap().expect("maps");
    let recogniser = Recogniser::new(bundle).unwrap();
    let stripes = RgbImage::from_fn(300, 240, |x, y| {
        Rgb([150 + (x / 9 % 2 * 90) as u8, 120, (y / 2) as u8])
    });
    let pictures = [halves(), stripes];
    let [first, second] = pictures.each_ref().map(|picture| {
        let means = (0..breeds).map(|breed| {
            let map = activation.map(picture, Region::WHOLE, breed).unwrap();
            f64::from(mean(&map.values))
        });
        let logits = recogniser.output(picture).unwrap().logits;
        (means.collect::<Vec<f64>>(), logits)
    });
    let rows = (0..breeds).map(|breed| {
        let difference = f64::from(first.1[breed]) - f64::from(second.1[breed]);
        [first.0[breed], -second.0[breed], difference]
    });
    let rows: Vec<[f64; 3]> = rows.collect();
    // Least squares for the two lengths, which leave the biases out.
    let sum = |a: usize, b: usize| rows.iter().map(|row| row[a] * row[b]).sum::<f64>();
    let determinant = sum(0, 0) * sum(1, 1) - sum(0, 1).powi(2);
    let shares = [
        (sum(0, 2) * sum(1, 1) - sum(1, 2) * sum(0, 1)) / determinant,
        (sum(1, 2) * sum(0, 0) - sum(0, 2) * sum(0, 1)) / determinant,
    ];
    assert!(shares.iter().all(|&share| share > 0.0), "{shares:?}");
    let rest = rows
        .iter()
        .map(|row| (row[2] - shares[0] * row[0] - shares[1] * row[1]).powi(2));
    let rest = (rest.sum::<f64>() / sum(2, 2)).sqrt();
    assert!(rest < 0.05, "{rest} of the differences is not explained");
}
