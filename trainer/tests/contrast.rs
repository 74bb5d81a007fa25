//! The contrast loss and its gradient are those of its definition.

use candle_core::{Device, Tensor, Var};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trainer::train::contrast::loss;

/// Numbers of a vector.
const NUMBERS: usize = 5;
const TEMPERATURE: f64 = 0.1;

/// Random vectors of length 1.
fn vectors(rows: usize, seed: u64) -> Vec<[f64; NUMBERS]> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut vector = || {
        let values: [f64; NUMBERS] = std::array::from_fn(|_| rng.random_range(-1.0..=1.0));
        let length = dot(&values, &values).sqrt();
        values.map(|value| value / length)
    };
    (0..rows).map(|_| vector()).collect()
}

fn dot(a: &[f64; NUMBERS], b: &[f64; NUMBERS]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The negative log-likelihood of `other` among all rows but `row`, if similar rows are likely.
fn surprise(vectors: &[[f64; NUMBERS]], row: usize, other: usize) -> f64 {
    let weight = |it: usize| (dot(&vectors[row], &vectors[it]) / TEMPERATURE).exp();
    let others = (0..vectors.len()).filter(|&it| it != row);
    -(weight(other) / others.map(weight).sum::<f64>()).ln()
}

/// The loss as Khosla et al. define it.
fn supervised(vectors: &[[f64; NUMBERS]], labels: &[usize]) -> f64 {
    let rows = 0..vectors.len();
    let of_row = |row: usize| {
        let alike = (0..vectors.len()).filter(|&it| it != row && labels[it] == labels[row]);
        let alike: Vec<usize> = alike.collect();
        let sum: f64 = alike.iter().map(|&it| surprise(vectors, row, it)).sum();
        sum / alike.len().max(1) as f64
    };
    rows.map(of_row).sum::<f64>() / vectors.len() as f64
}

fn variable(vectors: &[[f64; NUMBERS]]) -> Var {
    let values: Vec<f32> = vectors
        .iter()
        .flatten()
        .map(|&value| value as f32)
        .collect();
    let tensor = Tensor::from_vec(values, (vectors.len(), NUMBERS), &Device::Cpu);
    Var::from_tensor(&tensor.expect("a tensor")).expect("a variable")
}

fn computed(vectors: &[[f64; NUMBERS]], labels: &[usize]) -> f64 {
    let loss = loss(variable(vectors).as_tensor(), labels).expect("a loss");
    f64::from(loss.to_scalar::<f32>().expect("a number"))
}

#[test]
fn two_views_of_each_photograph_are_contrasted_with_all_others() {
    let photographs = 6;
    let vectors = vectors(2 * photographs, 1);
    let labels: Vec<usize> = (0..photographs).chain(0..photographs).collect();
    let rows = 0..vectors.len();
    let pair = |row: usize| surprise(&vectors, row, (row + photographs) % vectors.len());
    let nt_xent = rows.map(pair).sum::<f64>() / vectors.len() as f64;
    assert!((computed(&vectors, &labels) - nt_xent).abs() < 1e-4);
}

#[test]
fn all_views_of_a_breed_are_contrasted_with_the_others() {
    let vectors = vectors(10, 2);
    // The last one is alone with its label.
    let labels = [0, 0, 1, 1, 1, 0, 2, 2, 1, 3];
    assert!((computed(&vectors, &labels) - supervised(&vectors, &labels)).abs() < 1e-4);
}

#[test]
fn views_that_are_alike_cost_nothing() {
    let mut alike = [[0.0; NUMBERS]; 4];
    for (row, axis) in [0, 1, 0, 1].into_iter().enumerate() {
        alike[row][axis] = 1.0;
    }
    assert!(computed(&alike, &[0, 1, 0, 1]) < 1e-3);
    assert!(computed(&alike, &[0, 0, 1, 1]) > 5.0);
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    let vectors = vectors(8, 3);
    let labels = [0, 1, 2, 0, 0, 1, 2, 1];
    let variable = variable(&vectors);
    let loss = loss(variable.as_tensor(), &labels).expect("a loss");
    let gradients = loss.backward().expect("a gradient");
    let gradient = gradients.get(&variable).expect("that of the vectors");
    let gradient: Vec<Vec<f32>> = gradient.to_vec2().expect("its values");
    for (row, values) in gradient.iter().enumerate() {
        for (column, &value) in values.iter().enumerate() {
            let at = |step: f64| {
                let mut moved = vectors.clone();
                moved[row][column] += step;
                supervised(&moved, &labels)
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            let error = (f64::from(value) - difference).abs();
            assert!(error < 1e-3, "{row} {column}: {value} and {difference}");
        }
    }
}
