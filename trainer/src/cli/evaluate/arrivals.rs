//! The optional figures on what happens at an entrance: animals found, known again and learnt, and wide pictures.

use std::mem;
use std::path::PathBuf;

use anyhow::Result;
use recognise::Recogniser;
use recognise::metadata::Breed;

use super::progress;
use crate::dataset::{Dataset, Split, once_each};
use crate::evaluate::animals::{Truths, animals};
use crate::evaluate::enrol::{NewBreeds, enrol};
use crate::evaluate::individuals::{Individuals, individuals};
use crate::evaluate::scenes::scenes;
use crate::evaluate::{EvaluateError, Evaluation, Note, in_bundle_order};

/// What to measure besides the breeds.
#[derive(Debug, clap::Args)]
pub(super) struct Arrivals {
    /// Folder with photographs of animals that came several times, <animal>/<visit>_<n>.jpg: measures how well they
    /// are known again
    #[arg(long, value_name = "DIR")]
    individuals: Option<PathBuf>,
    /// Folder with photographs of breeds that the bundle does not know, <breed>/*.jpg or <breed>_<32 hex digits>.jpg:
    /// measures how well they are learnt
    #[arg(long, value_name = "DIR")]
    enrol: Option<PathBuf>,
    /// Folder with other photographs of these breeds, to test on [default: the rest of those to learn from]
    #[arg(long, value_name = "DIR", requires = "enrol")]
    probe: Option<PathBuf>,
    /// CSV file with boxes of the animals in the photographs: measures how well they are found
    #[arg(long, value_name = "FILE")]
    boxes: Option<PathBuf>,
    /// Measure on the photographs placed in a room, ever smaller, which takes minutes
    #[arg(long)]
    scenes: bool,
}

/// What [`Arrivals`] names, opened.
pub(super) struct Inputs {
    individuals: Option<Individuals>,
    new_breeds: Option<NewBreeds>,
    truths: Option<Truths>,
    scenes: bool,
}

impl Arrivals {
    /// Opens all that is named, before minutes are spent on measuring. `breeds` are those of the bundle.
    ///
    /// # Errors
    /// When a file or a folder cannot be used.
    pub(super) fn open(
        &self,
        dataset: &Dataset,
        split: Split,
        breeds: &[Breed],
    ) -> Result<Inputs, EvaluateError> {
        let individuals = self.individuals.as_deref().map(Individuals::open);
        let probe = self.probe.as_deref();
        let new_breeds = self.enrol.as_deref();
        let new_breeds = new_breeds.map(|enrol| NewBreeds::open(enrol, probe, breeds));
        let truths = self.boxes.as_deref();
        let truths = truths.map(|file| Truths::open(file, dataset, split));
        Ok(Inputs {
            individuals: individuals.transpose()?,
            new_breeds: new_breeds.transpose()?,
            truths: truths.transpose()?,
            scenes: self.scenes,
        })
    }
}

impl Inputs {
    /// What was left out.
    pub(super) fn notes(&self) -> impl Iterator<Item = &Note> {
        let individuals = self.individuals.iter().flat_map(|it| &it.notes);
        let new_breeds = self.new_breeds.iter().flat_map(|it| &it.notes);
        let truths = self.truths.iter().flat_map(|it| &it.notes);
        individuals.chain(new_breeds).chain(truths)
    }

    /// The boxes, where a table of them was named.
    pub(super) fn truths(&self) -> Option<&Truths> {
        self.truths.as_ref()
    }

    /// Adds the figures to those of the bundle.
    ///
    /// # Errors
    /// When the network fails, or too few photographs can be read.
    pub(super) fn measure(
        &self,
        recogniser: &Recogniser,
        dataset: &Dataset,
        evaluation: &mut Evaluation,
    ) -> Result<()> {
        if (self.truths.is_some() || self.scenes) && !recogniser.can_locate() {
            evaluation.notes.push(Note::CannotLocate);
        }
        if let Some(truths) = &self.truths {
            let measured = progress::shown("photographs with boxes", |progress| {
                animals(recogniser, truths, progress)
            })?;
            evaluation.figures.animals = Some(measured.figures);
            evaluation.boxed = measured.boxed;
            evaluation.unreadable.extend(measured.unreadable);
        }
        if let Some(known) = &self.individuals {
            let measured = progress::shown("photographs of the same animals", |progress| {
                individuals(recogniser, known, progress)
            })?;
            evaluation.figures.individuals = Some(measured.figures);
            evaluation.wrong_guests = measured.wrong;
            evaluation.notes.extend(measured.notes);
            evaluation.unreadable.extend(measured.unreadable);
        }
        let photos = in_bundle_order(dataset, evaluation.split, &evaluation.metadata.breeds)?;
        if let Some(new) = &self.new_breeds {
            let measured = progress::shown("photographs beside new breeds", |progress| {
                enrol(recogniser, new, &photos, progress)
            })?;
            evaluation.figures.enrolled = Some(measured.figures);
            evaluation.notes.extend(measured.notes);
            evaluation.unreadable.extend(measured.unreadable);
        }
        if self.scenes {
            let truths = self.truths.as_ref();
            let measured = progress::shown("photographs in rooms", |progress| {
                scenes(recogniser, &photos, truths, progress)
            })?;
            evaluation.figures.scenes = Some(measured);
        }
        // A photograph that is needed for several figures fails for each.
        evaluation.unreadable = once_each(mem::take(&mut evaluation.unreadable));
        evaluation.notes.dedup();
        Ok(())
    }
}
