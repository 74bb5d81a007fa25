//! The owners of animals.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use catalogue::{OwnerId, Subject};
use serde::Deserialize;
use utoipa::IntoParams;

use super::entity_tag::{CONDITION, IfMatch, Tagged, tagged};
use super::types::{Animal, Change, Owner, OwnerFields};
use super::{MOST, Problems, check_search};
use crate::contacts::{Contacts, Whose};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner as DaycareOwner, Session};

#[derive(Deserialize, IntoParams)]
pub(super) struct OwnersQuery {
    /// Beginnings of words in name, e-mail address, postal address or notes, or a telephone number. All
    /// owners if it is empty.
    #[serde(default)]
    query: String,
    /// How many at most, up to 500; the default is 50.
    limit: Option<usize>,
    /// How many to leave out before the first.
    #[serde(default)]
    offset: usize,
}

/// Search the owners of animals, by name
#[utoipa::path(
    get,
    path = "/api/v1/owners",
    operation_id = "search_owners",
    tag = "animals",
    params(OwnersQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Owner>), Problems)
)]
pub(super) async fn search(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Query(asked): Query<OwnersQuery>,
) -> Result<Json<Vec<Owner>>, DeskError> {
    check_search(&asked.query, asked.offset)?;
    let limit = asked.limit.unwrap_or(50).min(MOST);
    let owners =
        desk.catalogue(move |catalogue| catalogue.owners(&asked.query, limit, asked.offset));
    let owners = owners.await?;
    owners.iter().for_each(|owner| contacts.of_owner(owner));
    Ok(Json(owners.into_iter().map(Owner::from).collect()))
}

/// Add an owner of animals
#[utoipa::path(
    post,
    path = "/api/v1/owners",
    operation_id = "add_owner",
    tag = "animals",
    request_body = OwnerFields,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 201, description = "The owner", body = Owner), Problems)
)]
pub(super) async fn add(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Json(fields): Json<OwnerFields>,
) -> Result<(StatusCode, Json<Owner>), DeskError> {
    let fields = fields.into();
    let owner = desk.change(move |catalogue| catalogue.add_owner(&fields, &session.author()));
    let owner = owner.await?;
    contacts.of_owner(&owner);
    Ok((StatusCode::CREATED, Json(owner.into())))
}

/// One owner of animals
#[utoipa::path(
    get,
    path = "/api/v1/owners/{id}",
    operation_id = "get_owner",
    tag = "animals",
    params(("id" = i64, Path, description = "The owner's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 200, body = Owner,
         headers(("ETag" = String, description = "A mark of what can be changed about it, not of all of \
             the answer: for If-Match, not for caches"))),
        Problems
    )
)]
pub(super) async fn one(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<OwnerId>,
) -> Result<Tagged<Owner>, DeskError> {
    let owner = desk.catalogue(move |catalogue| catalogue.owner(id));
    let owner = owner.await?;
    contacts.of_owner(&owner);
    Ok(tagged(&owner.mark(), owner))
}

/// Change what is written down about an owner
///
/// Fields that are left out become empty.
#[utoipa::path(
    put,
    path = "/api/v1/owners/{id}",
    operation_id = "change_owner",
    tag = "animals",
    params(
        ("id" = i64, Path, description = "The owner's number"),
        ("If-Match" = Option<String>, Header, description = CONDITION)
    ),
    request_body = OwnerFields,
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 200, description = "The owner as changed", body = Owner,
         headers(("ETag" = String, description = "A mark of what can be changed about it, not of all of \
             the answer: for If-Match, not for caches"))),
        Problems
    )
)]
pub(super) async fn change(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Path(id): Path<OwnerId>,
    if_match: IfMatch,
    Json(fields): Json<OwnerFields>,
) -> Result<Tagged<Owner>, DeskError> {
    let fields = fields.into();
    let owner = desk.change(move |catalogue| {
        let seen = if_match.seen(catalogue.owner(id)?.mark());
        catalogue.change_owner(id, &fields, seen.as_ref(), &session.author())
    });
    let owner = owner.await?;
    contacts.of_owner(&owner);
    Ok(tagged(&owner.mark(), owner))
}

/// Erase an owner of animals for good (owner)
///
/// The animals stay, without this owner.
#[utoipa::path(
    delete,
    path = "/api/v1/owners/{id}",
    operation_id = "erase_owner",
    tag = "animals",
    params(("id" = i64, Path, description = "The owner's number")),
    security(("session" = ["owner"])),
    responses((status = 204, description = "Erased"), Problems)
)]
pub(super) async fn erase(
    State(desk): State<Desk>,
    DaycareOwner(session): DaycareOwner,
    client: Client,
    Path(id): Path<OwnerId>,
) -> Result<StatusCode, DeskError> {
    desk.erase_owner(id, &session.author(), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An owner's animals, by name
#[utoipa::path(
    get,
    path = "/api/v1/owners/{id}/animals",
    operation_id = "list_animals_of_owner",
    tag = "animals",
    params(("id" = i64, Path, description = "The owner's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Animal>), Problems)
)]
pub(super) async fn animals(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<OwnerId>,
) -> Result<Json<Vec<Animal>>, DeskError> {
    let animals = desk.catalogue(move |catalogue| {
        catalogue.owner(id)?;
        catalogue.animals_of_owner(id)
    });
    let animals = animals.await?;
    contacts.of_animals(&animals);
    Ok(Json(animals.into_iter().map(Animal::from).collect()))
}

/// Who changed what about an owner, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/owners/{id}/history",
    operation_id = "get_owner_history",
    tag = "animals",
    params(("id" = i64, Path, description = "The owner's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Change>), Problems)
)]
pub(super) async fn history(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<OwnerId>,
) -> Result<Json<Vec<Change>>, DeskError> {
    let history = desk.catalogue(move |catalogue| {
        catalogue.owner(id)?;
        catalogue.history(Subject::Owner(id))
    });
    let history = history.await?;
    contacts.of_history(Whose::Owner(id), &history);
    Ok(Json(history.into_iter().map(Change::from).collect()))
}
