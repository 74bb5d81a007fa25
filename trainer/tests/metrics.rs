//! Figures, compared with values calculated by hand.

use std::time::Duration;

use recognise::metadata::Method;
use recognise::verdict::Verdict;
use recognise::{Bundle, Prediction, Region};
use trainer::evaluate::LabelledPrediction;
use trainer::metrics::{
    Answer, Confusion, Coverage, Interval, Pair, Roc, Summary, answered_at, auroc, coverage,
    interval, mean, mean_of_shares, roc, share_interval, wilson,
};

use crate::bundle;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-6,
        "found {found}, expected {expected}"
    );
}

/// Certain answers: each row has probability 1 for its breed.
fn certain(answers: &[usize], breeds: usize) -> Vec<Vec<f32>> {
    let row = |&answer: &usize| {
        (0..breeds)
            .map(|breed| f32::from(u8::from(breed == answer)))
            .collect()
    };
    answers.iter().map(row).collect()
}

#[test]
fn top_1_and_top_3_count_the_rank_of_the_right_breed() {
    let row = || vec![0.4, 0.3, 0.2, 0.1];
    let check = |labels: &[usize], top1: f64, top3: f64| {
        let summary = Summary::of(&vec![row(); labels.len()], labels, 4);
        close(summary.top1, top1);
        close(summary.top3, top3);
    };
    check(&[0], 1.0, 1.0);
    check(&[1], 0.0, 1.0);
    check(&[2], 0.0, 1.0);
    check(&[3], 0.0, 0.0);
    check(&[0, 1, 2, 3], 0.25, 0.75);
}

#[test]
fn equal_probabilities_are_taken_in_the_order_of_the_breeds() {
    let uniform = vec![vec![0.25; 4]];
    let figures = |label| {
        let summary = Summary::of(&uniform, &[label], 4);
        (summary.top1, summary.top3)
    };
    assert_eq!(
        [0, 1, 2, 3].map(figures),
        [(1.0, 1.0), (0.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    );
}

#[test]
fn a_breed_without_a_photograph_does_not_count_in_the_mean_per_class() {
    // Breed 0: two of three; breed 1: none of one; breed 2: no photograph, but one answer.
    let (answers, labels) = ([0, 0, 2, 0], [0, 0, 0, 1]);
    let summary = Summary::of(&certain(&answers, 3), &labels, 3);
    close(summary.top1, 2.0 / 4.0);
    close(summary.mean_per_class, (2.0 / 3.0 + 0.0) / 2.0);
}

#[test]
fn the_calibration_error_is_the_weighted_gap_between_confidence_and_accuracy() {
    let check = |rows: &[(f32, bool)], expected: f64| {
        let probabilities: Vec<Vec<f32>> = rows.iter().map(|&(p, _)| vec![p, 1.0 - p]).collect();
        let labels: Vec<usize> = rows.iter().map(|&(_, right)| usize::from(!right)).collect();
        close(Summary::of(&probabilities, &labels, 2).ece, expected);
    };
    check(&[(1.0, true)], 0.0);
    check(&[(1.0, false)], 1.0);
    // One bin, ]13/15, 14/15]: mean confidence 0.9, half of it right.
    check(&[(0.9, true), (0.9, false)], 0.4);
    // Overconfidence and underconfidence cancel within a bin and add up across bins: (0.1 + 0.7) / 2.
    check(&[(0.9, true), (0.7, false)], 0.4);
    // 3 photographs in ]8/15, 9/15] with 0.55 and two thirds right, 1 in ]11/15, 12/15] with 0.75 and wrong.
    check(
        &[(0.55, true), (0.55, true), (0.55, false), (0.75, false)],
        ((2.0 - 3.0 * 0.55) + 0.75) / 4.0,
    );
}

#[test]
fn the_likelihood_is_that_of_the_right_breed() {
    let probabilities = vec![vec![0.5, 0.25, 0.25], vec![0.5, 0.25, 0.25]];
    close(
        Summary::of(&probabilities, &[0, 1], 3).nll,
        (2f64.ln() + 4f64.ln()) / 2.0,
    );
    // A probability of zero costs much, but not infinitely much.
    let certain_and_wrong = Summary::of(&certain(&[0], 2), &[1], 2).nll;
    assert!(certain_and_wrong > 80.0 && certain_and_wrong.is_finite());
}

#[test]
fn no_photographs_give_no_figures() {
    let summary = Summary::of(&[], &[], 3);
    let figures = [
        summary.top1,
        summary.top3,
        summary.mean_per_class,
        summary.ece,
        summary.nll,
    ];
    assert!(figures.iter().all(|figure| figure.is_nan()), "{summary:?}");
    assert!(mean([]).is_nan());
}

#[test]
fn auroc_is_the_chance_that_a_known_photograph_scores_higher() {
    let check =
        |known: &[f32], unknown: &[f32], expected: f64| close(auroc(known, unknown), expected);
    check(&[0.8, 0.9], &[0.1, 0.2], 1.0);
    check(&[0.1, 0.2], &[0.8, 0.9], 0.0);
    check(&[0.5], &[0.5], 0.5);
    check(&[0.7, 0.7, 0.7], &[0.7, 0.7], 0.5);
    // Four of six pairs are won, one is lost and one is a tie.
    check(&[0.9, 0.6, 0.4], &[0.6, 0.1], 4.5 / 6.0);
    assert!(auroc(&[], &[0.5]).is_nan());
    assert!(auroc(&[0.5], &[]).is_nan());
}

#[test]
fn the_confusion_says_what_a_breed_is_mistaken_for() {
    let labels = [0, 0, 0, 0, 1, 1, 2, 2];
    let answers = [0, 1, 1, 2, 0, 1, 2, 2];
    let confusion = Confusion::of(&certain(&answers, 4), &labels, 4);

    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.images(breed)),
        [4, 2, 2, 0]
    );
    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.right(breed)),
        [1, 1, 2, 0]
    );
    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.recall(breed)),
        [Some(0.25), Some(0.5), Some(1.0), None]
    );
    assert_eq!(
        [0, 1, 2, 3].map(|breed| confusion.most_mistaken_for(breed)),
        [Some((1, 2)), Some((0, 1)), None, None]
    );
    let worst = Pair {
        first: 0,
        second: 1,
        first_as_second: 2,
        second_as_first: 1,
    };
    let next = Pair {
        first: 0,
        second: 2,
        first_as_second: 1,
        second_as_first: 0,
    };
    assert_eq!(confusion.most_confused(10), [worst, next]);
    assert_eq!(confusion.most_confused(1), [worst]);
}

fn answers(given: &[(f32, bool)]) -> Vec<Answer> {
    let answer = |&(confidence, right)| Answer { confidence, right };
    given.iter().map(answer).collect()
}

#[test]
fn the_most_confident_photographs_are_answered_until_too_many_answers_are_wrong() {
    let given = answers(&[(0.6, true), (0.9, true), (0.7, false), (0.8, true)]);
    close(answered_at(0.98, &given), 2.0 / 4.0);
    close(answered_at(0.7, &given), 4.0 / 4.0);
    close(answered_at(0.5, &given), 1.0);
    let rights: Vec<f64> = coverage(&given).iter().map(|point| point.right).collect();
    assert_eq!(rights, [1.0, 1.0, 2.0 / 3.0, 3.0 / 4.0]);

    // One wrong answer of fifty is just allowed, even the most confident one.
    let mut fifty = vec![(0.9, true); 49];
    fifty.push((1.0, false));
    close(answered_at(0.98, &answers(&fifty)), 1.0);
    close(answered_at(0.98, &answers(&fifty[1..])), 0.0);
    close(answered_at(0.98, &[]), 0.0);
}

#[test]
fn equally_confident_photographs_are_answered_together() {
    let given = answers(&[(0.9, true), (0.9, false), (0.9, true), (0.5, true)]);
    let first = Coverage {
        confidence: 0.9,
        answered: 3.0 / 4.0,
        right: 2.0 / 3.0,
    };
    assert_eq!(coverage(&given)[0], first);
    assert_eq!(coverage(&given).len(), 2);
    close(answered_at(0.98, &given), 0.0);
}

#[test]
fn the_roc_curve_goes_from_accepting_nothing_to_accepting_everything() {
    let point = |unknown, known| Roc { unknown, known };
    let expected = [
        point(0.0, 0.0),
        point(0.0, 0.5),
        point(0.5, 1.0),
        point(1.0, 1.0),
    ];
    assert_eq!(roc(&[0.9, 0.6], &[0.6, 0.1]), expected);
    assert!(roc(&[], &[0.5]).is_empty());
}

#[test]
fn the_bootstrap_interval_has_the_theoretical_width() {
    let values: Vec<f64> = (0..400).map(|index| f64::from(index % 2)).collect();
    let share = |drawn: &[usize]| mean(drawn.iter().map(|&index| values[index]));
    let all = [(0..400).collect::<Vec<usize>>()];
    // The standard error of a half among 400 is 0.025.
    let [low, high] = interval(&all, share).expect("an interval");
    for (end, expected) in [(low, 0.5 - 1.96 * 0.025), (high, 0.5 + 1.96 * 0.025)] {
        assert!((end - expected).abs() < 0.008, "{low} to {high}");
    }
    assert_eq!(
        interval(&all, share),
        Some([low, high]),
        "the same every time"
    );

    // If each half is drawn by itself, the share cannot vary.
    let halves: Vec<Vec<usize>> = (0..2)
        .map(|half| (half..400).step_by(2).collect())
        .collect();
    assert_eq!(interval(&halves, share), Some([0.5, 0.5]));

    assert_eq!(interval(&[vec![]], share), None);
    // With one answered and one unanswered photograph, some resamples have no answer at all.
    let answered = [Some(1.0), None];
    let of_answered = |drawn: &[usize]| mean(drawn.iter().filter_map(|&index| answered[index]));
    assert_eq!(interval(&[vec![0, 1]], of_answered), Some([1.0, 1.0]));
}

#[test]
fn the_interval_of_a_share_stays_within_0_and_1() {
    let check = |right, all, [low, high]: [f64; 2]| {
        let found = wilson(right, all);
        let near = |found: f64, expected: f64| (found - expected).abs() < 5e-4;
        assert!(near(found[0], low) && near(found[1], high), "{found:?}");
    };
    // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 1998, table I.
    check(81, 263, [0.2553, 0.3662]);
    check(15, 148, [0.0624, 0.1605]);
    check(0, 20, [0.0, 0.1611]);
    check(1, 29, [0.0061, 0.1718]);
    check(0, 0, [0.0, 1.0]);
}

#[test]
fn the_interval_of_a_mean_of_shares_is_that_of_the_share_if_there_is_one_and_narrows_with_more() {
    let close_to = |found: Interval, [low, high]: [f64; 2]| {
        let found = found.expect("an interval");
        let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
        assert!(near(found[0], low) && near(found[1], high), "{found:?}");
    };
    close_to(mean_of_shares([(81, 263)]), wilson(81, 263));
    // Shares without observations do not count.
    close_to(mean_of_shares([(0, 0), (81, 263)]), wilson(81, 263));
    assert_eq!(mean_of_shares([(0, 0)]), None);
    assert_eq!(share_interval(0, 0), None);
    let low = |breeds: usize| {
        let interval = mean_of_shares(vec![(2, 2); breeds]);
        interval.expect("an interval")[0]
    };
    assert!(low(1) < low(4) && low(4) < low(16) && low(16) < 0.9);
}

#[test]
fn the_score_is_the_one_that_the_bundle_detects_outliers_by() {
    let bundle = Bundle::from_bytes(&bundle::Draft::default().bytes(), "drawn");
    let mut metadata = bundle.expect("a sound bundle").metadata;
    let prediction = Prediction {
        probabilities: vec![0.7, 0.2, 0.1],
        similarity: vec![0.3, 0.4, 0.1],
    };
    let labelled = LabelledPrediction {
        path: "photograph".into(),
        label: 0,
        verdict: Verdict::of(&prediction, &metadata),
        prediction,
        found: 0,
        region: None,
        seen: Region::WHOLE,
        embedding: Vec::new(),
        spent: Duration::ZERO,
    };
    assert_eq!(labelled.score(&metadata), 0.7);
    metadata.unknown.method = Method::PrototypeSimilarity {
        animal: 0.2,
        breed: 0.3,
    };
    assert_eq!(labelled.score(&metadata), 0.4);
}
