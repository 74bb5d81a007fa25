//! A kiosk without camera, networks and page: its catalogue, and its link to the hub.

use std::path::Path;
use std::sync::Arc;

use catalogue::{AnimalFields, Catalogue, CatalogueError, Decision, NewVisit, VisitId};
use jiff::Timestamp;
use recognise::metadata::Species;
use recognise::{Candidate, Source, VerdictKind};
use sync::hub::Settings;

use super::compared::uids;
use crate::links::HUB;

/// The number of check-ins after each of which an animal comes for the first time.
const NEWCOMER: usize = 20;

/// The numbers of an embedding.
const NUMBERS: usize = 128;

/// A kiosk that only checks in.
#[derive(Debug)]
pub(super) struct Simulated {
    catalogue: Arc<Catalogue>,
    settings: Settings,
    name: String,
    /// Visits whose confirmation is on the disk.
    confirmed: Vec<VisitId>,
}

impl Simulated {
    /// A kiosk with a new catalogue in a subfolder with the kiosk's name.
    pub(super) fn open(folder: &Path, (name, settings): (String, Settings)) -> Self {
        let catalogue = Catalogue::open(&folder.join(&name)).expect("a new catalogue");
        catalogue.follow(HUB).expect("a sender");
        Self {
            catalogue: Arc::new(catalogue),
            settings,
            name,
            confirmed: Vec::new(),
        }
    }

    /// What its link needs.
    pub(super) fn link(&self) -> (Arc<Catalogue>, Settings) {
        (Arc::clone(&self.catalogue), self.settings.clone())
    }

    /// An animal arrives, and staff confirm it.
    ///
    /// Only newcomers are confirmed as animals, the others by their breed alone: every change of a guest
    /// goes to all kiosks of the chain, and this machine does the work of all of them.
    pub(super) fn check_in(&mut self, at: Timestamp) -> Result<(), CatalogueError> {
        let number = self.confirmed.len();
        let is_newcomer = number.is_multiple_of(NEWCOMER);
        let recorded = self.catalogue.record(&NewVisit {
            at,
            photograph: None,
            verdict: VerdictKind::Breed,
            candidates: vec![Candidate {
                breed: "beagle".into(),
                probability: 0.9,
            }],
            confidence: 0.9,
            embedding: if is_newcomer {
                embedding(number)
            } else {
                Vec::new()
            },
            model: "fleet".to_owned(),
            source: Source::Camera,
        })?;
        let decision = Decision {
            breed: "beagle".into(),
            breed_name: None,
            animal: None,
            by: "ana".to_owned(),
            at,
            revision: Some(0),
        };
        if is_newcomer {
            let name = format!("{} {number}", self.name);
            let animal = AnimalFields::new(&name, Species::Dog, "beagle");
            self.catalogue
                .confirm_newcomer(recorded.visit, &animal, &decision)?;
        } else {
            self.catalogue.confirm(recorded.visit, &decision)?;
        }
        self.confirmed.push(recorded.visit);
        Ok(())
    }

    /// Whether the hub has all that it had to send.
    pub(super) fn is_sent(&self) -> bool {
        self.waiting() == Some(0)
    }

    /// How many events wait to be sent.
    pub(super) fn waiting(&self) -> Option<u64> {
        let backlog = self.catalogue.backlog(HUB);
        backlog.ok().map(|backlog| backlog.waiting)
    }

    /// The visits that were confirmed, by the ids that the chain knows them by.
    pub(super) fn confirmed(&self, folder: &Path) -> Vec<String> {
        uids(&folder.join(&self.name), &self.confirmed)
    }
}

/// An embedding that differs from those with other numbers.
fn embedding(number: usize) -> Vec<f32> {
    let angle = |index: usize| (index * (number + 1)) as f32;
    (0..NUMBERS).map(|index| angle(index).sin()).collect()
}
