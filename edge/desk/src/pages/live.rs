//! The desk at this moment: the screen, the arrival before it, and who came today.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use serde::Deserialize;

use super::page::{Page, show};
use super::rows::{self, VisitRow};
use super::settle::Settle;
use super::words::Words;
use catalogue::{CatalogueError, Visit, VisitId};
use crate::upload::LARGEST_PHOTOGRAPH;
use crate::{Desk, DeskError};
use crate::kiosk::{Arrival, Button, Command, Live, Notice, Stage};

/// How many of today's visits stand beside the screen.
const VISITS: usize = 8;

/// The buttons at the screen: address, key on the keyboard, text.
const KEYS: [(&str, &str, &str); 3] = [
    ("confirm", "c", "live-confirm"),
    ("next", "x", "live-next"),
    ("new", "w", "live-new"),
];

/// What stands beside the screen about the arrival.
struct Panel {
    /// What the script compares with the kiosk's events: whether this is still so.
    key: String,
    visit: Option<VisitId>,
    /// The visit that stays here though the kiosk has gone on.
    pinned: Option<VisitId>,
    /// All of it in one sentence.
    said: String,
    above: Option<String>,
    title: String,
    below: Option<String>,
}

/// What was just done, and what must not be overlooked about the guest.
struct Done {
    text: String,
    alerts: Vec<String>,
}

/// Something that is wrong with the kiosk.
pub(super) struct NoticeRow {
    pub(super) title: String,
    pub(super) message: String,
}

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    page: Page,
    notices: Vec<NoticeRow>,
    done: Option<Done>,
    panel: Panel,
    settle: Option<Settle>,
    visits: Vec<VisitRow>,
    count: String,
    keys: [(&'static str, &'static str, &'static str); 3],
    limit: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LiveQuery {
    /// The visit to stay with.
    visit: Option<i64>,
    /// The visit that was just settled.
    done: Option<i64>,
    /// Whom the guest was searched by.
    name: String,
}

pub(super) async fn live(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<LiveQuery>,
) -> Result<Html<String>, DeskError> {
    let live = Arc::clone(&desk.kiosk().live().borrow());
    let metadata = desk.kiosk().metadata.clone();
    let template = desk
        .catalogue(move |catalogue| {
            let words = &page.words;
            let pinned = query.visit.map(VisitId);
            let visit = match pinned.or(live.arrival.visit) {
                Some(id) => known(catalogue.visit(id))?,
                None => None,
            };
            let done = match query.done {
                Some(id) => match known(catalogue.visit(VisitId(id)))? {
                    Some(visit) => Some(Done {
                        text: settled(words, &visit),
                        // What stands beside the screen need not be said twice.
                        alerts: match live.arrival.visit == Some(visit.id) {
                            true => Vec::new(),
                            false => rows::visit(catalogue, words, &visit)?.alerts,
                        },
                    }),
                    None => None,
                },
                None => None,
            };
            let settle = match &visit {
                Some(visit) => {
                    let mut settle = Settle::new(catalogue, words, &metadata, visit, &query.name)?;
                    settle.here = "/".to_owned();
                    settle.pinned = Some(visit.id);
                    settle.after_breed = format!("/?visit={}", visit.id);
                    settle.after_guest = format!("/?done={}", visit.id);
                    Some(settle)
                }
                None => None,
            };
            let today = catalogue.visits_on(words.today, VISITS, 0)?;
            let count = words.number(catalogue.count_on(words.today)? as u64);
            Ok(LivePage {
                notices: notices(words, &live.notices),
                done,
                panel: panel(words, &live, visit.as_ref(), pinned),
                settle,
                visits: rows::visits(catalogue, words, &today)?,
                count,
                keys: KEYS,
                limit: LARGEST_PHOTOGRAPH,
                page,
            })
        })
        .await?;
    show(&template)
}

/// A visit that is not there is nothing to stay with.
fn known(visit: Result<Visit, CatalogueError>) -> Result<Option<Visit>, CatalogueError> {
    match visit {
        Ok(visit) => Ok(Some(visit)),
        Err(CatalogueError::NoSuchVisit(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn panel(words: &Words, live: &Live, visit: Option<&Visit>, pinned: Option<VisitId>) -> Panel {
    let (above, title, below) = match visit {
        Some(visit) => about_visit(words, visit),
        None => {
            let (title, below) = match live.arrival.stage {
                Stage::Empty => ("live-empty", Some("live-empty-how")),
                Stage::Somebody => ("live-somebody", Some("live-somebody-how")),
                Stage::Looking => ("live-looking", Some("live-looking-how")),
                Stage::Answered => (
                    verdict(live.arrival.verdict.as_deref()),
                    Some("live-unrecorded"),
                ),
                Stage::Settled | Stage::Thanks => ("live-thanks", None),
            };
            (None, words.t(title), below.map(|key| words.t(key)))
        }
    };
    let parts = [above.as_deref(), Some(&title), below.as_deref()];
    Panel {
        key: key(&live.arrival),
        visit: visit.map(|visit| visit.id),
        pinned: visit.and(pinned),
        said: parts.into_iter().flatten().collect::<Vec<_>>().join(". "),
        above,
        title,
        below,
    }
}

/// Above, large, and below: what is known of an arrival.
fn about_visit(words: &Words, visit: &Visit) -> (Option<String>, String, Option<String>) {
    let name = |breed: &String| words.breed(breed);
    match (&visit.confirmed_breed, &visit.animal) {
        (Some(said), Some((_, guest))) => (
            Some(words.t("live-settled")),
            guest.clone(),
            Some(name(said)),
        ),
        (Some(said), None) => (Some(words.t("live-settled")), name(said), None),
        (None, _) => match (visit.verdict.as_str(), visit.candidates.first()) {
            ("breed", Some(best)) => {
                let (sure, percent) = (
                    words.sure(visit.confidence),
                    words.percent(visit.confidence),
                );
                let below = format!("{sure}, {percent}");
                (
                    Some(words.t("live-answered")),
                    name(&best.breed),
                    Some(below),
                )
            }
            (other, _) => {
                let below = words.t("live-your-call");
                (
                    Some(words.t("live-answered")),
                    words.t(verdict(Some(other))),
                    Some(below),
                )
            }
        },
    }
}

fn verdict(verdict: Option<&str>) -> &'static str {
    match verdict {
        Some("species") => "verdict-species",
        Some("not_ours") => "verdict-not-ours",
        _ => "verdict-unsure",
    }
}

/// The script makes the same of the kiosk's events.
fn key(arrival: &Arrival) -> String {
    let stage = match arrival.stage {
        Stage::Empty => "empty",
        Stage::Somebody => "somebody",
        Stage::Looking => "looking",
        Stage::Answered => "answered",
        Stage::Settled => "settled",
        Stage::Thanks => "thanks",
    };
    let visit = arrival
        .visit
        .map(|visit| visit.to_string())
        .unwrap_or_default();
    let verdict = arrival.verdict.as_deref().unwrap_or_default();
    format!("{stage}/{visit}/{verdict}/{}", arrival.selected)
}

/// What was done about a visit, to say once.
fn settled(words: &Words, visit: &Visit) -> String {
    let breed = visit
        .breed
        .as_ref()
        .map(|breed| words.breed(breed))
        .unwrap_or_default();
    let who = match &visit.animal {
        Some((_, guest)) => format!("{guest} ({breed})"),
        None => breed,
    };
    words.with("live-checked-in", "name", who)
}

/// Notices, under the name of their part.
pub(super) fn notices(words: &Words, notices: &[Notice]) -> Vec<NoticeRow> {
    (notices.iter())
        .map(|notice| NoticeRow {
            title: words.t(&format!("part-{}", notice.part)),
            message: notice.message.clone(),
        })
        .collect()
}

/// A button at the screen, pressed on the page.
pub(super) async fn press(
    _: Page,
    State(desk): State<Desk>,
    Path(button): Path<String>,
) -> Result<Redirect, DeskError> {
    let button = match button.as_str() {
        "confirm" => Button::Confirm,
        "next" => Button::Next,
        "new" => Button::New,
        _ => return Err(DeskError::Missing("button")),
    };
    desk.kiosk().tell(Command::Press(button))?;
    Ok(Redirect::to("/"))
}
