//! Visits: who came, and what staff decide about it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use catalogue::{Decision, NoVisit, Subject, VisitId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::types::{Change, Confirmation, Confirmations, Confirmed, Suggestion, Visit};
use super::{MOST, Problems, breed, day};
use crate::breeds;
use crate::contacts::Contacts;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Reader, Session};

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
    operation_id = "list_visits",
    tag = "visits",
    params(DayQuery),
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Vec<Visit>), Problems)
)]
pub(super) async fn of_day(
    State(desk): State<Desk>,
    _: Reader,
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
    operation_id = "list_undecided_visits",
    tag = "visits",
    params(LimitQuery),
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Vec<Visit>), Problems)
)]
pub(super) async fn needs_call(
    State(desk): State<Desk>,
    _: Reader,
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
    operation_id = "get_visit",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number")),
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Visit), Problems)
)]
pub(super) async fn one(
    State(desk): State<Desk>,
    _: Reader,
    Path(id): Path<VisitId>,
) -> Result<Json<Visit>, DeskError> {
    let visit = desk.catalogue(move |catalogue| catalogue.visit(id));
    Ok(Json(visit.await?.into()))
}

/// Confirm or correct a visit
#[utoipa::path(
    post,
    path = "/api/v1/visits/{id}/settle",
    operation_id = "confirm_visit",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number")),
    request_body = Confirmation,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "It is on disk", body = Visit), Problems)
)]
pub(super) async fn confirm(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    Json(sent): Json<Confirmation>,
) -> Result<Json<Visit>, DeskError> {
    let decision = Decision {
        breed: breed(&sent.breed, &desk.kiosk().metadata())?,
        breed_name: sent.breed_name,
        animal: sent.animal,
        by: session.author(),
        at: Timestamp::now(),
        revision: sent.revision,
    };
    let visit = desk.confirm(id, decision).await?;
    Ok(Json(visit.into()))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct RevisionQuery {
    /// The visit's revision that the request is about. If the visit has changed since, the request
    /// is refused. Without it, that is not checked.
    revision: Option<u32>,
}

/// Undo the last decision about a visit
///
/// The decision before it counts again; without one, the visit is unconfirmed again.
#[utoipa::path(
    post,
    path = "/api/v1/visits/{id}/undo",
    operation_id = "undo_decision",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number"), RevisionQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "The visit as it is now", body = Visit), Problems)
)]
pub(super) async fn undo(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    Query(query): Query<RevisionQuery>,
) -> Result<Json<Visit>, DeskError> {
    let visit = desk.undo(id, query.revision, session.author()).await?;
    Ok(Json(visit.into()))
}

/// Take the animal off a visit; its breed stays confirmed
#[utoipa::path(
    delete,
    path = "/api/v1/visits/{id}/animal",
    operation_id = "remove_animal_from_visit",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number"), RevisionQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "The visit as it is now", body = Visit), Problems)
)]
pub(super) async fn take_guest_off(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    Query(query): Query<RevisionQuery>,
) -> Result<Json<Visit>, DeskError> {
    let visit = desk.take_guest_off(id, query.revision, session.author());
    Ok(Json(visit.await?.into()))
}

/// Delete a visit and its photograph for good
///
/// Its history stays.
#[utoipa::path(
    delete,
    path = "/api/v1/visits/{id}",
    operation_id = "delete_visit",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number"), RevisionQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 204, description = "Deleted"), Problems)
)]
pub(super) async fn delete(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    Query(query): Query<RevisionQuery>,
) -> Result<StatusCode, DeskError> {
    let author = session.author();
    desk.delete_visit(id, NoVisit::Mistake, query.revision, author)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
pub(super) struct NoAnimalQuery {
    /// The visit's revision that the request is about. If the visit has changed since, the request
    /// is refused. Without it, that is not checked.
    revision: Option<u32>,
    /// Whether its photograph is kept for training, as a picture without an animal.
    #[serde(default)]
    keep_photograph: bool,
}

/// Delete a visit because there is no animal in its picture
///
/// Its history stays.
#[utoipa::path(
    post,
    path = "/api/v1/visits/{id}/no-animal",
    operation_id = "delete_visit_without_animal",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number"), NoAnimalQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 204, description = "Deleted"), Problems)
)]
pub(super) async fn no_animal(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<VisitId>,
    Query(query): Query<NoAnimalQuery>,
) -> Result<StatusCode, DeskError> {
    let (keep_photograph, author) = (query.keep_photograph, session.author());
    let why = NoVisit::NoAnimal { keep_photograph };
    desk.delete_visit(id, why, query.revision, author).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Correct many visits to the same breed, all of them or none
#[utoipa::path(
    post,
    path = "/api/v1/visits/settle",
    operation_id = "confirm_visits",
    tag = "visits",
    request_body = Confirmations,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "How many visits changed", body = Confirmed), Problems)
)]
pub(super) async fn confirm_all(
    State(desk): State<Desk>,
    session: Session,
    Json(sent): Json<Confirmations>,
) -> Result<Json<Confirmed>, DeskError> {
    let breed = breed(&sent.breed, &desk.kiosk().metadata())?;
    if sent.visits.len() > MOST_AT_ONCE {
        let message = format!("at most {MOST_AT_ONCE} visits at once");
        return Err(DeskError::Invalid(message));
    }
    let visits = sent.visits.into_iter().map(Into::into).collect();
    let changed = desk.confirm_all(visits, breed, sent.breed_name, session.author());
    let changed = changed.await?;
    Ok(Json(Confirmed { settled: changed }))
}

/// A visit's photograph
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/photograph",
    operation_id = "get_visit_photograph",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number")),
    security(("session" = []), ("token" = ["staff"])),
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
///
/// It stays after the visit is deleted.
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/history",
    operation_id = "get_visit_history",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Change>), Problems)
)]
pub(super) async fn history(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<VisitId>,
) -> Result<Json<Vec<Change>>, DeskError> {
    let history = desk.catalogue(move |catalogue| {
        let history = catalogue.history(Subject::Visit(id))?;
        if history.is_empty() {
            catalogue.visit(id)?;
        }
        Ok(history)
    });
    let history = history.await?;
    Ok(Json(history.into_iter().map(Change::from).collect()))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct SuggestQuery {
    /// A breed's id or any of its names. Animals of it come first among those that cannot be compared.
    breed: Option<String>,
    /// How many at most, up to 500; the default is 5.
    limit: Option<usize>,
}

/// Which known animals a visit may be of, the most similar first
///
/// They are of any breed. If the visit's species is clear, those of the other species come last.
#[utoipa::path(
    get,
    path = "/api/v1/visits/{id}/suggestions",
    operation_id = "suggest_animals",
    tag = "visits",
    params(("id" = i64, Path, description = "The visit's number"), SuggestQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Suggestion>), Problems)
)]
pub(super) async fn suggestions(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<VisitId>,
    Query(query): Query<SuggestQuery>,
) -> Result<Json<Vec<Suggestion>>, DeskError> {
    let limit = query.limit.unwrap_or(5).min(MOST);
    let metadata = desk.kiosk().metadata();
    let known = |sent: String| breeds::named(&metadata, &sent).unwrap_or_else(|| sent.into());
    let breed = query.breed.map(known);
    let suggestions =
        desk.catalogue(move |catalogue| catalogue.suggest_for(id, breed.as_deref(), limit));
    let suggestions = suggestions.await?;
    contacts.of_animals(suggestions.iter().map(|suggestion| &suggestion.animal));
    Ok(Json(
        suggestions.into_iter().map(Suggestion::from).collect(),
    ))
}
