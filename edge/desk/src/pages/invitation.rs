//! The page of an invitation: anyone who has its address can make an account.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use recognise::Language;
use serde::Deserialize;

use super::account::wrong;
use super::page::{Page, refused_as, show};
use crate::access::{AccessError, Invitation};
use crate::addresses;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Client;

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    page: Page,
    code: String,
    /// The name that was typed.
    name: String,
    /// What the account will be allowed to do; `None` if the invitation is worthless.
    role: Option<String>,
    wrong: Option<String>,
}

impl InvitationPage {
    fn new(language: Language, code: String, invitation: Option<&Invitation>) -> Self {
        let address = format!("/invitation?code={code}");
        // An address that somebody made up leads nowhere but to the login page.
        let address = addresses::own(&address).unwrap_or("/login");
        let page = Page::bare(None, language, address.to_owned());
        Self {
            role: invitation.map(|of| page.t(&format!("account-may-{}", of.role))),
            code,
            name: String::new(),
            wrong: None,
            page,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct CodeQuery {
    #[serde(default)]
    code: String,
}

pub(super) async fn ask(
    State(desk): State<Desk>,
    language: Language,
    Query(query): Query<CodeQuery>,
) -> Result<Response, DeskError> {
    match desk.0.access.invitation(&query.code) {
        Ok(invitation) => {
            let template = InvitationPage::new(language, query.code, Some(&invitation));
            Ok(show(&template)?.into_response())
        }
        Err(AccessError::NoSuchInvitation) => worthless(language),
        Err(error) => Err(error.into()),
    }
}

/// A name, and a password twice.
#[derive(Deserialize)]
pub(super) struct AcceptForm {
    code: String,
    name: String,
    password: String,
    again: String,
}

/// Makes the account, and logs in.
pub(super) async fn accept(
    State(desk): State<Desk>,
    client: Client,
    language: Language,
    Form(form): Form<AcceptForm>,
) -> Result<Response, DeskError> {
    let invitation = match desk.0.access.invitation(&form.code) {
        Ok(invitation) => invitation,
        Err(AccessError::NoSuchInvitation) => return worthless(language),
        Err(error) => return Err(error.into()),
    };
    let wrong = if form.password == form.again {
        let (code, name) = (form.code.clone(), form.name.clone());
        let accepted = desk.accept_invitation(&client, code, name, form.password);
        match accepted.await {
            Ok((_, cookies)) => return Ok((cookies, Redirect::to("/")).into_response()),
            Err(DeskError::Access(AccessError::NoSuchInvitation)) => return worthless(language),
            Err(error) => wrong(&error).ok_or(error)?,
        }
    } else {
        "password-wrong-again"
    };
    let mut template = InvitationPage::new(language, form.code, Some(&invitation));
    template.wrong = Some(template.page.t(wrong));
    template.name = form.name;
    refused_as(StatusCode::UNPROCESSABLE_ENTITY, &template)
}

/// The page of an invitation that was used or has expired.
fn worthless(language: Language) -> Result<Response, DeskError> {
    let mut template = InvitationPage::new(language, String::new(), None);
    template.wrong = Some(template.page.t("invitation-wrong-gone"));
    refused_as(StatusCode::NOT_FOUND, &template)
}
