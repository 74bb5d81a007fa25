//! The tokens of programs.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access;
use crate::access::Scope;

/// What is known of a token. The token itself is not stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    /// Its id, for revoking it.
    id: String,
    /// Its name. The history calls the author of its changes `token` and this name.
    name: String,
    /// What a program with it may do.
    scope: Scope,
    /// When it was made.
    created: Timestamp,
    /// The last day on which it was used, in local time; `null` if it never was.
    last_used: Option<Date>,
}

impl From<access::Token> for Token {
    fn from(token: access::Token) -> Self {
        Self {
            id: token.id(),
            name: token.name,
            scope: token.scope,
            created: token.created,
            last_used: token.used,
        }
    }
}

/// What a token is to be called and to do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// Its name, which no other one has: one line of 1 to 60 characters.
    pub(crate) name: String,
    /// What a program with it may do.
    pub(crate) scope: Scope,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    /// What is known of it.
    #[serde(flatten)]
    about: Token,
    /// The token itself. It is shown this once.
    token: String,
}

impl MadeToken {
    pub(crate) fn new(about: access::Token, token: String) -> Self {
        let about = about.into();
        Self { about, token }
    }
}
