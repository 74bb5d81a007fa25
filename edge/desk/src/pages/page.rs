//! What every page has besides its own matter: the frame with its navigation, language and session.

use askama::Template;
use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};

use super::assets::{ADDRESSES, Addresses};
use super::words::{Argument, Words};
use crate::access::Role;
use crate::problem::Rendered;
use crate::{Desk, DeskError, Session};
use recognise::Language;

/// From this many on, the number of visits that need a call is said as "more than".
const MANY_CALLS: usize = 50;

/// The frame of a page. As an extractor it asks for a session.
pub(super) struct Page {
    /// What it says, and how.
    pub(super) words: Words,
    /// The daycare's name.
    pub(super) name: String,
    /// How many visits need a call; nothing where none does.
    pub(super) calls: Option<String>,
    /// Where the reader is: path and query, to come back to.
    pub(super) address: String,
    session: Option<Session>,
}

impl Page {
    /// A frame for whoever may have no session, and without asking the catalogue: problems, login.
    pub(super) fn bare(session: Option<&Session>, language: Language) -> Self {
        let words = Words::new(language);
        Self {
            name: words.t("kiosk"),
            words,
            calls: None,
            address: String::new(),
            session: session.cloned(),
        }
    }

    /// The text called `key`.
    pub(super) fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// The text called `key` with one thing filled in.
    pub(super) fn with(&self, key: &str, name: &str, value: impl Argument) -> String {
        self.words.with(key, name, value)
    }

    /// Whether somebody is logged in.
    pub(super) fn inside(&self) -> bool {
        self.session.is_some()
    }

    /// Whether that is the owner.
    pub(super) fn owner(&self) -> bool {
        (self.session.as_ref()).is_some_and(|session| session.role == Role::Owner)
    }

    /// Whether the reader is on this page of the navigation, or on one below it.
    pub(super) fn here(&self, path: &str) -> bool {
        let (here, _) = self.address.split_once('?').unwrap_or((&self.address, ""));
        let below = here.strip_prefix(path);
        below.is_some_and(|rest| rest.is_empty() || (path != "/" && rest.starts_with('/')))
    }

    /// The token that every form carries.
    pub(super) fn csrf(&self) -> &str {
        (self.session.as_ref()).map_or("", |session| &session.csrf)
    }

    /// What the history calls the reader.
    pub(super) fn by(&self) -> String {
        (self.session.as_ref()).map_or_else(String::new, |session| session.name.clone())
    }

    /// Where style, script and icon are.
    pub(super) fn assets(&self) -> &'static Addresses {
        &ADDRESSES
    }
}

impl FromRequestParts<Desk> for Page {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, DeskError> {
        let session = Session::from_request_parts(parts, desk).await?;
        let Ok(language) = Language::from_request_parts(parts, desk).await;
        let (settings, calls) = desk
            .catalogue(|catalogue| {
                Ok((
                    catalogue.settings()?,
                    catalogue.needs_call(MANY_CALLS)?.len(),
                ))
            })
            .await?;
        let words = Words::new(language);
        Ok(Self {
            calls: match calls {
                0 => None,
                MANY_CALLS.. => Some(words.with("at-least", "number", MANY_CALLS)),
                calls => Some(calls.to_string()),
            },
            words,
            name: settings.name,
            address: parts
                .uri
                .path_and_query()
                .map_or("/", |address| address.as_str())
                .to_owned(),
            session: Some(session),
        })
    }
}

/// A rendered page.
pub(super) fn show(template: &impl Template) -> Result<Html<String>, DeskError> {
    template.render().map(Html).map_err(|_| DeskError::Internal)
}

/// A page that says what is wrong with the form that was sent.
pub(super) fn refused(template: &impl Template) -> Result<Response, DeskError> {
    let page = show(template)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Extension(Rendered), page).into_response())
}

/// Where a form says to go next: an address of this page alone, never another site's.
pub(super) fn next(address: &str, otherwise: &str) -> String {
    let own = address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains(|letter: char| letter == '\\' || letter.is_control());
    (if own { address } else { otherwise }).to_owned()
}
