//! Verdicts on single predictions and on series of them.

use recognise::metadata::{Animals, CropShape, Method, Species, TrainedDetector};
use recognise::verdict::{Evidence, Finding, Verdict, VerdictKind, top};
use recognise::{Bundle, Metadata, Prediction, softmax};

use crate::common::Draft;

/// Of a bundle of a red cat, a green dog and a blue dog that names a breed from 0.5 on.
fn metadata() -> Metadata {
    let bundle = Bundle::from_bytes(&Draft::default().bytes(), "drawn").unwrap();
    bundle.metadata
}

fn check(probabilities: &[f32], expected: Verdict) {
    let mut metadata = metadata();
    metadata.unknown.threshold = 0.6;
    let verdict = Verdict::of(&prediction(probabilities, &[]), &metadata);
    assert_eq!(verdict, expected, "{probabilities:?}");
}

/// The same for a network with prototype similarities.
fn check_similarity(probabilities: &[f32], similarity: &[f32], expected: Verdict) {
    let mut metadata = metadata();
    metadata.unknown.method = Method::PrototypeSimilarity {
        animal: 0.3,
        breed: 0.6,
    };
    let verdict = Verdict::of(&prediction(probabilities, similarity), &metadata);
    assert_eq!(
        verdict, expected,
        "{probabilities:?}, similarity {similarity:?}"
    );
}

fn prediction(probabilities: &[f32], similarity: &[f32]) -> Prediction {
    Prediction {
        probabilities: probabilities.to_vec(),
        similarity: similarity.to_vec(),
    }
}

fn breed(breed: usize, confidence: f32) -> Verdict {
    Verdict::Breed { breed, confidence }
}

fn unsure(best: usize, confidence: f32) -> Verdict {
    Verdict::Unsure { best, confidence }
}

fn not_ours(confidence: f32) -> Verdict {
    Verdict::NotOurs { confidence }
}

#[test]
fn a_breed_is_named_from_the_threshold_upwards() {
    check(&[0.1, 0.8, 0.1], breed(1, 0.8));
    check(&[0.6, 0.2, 0.2], breed(0, 0.6));
    check(&[0.3, 0.15, 0.55], unsure(2, 0.55));
}

#[test]
fn where_the_breed_is_unclear_the_species_may_still_be_certain() {
    let dog = Verdict::Species {
        species: Species::Dog,
        confidence: 1.0,
    };
    check(&[0.0, 0.5, 0.5], dog);
    check(&[0.1, 0.45, 0.45], unsure(1, 0.45));
}

#[test]
fn without_any_probable_breed_the_picture_is_not_ours() {
    check(&[0.33, 0.33, 0.33], not_ours(0.33));
    check(&[0.36, 0.32, 0.32], unsure(0, 0.36));
}

#[test]
fn an_animal_that_was_found_is_at_least_of_its_species() {
    let of_found = |probabilities: &[f32], species| {
        Verdict::of_found(&prediction(probabilities, &[]), &metadata(), species)
    };
    let animal = |species, confidence| Verdict::Species {
        species,
        confidence,
    };
    let (cat, dog) = (Species::Cat, Species::Dog);
    assert_eq!(of_found(&[0.34, 0.33, 0.33], cat), animal(cat, 0.34));
    assert_eq!(of_found(&[0.34, 0.33, 0.33], dog), animal(dog, 0.33 + 0.33));
    assert_eq!(of_found(&[], dog), animal(dog, 0.0));
    // Every other answer stays.
    assert_eq!(of_found(&[0.8, 0.1, 0.1], cat), breed(0, 0.8));
    assert_eq!(of_found(&[0.4, 0.3, 0.3], cat), unsure(0, 0.4));
}

#[test]
fn what_was_found_but_is_like_no_breed_at_all_is_no_animal() {
    let mut metadata = metadata();
    metadata.unknown.method = Method::PrototypeSimilarity {
        animal: 0.5,
        breed: 0.6,
    };
    let of_found = |similarity: f32| {
        let prediction = prediction(&[0.4, 0.3, 0.3], &[similarity, 0.1, 0.1]);
        Verdict::of_found(&prediction, &metadata, Species::Cat).kind()
    };
    assert_eq!(of_found(0.7), VerdictKind::Unsure);
    // Less is enough than without a detector.
    assert_eq!(of_found(0.46), VerdictKind::Species);
    assert_eq!(of_found(0.44), VerdictKind::NotOurs);
}

#[test]
fn what_was_found_resembles_some_breeds_more_than_others_if_it_is_an_animal() {
    let mut metadata = metadata();
    metadata.unknown.method = Method::PrototypeSimilarity {
        animal: 0.9,
        breed: 0.95,
    };
    metadata.animals = Some(Animals {
        input: metadata.input.clone(),
        margin: 0.1,
        shape: CropShape::Tight,
        resemblance: Some(0.8),
        trained: TrainedDetector {
            images: 1,
            recipe: serde_json::Value::Null,
        },
    });
    let of_found = |similarity: &[f32]| {
        let prediction = prediction(&[0.4, 0.3, 0.3], similarity);
        Verdict::of_found(&prediction, &metadata, Species::Cat).kind()
    };
    // Standard deviations of 0.12, 0.08, none, and 0.12 again.
    assert_eq!(of_found(&[0.45, 0.2, 0.2]), VerdictKind::Species);
    assert_eq!(of_found(&[0.37, 0.2, 0.2]), VerdictKind::NotOurs);
    assert_eq!(of_found(&[0.7, 0.7, 0.7]), VerdictKind::NotOurs);
    assert_eq!(of_found(&[0.25, 0.0, 0.0]), VerdictKind::NotOurs);
    assert_eq!(of_found(&[]), VerdictKind::NotOurs);
}

#[test]
fn nan_is_never_an_answer() {
    check(&[f32::NAN, 0.9], breed(1, 0.9));
    check(&[f32::NAN, 0.1], not_ours(0.1));
    check(&[f32::NAN; 3], not_ours(0.0));
    check(&[], not_ours(0.0));
}

#[test]
fn a_picture_similar_to_no_breed_is_not_ours_however_probable_one_is() {
    check_similarity(&[0.99, 0.01, 0.0], &[0.29, 0.2, 0.1], not_ours(0.99));
    check_similarity(&[0.99, 0.01, 0.0], &[], not_ours(0.99));
    check_similarity(&[0.99, 0.01, 0.0], &[f32::NAN; 3], not_ours(0.99));
    check_similarity(&[0.34, 0.33, 0.33], &[0.1, 0.3, 0.1], unsure(0, 0.34));
}

#[test]
fn a_breed_is_named_if_the_picture_is_similar_to_that_breed() {
    check_similarity(&[0.1, 0.8, 0.1], &[0.2, 0.6, 0.3], breed(1, 0.8));
    check_similarity(&[0.1, 0.8, 0.1], &[0.9, 0.59, 0.9], unsure(1, 0.8));
    check_similarity(&[0.1, 0.45, 0.45], &[0.2, 0.9, 0.9], unsure(1, 0.45));
    let dog = Verdict::Species {
        species: Species::Dog,
        confidence: 1.0,
    };
    check_similarity(&[0.0, 1.0, 0.0], &[0.0, 0.5, 0.3], dog);
}

/// The verdict after a series of predictions.
fn after(series: &[[f32; 3]]) -> Option<Verdict> {
    let mut evidence = Evidence::default();
    for probabilities in series {
        evidence.add(prediction(probabilities, &[]));
    }
    let found: Option<Finding> = evidence.finding(&metadata());
    found.map(|found| found.verdict)
}

const RED: [f32; 3] = [0.98, 0.01, 0.01];
const GREEN: [f32; 3] = [0.01, 0.98, 0.01];
const GREY: [f32; 3] = [0.34, 0.33, 0.33];

#[test]
fn three_predictions_that_agree_are_an_answer_and_two_are_not() {
    assert_eq!(after(&[]), None);
    assert_eq!(after(&[RED, RED]), None);
    assert_eq!(after(&[RED, RED, RED]).and_then(|it| it.breed()), Some(0));
}

#[test]
fn a_differing_prediction_delays_the_answer_but_does_not_change_it() {
    assert_eq!(after(&[RED, GREEN, RED]), None);
    let found = after(&[RED, GREEN, RED, RED, RED]);
    assert_eq!(found.and_then(|it| it.breed()), Some(0));
}

#[test]
fn predictions_that_never_agree_end_in_an_answer_without_a_breed() {
    let at_odds = [RED, GREEN, RED, GREEN, RED, GREEN, RED, GREEN];
    assert_eq!(after(&at_odds[..7]), None);
    assert_eq!(
        after(&at_odds).map(|it| it.kind()),
        Some(VerdictKind::Unsure)
    );
    assert_eq!(
        after(&[GREY; 8]).map(|it| it.kind()),
        Some(VerdictKind::NotOurs)
    );
}

#[test]
fn many_similar_pictures_are_surer_than_few_and_hardly_surer_than_one_photograph() {
    let probabilities = [0.8, 0.15, 0.05];
    let confidence = |count| after(&vec![probabilities; count]).unwrap().confidence();
    let rising: Vec<f32> = (3..=8).map(confidence).collect();
    assert!(rising.is_sorted_by(|few, many| few < many), "{rising:?}");
    assert!((rising[5] - 0.8).abs() < 0.02, "{rising:?}");
}

#[test]
fn similarities_are_averaged() {
    let mut evidence = Evidence::default();
    for similarity in [[0.9, 0.2, 0.1], [0.6, 0.2, 0.1], [0.6, 0.2, 0.4]] {
        evidence.add(prediction(&RED, &similarity));
    }
    let similarity = evidence.finding(&metadata()).unwrap().prediction.similarity;
    for (found, expected) in similarity.iter().zip([0.7, 0.2, 0.2]) {
        assert!((found - expected).abs() < 1e-6, "{similarity:?}");
    }
}

#[test]
fn predictions_similar_to_no_breed_end_as_not_ours_however_probable_one_is() {
    let mut metadata = metadata();
    metadata.unknown.method = Method::PrototypeSimilarity {
        animal: 0.3,
        breed: 0.6,
    };
    let mut evidence = Evidence::default();
    for count in 1..=8 {
        evidence.add(prediction(&RED, &[0.2, 0.1, 0.1]));
        let kind = evidence.finding(&metadata).map(|it| it.verdict.kind());
        let expected = (count == 8).then_some(VerdictKind::NotOurs);
        assert_eq!(kind, expected, "{count} predictions");
    }
}

#[test]
fn only_the_newest_predictions_count() {
    let mut series = vec![GREEN; 20];
    series.extend([RED; 8]);
    assert_eq!(after(&series).and_then(|it| it.breed()), Some(0));
}

#[test]
fn the_most_probable_come_first_and_equals_in_their_order() {
    let probabilities = [0.2, 0.1, f32::NAN, 0.5, 0.2];
    assert_eq!(top(&probabilities, 3), [(3, 0.5), (0, 0.2), (4, 0.2)]);
    assert_eq!(top(&probabilities, 9).last(), Some(&(2, 0.0)));
    assert_eq!(top(&probabilities, 9).len(), 5);
    assert_eq!(top(&[], 3), []);
}

#[test]
fn probabilities_sum_to_one_however_large_the_logits() {
    for logits in [
        vec![0.0; 5],
        vec![1e30, -1e30, 0.0],
        vec![500.0, 499.0],
        vec![3.0],
    ] {
        let sum: f32 = softmax(&logits, 1.0).iter().sum();
        assert!((sum - 1.0).abs() < 1e-6, "{logits:?}: {sum}");
    }
}

#[test]
fn a_higher_temperature_is_humbler_and_keeps_the_order() {
    let logits = [2.0, 0.0, 1.0];
    let (bold, plain, humble) = (
        softmax(&logits, 0.5),
        softmax(&logits, 1.0),
        softmax(&logits, 4.0),
    );
    assert!(bold[0] > plain[0] && plain[0] > humble[0]);
    for probabilities in [bold, plain, humble] {
        assert!(probabilities[0] > probabilities[2] && probabilities[2] > probabilities[1]);
    }
    // e^2 / (e^2 + e^0 + e^1)
    assert!((softmax(&logits, 1.0)[0] - 0.665_241).abs() < 1e-5);
}
