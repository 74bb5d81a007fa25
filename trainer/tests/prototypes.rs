//! The similarity to a prototype is the mean cosine with a breed's photographs.

use trainer::net::Prototypes;

/// Numbers of an embedding.
const FEATURES: usize = 1280;

/// An embedding along one axis, leaning towards the next.
fn embedding(axis: usize, leaning: f32, length: f32) -> Vec<f32> {
    let mut values = vec![0.0; FEATURES];
    values[axis] = length;
    values[axis + 1] = leaning * length;
    values
}

fn similarity(prototypes: &Prototypes, breed: usize, embedding: &[f32]) -> f32 {
    let length = embedding
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt();
    let prototype = &prototypes.values()[breed * FEATURES..][..FEATURES];
    prototype
        .iter()
        .zip(embedding)
        .map(|(mean, value)| mean * value / length)
        .sum()
}

#[test]
fn prototype_similarity_is_the_mean_cosine_with_a_breeds_photographs() {
    let photos = [
        (embedding(0, 0.0, 3.0), 0),
        (embedding(0, 1.0, 0.1), 0),
        (embedding(9, 0.0, 7.0), 1),
    ];
    let embeddings = photos.iter().map(|(values, breed)| (&**values, *breed));
    let prototypes = Prototypes::of(2, FEATURES, embeddings);
    let picture = embedding(0, 0.0, 5.0);
    // Cosines 1 and 1 / sqrt(2), whatever the lengths.
    assert!((similarity(&prototypes, 0, &picture) - (1.0 + 0.5f32.sqrt()) / 2.0).abs() < 1e-6);
    assert!(similarity(&prototypes, 1, &picture).abs() < 1e-6);
}

#[test]
fn the_more_a_breeds_photographs_differ_the_smaller_is_the_similarity_to_them() {
    let of = |leaning: f32| {
        let photos = [embedding(0, leaning, 1.0), embedding(0, -leaning, 1.0)];
        let photos = photos.iter().map(|values| (&**values, 0));
        let prototypes = Prototypes::of(1, FEATURES, photos);
        similarity(&prototypes, 0, &embedding(0, 0.0, 1.0))
    };
    assert!(of(0.0) > of(0.5) && of(0.5) > of(2.0));
}

#[test]
fn nothing_is_similar_to_a_breed_without_photographs() {
    let black = vec![0.0; FEATURES];
    let prototypes = Prototypes::of(2, FEATURES, [(&*black, 0)]);
    assert!(prototypes.values().iter().all(|&value| value == 0.0));
}
