//! The animals of the catalogue.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use catalogue::{AnimalId, Subject};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Problems;
use super::types::{Animal, AnimalFields, Change, Visit};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Owner, Session};

/// The most animals of a list at a time.
const MOST: usize = 500;

/// The longest query, in bytes; longer than any name.
const LONGEST_QUERY: usize = 1000;

#[derive(Deserialize, IntoParams)]
pub(super) struct SearchQuery {
    /// Beginnings of words in name, contact, breed, notes or tag. All animals if it is empty.
    #[serde(default)]
    query: String,
    /// How many at most, up to 500; the default is 50.
    limit: Option<usize>,
    /// How many to leave out before the first.
    #[serde(default)]
    offset: usize,
}

/// Search the animals
#[utoipa::path(
    get,
    path = "/api/v1/animals",
    params(SearchQuery),
    security(("session" = [])),
    responses((status = 200, body = Vec<Animal>), Problems)
)]
pub(super) async fn search(
    State(desk): State<Desk>,
    _: Session,
    Query(asked): Query<SearchQuery>,
) -> Result<Json<Vec<Animal>>, DeskError> {
    let limit = asked.limit.unwrap_or(50).min(MOST);
    if asked.query.len() > LONGEST_QUERY {
        return Err(DeskError::Invalid("the query is too long".to_owned()));
    }
    if asked.offset > i32::MAX as usize {
        return Err(DeskError::Invalid("the offset is too large".to_owned()));
    }
    let animals =
        desk.catalogue(move |catalogue| catalogue.search(&asked.query, limit, asked.offset));
    let animals = animals.await?;
    Ok(Json(animals.into_iter().map(Animal::from).collect()))
}

/// Add an animal
#[utoipa::path(
    post,
    path = "/api/v1/animals",
    request_body = AnimalFields,
    security(("session" = [])),
    responses((status = 201, body = Animal), Problems)
)]
pub(super) async fn add(
    State(desk): State<Desk>,
    session: Session,
    Json(fields): Json<AnimalFields>,
) -> Result<(StatusCode, Json<Animal>), DeskError> {
    let fields = fields.into();
    let animal = desk.change(move |catalogue| {
        let id = catalogue.add_animal(&fields, &session.author())?;
        catalogue.animal(id)
    });
    Ok((StatusCode::CREATED, Json(animal.await?.into())))
}

/// One animal
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}",
    params(("id" = i64, Path)),
    security(("session" = [])),
    responses((status = 200, body = Animal), Problems)
)]
pub(super) async fn one(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<AnimalId>,
) -> Result<Json<Animal>, DeskError> {
    let animal = desk.catalogue(move |catalogue| catalogue.animal(id));
    Ok(Json(animal.await?.into()))
}

/// Change what is written down about an animal
#[utoipa::path(
    put,
    path = "/api/v1/animals/{id}",
    params(("id" = i64, Path)),
    request_body = AnimalFields,
    security(("session" = [])),
    responses((status = 200, body = Animal), Problems)
)]
pub(super) async fn change(
    State(desk): State<Desk>,
    session: Session,
    Path(id): Path<AnimalId>,
    Json(fields): Json<AnimalFields>,
) -> Result<Json<Animal>, DeskError> {
    let fields = fields.into();
    let animal =
        desk.change(move |catalogue| catalogue.change_animal(id, &fields, &session.author()));
    Ok(Json(animal.await?.into()))
}

/// Forget an animal and its photographs for good (owner)
#[utoipa::path(
    delete,
    path = "/api/v1/animals/{id}",
    params(("id" = i64, Path)),
    security(("session" = [])),
    responses((status = 204, description = "Forgotten"), Problems)
)]
pub(super) async fn delete(
    State(desk): State<Desk>,
    Owner(session): Owner,
    Path(id): Path<AnimalId>,
) -> Result<StatusCode, DeskError> {
    let deleted = desk.change(move |catalogue| catalogue.delete_animal(id, &session.author()));
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An animal's visits, newest first
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/visits",
    params(("id" = i64, Path)),
    security(("session" = [])),
    responses((status = 200, body = Vec<Visit>), Problems)
)]
pub(super) async fn visits(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<AnimalId>,
) -> Result<Json<Vec<Visit>>, DeskError> {
    let visits = desk.catalogue(move |catalogue| {
        catalogue.animal(id)?;
        catalogue.visits_of(id)
    });
    let visits = visits.await?;
    Ok(Json(visits.into_iter().map(Visit::from).collect()))
}

/// Who changed what about an animal, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/history",
    params(("id" = i64, Path)),
    security(("session" = [])),
    responses((status = 200, body = Vec<Change>), Problems)
)]
pub(super) async fn history(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<AnimalId>,
) -> Result<Json<Vec<Change>>, DeskError> {
    let history = desk.catalogue(move |catalogue| {
        catalogue.animal(id)?;
        catalogue.history(Subject::Animal(id))
    });
    let history = history.await?;
    Ok(Json(history.into_iter().map(Change::from).collect()))
}
