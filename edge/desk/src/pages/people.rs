//! The people who log in: their accounts, invitations, and where they are logged in.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::account::{RevokeForm, wrong};
use super::changes;
use super::page::{Page, SavedQuery, refused, show};
use super::sessions::SessionRow;
use super::words::Words;
use crate::access::{Account, Event, Invitation, Role};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner, Person};

/// Where every change of this page leads to.
const SAVED: &str = "/settings/people?saved=yes";

/// An account in the list.
struct AccountRow {
    /// Its name in the files, and for the reader.
    id: String,
    name: String,
    detail: String,
    /// The roles to choose from, and whether it has them; none if its role cannot be changed.
    roles: Vec<RoleChoice>,
}

/// A role to choose.
struct RoleChoice {
    name: &'static str,
    text: String,
    is_chosen: bool,
}

/// An invitation in the list.
struct InvitationRow {
    id: String,
    role: String,
    until: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Page,
    accounts: Vec<AccountRow>,
    invitations: Vec<InvitationRow>,
    sessions: Vec<SessionRow>,
    roles: Vec<RoleChoice>,
    /// The address of an invitation that was just made, which is shown this once.
    made: Option<String>,
    wrong: Option<String>,
    saved: Option<String>,
}

impl PeoplePage {
    fn new(page: Page, desk: &Desk, person: &Person) -> Result<Self, DeskError> {
        let words = &page.words;
        let mut accounts = Vec::new();
        for role in Role::SHARED {
            if desk.0.access.has_password(role)? {
                accounts.push(AccountRow::shared(words, role));
            }
        }
        let named = desk.0.access.accounts()?.into_iter();
        accounts.extend(named.map(|account| AccountRow::new(words, account)));
        let invitations = desk.0.access.invitations()?.into_iter();
        let sessions = desk.sessions(None).into_iter();
        Ok(Self {
            accounts,
            invitations: invitations
                .map(|invitation| InvitationRow::new(words, &invitation))
                .collect(),
            sessions: sessions
                .map(|listed| SessionRow::new(words, listed, person.session))
                .collect(),
            roles: roles(words, Role::Staff),
            made: None,
            wrong: None,
            saved: None,
            page,
        })
    }
}

impl AccountRow {
    /// An account that every kiosk has.
    fn shared(words: &Words, role: Role) -> Self {
        Self {
            id: role.name().to_owned(),
            name: changes::author(words, role.name()),
            detail: words.t("account-shared"),
            roles: Vec::new(),
        }
    }

    fn new(words: &Words, account: Account) -> Self {
        Self {
            detail: words.with("account-made", "moment", words.moment(account.created)),
            roles: roles(words, account.role),
            id: account.name.clone(),
            name: account.name,
        }
    }
}

impl InvitationRow {
    fn new(words: &Words, invitation: &Invitation) -> Self {
        Self {
            id: invitation.id(),
            role: role(words, invitation.role),
            until: words.with(
                "invitation-until",
                "moment",
                words.moment(invitation.until()),
            ),
        }
    }
}

/// All roles, of which one is chosen.
fn roles(words: &Words, chosen: Role) -> Vec<RoleChoice> {
    let choice = |of: Role| RoleChoice {
        name: of.name(),
        text: role(words, of),
        is_chosen: of == chosen,
    };
    Role::ALL.into_iter().rev().map(choice).collect()
}

/// What a role is called, and what it may do.
fn role(words: &Words, role: Role) -> String {
    words.t(&format!("account-role-{role}"))
}

pub(super) async fn people(
    _: Owner,
    person: Person,
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<SavedQuery>,
) -> Result<Html<String>, DeskError> {
    let mut template = PeoplePage::new(page, &desk, &person)?;
    template.saved = query.message(&template.page);
    show(&template)
}

/// What an account may do that is made with an invitation.
#[derive(Deserialize)]
pub(super) struct InviteForm {
    role: Role,
}

/// Makes an invitation, and shows its address.
pub(super) async fn invite(
    _: Owner,
    person: Person,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    headers: HeaderMap,
    Form(form): Form<InviteForm>,
) -> Result<Response, DeskError> {
    let code = match desk.invite(&client, &person, form.role).await {
        Ok((_, code)) => code,
        Err(error) => return refuse(page, &desk, &person, error),
    };
    let scheme = if client.visitor.is_secure {
        "https"
    } else {
        "http"
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let mut template = PeoplePage::new(page, &desk, &person)?;
    template.made = Some(format!("{scheme}://{host}/invitation?code={code}"));
    Ok(show(&template)?.into_response())
}

/// Which invitation is to be withdrawn.
#[derive(Deserialize)]
pub(super) struct WithdrawForm {
    id: String,
}

/// Withdraws an invitation.
pub(super) async fn withdraw(
    _: Owner,
    person: Person,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<WithdrawForm>,
) -> Result<Response, DeskError> {
    match desk.withdraw(&client, &person, form.id).await {
        Ok(()) => Ok(Redirect::to(SAVED).into_response()),
        Err(error) => refuse(page, &desk, &person, error),
    }
}

/// What an account is to do from now on.
#[derive(Deserialize)]
pub(super) struct RoleForm {
    name: String,
    role: Role,
}

/// Gives an account another role.
pub(super) async fn set_role(
    _: Owner,
    person: Person,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<RoleForm>,
) -> Result<Response, DeskError> {
    match desk.set_role(&client, &person, form.name, form.role).await {
        Ok(_) => Ok(Redirect::to(SAVED).into_response()),
        Err(error) => refuse(page, &desk, &person, error),
    }
}

/// Which account is to be removed.
#[derive(Deserialize)]
pub(super) struct RemoveForm {
    name: String,
}

/// Removes an account.
pub(super) async fn remove(
    _: Owner,
    person: Person,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<RemoveForm>,
) -> Result<Response, DeskError> {
    match desk.remove_account(&client, &person, form.name).await {
        Ok(()) => Ok(Redirect::to(SAVED).into_response()),
        Err(error) => refuse(page, &desk, &person, error),
    }
}

/// Ends anybody's session.
pub(super) async fn revoke(
    _: Owner,
    person: Person,
    client: Client,
    State(desk): State<Desk>,
    Form(form): Form<RevokeForm>,
) -> Result<Redirect, DeskError> {
    let account = desk.revoke_session(None, &form.id).await?;
    desk.note(Event::SessionRevoked, &person.account, &client, &account)
        .await;
    Ok(Redirect::to(SAVED))
}

/// The page that says why something was not done.
fn refuse(
    page: Page,
    desk: &Desk,
    person: &Person,
    error: DeskError,
) -> Result<Response, DeskError> {
    let key = wrong(&error).ok_or(error)?;
    let mut template = PeoplePage::new(page, desk, person)?;
    template.wrong = Some(template.page.t(key));
    refused(&template)
}
