//! Logging in, by password or by the link in the kiosk's terminal, and out; choosing a language.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use recognise::Language;
use serde::Deserialize;

use super::page::{Page, show};
use crate::addresses;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::language::{Asked, COOKIE};
use crate::problem::Rendered;
use crate::session::{Client, Person, Reader};
use crate::visitor::Visitor;

/// How long a chosen language lasts, in seconds: a year.
const LANGUAGE_SECONDS: u32 = 365 * 24 * 3600;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    page: Page,
    /// Where to go on to.
    next: &'a str,
    /// What went wrong.
    problem: Option<String>,
    /// Whether there is a password to log in with; otherwise only the link works.
    has_passwords: bool,
    /// Whether there are accounts that log in by name.
    has_names: bool,
    /// The name that was typed.
    name: &'a str,
    /// Whether the screen shows the figures that set the kiosk up.
    has_figures: bool,
}

#[derive(Deserialize)]
pub(super) struct LoginQuery {
    #[serde(default)]
    next: String,
    /// The login link's.
    token: Option<String>,
}

/// The login page. Opened by the login link, it logs in.
pub(super) async fn login(
    State(desk): State<Desk>,
    client: Client,
    language: Language,
    session: Option<Reader>,
    Query(query): Query<LoginQuery>,
) -> Result<Response, DeskError> {
    let next = addresses::own(&query.next).unwrap_or("/");
    let has_passwords = desk.0.access.is_set()?;
    let token = query.token.filter(|_| !has_passwords);
    let is_used = match token {
        Some(token) if desk.0.links.open(&token) => {
            let cookies = desk.log_in_by_link(&client).await?;
            return Ok((cookies, Redirect::to(next)).into_response());
        }
        token => token.is_some(),
    };
    if session.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    // A user who has used or lost the last link finds a fresh one in the terminal.
    if is_used || !desk.0.links.is_waiting() {
        desk.renew_login_link();
    }
    let (status, problem) = if is_used {
        (StatusCode::FORBIDDEN, Some("login-link-used"))
    } else {
        (StatusCode::OK, None)
    };
    page(&desk, status, problem, next, "", language)
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    /// Nothing logs in by the password of the owner or the staff alone.
    #[serde(default)]
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Logs in by password.
pub(super) async fn submit(
    State(desk): State<Desk>,
    client: Client,
    language: Language,
    Form(form): Form<Credentials>,
) -> Result<Response, DeskError> {
    let next = addresses::own(&form.next).unwrap_or("/");
    let checked = desk.check_password(&client, &form.name, form.password);
    let error = match checked.await {
        Ok(login) => {
            let cookies = desk.begin_session(&client, &login).await?;
            return Ok((cookies, Redirect::to(next)).into_response());
        }
        Err(error) => error,
    };
    let problem = match &error {
        DeskError::WrongPassword => "login-wrong-password",
        DeskError::Throttled(_) => "login-throttled",
        _ => return Err(error),
    };
    let name = form.name.trim();
    let mut response = page(&desk, error.status(), Some(problem), next, name, language)?;
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// Logs out.
pub(super) async fn logout(
    State(desk): State<Desk>,
    visitor: Visitor,
    person: Person,
) -> Result<Response, DeskError> {
    let cookie = desk.end_session(visitor, person.session).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

#[derive(Deserialize)]
pub(super) struct LanguageForm {
    language: Language,
    #[serde(default)]
    next: String,
}

/// Chooses the language of the pages for this browser. One that would be used anyway need not be
/// remembered: its pages go on to follow the daycare's.
pub(super) async fn choose_language(
    State(desk): State<Desk>,
    session: Option<Reader>,
    asked: Asked,
    Form(form): Form<LanguageForm>,
) -> Response {
    let cookie = language_cookie(asked, desk.chosen_language().await, form.language);
    if session.is_some() {
        desk.note_language();
    }
    let next = addresses::own(&form.next).unwrap_or("/");
    ([(SET_COOKIE, cookie)], Redirect::to(next)).into_response()
}

/// The cookie by which a browser that asks like this gets pages in this language, where the owner
/// chose `daycares`.
pub(super) fn language_cookie(
    asked: Asked,
    daycares: Option<Language>,
    language: Language,
) -> String {
    let unchosen = Asked {
        chosen: None,
        ..asked
    };
    let seconds = if language == unchosen.for_page(daycares) {
        0
    } else {
        LANGUAGE_SECONDS
    };
    let tag = language.tag();
    format!("{COOKIE}={tag}; Path=/; SameSite=Strict; Max-Age={seconds}")
}

fn page(
    desk: &Desk,
    status: StatusCode,
    problem: Option<&str>,
    next: &str,
    name: &str,
    language: Language,
) -> Result<Response, DeskError> {
    let page = Page::bare(None, language, addresses::login(next));
    let shown = show(&LoginPage {
        next,
        problem: problem.map(|key| page.t(key)),
        has_passwords: desk.0.access.is_set()?,
        has_names: !desk.0.access.accounts()?.is_empty(),
        name,
        has_figures: desk.setup().code().is_some(),
        page,
    });
    let mut response = (status, shown).into_response();
    response.extensions_mut().insert(Rendered);
    Ok(response)
}
