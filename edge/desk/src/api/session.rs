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
use crate::{Desk, DeskError, Session, Visitor, login as desk_login};

/// How somebody proves who they are.
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
    /// The token for the header `X-CSRF-Token`.
    csrf: String,
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
    Json(said): Json<Password>,
) -> Result<impl IntoResponse, DeskError> {
    let role = desk_login::check_password(&desk, visitor, said.password).await?;
    let (csrf, cookie) = desk_login::begin(&desk, visitor, role)?;
    Ok(([(SET_COOKIE, cookie)], Json(SessionBody { role, csrf })))
}

/// The session that the cookie stands for
#[utoipa::path(
    get,
    path = "/api/v1/session",
    security(("session" = [])),
    responses((status = 200, body = SessionBody), Problems)
)]
pub(super) async fn session(session: Session) -> Json<SessionBody> {
    let Session { role, csrf, .. } = session;
    Json(SessionBody { role, csrf })
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
    let cookie = desk_login::end(&desk, visitor, &session)?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]))
}
