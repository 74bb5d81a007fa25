//! How sure the network may sound: a temperature and a threshold, both chosen on validation.

use edge::recognise::softmax;

/// Least share right among the validation pictures that are given a breed.
const RIGHT_WHEN_SURE: f64 = 0.97;

/// The temperature with the least negative log-likelihood (Guo et al., "On Calibration of Modern Neural Networks",
/// ICML 2017), between 0.05 and 20, by golden-section search over its logarithm: the loss has one minimum there.
#[must_use]
pub fn temperature(logits: &[Vec<f32>], labels: &[usize]) -> f32 {
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05f64.ln(), 20f64.ln());
    while high - low > 1e-4 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if loss(logits, labels, left) < loss(logits, labels, right) {
            high = right;
        } else {
            low = left;
        }
    }
    f64::midpoint(low, high).exp() as f32
}

fn loss(logits: &[Vec<f32>], labels: &[usize], log_temperature: f64) -> f64 {
    let temperature = log_temperature.exp() as f32;
    let of = |(logits, &label): (&Vec<f32>, &usize)| {
        let probability = softmax(logits, temperature)[label];
        -f64::from(probability.max(f32::MIN_POSITIVE)).ln()
    };
    logits.iter().zip(labels).map(of).sum()
}

/// The least probability that a breed must have to be named, so that [`RIGHT_WHEN_SURE`] of the named ones are right.
/// Where no threshold reaches that, the one that is right most often.
#[must_use]
pub fn threshold(probabilities: &[Vec<f32>], labels: &[usize]) -> f32 {
    let mut answers: Vec<(f32, bool)> = probabilities
        .iter()
        .zip(labels)
        .filter_map(|(probabilities, &label)| {
            let best = edge::verdict::top(probabilities, 1);
            best.first()
                .map(|&(breed, probability)| (probability, breed == label))
        })
        .collect();
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen = (0.0, 1.0);
    let mut right = 0;
    for (index, &(probability, correct)) in answers.iter().enumerate() {
        right += usize::from(correct);
        let share = right as f64 / (index + 1) as f64;
        if share >= RIGHT_WHEN_SURE || share > chosen.0 {
            chosen = (share.min(RIGHT_WHEN_SURE), probability);
        }
    }
    chosen.1
}
