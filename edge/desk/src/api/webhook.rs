//! Shows and sets the webhook: the address to which the kiosk reports what happens to visits.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::Problems;
use super::types::{NewWebhook, Webhook};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Owner;
use crate::work::blocking;

/// The webhook, and how it goes
///
/// The secret is not shown.
#[utoipa::path(
    get,
    path = "/api/v1/webhook",
    operation_id = "get_webhook",
    tag = "programs",
    security(("session" = ["owner"])),
    responses((status = 200, body = Webhook), Problems)
)]
pub(super) async fn read(State(desk): State<Desk>, _: Owner) -> Result<Json<Webhook>, DeskError> {
    let webhook = blocking(move || {
        let target = desk.0.webhook.target()?;
        Ok::<_, DeskError>(Webhook::new(target, &desk.0.webhook.progress()))
    });
    Ok(Json(webhook.await??))
}

/// Report what happens to visits to an address
///
/// From then on, the kiosk sends a WebhookEvent there whenever a visit is recorded, gets a better
/// answer, is decided about or deleted. Events that wait for the former address go there too.
#[utoipa::path(
    put,
    path = "/api/v1/webhook",
    operation_id = "set_webhook",
    tag = "programs",
    request_body(content = NewWebhook, description = "The address, and how to sign"),
    security(("session" = ["owner"])),
    responses((status = 200, description = "The webhook as it is now", body = Webhook), Problems)
)]
pub(super) async fn set(
    State(desk): State<Desk>,
    _: Owner,
    Json(new): Json<NewWebhook>,
) -> Result<Json<Webhook>, DeskError> {
    let webhook = blocking(move || {
        let target = desk.0.webhook.set(&new.url, new.secret, new.names)?;
        Ok::<_, DeskError>(Webhook::new(Some(target), &desk.0.webhook.progress()))
    });
    Ok(Json(webhook.await??))
}

/// Report nothing any more
///
/// Events that wait are dropped, and the secret is forgotten.
#[utoipa::path(
    delete,
    path = "/api/v1/webhook",
    operation_id = "remove_webhook",
    tag = "programs",
    security(("session" = ["owner"])),
    responses((status = 204, description = "There is no webhook"), Problems)
)]
pub(super) async fn remove(State(desk): State<Desk>, _: Owner) -> Result<StatusCode, DeskError> {
    blocking(move || desk.0.webhook.remove()).await??;
    Ok(StatusCode::NO_CONTENT)
}
