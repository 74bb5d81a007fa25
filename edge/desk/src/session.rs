//! The session of a request, and the cookie that carries it.
//!
//! The cookie is `SameSite=Strict`: a browser does not send it with requests that pages of other
//! sites make. The guard refuses those that it does send, from another port of the same host.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use crate::access::{Role, SessionId};
use crate::cookie;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::visitor::Visitor;

/// The session's cookie on plain HTTP.
///
/// It cannot be `Secure` there: browsers drop a `Secure` cookie that arrives over plain HTTP, and
/// some do on loopback too. Behind a proxy that takes TLS it is `Secure` and has the name
/// [`SECURE_COOKIE`].
const COOKIE: &str = "kiosk_session";

/// The session's cookie behind TLS: the prefix binds it to this very host (RFC 6265bis, 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-kiosk_session";

/// Somebody who is logged in. Without a session a browser is sent to the login page, and a request
/// below `/api` is answered with 401.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// What they may do.
    pub(crate) role: Role,
    /// Which session it is.
    pub(crate) id: SessionId,
}

/// A session of the owner; staff are answered with 403.
#[derive(Clone, Debug)]
pub(crate) struct Owner(pub(crate) Session);

impl Session {
    /// The author of a change, as the catalogue's history names them.
    pub(crate) fn author(&self) -> String {
        self.role.name().to_owned()
    }
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

impl Desk {
    /// The session that a request belongs to.
    pub(crate) fn session(&self, headers: &HeaderMap, visitor: Visitor) -> Option<Session> {
        let token = cookie::value(headers, cookie_name(visitor))?;
        let basis = |role| match self.0.access.basis(role) {
            Ok(basis) => Some(basis),
            Err(error) => {
                tracing::error!(%error, "nobody can be logged in");
                None
            }
        };
        let (id, role) = self.0.sessions.find(token, basis)?;
        Some(Session { role, id })
    }

    /// Begins a session. Returns its cookie, for the answer.
    ///
    /// # Errors
    /// If the passwords cannot be read, or the system has no random numbers.
    pub(crate) fn begin_session(
        &self,
        visitor: Visitor,
        role: Role,
    ) -> Result<HeaderValue, DeskError> {
        let basis = self.0.access.basis(role)?;
        let token = self.0.sessions.begin(role, basis);
        let token = token.map_err(|error| DeskError::internal("no session can begin", error))?;
        set_cookie(&token, visitor, "")
    }

    /// Ends a session. Returns a cookie that removes its own, for the answer.
    ///
    /// # Errors
    /// Never for a session that [`Desk::begin_session`] began.
    pub(crate) fn end_session(
        &self,
        visitor: Visitor,
        session: &Session,
    ) -> Result<HeaderValue, DeskError> {
        self.0.sessions.end(session.id);
        set_cookie("", visitor, "; Max-Age=0")
    }
}

fn cookie_name(visitor: Visitor) -> &'static str {
    if visitor.is_secure {
        SECURE_COOKIE
    } else {
        COOKIE
    }
}

fn set_cookie(token: &str, visitor: Visitor, more: &str) -> Result<HeaderValue, DeskError> {
    let name = cookie_name(visitor);
    let secure = if visitor.is_secure { "; Secure" } else { "" };
    let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{more}");
    let cookie = cookie.parse();
    cookie.map_err(|error| DeskError::internal("a session's cookie is malformed", error))
}
