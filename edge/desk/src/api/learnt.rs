//! The breeds that the kiosk learns from what staff confirm.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use recognise::BreedId;

use super::Problems;
use super::types::LearntBreedState;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner, Reader};

/// The breeds that the kiosk has learnt, and those of them that it was told to forget
///
/// Those that the network names itself are not among them.
#[utoipa::path(
    get,
    path = "/api/v1/breeds/learnt",
    operation_id = "list_learnt_breeds",
    tag = "kiosk",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Vec<LearntBreedState>), Problems)
)]
pub(super) async fn list(
    State(desk): State<Desk>,
    _: Reader,
) -> Result<Json<Vec<LearntBreedState>>, DeskError> {
    let breeds = desk.learnt_breeds().await?.into_iter();
    Ok(Json(breeds.map(LearntBreedState::from).collect()))
}

/// Forget a breed that the kiosk has learnt (owner)
///
/// Visits and animals keep it. The kiosk names it no more, whatever staff confirm, until it is to learn
/// it again.
#[utoipa::path(
    post,
    path = "/api/v1/breeds/learnt/{id}/forget",
    operation_id = "forget_breed",
    tag = "kiosk",
    params(("id" = String, Path, description = "The breed's id")),
    security(("session" = ["owner"])),
    responses((status = 204, description = "Forgotten"), Problems)
)]
pub(super) async fn forget(
    State(desk): State<Desk>,
    Owner(session): Owner,
    client: Client,
    Path(id): Path<BreedId>,
) -> Result<StatusCode, DeskError> {
    desk.forget_breed(id, &session, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Allow a forgotten breed to be learnt again (owner)
#[utoipa::path(
    post,
    path = "/api/v1/breeds/learnt/{id}/learn",
    operation_id = "learn_breed",
    tag = "kiosk",
    params(("id" = String, Path, description = "The breed's id")),
    security(("session" = ["owner"])),
    responses((status = 204, description = "It is learnt again"), Problems)
)]
pub(super) async fn learn(
    State(desk): State<Desk>,
    Owner(session): Owner,
    client: Client,
    Path(id): Path<BreedId>,
) -> Result<StatusCode, DeskError> {
    desk.allow_breed(id, &session, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
