//! How sure the network may sound is chosen so that it is right as often as it says.

use recognise::softmax;
use trainer::train::calibrate::{cautious_temperature, temperature, threshold};

/// Answers of a network that is right in `right` of 10 pictures, all with the logits 3 and 0.
fn answers(right: usize) -> (Vec<Vec<f32>>, Vec<usize>) {
    let labels = (0..100).map(|index| usize::from(index % 10 >= right));
    (vec![vec![3.0, 0.0]; 100], labels.collect())
}

#[test]
fn a_network_right_nine_times_in_ten_says_ninety_per_cent() {
    for (right, probability) in [(9, 0.9), (8, 0.8), (7, 0.7)] {
        let (logits, labels) = answers(right);
        let said = softmax(&logits[0], temperature(&logits, &labels))[0];
        assert!(
            (said - probability).abs() < 1e-3,
            "{right} of 10: it says {said}"
        );
    }
}

#[test]
fn a_network_that_is_always_right_is_not_made_sure_beyond_reason() {
    let (logits, labels) = answers(10);
    let temperature = temperature(&logits, &labels);
    assert!((0.0999..0.101).contains(&temperature), "{temperature}");
}

#[test]
fn the_fewer_photographs_there_are_the_more_cautious_is_the_temperature() {
    let cautious = |times: usize, views: usize| {
        let (logits, labels) = answers(9);
        let photos = vec![vec![logits[0].clone(); views]; logits.len() * times];
        let said = cautious_temperature(&photos, &labels.repeat(times));
        softmax(&logits[0], said)[0]
    };
    let (few, many, very_many) = (cautious(1, 1), cautious(10, 1), cautious(100, 1));
    assert!(0.8 < few && few < many && many < very_many && very_many < 0.9);
    assert!(0.89 < very_many, "{very_many}");
    // More views of a photograph are not more photographs.
    assert_eq!(cautious(1, 12), few);
    // One photograph alone has no spread: the best temperature it is.
    let alone = cautious_temperature(&[vec![vec![3.0, 0.0]]], &[0]);
    assert_eq!(alone, temperature(&[vec![3.0, 0.0]], &[0]));
}

#[test]
fn the_threshold_is_the_lowest_that_keeps_the_named_ones_right() {
    // Sure and right 60 times, half sure and right 20 times, hardly sure and wrong 20 times.
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
        // Nothing keeps 98 of 100 right: the highest is the best of a bad lot.
        (labels(30), 0.9),
    ];
    for (labels, expected) in cases {
        assert_eq!(threshold(&probabilities, &labels), expected);
    }
}

#[test]
fn no_threshold_silences_the_kiosk() {
    let probabilities = vec![vec![0.999, 0.001]; 50];
    assert_eq!(threshold(&probabilities, &[0; 50]), 0.95);
}
