//! Carries out what staff do: buttons, tags, and decisions at the page.

use catalogue::{AnimalId, CatalogueError, Decision, VisitId};
use checkin::{Arrival, ArrivalId, Event, Stage};
use desk::kiosk::{CommandError, Shown};
use jiff::Timestamp;
use recognise::BreedId;
use screens::Button;

use super::guest::Guest;
use super::offers::Choice;
use super::tag::ScannedTag;
use super::worker::Worker;

/// The author that the catalogue's history names where a button at the screen is pressed.
const AUTHOR: &str = "screen";

/// What staff say about a visit.
struct Said {
    breed: BreedId,
    breed_name: Option<String>,
    animal: Option<AnimalId>,
}

impl Worker {
    /// Presses a button for the arrival that was shown, unless that has changed since.
    pub(super) fn press(&mut self, button: Button, shown: &Shown) -> Result<(), CommandError> {
        let id = ArrivalId(shown.arrival);
        let now = self.entrance.arrival(id);
        let now = now.map(|arrival| self.shown(arrival)).unwrap_or_default();
        if !shown.allows(button, &now.shown()) {
            tracing::info!(?button, "the screen has changed since a button was pressed");
            return Err(CommandError::Outdated);
        }
        match button {
            Button::Confirm => return self.press_confirm(id),
            Button::Next => self.select_next(id),
            Button::New => {
                self.tag = ScannedTag::None;
                self.advance(self.now(), Event::New(id));
            }
        }
        Ok(())
    }

    /// Points the buttons at another arrival.
    pub(super) fn focus(&mut self, id: ArrivalId) -> Result<(), CommandError> {
        self.advance(self.now(), Event::Focus(id));
        if self.entrance.focus().map(Arrival::id) == Some(id) {
            Ok(())
        } else {
            Err(CommandError::Outdated)
        }
    }

    fn press_confirm(&mut self, id: ArrivalId) -> Result<(), CommandError> {
        let done = self.confirm(id);
        // Somebody else has decided or deleted the visit or the animal, and the screen did not show
        // it yet.
        let is_outdated = matches!(
            done,
            Err(CatalogueError::Superseded { .. }
                | CatalogueError::NoSuchVisit(_)
                | CatalogueError::NoSuchAnimal(_))
        );
        self.report(id, done);
        if is_outdated {
            return Err(CommandError::Outdated);
        }
        Ok(())
    }

    /// Confirms what is selected, on disk and then on the screen. What could not be recorded before is
    /// recorded now.
    fn confirm(&mut self, id: ArrivalId) -> Result<(), CatalogueError> {
        let is_open = self.is_answered(id);
        let guest = self.guests.get(&id).filter(|_| is_open);
        let Some(said) = guest.and_then(Guest::said) else {
            return Ok(());
        };
        // Without its photograph it is a record all the same.
        let recorded = self.record_late(id);
        let recorded_as = self.guests.get(&id);
        let Some((visit, revision)) =
            recorded_as.and_then(|guest| Some((guest.visit?, guest.revision)))
        else {
            return recorded.unwrap_or(Ok(()));
        };
        self.decide(visit, revision, said)
    }

    fn select_next(&mut self, id: ArrivalId) {
        if !self.is_answered(id) {
            return;
        }
        let guest = self.guests.entry(id).or_default();
        let all_were_shown = (guest.offers.as_mut()).is_none_or(|offers| offers.select_next());
        let event = if all_were_shown {
            Event::Next(id)
        } else {
            Event::Focus(id)
        };
        self.advance(self.now(), event);
    }

    fn is_answered(&self, id: ArrivalId) -> bool {
        let arrival = self.entrance.arrival(id);
        arrival.is_some_and(|arrival| arrival.stage() == Stage::Answered)
    }

    /// Finds the animal of a tag, and confirms that it is the one whose arrival was shown when the tag
    /// was scanned; where none was, the one that comes next.
    pub(super) fn scan(&mut self, tag: &str, shown: &Shown) {
        let shown_one = ArrivalId(shown.arrival);
        let is_there = self.entrance.arrival(shown_one).is_some();
        let arrival = is_there.then_some(shown_one);
        // Where nobody was shown, the animal that is there has come in this moment.
        let newest = self.entrance.arrivals().map(Arrival::id).max();
        let newest = newest.filter(|_| shown.arrival != 0);
        match ScannedTag::find(&self.catalogue, tag, self.now(), arrival, newest) {
            Ok(tag) => self.tag = tag,
            Err(error) => return self.fail(&error),
        }
        let Some(former) = shown.visit.filter(|_| !is_there) else {
            return self.confirm_tag();
        };
        self.confirm_tag_of(former, shown.revision.unwrap_or_default());
        // One that has come in this moment is another animal.
        if self.tag.animal(self.now()).is_some() {
            self.tag = ScannedTag::None;
        }
    }

    /// Confirms that a visit is that of the animal whose tag was scanned, as soon as there is such a
    /// visit. What fails is tried again among the chores.
    pub(super) fn confirm_tag(&mut self) {
        let id = match self.tag.arrival() {
            Some(id) if self.entrance.arrival(id).is_some() => Some(id),
            _ => {
                let mut ids = self.entrance.arrivals().map(Arrival::id);
                ids.find(|id| self.tag.is_before(*id))
            }
        };
        let guest = id.and_then(|id| self.guests.get(&id));
        if let Some((visit, revision)) = guest.and_then(|it| Some((it.visit?, it.revision))) {
            self.confirm_tag_of(visit, revision);
        }
    }

    fn confirm_tag_of(&mut self, visit: VisitId, revision: u32) {
        let Some(animal) = self.tag.animal(self.now()) else {
            return;
        };
        let said = Said {
            breed: animal.fields.breed.clone(),
            breed_name: animal.fields.breed_name.clone(),
            animal: Some(animal.id),
        };
        match self.decide(visit, revision, said) {
            Ok(()) => self.tag.confirmed(),
            // Somebody at a page has just decided otherwise.
            Err(CatalogueError::Superseded { visit }) => {
                self.tag = ScannedTag::None;
                self.show_visit(*visit);
            }
            Err(error) => {
                // It was deleted a moment ago.
                if matches!(error, CatalogueError::NoSuchAnimal(_)) {
                    self.tag = ScannedTag::None;
                }
                match self.arrival_of(visit) {
                    Some(id) => self.report(id, Err(error)),
                    None => self.fail(&error),
                }
            }
        }
    }

    /// Shows what staff decided about a visit on a page, and learns from it. The catalogue has it
    /// already.
    pub(super) fn reload(&mut self, visit: VisitId) {
        if let Some(id) = self.arrival_of(visit) {
            match self.catalogue.visit(visit) {
                Ok(visit) => self.show_visit(visit),
                Err(error) => self.report(id, Err(error)),
            }
        }
        self.learn();
    }

    /// Decides about a visit of which this revision was shown.
    fn decide(&mut self, visit: VisitId, revision: u32, said: Said) -> Result<(), CatalogueError> {
        let decision = Decision {
            breed: said.breed,
            breed_name: said.breed_name,
            animal: said.animal,
            by: AUTHOR.to_owned(),
            at: Timestamp::now(),
            revision: Some(revision),
        };
        let decided = self.catalogue.confirm(visit, &decision)?;
        self.show_visit(decided);
        self.learn();
        Ok(())
    }

    /// Takes in what staff have taught: breeds, and who is in the house.
    pub(super) fn learn(&mut self) {
        self.learning.learn(&self.metadata.trained.when);
        self.guess_all();
    }

    /// Says on screen and page whether the catalogue could do its work for an arrival, or shows what
    /// staff have done meanwhile.
    pub(super) fn report(&mut self, id: ArrivalId, done: Result<(), CatalogueError>) {
        match done {
            Ok(()) => self.failure = None,
            Err(CatalogueError::Superseded { visit }) => self.show_visit(*visit),
            // They deleted it, or restored a backup without it.
            Err(CatalogueError::NoSuchVisit(gone)) if self.arrival_of(gone).is_some() => {
                self.tag = ScannedTag::None;
                self.advance(self.now(), Event::New(id));
            }
            // They deleted an animal that was offered.
            Err(CatalogueError::NoSuchAnimal(_)) => self.guess(id),
            Err(error) => self.fail(&error),
        }
    }
}

impl Guest {
    /// What staff say by confirming what is selected.
    fn said(&self) -> Option<Said> {
        let offers = self.offers.as_ref()?;
        Some(match offers.choice()? {
            Choice::Guest(place) => {
                let animal = &self.guess.as_ref()?.guests.get(place)?.animal;
                Said {
                    breed: animal.fields.breed.clone(),
                    breed_name: animal.fields.breed_name.clone(),
                    animal: Some(animal.id),
                }
            }
            Choice::Breed(place) => Said {
                breed: offers.candidates.get(place)?.breed.clone(),
                breed_name: None,
                animal: None,
            },
        })
    }
}
