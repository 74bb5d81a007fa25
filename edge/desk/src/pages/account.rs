//! The reader's own account: its password, and where it is logged in.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::changes;
use super::page::{Page, SavedQuery, refused, show};
use super::sessions::SessionRow;
use crate::access::Event;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Cookies, Person};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    name: String,
    role: String,
    /// Whether a new password needs the present one.
    needs_former: bool,
    /// What is wrong with the password that was sent.
    wrong: Option<String>,
    sessions: Vec<SessionRow>,
    saved: Option<String>,
}

impl AccountPage {
    fn new(page: Page, desk: &Desk, person: &Person) -> Result<Self, DeskError> {
        let words = &page.words;
        let sessions = desk.sessions(Some(&person.account)).into_iter();
        Ok(Self {
            name: changes::author(words, &person.account),
            role: words.t(&format!("account-may-{}", person.role)),
            needs_former: desk.0.access.has_password_of(&person.account)?,
            wrong: None,
            sessions: sessions
                .map(|listed| SessionRow::new(words, listed, person.session))
                .collect(),
            saved: None,
            page,
        })
    }
}

pub(super) async fn account(
    person: Person,
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<SavedQuery>,
) -> Result<Html<String>, DeskError> {
    let mut template = AccountPage::new(page, &desk, &person)?;
    template.saved = query.message(&template.page);
    show(&template)
}

/// The present password, and another one twice.
#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    former: String,
    password: String,
    again: String,
}

/// Sets the own password, which ends the account's other sessions.
pub(super) async fn password(
    person: Person,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, DeskError> {
    let wrong = if form.password == form.again {
        let account = person.account.to_string();
        let done = desk.set_password(&client, &person, account, form.former, form.password);
        match done.await {
            Ok(cookies) => return Ok(set(cookies, "/account?saved=yes")),
            Err(error) => wrong(&error).ok_or(error)?,
        }
    } else {
        "password-wrong-again"
    };
    let mut template = AccountPage::new(page, &desk, &person)?;
    template.wrong = Some(template.page.t(wrong));
    refused(&template)
}

/// Which session is to end.
#[derive(Deserialize)]
pub(super) struct RevokeForm {
    pub(super) id: String,
}

/// Ends an own session.
pub(super) async fn revoke(
    person: Person,
    client: Client,
    State(desk): State<Desk>,
    Form(form): Form<RevokeForm>,
) -> Result<Redirect, DeskError> {
    let account = desk.revoke_session(Some(&person.account), &form.id).await?;
    desk.note(Event::SessionRevoked, &person.account, &client, &account)
        .await;
    Ok(Redirect::to("/account?saved=yes"))
}

/// The answer once a password is set: on to another page, with the cookies of a new session if it was
/// the reader's own password.
pub(super) fn set(cookies: Option<Cookies>, to: &str) -> Response {
    match cookies {
        Some(cookies) => (cookies, Redirect::to(to)).into_response(),
        None => Redirect::to(to).into_response(),
    }
}

/// The text that says what is wrong with a password, a name or an invitation; `None` if the error is
/// another one.
pub(super) fn wrong(error: &DeskError) -> Option<&'static str> {
    match error {
        DeskError::WrongFormer => Some("password-wrong-former"),
        DeskError::Throttled(_) => Some("login-throttled"),
        DeskError::Access(error) => error.wrong_account(),
        _ => None,
    }
}
