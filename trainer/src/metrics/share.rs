//! Shares: their confidence interval, and how they are written.

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

/// A share as text for a terminal: `79.4 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
