//! The kiosk about itself.

use jiff::Timestamp;
use recognise::{BreedId, Language};
use screens::Locale;
use serde::Serialize;
use utoipa::ToSchema;

use super::animals::Species;
use super::live::{Counts, Notice};
use crate::kiosk::{self, Live};

/// How well the kiosk works.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Whether it works and a visit can be recorded.
    works: bool,
    /// What is wrong or missing while it goes on.
    notices: Vec<Notice>,
    /// What happened since it started.
    counts: Counts,
    /// How much the catalogue holds; `null` if it does not answer.
    totals: Option<Totals>,
    /// The automatic backups; `null` where there are to be none.
    backups: Option<Backups>,
    /// The version of the program.
    version: &'static str,
    /// The version of the network: when it was trained.
    model: String,
}

impl Health {
    pub(crate) fn new(
        works: bool,
        live: &Live,
        totals: Option<catalogue::Totals>,
        model: &str,
    ) -> Self {
        Self {
            works,
            notices: live.notices.iter().map(Notice::from).collect(),
            counts: (&live.counts).into(),
            totals: totals.map(Totals::from),
            backups: live.backups.as_ref().map(Backups::from),
            version: env!("CARGO_PKG_VERSION"),
            model: model.to_owned(),
        }
    }
}

/// How much the catalogue holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Totals {
    /// Animals.
    animals: u64,
    /// Visits.
    visits: u64,
    /// How many of the visits nobody confirmed.
    unconfirmed: u64,
    /// Bytes of the stored photographs.
    photograph_bytes: u64,
}

impl From<catalogue::Totals> for Totals {
    fn from(totals: catalogue::Totals) -> Self {
        Self {
            animals: totals.animals,
            visits: totals.visits,
            unconfirmed: totals.unconfirmed,
            photograph_bytes: totals.photograph_bytes,
        }
    }
}

/// The automatic backups.
#[derive(Serialize, ToSchema)]
pub(crate) struct Backups {
    /// When the newest one was made; `null` if there is none, or if their folder has not been there
    /// since the start.
    newest: Option<Timestamp>,
    /// How many there are.
    count: usize,
    /// Why there is none of today, in one line of English; `null` if there is one.
    failure: Option<String>,
}

impl From<&kiosk::Backups> for Backups {
    fn from(backups: &kiosk::Backups) -> Self {
        let english = Locale::of(Language::English);
        Self {
            newest: backups.newest,
            count: backups.count,
            failure: (backups.failure.as_ref()).map(|reason| english.message(reason)),
        }
    }
}

/// A breed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Breed {
    /// Its id, stable for ever.
    id: String,
    /// Its species; `null` for `other`.
    species: Option<Species>,
    /// Its name in the language of the request.
    name: String,
}

impl Breed {
    pub(crate) fn new(
        id: BreedId,
        species: Option<recognise::metadata::Species>,
        name: String,
    ) -> Self {
        Self {
            id: id.into(),
            species: species.map(Species::from),
            name,
        }
    }
}
