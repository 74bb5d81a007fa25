//! Temperature and threshold are chosen so that the network is right as often as its confidence says.

use recognise::softmax;
use trainer::train::calibrate::{cautious_temperature, temperature, threshold};

/// The logits and labels of a network that is right in `right` of 10 pictures, always with the logits 3 and 0.
fn answers(right: usize) -> (Vec<Vec<f32>>, Vec<usize>) {
    let labels = (0..100).map(|index| usize::from(index % 10 >= right));
    (vec![vec![3.0, 0.0]; 100], labels.collect())
}

#[test]
fn a_network_that_is_right_nine_times_in_ten_has_a_confidence_of_ninety_per_cent() {
    for (right, probability) in [(9, 0.9), (8, 0.8), (7, 0.7)] {
        let (logits, labels) = answers(right);
        let confidence = softmax(&logits[0], temperature(&logits, &labels))[0];
        assert!(
            (confidence - probability).abs() < 1e-3,
            "{right} of 10: confidence {confidence}"
        );
    }
}

#[test]
fn the_temperature_of_a_network_that_is_always_right_is_limited() {
    let (logits, labels) = answers(10);
    let temperature = temperature(&logits, &labels);
    assert!((0.0999..0.101).contains(&temperature), "{temperature}");
}

#[test]
fn the_fewer_photographs_there_are_the_more_cautious_is_the_temperature() {
    let cautious = |times: usize, views: usize| {
        let (logits, labels) = answers(9);
        let photos = vec![vec![logits[0].clone(); views]; logits.len() * times];
        let temperature = cautious_temperature(&photos, &labels.repeat(times));
        softmax(&logits[0], temperature)[0]
    };
    let (few, many, very_many) = (cautious(1, 1), cautious(10, 1), cautious(100, 1));
    assert!(0.8 < few && few < many && many < very_many && very_many < 0.9);
    assert!(0.89 < very_many, "{very_many}");
    // More views of a photograph are not more photographs.
    assert_eq!(cautious(1, 12), few);
}

#[test]
fn a_few_photographs_that_are_all_recognised_do_not_make_the_network_certain() {
    for (photographs, most) in [(1, 2.0 / 3.0), (4, 5.0 / 6.0), (18, 19.0 / 20.0)] {
        let photos = vec![vec![vec![3.0, 0.0]; 12]; photographs];
        let temperature = cautious_temperature(&photos, &vec![0; photographs]);
        let confidence = softmax(&[3.0, 0.0], temperature)[0];
        assert!(
            (confidence - most).abs() < 1e-3,
            "{photographs}: {confidence}"
        );
    }
}

#[test]
fn the_threshold_is_the_lowest_that_keeps_the_named_breeds_right() {
    // 60 photographs with a high confidence, 20 with a medium one and 20 with a low one.
    let mut probabilities = vec![vec![0.9, 0.1]; 60];
    probabilities.extend(vec![vec![0.7, 0.3]; 20]);
    probabilities.extend(vec![vec![0.6, 0.4]; 20]);
    let labels = |wrong_from: usize| {
        (0..100)
            .map(|index| usize::from(index >= wrong_from))
            .collect()
    };
    let cases: [(Vec<usize>, f32); 4] = [
        (labels(100), 0.6),
        (labels(80), 0.7),
        (labels(60), 0.9),
        // No threshold keeps 98 of 100 right: the one with the largest share of right ones is chosen.
        (labels(30), 0.9),
    ];
    for (labels, expected) in cases {
        assert_eq!(threshold(&probabilities, &labels), expected);
    }
}

#[test]
fn no_threshold_names_a_breed_that_is_less_probable_than_the_others_together() {
    let probabilities = vec![vec![0.4, 0.3, 0.3]; 50];
    assert_eq!(threshold(&probabilities, &[0; 50]), 0.5);
}

#[test]
fn no_threshold_silences_the_kiosk() {
    let probabilities = vec![vec![0.999, 0.001]; 50];
    assert_eq!(threshold(&probabilities, &[0; 50]), 0.95);
}
