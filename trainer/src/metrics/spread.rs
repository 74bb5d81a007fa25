//! The spread of a figure over several runs.

use super::{Interval, mean};

/// The 97.5th percentiles of Student's t distribution with 1 to 9 degrees of freedom.
const STUDENT: [f64; 9] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
];

/// Mean and spread of a share, 0 to 1, over several runs.
///
/// ```
/// use trainer::metrics::Spread;
///
/// let spread = Spread::of(&[0.90, 0.92, 0.94]);
/// assert!((spread.mean - 0.92).abs() < 1e-9);
/// assert!((spread.deviation.expect("three runs") - 0.02).abs() < 1e-9);
/// // 4.303 standard errors on either side.
/// let [low, high] = spread.interval.expect("three runs");
/// assert!((low - 0.8703).abs() < 1e-4 && (high - 0.9697).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean over the runs; NaN if there are none.
    pub mean: f64,
    /// The standard deviation between the runs; `None` if there are fewer than two.
    pub deviation: Option<f64>,
    /// The 95 % confidence interval of the mean, by Student's t distribution, limited to 0 and 1; `None` if there are
    /// fewer than two runs.
    pub interval: Interval,
}

impl Spread {
    /// The spread of the shares of some runs.
    #[must_use]
    pub fn of(shares: &[f64]) -> Self {
        let mean = mean(shares.iter().copied());
        let freedom = shares.len().saturating_sub(1);
        let squares: f64 = shares.iter().map(|share| (share - mean).powi(2)).sum();
        let deviation = (freedom > 0).then(|| (squares / freedom as f64).sqrt());
        let interval = deviation.map(|deviation| {
            let half = student(freedom) * deviation / (shares.len() as f64).sqrt();
            [mean - half, mean + half].map(|end| end.clamp(0.0, 1.0))
        });
        Self {
            mean,
            deviation,
            interval,
        }
    }
}

/// The 97.5th percentile of Student's t distribution with these degrees of freedom, at least 1, to two
/// decimals: by the expansion around that of the normal distribution if they are more than the table has
/// (Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 26.7.5).
fn student(freedom: usize) -> f64 {
    const Z: f64 = 1.959_964;
    if let Some(known) = STUDENT.get(freedom.saturating_sub(1)) {
        return *known;
    }
    let n = freedom as f64;
    let first = (Z.powi(3) + Z) / 4.0;
    let second = (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0;
    Z + first / n + second / n.powi(2)
}
