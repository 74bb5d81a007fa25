//! Visits: who came, and what staff say of it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Problems, check_breed, day};
use catalogue::{AnimalId, Change, Decision, Subject, Suggestion, Visit, VisitId};
use crate::{Desk, DeskError, Session};

/// The most entries of a list at a time.
const MOST: usize = 500;

/// The most visits that are corrected at once.
const MOST_AT_ONCE: usize = 1000;

#[derive(Deserialize, IntoParams)]
pub(super) struct DayQuery {
    /// The day, as in 2026-01-31; today where none is given.
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
    visits.await.map(Json)
}

#[derive(Deserialize, IntoParams)]
pub(super) struct LimitQuery {
    /// How many at most, up to 500; 100 where nothing is said.
    limit: Option<usize>,
}

/// The visits whose breed nobody has said yet, newest first
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
    visits.await.map(Json)
}

/// One visit
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}",
    params(("id" = VisitId, Path)),
    security(("session" = [])),
    responses((status = 200, body = Visit), Problems)
)]
pub(super) async fn one(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<VisitId>,
) -> Result<Json<Visit>, DeskError> {
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id));
    visit.await.map(Json)
}

/// What staff say of a visit.
#[derive(Deserialize, ToSchema)]
pub(super) struct SaidBody {
    /// The breed's id, or `other`.
    breed: String,
    /// Which animal it is, where that is known.
    animal: Option<AnimalId>,
}

/// Confirm or correct a visit
#[utoipa::path(
    post,
    path = "/api/v1/visits/{id}/settle",
    params(("id" = VisitId, Path)),
    request_body = SaidBody,
    security(("session" = [])),
    responses((status = 200, description = "It is on disk", body = Visit), Problems)
)]
pub(super) async fn settle(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    Json(said): Json<SaidBody>,
) -> Result<Json<Visit>, DeskError> {
    check_breed(&said.breed, &desk.kiosk().metadata)?;
    let said = Decision {
        breed: said.breed,
        animal: said.animal,
        by: session.name,
        at: Timestamp::now(),
    };
    desk.confirm(id, said).await.map(Json)
}

/// What staff say of many visits.
#[derive(Deserialize, ToSchema)]
pub(super) struct SaidOfAll {
    /// Which visits, at most 1000.
    visits: Vec<VisitId>,
    /// The breed's id, or `other`.
    breed: String,
}

/// How many were settled.
#[derive(Serialize, ToSchema)]
pub(super) struct Settled {
    /// How many visits changed.
    settled: usize,
}

/// Say the same breed of many visits, of all or of none
#[utoipa::path(
    post,
    path = "/api/v1/visits/settle",
    request_body = SaidOfAll,
    security(("session" = [])),
    responses((status = 200, body = Settled), Problems)
)]
pub(super) async fn confirm_all(
    State(desk): State<Desk>,
    session: Session,
    Json(said): Json<SaidOfAll>,
) -> Result<Json<Settled>, DeskError> {
    check_breed(&said.breed, &desk.kiosk().metadata)?;
    if said.visits.len() > MOST_AT_ONCE {
        let message = format!("at most {MOST_AT_ONCE} visits at once");
        return Err(DeskError::Invalid(message));
    }
    let settled = desk.confirm_all(said.visits, said.breed, session.name);
    let settled = settled.await?;
    Ok(Json(Settled { settled }))
}

/// A visit's photograph
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/photograph",
    params(("id" = VisitId, Path)),
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
    // It never changes. It may go, and then it is to be seen nowhere after a while.
    let about = [
        (CONTENT_TYPE, "image/jpeg"),
        (CACHE_CONTROL, "private, max-age=600"),
    ];
    Ok((about, photograph))
}

/// Who changed what of a visit, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/history",
    params(("id" = VisitId, Path)),
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
    history.await.map(Json)
}

#[derive(Deserialize, IntoParams)]
pub(super) struct SuggestQuery {
    /// The breed whose animals come into question.
    breed: String,
    /// How many at most, up to 500; 5 where nothing is said.
    limit: Option<usize>,
}

/// Which of the known animals it may be, likeliest first
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/suggestions",
    params(("id" = VisitId, Path), SuggestQuery),
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
    suggestions.await.map(Json)
}
