//! The kiosk about itself.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use catalogue::OTHER_BREED;
use recognise::vocabulary::{self, NamedBreed};
use recognise::{BreedId, Language};
use screens::Locale;
use serde_json::Value;

use super::Problems;
use super::types::{Breed, Health};
use crate::desk::Desk;
use crate::language::Asked;
use crate::problem::Rendered;
use crate::session::Reader;

/// How well the kiosk works, in detail
#[utoipa::path(
    get,
    path = "/api/v1/health",
    operation_id = "get_health",
    tag = "kiosk",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses(
        (status = 200, body = Health),
        (status = 503, description = "No visit can be recorded", body = Health),
        Problems
    )
)]
pub(super) async fn health(State(desk): State<Desk>, _: Reader) -> impl IntoResponse {
    let live = desk.kiosk().live().borrow().clone();
    let totals = desk.totals().await;
    let works = desk.unready().is_none() && totals.is_some();
    let health = Health::new(works, &live, totals, &desk.kiosk().metadata().trained.when);
    let status = if works {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Extension(Rendered), Json(health))
}

/// The breeds that a visit can be confirmed as: the network's, others that have a name, and `other`
#[utoipa::path(
    get,
    path = "/api/v1/breeds",
    operation_id = "list_breeds",
    tag = "kiosk",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Vec<Breed>), Problems)
)]
pub(super) async fn breeds(State(desk): State<Desk>, _: Reader, asked: Asked) -> Json<Vec<Breed>> {
    let locale = Locale::of(asked.for_program(desk.chosen_language().await));
    let metadata = desk.kiosk().metadata();
    let breeds = &metadata.breeds;
    let known = breeds
        .iter()
        .map(|breed| (breed.id.clone(), Some(breed.species)));
    let is_more = |named: &&NamedBreed| breeds.iter().all(|known| known.id != named.id);
    let more = (vocabulary::all().iter().filter(is_more))
        .map(|named| (BreedId::from(named.id), Some(named.species)));
    let all = known
        .chain(more)
        .chain([(BreedId::from(OTHER_BREED), None)]);
    let named = all.map(|(id, species)| {
        let name = locale.breed(&id);
        let mut names = Vec::from(Language::ALL.map(|language| Locale::of(language).breed(&id)));
        let more = vocabulary::of(&id).map(NamedBreed::names);
        names.extend(more.into_iter().flatten().map(str::to_owned));
        Breed::new(id, species, name, names)
    });
    Json(named.collect())
}

/// This description
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "get_description",
    tag = "kiosk",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, description = "OpenAPI 3.1", body = Object), Problems)
)]
pub(super) async fn openapi(_: Reader) -> Json<Value> {
    Json(super::description())
}
