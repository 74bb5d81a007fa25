//! Keeps the arrival that goes on in the catalogue: its record, better answers, and decisions.

use std::sync::Arc;

use catalogue::{AnimalId, CatalogueError, Decision, NewVisit, VisitId};
use checkin::{Answer, Event, Stage};
use image::RgbImage;
use jiff::Timestamp;
use recognise::{BreedId, Recognition, Source};

use super::notices;
use super::tag::ScannedTag;
use super::worker::Worker;

/// What the catalogue's history calls whoever presses a button at the screen.
const AUTHOR: &str = "screen";

/// The arrival that goes on, beyond what [`checkin::Checkin`] knows of it.
#[derive(Default)]
pub(super) struct Guest {
    /// Its record.
    pub(super) visit: Option<VisitId>,
    /// What the answer was given for.
    pub(super) seen: Option<Arc<Seen>>,
    /// What the network was run on last.
    pub(super) latest: Option<Arc<Seen>>,
    /// Its name, once staff have said who it is.
    pub(super) name: Option<String>,
    /// The breed that staff confirmed.
    pub(super) confirmed: Option<BreedId>,
}

/// A picture, and what the network made of it.
pub(super) struct Seen {
    pub(super) picture: Arc<RgbImage>,
    pub(super) source: Source,
    pub(super) recognition: Recognition,
}

impl Worker {
    /// Records a new arrival with its answer.
    pub(super) fn record(&mut self, answer: &Answer) -> Result<(), CatalogueError> {
        let recorded = self.catalogue.record(&self.new_visit(answer))?;
        self.counts.answers += 1;
        self.guest.visit = Some(recorded.visit);
        recorded.photograph_lost.map_or(Ok(()), Err)
    }

    /// Replaces the record's answer by a better one.
    pub(super) fn revise(&mut self, answer: &Answer) -> Result<(), CatalogueError> {
        self.guest.seen = self.guest.latest.clone();
        let Some(visit) = self.guest.visit else {
            return self.record(answer);
        };
        let revised = self.catalogue.revise(visit, &self.new_visit(answer))?;
        revised.photograph_lost.map_or(Ok(()), Err)
    }

    /// Records an answer that could not be recorded when it came; `None` where there is none.
    pub(super) fn record_late(&mut self) -> Option<Result<(), CatalogueError>> {
        let is_due = self.checkin.stage() == Stage::Answered && self.guest.visit.is_none();
        let answer = self.checkin.answer().filter(|_| is_due)?.clone();
        Some(self.record(&answer))
    }

    /// Confirms a breed of the network's, on disk and then on the screen. What could not be
    /// recorded before is recorded now.
    pub(super) fn confirm(&mut self, breed: usize) -> Result<(), CatalogueError> {
        // Without its photograph it is a record all the same.
        let recorded = self.record_late();
        let Some(visit) = self.guest.visit else {
            return recorded.unwrap_or(Ok(()));
        };
        let breed = self.metadata.breeds[breed].id.clone();
        self.decide(visit, breed, None)
    }

    /// Confirms that the visit is that of the animal whose tag was scanned, as soon as there is a
    /// visit. What fails is tried again among the chores.
    pub(super) fn confirm_tag(&mut self) {
        let (Some(animal), Some(visit)) = (self.tag.animal(self.now()), self.guest.visit) else {
            return;
        };
        let (id, breed) = (animal.id, animal.fields.breed.clone());
        match self.decide(visit, breed, Some(id)) {
            Ok(()) => self.tag = ScannedTag::None,
            Err(error) => self.fail(&error),
        }
    }

    /// Shows that staff decided on the visit, which the catalogue has already.
    pub(super) fn show_decision(&mut self, visit: VisitId) {
        match self.catalogue.visit(visit) {
            Ok(visit) => {
                self.guest.name = visit.animal.map(|(_, name)| name);
                self.guest.confirmed = visit.confirmed_breed;
                self.checkin.on(self.now(), Event::Confirmed);
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Says on screen and page that the catalogue could not do its work, and logs it when it is new.
    pub(super) fn fail(&mut self, error: &CatalogueError) {
        let message = notices::of_catalogue(error);
        if self.failure.as_ref() != Some(&message) {
            tracing::error!(%error, "the arrival cannot be kept");
        }
        self.failure = Some(message);
    }

    fn decide(
        &mut self,
        visit: VisitId,
        breed: BreedId,
        animal: Option<AnimalId>,
    ) -> Result<(), CatalogueError> {
        let decision = Decision {
            breed,
            animal,
            by: AUTHOR.to_owned(),
            at: Timestamp::now(),
        };
        self.catalogue.confirm(visit, &decision)?;
        self.show_decision(visit);
        Ok(())
    }

    fn new_visit(&self, answer: &Answer) -> NewVisit {
        let seen = self.guest.seen.as_deref();
        NewVisit {
            at: Timestamp::now(),
            photograph: seen.map(|seen| RgbImage::clone(&seen.picture)),
            verdict: answer.verdict.kind(),
            candidates: answer.named(&self.metadata),
            confidence: answer.verdict.confidence(),
            embedding: seen
                .map(|seen| seen.recognition.embedding())
                .unwrap_or_default(),
            model: self.metadata.trained.when.clone(),
            source: seen.map_or(Source::Camera, |seen| seen.source),
        }
    }
}
