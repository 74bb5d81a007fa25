//! Who sends a request, and the cookie that carries the session of a person.
//!
//! The cookie is `SameSite=Strict`: a browser does not send it with requests that pages of other
//! sites make. The guard refuses those that it does send, from another port of the same host.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use tokio::task;

use crate::access::{Fingerprint, Moment, Role, SessionId, Token};
use crate::cookie;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::visitor::Visitor;
use crate::work::blocking;

/// The session's cookie on plain HTTP.
///
/// It cannot be `Secure` there: browsers drop a `Secure` cookie that arrives over plain HTTP, and
/// some do on loopback too. Behind a proxy that takes TLS it is `Secure` and has the name
/// [`SECURE_COOKIE`].
const COOKIE: &str = "kiosk_session";

/// The session's cookie behind TLS: the prefix binds it to this very host (RFC 6265bis, 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-kiosk_session";

/// Somebody who is logged in, or a program with a token that may do what staff do. Without either, a
/// browser is sent to the login page, and a request below `/api` is answered with 401.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// What they may do.
    pub(crate) role: Role,
    /// Who they are.
    pub(crate) holder: Holder,
}

/// Who sends a request.
#[derive(Clone, Debug)]
pub(crate) enum Holder {
    /// A person, by the session's cookie.
    Person(SessionId),
    /// A program, by its token.
    Program(Arc<Token>),
}

/// As [`Session`], and also a program that may do no more than read: a handler that asks for this
/// shows lists and figures, and neither photographs nor how to reach somebody.
#[derive(Clone, Debug)]
pub(crate) struct Reader(pub(crate) Session);

/// A session of the owner; staff and programs are answered with 403.
#[derive(Clone, Debug)]
pub(crate) struct Owner(pub(crate) Session);

impl Session {
    /// The author of a change, as the catalogue's history names them.
    pub(crate) fn author(&self) -> String {
        match &self.holder {
            Holder::Person(_) => self.role.name().to_owned(),
            Holder::Program(token) => format!("token {}", token.name),
        }
    }
}

impl FromRequestParts<Desk> for Session {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, DeskError> {
        let reader = <Reader as FromRequestParts<Desk>>::from_request_parts(parts, desk).await?;
        if reader.0.only_reads() {
            return Err(DeskError::ReadOnly);
        }
        Ok(reader.0)
    }
}

impl FromRequestParts<Desk> for Reader {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, DeskError> {
        let session = parts.extensions.get().cloned();
        session.map(Self).ok_or(DeskError::LoginNeeded)
    }
}

impl OptionalFromRequestParts<Desk> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Desk,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned().map(Self))
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
    /// The session of a person that a request belongs to.
    pub(crate) fn session(&self, headers: &HeaderMap, visitor: Visitor) -> Option<Session> {
        let token = cookie::value(headers, cookie_name(visitor))?;
        let (sessions, now) = (&self.0.sessions, Moment::now());
        let (id, role) = sessions.find(token, |role| self.basis(role), now)?;
        if sessions.is_due(now) {
            let desk = self.clone();
            task::spawn_blocking(move || desk.0.sessions.store(Moment::now()));
        }
        Some(Session {
            role,
            holder: Holder::Person(id),
        })
    }

    /// Whether a session goes on. Asking does not count as a use of it.
    pub(crate) fn is_logged_in(&self, session: SessionId) -> bool {
        let sessions = &self.0.sessions;
        sessions.is_alive(session, |role| self.basis(role), Moment::now())
    }

    /// Begins a session. Returns its cookie, for the answer.
    ///
    /// # Errors
    /// If the passwords cannot be read, or the system has no random numbers.
    pub(crate) async fn begin_session(
        &self,
        visitor: Visitor,
        role: Role,
    ) -> Result<HeaderValue, DeskError> {
        let basis = self.0.access.basis(role)?;
        let token = self.0.sessions.begin(role, basis, Moment::now());
        let token = token.map_err(|error| DeskError::internal("no session can begin", error))?;
        self.store_sessions().await?;
        set_cookie(&token, visitor, "")
    }

    /// Ends a session. Returns a cookie that removes its own, for the answer.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] for a program: its token is valid until the owner revokes it.
    pub(crate) async fn end_session(
        &self,
        visitor: Visitor,
        session: &Session,
    ) -> Result<HeaderValue, DeskError> {
        let Holder::Person(id) = session.holder else {
            let message = "a token cannot log out; the owner revokes it";
            return Err(DeskError::Invalid(message.to_owned()));
        };
        self.0.sessions.end(id);
        self.store_sessions().await?;
        set_cookie("", visitor, "; Max-Age=0")
    }

    /// Has the sessions outlive the kiosk.
    async fn store_sessions(&self) -> Result<(), DeskError> {
        let desk = self.clone();
        blocking(move || desk.0.sessions.store(Moment::now())).await
    }

    /// What the sessions of a role rest on now; `None` if that cannot be read, and nobody has one.
    fn basis(&self, role: Role) -> Option<Fingerprint> {
        match self.0.access.basis(role) {
            Ok(basis) => Some(basis),
            Err(error) => {
                tracing::error!(%error, "nobody can be logged in");
                None
            }
        }
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
