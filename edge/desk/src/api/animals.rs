//! The animals of the catalogue.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use catalogue::{AnimalId, CatalogueError, Subject};
use serde::Deserialize;
use utoipa::IntoParams;

use super::entity_tag::{CONDITION, IfMatch, Tagged, tagged};
use super::types::{Added, Animal, AnimalFields, Change, Merged, OtherAnimal, Visit};
use super::{MOST, Problems, check_search};
use crate::contacts::{Contacts, Whose};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner, Session};

#[derive(Deserialize, IntoParams)]
pub(super) struct SearchQuery {
    /// Beginnings of words in name, contact, breed (by any of its names), tag, warnings or notes, or in
    /// an owner's name, telephone numbers or e-mail address. Capitals, accents and how numbers are
    /// grouped do not matter. Words with one typing error come last. All animals if it is empty.
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
    operation_id = "search_animals",
    tag = "animals",
    params(SearchQuery),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Animal>), Problems)
)]
pub(super) async fn search(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Query(asked): Query<SearchQuery>,
) -> Result<Json<Vec<Animal>>, DeskError> {
    check_search(&asked.query, asked.offset)?;
    let limit = asked.limit.unwrap_or(50).min(MOST);
    let animals =
        desk.catalogue(move |catalogue| catalogue.search(&asked.query, limit, asked.offset));
    let animals = animals.await?;
    contacts.of_animals(&animals);
    Ok(Json(animals.into_iter().map(Animal::from).collect()))
}

/// Add an animal
///
/// The answer points out which animals may be the same one.
#[utoipa::path(
    post,
    path = "/api/v1/animals",
    operation_id = "add_animal",
    tag = "animals",
    request_body = AnimalFields,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 201, description = "The animal", body = Added), Problems)
)]
pub(super) async fn add(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Json(fields): Json<AnimalFields>,
) -> Result<(StatusCode, Json<Added>), DeskError> {
    let (fields, owners) = fields.over(None, &desk.kiosk().metadata())?;
    let added = desk.change(move |catalogue| {
        let id = catalogue.add_owned_animal(&fields, &owners, &session.author())?;
        let duplicates = catalogue.likely_duplicates(&fields, &owners, Some(id))?;
        let animal = catalogue.animal(id)?;
        contacts.of_animals(duplicates.iter().chain([&animal]));
        Ok(Added::new(animal, duplicates))
    });
    Ok((StatusCode::CREATED, Json(added.await?)))
}

/// One animal
///
/// One that was merged into another one is answered with 404. Then `merged_into` is the number of the
/// animal that it is now.
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}",
    operation_id = "get_animal",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 200, body = Animal,
         headers(("ETag" = String, description = "A mark of what can be changed about it, not of all of \
             the answer: for If-Match, not for caches"))),
        Problems
    )
)]
pub(super) async fn one(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
) -> Result<Tagged<Animal>, DeskError> {
    match desk.catalogue(move |catalogue| catalogue.animal(id)).await {
        Err(DeskError::Catalogue(error @ CatalogueError::NoSuchAnimal(_))) => {
            let merged = desk.catalogue(move |catalogue| catalogue.merged_animal(id));
            Err(match merged.await? {
                Some(merged) => DeskError::Merged {
                    animal: id,
                    survivor: merged.survivor,
                },
                None => error.into(),
            })
        }
        animal => {
            let animal = animal?;
            contacts.of_animal(&animal);
            Ok(tagged(&animal.mark(), animal))
        }
    }
}

/// Change what is written down about an animal
#[utoipa::path(
    put,
    path = "/api/v1/animals/{id}",
    operation_id = "change_animal",
    tag = "animals",
    params(
        ("id" = i64, Path, description = "The animal's number"),
        ("If-Match" = Option<String>, Header, description = CONDITION)
    ),
    request_body = AnimalFields,
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 200, description = "The animal as it is now", body = Animal,
         headers(("ETag" = String, description = "A mark of what can be changed about it, not of all of \
             the answer: for If-Match, not for caches"))),
        Problems
    )
)]
pub(super) async fn change(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
    if_match: IfMatch,
    Json(fields): Json<AnimalFields>,
) -> Result<Tagged<Animal>, DeskError> {
    let former = desk
        .catalogue(move |catalogue| catalogue.animal(id))
        .await?;
    let seen = if_match.seen(former.mark());
    let (fields, owners) = fields.over(Some(&former), &desk.kiosk().metadata())?;
    let animal = desk.change(move |catalogue| {
        catalogue.change_owned_animal(id, &fields, &owners, seen.as_ref(), &session.author())
    });
    let animal = animal.await?;
    contacts.of_animal(&animal);
    Ok(tagged(&animal.mark(), animal))
}

/// Forget an animal and its photographs for good (owner)
#[utoipa::path(
    delete,
    path = "/api/v1/animals/{id}",
    operation_id = "forget_animal",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = ["owner"])),
    responses((status = 204, description = "Forgotten"), Problems)
)]
pub(super) async fn delete(
    State(desk): State<Desk>,
    Owner(session): Owner,
    client: Client,
    Path(id): Path<AnimalId>,
) -> Result<StatusCode, DeskError> {
    desk.forget_animal(id, &session.author(), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which animals may be the same one
///
/// At most 8: animals of its species and name, with a telephone number of its household, or with its
/// tag but for the hyphens. Of the other animals of its owners, only those with a similar name or of its
/// breed.
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/duplicates",
    operation_id = "list_duplicates",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Animal>), Problems)
)]
pub(super) async fn duplicates(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
) -> Result<Json<Vec<Animal>>, DeskError> {
    let duplicates = desk.catalogue(move |catalogue| {
        let animal = catalogue.animal(id)?;
        catalogue.likely_duplicates(&animal.fields, &animal.owner_choices(), Some(id))
    });
    let duplicates = duplicates.await?;
    contacts.of_animals(&duplicates);
    Ok(Json(duplicates.into_iter().map(Animal::from).collect()))
}

/// Merge another animal into this one
///
/// Visits, expected days, bookings, owners, tags and history of both are this one's from then on. Its
/// own fields stay, and empty ones are filled from the other. Splitting takes it back.
#[utoipa::path(
    post,
    path = "/api/v1/animals/{id}/merge",
    operation_id = "merge_animals",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    request_body = OtherAnimal,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "The animal as it is now", body = Animal), Problems)
)]
pub(super) async fn merge(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
    Json(other): Json<OtherAnimal>,
) -> Result<Json<Animal>, DeskError> {
    let merged = desk.merge_animals(id, other.animal, session.author());
    let merged = merged.await?;
    contacts.of_animal(&merged);
    Ok(Json(merged.into()))
}

/// The animals that were merged into this one and can be split off, in the order of merging
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/merged",
    operation_id = "list_merged_animals",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Merged>), Problems)
)]
pub(super) async fn merged(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
) -> Result<Json<Vec<Merged>>, DeskError> {
    let merged = desk.catalogue(move |catalogue| {
        catalogue.animal(id)?;
        catalogue.merged_into(id)
    });
    let merged = merged.await?;
    for part in merged.iter().filter(|it| !it.fields.contact.is_empty()) {
        contacts.note(Whose::Animal(part.id));
    }
    Ok(Json(merged.into_iter().map(Merged::from).collect()))
}

/// Split an animal off this one that was merged into it by mistake
///
/// It comes back with its number, fields, tag, history, expected days and owners, and with those of
/// its visits and bookings that are still this one's.
#[utoipa::path(
    post,
    path = "/api/v1/animals/{id}/split",
    operation_id = "split_animals",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    request_body = OtherAnimal,
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, description = "It is back", body = Animal), Problems)
)]
pub(super) async fn split(
    State(desk): State<Desk>,
    session: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
    Json(other): Json<OtherAnimal>,
) -> Result<Json<Animal>, DeskError> {
    let back = desk.split_animal(id, other.animal, session.author());
    let back = back.await?;
    contacts.of_animal(&back);
    Ok(Json(back.into()))
}

/// An animal's visits, newest first
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/visits",
    operation_id = "list_visits_of_animal",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = []), ("token" = ["staff"])),
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

/// An animal's newest photograph
///
/// That of its newest visit which has one; else the one that other sites of the chain gave, if there
/// is any.
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/photograph",
    operation_id = "get_animal_photograph",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), Problems)
)]
pub(super) async fn photograph(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<AnimalId>,
) -> Result<impl IntoResponse, DeskError> {
    let photograph = desk.catalogue(move |catalogue| {
        catalogue.animal(id)?;
        let own = match catalogue.newest_photographed(id)? {
            Some(visit) => catalogue.photograph(visit)?,
            None => None,
        };
        match own {
            Some(photograph) => Ok(Some(photograph)),
            None => catalogue.guest_photograph(id),
        }
    });
    let photograph = photograph.await?;
    let photograph = photograph.ok_or(DeskError::Missing("photograph of this animal"))?;
    // It changes with a visit. After it is deleted, no browser shows it for long.
    let about = [
        (CONTENT_TYPE, "image/jpeg"),
        (CACHE_CONTROL, "private, max-age=600"),
    ];
    Ok((about, photograph))
}

/// Who changed what about an animal, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/animals/{id}/history",
    operation_id = "get_animal_history",
    tag = "animals",
    params(("id" = i64, Path, description = "The animal's number")),
    security(("session" = []), ("token" = ["staff"])),
    responses((status = 200, body = Vec<Change>), Problems)
)]
pub(super) async fn history(
    State(desk): State<Desk>,
    _: Session,
    contacts: Contacts,
    Path(id): Path<AnimalId>,
) -> Result<Json<Vec<Change>>, DeskError> {
    let history = desk.catalogue(move |catalogue| {
        catalogue.animal(id)?;
        catalogue.history(Subject::Animal(id))
    });
    let history = history.await?;
    contacts.of_history(Whose::Animal(id), &history);
    Ok(Json(history.into_iter().map(Change::from).collect()))
}
