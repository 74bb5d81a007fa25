//! Programs that use the API with a token, in the header `Authorization`: as it is (`Bearer`, RFC 6750),
//! or as the password of a basic login (RFC 7617), since that is how cameras are logged in to.

use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use tokio::task;

use crate::access::{Role, Scope, Sender, Token};
use crate::addresses;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Holder, Session};
use crate::visitor::Visitor;

impl Desk {
    /// Who sends a request: the program of its token, else the user whom its cookie logs in. Tokens
    /// count below `/api` and for the metrics alone: no page can be opened with one.
    ///
    /// # Errors
    /// For a token that is none, [`DeskError::WrongToken`], or [`DeskError::Throttled`] if its sender
    /// sent too many; or if the tokens cannot be read.
    pub(crate) fn sender(
        &self,
        parts: &Parts,
        visitor: Visitor,
    ) -> Result<Option<Session>, DeskError> {
        match token(&parts.headers) {
            Some(secret) if addresses::is_for_programs(parts.uri.path()) => {
                self.program(&secret, visitor).map(Some)
            }
            _ => Ok(self.session(&parts.headers, visitor)),
        }
    }

    /// Whether somebody is still logged in, or a program's token still valid. Asking does not count
    /// as a use.
    pub(crate) fn is_alive(&self, session: &Session) -> bool {
        match &session.holder {
            Holder::Person(id) => self.is_logged_in(*id),
            Holder::Program(token) => match self.0.access.tokens().is_valid(token) {
                Ok(is_valid) => is_valid,
                Err(error) => {
                    tracing::error!(%error, "no token is valid");
                    false
                }
            },
        }
    }

    /// The program of a token. Wrong tokens are throttled as wrong passwords are, and apart from
    /// them: a program with a token that was revoked locks no person out.
    fn program(&self, secret: &str, visitor: Visitor) -> Result<Session, DeskError> {
        let Some(token) = self.0.access.tokens().find(secret)? else {
            self.0.counters.wrong_token();
            let sender = Sender::stranger(visitor.address);
            let attempt = self.0.wrong_tokens.attempt(sender, Instant::now());
            return Err(attempt.map_or_else(DeskError::throttled, |_| DeskError::WrongToken));
        };
        let today = catalogue::now().date();
        if self.0.access.tokens().is_first_use(&token, today) {
            self.store_use(token.clone(), today);
        }
        Ok(Session {
            role: Role::Staff,
            name: token.name.as_str().into(),
            holder: Holder::Program(token.into()),
        })
    }

    /// Stores that a token is used, while its request goes on.
    fn store_use(&self, token: Token, today: Date) {
        let desk = self.clone();
        task::spawn_blocking(move || {
            if let Err(error) = desk.0.access.tokens().store_use(&token, today) {
                tracing::warn!(token = %token.name, %error, "a token's use cannot be stored");
            }
        });
    }
}

impl Session {
    /// What a program may do by its token; `None` for a person.
    pub(crate) fn scope(&self) -> Option<Scope> {
        match &self.holder {
            Holder::Person(_) => None,
            Holder::Program(token) => Some(token.scope),
        }
    }

    /// Whether it is a program that may do no more than read lists and figures.
    pub(crate) fn only_reads(&self) -> bool {
        self.scope() == Some(Scope::Read)
    }
}

/// The token that a request carries. Whatever else is in a basic login is for somebody else, such as a
/// proxy before the kiosk.
fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let login = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (_, password) = login.split_once(':')?;
    Token::is_meant_by(password).then(|| password.to_owned())
}
