//! Logging in and out: by password, or by the link in the kiosk's terminal.

use std::time::Instant;

use axum::extract::{Query, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;

use super::access::{Begun, Opened, Role};
use super::extract::{LANGUAGE_COOKIE, Session, Visitor, cookie};
use super::problem::Rendered;
use super::{Desk, DeskError, pages};
use recognise::Language;

/// The session's cookie on plain HTTP.
///
/// It cannot be `Secure` there: browsers drop such a cookie that comes over a local network's
/// plain HTTP, and some do on loopback too. Where a proxy on the kiosk takes TLS it is `Secure`,
/// and has the name [`SECURE_COOKIE`], which binds it to this very host.
const COOKIE: &str = "kiosk_session";

/// The session's cookie behind TLS (RFC 6265bis, 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-kiosk_session";

/// A chosen language is kept for a year.
const LANGUAGE_FOR: u32 = 365 * 24 * 3600;

/// What the login page shows.
#[derive(Clone, Copy, Debug)]
pub struct LoginPage<'a> {
    /// Where to go afterwards: an address of the desk.
    pub next: &'a str,
    /// What went wrong: `wrong-password`, `throttled`, or `link-used`, after which a fresh link
    /// stands in the kiosk's terminal.
    pub problem: Option<&'static str>,
    /// Whether there is a password to log in with; else only the link does.
    pub has_passwords: bool,
}

pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/login", get(page).post(submit))
        .route("/logout", post(leave))
        .route("/language", post(choose_language))
}

/// The session that a request belongs to.
pub(super) fn session(desk: &Desk, headers: &HeaderMap, visitor: Visitor) -> Option<Session> {
    let name = cookie_name(visitor);
    let token = cookie(headers, name)?;
    let found = desk.0.sessions.find(token, |role| desk.basis(role));
    found.map(|(id, role, csrf)| Session {
        role,
        name: role.name().to_owned(),
        csrf,
        id,
    })
}

/// The login page's address for somebody who wants to go to `next`.
pub(super) fn address(next: &str) -> String {
    let mut address = "/login?next=".to_owned();
    for byte in next.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// Whose password it is. Attempts are slowed by the visitor's address and altogether.
///
/// # Errors
/// [`DeskError::Throttled`], [`DeskError::WrongPassword`], or where the passwords cannot be read.
pub(super) async fn check_password(
    desk: &Desk,
    visitor: Visitor,
    password: String,
) -> Result<Role, DeskError> {
    let attempt = desk.0.throttle.attempt(visitor.address, Instant::now());
    attempt.map_err(|wait| DeskError::Throttled(wait.as_secs_f64().ceil() as u64))?;
    let same = desk.clone();
    let verify = move || same.0.access.verify(&password);
    let role = desk.0.lanes.passwords.run(verify).await??;
    match role {
        Some(role) => {
            desk.0.throttle.succeeded(visitor.address);
            Ok(role)
        }
        None => {
            desk.0.metrics.wrong_password();
            Err(DeskError::WrongPassword)
        }
    }
}

/// Begins a session: its forms' token, and the cookie for the answer.
pub(super) fn begin(
    desk: &Desk,
    visitor: Visitor,
    role: Role,
) -> Result<(String, HeaderValue), DeskError> {
    let basis = desk.basis(role).ok_or(DeskError::Internal)?;
    let begun = desk.0.sessions.begin(role, basis);
    let Begun { token, csrf } = begun.map_err(|_| DeskError::Internal)?;
    Ok((csrf, set_cookie(cookie_name(visitor), &token, visitor, "")?))
}

/// Ends a session: the cookie for the answer, which takes the former one away.
pub(super) fn end(
    desk: &Desk,
    visitor: Visitor,
    session: &Session,
) -> Result<HeaderValue, DeskError> {
    desk.0.sessions.end(session.id);
    set_cookie(cookie_name(visitor), "", visitor, "; Max-Age=0")
}

impl Session {
    /// Whether a form's token is this session's.
    pub(super) fn check_token(&self, token: &str) -> Result<(), DeskError> {
        match super::access::same(token, &self.csrf) {
            true => Ok(()),
            false => Err(DeskError::Forged),
        }
    }
}

fn cookie_name(visitor: Visitor) -> &'static str {
    match visitor.secure {
        true => SECURE_COOKIE,
        false => COOKIE,
    }
}

fn set_cookie(
    name: &str,
    value: &str,
    visitor: Visitor,
    more: &str,
) -> Result<HeaderValue, DeskError> {
    let secure = if visitor.secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}");
    cookie.parse().map_err(|_| DeskError::Internal)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    token: Option<String>,
}

async fn page(
    State(desk): State<Desk>,
    visitor: Visitor,
    language: Language,
    session: Option<Session>,
    Query(asked): Query<Asked>,
) -> Result<Response, DeskError> {
    let next = local(&asked.next);
    let has_passwords = desk.0.access.is_set()?;
    let mut page = LoginPage {
        next,
        problem: None,
        has_passwords,
    };
    if let (Some(token), false) = (&asked.token, has_passwords) {
        if desk.0.links.open(token) == Opened::Good {
            let (_, cookie) = begin(&desk, visitor, Role::Owner)?;
            return Ok(([(SET_COOKIE, cookie)], Redirect::to(next)).into_response());
        }
        page.problem = Some("link-used");
    }
    if session.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    // Whoever used the last link up, or lost it, finds a fresh one in the terminal.
    if page.problem.is_some() || !desk.0.links.is_waiting() {
        desk.renew_login_link();
    }
    let status = match page.problem {
        Some(_) => StatusCode::FORBIDDEN,
        None => StatusCode::OK,
    };
    Ok(shown(status, page, language))
}

#[derive(Deserialize)]
struct Credentials {
    password: String,
    #[serde(default)]
    next: String,
}

async fn submit(
    State(desk): State<Desk>,
    visitor: Visitor,
    language: Language,
    Form(form): Form<Credentials>,
) -> Result<Response, DeskError> {
    let next = local(&form.next);
    let error = match check_password(&desk, visitor, form.password).await {
        Ok(role) => {
            let (_, cookie) = begin(&desk, visitor, role)?;
            return Ok(([(SET_COOKIE, cookie)], Redirect::to(next)).into_response());
        }
        Err(error) => error,
    };
    let problem = match &error {
        DeskError::WrongPassword => "wrong-password",
        DeskError::Throttled(_) => "throttled",
        _ => return Err(error),
    };
    let page = LoginPage {
        next,
        problem: Some(problem),
        has_passwords: desk.0.access.is_set()?,
    };
    let mut response = shown(error.status(), page, language);
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

async fn leave(
    State(desk): State<Desk>,
    visitor: Visitor,
    session: Session,
) -> Result<Response, DeskError> {
    let cookie = end(&desk, visitor, &session)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

#[derive(Deserialize)]
struct Choice {
    language: Language,
    #[serde(default)]
    next: String,
}

async fn choose_language(Form(choice): Form<Choice>) -> Response {
    let tag = choice.language.tag();
    let cookie =
        format!("{LANGUAGE_COOKIE}={tag}; Path=/; SameSite=Strict; Max-Age={LANGUAGE_FOR}");
    ([(SET_COOKIE, cookie)], Redirect::to(local(&choice.next))).into_response()
}

fn shown(status: StatusCode, page: LoginPage<'_>, language: Language) -> Response {
    let mut response = (status, pages::login(page, language)).into_response();
    response.extensions_mut().insert(Rendered);
    response
}

/// An address of the desk itself; the front page for any other.
pub(super) fn local(next: &str) -> &str {
    let stays = next.starts_with('/')
        && !next.starts_with("//")
        && next
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if stays { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn logging_in_leads_to_no_other_site() {
        for next in ["/", "/visits?day=2026-01-02", "/animals/7#visits"] {
            assert_eq!(local(next), next);
        }
        for next in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\r\nX: y",
        ] {
            assert_eq!(local(next), "/", "{next:?}");
        }
    }
}
