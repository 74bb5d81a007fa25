//! Keeps arrivals in the catalogue: their records, better answers, and who they may be.

use std::fmt::Display;
use std::sync::Arc;

use catalogue::{Animal, AnimalId, CatalogueError, Guess, NewVisit, Visit, VisitId};
use checkin::{Arrival, ArrivalId, Effect, Event, Stage};
use desk::kiosk::Greeting;
use image::{RgbImage, imageops};
use jiff::Timestamp;
use recognise::verdict::Finding;
use recognise::{BreedId, Region, Source, photo};
use screens::locale::Message;

use super::offers::Offers;
use super::worker::Worker;
use super::{kept, notices};

/// The most characters of a line about a guest: more does not fit on any display.
const LONGEST_CARE: usize = 160;

/// The most pixels on a side of a known animal's picture: as many as a list on a display shows.
const PORTRAIT: u32 = 256;

/// An arrival, beyond what [`checkin::Entrance`] knows of it.
#[derive(Default)]
pub(super) struct Guest {
    /// Its record.
    pub(super) visit: Option<VisitId>,
    /// The record's revision.
    pub(super) revision: u32,
    /// What the answer is, or will be, given for.
    pub(super) seen: Option<Arc<Observation>>,
    /// What the network was run on last.
    pub(super) latest: Option<Arc<Observation>>,
    /// Its answer, and what staff choose from.
    pub(super) offers: Option<Offers>,
    /// Which animal it may be, as long as staff have not said so.
    pub(super) guess: Option<Arc<Guess>>,
    /// Pictures of those that it may be, by their visits.
    pub(super) portraits: Vec<(VisitId, Arc<RgbImage>)>,
    /// Its name, once staff have said who it is.
    pub(super) name: Option<String>,
    /// What they must know about it, in one line.
    pub(super) care: Option<Message>,
    /// The breed that staff confirmed.
    pub(super) confirmed: Option<BreedId>,
}

/// A picture in which an arrival was recognised.
pub(super) struct Observation {
    pub(super) picture: Arc<RgbImage>,
    /// Where its animal is.
    pub(super) region: Region,
    /// Where those of other arrivals are.
    pub(super) others: Vec<(ArrivalId, Region)>,
    pub(super) source: Source,
}

impl Worker {
    pub(super) fn carry_out(&mut self, effect: Effect) -> (ArrivalId, Result<(), CatalogueError>) {
        match effect {
            Effect::Record { arrival, answer } => (arrival, self.record(arrival, &answer)),
            Effect::Revise { arrival, answer } => (arrival, self.revise(arrival, &answer)),
        }
    }

    /// Records a new arrival with its answer.
    fn record(&mut self, id: ArrivalId, answer: &Finding) -> Result<(), CatalogueError> {
        let offers = self.offer(id, answer);
        let recorded = self.catalogue.record(&self.new_visit(id, &offers))?;
        self.counts.answered(offers.kind);
        let guest = self.guests.entry(id).or_default();
        guest.visit = Some(recorded.visit);
        guest.revision = 0;
        self.guess(id);
        recorded.photograph_lost.map_or(Ok(()), Err)
    }

    /// Replaces the record's answer by a better one.
    fn revise(&mut self, id: ArrivalId, answer: &Finding) -> Result<(), CatalogueError> {
        let guest = self.guests.entry(id).or_default();
        guest.seen.clone_from(&guest.latest);
        let Some(visit) = guest.visit else {
            return self.record(id, answer);
        };
        let offers = self.offer(id, answer);
        let revised = self.catalogue.revise(visit, &self.new_visit(id, &offers))?;
        // Staff may have confirmed it meanwhile; then it stays as it is.
        self.show_visit(self.catalogue.visit(visit)?);
        revised.photograph_lost.map_or(Ok(()), Err)
    }

    /// Records an answer that could not be recorded when it came; `None` where there is none.
    pub(super) fn record_late(&mut self, id: ArrivalId) -> Option<Result<(), CatalogueError>> {
        let is_recorded = (self.guests.get(&id)).is_some_and(|guest| guest.visit.is_some());
        let arrival = self.entrance.arrival(id).filter(|_| !is_recorded)?;
        let is_due = arrival.stage() == Stage::Answered;
        let answer = arrival.answer().filter(|_| is_due)?.clone();
        Some(self.record(id, &answer))
    }

    /// The same for every arrival.
    pub(super) fn record_all_late(&mut self) {
        let ids: Vec<ArrivalId> = self.entrance.arrivals().map(Arrival::id).collect();
        for id in ids {
            if let Some(recorded) = self.record_late(id) {
                self.report(id, recorded);
            }
        }
    }

    /// Offers what an answer comes to together with the breeds that were learnt.
    fn offer(&mut self, id: ArrivalId, answer: &Finding) -> Offers {
        let learnt = self.learning.breeds(&self.metadata.trained.when);
        let arrival = self.entrance.arrival(id);
        let embedding = arrival.map(Arrival::embedding).unwrap_or_default();
        let mut offers = Offers::new(answer, &embedding, &learnt, &self.metadata);
        let guest = self.guests.entry(id).or_default();
        if let Some(former) = &guest.offers {
            offers.follow(former);
        }
        guest.offers = Some(offers.clone());
        offers
    }

    /// Looks up which animal an arrival may be, and offers those that are likely. It may be none where
    /// staff have said who it is.
    pub(super) fn guess(&mut self, id: ArrivalId) {
        let Some(guest) = self.guests.get(&id) else {
            return;
        };
        let visit = guest.visit.filter(|_| guest.name.is_none());
        let guess = visit.and_then(|visit| self.guess_of(visit));
        let greeting = guess.as_ref().map_or(Greeting::Unknown, Greeting::of);
        let offered = guess.iter().flat_map(|guess| &guess.guests);
        let offered: Vec<AnimalId> = (offered.take(greeting.offered()))
            .map(|guest| guest.animal.id)
            .collect();
        let portraits = match (greeting, &guess) {
            (Greeting::OneOf(count), Some(guess)) => self.portraits(id, guess, count),
            _ => Vec::new(),
        };
        let guest = self.guests.entry(id).or_default();
        if let Some(offers) = &mut guest.offers {
            offers.offer_guests(offered);
        }
        guest.portraits = portraits;
        guest.guess = guess.map(Arc::new);
    }

    /// Looks it up again for everybody who is still to be confirmed: an animal in the house does not
    /// arrive.
    pub(super) fn guess_all(&mut self) {
        let open = self.entrance.arrivals();
        let open = open.filter(|arrival| arrival.stage() == Stage::Answered);
        let ids: Vec<ArrivalId> = open.map(Arrival::id).collect();
        for id in ids {
            self.guess(id);
        }
    }

    fn guess_of(&self, visit: VisitId) -> Option<Guess> {
        let calibration = self.metadata.embedding.as_ref()?.guests.as_ref()?;
        match self.catalogue.guess(visit, calibration) {
            Ok(guess) => guess,
            Err(error) => {
                tracing::warn!(%error, "it cannot be looked up who arrived");
                None
            }
        }
    }

    /// Pictures of the first animals of a guess. Those that the arrival has already are not read again.
    fn portraits(
        &self,
        id: ArrivalId,
        guess: &Guess,
        count: usize,
    ) -> Vec<(VisitId, Arc<RgbImage>)> {
        let known = self.guests.get(&id).map(|guest| &guest.portraits[..]);
        let known = known.unwrap_or_default();
        let visits = guess.guests.iter().take(count);
        let visits = visits.filter_map(|guest| guest.visit);
        let pictures = visits.filter_map(|visit| {
            let portrait = match known.iter().find(|(other, _)| *other == visit) {
                Some((_, portrait)) => Arc::clone(portrait),
                None => Arc::new(self.portrait(visit)?),
            };
            Some((visit, portrait))
        });
        pictures.collect()
    }

    /// The picture of an earlier visit, if it can be read.
    fn portrait(&self, visit: VisitId) -> Option<RgbImage> {
        let failed = |error: &dyn Display| {
            tracing::debug!(%visit, %error, "the picture of an earlier visit cannot be read");
        };
        let photograph = self.catalogue.photograph(visit);
        let photograph = photograph.inspect_err(|error| failed(error)).ok()??;
        let picture = photo::decode(&photograph);
        let picture = picture.inspect_err(|error| failed(error)).ok()?;
        let size = [picture.width(), picture.height()];
        let [width, height] = photo::fit(size, [PORTRAIT; 2]);
        Some(imageops::thumbnail(&picture, width, height))
    }

    /// The arrival whose visit this is.
    pub(super) fn arrival_of(&self, visit: VisitId) -> Option<ArrivalId> {
        let mut guests = self.guests.iter();
        let found = guests.find(|(_, guest)| guest.visit == Some(visit));
        found.map(|(id, _)| *id)
    }

    /// Shows the present state of a visit, if its arrival is still there.
    pub(super) fn show_visit(&mut self, visit: Visit) {
        let Some(id) = self.arrival_of(visit.id) else {
            return;
        };
        let care = match &visit.animal {
            // Without it, the page says the same.
            Some((id, _)) => self.catalogue.animal(*id).ok().as_ref().and_then(care),
            None => None,
        };
        let guest = self.guests.entry(id).or_default();
        guest.revision = visit.revision;
        guest.care = care;
        guest.name = visit.animal.map(|(_, name)| name);
        guest.confirmed = visit.confirmed_breed;
        let event = if guest.confirmed.is_some() {
            Event::Confirmed(id)
        } else {
            Event::Undone(id)
        };
        self.advance(self.now(), event);
        self.guess(id);
    }

    /// Says on screen and page that the catalogue could not do its work, and logs it when it is new.
    pub(super) fn fail(&mut self, error: &CatalogueError) {
        let message = notices::of_catalogue(error);
        if self.failure.as_ref() != Some(&message) {
            tracing::error!(%error, "the catalogue cannot do its work");
        }
        self.failure = Some(message);
    }

    fn new_visit(&self, id: ArrivalId, offers: &Offers) -> NewVisit {
        let guest = self.guests.get(&id);
        let seen = guest.and_then(|guest| guest.seen.as_deref());
        let whole_frames = self.settings.whole_frames;
        let arrival = self.entrance.arrival(id);
        NewVisit {
            at: Timestamp::now(),
            photograph: seen.map(|seen| kept::photograph(&seen.picture, seen.region, whole_frames)),
            verdict: offers.kind,
            candidates: offers.candidates.clone(),
            confidence: offers.confidence,
            embedding: arrival.map(Arrival::embedding).unwrap_or_default(),
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
