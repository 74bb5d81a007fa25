//! Opens where photographs come from: data folders or tables, and folders to validate and to test on.

use std::path::{Path, PathBuf};

use super::join::join;
use super::{Dataset, DatasetError, Note};

/// The data folders or tables, and folders that are used instead of their splits.
#[derive(Clone, Debug)]
pub struct Source {
    /// Data folders, or tables of photographs: see [`Dataset::open`]. At least one; several are joined.
    pub data: Vec<PathBuf>,
    /// Folder of photographs to validate on, as [`Dataset::extra`] reads it.
    pub validation: Option<PathBuf>,
    /// Folder of photographs to test on, as [`Dataset::extra`] reads it.
    pub test: Option<PathBuf>,
}

impl From<PathBuf> for Source {
    fn from(data: PathBuf) -> Self {
        Self {
            data: vec![data],
            validation: None,
            test: None,
        }
    }
}

impl Source {
    /// Lists the photographs. None is opened.
    ///
    /// Breeds of several data sets are one if the kiosk's vocabulary knows them as one, and are then called as it calls
    /// them. Others are one if their names differ in capital letters, accents, spaces and hyphens only. What a data set
    /// says of its splits holds for its own photographs.
    ///
    /// # Errors
    /// Those of [`Dataset::open`] and [`Dataset::extra`], and when the data say themselves which photographs are to
    /// validate or to test on, and a folder of others is given. For several data sets also when a breed is a cat in one
    /// and a dog in another, or when a photograph is in two of them.
    pub fn open(&self) -> Result<Dataset, DatasetError> {
        let datasets = self.data.iter().map(|data| Dataset::open(data));
        let mut dataset = join(datasets.collect::<Result<_, _>>()?)?;
        if let Some(folder) = &self.test {
            self.test_on(folder, &mut dataset)?;
        }
        if let Some(folder) = &self.validation {
            self.validate_on(folder, &mut dataset)?;
        }
        let note = Note::on_no_test(&dataset);
        dataset.notes.extend(note);
        Ok(dataset)
    }

    /// What messages call the data: the path, or the paths of all data sets.
    pub fn name(&self) -> PathBuf {
        name_of(self.data.iter().map(PathBuf::as_path))
    }

    fn test_on(&self, folder: &Path, dataset: &mut Dataset) -> Result<(), DatasetError> {
        let said = &dataset.sides.test_said;
        if dataset.test.iter().any(|photo| said.contains(&photo.path)) {
            return Err(self.said_twice("test", "--test", folder));
        }
        let chosen = dataset.chooses_test();
        let extra = dataset.extra(folder)?;
        dataset.trainval.append(&mut dataset.test);
        dataset.test = extra.photos;
        dataset.notes.extend(extra.notes);
        dataset.sides.test_said = dataset.paths();
        if chosen {
            let photos = &mut dataset.trainval;
            photos.sort_by(|a, b| (a.breed, &a.path).cmp(&(b.breed, &b.path)));
        }
        Ok(())
    }

    fn validate_on(&self, folder: &Path, dataset: &mut Dataset) -> Result<(), DatasetError> {
        if !dataset.sides.validation.is_empty() {
            return Err(self.said_twice("validate", "--val", folder));
        }
        let extra = dataset.extra(folder)?;
        let paths = extra.photos.iter().map(|photo| photo.path.clone());
        dataset.sides.validation = paths.collect();
        dataset.trainval.extend(extra.photos);
        dataset.notes.extend(extra.notes);
        dataset.sides.validation_said = dataset.paths();
        let validation = dataset.sides.validation.iter().cloned();
        dataset.sides.test_said.extend(validation);
        Ok(())
    }

    fn said_twice(
        &self,
        purpose: &'static str,
        option: &'static str,
        folder: &Path,
    ) -> DatasetError {
        DatasetError::SaidTwice {
            root: self.name(),
            purpose,
            option,
            folder: folder.to_owned(),
        }
    }
}

/// What messages call these folders or tables together.
pub(super) fn name_of<'a>(paths: impl Iterator<Item = &'a Path>) -> PathBuf {
    let names: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    names.join(" + ").into()
}
