//! The headline figures in the report, of one bundle or of two side by side.

use super::super::Evaluation;
use super::super::headline::{Better, Headline, Unit, headlines};

/// The figures that are shown large.
const CARDS: [&str; 4] = [
    "top-1",
    "mean per class",
    "answered, 98 % right",
    "cat or dog",
];

/// A share with a bar of that length.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    /// The share as text.
    pub(super) text: String,
    /// The length of the bar in per cent, 0 to 100.
    pub(super) length: String,
}

impl Bar {
    /// The bar for a share; a dash without a bar for NaN.
    pub(super) fn of(share: f64) -> Self {
        if share.is_nan() {
            return Self {
                text: "–".to_owned(),
                length: "0".to_owned(),
            };
        }
        Self {
            text: Unit::Share.text(share),
            length: format!("{:.1}", share.clamp(0.0, 1.0) * 100.0),
        }
    }
}

/// A row of the table of figures.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) about: &'static str,
    /// The figure of each bundle.
    pub(super) values: Vec<Value>,
    /// The figure of the first bundle minus that of the second, if there are two.
    pub(super) difference: Option<Change>,
}

/// A figure of a bundle.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) interval: Option<String>,
}

/// The difference of a figure between two bundles.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) text: String,
    /// Its CSS class: `better`, `worse` or `same`.
    pub(super) class: &'static str,
}

/// The rows of all headline figures.
pub(super) fn rows(evaluations: &[&Evaluation]) -> Vec<Row> {
    let of = |evaluation: &&Evaluation| headlines(&evaluation.figures);
    let all: Vec<Vec<Headline>> = evaluations.iter().map(of).collect();
    let Some((one, others)) = all.split_first() else {
        return Vec::new();
    };
    let row = |(index, headline): (usize, &Headline)| {
        let others = || others.iter().filter_map(|other| other.get(index));
        let values = [headline].into_iter().chain(others());
        Row {
            name: headline.name.clone(),
            about: headline.about,
            values: values.map(value).collect(),
            difference: others().next().and_then(|other| change(headline, other)),
        }
    };
    one.iter().enumerate().map(row).collect()
}

/// The rows of the figures that are shown large.
pub(super) fn cards(rows: &[Row]) -> Vec<Row> {
    let is_card = |row: &&Row| CARDS.contains(&&*row.name);
    rows.iter().filter(is_card).cloned().collect()
}

fn value(headline: &Headline) -> Value {
    Value {
        text: headline.text(),
        interval: headline.interval_text(),
    }
}

fn change(one: &Headline, other: &Headline) -> Option<Change> {
    let difference = one.minus(other)?;
    let text = one.unit.difference(difference);
    let improvement = match one.better {
        _ if text.starts_with('±') => 0.0,
        None => 0.0,
        Some(Better::Larger) => difference,
        Some(Better::Smaller) => -difference,
    };
    let class = if improvement > 0.0 {
        "better"
    } else if improvement < 0.0 {
        "worse"
    } else {
        "same"
    };
    Some(Change { text, class })
}

/// The time that photographs take on one core.
#[derive(Clone, Debug)]
pub(super) struct Speed {
    pub(super) mean: String,
    pub(super) median: String,
    /// The 95th percentile.
    pub(super) most: String,
}

/// The speed of a bundle, in milliseconds.
pub(super) fn speed(evaluation: &Evaluation) -> Speed {
    let mut times: Vec<f64> = (evaluation.predictions.iter())
        .map(|labelled| labelled.spent.as_secs_f64() * 1000.0)
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = times.len().saturating_sub(1) as f64;
        times.get((share * last).round() as usize).copied()
    };
    let text = |time: Option<f64>| format!("{:.1}\u{a0}ms", time.unwrap_or(f64::NAN));
    Speed {
        mean: text(Some(evaluation.figures.ms_per_image)),
        median: text(at(0.5)),
        most: text(at(0.95)),
    }
}
