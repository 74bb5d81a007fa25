//! Outliers: photographs of anything but the bundle's breeds, which are out of distribution (OOD), with one folder for
//! each kind.

use std::collections::BTreeMap;
use std::path::Path;

use super::Note;
use super::predict::LabelledPrediction;
use crate::dataset::{Dataset, DatasetError, folder_names, open_kinds};

/// The kind of outlier that shows dogs of breeds that the bundle lacks.
pub(super) const OTHER_DOGS: &str = "other-dogs";

/// The predictions for outliers, by kind.
pub type PredictionsByKind = BTreeMap<String, Vec<LabelledPrediction>>;

/// Lists the photographs in a folder of outliers. If there are none, gives a note instead.
///
/// # Errors
/// Those of [`open_kinds`], except that a folder may be empty.
pub fn open(root: &Path) -> Result<(Option<Dataset>, Option<Note>), DatasetError> {
    match open_kinds(root) {
        Err(DatasetError::NotADataset { root, .. }) if root.is_dir() => {
            Ok((None, Some(Note::NoOutliers { root })))
        }
        dataset => Ok((Some(dataset?), None)),
    }
}

/// Sorts predictions by kind. Also gives a note for each kind without any.
///
/// # Errors
/// When the folder of the outliers cannot be read.
pub(super) fn sort_by_kind(
    kinds: &Dataset,
    predictions: Vec<LabelledPrediction>,
) -> Result<(PredictionsByKind, Vec<Note>), DatasetError> {
    let mut sorted: PredictionsByKind = (kinds.breeds.iter())
        .map(|kind| (kind.id.to_string(), Vec::new()))
        .collect();
    // A folder without photographs is no breed of the dataset, but it is a kind of outlier.
    for kind in kinds_with_folder(&kinds.root)? {
        sorted.entry(kind).or_default();
    }
    for labelled in predictions {
        let kind = kinds.breeds[labelled.label].id.to_string();
        sorted.entry(kind).or_default().push(labelled);
    }
    let empty = sorted.iter().filter(|(_, of_kind)| of_kind.is_empty());
    let notes = empty.map(|(kind, _)| Note::EmptyKind {
        kind: kind.clone(),
        root: kinds.root.clone(),
    });
    let notes = notes.collect();
    sorted.retain(|_, of_kind| !of_kind.is_empty());
    Ok((sorted, notes))
}

/// Applies a function to the predictions of each kind.
pub(super) fn for_each_kind<T>(
    outliers: &PredictionsByKind,
    of: impl Fn(&[LabelledPrediction]) -> T,
) -> BTreeMap<String, T> {
    let of = |(kind, of_kind): (&String, &Vec<LabelledPrediction>)| (kind.clone(), of(of_kind));
    outliers.iter().map(of).collect()
}

/// The kinds that have a folder of their own; none in Oxford's layout, where kinds have no folders.
fn kinds_with_folder(root: &Path) -> Result<Vec<String>, DatasetError> {
    if root.join("annotations").is_dir() {
        return Ok(Vec::new());
    }
    folder_names(root)
}
