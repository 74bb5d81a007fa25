//! Who may do what at the desk: accounts, sessions, login links, tokens, throttled attempts, and what
//! people did.

mod accounts;
mod audit;
mod common;
mod damaged;
mod device;
mod error;
mod file;
mod hashing;
mod link;
mod password;
pub(crate) mod private_file;
pub(crate) mod secret;
mod session;
mod session_file;
mod throttle;
mod tokens;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use accounts::{Account, Invitation};
pub use audit::Event;
pub(crate) use audit::{Audit, Entry};
pub use error::AccessError;
pub(crate) use file::{Kind, SecretFile};
pub(crate) use link::Links;
pub use password::{Access, LENGTHS};
pub(crate) use password::{Basis, Login};
pub(crate) use session::{Listed, Moment, Place, SessionId, Sessions};
pub(crate) use throttle::{Sender, Throttle};
pub(crate) use tokens::{Scope, Token};

/// What somebody at the desk may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// See what staff see, and change nothing.
    Viewer,
    /// Check in and correct visits, and edit the animals.
    Staff,
    /// What staff may do, and also delete, export, back up, restore and change the settings.
    Owner,
}

impl Role {
    /// All roles, the one that may do most first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Staff, Self::Viewer];

    /// The roles whose names are those of the accounts that every kiosk has.
    pub const SHARED: [Self; 2] = [Self::Owner, Self::Staff];

    /// Its name in commands, files and the API: `owner`, `staff` or `viewer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Staff => "staff",
            Self::Viewer => "viewer",
        }
    }

    /// The role of the account `owner` or `staff`, whatever the case of its name.
    pub(crate) fn of_shared(account: &str) -> Option<Self> {
        let name = account.trim().to_lowercase();
        Self::SHARED.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
