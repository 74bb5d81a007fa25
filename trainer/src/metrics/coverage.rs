//! Selective classification: the share of photographs that can be answered at a given accuracy if the least certain
//! ones are left to people.

use super::Answer;

/// The result of answering all photographs with at least some confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// The lowest confidence of an answer, 0 to 1.
    pub confidence: f32,
    /// Share of all photographs that is answered, above 0 and up to 1.
    pub answered: f64,
    /// Share of these answers that is right, 0 to 1.
    pub right: f64,
}

/// The result for each confidence that occurs, the highest first. (With 1 - `right` this is the risk-coverage curve of
/// Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017.)
pub fn coverage(answers: &[Answer]) -> Vec<Coverage> {
    let mut answers = answers.to_vec();
    answers.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let (mut given, mut right) = (0, 0);
    // Photographs of equal confidence can only be answered together.
    let equals = answers.chunk_by(|a, b| a.confidence == b.confidence);
    equals
        .map(|equals| {
            given += equals.len();
            right += equals.iter().filter(|answer| answer.right).count();
            Coverage {
                confidence: equals[0].confidence,
                answered: given as f64 / answers.len() as f64,
                right: right as f64 / given as f64,
            }
        })
        .collect()
}

/// The largest share of photographs that can be answered, the most confident first, so that at least the share `right`
/// of the answers is right; 0 if no confidence is enough.
pub fn answered_at(right: f64, answers: &[Answer]) -> f64 {
    let points = coverage(answers).into_iter();
    let mut enough = points.filter(|point| point.right >= right);
    enough.next_back().map_or(0.0, |point| point.answered)
}
