//! One arrival, as screen and page show it.

use std::sync::Arc;

use catalogue::{Animal, AnimalId, Guess, VisitId};
use checkin::Stage;
use recognise::{BreedId, Candidate, Region, VerdictKind};

use super::{Greeting, Shown};

/// How far an arrival has got. The default is that of an empty desk.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Its id, by which commands name it: from 1, never used again while the kiosk runs. 0 where
    /// nobody is there.
    pub id: u64,
    /// Its number for people, from 1: arrivals that are there at the same time have different ones.
    /// 0 where nobody is there.
    pub number: u8,
    /// Where the animal is in the camera's picture; [`Region::WHOLE`] without a detector.
    pub region: Region,
    /// Its stage.
    pub stage: Stage,
    /// Its visit, once that is on record.
    pub visit: Option<VisitId>,
    /// The visit's revision: a decision about it says which one was seen.
    pub revision: u32,
    /// The kind of answer; `None` until there is one.
    pub verdict: Option<VerdictKind>,
    /// The likeliest breeds, at most three, likeliest first.
    pub candidates: Vec<Candidate>,
    /// Those of the candidates that were learnt at this kiosk, and from how many pictures each.
    pub learnt: Vec<(BreedId, usize)>,
    /// Which animal it may be; `None` where it can be compared with none, or is not answered yet.
    pub guess: Option<Arc<Guess>>,
    /// Which of the guess's animals is selected, on the screen and on every page: whom the confirm
    /// button would confirm. `None` where a breed is.
    pub selected_guest: Option<usize>,
    /// Which of the candidates is selected: what the confirm button would confirm if no animal is.
    pub selected: usize,
}

impl Default for Arrival {
    fn default() -> Self {
        Self {
            id: 0,
            number: 0,
            region: Region::WHOLE,
            stage: Stage::Empty,
            visit: None,
            revision: 0,
            verdict: None,
            candidates: Vec::new(),
            learnt: Vec::new(),
            guess: None,
            selected_guest: None,
            selected: 0,
        }
    }
}

impl Arrival {
    /// What a command that is given now is given for.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let animal = self.selected_animal();
        let selected = self.candidates.get(self.selected);
        Shown {
            arrival: self.id,
            visit: self.visit,
            revision: Some(self.revision),
            breed: selected
                .filter(|_| animal.is_none())
                .map(|candidate| candidate.breed.clone()),
            animal,
        }
    }

    /// The animal that the confirm button would confirm; `None` where it would confirm a breed.
    #[must_use]
    pub fn selected_animal(&self) -> Option<AnimalId> {
        self.animal().map(|animal| animal.id)
    }

    /// The same animal, with what was known about it when the arrival was compared with it.
    pub(crate) fn animal(&self) -> Option<&Animal> {
        let guests = self.guess.as_ref().map(|guess| &guess.guests)?;
        let guest = guests.get(self.selected_guest?)?;
        Some(&guest.animal)
    }

    /// What screen and page say about who it is.
    #[must_use]
    pub fn greeting(&self) -> Greeting {
        self.guess
            .as_deref()
            .map_or(Greeting::Unknown, Greeting::of)
    }
}
