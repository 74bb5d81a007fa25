//! Confidence intervals of figures by bootstrap.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Number of resamples: enough for percentiles that hardly depend on the seed.
const RESAMPLES: u64 = 1000;
const SEED: u64 = 1;

/// The lower and the upper end of a 95 % confidence interval; `None` if there are no photographs.
pub type Interval = Option<[f64; 2]>;

/// The 95 % confidence interval of a figure, by the percentiles of 1000 resamples (Efron and Tibshirani, "An
/// Introduction to the Bootstrap", 1993, chapter 13). The same input gives the same interval.
///
/// A resample draws from each stratum as many photographs as it has, with replacement, and passes their indices to
/// `figure`. Resamples for which that returns NaN do not count.
pub fn interval(strata: &[Vec<usize>], figure: impl Fn(&[usize]) -> f64 + Sync) -> Interval {
    let resample = |index| {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        rng.set_stream(index);
        let drawn: Vec<usize> = (strata.iter())
            .flat_map(|stratum| stratum.iter().map(move |_| stratum))
            .map(|stratum| stratum[rng.random_range(0..stratum.len())])
            .collect();
        figure(&drawn)
    };
    let figures = (0..RESAMPLES).into_par_iter().map(resample);
    let mut figures: Vec<f64> = figures.filter(|figure| !figure.is_nan()).collect();
    figures.sort_by(f64::total_cmp);
    let last = figures.len().checked_sub(1)?;
    Some([0.025, 0.975].map(|share| figures[(share * last as f64).round() as usize]))
}
