//! What figures do not show: curves, of one bundle or of two.

use recognise::metadata::Method;

use super::super::Evaluation;
use super::super::figures::{RIGHT, scores};
use super::super::predict::LabelledPrediction;
use super::super::metrics::{Answer, coverage, reliability, roc, wilson};
use super::ReportError;
use super::plot::{Axis, Key, Pen, Plot, plot};

/// A bundle's name beside what was found.
pub(super) type Named<'a> = (String, &'a Evaluation);

/// A curve begins where so much is answered: before that it is a matter of single photographs.
const ENOUGH: f64 = 0.05;
/// Bins of a distribution.
const BINS: usize = 25;

/// The pen of a bundle as such: the page's own one first.
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
    evaluation.looks.iter().map(LabelledPrediction::answer).collect()
}

/// How often answers are right that sound so sure.
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
                        answers / evaluation.looks.len() as f64,
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
    let caption = "Reliability: on the grey line what sounds 80 % sure is right 80 times in 100. Below it the \
                   network is too bold, above too humble. Larger points stand for more photographs, lines up \
                   and down are 95 % intervals.";
    Ok(Plot {
        svg,
        keys: keys(bundles),
        caption: caption.to_owned(),
    })
}

/// How right the answers are if only the surest are given.
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
        &Axis::shares("photographs answered, surest first", 0.0),
        &Axis::shares("answers that are right", lowest),
    ];
    let svg = plot(
        "Share of right answers by the share of photographs that is answered",
        sides,
        |canvas| {
            canvas.guide((0.0, RIGHT), (1.0, RIGHT))?;
            canvas.words("98 % right", (0.22, RIGHT))?;
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
    let caption = "Leaving the doubtful to people: the surest photographs answered first, and how many of the \
                   answers are right. The point is the last at which 98 % are.";
    Ok(Plot {
        svg,
        keys: keys(bundles),
        caption: caption.to_owned(),
    })
}

/// How well the score tells known breeds from each kind of stranger.
pub(super) fn telling(bundles: &[Named]) -> Result<Plot, ReportError> {
    let mut curves = Vec::new();
    let mut keys = Vec::new();
    for (bundle, (name, evaluation)) in bundles.iter().enumerate() {
        let known = scores(&evaluation.looks, &evaluation.metadata);
        for (kind, (of, looks)) in evaluation.strangers.iter().enumerate() {
            let pen = kind_pen(kind, bundle > 0);
            let unknown = scores(looks, &evaluation.metadata);
            let curve = roc(&known, &unknown).into_iter();
            let curve = curve
                .map(|point| (point.unknown, point.known))
                .collect::<Vec<_>>();
            let auroc = evaluation
                .figures
                .auroc
                .get(of)
                .copied()
                .unwrap_or(f64::NAN);
            curves.push((curve, pen));
            keys.push(Key {
                pen,
                name: match bundles.len() {
                    1 => format!("{of} {auroc:.3}"),
                    _ => format!("{of} {auroc:.3}, {name}"),
                },
            });
        }
    }
    let sides = [
        &Axis::shares("strangers let in", 0.0),
        &Axis::shares("known breeds let in", 0.0),
    ];
    let svg = plot(
        "ROC curve of each kind of stranger against the known breeds",
        sides,
        |canvas| {
            canvas.guide((0.0, 0.0), (1.0, 1.0))?;
            for (curve, pen) in curves {
                canvas.line(curve, pen)?;
            }
            Ok(())
        },
    )?;
    let caption = "Wherever the line is drawn between known and unknown: how many of either side are let in. \
                   The further up and left, the better; beside the names the area under the curve.";
    Ok(Plot {
        svg,
        keys,
        caption: caption.to_owned(),
    })
}

/// How the score is spread over known breeds and each kind of stranger.
pub(super) fn spread((bundle, evaluation): &Named) -> Result<Plot, ReportError> {
    let metadata = &evaluation.metadata;
    let kinds = evaluation.strangers.iter();
    let kinds = kinds.map(|(kind, looks)| (kind.as_str(), &looks[..]));
    let kinds = [("known breeds", &evaluation.looks[..])]
        .into_iter()
        .chain(kinds);
    let kinds: Vec<_> = kinds
        .map(|(kind, looks)| (kind, scores(looks, metadata)))
        .collect();
    let all = || {
        kinds
            .iter()
            .flat_map(|(_, scores)| scores.iter().copied().map(f64::from))
    };
    let lowest = all().filter(|score| score.is_finite()).fold(0.0, f64::min);
    let highest = all().fold(1.0, f64::max);
    let width = (highest - lowest) / BINS as f64;
    let lines: Vec<Vec<(f64, f64)>> = (kinds.iter())
        .map(|(_, scores)| {
            let mut bins = [0; BINS];
            for &score in scores {
                let bin = (f64::from(score) - lowest) / width;
                bins[(bin as usize).min(BINS - 1)] += 1;
            }
            let middle = |bin: usize| lowest + (bin as f64 + 0.5) * width;
            let share = |count: usize| count as f64 / scores.len() as f64;
            (bins.iter().enumerate())
                .map(|(bin, &count)| (middle(bin), share(count)))
                .collect()
        })
        .collect();
    let (name, threshold) = match metadata.unknown.method {
        Method::PrototypeSimilarity { animal, .. } => ("largest similarity", Some(f64::from(animal))),
        Method::MaxProbability => ("largest probability", None),
    };
    let pen_of = |index: usize| match index.checked_sub(1) {
        None => pen(0),
        Some(kind) => kind_pen(kind, false),
    };
    let tallest = lines.iter().flatten().map(|&(_, share)| share);
    let tallest = tallest.fold(0.0, f64::max);
    let sides = [
        &Axis {
            name,
            range: lowest..highest,
            percent: false,
        },
        &Axis {
            name: "photographs",
            range: 0.0..tallest * 1.08,
            percent: true,
        },
    ];
    let svg = plot(
        "Distribution of the score over known breeds and each kind of stranger",
        sides,
        |canvas| {
            if let Some(threshold) = threshold {
                canvas.guide((threshold, 0.0), (threshold, tallest * 1.08))?;
            }
            for (index, line) in lines.iter().enumerate() {
                if index == 0 {
                    canvas.below(line, pen_of(index))?;
                }
                canvas.line(line.clone(), pen_of(index))?;
            }
            Ok(())
        },
    )?;
    let keys = kinds.iter().enumerate().map(|(index, (kind, _))| Key {
        pen: pen_of(index),
        name: (*kind).to_owned(),
    });
    let line = match threshold {
        Some(_) => " Left of the upright grey line the kiosk says that it is not ours.",
        None => "",
    };
    Ok(Plot {
        svg,
        keys: keys.collect(),
        caption: format!("How the score of {bundle} is spread, each kind by itself.{line}"),
    })
}

/// The pen of a kind of stranger: never the page's own colour.
fn kind_pen(kind: usize, dashed: bool) -> Pen {
    Pen {
        colour: 1 + kind % 5,
        dashed,
    }
}
