//! Renders problems: as a page for people, as `{"error": "one line"}` below `/api`.

use std::any::Any;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::addresses;
use crate::api::ErrorBody;
use crate::desk::Desk;
use crate::error::{DeskError, ProblemKind};
use crate::language;
use crate::pages;
use crate::problem::{Problem, Rendered};
use crate::session::Session;

/// How many bytes of a plain answer are read as its message.
const LONGEST_ANSWER: usize = 1 << 20;

/// Where the addresses of the API begin.
const API: &str = "/api/";

/// Renders every response that is an error, whoever made it.
pub(crate) async fn render(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let language = language::requested(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error())
        || response.extensions().get::<Rendered>().is_some()
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let problem = match parts.extensions.remove::<Problem>() {
        Some(problem) => problem,
        None => {
            // A message that cannot be read is as good as none: the status remains.
            let text = to_bytes(body, LONGEST_ANSWER).await.unwrap_or_default();
            Problem::plain(status, &method, String::from_utf8_lossy(&text).trim())
        }
    };
    let mut rendered = if uri.path().starts_with(API) {
        let error = problem.message;
        (problem.status, Json(ErrorBody { error })).into_response()
    } else if problem.kind == ProblemKind::LoginNeeded {
        Redirect::to(&addresses::login(back(&method, &uri))).into_response()
    } else {
        let language = language::or_the_daycares(language, &desk).await;
        let session = parts.extensions.get::<Session>();
        let page = pages::problem(&problem, session, language);
        (problem.status, page).into_response()
    };
    for name in [RETRY_AFTER, ALLOW] {
        if let Some(value) = parts.headers.remove(&name) {
            rendered.headers_mut().insert(name, value);
        }
    }
    rendered
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
