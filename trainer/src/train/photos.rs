//! The photographs of a run, by their purpose.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use recognise::BreedId;
use recognise::metadata::Breed;

use super::animals::{Animals, Table};
use super::few;
use super::recipe::Recipe;
use super::{SPLIT_SEED, TrainError, warn};
use crate::dataset::{Dataset, Note, Photo, Source, digest, identical, unseen};

/// The photographs of a run, by their purpose.
pub(crate) struct Photos {
    pub(crate) breeds: Vec<Breed>,
    /// The photographs of the dataset, then the additional ones.
    pub(crate) train: Vec<Photo>,
    /// How many of these are of the dataset.
    pub(crate) own: usize,
    pub(crate) validation: Vec<Photo>,
    pub(crate) digest: String,
    /// Where the animals are, if there is a table of boxes.
    pub(crate) animals: Option<Animals>,
}

impl Photos {
    /// Lists the photographs for these recipes, at least one. The first one decides which share of the trainval split is
    /// split off for validation. Says on stderr what their owner may not expect. `bar` counts the photographs that are
    /// compared, and is reset.
    pub(super) fn open(
        source: &Source,
        extra: Option<&Path>,
        boxes: Option<&Path>,
        recipes: &[Recipe],
        bar: &ProgressBar,
    ) -> Result<Self, TrainError> {
        let listed = Listed::open(source, extra, boxes, recipes, bar)?;
        let photos = listed.carved(recipes[0].validation)?;
        photos.warn();
        Ok(photos)
    }

    /// Says on stderr what their number is worth, and how many have no box.
    pub(super) fn warn(&self) {
        let few = few::warnings(&self.train, &self.validation, &self.breeds);
        few.iter().for_each(warn);
        let unboxed = self.animals.as_ref().and_then(Animals::unboxed);
        unboxed.iter().for_each(warn);
    }

    /// The ids of the breeds.
    pub(super) fn ids(&self) -> Vec<BreedId> {
        self.breeds.iter().map(|breed| breed.id.clone()).collect()
    }

    /// Identifies the table of boxes.
    pub(super) fn boxes(&self) -> Option<String> {
        let animals = self.animals.as_ref();
        animals.map(|animals| animals.digest.clone())
    }
}

/// All photographs of a run or of several ones, before they are divided. The photographs that look nearly the same are
/// tied.
pub(super) struct Listed {
    /// What messages call the data.
    data: PathBuf,
    pub(super) dataset: Dataset,
    /// The additional photographs to train on.
    extra: Vec<Photo>,
    boxes: Option<Table>,
}

impl Listed {
    /// Lists the photographs for these recipes: see [`Photos::open`].
    pub(super) fn open(
        source: &Source,
        extra: Option<&Path>,
        boxes: Option<&Path>,
        recipes: &[Recipe],
        bar: &ProgressBar,
    ) -> Result<Self, TrainError> {
        if boxes.is_none() && recipes.iter().any(Recipe::needs_boxes) {
            return Err(TrainError::NoBoxes);
        }
        let mut dataset = source.open()?;
        if dataset.breeds.len() < 2 {
            return Err(TrainError::OneBreed(source.name()));
        }
        dataset.keep_together(bar);
        let missing = Note::on_missing(&dataset);
        dataset.notes.iter().chain(&missing).for_each(warn);
        let extra = extra.map(|extra| dataset.extra(extra)).transpose()?;
        let extra = extra.map_or_else(Vec::new, |extra| {
            extra.notes.iter().for_each(warn);
            extra.photos
        });
        let pairs = identical(&[&dataset.trainval[..], &extra[..]].concat(), &dataset.test);
        Note::on_identical(pairs).iter().for_each(warn);
        Ok(Self {
            data: source.name(),
            dataset,
            extra,
            boxes: boxes.map(Table::open).transpose()?,
        })
    }

    /// The photographs by their purpose, with this share of those of the dataset to validate on.
    pub(super) fn carved(&self, share: f64) -> Result<Photos, TrainError> {
        let dataset = &self.dataset;
        self.by_purpose(dataset.carve(&dataset.trainval, share, SPLIT_SEED))
    }

    /// The photographs by their purpose, given those of the dataset to train on and to validate on.
    pub(super) fn by_purpose(
        &self,
        (mut train, validation): (Vec<Photo>, Vec<Photo>),
    ) -> Result<Photos, TrainError> {
        let own = train.len();
        train.extend(self.extra.iter().cloned());
        let breeds = self.dataset.breeds.clone();
        if train.is_empty() || validation.is_empty() {
            let (train, validation) = (train.len(), validation.len());
            return Err(TrainError::TooFew {
                data: self.data.clone(),
                train,
                validation,
            });
        }
        // Additional photographs do not count: a breed's prototype is made of the dataset's own.
        let unseen = unseen(&train[..own], &breeds);
        if !unseen.is_empty() {
            return Err(TrainError::Unseen {
                data: self.data.clone(),
                breeds: unseen,
            });
        }
        let digest = digest(train.iter().chain(&validation));
        let boxes = self.boxes.as_ref();
        let animals = boxes.map(|boxes| boxes.animals(&train, &validation));
        Ok(Photos {
            breeds,
            animals: animals.transpose()?,
            train,
            own,
            validation,
            digest,
        })
    }
}
