//! Probabilities in, an answer out: which breed, or not sure.

use crate::recognise::metadata::Unknown;

/// What is said about one picture. Breeds are indices into the bundle's list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The network is sure enough to name the breed.
    Breed {
        /// The breed.
        breed: usize,
        /// Its probability, 0 to 1.
        confidence: f32,
    },
    /// It is not: another breed, no animal at all, or a picture that shows too little.
    Unsure {
        /// The likeliest breed all the same.
        best: usize,
        /// Its probability, 0 to 1.
        confidence: f32,
    },
}

impl Verdict {
    /// The answer for a single picture: a breed where the largest probability reaches the
    /// threshold. (Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and
    /// Out-of-Distribution Examples in Neural Networks", ICLR 2017.)
    ///
    /// No probabilities at all are answered as [`Verdict::Unsure`] of breed 0, with confidence 0.
    #[must_use]
    pub fn of(probabilities: &[f32], unknown: &Unknown) -> Self {
        let (best, confidence) = top(probabilities, 1).first().copied().unwrap_or((0, 0.0));
        if !probabilities.is_empty() && confidence >= unknown.threshold {
            Self::Breed {
                breed: best,
                confidence,
            }
        } else {
            Self::Unsure { best, confidence }
        }
    }
}

/// The `k` likeliest breeds with their probabilities, likeliest first; of equals the earlier one
/// first. Fewer than `k` where there are fewer. A probability that is not a number counts as 0.
#[must_use]
pub fn top(probabilities: &[f32], k: usize) -> Vec<(usize, f32)> {
    let mut ranked: Vec<(usize, f32)> = probabilities
        .iter()
        .map(|&p| if p.is_nan() { 0.0 } else { p })
        .enumerate()
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate(k);
    ranked
}
