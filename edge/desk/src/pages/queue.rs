//! Those that need a call: one after another, newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::page::{Page, show};
use super::rows::VisitRow;
use super::settle::Settle;
use crate::{Desk, DeskError};

/// How many are looked through at once.
const MOST: usize = 1000;

/// A visit that needs a call.
struct Call {
    visit: VisitRow,
    title: String,
    /// How many there are after it.
    left: String,
    settle: Settle,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    page: Page,
    call: Option<Call>,
    /// Whether some were left out on the way here.
    skipped: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct QueueQuery {
    /// Those before this one: later ones are settled or were skipped.
    before: Option<i64>,
}

pub(super) async fn queue(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<QueueQuery>,
) -> Result<Html<String>, DeskError> {
    let metadata = desk.kiosk().metadata.clone();
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
                    let mut settle = Settle::new(catalogue, words, &metadata, visit, "")?;
                    settle.after_breed = format!("/queue?before={}", visit.id);
                    Some(Call {
                        visit: VisitRow::new(words, visit),
                        title: words.t(match visit.verdict.as_str() {
                            "species" => "verdict-species",
                            "not_ours" => "verdict-not-ours",
                            _ => "verdict-unsure",
                        }),
                        left: words.with("queue-left", "count", waiting.len()),
                        settle,
                    })
                }
            };
            Ok(QueuePage {
                page,
                call,
                skipped,
            })
        })
        .await?;
    show(&template)
}
