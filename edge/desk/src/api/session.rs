//! Logging in and out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problems;
use crate::access::{Role, Scope};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Holder, Reader, Session};
use crate::visitor::Visitor;

/// A password.
#[derive(Deserialize, ToSchema)]
pub(super) struct Password {
    /// The owner's or the staff's.
    password: String,
}

/// A session, or what a token stands for.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// What it may do; `staff` for every token.
    role: Role,
    /// The token's name, if the request came with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// What the token may do of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
}

impl SessionBody {
    fn of_person(role: Role) -> Self {
        Self {
            role,
            token: None,
            scope: None,
        }
    }
}

/// Begin a session
#[utoipa::path(
    post,
    path = "/api/v1/login",
    operation_id = "log_in",
    tag = "session",
    request_body = Password,
    responses(
        (status = 200, description = "Logged in; a cookie is set", body = SessionBody),
        Problems
    )
)]
pub(super) async fn login(
    State(desk): State<Desk>,
    visitor: Visitor,
    Json(sent): Json<Password>,
) -> Result<impl IntoResponse, DeskError> {
    let role = desk.check_password(visitor, sent.password).await?;
    let cookie = desk.begin_session(visitor, role).await?;
    Ok(([(SET_COOKIE, cookie)], Json(SessionBody::of_person(role))))
}

/// The session of the request's cookie, or what its token stands for
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "get_session",
    tag = "session",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = SessionBody), Problems)
)]
pub(super) async fn session(Reader(session): Reader) -> Json<SessionBody> {
    Json(match session.holder {
        Holder::Person(_) => SessionBody::of_person(session.role),
        Holder::Program(token) => SessionBody {
            role: session.role,
            token: Some(token.name.clone()),
            scope: Some(token.scope),
        },
    })
}

/// End the session
#[utoipa::path(
    post,
    path = "/api/v1/logout",
    operation_id = "log_out",
    tag = "session",
    security(("session" = [])),
    responses((status = 204, description = "Logged out"), Problems)
)]
pub(super) async fn logout(
    State(desk): State<Desk>,
    visitor: Visitor,
    session: Session,
) -> Result<impl IntoResponse, DeskError> {
    let cookie = desk.end_session(visitor, &session).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]))
}
