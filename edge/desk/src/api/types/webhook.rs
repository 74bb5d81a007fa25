//! The webhook, and what it is told.

use catalogue::{AnimalId, VisitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::visits::{State, Verdict};
use crate::webhook::{Progress, Target};

/// Where the kiosk reports what happens to visits, and how that goes.
#[derive(Serialize, ToSchema)]
pub(crate) struct Webhook {
    /// The address; `null` if there is no webhook.
    url: Option<String>,
    /// Whether the events name animals and who decided.
    names: bool,
    /// How many events wait.
    waiting: usize,
    /// How many events the receiver got since the kiosk started.
    delivered: u64,
    /// How many attempts failed since then.
    failures: u64,
    /// How many events the receiver never got since then.
    given_up: u64,
    /// Why the last attempt failed, in one line of English; `null` if it did not.
    failure: Option<String>,
}

impl Webhook {
    pub(crate) fn new(target: Option<Target>, progress: &Progress) -> Self {
        Self {
            names: target.as_ref().is_some_and(|target| target.names),
            url: target.map(|target| target.url),
            waiting: progress.waiting,
            delivered: progress.delivered,
            failures: progress.failures,
            given_up: progress.given_up,
            failure: progress.failure.as_ref().map(ToString::to_string),
        }
    }
}

/// Where the kiosk is to report what happens to visits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// The address: https, or http in the local network.
    pub(crate) url: String,
    /// What the events are signed with: 16 to 200 characters without spaces. Without it, the former
    /// secret stays.
    pub(crate) secret: Option<String>,
    /// Whether the events name animals and who decided; the default is `false`.
    #[serde(default)]
    pub(crate) names: bool,
}

/// What the kiosk sends to the webhook.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookEvent {
    /// What happened.
    event: EventKind,
    /// When it happened.
    at: Timestamp,
    /// The visit as it was then.
    visit: EventVisit,
}

/// What happened to a visit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum EventKind {
    /// It was recorded.
    Arrival,
    /// Its answer was replaced by a better one.
    Answer,
    /// Staff confirmed or corrected it, or undid that.
    Decision,
    /// It was deleted.
    Deletion,
}

/// What a webhook learns about a visit.
#[derive(Serialize, ToSchema)]
struct EventVisit {
    /// Its number.
    #[schema(value_type = i64)]
    id: VisitId,
    /// Its revision: of two events about the same visit, the one with the higher revision is newer.
    revision: u32,
    /// When it began.
    at: Timestamp,
    /// Whether staff confirmed it.
    state: State,
    /// The kind of answer that the network gave.
    verdict: Verdict,
    /// The id of its breed: what staff said, else what was recognised, if anything was.
    breed: Option<String>,
    /// The animal's number, if staff said which one it is.
    #[schema(value_type = Option<i64>)]
    animal: Option<AnimalId>,
    /// The animal's name; only if the owner wants names.
    #[serde(skip_serializing_if = "Option::is_none")]
    animal_name: Option<String>,
    /// Who decided; only if the owner wants names.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_by: Option<String>,
}

impl WebhookEvent {
    /// What to send about a visit; with names if the owner wants that.
    pub(crate) fn new(
        what: catalogue::VisitEvent,
        visit: &catalogue::Visit,
        at: Timestamp,
        names: bool,
    ) -> Self {
        let (animal, name) = visit.animal.clone().unzip();
        Self {
            event: what.into(),
            at,
            visit: EventVisit {
                id: visit.id,
                revision: visit.revision,
                at: visit.at,
                state: visit.state.into(),
                verdict: visit.verdict.into(),
                breed: visit.breed.clone().map(String::from),
                animal,
                animal_name: name.filter(|_| names),
                settled_by: visit.confirmed_by.clone().filter(|_| names),
            },
        }
    }
}

impl From<catalogue::VisitEvent> for EventKind {
    fn from(event: catalogue::VisitEvent) -> Self {
        match event {
            catalogue::VisitEvent::Recorded => Self::Arrival,
            catalogue::VisitEvent::Revised => Self::Answer,
            catalogue::VisitEvent::Decided => Self::Decision,
            catalogue::VisitEvent::Deleted => Self::Deletion,
        }
    }
}
