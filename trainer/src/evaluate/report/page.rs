//! The page: what the template shows.

use askama::Template;
use jiff::Timestamp;

use super::super::note::missing;
use super::curves;
use super::facts::About;
use super::figures::{self, Speed};
use super::pictures::{self, Pair, Picture};
use super::plot::Plot;
use super::{Report, ReportError, breeds, spoilt, strangers};

/// Photographs that could not be read and are named.
const UNREADABLE: usize = 20;

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    /// The bundles: the one, and another where it is compared.
    names: Vec<String>,
    data: String,
    split: String,
    images: usize,
    made: String,
    notes: Vec<String>,
    cards: Vec<figures::Row>,
    figures: Vec<figures::Row>,
    /// How much better the one is, in words.
    verdict: Option<String>,
    matrix: breeds::Matrix,
    breeds: Vec<breeds::Row>,
    pairs: Vec<Pair>,
    mistakes: Vec<Picture>,
    wrong: usize,
    confidence: [Plot; 2],
    /// How the kiosk's own rule does, of each bundle.
    rules: Vec<String>,
    strangers: Vec<strangers::Row>,
    species: Vec<String>,
    /// None where there are no strangers.
    strange: Vec<Plot>,
    spoilt: Vec<spoilt::Group>,
    speeds: Vec<(String, Speed)>,
    cores: usize,
    models: Vec<About>,
}

impl Page {
    pub(super) fn of(report: &Report) -> Result<Self, ReportError> {
        let evaluation = report.evaluation;
        let bundles = bundles(report);
        let evaluations: Vec<_> = bundles.iter().map(|(_, evaluation)| *evaluation).collect();
        let figures = figures::rows(&evaluations);
        let looks = evaluation.looks.iter();
        let strange = match evaluation.strangers.is_empty() {
            true => Vec::new(),
            false => {
                let spreads = bundles.iter().map(curves::spread);
                let plots = [curves::telling(&bundles)].into_iter().chain(spreads);
                plots.collect::<Result<_, _>>()?
            }
        };
        Ok(Self {
            data: report.data.display().to_string(),
            split: evaluation.split.to_string(),
            images: evaluation.figures.images,
            made: Timestamp::now().strftime("%Y-%m-%d").to_string(),
            notes: notes(report),
            cards: figures::cards(&figures),
            figures,
            verdict: verdict(report),
            matrix: breeds::Matrix::of(evaluation),
            breeds: breeds::rows(&evaluations),
            pairs: pictures::pairs(evaluation),
            mistakes: pictures::mistakes(evaluation),
            wrong: looks.filter(|look| !look.answer().right).count(),
            confidence: [curves::calibration(&bundles)?, curves::answering(&bundles)?],
            rules: bundles.iter().map(rule).collect(),
            strangers: strangers::rows(&bundles),
            species: strangers::species(evaluation),
            strange,
            spoilt: spoilt::groups(&evaluations),
            speeds: (bundles.iter())
                .map(|(name, evaluation)| (name.clone(), figures::speed(evaluation)))
                .collect(),
            cores: rayon::current_num_threads(),
            models: [report.model]
                .into_iter()
                .chain(report.against.iter().map(|against| against.model))
                .map(About::of)
                .collect(),
            names: bundles.into_iter().map(|(name, _)| name).collect(),
        })
    }

    /// Whether two bundles are compared.
    fn compares(&self) -> bool {
        self.names.len() > 1
    }
}

/// The bundles by the shortest names that tell them apart.
fn bundles<'a>(report: &Report<'a>) -> Vec<curves::Named<'a>> {
    let short = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let one = short(&report.model.name);
    let Some(against) = report.against else {
        return vec![(one, report.evaluation)];
    };
    let other = short(&against.model.name);
    let (one, other) = match one == other {
        false => (one, other),
        true => (report.model.name.clone(), against.model.name.clone()),
    };
    vec![(one, report.evaluation), (other, against.evaluation)]
}

fn notes(report: &Report) -> Vec<String> {
    let evaluation = report.evaluation;
    let mut notes: Vec<String> = evaluation.notes.iter().map(ToString::to_string).collect();
    notes.extend(missing(evaluation.missing));
    let unreadable = evaluation.unreadable.iter();
    notes.extend(
        unreadable
            .take(UNREADABLE)
            .map(|error| format!("left out: {error}")),
    );
    let more = evaluation.unreadable.len().saturating_sub(UNREADABLE);
    notes.extend((more > 0).then(|| format!("left out: {more} more that could not be read")));
    notes
}

/// What the comparison comes to.
fn verdict(report: &Report) -> Option<String> {
    let difference = report.against?.difference;
    let [low, high] = difference.top1_interval?;
    let says = if low > 0.0 {
        "better by more than chance"
    } else if high < 0.0 {
        "worse by more than chance"
    } else {
        "within chance of each other"
    };
    Some(format!(
        "Top-1 on the same photographs differs by {:+.1} points (95 % interval {:+.1} to {:+.1}, paired bootstrap): {says}.",
        difference.top1 * 100.0,
        low * 100.0,
        high * 100.0
    ))
}

/// What comes of the rule by which the kiosk names a breed.
fn rule((name, evaluation): &curves::Named) -> String {
    let figures = &evaluation.figures;
    let named = figures::percent(figures.accepted);
    let right = match figures.accepted_accuracy {
        Some(right) => format!(", and {} of these are right", figures::percent(right)),
        None => String::new(),
    };
    let surest = figures::percent(figures.answered_at_98);
    format!(
        "{name}: the kiosk's own rule names the breed of {named} of the photographs{right}. With 98 % right it could name {surest}."
    )
}
