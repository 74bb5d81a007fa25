//! The photographs of a run, by their purpose.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use recognise::BreedId;
use recognise::metadata::Breed;

use super::animals::{Animals, Table};
use super::few;
use super::recipe::Recipe;
use super::{SPLIT_SEED, TrainError, warn};
use crate::dataset::{Dataset, Note, Photo, Source, digest, unseen};

/// The photographs of a run, by their purpose.
pub(crate) struct Photos {
    pub(crate) breeds: Vec<Breed>,
    /// The photographs of the dataset, then the additional ones that look like none to validate or to test on.
    pub(crate) train: Vec<Photo>,
    /// How many of these are of the dataset.
    pub(crate) own: usize,
    pub(crate) validation: Vec<Photo>,
    pub(crate) digest: String,
    /// Where the animals are, if there is a table of boxes.
    pub(crate) animals: Option<Animals>,
    /// On the additional photographs that are left out.
    left_out: Option<Note>,
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

    /// Says on stderr which are left out, what their number is worth, and how many have no box.
    pub(super) fn warn(&self) {
        self.left_out.iter().for_each(warn);
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
    /// The photographs of the dataset that an additional one looks nearly like, by its path.
    resembling: HashMap<PathBuf, Vec<PathBuf>>,
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
        let extra = extra.map(|extra| dataset.extra(extra)).transpose()?;
        let extra = extra.map(|extra| (extra.photos, extra.notes));
        let (extra, of_extra) = extra.unwrap_or_default();
        let resembling = dataset.compare(&extra, bar);
        let missing = Note::on_missing(&dataset);
        let notes = dataset.notes.iter().chain(&missing);
        notes.chain(&of_extra).for_each(warn);
        Ok(Self {
            data: source.name(),
            dataset,
            extra,
            resembling,
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
        let (extra, alike) = self.extra_beside(&validation);
        train.extend(extra);
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
            left_out: Note::on_resembling(alike),
        })
    }

    /// The additional photographs that can be trained on beside these to validate on, and each other one with a
    /// photograph to validate or to test on that it looks nearly like.
    fn extra_beside(&self, validation: &[Photo]) -> (Vec<Photo>, Vec<[PathBuf; 2]>) {
        let held = validation.iter().chain(&self.dataset.test);
        let held: HashSet<&Path> = held.map(|photo| photo.path.as_path()).collect();
        let (mut extra, mut alike) = (Vec::new(), Vec::new());
        for photo in &self.extra {
            let mut own = self.resembling.get(&photo.path).into_iter().flatten();
            match own.find(|own| held.contains(own.as_path())) {
                Some(own) => alike.push([photo.path.clone(), own.clone()]),
                None => extra.push(photo.clone()),
            }
        }
        (extra, alike)
    }
}
