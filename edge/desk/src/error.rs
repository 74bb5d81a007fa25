//! Why a request is not done.

use std::io;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use thiserror::Error;

use super::access::AccessError;
use super::problem::Problem;
use catalogue::CatalogueError;
use crate::kiosk::CommandError;
use recognise::photo::PhotoError;

/// Why a request is not done.
#[derive(Debug, Error)]
pub enum DeskError {
    /// There is no session.
    #[error("log in first")]
    LoginNeeded,
    /// Staff asked for what is the owner's.
    #[error("only the owner may do this")]
    OwnerOnly,
    /// The request carries no proof that the desk's own page sent it.
    #[error("the page is out of date; load it again and repeat")]
    Forged,
    /// Another site's page sent the request.
    #[error("requests from other sites are refused")]
    ForeignSite,
    /// The request names another machine.
    #[error("this kiosk is not known by that name; add it to the names in kiosk.toml")]
    ForeignName,
    /// The password is nobody's.
    #[error("the password is wrong")]
    WrongPassword,
    /// Too many wrong passwords of late.
    #[error("too many attempts; wait {0} s")]
    Throttled(u64),
    /// What was sent makes no sense; the line says why.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// What was sent is bigger than is taken.
    #[error("too large; at most {kilobytes} KiB are taken")]
    TooLarge {
        /// The most that is taken.
        kilobytes: u64,
    },
    /// The request broke off, or went on too slowly.
    #[error("the upload broke off; try again")]
    Interrupted,
    /// More work waits than the kiosk can take.
    #[error("the kiosk is busy; try again in a moment")]
    Busy,
    /// The password cannot be set, or the passwords not be read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The catalogue could not.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The photograph cannot be used.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The kiosk takes no command.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The disk gave an error.
    #[error("the kiosk's disk: {0}")]
    Disk(#[from] io::Error),
    /// Something that should not happen; the kiosk's terminal has the details.
    #[error("something went wrong; the kiosk's log says what")]
    Internal,
}

impl DeskError {
    /// The HTTP status that says it.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::LoginNeeded | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::OwnerOnly | Self::Forged | Self::ForeignSite => StatusCode::FORBIDDEN,
            Self::ForeignName => StatusCode::MISDIRECTED_REQUEST,
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Invalid(_) | Self::Photo(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Interrupted => StatusCode::BAD_REQUEST,
            Self::Busy | Self::Command(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Access(AccessError::Length(_) | AccessError::Taken(_)) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Catalogue(error) => status_of(error),
            Self::Disk(error) if error.kind() == io::ErrorKind::StorageFull => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            Self::Access(_) | Self::Disk(_) | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// In how many seconds it is worth another try.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Throttled(seconds) => Some(*seconds),
            Self::Busy | Self::Command(_) => Some(1),
            _ => None,
        }
    }
}

fn status_of(error: &CatalogueError) -> StatusCode {
    match error {
        CatalogueError::NoSuchVisit(_) | CatalogueError::NoSuchAnimal(_) => StatusCode::NOT_FOUND,
        CatalogueError::Invalid { .. } | CatalogueError::NotABackup { .. } => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        CatalogueError::Locked { .. } => StatusCode::SERVICE_UNAVAILABLE,
        CatalogueError::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for DeskError {
    /// The line as plain text, and the problem for whoever renders it.
    fn into_response(self) -> Response {
        let problem = Problem::new(self.status(), &self.to_string());
        let mut response = (problem.status, problem.message.clone()).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(problem);
        response
    }
}
