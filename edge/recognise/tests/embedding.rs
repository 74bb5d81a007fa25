//! How similar a picture is to animals of which there are others, and who is in it.

use recognise::embedding::{guests, similarity_to};
use recognise::metadata::Guests;

const PROBE: [f32; 2] = [1.0, 0.0];

/// The similarity of the probe to an animal with one picture at each of these cosines to it.
fn similarity(cosines: &[f32]) -> f32 {
    let at = |cosine: &f32| vec![*cosine, (1.0 - cosine * cosine).sqrt()];
    let gallery: Vec<Vec<f32>> = cosines.iter().map(at).collect();
    let gallery: Vec<&[f32]> = gallery.iter().map(Vec::as_slice).collect();
    similarity_to(&gallery, &PROBE).unwrap()
}

#[test]
fn the_similarity_to_a_single_picture_is_the_cosine() {
    for cosine in [-1.0, -0.25, 0.0, 0.5, 1.0] {
        assert_eq!(similarity(&[cosine]), cosine);
    }
}

#[test]
fn the_most_similar_pictures_count_the_most_and_several_for_more_than_one() {
    let mixed = similarity(&[0.9, 0.5, 0.1]);
    assert!(mixed > 0.7 && mixed < 0.9, "{mixed}");
    // A tenth of ln((e^9 + e^5 + e^1) / 3)
    assert!((mixed - 0.791_987).abs() < 1e-5, "{mixed}");
    assert!(similarity(&[0.8, 0.7, 0.7]) > similarity(&[0.8, 0.2, 0.2]));
    assert_eq!(similarity(&[0.8, 0.8, 0.8]), 0.8);
}

#[test]
fn what_cannot_be_compared_does_not_count() {
    let compare = |gallery: &[&[f32]]| similarity_to(gallery, &PROBE);
    assert_eq!(compare(&[]), None);
    assert_eq!(compare(&[&[], &[1.0, 0.0, 0.0]]), None);
    assert_eq!(compare(&[&[f32::NAN, 0.0], &[f32::INFINITY, 0.0]]), None);
    assert_eq!(compare(&[&[f32::NAN, 0.0], &[0.5, 0.8], &[]]), Some(0.5));
    assert_eq!(similarity_to(&[&[]], &[]), None);
}

const CALIBRATION: Guests = Guests {
    scale: 20.0,
    new: 0.6,
};

fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let mut pairs = found.iter().zip(expected);
    let near = pairs.all(|(found, expected)| (found - expected).abs() < 1e-5);
    assert!(near, "{found:?} instead of {expected:?}");
}

#[test]
fn the_more_similar_an_animal_is_the_more_probable_it_is() {
    let found = guests(&[0.8, 0.6, 0.7], &[1.0; 3], &CALIBRATION);
    // e^4, 1 and e^2 of e^4 + e^2 + 2: a new animal is as probable as one at the calibrated similarity.
    let sum = 54.598_15 + 7.389_056 + 2.0;
    let expected = [54.598_15 / sum, 1.0 / sum, 7.389_056 / sum, 1.0 / sum];
    assert_near(&found, &expected);
    assert_near(&guests(&[], &[], &CALIBRATION), &[1.0]);
}

#[test]
fn an_animal_that_was_more_probable_before_is_more_probable_afterwards() {
    let found = guests(&[0.6, 0.6], &[3.0, 0.5], &CALIBRATION);
    assert_near(&found, &[3.0 / 4.5, 0.5 / 4.5, 1.0 / 4.5]);
    // Without priors all are alike.
    let found = guests(&[0.6, 0.6, 0.6], &[2.0], &CALIBRATION);
    assert_near(&found, &[0.4, 0.2, 0.2, 0.2]);
}

#[test]
fn what_has_no_similarity_or_no_prior_has_no_chance() {
    let similarities = [f32::NAN, 0.6, 0.9, 0.9, f32::NEG_INFINITY];
    let priors = [1.0, 1.0, 0.0, -1.0, 1.0];
    let found = guests(&similarities, &priors, &CALIBRATION);
    assert_near(&found, &[0.0, 0.5, 0.0, 0.0, 0.0, 0.5]);
    assert_near(&guests(&[0.9], &[f32::NAN], &CALIBRATION), &[0.0, 1.0]);
}

#[test]
fn probabilities_stay_finite_however_large_the_similarities() {
    let found = guests(&[1e30, f32::INFINITY, -1e30], &[1.0; 3], &CALIBRATION);
    assert!(found.iter().all(|it| it.is_finite()), "{found:?}");
    let sum: f32 = found.iter().sum();
    assert!((sum - 1.0).abs() < 1e-5, "{found:?}");
    assert_eq!(found[2..], [0.0, 0.0], "the others are far more probable");
}
