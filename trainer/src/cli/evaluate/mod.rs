//! `trainer evaluate`: how good a bundle is, measured with the kiosk's own code.

mod arrivals;
mod print;

use std::path::PathBuf;

use anyhow::Result;

use super::data::Data;
use super::{progress, report_unreadable};
use crate::dataset::{Dataset, Source, Split};
use crate::evaluate::report::{self, Against, Report};
use crate::evaluate::sequence::entrance::entrance_films;
use crate::evaluate::sequence::sequences;
use crate::evaluate::{
    Difference, Evaluation, Model, evaluate, in_bundle_order, outliers, predictions, robustness,
};
use arrivals::{Arrivals, Inputs};

/// The seed of the films. It is the same in every evaluation, so that films can be compared.
const SEED: u64 = 1;
/// Largest number of films of the entrance, of each kind: there are no more than photographs.
const FILMS: u64 = 60;

/// Measure a model bundle on photographs whose breed is known.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model bundle [default: the one built into the kiosk]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
    /// The photographs of the data folder to measure on
    #[arg(long, value_enum, default_value_t = Split::Test)]
    split: Split,
    /// Folder with photographs of anything but the breeds, one folder for each kind
    #[arg(long, value_name = "DIR")]
    outliers: Option<PathBuf>,
    #[command(flatten)]
    arrivals: Arrivals,
    /// Measure on films of moving animals, which takes minutes
    #[arg(long)]
    sequences: bool,
    /// Write a report with plots and pictures; this also measures corrupted pictures and moving animals, which takes
    /// minutes
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Another model bundle to compare with on the same photographs
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Write the prediction for each photograph into a table: its breed, the three most probable ones, and the box of
    /// the animal
    #[arg(long, value_name = "FILE.csv")]
    predictions: Option<PathBuf>,
    /// Add the animals' embeddings to that table
    #[arg(long, requires = "predictions")]
    embeddings: bool,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Evaluates the bundle and prints the figures. Photographs that cannot be read are named on stderr and left out.
///
/// # Errors
/// When a bundle or a folder cannot be used, or the report cannot be written.
pub fn run(args: &Args) -> Result<()> {
    if let Some(path) = &args.report {
        report::check(path)?;
    }
    let source = args.data.source();
    let dataset = opened(&source)?;
    let outliers = args.outliers.as_deref().map(outliers::open).transpose()?;
    let (outliers, none) = outliers.unwrap_or_default();
    let model = Model::open(args.model.as_deref())?;
    let breeds = &model.recogniser.metadata().breeds;
    let arrivals = args.arrivals.open(&dataset, args.split, breeds)?;
    let other = args.against.as_deref();
    let other = other.map(|path| Model::open(Some(path))).transpose()?;

    let measure =
        |model: &Model| evaluated(model, &dataset, args.split, outliers.as_ref(), &arrivals);
    let mut evaluation = measure(&model)?;
    if let Some(path) = &args.predictions {
        predictions::write(&evaluation, path, args.embeddings)?;
    }
    let mut against = other.as_ref().map(measure).transpose()?;
    let notes = (none.iter().chain(&model.note)).chain(other.iter().flat_map(|it| &it.note));
    let notes: Vec<_> = notes.chain(arrivals.notes()).cloned().collect();
    evaluation.notes.splice(0..0, notes);
    warn(&evaluation);
    let mut measured = vec![(&model, &mut evaluation)];
    measured.extend(other.as_ref().zip(against.as_mut()));
    if args.report.is_some() {
        measure_corrupted(&dataset, args.split, &mut measured)?;
    }
    if args.report.is_some() || args.sequences {
        measure_films(&dataset, &arrivals, &mut measured)?;
    }
    let against = other.as_ref().zip(against.as_ref());
    let against = against.map(|(model, other)| (model, other, Difference::of(&evaluation, other)));
    let against = against
        .as_ref()
        .map(|(model, evaluation, difference)| Against {
            model,
            evaluation,
            difference,
        });
    if let Some(path) = &args.report {
        let report = Report {
            data: &source.name(),
            model: &model,
            evaluation: &evaluation,
            against,
        };
        report.write(path)?;
    }
    print::print(args, &evaluation, against)
}

/// Opens the data as they were for training: where the photographs to test on are chosen, they are those that training
/// leaves out.
fn opened(source: &Source) -> Result<Dataset> {
    let mut dataset = source.open()?;
    if dataset.chooses_test() {
        progress::shown("photographs", |progress| {
            dataset.keep_together(progress);
            anyhow::Ok(())
        })?;
    }
    Ok(dataset)
}

/// Measures a bundle on the photographs, on outliers if there are any, and on arrivals.
fn evaluated(
    model: &Model,
    dataset: &Dataset,
    split: Split,
    outliers: Option<&Dataset>,
    arrivals: &Inputs,
) -> Result<Evaluation> {
    let recogniser = &model.recogniser;
    let mut evaluation = progress::shown("photographs", |progress| {
        evaluate(recogniser, dataset, split, outliers, progress)
    })?;
    arrivals.measure(recogniser, dataset, &mut evaluation)?;
    Ok(evaluation)
}

/// Says on stderr what was left out.
fn warn(evaluation: &Evaluation) {
    for note in &evaluation.notes {
        eprintln!("warning: {note}");
    }
    report_unreadable(&evaluation.unreadable);
}

/// Adds the figures on corrupted pictures, which take minutes.
fn measure_corrupted(
    dataset: &Dataset,
    split: Split,
    measured: &mut [(&Model, &mut Evaluation)],
) -> Result<()> {
    let recognisers = measured.iter().map(|(model, _)| &model.recogniser);
    let recognisers: Vec<_> = recognisers.collect();
    let robustness = progress::shown("corrupted photographs", |progress| {
        robustness(&recognisers, dataset, split, progress)
    })?;
    for ((_, evaluation), robustness) in measured.iter_mut().zip(robustness) {
        evaluation.figures.robustness = Some(robustness);
    }
    Ok(())
}

/// Adds the figures on moving animals, which take minutes.
fn measure_films(
    dataset: &Dataset,
    arrivals: &Inputs,
    measured: &mut [(&Model, &mut Evaluation)],
) -> Result<()> {
    for (model, evaluation) in measured {
        let recogniser = &model.recogniser;
        let photos = in_bundle_order(dataset, evaluation.split, &recogniser.metadata().breeds)?;
        let mut moving = progress::shown("moving animals", |progress| {
            progress.set_length(photos.len() as u64);
            sequences(recogniser, &photos, SEED, progress)
        })?;
        moving.entrance = progress::shown("films of the entrance", |progress| {
            let count = FILMS.min(photos.len() as u64);
            entrance_films(
                recogniser,
                &photos,
                arrivals.truths(),
                count,
                SEED,
                progress,
            )
        })?;
        evaluation.figures.sequences = Some(moving);
    }
    Ok(())
}
