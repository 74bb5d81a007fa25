//! Shares: their confidence intervals, and how they are written.

use super::Interval;

/// The 95 % confidence interval of a share, 0 to 1, after observing `right` of `all`. It is valid for small numbers and
/// for shares of 0 and 1, too (Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA
/// 1927). Without observations it is the whole range.
pub fn wilson(right: usize, all: usize) -> [f64; 2] {
    // The standard normal distribution's 97.5th percentile.
    const Z: f64 = 1.959_964;
    if all == 0 {
        return [0.0, 1.0];
    }
    let (share, all) = (right as f64 / all as f64, all as f64);
    let middle = share + Z * Z / (2.0 * all);
    let half = Z * (share * (1.0 - share) / all + Z * Z / (4.0 * all * all)).sqrt();
    let scale = 1.0 + Z * Z / all;
    [(middle - half) / scale, (middle + half) / scale].map(|end| end.clamp(0.0, 1.0))
}

/// The interval of [`wilson`]; `None` without observations.
pub fn share_interval(right: usize, all: usize) -> Interval {
    (all > 0).then(|| wilson(right, all))
}

/// The 95 % confidence interval of the mean of shares, given `(right, all)` of each; those without observations do not
/// count. It is made of the intervals of [`wilson`], so that shares of 0 and 1 and single observations do not make it
/// empty (Zou and Donner, "Construction of confidence limits about effect measures: a general approach", Statistics in
/// Medicine 2008).
///
/// ```
/// use trainer::metrics::mean_of_shares;
///
/// // Two breeds with one photograph each, both recognised, say little.
/// let [low, high] = mean_of_shares([(1, 1), (1, 1)]).expect("an interval");
/// assert!(low < 0.5 && high > 0.99);
/// ```
pub fn mean_of_shares(observed: impl IntoIterator<Item = (usize, usize)>) -> Interval {
    let (mut sum, mut count) = (0.0, 0.0);
    let (mut below, mut above) = (0.0, 0.0);
    for (right, all) in observed.into_iter().filter(|&(_, all)| all > 0) {
        let share = right as f64 / all as f64;
        let [low, high] = wilson(right, all);
        sum += share;
        count += 1.0;
        below += (share - low).powi(2);
        above += (high - share).powi(2);
    }
    let ends = [sum - f64::sqrt(below), sum + f64::sqrt(above)];
    (count > 0.0).then(|| ends.map(|end| (end / count).clamp(0.0, 1.0)))
}

/// A share as text for a terminal: `79.4 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
