//! What handlers may ask of a request.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;

use super::access::{Role, SessionId};
use super::{Desk, DeskError};
use recognise::Language;

/// The cookie that keeps the language somebody chose.
pub(super) const LANGUAGE_COOKIE: &str = "language";

/// Somebody who is logged in. Without a session a browser is sent to the login page, and a request
/// below `/api` is answered with 401.
///
/// The guard has seen to it that a request that changes something comes from the desk's own page:
/// it carries [`Session::csrf`] in the header `X-CSRF-Token` or in the form's field `csrf`.
#[derive(Clone, Debug)]
pub struct Session {
    /// What they may do.
    pub role: Role,
    /// What the catalogue's history calls them.
    pub name: String,
    /// The token for forms.
    pub csrf: String,
    /// Which session it is.
    pub(super) id: SessionId,
}

/// A session of the owner; staff are answered with 403.
#[derive(Clone, Debug)]
pub struct Owner(pub Session);

/// Who is at the other end, logged in or not.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// The address that the request came from: where a proxy on this machine passed it on, the
    /// last one that it names.
    pub address: IpAddr,
    /// Whether it came straight from this machine.
    pub local: bool,
    /// Whether a proxy on this machine took it through TLS.
    pub secure: bool,
}

impl FromRequestParts<Desk> for Session {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, DeskError> {
        let session = parts.extensions.get().cloned();
        session.ok_or(DeskError::LoginNeeded)
    }
}

impl OptionalFromRequestParts<Desk> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Desk,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned())
    }
}

impl FromRequestParts<Desk> for Owner {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, DeskError> {
        let session = <Session as FromRequestParts<Desk>>::from_request_parts(parts, desk).await?;
        match session.role {
            Role::Owner => Ok(Self(session)),
            Role::Staff => Err(DeskError::OwnerOnly),
        }
    }
}

impl FromRequestParts<Desk> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Visitor {
    /// Only a proxy on this machine is believed what it says about whom it serves.
    pub(super) fn of(parts: &Parts) -> Self {
        let peer: Option<&ConnectInfo<SocketAddr>> = parts.extensions.get();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let peer = peer.to_canonical();
        let said = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let forwarded = said("x-forwarded-for");
        let behind = forwarded
            .filter(|_| peer.is_loopback())
            .and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        Self {
            address: behind.unwrap_or(peer),
            local: peer.is_loopback() && forwarded.is_none(),
            secure: peer.is_loopback() && said("x-forwarded-proto") == Some("https"),
        }
    }
}

impl FromRequestParts<Desk> for Language {
    type Rejection = Infallible;

    /// The language chosen on the page, else the browser's, else the daycare's.
    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        Ok(language(asked(&parts.headers), desk).await)
    }
}

/// The language that the request asks for, else the daycare's.
pub(super) async fn language(asked: Option<Language>, desk: &Desk) -> Language {
    match asked {
        Some(language) => language,
        None => desk
            .settings()
            .await
            .map_or(Language::default(), |settings| settings.language),
    }
}

/// The language that a request asks for by its cookie or its `Accept-Language` (RFC 9110, 12.5.4),
/// whose tags browsers send best first.
pub(super) fn asked(headers: &HeaderMap) -> Option<Language> {
    let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(Language::of_tag);
    chosen.or_else(|| {
        let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        accepted
            .split(',')
            .find_map(|range| Language::of_tag(range.split(';').next()?))
    })
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}
