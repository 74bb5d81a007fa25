//! Renders problems: as a page for people, as `{"error": "one line"}` below `/api` for programs.

use std::any::Any;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, ALLOW, COOKIE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use screens::Locale;

use crate::addresses;
use crate::api::ErrorBody;
use crate::desk::Desk;
use crate::error::{DeskError, ProblemKind};
use crate::language::Asked;
use crate::pages;
use crate::problem::{Problem, Rendered};
use crate::session::Session;
use crate::setup::Step;

/// How many bytes of a plain answer are read as its message.
const LONGEST_ANSWER: usize = 1 << 20;

/// What other kiosks are to log in with at the camera: a token as the password. Cameras are asked for
/// pictures without a login at first, and say by which one they are to be asked again.
const BASIC: &str = "Basic realm=\"Breed Kiosk\"";

/// What browsers send, and cameras' clients do not.
const OF_BROWSERS: [HeaderName; 3] = [
    COOKIE,
    ACCEPT_LANGUAGE,
    HeaderName::from_static("sec-fetch-mode"),
];

/// Renders every response that is an error, wherever it was made.
pub(crate) async fn render(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let asked = Asked::of(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let is_for_people = !addresses::is_for_programs(uri.path()) || accepts_pages(request.headers());
    let may_log_in = uri.path() == addresses::CAMERA && !is_of_browser(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error())
        || response.extensions().get::<Rendered>().is_some()
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let mut problem = match parts.extensions.remove::<Problem>() {
        Some(problem) => problem,
        None => {
            // A message that cannot be read is as good as none: the status remains.
            let text = to_bytes(body, LONGEST_ANSWER).await.unwrap_or_default();
            Problem::plain(status, &method, String::from_utf8_lossy(&text).trim())
        }
    };
    if parts.extensions.get::<Session>().is_none() {
        problem.conceal();
    }
    let mut rendered = if !is_for_people {
        let reason = match &problem.reason {
            Some(reason) => {
                let language = asked.for_program(desk.chosen_language().await);
                Some(Locale::of(language).message(reason))
            }
            None => None,
        };
        (problem.status, Json(ErrorBody::new(problem, reason))).into_response()
    } else if problem.kind == ProblemKind::SetUpFirst {
        Redirect::to(Step::Code.address()).into_response()
    } else if problem.kind == ProblemKind::LoginNeeded {
        Redirect::to(&addresses::login(back(&method, &uri))).into_response()
    } else {
        let language = asked.for_page(desk.chosen_language().await);
        let session = parts.extensions.get::<Session>();
        let page = pages::problem(&problem, session, language);
        (problem.status, page).into_response()
    };
    if status == StatusCode::UNAUTHORIZED && !is_for_people {
        // RFC 9110 asks for it. Browsers ask nobody for anything because of this scheme, other than
        // because of a basic login.
        let headers = rendered.headers_mut();
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        if may_log_in {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(BASIC));
        }
    }
    for name in [RETRY_AFTER, ALLOW] {
        if let Some(value) = parts.headers.remove(&name) {
            rendered.headers_mut().insert(name, value);
        }
    }
    rendered
}

/// Whether a browser asks for a page, as it does for a form that it sends without a script.
fn accepts_pages(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(ACCEPT)
        .and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// Whether a browser sent these headers.
fn is_of_browser(headers: &HeaderMap) -> bool {
    OF_BROWSERS
        .into_iter()
        .any(|name| headers.contains_key(name))
}

/// The answer of a handler that panicked; the log has the panic.
pub(crate) fn caught(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
    DeskError::internal("a handler panicked", text.unwrap_or("for no reason given")).into_response()
}

/// Where to go back to after logging in: a form is not sent twice.
fn back<'a>(method: &Method, uri: &'a Uri) -> &'a str {
    match *method {
        Method::GET => uri.path_and_query().map_or("/", |path| path.as_str()),
        _ => "/",
    }
}
