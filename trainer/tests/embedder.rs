//! The embedder keeps what vectors differ in, and nothing else.

use std::cell::Cell;
use std::convert::Infallible;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trainer::net::Embedder;

/// Numbers that an embedding is made of.
const POOLED: usize = 2560;
/// Numbers of an embedding.
const LENGTH: usize = 192;
const VECTORS: usize = 30;
/// A channel that varies much less than the others.
const QUIET: usize = 7;

/// Vectors that differ in three directions, in the first one by far the most, and how far each lies along that one.
fn vectors() -> (Vec<Vec<f32>>, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut directions: [Vec<f64>; 3] = std::array::from_fn(|_| {
        let signs = (0..POOLED).map(|_| if rng.random_bool(0.5) { 1.0 } else { -1.0 });
        signs.collect()
    });
    for direction in &mut directions {
        direction[QUIET] = 2e-4;
    }
    let mut along = Vec::new();
    let vectors = (0..VECTORS).map(|_| {
        let places = [10.0, 1.0, 0.5].map(|reach: f64| rng.random_range(-reach..=reach));
        along.push(places[0]);
        let value = |channel: usize| {
            let parts = directions.iter().zip(places);
            5.0 + parts
                .map(|(direction, place)| direction[channel] * place)
                .sum::<f64>()
        };
        (0..POOLED)
            .map(|channel| value(channel) as f32)
            .collect::<Vec<f32>>()
    });
    (vectors.collect(), along)
}

/// The embedder for pictures like these.
fn embedder(vectors: &[Vec<f32>]) -> Embedder {
    let Ok(embedder) = Embedder::of(POOLED, vectors, || Ok::<(), Infallible>(()));
    embedder
}

/// The embedding before it is scaled to length 1.
fn projection(embedder: &Embedder, vector: &[f32]) -> Vec<f64> {
    let rows = embedder.weight.chunks_exact(POOLED).zip(&embedder.bias);
    rows.map(|(row, &bias)| f64::from(bias) + dot(row, vector))
        .collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
    products.sum()
}

/// Mean and standard deviation of a channel.
fn moments(vectors: &[Vec<f32>], channel: usize) -> [f64; 2] {
    let values = || vectors.iter().map(|vector| f64::from(vector[channel]));
    let mean = values().sum::<f64>() / VECTORS as f64;
    let squares = values().map(|value| (value - mean).powi(2));
    [mean, (squares.sum::<f64>() / VECTORS as f64).sqrt()]
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

#[test]
fn the_embedder_keeps_the_distances_of_standardised_vectors() {
    let (vectors, along) = vectors();
    let embedder = embedder(&vectors);
    assert_eq!(embedder.weight.len(), LENGTH * POOLED);
    assert_eq!(embedder.bias.len(), LENGTH);
    let moments: Vec<[f64; 2]> = (0..POOLED)
        .map(|channel| moments(&vectors, channel))
        .collect();
    let standardised = |vector: &Vec<f32>| -> Vec<f64> {
        let values = vector.iter().zip(&moments).enumerate();
        let values = values.filter(|&(channel, _)| channel != QUIET);
        values
            .map(|(_, (&value, [mean, deviation]))| (f64::from(value) - mean) / (deviation + 1e-3))
            .collect()
    };
    let standardised: Vec<Vec<f64>> = vectors.iter().map(standardised).collect();
    let projected: Vec<Vec<f64>> = vectors
        .iter()
        .map(|vector| projection(&embedder, vector))
        .collect();
    for (index, (own, kept)) in standardised.iter().zip(&projected).enumerate() {
        for (other, other_kept) in standardised.iter().zip(&projected).skip(index + 1) {
            let (expected, found) = (distance(own, other), distance(kept, other_kept));
            assert!((found - expected).abs() < 0.01 * expected + 0.1, "{found}");
        }
    }

    // The first number is the direction in which they differ most; they are centred; only three numbers are used.
    let first: Vec<f64> = projected.iter().map(|row| row[0]).collect();
    let mean = along.iter().sum::<f64>() / VECTORS as f64;
    let (mut both, mut own, mut others) = (0.0, 0.0, 0.0);
    for (first, along) in first.iter().zip(&along) {
        both += first * (along - mean);
        own += first * first;
        others += (along - mean).powi(2);
    }
    let correlation = both / (own * others).sqrt();
    assert!(correlation.abs() > 0.99, "{correlation}");
    assert!(first.iter().sum::<f64>().abs() < 0.5);
    let mut unused = projected.iter().flat_map(|row| &row[3..]);
    assert!(unused.all(|value| value.abs() < 0.01));
}

#[test]
fn components_are_orthogonal_and_a_quiet_channel_gets_no_great_weight() {
    let (vectors, _) = vectors();
    let embedder = embedder(&vectors);
    let deviations: Vec<f64> = (0..POOLED)
        .map(|channel| moments(&vectors, channel)[1] + 1e-3)
        .collect();
    // Without the scale that each weight contains.
    let component = |index: usize| -> Vec<f32> {
        let row = &embedder.weight[index * POOLED..][..POOLED];
        let values = row.iter().zip(&deviations);
        values
            .map(|(&weight, deviation)| (f64::from(weight) * deviation) as f32)
            .collect()
    };
    let components = [0, 1, 2].map(component);
    for (index, one) in components.iter().enumerate() {
        for (other_index, other) in components.iter().enumerate() {
            let expected = if index == other_index { 1.0 } else { 0.0 };
            assert!((dot(one, other) - expected).abs() < 1e-2);
        }
    }
    let sizes = embedder.weight.iter().map(|weight| weight.abs());
    let largest = sizes.fold(0f32, f32::max);
    assert!(largest < 0.05, "{largest}");
}

#[test]
fn whoever_waits_for_the_embedder_can_stop_it() {
    let (vectors, _) = vectors();
    let steps = Cell::new(0);
    let third = || {
        steps.set(steps.get() + 1);
        if steps.get() == 3 {
            Err("stopped")
        } else {
            Ok(())
        }
    };
    assert_eq!(Embedder::of(POOLED, &vectors, third), Err("stopped"));
    assert_eq!(steps.get(), 3);
}

#[test]
fn what_varies_within_breeds_counts_for_less() {
    // Two breeds differ in the first direction, and photographs of either in the second one, which is as long.
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let directions: [Vec<f32>; 2] = std::array::from_fn(|_| {
        let signs = (0..POOLED).map(|_| if rng.random_bool(0.5) { 1.0 } else { -1.0 });
        signs.collect()
    });
    let mut vectors = Vec::new();
    let mut labels = Vec::new();
    for photograph in 0..2 * LENGTH {
        let breed = photograph % 2;
        let places = [breed as f32 * 2.0 - 1.0, rng.random_range(-1.7..=1.7)];
        let value = |channel: usize| {
            let parts = directions.iter().zip(places);
            parts
                .map(|(direction, place)| direction[channel] * place)
                .sum::<f32>()
        };
        vectors.push((0..POOLED).map(value).collect::<Vec<f32>>());
        labels.push(breed);
    }
    let plain = embedder(&vectors);
    let discriminating = plain.clone().discriminating(&vectors, &labels, 2);
    let within = |embedder: &Embedder| {
        let similar = vectors.windows(3).map(|three| {
            let [one, _, next] = [0, 1, 2].map(|it| embedder.embed(&three[it]));
            dot(&one, &next)
        });
        similar.sum::<f64>() / (vectors.len() - 2) as f64
    };
    assert!(within(&plain) < 0.6, "{}", within(&plain));
    assert!(within(&discriminating) > 0.9, "{}", within(&discriminating));

    // With fewer photographs than numbers, nothing changes.
    let few = &vectors[..LENGTH];
    let embedder = embedder(few);
    assert_eq!(
        embedder.clone().discriminating(few, &labels[..LENGTH], 2),
        embedder
    );
}

#[test]
fn too_few_or_equal_vectors_give_an_embedder_of_zeros() {
    let one = vec![1.5; POOLED];
    for vectors in [vec![], vec![one.clone()], vec![one; 3]] {
        let embedder = embedder(&vectors);
        assert_eq!(embedder.bias, [0.0; LENGTH]);
        assert!(embedder.weight.iter().all(|&weight| weight == 0.0));
    }
}
