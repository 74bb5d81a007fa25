//! One visit: its picture, what was recognised, what was said, and saying it again.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use serde::Deserialize;

use super::page::{Page, refused, show};
use super::rows::{self, ChangeRow, VisitRow};
use super::settle::Settle;
use catalogue::{Subject, VisitId};
use crate::{Desk, DeskError};

#[derive(Template)]
#[template(path = "visit.html")]
struct VisitPage {
    page: Page,
    visit: VisitRow,
    /// What the network made of it.
    answer: String,
    /// By which network, from where.
    origin: String,
    settle_title: String,
    settle: Settle,
    changes: Vec<ChangeRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GuestQuery {
    name: String,
}

pub(super) async fn visit(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Query(query): Query<GuestQuery>,
) -> Result<Html<String>, DeskError> {
    show(&load(page, desk, VisitId(id), query.name, |_| ()).await?)
}

/// The page once more, because a form on it could not be taken: `alter` puts in what was typed and
/// what is wrong with it.
pub(super) async fn again(
    page: Page,
    desk: Desk,
    id: VisitId,
    alter: impl FnOnce(&mut Settle) + Send + 'static,
) -> Result<Response, DeskError> {
    refused(&load(page, desk, id, String::new(), alter).await?)
}

async fn load(
    page: Page,
    desk: Desk,
    id: VisitId,
    query: String,
    alter: impl FnOnce(&mut Settle) + Send + 'static,
) -> Result<VisitPage, DeskError> {
    let metadata = desk.kiosk().metadata.clone();
    desk.catalogue(move |catalogue| {
        let words = &page.words;
        let visit = catalogue.visit(id)?;
        let mut settle = Settle::new(catalogue, words, &metadata, &visit, &query)?;
        alter(&mut settle);
        Ok(VisitPage {
            answer: rows::recognised(words, &visit),
            origin: {
                let source = match visit.source.as_str() {
                    "page" => words.t("source-page"),
                    _ => words.t("source-camera"),
                };
                let model = words.date_of(&visit.model);
                format!("{source} {}", words.with("visit-model", "model", model))
            },
            settle_title: words.t(if settle.breed_first {
                "visit-settle"
            } else {
                "visit-settled"
            }),
            changes: rows::changes(catalogue, words, &catalogue.history(Subject::Visit(id))?)?,
            visit: rows::visit(catalogue, words, &visit)?,
            settle,
            page,
        })
    })
    .await
}
