//! The language of an answer.
//!
//! On the pages it is the one chosen there, else the one that the owner chose for the daycare, else
//! the browser's. For programs what they ask for comes before what the owner chose.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use catalogue::Catalogue;
use recognise::Language;

use crate::cookie;
use crate::desk::Desk;

/// The cookie that keeps the language chosen on the page.
pub(crate) const COOKIE: &str = "language";

/// The language that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// By its cookie.
    pub(crate) chosen: Option<Language>,
    /// By its `Accept-Language` (RFC 9110, 12.5.4), in which browsers list the preferred language
    /// first.
    pub(crate) accepted: Option<Language>,
}

impl Asked {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|accepted| accepted.to_str().ok());
        Self {
            chosen: cookie::value(headers, COOKIE).and_then(Language::of_tag),
            accepted: accepted.and_then(|accepted| {
                let mut ranges = accepted.split(',');
                ranges.find_map(|range| Language::of_tag(range.split(';').next()?))
            }),
        }
    }

    /// The language of a page, where the owner chose `daycares`.
    pub(crate) fn for_page(self, daycares: Option<Language>) -> Language {
        let daycares = self.chosen.or(daycares);
        daycares.or(self.accepted).unwrap_or_default()
    }

    /// The language of an answer for a program, where the owner chose `daycares`.
    pub(crate) fn for_program(self, daycares: Option<Language>) -> Language {
        let asked = self.chosen.or(self.accepted);
        asked.or(daycares).unwrap_or_default()
    }
}

impl FromRequestParts<Desk> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// The language of a page.
impl FromRequestParts<Desk> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        let asked = Asked::of(&parts.headers);
        Ok(asked.for_page(desk.chosen_language().await))
    }
}

impl Desk {
    /// The language that the owner chose for the daycare.
    pub(crate) async fn chosen_language(&self) -> Option<Language> {
        match self.catalogue(Catalogue::chosen_language).await {
            Ok(language) => language,
            Err(error) => {
                tracing::warn!(%error, "the settings' language cannot be read");
                None
            }
        }
    }
}
