//! Visits: who came, and what staff decide about it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use catalogue::{Decision, Subject, VisitId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::types::{Change, Confirmation, Confirmations, Confirmed, Suggestion, Visit};
use super::{Problems, breed, day};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Session;

/// The most entries of a list at a time.
const MOST: usize = 500;

/// The most visits that can be corrected at once.
const MOST_AT_ONCE: usize = 1000;

#[derive(Deserialize, IntoParams)]
pub(super) struct DayQuery {
    /// The day, as in 2026-01-31; the default is today.
    pub(super) day: Option<Date>,
}

/// The visits of a day, newest first
#[utoipa::path(
    get,
    path = "/api/v1/visits",
    params(DayQuery),
    security(("session" = [])),
    responses((status = 200, body = Vec<Visit>), Problems)
)]
pub(super) async fn of_day(
    State(desk): State<Desk>,
    _: Session,
    Query(query): Query<DayQuery>,
) -> Result<Json<Vec<Visit>>, DeskError> {
    let day = day(query.day)?;
    let visits = desk.catalogue(move |catalogue| catalogue.visits_on(day, usize::MAX, 0));
    let visits = visits.await?;
    Ok(Json(visits.into_iter().map(Visit::from).collect()))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct LimitQuery {
    /// How many at most, up to 500; the default is 100.
    limit: Option<usize>,
}

/// The visits whose breed is still open, newest first
#[utoipa::path(
    get,
    path = "/api/v1/visits/needs-call",
    params(LimitQuery),
    security(("session" = [])),
    responses((status = 200, body = Vec<Visit>), Problems)
)]
pub(super) async fn needs_call(
    State(desk): State<Desk>,
    _: Session,
    Query(query): Query<LimitQuery>,
) -> Result<Json<Vec<Visit>>, DeskError> {
    let limit = query.limit.unwrap_or(100).min(MOST);
    let visits = desk.catalogue(move |catalogue| catalogue.needs_call(limit));
    let visits = visits.await?;
    Ok(Json(visits.into_iter().map(Visit::from).collect()))
}

/// One visit
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}",
    params(("id" = i64, Path)),
    security(("session" = [])),
    responses((status = 200, body = Visit), Problems)
)]
pub(super) async fn one(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<VisitId>,
) -> Result<Json<Visit>, DeskError> {
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id));
    Ok(Json(visit.await?.into()))
}

/// Confirm or correct a visit
#[utoipa::path(
    post,
    path = "/api/v1/visits/{id}/settle",
    params(("id" = i64, Path)),
    request_body = Confirmation,
    security(("session" = [])),
    responses((status = 200, description = "It is on disk", body = Visit), Problems)
)]
pub(super) async fn confirm(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    Json(sent): Json<Confirmation>,
) -> Result<Json<Visit>, DeskError> {
    let decision = Decision {
        breed: breed(sent.breed, &desk.kiosk().metadata)?,
        animal: sent.animal,
        by: session.author(),
        at: Timestamp::now(),
    };
    let visit = desk.confirm(id, decision).await?;
    Ok(Json(visit.into()))
}

/// Correct many visits to the same breed, all of them or none
#[utoipa::path(
    post,
    path = "/api/v1/visits/settle",
    request_body = Confirmations,
    security(("session" = [])),
    responses((status = 200, body = Confirmed), Problems)
)]
pub(super) async fn confirm_all(
    State(desk): State<Desk>,
    session: Session,
    Json(sent): Json<Confirmations>,
) -> Result<Json<Confirmed>, DeskError> {
    let breed = breed(sent.breed, &desk.kiosk().metadata)?;
    if sent.visits.len() > MOST_AT_ONCE {
        let message = format!("at most {MOST_AT_ONCE} visits at once");
        return Err(DeskError::Invalid(message));
    }
    let changed = desk.confirm_all(sent.visits, breed, session.author());
    let changed = changed.await?;
    Ok(Json(Confirmed { settled: changed }))
}

/// A visit's photograph
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/photograph",
    params(("id" = i64, Path)),
    security(("session" = [])),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), Problems)
)]
pub(super) async fn photograph(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<VisitId>,
) -> Result<impl IntoResponse, DeskError> {
    let photograph = desk.catalogue(move |catalogue| catalogue.photograph(id));
    let photograph = photograph.await?;
    let photograph = photograph.ok_or(DeskError::Missing("photograph of this visit"))?;
    // It never changes. After it is deleted, no browser shows it for long.
    let about = [
        (CONTENT_TYPE, "image/jpeg"),
        (CACHE_CONTROL, "private, max-age=600"),
    ];
    Ok((about, photograph))
}

/// Who changed what about a visit, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/history",
    params(("id" = i64, Path)),
    security(("session" = [])),
    responses((status = 200, body = Vec<Change>), Problems)
)]
pub(super) async fn history(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<VisitId>,
) -> Result<Json<Vec<Change>>, DeskError> {
    let history = desk.catalogue(move |catalogue| {
        catalogue.visit(id)?;
        catalogue.history(Subject::Visit(id))
    });
    let history = history.await?;
    Ok(Json(history.into_iter().map(Change::from).collect()))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct SuggestQuery {
    /// The breed of the animals in question.
    breed: String,
    /// How many at most, up to 500; the default is 5.
    limit: Option<usize>,
}

/// Which known animals a visit may be of, the most similar first
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/suggestions",
    params(("id" = i64, Path), SuggestQuery),
    security(("session" = [])),
    responses((status = 200, body = Vec<Suggestion>), Problems)
)]
pub(super) async fn suggestions(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<VisitId>,
    Query(query): Query<SuggestQuery>,
) -> Result<Json<Vec<Suggestion>>, DeskError> {
    let limit = query.limit.unwrap_or(5).min(MOST);
    let suggestions =
        desk.catalogue(move |catalogue| catalogue.suggest_for(id, &query.breed, limit));
    let suggestions = suggestions.await?;
    Ok(Json(
        suggestions.into_iter().map(Suggestion::from).collect(),
    ))
}
