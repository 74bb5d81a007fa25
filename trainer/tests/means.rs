//! What a breed's photographs have in common tells them from what is none of the breeds.

use trainer::net::{FEATURES, Means};

/// An embedding that points along one axis, leaning towards another.
fn embedding(axis: usize, leaning: f32, length: f32) -> Vec<f32> {
    let mut values = vec![0.0; FEATURES];
    values[axis] = length;
    values[axis + 1] = leaning * length;
    values
}

fn similarity(means: &Means, breed: usize, embedding: &[f32]) -> f32 {
    let length = embedding
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt();
    let mean = &means.values()[breed * FEATURES..][..FEATURES];
    mean.iter()
        .zip(embedding)
        .map(|(mean, value)| mean * value / length)
        .sum()
}

#[test]
fn likeness_is_the_mean_cosine_with_a_breeds_photographs() {
    let photos = [
        (embedding(0, 0.0, 3.0), 0),
        (embedding(0, 1.0, 0.1), 0),
        (embedding(9, 0.0, 7.0), 1),
    ];
    let means = Means::of(2, photos.iter().map(|(values, breed)| (&**values, *breed)));
    let picture = embedding(0, 0.0, 5.0);
    // Cosines 1 and 1 / sqrt(2), whatever the lengths.
    assert!((similarity(&means, 0, &picture) - (1.0 + 0.5f32.sqrt()) / 2.0).abs() < 1e-6);
    assert!(similarity(&means, 1, &picture).abs() < 1e-6);
}

#[test]
fn the_less_a_breeds_photographs_agree_the_less_is_like_them() {
    let of = |leaning: f32| {
        let photos = [embedding(0, leaning, 1.0), embedding(0, -leaning, 1.0)];
        let means = Means::of(1, photos.iter().map(|values| (&**values, 0)));
        similarity(&means, 0, &embedding(0, 0.0, 1.0))
    };
    assert!(of(0.0) > of(0.5) && of(0.5) > of(2.0));
}

#[test]
fn nothing_is_like_a_breed_without_photographs() {
    let black = vec![0.0; FEATURES];
    let means = Means::of(2, [(&*black, 0)]);
    assert!(means.values().iter().all(|&value| value == 0.0));
}
