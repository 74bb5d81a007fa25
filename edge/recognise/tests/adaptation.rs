//! How the comparison of embeddings adapts to the guests of a daycare.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use recognise::adaptation::Adaptation;

fn cosine(adaptation: &Adaptation, a: &[f32], b: &[f32]) -> f32 {
    let (a, b) = (adaptation.adapted(a), adaptation.adapted(b));
    a.iter().zip(&b).map(|(a, b)| a * b).sum()
}

fn to(guests: &[Vec<Vec<f32>>]) -> Adaptation {
    let guests: Vec<&[Vec<f32>]> = guests.iter().map(Vec::as_slice).collect();
    Adaptation::to(&guests)
}

/// Guests with some visits each, of `width` numbers. All share the first number, each has a direction of its own among
/// the others, and the last number changes from visit to visit.
fn guests(count: usize, visits: usize, width: usize) -> Vec<Vec<Vec<f32>>> {
    let mut rng = SplitMix64::seed_from_u64(1);
    let mut number = |size: f32| size * (rng.next_u32() as f32 / (1u64 << 31) as f32 - 1.0);
    (0..count)
        .map(|_| {
            let own: Vec<f32> = (0..width).map(|_| number(0.5)).collect();
            let visit = |_| {
                let mut visit: Vec<f32> = own.iter().map(|own| own + number(0.05)).collect();
                visit[0] = 1.0;
                visit[width - 1] = number(1.0);
                visit
            };
            (0..visits).map(visit).collect()
        })
        .collect()
}

#[test]
fn without_guests_embeddings_are_only_scaled() {
    for adaptation in [Adaptation::default(), to(&[]), to(&[vec![]])] {
        assert_eq!(adaptation.adapted(&[3.0, 4.0]), [0.6, 0.8]);
        assert_eq!(adaptation, Adaptation::default());
    }
}

#[test]
fn strangers_are_less_alike_and_visits_of_a_guest_more() {
    let guests = guests(40, 4, 24);
    let (known, strangers) = guests.split_at(30);
    let (before, after) = (Adaptation::default(), to(known));
    let mean = |adaptation: &Adaptation, pairs: &[(&[f32], &[f32])]| {
        let cosines = pairs.iter().map(|(a, b)| cosine(adaptation, a, b));
        cosines.sum::<f32>() / pairs.len() as f32
    };
    let visits = strangers.iter().flat_map(|it| it.windows(2));
    let same: Vec<(&[f32], &[f32])> = visits.map(|it| (&*it[0], &*it[1])).collect();
    let others = strangers.windows(2);
    let different: Vec<(&[f32], &[f32])> = others.map(|it| (&*it[0][0], &*it[1][0])).collect();

    let gap = |adaptation| mean(adaptation, &same) - mean(adaptation, &different);
    assert!(mean(&after, &different) < mean(&before, &different) - 0.1);
    assert!(
        gap(&after) > 1.2 * gap(&before),
        "{} {}",
        gap(&before),
        gap(&after)
    );
}

#[test]
fn a_single_visit_of_a_single_guest_moves_little() {
    let bella = vec![vec![0.8, 0.6, 0.0]];
    let adaptation = to(&[bella]);
    // An eighth of its embedding is subtracted from each, and nothing else is known.
    let expected = [-0.1f32, 0.525, 0.8].map(|it| it / 0.9621);
    for (found, expected) in adaptation.adapted(&[0.0, 0.6, 0.8]).iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-3,
            "{found} instead of {expected}"
        );
    }
}

/// The definition: with the covariance C and the centre c, the similarity is that of the vectors x - c by the scalar
/// product that has the inverse of C.
#[test]
fn the_similarity_is_a_cosine_by_the_inverse_covariance() {
    let guests = guests(7, 3, 5);
    let adaptation = to(&guests);
    let scaled = |it: &[f32]| -> Vec<f64> {
        let length = it
            .iter()
            .map(|it| f64::from(*it).powi(2))
            .sum::<f64>()
            .sqrt();
        it.iter().map(|it| f64::from(*it) / length).collect()
    };
    let mean = |of: &[Vec<f64>]| -> Vec<f64> {
        (0..5)
            .map(|n| of.iter().map(|it| it[n]).sum::<f64>() / of.len() as f64)
            .collect()
    };
    let guests: Vec<Vec<Vec<f64>>> = (guests.iter())
        .map(|it| it.iter().map(|it| scaled(it)).collect())
        .collect();
    let means: Vec<Vec<f64>> = guests.iter().map(|it| mean(it)).collect();
    let centre = mean(&means).into_iter().map(|it| it * 0.75 * 7.0 / 12.0);
    let centre: Vec<f64> = centre.collect();
    let mut covariance = [[0.0; 5]; 5];
    for (guest, mean) in guests.iter().zip(&means) {
        for visit in guest {
            for (row, (x, m)) in covariance.iter_mut().zip(visit.iter().zip(mean)) {
                for (sum, (y, n)) in row.iter_mut().zip(visit.iter().zip(mean)) {
                    *sum += (x - m) * (y - n);
                }
            }
        }
    }
    let variance = (0..5).map(|n| covariance[n][n]).sum::<f64>() / 5.0;
    let share = 0.2 * 14.0 / 44.0;
    for (row, values) in covariance.iter_mut().enumerate() {
        values
            .iter_mut()
            .for_each(|value| *value *= share / variance);
        values[row] += 1.0 - share;
    }
    let product = |a: &[f64], b: &[f64]| -> f64 {
        let solved = solved(covariance, b);
        a.iter().zip(solved).map(|(a, b)| a * b).sum()
    };
    let probes: Vec<Vec<f32>> = self::guests(6, 1, 5).concat();
    for pair in probes.windows(2) {
        let [a, b] = [0, 1].map(|it| -> Vec<f64> {
            scaled(&pair[it])
                .iter()
                .zip(&centre)
                .map(|(a, b)| a - b)
                .collect()
        });
        let expected = product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt();
        let found = cosine(&adaptation, &pair[0], &pair[1]);
        assert!(
            (f64::from(found) - expected).abs() < 1e-4,
            "{found}, {expected}"
        );
    }
}

/// The solution of five equations, by elimination.
fn solved(mut matrix: [[f64; 5]; 5], values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    for index in 0..5 {
        let (row, value) = (matrix[index], values[index]);
        for other in (0..5).filter(|&other| other != index) {
            let factor = matrix[other][index] / row[index];
            for column in 0..5 {
                matrix[other][column] -= factor * row[column];
            }
            values[other] -= factor * value;
        }
    }
    (0..5)
        .map(|index| values[index] / matrix[index][index])
        .collect()
}

#[test]
fn what_cannot_be_compared_does_not_count() {
    let bella = vec![
        vec![f32::NAN, 0.0],
        vec![0.6, 0.8],
        vec![0.0, 0.0],
        vec![1.0, 0.0, 0.0],
    ];
    let adaptation = to(&[bella, vec![vec![]]]);
    assert_eq!(adaptation, to(&[vec![vec![0.6, 0.8]]]));
    for embedding in [
        &[f32::INFINITY, 0.0][..],
        &[0.0, 0.0],
        &[1.0, 0.0, 0.0],
        &[],
    ] {
        assert!(adaptation.adapted(embedding).is_empty(), "{embedding:?}");
    }
    assert!(Adaptation::default().adapted(&[f32::NAN]).is_empty());
}
