//! The headline figures, in the order in which tables and the report show them.

use super::{Figures, arrivals};
use crate::metrics::Interval;

/// A figure with its name and explanation.
#[derive(Clone, Debug)]
pub(super) struct Headline {
    /// Its name.
    pub(super) name: String,
    /// What it means.
    pub(super) about: &'static str,
    /// Its unit.
    pub(super) unit: Unit,
    /// Whether larger or smaller values are better; `None` if neither are.
    pub(super) better: Option<Better>,
    /// The figure; `None` if it is not defined.
    pub(super) value: Option<f64>,
    /// Its confidence interval.
    pub(super) interval: Interval,
}

/// The better direction of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    Larger,
    Smaller,
}

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A share, as a percentage.
    Share,
    /// A plain number.
    Number,
    /// Milliseconds.
    Time,
}

/// The headlines for these figures.
pub(super) fn headlines(figures: &Figures) -> Vec<Headline> {
    let mut headlines = answers(figures);
    headlines.extend(outliers(figures));
    headlines.extend(corrupted(figures));
    headlines.extend(moving(figures));
    headlines.extend(arrivals::headlines(figures));
    headlines.push(time(figures));
    headlines
}

/// How good the answers for photographs of known breeds are.
fn answers(figures: &Figures) -> Vec<Headline> {
    let (summary, intervals) = (&figures.summary, &figures.intervals);
    vec![
        share("top-1", summary.top1, intervals.top1).about(
            "Photographs whose most probable breed is the right one.",
        ),
        share("mean per class", summary.mean_per_class, intervals.mean_per_class).about(
            "Mean of the top-1 of each breed, in which rare breeds count as much as others.",
        ),
        share("top-3", summary.top3, intervals.top3)
            .about("Photographs whose breed is among the three most probable."),
        share("answered, 98 % right", figures.answered_at_98, intervals.answered_at_98).about(
            "Photographs that can be answered, the most confident first, with at most 2 % of the answers wrong.",
        ),
        Headline {
            better: None,
            ..share("breed named", figures.accepted, intervals.accepted)
        }
        .about("Photographs for which the kiosk names a breed."),
        share("named breed right", figures.accepted_accuracy, intervals.accepted_accuracy)
            .about("Share of right ones among the breeds that the kiosk names."),
        share("cat or dog", figures.species.known.accuracy, intervals.species_accuracy)
            .about("Photographs whose species is the more probable one, by the sum over its breeds."),
        number("ECE", summary.ece, intervals.ece).about(
            "Expected calibration error: the mean difference between confidence and accuracy. 0 is perfect.",
        ),
        number("NLL", summary.nll, intervals.nll).about(
            "Negative log-likelihood of the right breed in nats. Confident mistakes cost most. 0 is perfect.",
        ),
    ]
}

fn outliers(figures: &Figures) -> Vec<Headline> {
    let of_kind = |(kind, &auroc): (&String, &f64)| {
        let interval = figures.intervals.auroc.get(kind).copied().flatten();
        let headline = Headline {
            better: Some(Better::Larger),
            ..number(&format!("AUROC {kind}"), auroc, interval)
        };
        headline.about(
            "Probability that a photograph of a known breed scores higher than an outlier of this kind. 0.5 is chance.",
        )
    };
    figures.auroc.iter().map(of_kind).collect()
}

fn corrupted(figures: &Figures) -> Option<Headline> {
    let robustness = figures.robustness.as_ref()?;
    let kept = share("kept when corrupted", robustness.corruption_relative, None);
    Some(kept.about(
        "Mean top-1 over fifteen corruptions at severity 3, as a share of top-1 on clean photographs.",
    ))
}

/// Once measured, these rows are always there, with dashes if need be: tables show two bundles row by row.
fn moving(figures: &Figures) -> Vec<Headline> {
    let Some(sequences) = &figures.sequences else {
        return Vec::new();
    };
    let same = sequences.same_share.first();
    let wrong = |name: &str, value: Option<f64>| Headline {
        better: Some(Better::Smaller),
        ..share(name, value, None)
    };
    vec![
        wrong("wrong in one frame", same.map(|it| it.alone)).about(
            "Wrong ones among the breeds named when each frame of a moving animal is answered alone.",
        ),
        wrong("wrong over time", same.map(|it| it.gathered)).about(
            "The same when predictions are pooled over time as at the kiosk, with equally many breeds named.",
        ),
    ]
}

fn time(figures: &Figures) -> Headline {
    let time = Headline {
        unit: Unit::Time,
        ..number("time per image", figures.ms_per_image, None)
    };
    time.about(
        "Mean time to decode, find animals, recognise and decide, on one core while all cores are busy.",
    )
}

/// A share, of which larger values are better.
pub(super) fn share(name: &str, value: impl Into<Option<f64>>, interval: Interval) -> Headline {
    let value: Option<f64> = value.into();
    Headline {
        name: name.to_owned(),
        about: "",
        unit: Unit::Share,
        better: Some(Better::Larger),
        value: value.filter(|value| value.is_finite()),
        interval,
    }
}

/// A number, of which smaller values are better.
pub(super) fn number(name: &str, value: f64, interval: Interval) -> Headline {
    Headline {
        unit: Unit::Number,
        better: Some(Better::Smaller),
        ..share(name, value, interval)
    }
}

impl Headline {
    pub(super) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// The figure as text; a dash if it is not defined.
    pub(super) fn text(&self) -> String {
        self.value
            .map_or("–".to_owned(), |value| self.unit.text(value))
    }

    /// The interval as text.
    pub(super) fn interval_text(&self) -> Option<String> {
        let [low, high] = self.interval?;
        let text = |value| self.unit.bare(value);
        Some(format!("{} to {}", text(low), text(high)))
    }

    /// This figure minus the other; `None` if one of them is not defined.
    pub(super) fn minus(&self, other: &Self) -> Option<f64> {
        Some(self.value? - other.value?)
    }
}

impl Unit {
    /// A figure with its unit, as HTML shows it: with a non-breaking space.
    pub(super) fn text(self, value: f64) -> String {
        let unit = match self {
            Self::Share => "\u{a0}%",
            Self::Number => "",
            Self::Time => "\u{a0}ms",
        };
        format!("{}{unit}", self.bare(value))
    }

    /// A difference with its sign; that of shares is in percentage points.
    pub(super) fn difference(self, value: f64) -> String {
        let bare = self.bare(value.abs());
        let is_zero = bare.chars().all(|c| matches!(c, '0' | '.'));
        let sign = if is_zero {
            '±'
        } else if value < 0.0 {
            '−'
        } else {
            '+'
        };
        format!("{sign}{bare}")
    }

    /// A figure without its unit.
    pub(super) fn bare(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.1}", value * 100.0),
            Self::Number => format!("{value:.4}"),
            Self::Time => format!("{value:.1}"),
        }
    }
}
