//! The programs that use the kiosk: their tokens, and the webhook.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page::{Page, SavedQuery, refused, show};
use super::words::Words;
use crate::access::{AccessError, Event, Scope, Token};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Owner};
use crate::webhook::{Target, WebhookError};
use crate::work::blocking;

/// A token in the list.
struct TokenRow {
    id: String,
    name: String,
    scope: String,
    used: String,
}

/// A token that was just made, which is shown this once.
struct MadeToken {
    title: String,
    token: String,
}

/// The form of the webhook, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WebhookForm {
    url: String,
    secret: String,
    names: String,
}

#[derive(Template)]
#[template(path = "programs.html")]
struct ProgramsPage {
    page: Page,
    tokens: Vec<TokenRow>,
    made: Option<MadeToken>,
    wrong_token: Option<String>,
    form: WebhookForm,
    has_webhook: bool,
    wrong_webhook: Option<String>,
    saved: Option<String>,
}

impl ProgramsPage {
    /// The page as things are. Files that cannot be read say so where their content would be.
    async fn new(page: Page, desk: &Desk) -> Result<Self, DeskError> {
        let desk = desk.clone();
        let read = move || (desk.0.access.tokens().all(), desk.0.webhook.target());
        let (tokens, target) = blocking(read).await?;
        let (tokens, wrong_token) = or_reason(&page.words, tokens);
        let (target, wrong_webhook) = or_reason(&page.words, target);
        let row = |token: Token| TokenRow::new(&page.words, token);
        Ok(Self {
            tokens: tokens.into_iter().map(row).collect(),
            made: None,
            wrong_token,
            has_webhook: target.is_some(),
            form: target.map(WebhookForm::of).unwrap_or_default(),
            wrong_webhook,
            saved: None,
            page,
        })
    }
}

impl TokenRow {
    fn new(words: &Words, token: Token) -> Self {
        Self {
            id: token.id(),
            scope: words.t(&format!("token-scope-{}", token.scope.name())),
            used: match token.used {
                Some(day) => words.with("token-used", "day", words.date(day)),
                None => words.t("token-never-used"),
            },
            name: token.name,
        }
    }
}

impl WebhookForm {
    fn of(target: Target) -> Self {
        Self {
            url: target.url,
            secret: String::new(),
            names: if target.names { "yes" } else { "" }.to_owned(),
        }
    }
}

/// What a file holds, or nothing and why it cannot be read.
fn or_reason<T: Default>(words: &Words, read: Result<T, AccessError>) -> (T, Option<String>) {
    match read {
        Ok(content) => (content, None),
        Err(error) => (T::default(), Some(words.access(&error))),
    }
}

pub(super) async fn programs(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<SavedQuery>,
) -> Result<Html<String>, DeskError> {
    let mut template = ProgramsPage::new(page, &desk).await?;
    template.saved = query.message(&template.page);
    show(&template)
}

/// What a token is to be called and to do.
#[derive(Deserialize)]
pub(super) struct TokenForm {
    name: String,
    scope: Scope,
}

/// Makes a token, and shows it.
pub(super) async fn make_token(
    Owner(session): Owner,
    client: Client,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<TokenForm>,
) -> Result<Response, DeskError> {
    let maker = desk.clone();
    let make = move || maker.0.access.tokens().make(&form.name, form.scope);
    let made = blocking(make).await?;
    let mut template = ProgramsPage::new(page, &desk).await?;
    let wrong = match made {
        Ok((about, token)) => {
            desk.note(Event::Token, &session.author(), &client, &about.name)
                .await;
            let title = template.page.with("token-made", "name", about.name);
            template.made = Some(MadeToken { title, token });
            return Ok(show(&template)?.into_response());
        }
        Err(AccessError::TokenName) => "token-wrong-name",
        Err(AccessError::TokenTaken) => "token-wrong-taken",
        Err(AccessError::TooManyTokens) => "token-wrong-many",
        Err(error) => return Err(error.into()),
    };
    template.wrong_token = Some(template.page.t(wrong));
    refused(&template)
}

/// Which token is to be revoked.
#[derive(Deserialize)]
pub(super) struct RevokeForm {
    id: String,
}

/// Revokes a token.
pub(super) async fn revoke_token(
    Owner(session): Owner,
    client: Client,
    State(desk): State<Desk>,
    Form(form): Form<RevokeForm>,
) -> Result<Redirect, DeskError> {
    let revoker = desk.clone();
    let name = blocking(move || revoker.0.access.tokens().revoke(&form.id)).await??;
    desk.note(Event::TokenRevoked, &session.author(), &client, &name)
        .await;
    Ok(Redirect::to("/settings/programs?saved=yes"))
}

/// Sets the webhook; without an address there is none any more. Without a secret the former one
/// stays.
pub(super) async fn set_webhook(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
    Form(form): Form<WebhookForm>,
) -> Result<Response, DeskError> {
    let setter = desk.clone();
    let (url, names) = (form.url.trim().to_owned(), form.names == "yes");
    let secret = Some(form.secret.clone()).filter(|secret| !secret.is_empty());
    let set = move || -> Result<(), DeskError> {
        if url.is_empty() {
            setter.0.webhook.remove()?;
        } else {
            setter.0.webhook.set(&url, secret, names)?;
        }
        Ok(())
    };
    let wrong = match blocking(set).await? {
        Ok(()) => return Ok(Redirect::to("/settings/programs?saved=yes").into_response()),
        Err(DeskError::Webhook(WebhookError::Address)) => "webhook-wrong-address",
        Err(DeskError::Webhook(WebhookError::Open)) => "webhook-wrong-open",
        Err(DeskError::Webhook(WebhookError::Secret)) => "webhook-wrong-secret",
        Err(error) => return Err(error),
    };
    let mut template = ProgramsPage::new(page, &desk).await?;
    template.wrong_webhook = Some(template.page.t(wrong));
    template.form = form;
    refused(&template)
}
