//! Keeps the arrival that goes on in the catalogue: its record, better answers, and decisions.

use std::sync::Arc;

use catalogue::{Animal, AnimalId, CatalogueError, Decision, NewVisit, Visit, VisitId};
use checkin::{Answer, Event, Stage};
use desk::kiosk::Shown;
use image::RgbImage;
use jiff::Timestamp;
use recognise::{BreedId, Recognition, Source};
use screens::locale::Message;

use super::notices;
use super::tag::ScannedTag;
use super::worker::Worker;

/// What the catalogue's history calls whoever presses a button at the screen.
const AUTHOR: &str = "screen";

/// The most characters of a line about a guest: more does not fit on any display.
const LONGEST_CARE: usize = 160;

/// The arrival that goes on, beyond what [`checkin::Checkin`] knows of it.
#[derive(Default)]
pub(super) struct Guest {
    /// Its record.
    pub(super) visit: Option<VisitId>,
    /// The record's revision.
    pub(super) revision: u32,
    /// What the answer was given for.
    pub(super) seen: Option<Arc<Seen>>,
    /// What the network was run on last.
    pub(super) latest: Option<Arc<Seen>>,
    /// Its name, once staff have said who it is.
    pub(super) name: Option<String>,
    /// What they must know about it, in one line.
    pub(super) care: Option<Message>,
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
        self.counts.answered(answer.verdict.kind());
        self.guest.visit = Some(recorded.visit);
        self.guest.revision = 0;
        recorded.photograph_lost.map_or(Ok(()), Err)
    }

    /// Replaces the record's answer by a better one.
    pub(super) fn revise(&mut self, answer: &Answer) -> Result<(), CatalogueError> {
        self.guest.seen = self.guest.latest.clone();
        let Some(visit) = self.guest.visit else {
            return self.record(answer);
        };
        let revised = self.catalogue.revise(visit, &self.new_visit(answer))?;
        // Staff may have confirmed it meanwhile; then it stays as it is.
        self.show_visit(self.catalogue.visit(visit)?);
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
        self.decide(visit, self.guest.revision, breed, None, None)
    }

    /// Finds the animal of a tag, and confirms that it is the one whose visit was on the screen when
    /// the tag was scanned; where none was, the one that comes next.
    pub(super) fn scan(&mut self, tag: &str, shown: &Shown) {
        match ScannedTag::find(&self.catalogue, tag, self.now()) {
            Ok(tag) => self.tag = tag,
            Err(error) => return self.fail(&error),
        }
        let Some(former) = shown.visit.filter(|visit| self.guest.visit != Some(*visit)) else {
            return self.confirm_tag();
        };
        self.confirm_tag_of(former, shown.revision);
        // The animal that has come in this moment is another one.
        if self.tag.animal(self.now()).is_some() {
            self.tag = ScannedTag::None;
        }
    }

    /// Confirms that the visit is that of the animal whose tag was scanned, as soon as there is a
    /// visit. What fails is tried again among the chores.
    pub(super) fn confirm_tag(&mut self) {
        if let Some(visit) = self.guest.visit {
            self.confirm_tag_of(visit, self.guest.revision);
        }
    }

    fn confirm_tag_of(&mut self, visit: VisitId, revision: u32) {
        let Some(animal) = self.tag.animal(self.now()) else {
            return;
        };
        let (id, breed) = (animal.id, animal.fields.breed.clone());
        let breed_name = animal.fields.breed_name.clone();
        match self.decide(visit, revision, breed, breed_name, Some(id)) {
            Ok(()) => self.tag.confirmed(),
            // Somebody at a page has just decided otherwise.
            Err(CatalogueError::Superseded { visit }) => {
                self.tag = ScannedTag::None;
                self.show_visit(*visit);
            }
            Err(error) => self.report(Err(error)),
        }
    }

    /// Shows what staff decided about a visit on a page. The catalogue has it already.
    pub(super) fn reload(&mut self, visit: VisitId) {
        if self.guest.visit != Some(visit) {
            // An earlier one: the screen goes on with the arrival that it shows.
            return;
        }
        match self.catalogue.visit(visit) {
            Ok(visit) => self.show_visit(visit),
            Err(error) => self.report(Err(error)),
        }
    }

    /// Shows the present state of a visit, if that is the one on the screen.
    pub(super) fn show_visit(&mut self, visit: Visit) {
        if self.guest.visit != Some(visit.id) {
            return;
        }
        self.guest.revision = visit.revision;
        self.guest.care = match &visit.animal {
            // Without it, the page says the same.
            Some((id, _)) => self.catalogue.animal(*id).ok().as_ref().and_then(care),
            None => None,
        };
        self.guest.name = visit.animal.map(|(_, name)| name);
        self.guest.confirmed = visit.confirmed_breed;
        let event = if self.guest.confirmed.is_some() {
            Event::Confirmed
        } else {
            Event::Undone
        };
        self.advance(self.now(), event);
    }

    /// Says on screen and page that the catalogue could not do its work, and logs it when it is new.
    pub(super) fn fail(&mut self, error: &CatalogueError) {
        let message = notices::of_catalogue(error);
        if self.failure.as_ref() != Some(&message) {
            tracing::error!(%error, "the arrival cannot be kept");
        }
        self.failure = Some(message);
    }

    /// Decides about a visit of which this revision was on the screen.
    fn decide(
        &mut self,
        visit: VisitId,
        revision: u32,
        breed: BreedId,
        breed_name: Option<String>,
        animal: Option<AnimalId>,
    ) -> Result<(), CatalogueError> {
        let decision = Decision {
            breed,
            breed_name,
            animal,
            by: AUTHOR.to_owned(),
            at: Timestamp::now(),
            revision: Some(revision),
        };
        let decided = self.catalogue.confirm(visit, &decision)?;
        self.show_visit(decided);
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

/// What staff must know about an animal that has just come: its warnings, else what it is given, in
/// one line.
fn care(animal: &Animal) -> Option<Message> {
    let fields = &animal.fields;
    let texts = [&fields.warnings, &fields.medication];
    let mut lines = texts.into_iter().flat_map(|text| text.lines());
    let line = lines.find(|line| !line.trim().is_empty())?;
    let line: String = line.trim().chars().take(LONGEST_CARE).collect();
    let message = Message::new("screen-care").with("name", &fields.name);
    Some(message.with("text", line))
}
