//! Receiver operating characteristics: how well a score separates known from unknown photographs.

/// Area under the ROC curve: the probability that a `known` photograph scores higher than an `unknown` one, where a tie
/// counts half (Hanley and McNeil, "The Meaning and Use of the Area under a Receiver Operating Characteristic (ROC)
/// Curve", Radiology 1982). NaN if either side is empty.
///
/// ```
/// use trainer::metrics::auroc;
///
/// assert_eq!(auroc(&[0.9, 0.8], &[0.8, 0.1]), 0.875);
/// ```
pub fn auroc(known: &[f32], unknown: &[f32]) -> f64 {
    let mut scores: Vec<(f32, bool)> = known.iter().map(|&score| (score, true)).collect();
    scores.extend(unknown.iter().map(|&score| (score, false)));
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));

    // The Mann-Whitney U statistic from the sum of the ranks of the known. Equal scores share their mean rank.
    let (mut rank_sum, mut below) = (0.0, 0);
    for tied in scores.chunk_by(|a, b| a.0 == b.0) {
        let mid_rank = below as f64 + (tied.len() + 1) as f64 / 2.0;
        rank_sum += mid_rank * tied.iter().filter(|&&(_, is_known)| is_known).count() as f64;
        below += tied.len();
    }
    let (known, unknown) = (known.len() as f64, unknown.len() as f64);
    (rank_sum - known * (known + 1.0) / 2.0) / (known * unknown)
}

/// Equal error rate: the error at the score where as large a share of the unknown photographs is accepted as of the
/// known ones is refused, 0 to 1. Between two scores it is interpolated linearly. NaN if either side is empty.
///
/// ```
/// use trainer::metrics::equal_error_rate;
///
/// assert_eq!(equal_error_rate(&[0.9, 0.8, 0.7, 0.2], &[0.6, 0.3, 0.1, 0.0]), 0.25);
/// ```
pub fn equal_error_rate(known: &[f32], unknown: &[f32]) -> f64 {
    let curve = roc(known, unknown);
    // Grows along the curve from -1, where nothing is accepted, to 1.
    let excess = |point: &Roc| point.unknown - (1.0 - point.known);
    for pair in curve.windows(2) {
        let (before, after) = (excess(&pair[0]), excess(&pair[1]));
        if after >= 0.0 {
            let share = before / (before - after);
            return pair[0].unknown + share * (pair[1].unknown - pair[0].unknown);
        }
    }
    f64::NAN
}

/// The result of accepting all photographs with at least some score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roc {
    /// Share of the unknown photographs that is accepted, 0 to 1.
    pub unknown: f64,
    /// Share of the known photographs that is accepted, 0 to 1.
    pub known: f64,
}

/// The receiver operating characteristic, from accepting nothing to accepting everything. Empty if either side is.
pub fn roc(known: &[f32], unknown: &[f32]) -> Vec<Roc> {
    if known.is_empty() || unknown.is_empty() {
        return Vec::new();
    }
    let mut scores: Vec<(f32, bool)> = known.iter().map(|&score| (score, true)).collect();
    scores.extend(unknown.iter().map(|&score| (score, false)));
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));

    let (mut known_in, mut unknown_in) = (0, 0);
    let mut curve = vec![Roc {
        unknown: 0.0,
        known: 0.0,
    }];
    for tied in scores.chunk_by(|a, b| a.0 == b.0) {
        let of_known = tied.iter().filter(|&&(_, is_known)| is_known).count();
        known_in += of_known;
        unknown_in += tied.len() - of_known;
        curve.push(Roc {
            unknown: unknown_in as f64 / unknown.len() as f64,
            known: known_in as f64 / known.len() as f64,
        });
    }
    curve
}
