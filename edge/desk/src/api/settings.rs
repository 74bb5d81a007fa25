//! The settings of the daycare.

use axum::Json;
use axum::extract::State;

use super::Problems;
use catalogue::{Change, Settings, Subject};
use crate::{Desk, DeskError, Owner};

/// The settings (owner)
#[utoipa::path(
    get,
    path = "/api/v1/settings",
    security(("session" = [])),
    responses((status = 200, body = Settings), Problems)
)]
pub(super) async fn read(State(desk): State<Desk>, _: Owner) -> Result<Json<Settings>, DeskError> {
    desk.settings().await.map(Json)
}

/// Change the settings (owner)
///
/// What is left out takes its default.
#[utoipa::path(
    put,
    path = "/api/v1/settings",
    request_body = Settings,
    security(("session" = [])),
    responses((status = 200, body = Settings), Problems)
)]
pub(super) async fn change(
    State(desk): State<Desk>,
    Owner(session): Owner,
    Json(settings): Json<Settings>,
) -> Result<Json<Settings>, DeskError> {
    let changed = desk.change(move |catalogue| {
        catalogue.set_settings(&settings, &session.name)?;
        catalogue.settings()
    });
    changed.await.map(Json)
}

/// Who changed what of the settings, oldest first (owner)
#[utoipa::path(
    get,
    path = "/api/v1/settings/history",
    security(("session" = [])),
    responses((status = 200, body = Vec<Change>), Problems)
)]
pub(super) async fn history(
    State(desk): State<Desk>,
    _: Owner,
) -> Result<Json<Vec<Change>>, DeskError> {
    let history = desk.catalogue(|catalogue| catalogue.history(Subject::Settings));
    history.await.map(Json)
}
