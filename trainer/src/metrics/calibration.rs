//! Calibration: whether answers are right as often as their confidence says.

use super::Answer;

/// Number of bins of equal width, as in Guo et al. (2017).
const BINS: usize = 15;

/// Answers of similar confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Number of answers.
    pub answers: usize,
    /// Sum of their confidences.
    pub confidence: f64,
    /// Number of right answers.
    pub right: usize,
}

/// Sorts the answers into 15 bins of equal width by their confidence, the lowest first.
///
/// The bins are closed on the right: ]0, 1/15], ]1/15, 2/15] and so on (Guo et al., "On Calibration of Modern Neural
/// Networks", ICML 2017).
pub fn reliability(answers: impl IntoIterator<Item = Answer>) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for answer in answers {
        let confidence = f64::from(answer.confidence);
        let bin = (confidence * BINS as f64).ceil() as usize;
        let bin = &mut bins[bin.clamp(1, BINS) - 1];
        bin.answers += 1;
        bin.confidence += confidence;
        bin.right += usize::from(answer.right);
    }
    bins
}

/// Expected calibration error, 0 to 1: the difference between a bin's share of right answers and its mean confidence,
/// averaged over the answers. NaN if there are no answers.
pub fn expected_calibration_error(answers: &[Answer]) -> f64 {
    // The share and the mean confidence are weighted by the bin's size, which cancels their denominators.
    let gap = |bin: Bin| (bin.right as f64 - bin.confidence).abs();
    let gaps = reliability(answers.iter().copied()).map(gap);
    gaps.iter().sum::<f64>() / answers.len() as f64
}
