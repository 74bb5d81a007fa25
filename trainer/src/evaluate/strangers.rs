//! Photographs of what is none of the breeds, one folder a kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Note;
use super::predict::LabelledPrediction;
use crate::dataset::{Dataset, DatasetError};

/// Reads what is in the folder of outliers; a note where that is nothing.
///
/// # Errors
/// As [`Dataset::open`], and where there is no such folder.
pub fn open(root: &Path) -> Result<(Option<Dataset>, Option<Note>), DatasetError> {
    match Dataset::open(root) {
        Err(DatasetError::NotADataset { root, .. }) if root.is_dir() => {
            Ok((None, Some(Note::NoOutliers { root })))
        }
        dataset => Ok((Some(dataset?), None)),
    }
}

/// The looks by kind, and a note for each kind without any.
pub(super) fn by_kind(
    kinds: &Dataset,
    looks: Vec<LabelledPrediction>,
) -> (BTreeMap<String, Vec<LabelledPrediction>>, Vec<Note>) {
    let mut found: BTreeMap<String, Vec<LabelledPrediction>> = (kinds.breeds.iter())
        .map(|kind| (kind.id.clone(), Vec::new()))
        .collect();
    // A folder without a photograph is no breed to a dataset, but a kind to whoever made it.
    for kind in folders(&kinds.root) {
        found.entry(kind).or_default();
    }
    for look in looks {
        let kind = kinds.breeds[look.label].id.clone();
        found.entry(kind).or_default().push(look);
    }
    let empty = found.iter().filter(|(_, looks)| looks.is_empty());
    let notes = empty.map(|(kind, _)| Note::EmptyKind {
        kind: kind.clone(),
        root: kinds.root.clone(),
    });
    let notes = notes.collect();
    found.retain(|_, looks| !looks.is_empty());
    (found, notes)
}

/// The folders in the plain layout; in Oxford's a kind is no folder.
fn folders(root: &Path) -> Vec<String> {
    if root.join("annotations").is_dir() {
        return Vec::new();
    }
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names = folders.map(|folder| folder.file_name().to_string_lossy().to_lowercase());
    names.filter(|name| !name.starts_with('.')).collect()
}
