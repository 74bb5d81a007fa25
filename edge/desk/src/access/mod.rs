//! Who may do what at the desk: passwords, sessions, login links, tokens, and throttled attempts.

mod file;
mod link;
mod password;
mod private_file;
mod secret;
mod session;
mod session_file;
mod throttle;
mod tokens;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use file::{Kind, SecretFile};
pub(crate) use link::Links;
pub use password::{Access, AccessError, LENGTHS};
pub(crate) use secret::Fingerprint;
pub(crate) use session::{Moment, SessionId, Sessions};
pub(crate) use throttle::Throttle;
pub(crate) use tokens::{Scope, Token};

/// What somebody at the desk may do.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Check in and correct visits, and edit the animals.
    Staff,
    /// What staff may do, and also delete, export, back up, restore and change the settings.
    Owner,
}

impl Role {
    /// Both roles, the one that may do more first.
    pub const ALL: [Self; 2] = [Self::Owner, Self::Staff];

    /// Its name in commands, files and the API: `owner` or `staff`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Staff => "staff",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
