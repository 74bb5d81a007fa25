//! The plots of the report, with the curves of one bundle or of two.

use std::ops::Range;

use recognise::metadata::Method;

use super::super::Evaluation;
use super::super::intervals::RIGHT;
use super::super::predict::{LabelledPrediction, scores};
use super::ReportError;
use super::plot::{Axis, Key, Pen, Plot, plot};
use crate::metrics::{Answer, coverage, reliability, roc, wilson};

/// A bundle's name with its evaluation.
pub(super) type Named<'a> = (String, &'a Evaluation);

/// The share of answers at which a curve begins: below it, single photographs decide.
const ENOUGH: f64 = 0.05;
/// Number of bins of a distribution.
const BINS: usize = 25;

/// The pen of a bundle. The first one has the main colour of the report.
fn pen(bundle: usize) -> Pen {
    Pen {
        colour: bundle,
        dashed: bundle > 0,
    }
}

fn keys(bundles: &[Named]) -> Vec<Key> {
    let named = |(index, (name, _)): (usize, &Named)| Key {
        pen: pen(index),
        name: name.clone(),
    };
    bundles.iter().enumerate().map(named).collect()
}

fn answers(evaluation: &Evaluation) -> Vec<Answer> {
    let predictions = evaluation.predictions.iter();
    predictions.map(LabelledPrediction::answer).collect()
}

/// The reliability diagram: share of right answers by confidence.
pub(super) fn calibration(bundles: &[Named]) -> Result<Plot, ReportError> {
    let sides = [
        &Axis::shares("confidence", 0.0),
        &Axis::shares("right", 0.0),
    ];
    let svg = plot(
        "Reliability diagram: share of right answers by confidence",
        sides,
        |canvas| {
            canvas.guide((0.0, 0.0), (1.0, 1.0))?;
            for (index, (_, evaluation)) in bundles.iter().enumerate() {
                let bins = reliability(answers(evaluation));
                let bins = bins.iter().filter(|bin| bin.answers > 0);
                let points = bins.map(|bin| {
                    let answers = bin.answers as f64;
                    let at = (bin.confidence / answers, bin.right as f64 / answers);
                    (
                        at,
                        answers / evaluation.predictions.len() as f64,
                        wilson(bin.right, bin.answers),
                    )
                });
                let points: Vec<_> = points.collect();
                for (at, _, interval) in &points {
                    canvas.whisker(at.0, *interval, pen(index))?;
                }
                canvas.line(points.iter().map(|(at, ..)| *at).collect(), pen(index))?;
                for (at, share, _) in points {
                    canvas.point(at, 0.7 + 1.6 * share.sqrt(), pen(index))?;
                }
            }
            Ok(())
        },
    )?;
    let caption = "Reliability: on the grey line, answers with a confidence of 80 % are right 80 times in 100. \
                   Below it the network is overconfident, above it underconfident. Larger points represent more \
                   photographs; vertical lines are 95 % intervals.";
    Ok(Plot {
        svg,
        keys: keys(bundles),
        caption: caption.to_owned(),
    })
}

/// The share of right answers by the share of photographs that is answered.
pub(super) fn answering(bundles: &[Named]) -> Result<Plot, ReportError> {
    let curves: Vec<Vec<(f64, f64)>> = (bundles.iter())
        .map(|(_, evaluation)| {
            let points = coverage(&answers(evaluation)).into_iter();
            let points = points.filter(|point| point.answered >= ENOUGH);
            points.map(|point| (point.answered, point.right)).collect()
        })
        .collect();
    let lowest = curves.iter().flatten().map(|&(_, right)| right);
    let lowest = lowest.fold(0.95, f64::min);
    let lowest = ((lowest * 20.0).floor() / 20.0).min(0.9);
    let sides = [
        &Axis::shares("photographs answered, most confident first", 0.0),
        &Axis::shares("answers that are right", lowest),
    ];
    let svg = plot(
        "Share of right answers by the share of photographs that is answered",
        sides,
        |canvas| {
            canvas.guide((0.0, RIGHT), (1.0, RIGHT))?;
            canvas.text("98 % right", (0.22, RIGHT))?;
            for (index, ((_, evaluation), curve)) in bundles.iter().zip(&curves).enumerate() {
                canvas.line(curve.clone(), pen(index))?;
                let figures = &evaluation.figures;
                if figures.answered_at_98 > 0.0 {
                    canvas.point((figures.answered_at_98, RIGHT), 1.3, pen(index))?;
                }
            }
            Ok(())
        },
    )?;
    let caption = "If the most confident answers are given first and the rest is left to people, this share of \
                   the answers is right. The point marks the last place where 98 % are.";
    Ok(Plot {
        svg,
        keys: keys(bundles),
        caption: caption.to_owned(),
    })
}

/// The ROC curve of each kind of outlier.
pub(super) fn roc_curves(bundles: &[Named]) -> Result<Plot, ReportError> {
    let mut curves = Vec::new();
    let mut keys = Vec::new();
    for (bundle, (name, evaluation)) in bundles.iter().enumerate() {
        let known = scores(&evaluation.predictions, &evaluation.metadata);
        for (index, (kind, predictions)) in evaluation.outliers.iter().enumerate() {
            let pen = kind_pen(index, bundle > 0);
            let unknown = scores(predictions, &evaluation.metadata);
            let curve = roc(&known, &unknown).into_iter();
            let curve = curve
                .map(|point| (point.unknown, point.known))
                .collect::<Vec<_>>();
            let auroc = evaluation.figures.auroc.get(kind).copied();
            let auroc = auroc.unwrap_or(f64::NAN);
            curves.push((curve, pen));
            keys.push(Key {
                pen,
                name: match bundles.len() {
                    1 => format!("{kind} {auroc:.3}"),
                    _ => format!("{kind} {auroc:.3}, {name}"),
                },
            });
        }
    }
    let sides = [
        &Axis::shares("outliers accepted", 0.0),
        &Axis::shares("known breeds accepted", 0.0),
    ];
    let svg = plot(
        "ROC curve of each kind of outlier against the known breeds",
        sides,
        |canvas| {
            canvas.guide((0.0, 0.0), (1.0, 1.0))?;
            for (curve, pen) in curves {
                canvas.line(curve, pen)?;
            }
            Ok(())
        },
    )?;
    let caption = "For every threshold of the score: the shares of outliers and of known breeds that are \
                   accepted. The further up and to the left, the better. Beside each name is the area under its \
                   curve.";
    Ok(Plot {
        svg,
        keys,
        caption: caption.to_owned(),
    })
}

/// The distribution of the score over the known breeds and over each kind of outlier.
pub(super) fn distribution((bundle, evaluation): &Named) -> Result<Plot, ReportError> {
    let kinds = scores_by_kind(evaluation);
    let (name, threshold) = match evaluation.metadata.unknown.method {
        Method::PrototypeSimilarity { animal, .. } => {
            ("largest prototype similarity", Some(f64::from(animal)))
        }
        Method::MaxProbability => ("largest probability", None),
    };
    let keys = kinds.iter().enumerate().map(|(index, (kind, _))| Key {
        pen: pen_of(index),
        name: (*kind).to_owned(),
    });
    let line = match threshold {
        Some(_) => " Left of the vertical grey line the verdict is that it is none of the breeds.",
        None => "",
    };
    Ok(Plot {
        svg: histograms(&kinds, name, threshold)?,
        keys: keys.collect(),
        caption: format!("Distribution of the score of {bundle}, for each kind by itself.{line}"),
    })
}

/// The known breeds, then each kind of outlier, with the scores of its photographs.
fn scores_by_kind(evaluation: &Evaluation) -> Vec<(&str, Vec<f32>)> {
    let kinds = evaluation.outliers.iter();
    let kinds = kinds.map(|(kind, predictions)| (kind.as_str(), &predictions[..]));
    [("known breeds", &evaluation.predictions[..])]
        .into_iter()
        .chain(kinds)
        .map(|(kind, predictions)| (kind, scores(predictions, &evaluation.metadata)))
        .collect()
}

/// The pen of the known breeds, which come first, or of a kind of outlier.
fn pen_of(index: usize) -> Pen {
    match index.checked_sub(1) {
        None => pen(0),
        Some(kind) => kind_pen(kind, false),
    }
}

/// Draws how the scores of each kind are distributed. `name` is that of the score.
fn histograms(
    kinds: &[(&str, Vec<f32>)],
    name: &'static str,
    threshold: Option<f64>,
) -> Result<String, ReportError> {
    let range = range_of(kinds);
    let lines: Vec<Vec<(f64, f64)>> = (kinds.iter())
        .map(|(_, scores)| histogram(scores, range.clone()))
        .collect();
    let tallest = lines.iter().flatten().map(|&(_, share)| share);
    let top = tallest.fold(0.0, f64::max) * 1.08;
    let sides = [
        &Axis {
            name,
            range,
            percent: false,
        },
        &Axis {
            name: "photographs",
            range: 0.0..top,
            percent: true,
        },
    ];
    plot(
        "Distribution of the score over known breeds and each kind of outlier",
        sides,
        |canvas| {
            if let Some(threshold) = threshold {
                canvas.guide((threshold, 0.0), (threshold, top))?;
            }
            for (index, line) in lines.iter().enumerate() {
                if index == 0 {
                    canvas.below(line, pen_of(index))?;
                }
                canvas.line(line.clone(), pen_of(index))?;
            }
            Ok(())
        },
    )
}

/// The range of the scores: from 0 to 1, or wider if they are.
fn range_of(kinds: &[(&str, Vec<f32>)]) -> Range<f64> {
    let all = || {
        kinds
            .iter()
            .flat_map(|(_, scores)| scores.iter().copied().map(f64::from))
    };
    let lowest = all().filter(|score| score.is_finite()).fold(0.0, f64::min);
    lowest..all().fold(1.0, f64::max)
}

/// The share of the scores in each bin of a range, at the bin's centre.
fn histogram(scores: &[f32], range: Range<f64>) -> Vec<(f64, f64)> {
    let width = (range.end - range.start) / BINS as f64;
    let mut bins = [0; BINS];
    for &score in scores {
        let bin = (f64::from(score) - range.start) / width;
        bins[(bin as usize).min(BINS - 1)] += 1;
    }
    let centre = |bin: usize| range.start + (bin as f64 + 0.5) * width;
    let share = |count: usize| count as f64 / scores.len() as f64;
    (bins.iter().enumerate())
        .map(|(bin, &count)| (centre(bin), share(count)))
        .collect()
}

/// The pen of a kind of outlier, which never has the main colour of the report.
fn kind_pen(kind: usize, dashed: bool) -> Pen {
    Pen {
        colour: 1 + kind % 5,
        dashed,
    }
}
