//! The figures that say most, in the order in which people are told.

use super::Figures;
use super::metrics::Interval;

/// A figure and all that is said about it.
#[derive(Clone, Debug)]
pub(super) struct Headline {
    /// Its name.
    pub(super) name: String,
    /// What it means.
    pub(super) about: &'static str,
    /// How it is written.
    pub(super) unit: Unit,
    /// What is better; `None` where neither is.
    pub(super) better: Option<Better>,
    /// The figure; `None` where it has no meaning.
    pub(super) value: Option<f64>,
    /// How far chance alone may have moved it.
    pub(super) interval: Interval,
}

/// Of two figures the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    More,
    Less,
}

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A share, as a percentage.
    Share,
    /// A bare number.
    Number,
    /// Milliseconds.
    Time,
}

/// All that there are for these figures.
pub(super) fn headlines(figures: &Figures) -> Vec<Headline> {
    let (summary, intervals) = (&figures.summary, &figures.intervals);
    let mut headlines = vec![
        share("top-1", summary.top1, intervals.top1).about(
            "Photographs whose breed comes first.",
        ),
        share("mean per class", summary.mean_per_class, intervals.mean_per_class).about(
            "The same within each breed, and the mean over the breeds: rare ones count as much as others.",
        ),
        share("top-3", summary.top3, intervals.top3)
            .about("Photographs whose breed is among the first three."),
        share("answered, 98 % right", figures.answered_at_98, intervals.answered_at_98).about(
            "Photographs that can be answered, surest first, before more than 2 % of the answers are wrong.",
        ),
        Headline {
            better: None,
            ..share("given a breed", figures.accepted, intervals.accepted)
        }
        .about("Photographs to which the kiosk would name a breed."),
        share("of these right", figures.accepted_accuracy, intervals.accepted_accuracy)
            .about("Breeds that the kiosk would name and that are right."),
        share("cat or dog", figures.species.known.accuracy, intervals.species_accuracy)
            .about("Photographs whose species is right, by the sum over its breeds."),
        number("ECE", summary.ece, intervals.ece).about(
            "Expected calibration error: by how much the confidence is off, on average. 0 is honest.",
        ),
        number("NLL", summary.nll, intervals.nll).about(
            "Negative log-likelihood of the right breed in nats: wrong and sure costs most. 0 is perfect.",
        ),
    ];
    for (kind, &auroc) in &figures.auroc {
        let interval = intervals.auroc.get(kind).copied().flatten();
        let headline = Headline {
            better: Some(Better::More),
            ..number(&format!("AUROC {kind}"), auroc, interval)
        };
        headlines.push(headline.about(
            "Chance that a photograph of a known breed scores higher than one of this kind. 0.5 is a guess.",
        ));
    }
    if let Some(robustness) = &figures.robustness {
        headlines.push(share("kept when spoilt", robustness.corruption_relative, None).about(
            "Mean top-1 over fifteen corruptions at severity 3, as a share of top-1 on clean photographs.",
        ));
    }
    if let Some(sequences) = &figures.sequences {
        // Dashes where nothing compares: another bundle's rows must stand beside these.
        let same = sequences.same_share.first();
        let wrong = |name: &str, value: Option<f64>| Headline {
            better: Some(Better::Less),
            ..share(name, value, None)
        };
        headlines.push(wrong("wrong, frame by frame", same.map(|it| it.alone)).about(
            "Breeds named that are wrong, where each frame of a moving animal is answered alone.",
        ));
        headlines.push(wrong("wrong, over time", same.map(|it| it.gathered)).about(
            "The same where looks are gathered as the kiosk does, with as many breeds named.",
        ));
    }
    let time = number("an image", figures.ms_per_image, None);
    let time = Headline {
        unit: Unit::Time,
        ..time
    };
    headlines.push(time.about(
        "Mean time on one core while all are at work: decode, preprocess, recognise, decide.",
    ));
    headlines
}

fn share(name: &str, value: impl Into<Option<f64>>, interval: Interval) -> Headline {
    let value: Option<f64> = value.into();
    Headline {
        name: name.to_owned(),
        about: "",
        unit: Unit::Share,
        better: Some(Better::More),
        value: value.filter(|value| value.is_finite()),
        interval,
    }
}

/// A number of which less is better.
fn number(name: &str, value: f64, interval: Interval) -> Headline {
    Headline {
        unit: Unit::Number,
        better: Some(Better::Less),
        ..share(name, value, interval)
    }
}

impl Headline {
    fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// The figure as people read it; a dash where it has no meaning.
    pub(super) fn text(&self) -> String {
        self.value
            .map_or("–".to_owned(), |value| self.unit.text(value))
    }

    /// The interval as people read it.
    pub(super) fn interval_text(&self) -> Option<String> {
        let [low, high] = self.interval?;
        let text = |value| self.unit.bare(value);
        Some(format!("{} to {}", text(low), text(high)))
    }

    /// This figure less the other's, with its sign; `None` where one has no meaning.
    pub(super) fn less(&self, other: &Self) -> Option<f64> {
        Some(self.value? - other.value?)
    }
}

impl Unit {
    /// A figure with its unit.
    pub(super) fn text(self, value: f64) -> String {
        let unit = match self {
            Self::Share => "\u{a0}%",
            Self::Number => "",
            Self::Time => "\u{a0}ms",
        };
        format!("{}{unit}", self.bare(value))
    }

    /// A difference, which always has a sign; of shares in percentage points.
    pub(super) fn difference(self, value: f64) -> String {
        let bare = self.bare(value.abs());
        let is_zero = bare.chars().all(|c| matches!(c, '0' | '.'));
        match (is_zero, value < 0.0) {
            (true, _) => format!("±{bare}"),
            (false, true) => format!("−{bare}"),
            (false, false) => format!("+{bare}"),
        }
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
