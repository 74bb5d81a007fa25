//! Finds where the animals are in the photographs of a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use recognise::{Region, printable};

use super::{TrainError, warn};
use crate::dataset::boxes::{Boxes, Labelled};
use crate::dataset::{Photo, real};

/// Each side of a box moves out by this share of the box's width or height for a crop.
const MARGIN: f32 = 0.1;

/// A table of boxes.
pub(super) struct Table {
    file: PathBuf,
    /// The boxes in each photograph, by the path by which a file is known however it is named.
    by_path: HashMap<PathBuf, Vec<Labelled>>,
    digest: String,
}

/// The animals in the photographs to train on and to validate on, in the same order.
pub(crate) struct Animals {
    pub(super) train: Vec<Located>,
    pub(super) validation: Vec<Located>,
    /// Identifies the table of boxes.
    pub(super) digest: String,
    /// The table.
    file: PathBuf,
}

/// The animals in a photograph.
pub(super) struct Located {
    /// The box of the animal that the photograph is of; the whole photograph if no box is known.
    pub(super) main: Region,
    /// The boxes of all animals; empty if none is known.
    pub(super) all: Vec<Region>,
}

impl Table {
    /// Reads the table. Says on stderr what its owner may not expect.
    pub(super) fn open(file: &Path) -> Result<Self, TrainError> {
        let boxes = Boxes::open(file)?;
        boxes.notes.iter().for_each(warn);
        let photos = boxes.photos.into_iter();
        Ok(Self {
            file: file.to_owned(),
            by_path: photos
                .map(|photo| (real(&photo.path), photo.boxes))
                .collect(),
            digest: boxes.digest,
        })
    }

    /// The animals in these photographs.
    ///
    /// # Errors
    /// If there is no box of an animal for any photograph to train on.
    pub(super) fn animals(
        &self,
        train: &[Photo],
        validation: &[Photo],
    ) -> Result<Animals, TrainError> {
        let located = |photos: &[Photo]| -> Vec<Located> {
            let boxes = photos
                .iter()
                .map(|photo| self.by_path.get(&real(&photo.path)));
            boxes
                .map(|boxes| Located::of(boxes.map_or(&[][..], Vec::as_slice)))
                .collect()
        };
        let animals = Animals {
            train: located(train),
            validation: located(validation),
            digest: self.digest.clone(),
            file: self.file.clone(),
        };
        if animals.train.iter().all(|photo| photo.all.is_empty()) {
            return Err(TrainError::NoAnimals(self.file.clone()));
        }
        Ok(animals)
    }
}

impl Animals {
    /// How many photographs to train on have no box, as a sentence; `None` if all have one.
    pub(super) fn unboxed(&self) -> Option<String> {
        let missing = self.train.iter().filter(|photo| photo.all.is_empty());
        let missing = missing.count();
        (missing > 0).then(|| {
            format!(
                "{} has no animal for {missing} of the {} photographs to train on: all of each photograph is taken for \
                 it",
                printable(&self.file),
                self.train.len()
            )
        })
    }
}

impl Located {
    fn of(boxes: &[Labelled]) -> Self {
        let animals = boxes.iter().filter(|label| label.kind.species().is_some());
        let animals: Vec<&Labelled> = animals.collect();
        // The largest one, but one that is not sure counts less.
        let weight = |label: &Labelled| label.score * label.region.area();
        let main = animals
            .iter()
            .max_by(|a, b| weight(a).total_cmp(&weight(b)));
        Self {
            main: main.map_or(Region::WHOLE, |label| label.region),
            all: animals.iter().map(|label| label.region).collect(),
        }
    }

    /// The part of the photograph that is recognised: the box with a margin.
    pub(super) fn crop(&self) -> Region {
        let [left, top, right, bottom] = self.main.corners();
        let (across, down) = (MARGIN * self.main.width(), MARGIN * self.main.height());
        let around = Region::new(left - across, top - down, right + across, bottom + down);
        around.unwrap_or(self.main)
    }
}
