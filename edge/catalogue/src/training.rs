//! Keeps the training folder: `training/BREED/` links to photographs of that breed from which a
//! network can be trained, and `training/no_animal/` to those without an animal. It can always be
//! rebuilt from the records.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Catalogue;
use crate::error::CatalogueError;
use crate::photographs::{self, Photographs};
use crate::private;

/// The folder of photographs without an animal.
const NO_ANIMAL: &str = "no_animal";

/// A photograph from which a network can be trained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TrainingExample {
    /// The breed that staff confirmed, which names the folder.
    pub(crate) breed: String,
    /// The photograph's name.
    pub(crate) photograph: String,
}

impl TrainingExample {
    /// A photograph without an animal.
    pub(crate) fn negative(photograph: String) -> Self {
        let breed = NO_ANIMAL.to_owned();
        Self { breed, photograph }
    }
}

/// The folder `training/`.
#[derive(Debug)]
pub(crate) struct TrainingFolder(PathBuf);

impl TrainingFolder {
    /// Opens `training/` in the catalogue's folder and creates it where it does not exist.
    pub(crate) fn open(folder: &Path) -> Result<Self, CatalogueError> {
        let training = Self::at(folder);
        private::create_folder(&training.0)?;
        Ok(training)
    }

    /// The same, whether it exists or not.
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.join("training"))
    }

    /// Adds a training example.
    pub(crate) fn add(
        &self,
        example: &TrainingExample,
        photographs: &Photographs,
    ) -> Result<(), CatalogueError> {
        let folder = self.0.join(&example.breed);
        private::create_folder(&folder)?;
        photographs.link(&example.photograph, &folder.join(&example.photograph))
    }

    /// Removes a training example, and the folder of its breed with the last one.
    pub(crate) fn remove(&self, example: &TrainingExample) -> Result<(), CatalogueError> {
        let folder = self.0.join(&example.breed);
        photographs::remove(&folder.join(&example.photograph))?;
        match fs::remove_dir(&folder) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound
                ) =>
            {
                Err(CatalogueError::io(&folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// All training examples. Files whose names are not those of photographs are ignored.
    pub(crate) fn examples(&self) -> Result<BTreeSet<TrainingExample>, CatalogueError> {
        let mut examples = BTreeSet::new();
        for (breed, folder) in photographs::entries(&self.0)? {
            if folder.is_dir() {
                let names = photographs::names(&folder)?.into_iter();
                examples.extend(names.map(|photograph| TrainingExample {
                    breed: breed.clone(),
                    photograph,
                }));
            }
        }
        Ok(examples)
    }
}

impl Catalogue {
    /// Replaces one training example by another, after a decision. The training folder follows from
    /// the records: what fails here is corrected when the catalogue is tidied.
    pub(crate) fn update_training(
        &self,
        before: Option<&TrainingExample>,
        after: Option<&TrainingExample>,
    ) {
        if before == after {
            return;
        }
        let removed = before.map_or(Ok(()), |example| self.training.remove(example));
        let added = after.map_or(Ok(()), |example| {
            self.training.add(example, &self.photographs)
        });
        for error in [removed, added].into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "the training folder could not be updated");
        }
    }
}
