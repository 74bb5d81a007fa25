//! First and second moments of a layer's inputs over the calibration photographs.

use crate::net::{Extent, Layer};

/// Added to each input's variance, as a share of the mean variance: limits changes where the photographs give little
/// evidence.
const DAMPING: f64 = 0.01;

/// Means and covariance of the `n` values that an output depends on, in the f32 network (exact) and behind the
/// quantised layers (actual).
#[derive(Clone, Debug)]
pub struct Moments {
    /// Means of the exact values, `[n]`.
    pub exact_mean: Vec<f32>,
    /// Means of the actual values, `[n]`.
    pub actual_mean: Vec<f32>,
    /// Covariance of the actual values, `[n, n]`.
    pub covariance: Vec<f32>,
}

/// Sums over photographs and output positions, from which moments are computed.
pub(super) struct Sums {
    fan_in: usize,
    /// Groups of output channels that read different inputs.
    groups: usize,
    positions: usize,
    /// `[fan_in, groups]`
    exact: Vec<f64>,
    /// `[fan_in, groups]`
    actual: Vec<f64>,
    /// `[fan_in, fan_in, groups]`
    products: Vec<f64>,
}

impl Sums {
    /// Sums over no photographs yet.
    pub(super) fn new(layer: &Layer) -> Self {
        let (fan_in, groups) = (layer.fan_in(), layer.groups());
        Self {
            fan_in,
            groups,
            positions: 0,
            exact: vec![0.0; fan_in * groups],
            actual: vec![0.0; fan_in * groups],
            products: vec![0.0; fan_in * fan_in * groups],
        }
    }

    /// Adds one photograph. Its own sums are taken in f32; over all photographs that would not be precise enough.
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

    /// The sums over the photographs of both.
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

    /// The moments of each group of output channels.
    pub(super) fn moments(&self) -> Vec<Moments> {
        (0..self.groups).map(|group| self.of_group(group)).collect()
    }

    fn of_group(&self, group: usize) -> Moments {
        let n = self.fan_in;
        let mean = |sums: &[f64]| -> Vec<f64> {
            let own = sums.iter().skip(group).step_by(self.groups);
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

/// Adds `values` to `sums` and zeroes `values`.
fn transfer(sums: &mut [f64], values: &mut [f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += f64::from(std::mem::take(value));
    }
}
