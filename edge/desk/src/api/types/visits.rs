//! Visits, and what staff decide about them.

use catalogue::{AnimalId, VisitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One arrival on record.
#[derive(Serialize, ToSchema)]
pub(crate) struct Visit {
    /// Its number.
    #[schema(value_type = i64)]
    id: VisitId,
    /// Its revision: it goes up with every change of its answer, breed or animal.
    revision: u32,
    /// Whether staff confirmed it.
    state: State,
    /// When it began.
    at: Timestamp,
    /// The kind of answer that the network gave.
    verdict: Verdict,
    /// The likeliest breeds, at most three, likeliest first.
    candidates: Vec<Candidate>,
    /// The probability of the answer, 0 to 1.
    confidence: f32,
    /// The id of its breed: what staff said, else what was recognised, if anything was.
    breed: Option<String>,
    /// The id of the breed that staff confirmed or corrected it to.
    said: Option<String>,
    /// That breed in the words of staff, if its id is `other` and they said more.
    breed_name: Option<String>,
    /// When they last did so.
    settled_at: Option<Timestamp>,
    /// Who did so.
    settled_by: Option<String>,
    /// The animal's number and name.
    #[schema(value_type = Option<(i64, String)>)]
    animal: Option<(AnimalId, String)>,
    /// The version of the network.
    model: String,
    /// Where the picture came from.
    source: Source,
    /// Whether a photograph of it is stored.
    has_photograph: bool,
}

impl From<catalogue::Visit> for Visit {
    fn from(visit: catalogue::Visit) -> Self {
        Self {
            id: visit.id,
            revision: visit.revision,
            state: visit.state.into(),
            at: visit.at,
            verdict: visit.verdict.into(),
            candidates: visit.candidates.into_iter().map(Candidate::from).collect(),
            confidence: visit.confidence,
            breed: visit.breed.map(String::from),
            said: visit.confirmed_breed.map(String::from),
            breed_name: visit.confirmed_breed_name,
            settled_at: visit.confirmed_at,
            settled_by: visit.confirmed_by,
            animal: visit.animal,
            model: visit.model,
            source: visit.source.into(),
            has_photograph: visit.has_photograph,
        }
    }
}

/// Whether staff confirmed a visit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// They confirmed or corrected the answer.
    Confirmed,
    /// Nobody did so yet.
    Unconfirmed,
}

impl From<catalogue::VisitState> for State {
    fn from(state: catalogue::VisitState) -> Self {
        match state {
            catalogue::VisitState::Confirmed => Self::Confirmed,
            catalogue::VisitState::Unconfirmed => Self::Unconfirmed,
        }
    }
}

/// A breed that an animal may be of.
#[derive(Serialize, ToSchema)]
pub(crate) struct Candidate {
    /// The breed's id.
    breed: String,
    /// Its probability, 0 to 1.
    probability: f32,
}

impl From<recognise::Candidate> for Candidate {
    fn from(candidate: recognise::Candidate) -> Self {
        Self {
            breed: candidate.breed.into(),
            probability: candidate.probability,
        }
    }
}

/// The kinds of answers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// A breed.
    Breed,
    /// A cat or a dog whose breed is unclear.
    Species,
    /// One of several breeds.
    Unsure,
    /// No animal that the network knows.
    NotOurs,
}

impl From<recognise::VerdictKind> for Verdict {
    fn from(kind: recognise::VerdictKind) -> Self {
        match kind {
            recognise::VerdictKind::Breed => Self::Breed,
            recognise::VerdictKind::Species => Self::Species,
            recognise::VerdictKind::Unsure => Self::Unsure,
            recognise::VerdictKind::NotOurs => Self::NotOurs,
        }
    }
}

/// Where a picture came from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// The camera at the entrance.
    Camera,
    /// A photograph that was dropped on the page.
    Page,
}

impl From<recognise::Source> for Source {
    fn from(source: recognise::Source) -> Self {
        match source {
            recognise::Source::Camera => Self::Camera,
            recognise::Source::Page => Self::Page,
        }
    }
}

/// What staff decide about a visit.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Confirmation {
    /// The breed's id or any of its names, or `other`.
    pub(crate) breed: String,
    /// A breed that is in no list, in the words of staff, at most 100 characters; only with `other`.
    pub(crate) breed_name: Option<String>,
    /// Which animal it is, if that is known.
    #[schema(value_type = Option<i64>)]
    pub(crate) animal: Option<AnimalId>,
    /// The visit's revision that the decision is about. If the visit has changed since, the decision
    /// is refused. Without it, that is not checked.
    pub(crate) revision: Option<u32>,
}

/// What staff decide about many visits.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Confirmations {
    /// Which visits, at most 1000.
    pub(crate) visits: Vec<SeenVisit>,
    /// The breed's id or any of its names, or `other`.
    pub(crate) breed: String,
    /// A breed that is in no list, in the words of staff, at most 100 characters; only with `other`.
    pub(crate) breed_name: Option<String>,
}

/// A visit by its number, alone or with the revision that the decision is about.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SeenVisit {
    /// The number alone: it is not checked whether the visit has changed.
    Id(i64),
    /// If the visit has changed since this revision, the decision is refused.
    Revision {
        /// The visit's number.
        id: i64,
        /// Its revision.
        revision: u32,
    },
}

impl From<SeenVisit> for (VisitId, Option<u32>) {
    fn from(seen: SeenVisit) -> Self {
        match seen {
            SeenVisit::Id(id) => (VisitId(id), None),
            SeenVisit::Revision { id, revision } => (VisitId(id), Some(revision)),
        }
    }
}

/// How many visits changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Confirmed {
    /// How many visits changed.
    pub(crate) settled: usize,
}

/// A change of a visit, an animal, an owner or the settings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Change {
    /// When.
    at: Timestamp,
    /// Who made it.
    by: String,
    /// Which field of the record: `said`, `animal` (by its number), `name`, `notes`... Or what was
    /// done: `undone`, `deleted`, `merged` (the number of the other animal), `owner` (the number of one
    /// who was added or removed), `booking`, `checked_out`.
    field: String,
    /// Its former value; `null` if it had none.
    before: Option<String>,
    /// Its new value; `null` if it has none.
    after: Option<String>,
}

impl From<catalogue::Change> for Change {
    fn from(change: catalogue::Change) -> Self {
        Self {
            at: change.at,
            by: change.by,
            field: change.field,
            before: change.before,
            after: change.after,
        }
    }
}
