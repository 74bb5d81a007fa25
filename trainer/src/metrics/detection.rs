//! Measures how well things are found in pictures.

/// Average precision, 0 to 1: the area under the curve of precision over recall, where each precision is the largest
/// one at this recall or a higher one (Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective",
/// IJCV 2015). NaN if there is nothing to be found.
///
/// `detections` are the score of each detection and whether it is right; `things` is the number of those that could be
/// found.
///
/// ```
/// use trainer::metrics::average_precision;
///
/// // One of two things is found at once, the other after a false detection.
/// let found = [(0.9, true), (0.8, false), (0.7, true)];
/// let expected = (1.0 + 2.0 / 3.0) / 2.0;
/// assert!((average_precision(&found, 2) - expected).abs() < 1e-9);
/// ```
pub fn average_precision(detections: &[(f32, bool)], things: usize) -> f64 {
    if things == 0 {
        return f64::NAN;
    }
    let mut detections = detections.to_vec();
    detections.sort_by(|a, b| b.0.total_cmp(&a.0));
    // The precision where recall grows: at each right detection.
    let mut precisions = Vec::new();
    for (index, &(_, is_right)) in detections.iter().enumerate() {
        if is_right {
            precisions.push((precisions.len() + 1) as f64 / (index + 1) as f64);
        }
    }
    let (mut largest, mut sum) = (0.0_f64, 0.0);
    for precision in precisions.into_iter().rev() {
        largest = largest.max(precision);
        sum += largest;
    }
    sum / things as f64
}
