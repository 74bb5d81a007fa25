//! The passwords of the owner and the staff, in `access.toml`.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use screens::locale::Message;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Role;
use super::file::{Kind, SecretFile};
use super::secret::{Fingerprint, fingerprint};
use super::tokens::{self, Tokens};

/// How many characters a password has.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 8..=200;

/// The file of the passwords, in the data folder.
const FILE: &str = "access.toml";

/// Why passwords or tokens cannot be read or changed.
#[derive(Debug, Error)]
pub enum AccessError {
    /// The file exists but cannot be read.
    #[error("{}: cannot be read: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file holds something else than it should.
    #[error("{}: not the kiosk's {what} ({reason}); remove it and {remedy}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What to do once it is removed.
        remedy: &'static str,
    },
    /// The file cannot be written.
    #[error("{}: cannot be written: {error}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The password is too short or too long.
    #[error(
        "the password has {0} characters; it must have {least} to {most}",
        least = LENGTHS.start(),
        most = LENGTHS.end()
    )]
    Length(usize),
    /// The other role already has this password.
    #[error("the {0} already has this password, and the password decides the role; choose another")]
    Taken(Role),
    /// Anybody on the network could use the page without a password.
    #[error(
        "the kiosk does not listen on {0} without a password; set one with \
         `kiosk password owner`, or listen on 127.0.0.1"
    )]
    Open(IpAddr),
    /// The system has no random numbers, or not enough memory for Argon2.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    /// The name of a token is empty, too long or not one line.
    #[error("a token needs a name of 1 to {most} characters", most = tokens::LONGEST_NAME)]
    TokenName,
    /// Another token has this name.
    #[error("another token has this name; choose another, or revoke that one")]
    TokenTaken,
    /// There are as many tokens as there can be.
    #[error("there are {most} tokens already; revoke one that is not used", most = tokens::MOST)]
    TooManyTokens,
    /// There is no such token.
    #[error("there is no such token")]
    NoSuchToken,
    /// The system has no random numbers.
    #[error("no token can be made: {0}")]
    NoRandom(getrandom::Error),
}

/// The passwords of the owner and the staff, as Argon2id hashes (RFC 9106) in `access.toml`.
///
/// The file is read again whenever it has changed: a password that `kiosk password` sets applies at
/// once, and ends the sessions of the former one.
///
/// ```
/// use desk::access::{Access, Role};
///
/// let folder = tempfile::tempdir()?;
/// let access = Access::open(folder.path())?;
/// access.set_password(Role::Owner, "correct horse battery")?;
/// assert_eq!(access.verify("correct horse battery")?, Some(Role::Owner));
/// assert_eq!(access.verify("a wild guess")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Access {
    passwords: SecretFile<Passwords>,
    tokens: Tokens,
}

/// The content of the file: PHC strings
/// (<https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md>).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Passwords {
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<String>,
}

impl AccessError {
    /// Why a file cannot be used and what to do about it, for people; `None` for anything else.
    pub(crate) fn reason(&self) -> Option<Message> {
        let (message, path) = match self {
            Self::Unreadable { path, error } => {
                let message = Message::new("programs-file-unreadable").with("reason", error);
                (message, path)
            }
            Self::Damaged { path, reason, .. } => {
                let message = Message::new("programs-file-damaged").with("reason", reason);
                (message, path)
            }
            _ => return None,
        };
        Some(message.with("file", path.display()))
    }
}

impl Access {
    /// The passwords in `folder`, which may have none yet.
    ///
    /// # Errors
    /// If the file exists and cannot be read, or holds something other than passwords.
    pub fn open(folder: &Path) -> Result<Self, AccessError> {
        let kind = Kind {
            what: "passwords",
            remedy: "set them again with `kiosk password`",
            check: Passwords::check,
        };
        let access = Self {
            passwords: SecretFile::new(folder.join(FILE), kind),
            tokens: Tokens::of(folder),
        };
        access.passwords.read()?;
        Ok(access)
    }

    /// Sets the password of a role. When this returns it is on disk, in a file that only the
    /// kiosk's user may read.
    ///
    /// # Errors
    /// If the password is too short, too long or the other role's, or the file cannot be written.
    pub fn set_password(&self, role: Role, password: &str) -> Result<(), AccessError> {
        let length = password.chars().count();
        if !LENGTHS.contains(&length) {
            return Err(AccessError::Length(length));
        }
        let other = match role {
            Role::Owner => Role::Staff,
            Role::Staff => Role::Owner,
        };
        self.passwords.change(|passwords| {
            if passwords
                .of(other)
                .is_some_and(|phc| matches(phc, password))
            {
                return Err(AccessError::Taken(other));
            }
            let hash: PasswordHash = Argon2::default()
                .hash_password(password.as_bytes())
                .map_err(|error| AccessError::Hash(error.to_string()))?;
            *passwords.of_mut(role) = Some(hash.to_string());
            Ok(())
        })
    }

    /// Whether a role has a password.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn has_password(&self, role: Role) -> Result<bool, AccessError> {
        Ok(self.passwords.read()?.of(role).is_some())
    }

    /// Whether any role has a password.
    ///
    /// # Errors
    /// As [`Access::has_password`].
    pub fn is_set(&self) -> Result<bool, AccessError> {
        Ok(self.has_password(Role::Owner)? || self.has_password(Role::Staff)?)
    }

    /// Whose password this is; `None` if it is nobody's. It takes the time of two Argon2 hashes
    /// whichever passwords are set or match: run it off the threads that serve.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn verify(&self, password: &str) -> Result<Option<Role>, AccessError> {
        let passwords = self.passwords.read()?;
        let matching = Role::ALL.map(|role| match passwords.of(role) {
            Some(phc) => matches(phc, password).then_some(role),
            None => {
                matches(&UNKNOWN, password);
                None
            }
        });
        Ok(matching.into_iter().flatten().next())
    }

    /// Refuses an address that other machines can reach while the owner has no password.
    ///
    /// # Errors
    /// [`AccessError::Open`], or if the file can no longer be read.
    pub fn check_address(&self, address: IpAddr) -> Result<(), AccessError> {
        if address.is_loopback() || self.has_password(Role::Owner)? {
            Ok(())
        } else {
            Err(AccessError::Open(address))
        }
    }

    /// What a session of this role rests on. The session ends when this changes: when the role gets
    /// a password, or another one.
    pub(crate) fn basis(&self, role: Role) -> Result<Fingerprint, AccessError> {
        let passwords = self.passwords.read()?;
        Ok(fingerprint(passwords.of(role).unwrap_or_default()))
    }

    /// The tokens of programs.
    pub(crate) fn tokens(&self) -> &Tokens {
        &self.tokens
    }
}

impl Passwords {
    /// What is wrong with them.
    fn check(&self) -> Result<(), String> {
        for role in Role::ALL {
            if let Some(phc) = self.of(role) {
                PasswordHash::new(phc).map_err(|error| format!("{role}: {error}"))?;
            }
        }
        Ok(())
    }

    fn of(&self, role: Role) -> Option<&str> {
        match role {
            Role::Owner => self.owner.as_deref(),
            Role::Staff => self.staff.as_deref(),
        }
    }

    fn of_mut(&mut self, role: Role) -> &mut Option<String> {
        match role {
            Role::Owner => &mut self.owner,
            Role::Staff => &mut self.staff,
        }
    }
}

/// The hash of a password that nobody knows. It is checked if none is set, so that the answer takes
/// as long.
static UNKNOWN: LazyLock<String> = LazyLock::new(|| {
    let password = super::secret::token().unwrap_or_default();
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

fn matches(phc: &str, password: &str) -> bool {
    match Argon2::default().verify_password(password.as_bytes(), phc) {
        Ok(()) => true,
        Err(argon2::password_hash::Error::PasswordInvalid) => false,
        Err(error) => {
            tracing::error!(%error, "a password cannot be verified");
            false
        }
    }
}
