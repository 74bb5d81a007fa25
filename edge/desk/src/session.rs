//! Finds out who sends a request, and makes the cookie that carries the session of a person.
//!
//! The cookie is `SameSite=Strict`: a browser does not send it with requests that pages of other
//! sites make. The guard refuses those that it does send, from another port of the same host.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::AppendHeaders;
use tokio::task;

use crate::access::{Basis, Listed, Login, Moment, Place, Role, Scope, Sender, SessionId, Token};
use crate::cookie;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::visitor::Visitor;
use crate::work::blocking;

/// The session's cookie on plain HTTP.
///
/// It cannot be `Secure` there: browsers drop a `Secure` cookie that arrives over plain HTTP, and
/// some do on loopback too. Over TLS it is `Secure` and has the name [`SECURE_COOKIE`].
const COOKIE: &str = "kiosk_session";

/// The session's cookie over TLS: the prefix binds it to this very host (RFC 6265bis, 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-kiosk_session";

/// The cookie by which a browser is known that somebody logged in with before, on plain HTTP.
const DEVICE: &str = "kiosk_device";

/// The same over TLS.
const SECURE_DEVICE: &str = "__Host-kiosk_device";

/// How long a browser is known, in seconds: a year.
const DEVICE_SECONDS: u32 = 365 * 24 * 3600;

/// What a viewer may send: what is about the own account, and logging out.
const OWN: [&str; 5] = [
    "/logout",
    "/account/password",
    "/account/revoke",
    "/api/v1/logout",
    "/api/v1/account/password",
];

/// What a viewer may send below: the end of an own session.
const OWN_SESSIONS: &str = "/api/v1/sessions/";

/// The cookies of an answer.
pub(crate) type Cookies = AppendHeaders<Vec<(HeaderName, HeaderValue)>>;

/// Somebody who is logged in, or a program with a token that may do what staff do. Without either, a
/// browser is sent to the login page, and a request below `/api` is answered with 401.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// What they may do.
    pub(crate) role: Role,
    /// Who they are.
    pub(crate) holder: Holder,
    /// The name of the account; of a program, that of its token.
    pub(crate) name: Arc<str>,
}

/// Who sends a request.
#[derive(Clone, Debug)]
pub(crate) enum Holder {
    /// A person, by the session's cookie.
    Person(SessionId),
    /// A program, by its token.
    Program(Arc<Token>),
}

/// A person who is logged in. Programs are answered with 403: an account is no business of theirs.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) session: SessionId,
    /// The name of the account.
    pub(crate) account: Arc<str>,
    pub(crate) role: Role,
}

/// A browser or program that logs in, or that sets a password.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) visitor: Visitor,
    /// What it calls itself.
    agent: String,
    /// The cookie by which the kiosk may know it.
    device: Option<String>,
}

/// As [`Session`], and also a program that may do no more than read: a handler that asks for this
/// shows lists and figures, and neither photographs nor how to reach somebody.
#[derive(Clone, Debug)]
pub(crate) struct Reader(pub(crate) Session);

/// Somebody who may see what the camera sees: the owner, staff, and programs with a token of scope
/// `camera` or `staff`. Others are answered with 403.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watcher;

/// A session of the owner; staff and programs are answered with 403.
#[derive(Clone, Debug)]
pub(crate) struct Owner(pub(crate) Session);

impl Session {
    /// The author of a change, as the catalogue's history names them.
    pub(crate) fn author(&self) -> String {
        match &self.holder {
            Holder::Person(_) => self.name.to_string(),
            Holder::Program(_) => format!("token {}", self.name),
        }
    }

    /// Whether it may send this request: a viewer changes nothing but what is the viewer's own.
    fn may_send(&self, method: &Method, path: &str) -> bool {
        let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let is_own = || OWN.contains(&path) || path.starts_with(OWN_SESSIONS);
        self.role != Role::Viewer || is_safe || is_own()
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
        let session = sent_by(parts)?;
        if session.scope() == Some(Scope::Camera) {
            return Err(DeskError::CameraOnly);
        }
        Ok(Self(session))
    }
}

impl OptionalFromRequestParts<Desk> for Reader {
    type Rejection = DeskError;

    // What everybody may send, a viewer may send too.
    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Option<Self>, DeskError> {
        let session: Option<Session> = parts.extensions.get().cloned();
        match session {
            Some(session) if session.scope() == Some(Scope::Camera) => Err(DeskError::CameraOnly),
            session => Ok(session.map(Self)),
        }
    }
}

impl FromRequestParts<Desk> for Watcher {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, DeskError> {
        let session = sent_by(parts)?;
        if session.role == Role::Viewer || session.only_reads() {
            return Err(DeskError::CameraClosed);
        }
        Ok(Self)
    }
}

impl FromRequestParts<Desk> for Owner {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, DeskError> {
        let session = <Session as FromRequestParts<Desk>>::from_request_parts(parts, desk).await?;
        match session.role {
            Role::Owner => Ok(Self(session)),
            Role::Staff | Role::Viewer => Err(DeskError::OwnerOnly),
        }
    }
}

impl FromRequestParts<Desk> for Person {
    type Rejection = DeskError;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, DeskError> {
        let session = <Session as FromRequestParts<Desk>>::from_request_parts(parts, desk).await?;
        match session.holder {
            Holder::Person(id) => Ok(Self {
                session: id,
                account: session.name,
                role: session.role,
            }),
            Holder::Program(_) => Err(DeskError::PersonOnly),
        }
    }
}

impl Client {
    /// The sender whose attempts to log in are counted.
    pub(crate) fn sender(&self, desk: &Desk) -> Sender {
        let device = self.device.as_deref();
        let device = device.and_then(|cookie| desk.0.access.devices().recognise(cookie));
        device.map_or_else(|| Sender::stranger(self.visitor.address), Sender::Device)
    }

    /// The address that it sends from.
    pub(crate) fn address(&self) -> String {
        self.visitor.address.to_string()
    }
}

impl FromRequestParts<Desk> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Infallible> {
        let visitor = Visitor::of(parts);
        let agent = parts.headers.get(USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        let device = cookie::value(&parts.headers, device_name(visitor));
        Ok(Self {
            visitor,
            agent: agent.unwrap_or_default().to_owned(),
            device: device.map(str::to_owned),
        })
    }
}

impl Desk {
    /// The session of a person that a request belongs to.
    pub(crate) fn session(&self, headers: &HeaderMap, visitor: Visitor) -> Option<Session> {
        let token = cookie::value(headers, cookie_name(visitor))?;
        let (sessions, now) = (&self.0.sessions, Moment::now());
        let (id, login) =
            sessions.find(token, visitor.address, |account| self.basis(account), now)?;
        if sessions.is_due(now) {
            let desk = self.clone();
            task::spawn_blocking(move || desk.0.sessions.store(Moment::now()));
        }
        Some(Session {
            role: login.role,
            holder: Holder::Person(id),
            name: login.account.into(),
        })
    }

    /// Whether a session goes on. Asking does not count as a use of it.
    pub(crate) fn is_logged_in(&self, session: SessionId) -> bool {
        let sessions = &self.0.sessions;
        sessions.is_alive(session, |account| self.basis(account), Moment::now())
    }

    /// Begins a session. Returns its cookie, and that of the browser, for the answer.
    ///
    /// # Errors
    /// If the accounts cannot be read, or the system has no random numbers.
    pub(crate) async fn begin_session(
        &self,
        client: &Client,
        login: &Login,
    ) -> Result<Cookies, DeskError> {
        let basis = self.0.access.basis(&login.account)?;
        let place = Place::new(client.visitor.address, &client.agent);
        let sessions = &self.0.sessions;
        let token = sessions.begin(&login.account, basis.digest, place, Moment::now());
        let token = token.map_err(|error| DeskError::internal("no session can begin", error))?;
        self.store_sessions().await?;
        let mut cookies = vec![set_cookie(&token, client.visitor, "")?];
        cookies.extend(self.device_cookie(client).await?);
        let cookies = cookies.into_iter().map(|cookie| (SET_COOKIE, cookie));
        Ok(AppendHeaders(cookies.collect()))
    }

    /// Ends a session. Returns a cookie that removes its own, for the answer.
    ///
    /// # Errors
    /// [`DeskError::Internal`] if the file of the sessions cannot be written.
    pub(crate) async fn end_session(
        &self,
        visitor: Visitor,
        session: SessionId,
    ) -> Result<HeaderValue, DeskError> {
        self.0.sessions.end(session);
        self.store_sessions().await?;
        set_cookie("", visitor, "; Max-Age=0")
    }

    /// The sessions of an account, or of all.
    pub(crate) fn sessions(&self, account: Option<&str>) -> Vec<Listed> {
        let sessions = &self.0.sessions;
        sessions.list(account, |account| self.basis(account), Moment::now())
    }

    /// Ends the session with this id: one of an account, or any. Returns whose it was.
    ///
    /// # Errors
    /// [`DeskError::Missing`] if there is no such session.
    pub(crate) async fn revoke_session(
        &self,
        account: Option<&str>,
        id: &str,
    ) -> Result<String, DeskError> {
        let mut sessions = self.sessions(account).into_iter();
        let found = sessions.find(|listed| listed.session.id() == id);
        let found = found.ok_or(DeskError::Missing("such session"))?;
        self.0.sessions.end(found.session);
        self.store_sessions().await?;
        Ok(found.account)
    }

    /// Writes the sessions to disk, so that they outlive the kiosk.
    async fn store_sessions(&self) -> Result<(), DeskError> {
        let desk = self.clone();
        blocking(move || desk.0.sessions.store(Moment::now())).await
    }

    /// The cookie by which a browser is known from now on; `None` if none can be made. Logging in does
    /// not fail for it.
    async fn device_cookie(&self, client: &Client) -> Result<Option<HeaderValue>, DeskError> {
        let (desk, device) = (self.clone(), client.device.clone());
        let made = blocking(move || {
            let devices = desk.0.access.devices();
            match device.filter(|cookie| devices.recognise(cookie).is_some()) {
                Some(known) => Ok(known),
                None => devices.cookie(),
            }
        });
        let value = match made.await? {
            Ok(value) => value,
            Err(error) => {
                tracing::warn!(%error, "a browser will be a stranger the next time");
                return Ok(None);
            }
        };
        let name = device_name(client.visitor);
        let more = format!("; Max-Age={DEVICE_SECONDS}");
        cookie_of(name, &value, client.visitor, &more).map(Some)
    }

    /// What the sessions of an account rest on now; `None` if that cannot be read, and nobody has one.
    fn basis(&self, account: &str) -> Option<Basis> {
        match self.0.access.basis(account) {
            Ok(basis) => Some(basis),
            Err(error) => {
                tracing::error!(%error, "nobody can be logged in");
                None
            }
        }
    }
}

/// The session of a request that may be sent with it.
fn sent_by(parts: &Parts) -> Result<Session, DeskError> {
    let session: Option<Session> = parts.extensions.get().cloned();
    let session = session.ok_or(DeskError::LoginNeeded)?;
    if session.may_send(&parts.method, parts.uri.path()) {
        Ok(session)
    } else {
        Err(DeskError::ViewerOnly)
    }
}

fn cookie_name(visitor: Visitor) -> &'static str {
    if visitor.is_secure {
        SECURE_COOKIE
    } else {
        COOKIE
    }
}

fn device_name(visitor: Visitor) -> &'static str {
    if visitor.is_secure {
        SECURE_DEVICE
    } else {
        DEVICE
    }
}

/// The cookie of a session.
fn set_cookie(token: &str, visitor: Visitor, more: &str) -> Result<HeaderValue, DeskError> {
    cookie_of(cookie_name(visitor), token, visitor, more)
}

/// A cookie that no other site makes a browser send, and that no script reads.
pub(crate) fn cookie_of(
    name: &str,
    value: &str,
    visitor: Visitor,
    more: &str,
) -> Result<HeaderValue, DeskError> {
    let secure = if visitor.is_secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}");
    let cookie = cookie.parse();
    cookie.map_err(|error| DeskError::internal("a cookie is malformed", error))
}
