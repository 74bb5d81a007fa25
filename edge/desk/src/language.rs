//! The language of an answer: chosen on the page, else the browser's, else the daycare's.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use recognise::Language;

use crate::cookie;
use crate::desk::Desk;

/// The cookie that keeps the language chosen on the page.
pub(crate) const COOKIE: &str = "language";

impl FromRequestParts<Desk> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        Ok(or_the_daycares(requested(&parts.headers), desk).await)
    }
}

/// The language that a request asks for by its cookie or its `Accept-Language` (RFC 9110, 12.5.4),
/// in which browsers list the preferred language first.
pub(crate) fn requested(headers: &HeaderMap) -> Option<Language> {
    let chosen = cookie::value(headers, COOKIE).and_then(Language::of_tag);
    chosen.or_else(|| {
        let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        accepted
            .split(',')
            .find_map(|range| Language::of_tag(range.split(';').next()?))
    })
}

/// The language that was requested, else the one of the daycare's settings.
pub(crate) async fn or_the_daycares(requested: Option<Language>, desk: &Desk) -> Language {
    if let Some(language) = requested {
        return language;
    }
    match desk.settings().await {
        Ok(settings) => settings.language,
        Err(error) => {
            tracing::warn!(%error, "the settings' language cannot be read");
            Language::default()
        }
    }
}
