//! Measures how well the kiosk knows animals again, on photographs of the same animals on several visits.

mod folder;
mod gallery;
mod greeting;
mod protocol;

use std::collections::BTreeMap;
use std::path::PathBuf;

use indicatif::ProgressBar;
use recognise::photo::PhotoError;
use recognise::{Examined, Recogniser, Recognition, VerdictKind};
use serde::Serialize;

use super::{EvaluateError, Note};
use crate::dataset::read_each;
use crate::metrics::mean;

pub use folder::Individuals;
pub use greeting::{Greetings, greetings, guests};
pub use protocol::{AtVisits, Known, Photograph, at_visits, known, nearest_wrong};

/// Numbers of visits of which the gallery has a photograph.
const VISITS: [(&str, usize); 3] = [("1", 1), ("3", 3), ("5", 5)];
/// The number of visits at which known animals are told from new ones.
const KNOWN_AT: usize = 3;

/// How well animals are known again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndividualFigures {
    /// Number of animals.
    pub animals: usize,
    /// Number of their photographs that could be read.
    pub photographs: usize,
    /// Which animal it is, by the number of its visits in the gallery: `1`, `3` and `5`, without those at which no
    /// animal has a visit left.
    pub visits: BTreeMap<&'static str, AtVisits>,
    /// Whether it is a known one at all, with three visits in the gallery; `None` if no animal has a visit left.
    pub known: Option<Known>,
    /// How often an animal is greeted by its name, with three visits in the gallery; `None` if the bundle's
    /// similarities are not calibrated, or no animal has a visit left.
    pub greetings: Option<Greetings>,
    /// Share of photographs whose verdict is none of the breeds: "not an animal I know".
    pub not_ours: f64,
    /// Share of photographs in which an animal is found with certainty.
    pub found: f64,
}

/// A photograph that looks most like another animal than its own. Both animals have other visits to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongGuest {
    /// The photograph.
    pub photograph: PathBuf,
    /// Its animal.
    pub animal: String,
    /// The photograph that it looks most like.
    pub nearest: PathBuf,
    /// The animal on that one.
    pub other: String,
    /// The similarity of the two, -1 to 1.
    pub similarity: f32,
}

/// The result of measuring on individuals.
#[derive(Debug)]
pub struct Measured {
    /// The figures.
    pub figures: IndividualFigures,
    /// The photographs that are most like another animal, the most alike first.
    pub wrong: Vec<WrongGuest>,
    /// Problems.
    pub notes: Vec<Note>,
    /// Photographs that could not be read. They count in no figure.
    pub unreadable: Vec<PhotoError>,
}

/// Measures how well the recogniser's bundle knows animals again, on all cores. A photograph has the embeddings of all
/// animals that are found in it, or that of the whole photograph. The same photographs always give the same figures.
///
/// `progress` advances by one for each photograph.
///
/// # Errors
/// When the network fails, or too few photographs can be read.
pub fn individuals(
    recogniser: &Recogniser,
    individuals: &Individuals,
    progress: &ProgressBar,
) -> Result<Measured, EvaluateError> {
    progress.set_length(individuals.photos.len() as u64);
    let (read, unreadable) = seen(recogniser, individuals, progress)?;
    let share = |is: fn(&Seen) -> bool| mean(read.iter().map(|seen| f64::from(is(seen))));
    let (found, not_ours) = (share(|seen| seen.is_found), share(|seen| !seen.is_ours));
    let paths: Vec<&PathBuf> = (read.iter())
        .map(|seen| &individuals.photos[seen.index].path)
        .collect();
    let photographs: Vec<Photograph> = read.iter().map(|seen| seen.photograph.clone()).collect();

    let calibration = (recogniser.metadata().embedding.as_ref()).and_then(|it| it.guests);
    let visits: BTreeMap<&'static str, AtVisits> = (VISITS.into_iter())
        .filter_map(|(name, visits)| Some((name, at_visits(&photographs, visits)?)))
        .collect();
    if visits.is_empty() {
        let root = individuals.root.clone();
        return Err(EvaluateError::NoGuests { root });
    }
    let name = |photograph: &Photograph| individuals.animals[photograph.animal].clone();
    let wrong = nearest_wrong(&photographs);
    let no_embedding = photographs
        .iter()
        .all(|photograph| photograph.embeddings.is_empty());
    Ok(Measured {
        figures: IndividualFigures {
            animals: individuals.animals.len(),
            photographs: photographs.len(),
            visits,
            known: known(&photographs, KNOWN_AT),
            greetings: calibration.and_then(|it| greetings(&photographs, KNOWN_AT, &it)),
            not_ours,
            found,
        },
        wrong: (wrong.into_iter())
            .map(|(one, other, similarity)| WrongGuest {
                photograph: paths[one].clone(),
                animal: name(&photographs[one]),
                nearest: paths[other].clone(),
                other: name(&photographs[other]),
                similarity,
            })
            .collect(),
        notes: no_embedding
            .then_some(Note::NoEmbedding)
            .into_iter()
            .collect(),
        unreadable,
    })
}

/// What the kiosk makes of all photographs of these animals that can be read. `progress` advances by one for each.
///
/// # Errors
/// When the network fails.
pub fn photographs(
    recogniser: &Recogniser,
    individuals: &Individuals,
    progress: &ProgressBar,
) -> Result<(Vec<Photograph>, Vec<PhotoError>), EvaluateError> {
    let (read, unreadable) = seen(recogniser, individuals, progress)?;
    let photographs = read.into_iter().map(|seen| seen.photograph);
    Ok((photographs.collect(), unreadable))
}

fn seen(
    recogniser: &Recogniser,
    individuals: &Individuals,
    progress: &ProgressBar,
) -> Result<(Vec<Seen>, Vec<PhotoError>), EvaluateError> {
    read_each(&individuals.photos, progress, |index, photo, picture| {
        let examined = recogniser
            .examine(&picture)
            .map_err(|source| EvaluateError::of_engine(&photo.path, source))?;
        Ok(Seen {
            index,
            photograph: Photograph {
                animal: photo.breed,
                visit: individuals.visits[index],
                embeddings: embeddings(&examined),
            },
            is_found: !examined.animals.is_empty(),
            is_ours: examined.verdict(recogniser.metadata()).kind() != VerdictKind::NotOurs,
        })
    })
}

/// The embeddings of the animals in a photograph, the largest first, or that of the whole one.
fn embeddings(examined: &Examined) -> Vec<Vec<f32>> {
    let animals = examined.animals.iter().map(|animal| &animal.recognition);
    let whole = examined.animals.is_empty().then_some(&examined.whole);
    let embeddings = animals.chain(whole).map(Recognition::embedding);
    embeddings.filter(|it| !it.is_empty()).collect()
}

/// What the kiosk makes of a photograph.
struct Seen {
    /// Index of the photograph.
    index: usize,
    photograph: Photograph,
    is_found: bool,
    is_ours: bool,
}
