//! Why the hub cannot be set up, asked or given a bundle.

use tokio_postgres::error::SqlState;

use super::fault::Fault;
use super::settings::SettingsError;
use crate::tls::TlsError;

/// Why something failed that was done at the hub. Nothing was changed there.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The URL or the site cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The hub cannot be reached, or refuses what it was asked.
    #[error("the hub cannot be used: {0}")]
    Refused(String),
    /// The database has no tables of a hub.
    #[error("this database is no hub yet; set it up with kiosk hub init URL --site NAME")]
    NotSetUp,
    /// A newer program has set the hub up.
    #[error("the hub has schema {found}, which this program does not know; update the program")]
    Newer {
        /// The hub's schema.
        found: i32,
    },
    /// The server is too old.
    #[error("PostgreSQL {0} is too old for a hub; use version 13 or later")]
    TooOld(i32),
    /// A kiosk cannot have this name.
    #[error("{0:?} cannot be the name of a kiosk; use 1 to 50 of a-z, A-Z, 0-9, - and _")]
    Name(String),
    /// The role of a new kiosk is taken.
    #[error("the role {0} exists on this server and is no kiosk's of this hub; use another name")]
    RoleTaken(String),
    /// A kiosk is one of another site.
    #[error(
        "the kiosk {kiosk} is one of the site {known:?}, not of {given:?}; use another name, or give \
         its own site"
    )]
    OtherSite {
        /// Its name.
        kiosk: String,
        /// Its site at the hub.
        known: String,
        /// The site that was asked for.
        given: String,
    },
    /// A channel cannot have this name.
    #[error("{0:?} cannot be the name of a channel; use 1 to 50 of a-z, A-Z, 0-9, - and _")]
    Channel(String),
    /// A bundle is empty or too large.
    #[error("a bundle has 1 byte to 64 MiB, not {0} bytes")]
    Size(usize),
    /// There are no random numbers for a password.
    #[error("the system gives no random numbers: {0}")]
    NoRandom(getrandom::Error),
}

impl From<Fault> for HubError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Settings(error) => Self::Settings(error),
            Fault::Tls(error) => Self::Tls(error),
            Fault::Database { error, .. } => Self::from(error),
            other => Self::Refused(other.reason()),
        }
    }
}

impl From<tokio_postgres::Error> for HubError {
    fn from(error: tokio_postgres::Error) -> Self {
        let missing = [
            SqlState::UNDEFINED_TABLE,
            SqlState::INVALID_SCHEMA_NAME,
            SqlState::UNDEFINED_FUNCTION,
        ];
        if error.code().is_some_and(|code| missing.contains(code)) {
            return Self::NotSetUp;
        }
        let host = String::new();
        Self::Refused(Fault::Database { host, error }.reason())
    }
}
