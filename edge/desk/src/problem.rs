//! How it reads when something goes wrong: a page for people, `{"error": "one line"}` below `/api`.

use std::any::Any;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

use super::{Desk, DeskError, Session, extract, login, pages};

/// The longest line that is said of a problem, in characters.
const LONGEST_LINE: usize = 300;

/// The longest plain answer that is read as a problem's line, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// Where the addresses of the API begin.
const API: &str = "/api/";

/// The kinds of problems, for the page to say in its language what people can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No session.
    LoginNeeded,
    /// Staff asked for what is the owner's.
    OwnerOnly,
    /// The form's token is missing or old, or another site sent it.
    Forged,
    /// Too many wrong passwords.
    Throttled,
    /// There is no such page, animal or visit.
    Missing,
    /// What was sent cannot be taken: the message says why.
    Invalid,
    /// The kiosk is busy.
    Busy,
    /// The kiosk cannot: the message says why.
    Failed,
}

/// A problem as it reaches whoever renders it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Of which kind it is.
    pub kind: Kind,
    /// The HTTP status of the answer.
    pub status: StatusCode,
    /// What is the matter: one line in English of at most 300 characters.
    pub message: String,
}

/// A problem as the API tells it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ErrorBody {
    /// What is the matter, in one line.
    error: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        let kind = match status {
            StatusCode::UNAUTHORIZED => Kind::LoginNeeded,
            StatusCode::FORBIDDEN if message == DeskError::OwnerOnly.to_string() => Kind::OwnerOnly,
            StatusCode::FORBIDDEN => Kind::Forged,
            StatusCode::TOO_MANY_REQUESTS => Kind::Throttled,
            StatusCode::NOT_FOUND => Kind::Missing,
            StatusCode::SERVICE_UNAVAILABLE => Kind::Busy,
            status if status.is_server_error() => Kind::Failed,
            _ => Kind::Invalid,
        };
        let words: Vec<&str> = message.split_whitespace().collect();
        let mut line: String = words.join(" ");
        if line.chars().count() > LONGEST_LINE {
            line = line.chars().take(LONGEST_LINE - 1).chain(['…']).collect();
        }
        Self {
            kind,
            status,
            message: line,
        }
    }
}

/// The answer where a handler panicked; the panic itself is in the kiosk's log.
pub(super) fn caught(_: Box<dyn Any + Send>) -> Response {
    DeskError::Internal.into_response()
}

/// Renders every answer that is an error, whoever gave it.
pub(super) async fn render(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let language = extract::asked(request.headers());
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
            let said = to_bytes(body, LONGEST_ANSWER).await.unwrap_or_default();
            plain(status, &method, String::from_utf8_lossy(&said).trim())
        }
    };
    let mut rendered = if uri.path().starts_with(API) {
        let error = problem.message;
        (problem.status, Json(ErrorBody { error })).into_response()
    } else if problem.kind == Kind::LoginNeeded {
        let next = match method {
            Method::GET => uri.path_and_query().map_or("/", |path| path.as_str()),
            _ => "/",
        };
        Redirect::to(&login::address(next)).into_response()
    } else {
        let language = extract::language(language, &desk).await;
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

/// Marks an answer that says itself what is wrong.
#[derive(Clone, Copy)]
pub(super) struct Rendered;

/// The problem of an answer that is not one of ours: what axum says of a request that it cannot
/// read.
fn plain(status: StatusCode, method: &Method, said: &str) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, "what was sent is too large"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(status, &format!("this address takes no {method}"))
        }
        StatusCode::NOT_FOUND if said.is_empty() => Problem::new(status, "there is no such page"),
        _ if said.is_empty() => Problem::new(status, &status.to_string()),
        _ => Problem::new(status, said),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tokio::sync::watch;
    use tower_service::Service;

    use super::*;
    use catalogue::Catalogue;
    use crate::Options;
    use crate::access::Access;
    use crate::kiosk::Kiosk;
    use recognise::Bundle;

    #[tokio::test]
    async fn a_handler_that_panics_is_an_error_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(folder.path()).unwrap();
        let metadata = Bundle::embedded().unwrap().metadata;
        let (_live, watched) = watch::channel(Arc::default());
        let (sender, _commands) = mpsc::sync_channel(1);
        let kiosk = Kiosk::new(catalogue.into(), metadata.into(), watched, sender);
        let access = Access::open(folder.path()).unwrap();
        let options = Options {
            address: ([127, 0, 0, 1], 8080).into(),
            folder: folder.path().to_owned(),
            names: Vec::new(),
            say: Box::new(|_| {}),
        };
        let desk = Desk::new(kiosk, access, options);
        let panics =
            Router::new().route("/api/v1/panics", get(|| async { panic!("a test") as () }));
        let mut router = desk.dressed(panics);
        for _ in 0..2 {
            let request = Request::get("/api/v1/panics").header("Host", "localhost");
            let answer = router
                .call(request.body(Body::empty()).unwrap())
                .await
                .unwrap();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = to_bytes(answer.into_body(), 1000).await.unwrap();
            assert!(body.starts_with(b"{\"error\":"), "{body:?}");
        }
    }
}
