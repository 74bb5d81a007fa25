//! Measures the kiosk at an entrance: plays films of two animals that cross, and of persons who walk past an animal or
//! come alone, to the networks and to [`checkin::Entrance`].

mod actor;
mod choice;
mod film;
mod part;
mod play;
mod visit;

use indicatif::ProgressBar;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use recognise::Recogniser;
use serde::Serialize;

use super::super::EvaluateError;
use super::super::animals::Truths;
use crate::dataset::Photo;
use choice::{Choice, Subject};
use play::play;

pub use film::EntranceFilm;
pub use part::Part;
pub use visit::{Crossing, CrossingFigures, PersonAloneFigures, PersonFigures, Visit};

/// The figures of films of the entrance. A kind of film is absent if there is nothing to make it of: without a detector
/// there are none, and without boxes of persons there are none of persons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct EntranceFigures {
    /// Two animals cross.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crossings: Option<CrossingFigures>,
    /// A person walks past an animal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persons: Option<PersonFigures>,
    /// A person comes without an animal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persons_alone: Option<PersonAloneFigures>,
}

/// Plays films of the entrance to the recogniser, `count` of each kind, on all cores. The same photographs, bundle and
/// `seed` give the same figures.
///
/// The breeds of `photos` are indices into the bundle's breeds. Animals are cut out at their largest box in `truths`;
/// where there are no boxes, whole photographs stand for them. Films whose photographs cannot be read do not count.
/// `progress` advances by one for each film.
///
/// # Errors
/// When a network fails.
pub fn entrance_films(
    recogniser: &Recogniser,
    photos: &[Photo],
    truths: Option<&Truths>,
    count: u64,
    seed: u64,
    progress: &ProgressBar,
) -> Result<EntranceFigures, EvaluateError> {
    if !recogniser.can_locate() {
        return Ok(EntranceFigures::default());
    }
    let choice = Choice::new(photos, truths);
    progress.set_length(3 * count);
    let films = |kind| Films {
        count,
        seed,
        kind,
        progress,
    };
    let crossings = films(0).play(|rng| {
        let Some(subjects) = choice.two_animals(rng) else {
            return Ok(None);
        };
        let [Ok(one), Ok(other)] = subjects.map(|subject| subject.open()) else {
            return Ok(None);
        };
        let parts = [subjects[0].part(&one), subjects[1].part(&other)];
        let film = EntranceFilm::crossing(parts, rng.next_u64());
        Ok(Some(Crossing {
            breeds: subjects.map(|subject| subject.breed),
            visits: visits(recogniser, &film, subjects[0])?,
        }))
    })?;
    let persons = films(1).play(|rng| {
        let Some((animal, person)) = choice.animal(rng).zip(choice.person(rng)) else {
            return Ok(None);
        };
        let (Ok(of_animal), Ok(of_person)) = (animal.open(), person.open()) else {
            return Ok(None);
        };
        let (animal_part, person_part) = (animal.part(&of_animal), person.part(&of_person));
        let film = EntranceFilm::passing(animal_part, person_part, rng.next_u64());
        visits(recogniser, &film, animal).map(Some)
    })?;
    let persons_alone = films(2).play(|rng| {
        let Some(person) = choice.person(rng) else {
            return Ok(None);
        };
        let Ok(picture) = person.open() else {
            return Ok(None);
        };
        let film = EntranceFilm::person(person.part(&picture), rng.next_u64());
        visits(recogniser, &film, person).map(Some)
    })?;
    Ok(EntranceFigures {
        crossings: CrossingFigures::of(&crossings),
        persons: PersonFigures::of(&persons),
        persons_alone: PersonAloneFigures::of(&persons_alone),
    })
}

/// The films of one kind, each with random numbers of its own.
struct Films<'a> {
    count: u64,
    seed: u64,
    kind: u64,
    progress: &'a ProgressBar,
}

impl Films<'_> {
    /// What `play` makes of each film. Those that cannot be made are left out.
    fn play<T: Send>(
        &self,
        play: impl Fn(&mut ChaCha8Rng) -> Result<Option<T>, EvaluateError> + Sync,
    ) -> Result<Vec<T>, EvaluateError> {
        let film = |index: u64| {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            rng.set_stream(3 * index + self.kind);
            let played = play(&mut rng);
            self.progress.inc(1);
            played.transpose()
        };
        let indices: Vec<u64> = (0..self.count).collect();
        indices.into_par_iter().filter_map(film).collect()
    }
}

/// The visits that are opened during a film with this subject.
fn visits(
    recogniser: &Recogniser,
    film: &EntranceFilm,
    subject: Subject,
) -> Result<Vec<Visit>, EvaluateError> {
    play(recogniser, film).map_err(|source| EvaluateError::of_engine(subject.path, source))
}
