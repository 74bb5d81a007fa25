//! Where photographs come from: a data folder or a table, and folders to validate and to test on.

use std::path::{Path, PathBuf};

use super::{Dataset, DatasetError, Note};

/// The data folder or table, and folders that are used instead of its splits.
#[derive(Clone, Debug)]
pub struct Source {
    /// A data folder, or a table of photographs: see [`Dataset::open`].
    pub data: PathBuf,
    /// Folder of photographs to validate on, as [`Dataset::extra`] reads it.
    pub validation: Option<PathBuf>,
    /// Folder of photographs to test on, as [`Dataset::extra`] reads it.
    pub test: Option<PathBuf>,
}

impl From<PathBuf> for Source {
    fn from(data: PathBuf) -> Self {
        Self {
            data,
            validation: None,
            test: None,
        }
    }
}

impl Source {
    /// Lists the photographs. None is opened.
    ///
    /// # Errors
    /// Those of [`Dataset::open`] and [`Dataset::extra`], and when the data say themselves which photographs are to
    /// validate or to test on, and a folder of others is given.
    pub fn open(&self) -> Result<Dataset, DatasetError> {
        let mut dataset = Dataset::open(&self.data)?;
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

    fn test_on(&self, folder: &Path, dataset: &mut Dataset) -> Result<(), DatasetError> {
        let chosen = std::mem::take(&mut dataset.sides.chooses_test);
        if !chosen && !dataset.test.is_empty() {
            return Err(self.said_twice("test", "--test", folder));
        }
        let extra = dataset.extra(folder)?;
        dataset.trainval.append(&mut dataset.test);
        dataset.test = extra.photos;
        dataset.notes.extend(extra.notes);
        if chosen {
            let photos = &mut dataset.trainval;
            photos.sort_by(|a, b| (a.breed, &a.path).cmp(&(b.breed, &b.path)));
        }
        Ok(())
    }

    fn validate_on(&self, folder: &Path, dataset: &mut Dataset) -> Result<(), DatasetError> {
        if dataset.sides.validation.is_some() {
            return Err(self.said_twice("validate", "--val", folder));
        }
        let extra = dataset.extra(folder)?;
        let paths = extra.photos.iter().map(|photo| photo.path.clone());
        dataset.sides.validation = Some(paths.collect());
        dataset.trainval.extend(extra.photos);
        dataset.notes.extend(extra.notes);
        Ok(())
    }

    fn said_twice(
        &self,
        purpose: &'static str,
        option: &'static str,
        folder: &Path,
    ) -> DatasetError {
        DatasetError::SaidTwice {
            root: self.data.clone(),
            purpose,
            option,
            folder: folder.to_owned(),
        }
    }
}
