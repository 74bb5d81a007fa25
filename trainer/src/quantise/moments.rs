//! How the values that a layer's outputs are made of vary over the calibration photographs.

use crate::net::{Extent, Layer};

/// Added to each input's variance, as a share of their mean: keeps weights where the photographs say little.
const DAMPING: f64 = 0.01;

/// Means and covariance of the values that an output is made of, in the f32 network (exact) and behind the quantised
/// layers (actual).
#[derive(Clone, Debug)]
pub struct Moments {
    /// Means of the exact values, `[n]`.
    pub exact_mean: Vec<f32>,
    /// Means of the actual values, `[n]`.
    pub actual_mean: Vec<f32>,
    /// Covariance of the actual values, `[n, n]`.
    pub covariance: Vec<f32>,
}

/// Sums over photographs and output positions, from which moments are made.
pub(super) struct Sums {
    fan_in: usize,
    lanes: usize,
    positions: usize,
    /// `[fan_in, lanes]`
    exact: Vec<f64>,
    /// `[fan_in, lanes]`
    actual: Vec<f64>,
    /// `[fan_in, fan_in, lanes]`
    products: Vec<f64>,
}

impl Sums {
    /// Nothing seen of the layer's inputs.
    pub(super) fn new(layer: &Layer) -> Self {
        let (fan_in, lanes) = (layer.fan_in(), layer.lanes());
        Self {
            fan_in,
            lanes,
            positions: 0,
            exact: vec![0.0; fan_in * lanes],
            actual: vec![0.0; fan_in * lanes],
            products: vec![0.0; fan_in * fan_in * lanes],
        }
    }

    /// Adds one photograph. Within it f32 is precise enough, over all of them it would not be.
    pub(super) fn add(&mut self, layer: &Layer, extent: Extent, exact: &[f32], actual: &[f32]) {
        let mut once = vec![0.0; self.exact.len()];
        self.positions += layer.sum_inputs(extent, exact, &mut once);
        transfer(&mut self.exact, &mut once);
        layer.sum_inputs(extent, actual, &mut once);
        transfer(&mut self.actual, &mut once);
        let mut products = vec![0.0; self.products.len()];
        layer.sum_products(extent, actual, &mut products);
        transfer(&mut self.products, &mut products);
    }

    pub(super) fn joined(mut self, other: Self) -> Self {
        self.positions += other.positions;
        for (own, other) in [
            (&mut self.exact, other.exact),
            (&mut self.actual, other.actual),
            (&mut self.products, other.products),
        ] {
            own.iter_mut()
                .zip(other)
                .for_each(|(own, other)| *own += other);
        }
        self
    }

    /// One for each group of output channels that reads values of its own.
    pub(super) fn moments(&self) -> Vec<Moments> {
        (0..self.lanes).map(|lane| self.lane(lane)).collect()
    }

    fn lane(&self, lane: usize) -> Moments {
        let n = self.fan_in;
        let mean = |sums: &[f64]| -> Vec<f64> {
            let own = sums.iter().skip(lane).step_by(self.lanes);
            own.map(|sum| sum / self.positions as f64).collect()
        };
        let actual = mean(&self.actual);
        let mut covariance = mean(&self.products);
        for (row, left) in covariance.chunks_exact_mut(n).zip(&actual) {
            row.iter_mut()
                .zip(&actual)
                .for_each(|(product, right)| *product -= left * right);
        }
        let variances = || (0..n).map(|index| index * (n + 1));
        let damping = DAMPING * variances().map(|index| covariance[index]).sum::<f64>() / n as f64;
        variances().for_each(|index| covariance[index] += damping);
        let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        Moments {
            exact_mean: narrow(mean(&self.exact)),
            actual_mean: narrow(actual),
            covariance: narrow(covariance),
        }
    }
}

/// Adds `values` to `sums`, and zeroes them.
fn transfer(sums: &mut [f64], values: &mut [f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += f64::from(std::mem::take(value));
    }
}
