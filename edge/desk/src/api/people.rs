//! The people who log in: accounts, invitations, sessions, and the record of what they did.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::session::SessionBody;
use super::types::{
    Acceptance, Account, Invitation, ListedSession, MadeInvitation, NewPassword, Record, Right,
};
use super::{MOST, Problems};
use crate::access::{Event, Role};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Cookies, Owner, Person};

/// The accounts (owner)
///
/// First `owner` and `staff`, if they have a password: anyone who has that logs in without a name.
/// Then the others, in the order in which they were made.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    operation_id = "list_accounts",
    tag = "people",
    security(("session" = ["owner"])),
    responses((status = 200, body = Vec<Account>), Problems)
)]
pub(super) async fn accounts(
    State(desk): State<Desk>,
    _: Owner,
) -> Result<Json<Vec<Account>>, DeskError> {
    let mut accounts = Vec::new();
    for role in Role::SHARED {
        if desk.0.access.has_password(role)? {
            accounts.push(Account::shared(role));
        }
    }
    let named = desk.0.access.accounts()?;
    accounts.extend(named.into_iter().map(Account::from));
    Ok(Json(accounts))
}

/// Give an account another role (owner)
///
/// It applies at once to those who are logged in. `owner` and `staff` stay what they are.
#[utoipa::path(
    put,
    path = "/api/v1/accounts/{name}",
    operation_id = "change_account",
    tag = "people",
    params(("name" = String, Path, description = "The account's name")),
    request_body = Right,
    security(("session" = ["owner"])),
    responses((status = 200, description = "The account as it is now", body = Account), Problems)
)]
pub(super) async fn set_role(
    State(desk): State<Desk>,
    _: Owner,
    person: Person,
    client: Client,
    Path(name): Path<String>,
    Json(right): Json<Right>,
) -> Result<Json<Account>, DeskError> {
    let account = desk.set_role(&client, &person, name, right.role).await?;
    Ok(Json(account.into()))
}

/// Remove an account, and end its sessions (owner)
///
/// `owner` and `staff` cannot be removed.
#[utoipa::path(
    delete,
    path = "/api/v1/accounts/{name}",
    operation_id = "remove_account",
    tag = "people",
    params(("name" = String, Path, description = "The account's name")),
    security(("session" = ["owner"])),
    responses((status = 204, description = "Removed"), Problems)
)]
pub(super) async fn remove(
    State(desk): State<Desk>,
    _: Owner,
    person: Person,
    client: Client,
    Path(name): Path<String>,
) -> Result<StatusCode, DeskError> {
    desk.remove_account(&client, &person, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set the password of an account, and end its sessions (owner)
///
/// `former` is the owner's own present password.
#[utoipa::path(
    put,
    path = "/api/v1/accounts/{name}/password",
    operation_id = "set_password",
    tag = "people",
    params(("name" = String, Path, description = "The account's name")),
    request_body = NewPassword,
    security(("session" = ["owner"])),
    responses((status = 204, description = "Set"), Problems)
)]
pub(super) async fn set_password(
    State(desk): State<Desk>,
    _: Owner,
    person: Person,
    client: Client,
    Path(name): Path<String>,
    Json(new): Json<NewPassword>,
) -> Result<Response, DeskError> {
    let set = desk.set_password(&client, &person, name, new.former, new.password);
    Ok(done(set.await?))
}

/// Set the own password
///
/// All other sessions of the account end; the one of this request goes on with a new cookie.
#[utoipa::path(
    put,
    path = "/api/v1/account/password",
    operation_id = "set_own_password",
    tag = "people",
    request_body = NewPassword,
    security(("session" = [])),
    responses((status = 204, description = "Set"), Problems)
)]
pub(super) async fn set_own_password(
    State(desk): State<Desk>,
    person: Person,
    client: Client,
    Json(new): Json<NewPassword>,
) -> Result<Response, DeskError> {
    let account = person.account.to_string();
    let set = desk.set_password(&client, &person, account, new.former, new.password);
    Ok(done(set.await?))
}

/// The answer once a password is set.
fn done(cookies: Option<Cookies>) -> Response {
    match cookies {
        Some(cookies) => (StatusCode::NO_CONTENT, cookies).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// The invitations that can still be accepted (owner)
#[utoipa::path(
    get,
    path = "/api/v1/invitations",
    operation_id = "list_invitations",
    tag = "people",
    security(("session" = ["owner"])),
    responses((status = 200, body = Vec<Invitation>), Problems)
)]
pub(super) async fn invitations(
    State(desk): State<Desk>,
    _: Owner,
) -> Result<Json<Vec<Invitation>>, DeskError> {
    let invitations = desk.0.access.invitations()?;
    Ok(Json(
        invitations.into_iter().map(Invitation::from).collect(),
    ))
}

/// Invite somebody to make an account (owner)
///
/// The answer has a code, which is shown this once. It works once, for a day.
#[utoipa::path(
    post,
    path = "/api/v1/invitations",
    operation_id = "invite",
    tag = "people",
    request_body(content = Right, description = "What the account may do"),
    security(("session" = ["owner"])),
    responses((status = 201, description = "The invitation", body = MadeInvitation), Problems)
)]
pub(super) async fn invite(
    State(desk): State<Desk>,
    _: Owner,
    person: Person,
    client: Client,
    Json(right): Json<Right>,
) -> Result<(StatusCode, Json<MadeInvitation>), DeskError> {
    let (about, code) = desk.invite(&client, &person, right.role).await?;
    Ok((StatusCode::CREATED, Json(MadeInvitation::new(about, code))))
}

/// Withdraw an invitation (owner)
#[utoipa::path(
    delete,
    path = "/api/v1/invitations/{id}",
    operation_id = "withdraw_invitation",
    tag = "people",
    params(("id" = String, Path, description = "The invitation's id")),
    security(("session" = ["owner"])),
    responses((status = 204, description = "It is worthless"), Problems)
)]
pub(super) async fn withdraw(
    State(desk): State<Desk>,
    _: Owner,
    person: Person,
    client: Client,
    Path(id): Path<String>,
) -> Result<StatusCode, DeskError> {
    desk.withdraw(&client, &person, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make an account with an invitation, and log in
#[utoipa::path(
    post,
    path = "/api/v1/invitation",
    operation_id = "accept_invitation",
    tag = "people",
    request_body = Acceptance,
    responses(
        (status = 201, description = "Made and logged in; a cookie is set", body = SessionBody),
        Problems
    )
)]
pub(super) async fn accept(
    State(desk): State<Desk>,
    client: Client,
    Json(sent): Json<Acceptance>,
) -> Result<Response, DeskError> {
    let accepted = desk.accept_invitation(&client, sent.code, sent.name, sent.password);
    let (login, cookies) = accepted.await?;
    let body = Json(SessionBody::of_person(login.role, login.account));
    Ok((StatusCode::CREATED, cookies, body).into_response())
}

/// Where people are logged in, the session that was used last first
///
/// The owner sees everybody's sessions, others see their own.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    operation_id = "list_sessions",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, body = Vec<ListedSession>), Problems)
)]
pub(super) async fn sessions(State(desk): State<Desk>, person: Person) -> Json<Vec<ListedSession>> {
    let sessions = desk.sessions(whose(&person)).into_iter();
    let listed = sessions.map(|listed| ListedSession::new(listed, person.session));
    Json(listed.collect())
}

/// End a session
///
/// The owner ends any, others end their own.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    operation_id = "end_session",
    tag = "people",
    params(("id" = String, Path, description = "The session's id")),
    security(("session" = [])),
    responses((status = 204, description = "Ended"), Problems)
)]
pub(super) async fn end_session(
    State(desk): State<Desk>,
    person: Person,
    client: Client,
    Path(id): Path<String>,
) -> Result<StatusCode, DeskError> {
    let account = desk.revoke_session(whose(&person), &id).await?;
    desk.note(Event::SessionRevoked, &person.account, &client, &account)
        .await;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose sessions somebody sees and ends: the own ones, or all.
fn whose(person: &Person) -> Option<&str> {
    match person.role {
        Role::Owner => None,
        Role::Staff | Role::Viewer => Some(&person.account),
    }
}

#[derive(Deserialize, IntoParams)]
pub(super) struct RecordQuery {
    /// How many at most, up to 500; the default is 100.
    limit: Option<usize>,
    /// How many to leave out before the first.
    #[serde(default)]
    offset: usize,
}

/// What people did, the latest first (owner)
///
/// Logging in and out, wrong passwords, exports, backups, restoring, settings, setting the kiosk up, the
/// clock, tokens, the webhook, accounts, invitations and sessions. Entries are kept for about a year, or
/// for less if there are very many of them; restoring a backup does not change them.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "get_audit",
    tag = "people",
    params(RecordQuery),
    security(("session" = ["owner"])),
    responses((status = 200, body = Vec<Record>), Problems)
)]
pub(super) async fn audit(
    State(desk): State<Desk>,
    _: Owner,
    Query(asked): Query<RecordQuery>,
) -> Result<Json<Vec<Record>>, DeskError> {
    let limit = asked.limit.unwrap_or(100).min(MOST);
    let recorded = desk.recorded(asked.offset, limit).await?;
    Ok(Json(recorded.into_iter().map(Record::from).collect()))
}

/// What people did as CSV, the oldest first (owner)
///
/// In UTF-8 with a mark, separated by `;` if the daycare's language is French and by `,` otherwise.
/// Times are in UTC, and in local time in the column `at_local`.
#[utoipa::path(
    get,
    path = "/api/v1/audit.csv",
    operation_id = "export_audit",
    tag = "people",
    security(("session" = ["owner"])),
    responses((status = 200, content_type = "text/csv", body = String), Problems)
)]
pub(super) async fn audit_csv(State(desk): State<Desk>, _: Owner) -> Result<Response, DeskError> {
    desk.export_record().await
}
