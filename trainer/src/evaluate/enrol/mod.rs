//! Measures how well the kiosk learns breeds that its network does not know, and what that costs the network's own.

mod answer;
mod folder;
mod protocol;

use std::collections::BTreeMap;

use indicatif::ProgressBar;
use rayon::prelude::*;
use recognise::metadata::Breed;
use recognise::photo::PhotoError;
use recognise::{Metadata, Recogniser, Recognition};
use serde::Serialize;

use super::{EvaluateError, Note};
use crate::dataset::{Photo, read_each};
use crate::metrics::mean;
use answer::{answer, learn};

pub use folder::NewBreeds;
pub use protocol::{Enrolment, able, enrolments};

/// Numbers of photographs that a breed is learnt from.
const SHOTS: [(&str, usize); 3] = [("1", 1), ("3", 3), ("5", 5)];
/// Number of draws.
const DRAWS: u64 = 150;

/// How well new breeds are learnt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnrolFigures {
    /// Number of new breeds.
    pub breeds: usize,
    /// The figures by the number of photographs that a breed is learnt from: `1`, `3` and `5`, without those for which
    /// no breed has enough photographs.
    pub shots: BTreeMap<&'static str, AtShots>,
}

/// How well breeds are learnt from a certain number of photographs of each, eight breeds at a time. Means over
/// the draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AtShots {
    /// Number of breeds with enough photographs.
    pub breeds: usize,
    /// Share of photographs of the learnt breeds whose most probable breed is the right one, 0 to 1.
    pub new_top1: f64,
    /// Mean over the bundle's own breeds of the share recognised while the learnt ones are in the list, 0 to 1.
    pub mean_per_class: f64,
}

/// The result of measuring on new breeds.
#[derive(Debug)]
pub struct Measured {
    /// The figures.
    pub figures: EnrolFigures,
    /// Problems.
    pub notes: Vec<Note>,
    /// Photographs of new breeds that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
}

/// Measures how well the recogniser's bundle learns new breeds, on all cores. `own` are photographs of its own breeds,
/// with indices into them. The same photographs always give the same figures.
///
/// `progress` advances by one for each photograph.
///
/// # Errors
/// When the network fails, or too few photographs can be read.
pub fn enrol(
    recogniser: &Recogniser,
    new: &NewBreeds,
    own: &[Photo],
    progress: &ProgressBar,
) -> Result<Measured, EvaluateError> {
    let probes = new.probes.as_deref();
    let photographs = own.len() + new.examples.len() + probes.map_or(0, <[Photo]>::len);
    progress.set_length(photographs as u64);
    let mut unreadable = Vec::new();
    let mut of_breeds = |photos: &[Photo]| {
        let (read, failed) = recognise(recogniser, photos, progress)?;
        unreadable.extend(failed);
        let mut of_breeds = vec![Vec::new(); new.breeds.len()];
        for (breed, recognition) in read {
            of_breeds[breed].push(recognition);
        }
        Ok::<_, EvaluateError>(of_breeds)
    };
    let examples = of_breeds(&new.examples)?;
    let probes = probes.map(&mut of_breeds).transpose()?;
    let (own, _) = recognise(recogniser, own, progress)?;
    let no_embedding = recogniser.metadata().embedding.is_none();

    let bench = Bench {
        metadata: recogniser.metadata(),
        new: &new.breeds,
        examples,
        probes,
        own,
    };
    let shots: BTreeMap<&'static str, AtShots> = (SHOTS.into_iter())
        .filter_map(|(name, shots)| Some((name, bench.at_shots(shots)?)))
        .collect();
    if shots.is_empty() {
        let root = new.root.clone();
        return Err(EvaluateError::NoNewBreeds { root });
    }
    let note = no_embedding.then_some(Note::NoEmbedding);
    Ok(Measured {
        figures: EnrolFigures {
            breeds: new.breeds.len(),
            shots,
        },
        notes: note.into_iter().collect(),
        unreadable,
    })
}

/// What the kiosk recognises on each photograph, with the photograph's breed.
type Recognised = Vec<(usize, Recognition)>;

/// What the kiosk recognises on the photographs, and why some could not be read.
fn recognise(
    recogniser: &Recogniser,
    photos: &[Photo],
    progress: &ProgressBar,
) -> Result<(Recognised, Vec<PhotoError>), EvaluateError> {
    read_each(photos, progress, |_, photo, picture| {
        let examined = recogniser
            .examine(&picture)
            .map_err(|source| EvaluateError::of_engine(&photo.path, source))?;
        Ok::<_, EvaluateError>((photo.breed, examined.main().clone()))
    })
}

/// All that draws are made from.
struct Bench<'a> {
    metadata: &'a Metadata,
    new: &'a [Breed],
    /// What is recognised on the photographs to learn from, by new breed.
    examples: Vec<Vec<Recognition>>,
    /// What is recognised on the photographs to test on, by new breed; `None` for the rest of those to learn from.
    probes: Option<Vec<Vec<Recognition>>>,
    /// What is recognised on photographs of the bundle's own breeds.
    own: Recognised,
}

/// The result of a draw.
struct Outcome {
    /// Number of photographs of new breeds, and number of right answers among them.
    new: [usize; 2],
    mean_per_class: f64,
}

impl Bench<'_> {
    /// The figures for breeds learnt from `shots` photographs; `None` if no breed has enough.
    fn at_shots(&self, shots: usize) -> Option<AtShots> {
        let counts = |of_breeds: &Vec<Vec<Recognition>>| -> Vec<usize> {
            of_breeds.iter().map(Vec::len).collect()
        };
        let (examples, probes) = (counts(&self.examples), self.probes.as_ref().map(counts));
        let probes = probes.as_deref();
        let breeds = able(&examples, probes, shots).len();
        if breeds == 0 {
            return None;
        }
        let outcomes: Vec<Outcome> = ((0..DRAWS).into_par_iter())
            .map(|draw| self.outcome(&enrolments(&examples, probes, shots, draw)))
            .collect();
        let total = |index: usize| -> usize { outcomes.iter().map(|it| it.new[index]).sum() };
        Some(AtShots {
            breeds,
            new_top1: total(1) as f64 / total(0) as f64,
            mean_per_class: mean(outcomes.iter().map(|it| it.mean_per_class)),
        })
    }

    fn outcome(&self, enrolments: &[Enrolment]) -> Outcome {
        let (breeds, photographs) = (self.new, &self.examples);
        let learnt = learn(enrolments.iter().flat_map(|enrolment| {
            let (breed, of_breed) = (&breeds[enrolment.breed], &photographs[enrolment.breed]);
            let examples = enrolment.examples.iter();
            examples.map(move |&index| (breed, &of_breed[index]))
        }));
        let is_right = |recognition: &Recognition, breed: &Breed| {
            answer(&learnt, recognition, self.metadata).is_some_and(|answer| answer == breed.id)
        };
        let mut new = [0_usize; 2];
        let tested = self.probes.as_ref().unwrap_or(&self.examples);
        for enrolment in enrolments {
            for &index in &enrolment.probes {
                let recognition = &tested[enrolment.breed][index];
                new[0] += 1;
                new[1] += usize::from(is_right(recognition, &self.new[enrolment.breed]));
            }
        }
        let breeds = &self.metadata.breeds;
        let mut own = vec![[0_usize; 2]; breeds.len()];
        for (breed, recognition) in &self.own {
            own[*breed][0] += 1;
            own[*breed][1] += usize::from(is_right(recognition, &breeds[*breed]));
        }
        let with_photographs = own.iter().filter(|[all, _]| *all > 0);
        Outcome {
            new,
            mean_per_class: mean(with_photographs.map(|&[all, right]| right as f64 / all as f64)),
        }
    }
}
