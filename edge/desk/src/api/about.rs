//! The kiosk about itself.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

use super::Problems;
use catalogue::{Catalogue, OTHER_BREED, Totals};
use crate::problem::Rendered;
use crate::{Desk, Session};
use crate::kiosk::{Counts, Notice};
use recognise::Language;
use recognise::metadata::Species;

/// How the kiosk is.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// Whether it works and its catalogue answers.
    works: bool,
    /// What is wrong or missing while it goes on.
    notices: Vec<Notice>,
    /// What happened since it started.
    counts: Counts,
    /// How much the catalogue holds; `null` where it does not answer.
    totals: Option<Totals>,
    /// The program's version.
    version: &'static str,
    /// When the network in use was trained.
    model: String,
}

/// How the kiosk is, in detail
#[utoipa::path(
    get,
    path = "/api/v1/health",
    security(("session" = [])),
    responses(
        (status = 200, body = Health),
        (status = 503, description = "It does not work", body = Health),
        Problems
    )
)]
pub(super) async fn health(State(desk): State<Desk>, _: Session) -> impl IntoResponse {
    let live = desk.kiosk().live().borrow().clone();
    let works = desk.works().await;
    let health = Health {
        works,
        notices: live.notices.clone(),
        counts: live.counts,
        totals: desk.catalogue(Catalogue::totals).await.ok(),
        version: env!("CARGO_PKG_VERSION"),
        model: desk.kiosk().metadata.trained.when.clone(),
    };
    let status = match works {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Extension(Rendered), Json(health))
}

/// A breed.
#[derive(Serialize, ToSchema)]
pub(super) struct BreedBody {
    /// Its id, stable for ever.
    id: String,
    /// `cat` or `dog`; `null` for `other`.
    #[schema(value_type = Option<String>)]
    species: Option<Species>,
    /// What people call it, in the language of the request.
    name: String,
}

/// The breeds that can be said: those of the network, and `other`
#[utoipa::path(
    get,
    path = "/api/v1/breeds",
    security(("session" = [])),
    responses((status = 200, body = Vec<BreedBody>), Problems)
)]
pub(super) async fn breeds(
    State(desk): State<Desk>,
    _: Session,
    language: Language,
) -> Json<Vec<BreedBody>> {
    let breeds = &desk.kiosk().metadata.breeds;
    let known = breeds.iter().map(|breed| (&*breed.id, Some(breed.species)));
    let all = known.chain([(OTHER_BREED, None)]);
    Json(
        all.map(|(id, species)| BreedBody {
            id: id.to_owned(),
            species,
            name: language.locale().breed(id),
        })
        .collect(),
    )
}

/// This description
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    security(("session" = [])),
    responses((status = 200, description = "OpenAPI 3.1", body = Object), Problems)
)]
pub(super) async fn openapi(_: Session) -> Json<OpenApi> {
    Json(super::description())
}
