//! Compares two bundles on the same photographs.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::Evaluation;
use crate::metrics::{Interval, interval, mean};

/// By how much one bundle is better than another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Top-1 of the one minus top-1 of the other, -1 to 1, over the photographs in both evaluations.
    pub top1: f64,
    /// Its 95 % confidence interval by paired bootstrap: each resample has the same photographs for both bundles.
    pub top1_interval: Interval,
}

impl Difference {
    /// The difference of two evaluations on the same photographs.
    #[must_use]
    pub fn of(one: &Evaluation, other: &Evaluation) -> Self {
        let right = |evaluation| {
            let evaluation: &Evaluation = evaluation;
            let predictions = evaluation.predictions.iter();
            predictions.map(|labelled| (&*labelled.path, f64::from(labelled.answer().right)))
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
