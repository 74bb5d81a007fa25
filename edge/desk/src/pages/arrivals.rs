//! The arrivals beside the one that the live page is about: numbered cards, by which staff bring
//! another one into focus.

use axum::extract::{Path, State};
use axum::response::Redirect;
use catalogue::{Catalogue, CatalogueError, Visit, VisitId};
use checkin::Stage;
use recognise::VerdictKind;

use super::live::known;
use super::rows::{self, Mark};
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::{Arrival, CommandError, Live};
use crate::session::Session;

/// An arrival.
pub(super) struct Card {
    pub(super) id: u64,
    pub(super) number: u8,
    /// The address of its photograph, if one is stored.
    pub(super) photograph: Option<String>,
    /// The answer in a few words, or its number before there is one.
    pub(super) title: String,
    /// How far it has got.
    pub(super) mark: Mark,
}

/// The cards of the arrivals that the page is not about: it is about the visit that it is pinned to,
/// else about the arrival in focus. In the order of their numbers; none where there is one arrival.
pub(super) fn cards(
    catalogue: &Catalogue,
    words: &Words,
    live: &Live,
    pinned: Option<VisitId>,
) -> Result<Vec<Card>, CatalogueError> {
    if live.others.is_empty() {
        return Ok(Vec::new());
    }
    let is_beside = |arrival: &&Arrival| match pinned {
        Some(visit) => arrival.visit != Some(visit),
        None => arrival.id != live.arrival.id,
    };
    let mut beside: Vec<&Arrival> = live.arrivals().filter(is_beside).collect();
    beside.sort_by_key(|arrival| arrival.number);
    (beside.into_iter())
        .map(|arrival| Card::new(catalogue, words, arrival))
        .collect()
}

/// The number of the arrival that the page is about, where there are several.
pub(super) fn number(live: &Live, pinned: Option<VisitId>) -> Option<u8> {
    if live.others.is_empty() {
        return None;
    }
    let arrival = match pinned {
        Some(visit) => (live.arrivals()).find(|arrival| arrival.visit == Some(visit)),
        None => Some(&live.arrival),
    };
    arrival.map(|arrival| arrival.number)
}

impl Card {
    fn new(
        catalogue: &Catalogue,
        words: &Words,
        arrival: &Arrival,
    ) -> Result<Self, CatalogueError> {
        let visit = match arrival.visit {
            Some(id) => known(catalogue.visit(id))?,
            None => None,
        };
        let title = match (&visit, arrival.stage) {
            (Some(visit), _) => title(words, visit, arrival),
            (None, Stage::Empty | Stage::Somebody | Stage::Predicting) => {
                words.with("arrivals-number", "number", arrival.number)
            }
            (None, _) => {
                let verdict = arrival.verdict.unwrap_or(VerdictKind::Unsure);
                words.t(rows::open_verdict(verdict))
            }
        };
        Ok(Self {
            id: arrival.id,
            number: arrival.number,
            photograph: (visit.filter(|visit| visit.has_photograph))
                .map(|visit| rows::photograph_of(visit.id)),
            title,
            mark: mark(words, arrival.stage),
        })
    }
}

/// The name of the guest, or of the animal that is selected on the screen, else the breed, else what
/// is open: the screen says the same.
fn title(words: &Words, visit: &Visit, arrival: &Arrival) -> String {
    if let Some((_, name)) = &visit.animal {
        return name.clone();
    }
    let selected = (arrival.animal()).filter(|_| visit.confirmed_breed.is_none());
    if let Some(animal) = selected {
        return rows::known_name(words, animal);
    }
    let breed = words.breed_of_visit(visit);
    breed.unwrap_or_else(|| words.t(rows::open_verdict(visit.verdict)))
}

fn mark(words: &Words, stage: Stage) -> Mark {
    let (class, key) = match stage {
        Stage::Empty | Stage::Somebody => ("", "arrivals-somebody"),
        Stage::Predicting => ("", "arrivals-predicting"),
        Stage::Answered => ("warn", "arrivals-open"),
        Stage::Confirmed | Stage::Thanks => ("good", "arrivals-confirmed"),
    };
    Mark {
        class,
        text: words.t(key),
    }
}

/// Brings an arrival into focus. Where it has gone meanwhile, the page shows who is there now.
pub(super) async fn focus(
    _: Session,
    State(desk): State<Desk>,
    Path(id): Path<u64>,
) -> Result<Redirect, DeskError> {
    match desk.focus(id).await {
        Ok(()) | Err(DeskError::Command(CommandError::Outdated)) => Ok(Redirect::to("/")),
        Err(error) => Err(error),
    }
}
