//! The visits that staff have to decide: one after another, newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::adopted;
use super::confirm::Options;
use super::learnt;
use super::page::{Page, show};
use super::rows::{self, VisitRow};
use crate::desk::Desk;
use crate::error::DeskError;

/// The most visits that are counted.
const MOST: usize = 1000;

/// A visit to decide.
struct Call {
    visit: VisitRow,
    title: String,
    /// How many there are, as a text.
    left: String,
    options: Options,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    page: Page,
    call: Option<Call>,
    /// Whether some were skipped on the way here.
    skipped: bool,
    /// That an animal has become a guest here by the decision before.
    adopted: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct QueueQuery {
    /// Only those before this visit: later ones were decided or skipped.
    before: Option<i64>,
    /// The animal that has become a guest here by the decision before.
    adopted: Option<i64>,
}

pub(super) async fn queue(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<QueueQuery>,
) -> Result<Html<String>, DeskError> {
    let metadata = desk.kiosk().metadata();
    let template = desk
        .catalogue(move |catalogue| {
            let words = &page.words;
            let mut waiting = catalogue.needs_call(MOST)?;
            let all = waiting.len();
            waiting.retain(|visit| query.before.is_none_or(|before| visit.id.0 < before));
            let skipped = waiting.len() < all;
            let call = match waiting.first() {
                None => None,
                Some(visit) => {
                    let mut options = Options::new(catalogue, words, &metadata, visit, "")?;
                    let learnt = learnt::of_visit(catalogue, &metadata, visit)?;
                    options.mark_learnt(words, &learnt);
                    options.after_breed = format!("/queue?before={}", visit.id);
                    options.after_guest = options.after_breed.clone();
                    options.after_deletion = options.after_breed.clone();
                    Some(Call {
                        visit: VisitRow::new(words, visit),
                        title: words.t(rows::open_verdict(visit.verdict)),
                        left: words.with("queue-left", "count", waiting.len()),
                        options,
                    })
                }
            };
            Ok(QueuePage {
                adopted: adopted::message(catalogue, words, query.adopted)?,
                page,
                call,
                skipped,
            })
        })
        .await?;
    show(&template)
}
