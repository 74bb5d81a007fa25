//! The frame of every page: navigation, language, session.

use std::sync::Once;

use askama::Template;
use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use catalogue::CatalogueError;
use recognise::Language;
use serde::Deserialize;

use super::assets::{ADDRESSES, Addresses};
use super::telephone;
use super::words::Words;
use crate::access::Role;
use crate::addresses;
use crate::desk::{Desk, unless_damaged};
use crate::error::DeskError;
use crate::language::Asked;
use crate::problem::Rendered;
use crate::session::Session;

/// From this many visits on, the navigation shows "50+" as the number of those to decide.
const MANY_CALLS: usize = 50;

/// The frame of a page. As an extractor it asks for a session.
pub(super) struct Page {
    /// The texts in the reader's language.
    pub(super) words: Words,
    /// The daycare's name.
    pub(super) name: String,
    /// How many visits staff have to decide; `None` if there are none.
    pub(super) calls: Option<String>,
    /// Where the reader is, path and query, to come back to.
    pub(super) address: String,
    session: Option<Session>,
}

impl Page {
    /// A frame made without a session or the catalogue, for problems and the login page.
    pub(super) fn bare(session: Option<&Session>, language: Language, address: String) -> Self {
        let words = Words::new(language);
        Self {
            name: words.t("kiosk"),
            words,
            calls: None,
            address,
            session: session.cloned(),
        }
    }

    /// The text called `key`.
    pub(super) fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// The text called `key` with one argument.
    pub(super) fn with(
        &self,
        key: &'static str,
        name: &'static str,
        value: impl ToString,
    ) -> String {
        self.words.with(key, name, value)
    }

    /// Whether somebody is logged in.
    pub(super) fn is_logged_in(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the owner is logged in.
    pub(super) fn is_owner(&self) -> bool {
        (self.session.as_ref()).is_some_and(|session| session.role == Role::Owner)
    }

    /// Whether the reader may look at everything and change nothing.
    pub(super) fn is_viewer(&self) -> bool {
        (self.session.as_ref()).is_some_and(|session| session.role == Role::Viewer)
    }

    /// The number to dial for what staff typed as a telephone number.
    pub(super) fn dial(&self, phone: &str) -> Option<String> {
        telephone::number(phone)
    }

    /// Whether the reader is on this page of the navigation, or on one below it.
    pub(super) fn is_at(&self, path: &str) -> bool {
        let (here, _) = self.address.split_once('?').unwrap_or((&self.address, ""));
        let below = here.strip_prefix(path);
        below.is_some_and(|rest| rest.is_empty() || (path != "/" && rest.starts_with('/')))
    }

    /// The author of the reader's changes, as the history names them.
    pub(super) fn author(&self) -> String {
        (self.session.as_ref()).map_or_else(String::new, Session::author)
    }

    /// The name of the reader's account.
    pub(super) fn account(&self) -> &str {
        (self.session.as_ref()).map_or("", |session| &session.name)
    }

    /// The address of the login page, from which the reader comes back here.
    pub(super) fn login_address(&self) -> String {
        addresses::login(&self.address)
    }

    /// The addresses of style, script and icon.
    pub(super) fn assets(&self) -> &'static Addresses {
        &ADDRESSES
    }
}

impl FromRequestParts<Desk> for Page {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, DeskError> {
        let session = <Session as FromRequestParts<Desk>>::from_request_parts(parts, desk).await?;
        let (settings, language, calls) = desk
            .catalogue(|catalogue| {
                let calls = if_readable(catalogue.needs_call(MANY_CALLS))?;
                let settings = if_readable(catalogue.settings())?.unwrap_or_default();
                let language = if_readable(catalogue.chosen_language())?.flatten();
                Ok((settings, language, calls.map_or(0, |calls| calls.len())))
            })
            .await?;
        let mut words = Words::new(Asked::of(&parts.headers).for_page(language));
        words.vaccination_days = settings.vaccination_days;
        words.contacts = parts.extensions.get().cloned().unwrap_or_default();
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

/// As [`unless_damaged`], for what a page can do without. The first damage that any page meets is logged.
pub(super) fn if_readable<T>(read: Result<T, CatalogueError>) -> Result<Option<T>, CatalogueError> {
    // The open pages ask again and again.
    static LOGGED: Once = Once::new();
    if let Err(error @ CatalogueError::Corrupt { .. }) = &read {
        LOGGED.call_once(|| tracing::error!(%error, "pages leave out what they cannot read"));
    }
    unless_damaged(read)
}

/// A rendered page.
pub(super) fn show(template: &impl Template) -> Result<Html<String>, DeskError> {
    let rendered = template.render().map(Html);
    rendered.map_err(|error| DeskError::internal("a page cannot be rendered", error))
}

/// A page that says what is wrong with the form that was sent.
pub(super) fn refused(template: &impl Template) -> Result<Response, DeskError> {
    refused_as(StatusCode::UNPROCESSABLE_ENTITY, template)
}

/// A page that says why a form was refused with this status.
pub(super) fn refused_as(
    status: StatusCode,
    template: &impl Template,
) -> Result<Response, DeskError> {
    let page = show(template)?;
    Ok((status, Extension(Rendered), page).into_response())
}

/// Where a form asks to go on to, if that is on the desk; else `otherwise`.
pub(super) fn next<'a>(address: &'a str, otherwise: &'a str) -> &'a str {
    addresses::own(address).unwrap_or(otherwise)
}

/// Goes on to where a form asks to go, if that is on the desk; else to `otherwise`.
pub(super) fn go_on(address: &str, otherwise: &str) -> Response {
    Redirect::to(next(address, otherwise)).into_response()
}

/// The query of a page that a form leads back to once its changes are stored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SavedQuery {
    saved: Option<String>,
}

impl SavedQuery {
    /// The message that they are.
    pub(super) fn message(&self, page: &Page) -> Option<String> {
        self.saved.as_ref().map(|_| page.t("saved"))
    }
}
