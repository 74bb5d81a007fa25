//! Probabilities from logits and from similarities alike.

/// The softmax of `logits / temperature`. A temperature above 1 makes the network less confident,
/// one below 1 more confident. (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.)
#[must_use]
pub fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    // The largest logit is subtracted so that no power overflows.
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut powers: Vec<f32> = logits
        .iter()
        .map(|logit| ((logit - largest) / temperature).exp())
        .collect();
    let sum: f32 = powers.iter().sum();
    for power in &mut powers {
        *power /= sum;
    }
    powers
}
