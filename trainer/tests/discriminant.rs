//! The discriminant separates breeds by the features that vary little within them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
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

/// Photographs of two breeds in a few features, and the weights of their discriminant but for a factor, calculated by the
/// textbook: for each breed the solution of (covariance + ridge) weights = prototype.
fn few_features(count: usize) -> (Vec<(Vec<f32>, usize)>, Vec<f64>) {
    const FEW: usize = 6;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let photographs: Vec<(Vec<f32>, usize)> = (0..count)
        .map(|index| {
            let mut values: Vec<f32> = (0..FEW).map(|_| rng.random_range(0.0..1.0)).collect();
            values[index % 2] += 1.0;
            let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
            values.iter_mut().for_each(|value| *value /= length);
            (values, index % 2)
        })
        .collect();
    let learnt = photographs
        .iter()
        .map(|(values, breed)| (&**values, *breed));
    let prototypes = Prototypes::of(2, FEW, learnt);
    let means: Vec<&[f32]> = prototypes.values().chunks(FEW).collect();
    let mut covariance = vec![vec![0.0; FEW]; FEW];
    for (values, breed) in &photographs {
        let deviation = |at: usize| f64::from(values[at]) - f64::from(means[*breed][at]);
        for (row, sums) in covariance.iter_mut().enumerate() {
            for (column, sum) in sums.iter_mut().enumerate() {
                *sum += deviation(row) * deviation(column) / count as f64;
            }
        }
    }
    let trace: f64 = (0..FEW).map(|at| covariance[at][at]).sum();
    (0..FEW).for_each(|at| covariance[at][at] += trace / FEW as f64);
    let solve = |mean: &&[f32]| eliminated(covariance.clone(), mean);
    let weights = means.iter().flat_map(solve).collect();
    (photographs, weights)
}

/// The solution of equations, by Gauss's elimination.
fn eliminated(mut matrix: Vec<Vec<f64>>, product: &[f32]) -> Vec<f64> {
    let count = product.len();
    let mut values: Vec<f64> = product.iter().map(|&value| f64::from(value)).collect();
    for pivot in 0..count {
        for row in (0..count).filter(|&row| row != pivot) {
            let share = matrix[row][pivot] / matrix[pivot][pivot];
            let own = matrix[pivot].clone();
            let both = matrix[row].iter_mut().zip(own);
            both.for_each(|(value, own)| *value -= share * own);
            values[row] -= share * values[pivot];
        }
    }
    (0..count).map(|at| values[at] / matrix[at][at]).collect()
}

#[test]
fn its_weights_solve_the_equations_and_do_not_depend_on_the_number_of_threads() {
    // Fewer photographs than features, as many, and more.
    for count in [4, 6, 50] {
        let (photographs, expected) = few_features(count);
        let found = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().expect("threads");
            let learnt = || {
                photographs
                    .iter()
                    .map(|(values, breed)| (&**values, *breed))
            };
            let prototypes = Prototypes::of(2, 6, learnt());
            pool.install(|| Classifier::discriminant(&prototypes, learnt()).expect("numbers"))
        });
        assert_eq!(found[0], found[1], "{count} photographs");
        let weight = &found[0].weight;
        // All weights have one factor, which scales the logits.
        let factor = f64::from(weight[0]) / expected[0];
        for (found, expected) in weight.iter().zip(&expected) {
            let expected = factor * expected;
            assert!(
                (f64::from(*found) - expected).abs() < 1e-3 * factor.abs(),
                "{count} photographs: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn without_photographs_or_with_nan_there_is_no_answer_and_no_panic() {
    let nothing = discriminant(&[]).expect("nothing varies");
    assert_eq!(nothing.logits(&vec![1.0; FEATURES]), [0.0, 0.0]);
    assert_eq!(discriminant(&[(vec![f32::NAN; FEATURES], 0)]), None);
}
