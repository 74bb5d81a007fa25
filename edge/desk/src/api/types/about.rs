//! The kiosk about itself.

use recognise::BreedId;
use serde::Serialize;
use utoipa::ToSchema;

use super::animals::Species;
use super::live::{Counts, Notice};
use crate::kiosk::Live;

/// How well the kiosk works.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Whether it works and its catalogue answers.
    works: bool,
    /// What is wrong or missing while it goes on.
    notices: Vec<Notice>,
    /// What happened since it started.
    counts: Counts,
    /// How much the catalogue holds; `null` if it does not answer.
    totals: Option<Totals>,
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
