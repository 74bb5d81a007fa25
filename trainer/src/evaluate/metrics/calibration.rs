//! Whether what sounds sure is right as often as it sounds.

use super::Answer;

/// Bins of equal width: as many as Guo et al. (2017) take.
const BINS: usize = 15;

/// Answers of about the same confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// How many there are.
    pub answers: usize,
    /// Sum of their confidences.
    pub confidence: f64,
    /// How many are right.
    pub right: usize,
}

/// The answers by confidence, in 15 bins of equal width, the least sure first.
///
/// The bins are closed on the right: ]0, 1/15], ]1/15, 2/15] and so on (Guo et al., "On Calibration
/// of Modern Neural Networks", ICML 2017).
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

/// Expected calibration error, 0 to 1: the mean over the answers of the gap between a bin's share of
/// right ones and its mean confidence. NaN where there are no answers.
pub fn expected_calibration_error(answers: &[Answer]) -> f64 {
    // Share and mean confidence are both to be weighted by the bin's size, which drops out so.
    let gap = |bin: Bin| (bin.right as f64 - bin.confidence).abs();
    let gaps = reliability(answers.iter().copied()).map(gap);
    gaps.iter().sum::<f64>() / answers.len() as f64
}
