//! Who may do what at the desk: passwords, sessions, login links and how attempts are slowed.

mod link;
mod password;
mod secret;
mod session;
mod throttle;

pub use self::link::{Links, Opened};
pub use self::password::{Access, AccessError, LENGTHS};
pub(in crate::desk) use self::secret::{Fingerprint, same};
pub use self::session::{Begun, SessionId, Sessions};
pub use self::throttle::Throttle;

use std::fmt;

use serde::{Deserialize, Serialize};

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
    /// Check in and correct, keep the catalogue.
    Staff,
    /// What staff may, and delete, export, back up, restore and change the settings.
    Owner,
}

impl Role {
    /// Both of them, the mightier first.
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
