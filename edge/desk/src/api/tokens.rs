//! The tokens of programs, which the owner makes and revokes.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::Problems;
use super::types::{MadeToken, NewToken, Token};
use crate::access::Event;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner};
use crate::work::blocking;

/// The tokens of programs
///
/// In the order in which they were made. The tokens themselves are not stored.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    operation_id = "list_tokens",
    tag = "programs",
    security(("session" = ["owner"])),
    responses((status = 200, body = Vec<Token>), Problems)
)]
pub(super) async fn list(
    State(desk): State<Desk>,
    _: Owner,
) -> Result<Json<Vec<Token>>, DeskError> {
    let tokens = blocking(move || desk.0.access.tokens().all()).await??;
    Ok(Json(tokens.into_iter().map(Token::from).collect()))
}

/// Make a token for a program
///
/// The answer has the token, which is shown this once. A program sends it as `Authorization: Bearer`.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    operation_id = "make_token",
    tag = "programs",
    request_body(content = NewToken, description = "Its name, and what it may do"),
    security(("session" = ["owner"])),
    responses((status = 201, description = "The token", body = MadeToken), Problems)
)]
pub(super) async fn make(
    State(desk): State<Desk>,
    Owner(session): Owner,
    client: Client,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), DeskError> {
    let maker = desk.clone();
    let make = move || maker.0.access.tokens().make(&new.name, new.scope);
    let (about, token) = blocking(make).await??;
    desk.note(Event::Token, &session.author(), &client, &about.name)
        .await;
    Ok((StatusCode::CREATED, Json(MadeToken::new(about, token))))
}

/// Revoke a token
///
/// From then on it is refused, and streams of events that it opened end.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    operation_id = "revoke_token",
    tag = "programs",
    params(("id" = String, Path, description = "The token's id")),
    security(("session" = ["owner"])),
    responses((status = 204, description = "It is worthless"), Problems)
)]
pub(super) async fn revoke(
    State(desk): State<Desk>,
    Owner(session): Owner,
    client: Client,
    Path(id): Path<String>,
) -> Result<StatusCode, DeskError> {
    let revoker = desk.clone();
    let name = blocking(move || revoker.0.access.tokens().revoke(&id)).await??;
    desk.note(Event::TokenRevoked, &session.author(), &client, &name)
        .await;
    Ok(StatusCode::NO_CONTENT)
}
