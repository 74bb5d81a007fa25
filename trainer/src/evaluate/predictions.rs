//! The predictions for all photographs as a table, one line for each, to be looked at with other programs.

use std::path::{Path, PathBuf};

use recognise::verdict::top;

use super::{Evaluation, LabelledPrediction};
use crate::replace::{WriteError, replace};

/// Number of breeds in a line, the most probable first.
const FIRST: usize = 3;

/// The table cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the predictions to {path}: {source}", path = path.display())]
pub struct PredictionsError {
    path: PathBuf,
    source: WriteError,
}

/// Writes the table to `path` as CSV: the photograph, its breed, the verdict, the three most probable breeds with their
/// probabilities, the number of animals that are found, and the corners of the largest one's box as shares of width and
/// height; they are empty where none is found. With `embeddings`, the numbers of the animal's embedding follow.
///
/// # Errors
/// If the file cannot be written. A former one is then left as it was.
pub fn write(
    evaluation: &Evaluation,
    path: &Path,
    embeddings: bool,
) -> Result<(), PredictionsError> {
    let written = replace(path, |part| {
        let mut table = csv::Writer::from_path(part)?;
        let length = if embeddings {
            let lengths = evaluation.predictions.iter().map(|it| it.embedding.len());
            lengths.max().unwrap_or(0)
        } else {
            0
        };
        table.write_record(head(length))?;
        for labelled in &evaluation.predictions {
            table.write_record(line(evaluation, labelled, length))?;
        }
        Ok(table.flush()?)
    });
    written.map_err(|source| PredictionsError {
        path: path.to_owned(),
        source,
    })
}

/// The names of the columns, with an embedding of this length.
fn head(length: usize) -> Vec<String> {
    let first = (1..=FIRST).flat_map(|n| [format!("breed_{n}"), format!("probability_{n}")]);
    let embedding = (1..=length).map(|n| format!("embedding_{n}"));
    let fixed = |names: &[&str]| -> Vec<String> { names.iter().map(|&it| it.to_owned()).collect() };
    fixed(&["file", "truth", "verdict"])
        .into_iter()
        .chain(first)
        .chain(fixed(&["animals", "x1", "y1", "x2", "y2"]))
        .chain(embedding)
        .collect()
}

fn line(evaluation: &Evaluation, labelled: &LabelledPrediction, length: usize) -> Vec<String> {
    let id = |breed: usize| evaluation.metadata.breeds[breed].id.to_string();
    let mut line = vec![
        labelled.path.to_string_lossy().into_owned(),
        id(labelled.label),
        labelled.verdict.kind().as_str().to_owned(),
    ];
    let first = top(&labelled.prediction.probabilities, FIRST);
    for place in 0..FIRST {
        // A bundle may have two breeds.
        let (breed, probability) = match first.get(place) {
            Some(&(breed, probability)) => (id(breed), format!("{probability:.6}")),
            None => Default::default(),
        };
        line.extend([breed, probability]);
    }
    line.push(labelled.found.to_string());
    line.extend(match labelled.region {
        Some(region) => region.corners().map(|corner| format!("{corner:.4}")),
        None => Default::default(),
    });
    // Nothing can be told of a picture without any contrast.
    let embedding = (0..length).map(|index| {
        let number = labelled.embedding.get(index);
        number.map_or_else(String::new, |number| format!("{number:.6}"))
    });
    line.extend(embedding);
    line
}
