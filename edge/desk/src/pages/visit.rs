//! One visit: its photograph, what was recognised, what staff decided, and deciding otherwise.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, Response};
use catalogue::{CatalogueError, Subject, VisitId};
use recognise::Source;
use serde::Deserialize;

use super::adopted;
use super::changes::{self, ChangeRow};
use super::confirm::Options;
use super::learnt;
use super::page::{Page, refused_as, show};
use super::rows::{self, VisitRow};
use crate::desk::Desk;
use crate::error::DeskError;

#[derive(Template)]
#[template(path = "visit.html")]
struct VisitPage {
    page: Page,
    visit: VisitRow,
    /// The answer of the network.
    answer: String,
    /// Where the picture came from, and which network it was.
    origin: String,
    options_title: String,
    options: Options,
    changes: Vec<ChangeRow>,
    /// The message of what was just done.
    done: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VisitQuery {
    /// What was typed to search a guest.
    name: String,
    /// What was just done.
    done: String,
    /// The animal that became a guest here by what was just done.
    adopted: Option<i64>,
}

pub(super) async fn visit(
    page: Page,
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    Query(query): Query<VisitQuery>,
) -> Result<Html<String>, DeskError> {
    show(&load(page, desk, VisitId(id), query, |_| ()).await?)
}

/// The page again, because a form on it could not be accepted: `alter` inserts what was typed and
/// what is wrong with it.
pub(super) async fn again(
    page: Page,
    desk: Desk,
    id: VisitId,
    alter: impl FnOnce(&mut Options) + Send + 'static,
) -> Result<Response, DeskError> {
    with(StatusCode::UNPROCESSABLE_ENTITY, page, desk, id, alter).await
}

/// The page again, because somebody else has changed meanwhile what a form on it is about: `alter`
/// inserts what was typed.
pub(super) async fn outdated(
    page: Page,
    desk: Desk,
    id: VisitId,
    alter: impl FnOnce(&mut Options) + Send + 'static,
) -> Result<Response, DeskError> {
    with(StatusCode::CONFLICT, page, desk, id, alter).await
}

/// The page again, with what is there now, because what the visit has become speaks against a form
/// on it: `alter` inserts what was typed. Any other error is passed on.
pub(super) async fn refuse(
    page: Page,
    desk: Desk,
    id: VisitId,
    error: DeskError,
    alter: impl FnOnce(&mut Options) + Send + 'static,
) -> Result<Response, DeskError> {
    let key = match &error {
        DeskError::Catalogue(CatalogueError::Superseded { .. }) => "visit-changed",
        DeskError::Catalogue(CatalogueError::NothingToUndo(_)) => "visit-nothing-to-undo",
        DeskError::Catalogue(CatalogueError::NoGuest(_)) => "visit-no-guest",
        _ => return Err(error),
    };
    let wrong = page.t(key);
    with(error.status(), page, desk, id, move |options| {
        options.wrong = Some(wrong);
        alter(options);
    })
    .await
}

/// The page again, because a form on it was refused with this status.
async fn with(
    status: StatusCode,
    page: Page,
    desk: Desk,
    id: VisitId,
    alter: impl FnOnce(&mut Options) + Send + 'static,
) -> Result<Response, DeskError> {
    let template = load(page, desk, id, VisitQuery::default(), alter).await?;
    refused_as(status, &template)
}

async fn load(
    page: Page,
    desk: Desk,
    id: VisitId,
    query: VisitQuery,
    alter: impl FnOnce(&mut Options) + Send + 'static,
) -> Result<VisitPage, DeskError> {
    let metadata = desk.kiosk().metadata();
    desk.catalogue(move |catalogue| {
        let words = &page.words;
        let visit = catalogue.visit(id)?;
        let mut options = Options::new(catalogue, words, &metadata, &visit, &query.name)?;
        options.mark_learnt(words, &learnt::of_visit(catalogue, &metadata, &visit)?);
        alter(&mut options);
        Ok(VisitPage {
            answer: rows::recognised(words, &visit),
            origin: {
                let source = words.t(match visit.source {
                    Source::Camera => "source-camera",
                    Source::Page => "source-page",
                });
                let model = words.date_of(&visit.model);
                format!("{source} {}", words.with("visit-model", "model", model))
            },
            options_title: words.t(if options.breed_first {
                "visit-confirm"
            } else {
                "visit-confirmed"
            }),
            changes: changes::rows(catalogue, words, &catalogue.history(Subject::Visit(id))?)?,
            visit: rows::visit(catalogue, words, &visit)?,
            done: match query.done.as_str() {
                "undone" => Some(words.t("visit-undone")),
                "taken" => Some(words.t("visit-guest-off")),
                "noted" => Some(words.t("saved")),
                _ => adopted::message(catalogue, words, query.adopted)?,
            },
            options,
            page,
        })
    })
    .await
}
