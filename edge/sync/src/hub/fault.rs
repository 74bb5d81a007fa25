//! Why the link to the hub fails, and what people are told of it.

use std::error::Error;

use catalogue::CatalogueError;
use screens::locale::Message;

use super::settings::SettingsError;
use crate::link::LinkState;
use crate::tls::{self, TlsError};

/// How tokio-postgres says that a host is a standby.
const STANDBY: &str = "database does not allow writes";

/// How it says that a host has no TLS.
const NO_TLS: &str = "server does not support TLS";

/// How it says that the URL has no password.
const NO_PASSWORD: &str = "password missing";

/// The classes of errors that are a row's own fault: data that is malformed or out of range, a
/// constraint that it breaks, a limit that it exceeds.
const CONTENT: [&str; 3] = ["22", "23", "54"];

/// Why the link fails.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The settings cannot be used.
    Settings(SettingsError),
    /// TLS cannot be set up.
    Tls(TlsError),
    /// A host cannot be reached, or says no.
    Database {
        /// Its name.
        host: String,
        /// What happened.
        error: tokio_postgres::Error,
    },
    /// A host accepts connections but does not answer in time.
    Silent {
        /// Its name.
        host: String,
    },
    /// The hub has another schema.
    Schema {
        /// The hub's version.
        found: i32,
    },
    /// The hub answers with what this program does not understand.
    Answer {
        /// What is wrong with it.
        reason: String,
    },
    /// The hub refuses one event after the other, so the fault is not theirs.
    Refusing {
        /// What it said of the last one.
        reason: String,
    },
    /// The kiosk's own catalogue cannot be read or written.
    Catalogue(CatalogueError),
    /// The catalogue was restored from a backup while the link was up.
    Restored,
    /// A defect of this program.
    Defect {
        /// What happened.
        reason: String,
    },
}

impl From<SettingsError> for Fault {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<TlsError> for Fault {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}

impl From<CatalogueError> for Fault {
    fn from(error: CatalogueError) -> Self {
        Self::Catalogue(error)
    }
}

impl Fault {
    /// The state of the link.
    pub(crate) fn state(&self) -> LinkState {
        use LinkState::{Failing, Refused};

        match self {
            Self::Settings(error) => {
                Refused(Message::new("link-hub-settings").with("reason", error))
            }
            Self::Tls(error) => Refused(error.message()),
            Self::Database { host, error } => of_database(host, error),
            Self::Silent { host } => Failing(Message::new("link-hub-silent").with("host", host)),
            Self::Schema { found } => {
                let is_newer = *found > super::SCHEMA;
                let key = if is_newer {
                    "link-hub-newer"
                } else {
                    "link-hub-older"
                };
                let message = Message::new(key).with("found", found);
                Refused(message.with("known", super::SCHEMA))
            }
            Self::Answer { reason } => {
                Refused(Message::new("link-hub-answer").with("reason", reason))
            }
            Self::Refusing { reason } => {
                Refused(Message::new("link-hub-refusing").with("reason", reason))
            }
            Self::Catalogue(_) => Failing(Message::new("link-hub-catalogue")),
            Self::Restored => Failing(Message::new("link-hub-begins-again")),
            Self::Defect { reason } => {
                Failing(Message::new("link-hub-defect").with("reason", reason))
            }
        }
    }

    /// Whether an event's content is the reason, so that the event would fail again.
    pub(crate) fn is_of_content(&self) -> bool {
        let Self::Database { error, .. } = self else {
            return false;
        };
        match error.code() {
            Some(code) => CONTENT.iter().any(|class| code.code().starts_with(class)),
            // Such as a time that PostgreSQL does not have.
            None => error.to_string().starts_with("error serializing parameter"),
        }
    }

    /// Whether it tells more of why the hub cannot be used than that another host is away.
    pub(crate) fn weight(&self) -> u8 {
        match self.state() {
            LinkState::Refused(_) => 2,
            LinkState::Failing(message) if message.key == "link-hub-read-only" => 1,
            _ => 0,
        }
    }

    /// The reason in the words of the database, or of the error that it comes from.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Database { error, .. } => reason(error),
            Self::Settings(error) => error.to_string(),
            Self::Tls(error) => error.to_string(),
            Self::Catalogue(error) => error.to_string(),
            Self::Silent { host } => format!("{host} does not answer"),
            Self::Schema { found } => format!("the hub has schema {found}"),
            Self::Restored => "the catalogue was restored".to_owned(),
            Self::Answer { reason } | Self::Refusing { reason } | Self::Defect { reason } => {
                reason.clone()
            }
        }
    }
}

fn of_database(host: &str, error: &tokio_postgres::Error) -> LinkState {
    use LinkState::{Failing, Refused};

    if let Some(message) = tls::message_of(error, host) {
        return Refused(message);
    }
    let reason = reason(error);
    let message = |key| Message::new(key).with("host", host);
    let Some(code) = error.code() else {
        return match reason.as_str() {
            STANDBY => Failing(message("link-hub-read-only")),
            NO_TLS => Refused(message("link-hub-no-tls")),
            NO_PASSWORD => Refused(message("link-hub-password").with("reason", &reason)),
            _ => Failing(message("link-hub-unreachable").with("reason", &reason)),
        };
    };
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    match code.code() {
        "28P01" | "28000" => Refused(message("link-hub-password").with("reason", &reason)),
        "3D000" => Refused(message("link-hub-no-database").with("reason", &reason)),
        "3F000" | "42883" | "42P01" | "42703" => {
            Refused(message("link-hub-not-set-up").with("reason", &reason))
        }
        "42501" => Refused(message("link-hub-forbidden").with("reason", &reason)),
        // Those of `breed_kiosk.hello`.
        "BK001" => Refused(message("link-hub-another-kiosk")),
        "BK002" => Refused(message("link-hub-no-account").with("reason", &reason)),
        "53100" => Failing(message("link-hub-disk-full")),
        "25006" => Failing(message("link-hub-read-only")),
        _ => Failing(message("link-hub-failing").with("reason", &reason)),
    }
}

/// The last cause of an error of the database: its own words are of no use to anybody.
fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let mut last: &dyn Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_of_another_schema_says_which_side_is_to_be_updated() {
        let state = |found| Fault::Schema { found }.state();
        let newer = Message::new("link-hub-newer").with("found", 7);
        let older = Message::new("link-hub-older").with("found", 0);
        assert_eq!(state(7), LinkState::Refused(newer.with("known", 1)));
        assert_eq!(state(0), LinkState::Refused(older.with("known", 1)));
    }

    #[test]
    fn what_needs_a_person_weighs_more_than_a_host_that_is_away() {
        let site = Fault::Settings(SettingsError::Site);
        let silent = Fault::Silent {
            host: "hub.example".to_owned(),
        };
        assert!(site.weight() > silent.weight());
        assert!(!site.is_of_content());
    }
}
