//! The page of the report: the values that the template shows.

use askama::Template;
use jiff::Timestamp;
use recognise::Activation;

use super::super::Evaluation;
use super::super::arrivals::measured_on;
use super::super::headline::Unit;
use super::super::note::missing;
use super::arrivals::{Arrivals, Group, SceneRow};
use super::curves;
use super::facts::About;
use super::figures::{self, Speed};
use super::pictures::{Mistake, Pair, Pictures};
use super::plot::Plot;
use super::{Report, ReportError, arrivals, breeds, corruptions, outliers};

/// Number of unreadable photographs that are named.
const UNREADABLE: usize = 20;

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    /// The names of the bundles: one, or two that are compared.
    names: Vec<String>,
    data: String,
    split: String,
    images: usize,
    made: String,
    notes: Vec<String>,
    cards: Vec<figures::Row>,
    figures: Vec<figures::Row>,
    /// The result of the comparison in words.
    comparison: Option<String>,
    matrix: breeds::Matrix,
    breeds: Vec<breeds::Row>,
    pairs: Vec<Pair>,
    mistakes: Vec<Mistake>,
    wrong: usize,
    confidence: [Plot; 2],
    /// The results of the kiosk's rule for naming a breed, for each bundle.
    rules: Vec<String>,
    outliers: Vec<outliers::Row>,
    species: Vec<String>,
    /// Empty if there are no outliers.
    outlier_plots: Vec<Plot>,
    /// What the figures on arrivals were measured on. Empty if none were.
    measured_on: Vec<String>,
    found: Vec<Group>,
    guests: Vec<Pair>,
    scenes: Vec<SceneRow>,
    corruptions: Vec<corruptions::Group>,
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
        let outlier_plots = outlier_plots(evaluation, &bundles)?;
        let mut pictures = Pictures::new(evaluation);
        let activation = activation(report);
        let pairs = pictures.pairs();
        let mistakes = pictures.mistakes(activation.as_ref())?;
        let mut arriving = Arrivals::default();
        let (found, guests) = (arriving.found(evaluation), arriving.guests(evaluation));
        let (corruptions, no_example) = corruptions::groups(&evaluations);
        let mut notes = notes(report);
        let no_picture = pictures.unreadable.iter().chain(&arriving.unreadable);
        let no_picture = no_picture.chain(&no_example);
        notes.extend(no_picture.map(|error| format!("cannot be shown: {error}")));
        Ok(Self {
            data: report.data.display().to_string(),
            split: evaluation.split.to_string(),
            images: evaluation.figures.images,
            made: Timestamp::now().strftime("%Y-%m-%d").to_string(),
            notes,
            cards: figures::cards(&figures),
            figures,
            comparison: comparison(report),
            matrix: breeds::Matrix::of(evaluation),
            breeds: breeds::rows(&evaluations),
            pairs,
            mistakes,
            wrong: wrong(evaluation),
            confidence: [curves::calibration(&bundles)?, curves::answering(&bundles)?],
            rules: bundles.iter().map(rule).collect(),
            outliers: outliers::rows(&bundles),
            species: outliers::species(evaluation),
            outlier_plots,
            measured_on: measured_on(&evaluation.figures),
            found,
            guests,
            scenes: arrivals::scenes(&evaluations),
            corruptions,
            speeds: bundles.iter().map(speed).collect(),
            cores: rayon::current_num_threads(),
            models: [report.model]
                .into_iter()
                .chain(report.against.iter().map(|against| against.model))
                .map(About::of)
                .collect(),
            names: bundles.into_iter().map(|(name, _)| name).collect(),
        })
    }

    /// Whether the bundle's network shows where it sees a breed.
    fn shows_heat(&self) -> bool {
        self.mistakes.iter().any(|mistake| mistake.heat.is_some())
    }

    /// Whether two bundles are compared.
    fn compares(&self) -> bool {
        self.names.len() > 1
    }
}

/// The bundles with their file names, or with their paths if the file names are the same.
fn bundles<'a>(report: &Report<'a>) -> Vec<curves::Named<'a>> {
    let short = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let one = short(&report.model.name);
    let Some(against) = report.against else {
        return vec![(one, report.evaluation)];
    };
    let other = short(&against.model.name);
    let (one, other) = if one == other {
        (report.model.name.clone(), against.model.name.clone())
    } else {
        (one, other)
    };
    vec![(one, report.evaluation), (other, against.evaluation)]
}

/// The plots of how outliers are detected; none if there are no outliers.
fn outlier_plots(
    evaluation: &Evaluation,
    bundles: &[curves::Named],
) -> Result<Vec<Plot>, ReportError> {
    if evaluation.outliers.is_empty() {
        return Ok(Vec::new());
    }
    let distributions = bundles.iter().map(curves::distribution);
    let plots = [curves::roc_curves(bundles)]
        .into_iter()
        .chain(distributions);
    plots.collect()
}

/// The number of photographs whose most probable breed is not the right one.
fn wrong(evaluation: &Evaluation) -> usize {
    let predictions = evaluation.predictions.iter();
    predictions
        .filter(|labelled| !labelled.answer().right)
        .count()
}

/// The bundle's name with its speed.
fn speed((name, evaluation): &curves::Named) -> (String, Speed) {
    (name.clone(), figures::speed(evaluation))
}

/// What shows where the bundle's network sees a breed. If it cannot be run as far as that, it says so on stderr: a
/// report without it is still worth having.
fn activation(report: &Report) -> Option<Activation> {
    Activation::new(&report.model.bundle).unwrap_or_else(|error| {
        eprintln!("warning: the report does not show what spoke for a breed: {error}");
        None
    })
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

/// The result of the comparison in words.
fn comparison(report: &Report) -> Option<String> {
    let difference = report.against?.difference;
    let [low, high] = difference.top1_interval?;
    let result = if low > 0.0 {
        "significantly better"
    } else if high < 0.0 {
        "significantly worse"
    } else {
        "no significant difference"
    };
    Some(format!(
        "Top-1 on the same photographs differs by {:+.1} points (95 % interval {:+.1} to {:+.1}, paired bootstrap): {result}.",
        difference.top1 * 100.0,
        low * 100.0,
        high * 100.0
    ))
}

/// The result of the rule by which the kiosk names a breed.
fn rule((name, evaluation): &curves::Named) -> String {
    let figures = &evaluation.figures;
    let percent = |share| Unit::Share.text(share);
    let named = percent(figures.accepted);
    let right = match figures.accepted_accuracy {
        Some(right) => format!(", and {} of these breeds are right", percent(right)),
        None => String::new(),
    };
    let most_confident = percent(figures.answered_at_98);
    format!(
        "{name}: the kiosk names a breed for {named} of the photographs{right}. With 98 % right it could name one for {most_confident}."
    )
}
