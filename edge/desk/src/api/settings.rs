//! The settings of the daycare. All of them are the owner's.

use axum::Json;
use axum::extract::State;
use catalogue::Subject;

use super::Problems;
use super::types::{Change, Settings};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner};

/// The settings (owner)
#[utoipa::path(
    get,
    path = "/api/v1/settings",
    operation_id = "get_settings",
    tag = "settings",
    security(("session" = ["owner"])),
    responses((status = 200, body = Settings), Problems)
)]
pub(super) async fn read(State(desk): State<Desk>, _: Owner) -> Result<Json<Settings>, DeskError> {
    Ok(Json(desk.settings().await?.into()))
}

/// Change the settings (owner)
///
/// Settings that are left out take their defaults. Another camera is used at once; the answer is 422,
/// and nothing changes, if it is no camera's address.
#[utoipa::path(
    put,
    path = "/api/v1/settings",
    operation_id = "change_settings",
    tag = "settings",
    request_body = Settings,
    security(("session" = ["owner"])),
    responses(
        (status = 200, description = "The settings as they are now", body = Settings),
        Problems
    )
)]
pub(super) async fn change(
    State(desk): State<Desk>,
    Owner(session): Owner,
    client: Client,
    Json(settings): Json<Settings>,
) -> Result<Json<Settings>, DeskError> {
    let author = session.author();
    let changed = desk.change_settings(settings.into(), &author, &client);
    Ok(Json(changed.await?.into()))
}

/// Who changed which settings, oldest first (owner)
#[utoipa::path(
    get,
    path = "/api/v1/settings/history",
    operation_id = "get_settings_history",
    tag = "settings",
    security(("session" = ["owner"])),
    responses((status = 200, body = Vec<Change>), Problems)
)]
pub(super) async fn history(
    State(desk): State<Desk>,
    _: Owner,
) -> Result<Json<Vec<Change>>, DeskError> {
    let history = desk.catalogue(|catalogue| catalogue.history(Subject::Settings));
    let history = history.await?;
    Ok(Json(history.into_iter().map(Change::from).collect()))
}
