//! A problem on its way from the handler that meets it to the layer that renders it.

use axum::http::header::RETRY_AFTER;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use catalogue::{AnimalId, CatalogueError, Visit};
use screens::locale::Message;

use crate::error::{DeskError, ProblemKind};
use crate::kiosk::CommandError;
use crate::upload;

/// The most characters of a problem's message.
const LONGEST_MESSAGE: usize = 300;

/// A problem, as an extension of the response.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// What kind of problem it is.
    pub(crate) kind: ProblemKind,
    /// The HTTP status of the answer.
    pub(crate) status: StatusCode,
    /// What is the matter: one line in English of at most 300 characters.
    pub(crate) message: String,
    /// The same for people, in the language of its reader, where there is a text for it.
    pub(crate) reason: Option<Message>,
    /// The visit as it is now, where it has changed since the sender of a request looked at it.
    pub(crate) visit: Option<Box<Visit>>,
    /// The animal that the one that was asked for is now, where it was merged.
    pub(crate) merged_into: Option<AnimalId>,
}

/// Marks a response that explains its problem itself and must not be rendered again.
#[derive(Clone, Copy)]
pub(crate) struct Rendered;

impl Problem {
    /// Leaves out why the kiosk failed, for strangers: it may name files. The log has it.
    pub(crate) fn conceal(&mut self) {
        if self.kind.is_failure() {
            self.kind = ProblemKind::Failed;
            self.message = DeskError::Internal.to_string();
            self.reason = None;
        }
    }

    /// The problem of a response that none of our handlers made: axum could not read the request,
    /// or has no handler for it. `text` is the response's body.
    pub(crate) fn plain(status: StatusCode, method: &Method, text: &str) -> Self {
        let message = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "the request is too large",
            StatusCode::METHOD_NOT_ALLOWED => &format!("this address does not accept {method}"),
            StatusCode::NOT_FOUND if text.is_empty() => "there is no such page",
            _ if text.is_empty() => &status.to_string(),
            _ => text,
        };
        Self {
            kind: ProblemKind::of(status),
            status,
            message: one_line(message),
            reason: None,
            visit: None,
            merged_into: None,
        }
    }
}

impl From<&DeskError> for Problem {
    fn from(error: &DeskError) -> Self {
        Self {
            kind: error.kind(),
            status: error.status(),
            message: one_line(&error.to_string()),
            reason: match error {
                DeskError::Photo(error) => Some(upload::reason(&error.fault)),
                DeskError::Command(CommandError::NoAnimal) => {
                    Some(Message::new("photograph-no-animal"))
                }
                DeskError::Camera(reason) => Some(reason.clone()),
                DeskError::OtherClock => Some(Message::new("status-clock-other")),
                DeskError::Access(error) => error.reason(),
                DeskError::Catalogue(CatalogueError::Corrupt { .. }) => {
                    Some(Message::new("problem-damaged-how"))
                }
                _ => None,
            },
            visit: match error {
                DeskError::Catalogue(CatalogueError::Superseded { visit }) => Some(visit.clone()),
                _ => None,
            },
            merged_into: match error {
                DeskError::Merged { survivor, .. } => Some(*survivor),
                _ => None,
            },
        }
    }
}

impl IntoResponse for DeskError {
    /// The message as plain text, and the [`Problem`] for the layer that renders it. What the kiosk
    /// itself fails at is logged.
    fn into_response(self) -> Response {
        let problem = Problem::from(&self);
        if problem.kind.is_failure() && !matches!(self, Self::Internal) {
            tracing::error!(error = %self, "a request failed");
        }
        let mut response = (problem.status, problem.message.clone()).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(problem);
        response
    }
}

/// The text on one line, cut short if it is too long.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST_MESSAGE {
        return line;
    }
    line.chars()
        .take(LONGEST_MESSAGE - 1)
        .chain(['…'])
        .collect()
}
