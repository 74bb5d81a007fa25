//! Two bundles on the same photographs.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::Evaluation;
use super::metrics::{Interval, interval, mean};

/// How much the one is better than the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Top-1 of the one less top-1 of the other, -1 to 1, over the photographs that both saw.
    pub top1: f64,
    /// Its 95 % confidence interval, by bootstrap over the photographs: both bundles on the same ones in
    /// each resample.
    pub top1_interval: Interval,
}

impl Difference {
    /// Of two evaluations on the same photographs.
    #[must_use]
    pub fn of(one: &Evaluation, other: &Evaluation) -> Self {
        let right = |evaluation| {
            let evaluation: &Evaluation = evaluation;
            let looks = evaluation.looks.iter();
            looks.map(|look| (&*look.path, f64::from(look.answer().right)))
        };
        let others: HashMap<&Path, f64> = right(other).collect();
        let differences: Vec<f64> = right(one)
            .filter_map(|(path, right)| Some(right - others.get(path)?))
            .collect();
        let all = [(0..differences.len()).collect()];
        Self {
            top1: mean(differences.iter().copied()),
            top1_interval: interval(&all, |drawn| {
                mean(drawn.iter().map(|&index| differences[index]))
            }),
        }
    }
}
