//! The kiosk's clock, by which photographs age.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;

use super::Problems;
use super::types::{Clock, ClockSeen};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Owner, Reader};

/// The kiosk's clock, and whether it has jumped
#[utoipa::path(
    get,
    path = "/api/v1/clock",
    operation_id = "get_clock",
    tag = "kiosk",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Clock), Problems)
)]
pub(super) async fn read(State(desk): State<Desk>, _: Reader) -> Result<Json<Clock>, DeskError> {
    let now = Timestamp::now();
    let jumped_from = desk.catalogue(move |catalogue| catalogue.clock_jumped_from(now));
    Ok(Json(Clock::new(now, jumped_from.await?)))
}

/// Confirm that the clock is right after it has jumped (owner)
///
/// Photographs whose time is up are deleted again then.
#[utoipa::path(
    post,
    path = "/api/v1/clock/confirm",
    operation_id = "confirm_clock",
    tag = "kiosk",
    request_body = ClockSeen,
    security(("session" = ["owner"])),
    responses((status = 200, description = "The clock as it is now", body = Clock), Problems)
)]
pub(super) async fn confirm(
    State(desk): State<Desk>,
    Owner(session): Owner,
    Json(seen): Json<ClockSeen>,
) -> Result<Json<Clock>, DeskError> {
    desk.confirm_clock(seen.now, session.author()).await?;
    read(State(desk), Reader(session)).await
}
