//! The headline figures, of one bundle or of two side by side.

use super::super::Evaluation;
use super::super::headline::{Better, Headline, headlines};

/// What is shown large.
const CARDS: [&str; 4] = [
    "top-1",
    "mean per class",
    "answered, 98 % right",
    "cat or dog",
];

/// A share with a bar as long as it.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    /// The share as people read it.
    pub(super) text: String,
    /// In percent, 0 to 100.
    pub(super) length: String,
}

impl Bar {
    /// Of a share; a dash and no bar where it is not a number.
    pub(super) fn of(share: f64) -> Self {
        if share.is_nan() {
            return Self {
                text: "–".to_owned(),
                length: "0".to_owned(),
            };
        }
        Self {
            text: percent(share),
            length: format!("{:.1}", share.clamp(0.0, 1.0) * 100.0),
        }
    }
}

/// A share as people read it.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", share * 100.0)
}

/// A figure.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) about: &'static str,
    /// Of each bundle.
    pub(super) values: Vec<Value>,
    /// The one less the other, where there are two.
    pub(super) difference: Option<Change>,
}

/// What a figure is.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) interval: Option<String>,
}

/// How a figure differs from another bundle's.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) text: String,
    /// `better`, `worse` or `same`.
    pub(super) class: &'static str,
}

/// All headline figures.
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

/// The few figures that are shown large.
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
    let less = one.less(other)?;
    let text = one.unit.difference(less);
    let is_better = match one.better {
        _ if text.starts_with('±') => None,
        None => None,
        Some(Better::More) => Some(less > 0.0),
        Some(Better::Less) => Some(less < 0.0),
    };
    let class = match is_better {
        None => "same",
        Some(true) => "better",
        Some(false) => "worse",
    };
    Some(Change { text, class })
}

/// How long photographs take.
#[derive(Clone, Debug)]
pub(super) struct Speed {
    pub(super) mean: String,
    pub(super) median: String,
    /// 95 in 100 take no longer.
    pub(super) most: String,
}

/// In milliseconds on one core.
pub(super) fn speed(evaluation: &Evaluation) -> Speed {
    let mut times: Vec<f64> = (evaluation.looks.iter())
        .map(|look| look.spent.as_secs_f64() * 1000.0)
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
