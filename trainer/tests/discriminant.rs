//! The discriminant separates breeds by the features that vary little within them.

use trainer::net::{Classifier, Prototypes};

/// Numbers of an embedding.
const FEATURES: usize = 1280;

/// Photographs of two breeds. The first feature separates them; the second varies much more, but alike in both.
fn photographs() -> Vec<(Vec<f32>, usize)> {
    let of = |breed: usize, at: usize| {
        let mut values = vec![0.0; FEATURES];
        values[0] = if breed == 0 { 0.2 } else { -0.2 };
        values[1] = at as f32 / 10.0 - 1.0;
        values[2] = 5.0;
        (values, breed)
    };
    (0..42).map(|index| of(index % 2, index / 2)).collect()
}

fn discriminant(photographs: &[(Vec<f32>, usize)]) -> Option<Classifier> {
    let learnt = || {
        photographs
            .iter()
            .map(|(values, breed)| (&**values, *breed))
    };
    Classifier::discriminant(&Prototypes::of(2, FEATURES, learnt()), learnt())
}

fn first(discriminant: &Classifier, embedding: &[f32]) -> usize {
    let logits = discriminant.logits(embedding);
    usize::from(logits[1] > logits[0])
}

#[test]
fn every_photograph_is_recognised_whatever_the_length_of_its_embedding() {
    let photographs = photographs();
    let discriminant = discriminant(&photographs).expect("numbers");
    for (values, breed) in &photographs {
        let longer: Vec<f32> = values.iter().map(|value| 3.0 * value).collect();
        assert_eq!(first(&discriminant, values), *breed);
        assert_eq!(first(&discriminant, &longer), *breed);
    }
}

#[test]
fn what_varies_within_a_breed_counts_less() {
    let mut photographs = photographs();
    // The prototypes now differ in the second feature, too, and by more than in the first, but only by chance.
    photographs.extend((0..4).map(|_| {
        let mut values = vec![0.0; FEATURES];
        (values[0], values[1], values[2]) = (0.2, 4.0, 5.0);
        (values, 0)
    }));
    let learnt = || {
        photographs
            .iter()
            .map(|(values, breed)| (&**values, *breed))
    };
    let prototypes = Prototypes::of(2, FEATURES, learnt());
    let discriminant = Classifier::discriminant(&prototypes, learnt()).expect("numbers");
    let mut picture = vec![0.0; FEATURES];
    (picture[0], picture[1], picture[2]) = (-0.2, 3.0, 5.0);
    assert_eq!(first(&discriminant, &picture), 1);

    let similarity = |breed: usize| -> f32 {
        let prototype = &prototypes.values()[breed * FEATURES..][..FEATURES];
        prototype
            .iter()
            .zip(&picture)
            .map(|(mean, value)| mean * value)
            .sum()
    };
    assert!(
        similarity(0) > similarity(1),
        "the prototypes alone recognise it already"
    );
}

#[test]
fn without_photographs_or_with_nan_there_is_no_answer_and_no_panic() {
    let nothing = discriminant(&[]).expect("nothing varies");
    assert_eq!(nothing.logits(&vec![1.0; FEATURES]), [0.0, 0.0]);
    assert_eq!(discriminant(&[(vec![f32::NAN; FEATURES], 0)]), None);
}
