//! Logging in and out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problems;
use crate::access::Role;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Session;
use crate::visitor::Visitor;

/// A password.
#[derive(Deserialize, ToSchema)]
pub(super) struct Password {
    /// The owner's or the staff's.
    password: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// What it may do.
    role: Role,
}

/// Begin a session
#[utoipa::path(
    post,
    path = "/api/v1/login",
    request_body = Password,
    responses((status = 200, description = "Logged in; a cookie is set", body = SessionBody), Problems)
)]
pub(super) async fn login(
    State(desk): State<Desk>,
    visitor: Visitor,
    Json(sent): Json<Password>,
) -> Result<impl IntoResponse, DeskError> {
    let role = desk.check_password(visitor, sent.password).await?;
    let cookie = desk.begin_session(visitor, role)?;
    Ok(([(SET_COOKIE, cookie)], Json(SessionBody { role })))
}

/// The session of the request's cookie
#[utoipa::path(
    get,
    path = "/api/v1/session",
    security(("session" = [])),
    responses((status = 200, body = SessionBody), Problems)
)]
pub(super) async fn session(session: Session) -> Json<SessionBody> {
    let role = session.role;
    Json(SessionBody { role })
}

/// End the session
#[utoipa::path(
    post,
    path = "/api/v1/logout",
    security(("session" = [])),
    responses((status = 204, description = "Logged out"), Problems)
)]
pub(super) async fn logout(
    State(desk): State<Desk>,
    visitor: Visitor,
    session: Session,
) -> Result<impl IntoResponse, DeskError> {
    let cookie = desk.end_session(visitor, &session)?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]))
}
