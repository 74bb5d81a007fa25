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
use crate::session::{Client, Holder, Person, Reader};
use crate::visitor::Visitor;

/// A password, and whose it is.
#[derive(Deserialize, ToSchema)]
pub(super) struct Password {
    /// The account's name. Without it, the password is the owner's or the staff's.
    #[serde(default)]
    name: String,
    /// The password.
    password: String,
}

/// A session, or what a token stands for.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// What it may do; `staff` for every token.
    role: Role,
    /// The account's name, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The token's name, if the request came with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// What the token may do of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
}

impl SessionBody {
    pub(super) fn of_person(role: Role, name: String) -> Self {
        Self {
            role,
            name: Some(name),
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
    client: Client,
    Json(sent): Json<Password>,
) -> Result<impl IntoResponse, DeskError> {
    let checked = desk.check_password(&client, &sent.name, sent.password);
    let login = checked.await?;
    let cookies = desk.begin_session(&client, &login).await?;
    let body = Json(SessionBody::of_person(login.role, login.account));
    Ok((cookies, body))
}

/// The session of the request's cookie, or what its token stands for
#[utoipa::path(
    get,
    path = "/api/v1/session",
    operation_id = "get_session",
    tag = "session",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = SessionBody), Problems)
)]
pub(super) async fn session(Reader(session): Reader) -> Json<SessionBody> {
    Json(match session.holder {
        Holder::Person(_) => SessionBody::of_person(session.role, session.name.to_string()),
        Holder::Program(token) => SessionBody {
            role: session.role,
            name: None,
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
    person: Person,
) -> Result<impl IntoResponse, DeskError> {
    let cookie = desk.end_session(visitor, person.session).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]))
}
