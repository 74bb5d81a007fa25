//! The accounts and their passwords, in `access.toml`.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use serde::{Deserialize, Serialize};

use super::accounts::{Account, Invitation, is_same_name};
use super::audit::{Audit, Entry, Event};
use super::common::is_common;
use super::device::Devices;
use super::file::{Kind, SecretFile};
use super::hashing::{hash, matches};
use super::secret::{Fingerprint, fingerprint};
use super::tokens::Tokens;
use super::{AccessError, Role};

/// How many characters a new password has. A shorter one of a former version goes on to work.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 10..=200;

/// The file of the accounts, in the data folder.
pub(super) const FILE: &str = "access.toml";

/// Who may log in: the accounts and their passwords, as Argon2id hashes (RFC 9106) in `access.toml`.
///
/// Every kiosk has the accounts `owner` and `staff`, whose passwords alone decide who logs in. All
/// others log in by name; people make them with an invitation of the owner's.
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
    pub(super) accounts: SecretFile<Stored>,
    tokens: Tokens,
    devices: Devices,
    audit: Arc<Audit>,
}

/// The content of the file. Passwords are PHC strings
/// (<https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md>).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    /// The password of the account `owner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// The password of the account `staff`.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<String>,
    /// The accounts with names of their own.
    #[serde(default, rename = "account", skip_serializing_if = "Vec::is_empty")]
    pub(super) accounts: Vec<Account>,
    #[serde(default, rename = "invitation", skip_serializing_if = "Vec::is_empty")]
    pub(super) invitations: Vec<Invitation>,
}

/// Whose password it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    /// The account's name.
    pub(crate) account: String,
    /// What it may do.
    pub(crate) role: Role,
}

/// What a session rests on, and what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basis {
    /// The session ends when this changes: when its account gets a password, or another one.
    pub(crate) digest: Fingerprint,
    pub(crate) role: Role,
}

impl Basis {
    /// What the sessions of an account that was removed would rest on: no digest is zero, and so none
    /// of them goes on.
    const GONE: Self = Self {
        digest: [0; 32],
        role: Role::Viewer,
    };
}

impl Access {
    /// The accounts in `folder`, which may have no password yet.
    ///
    /// # Errors
    /// If the file exists and cannot be read, or holds something other than accounts.
    pub fn open(folder: &Path) -> Result<Self, AccessError> {
        let access = Self::at(folder);
        access.accounts.read()?;
        Ok(access)
    }

    /// The same, whatever the file holds. While it cannot be read nobody can log in.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        let kind = Kind {
            what: "passwords",
            remedy: "set the owner's again with `kiosk password owner`, which keeps the file",
            check: Stored::check,
        };
        Self {
            accounts: SecretFile::new(folder.join(FILE), kind),
            tokens: Tokens::of(folder),
            devices: Devices::of(folder),
            audit: Arc::new(Audit::of(folder)),
        }
    }

    /// Sets the password of the account `owner` or `staff`. When this returns it is on disk, in a file
    /// that only the kiosk's user may read.
    ///
    /// # Errors
    /// As [`Access::set_password_of`].
    pub fn set_password(&self, role: Role, password: &str) -> Result<(), AccessError> {
        self.set_password_of(role.name(), password).map(|_| ())
    }

    /// Sets the password of an account, which ends its sessions. Returns its name as it is written.
    ///
    /// # Errors
    /// If the password is too short, too long, easy to guess or the other role's, if there is no such
    /// account, or if the file cannot be written.
    pub fn set_password_of(&self, account: &str, password: &str) -> Result<String, AccessError> {
        check_password(password, account)?;
        self.accounts.change(|stored| {
            if let Some(role) = Role::of_shared(account) {
                stored.check_not_taken(role, password)?;
                stored.set(role, hash(password)?);
                return Ok(role.name().to_owned());
            }
            let mut accounts = stored.accounts.iter_mut();
            let found = accounts.find(|found| is_same_name(&found.name, account));
            let found = found.ok_or(AccessError::NoSuchAccount)?;
            found.password = hash(password)?;
            Ok(found.name.clone())
        })
    }

    /// As [`Access::set_password_of`], for somebody at the machine itself. The record of what people did
    /// says so.
    ///
    /// # Errors
    /// As [`Access::set_password_of`].
    pub fn set_password_at_terminal(
        &self,
        account: &str,
        password: &str,
    ) -> Result<String, AccessError> {
        let account = self.set_password_of(account, password)?;
        self.record_password_at_terminal(&account);
        Ok(account)
    }

    /// Records that somebody at the machine itself set the password of an account.
    pub(super) fn record_password_at_terminal(&self, account: &str) {
        if let Err(error) = self.record_at_terminal(Event::Password, account) {
            tracing::warn!(%error, "the new password cannot be recorded");
        }
    }

    /// Records what somebody at the machine itself did, and what it is about, as an account or a file;
    /// at most 100 characters of that.
    ///
    /// # Errors
    /// If the record cannot be written. What was done is done all the same.
    pub fn record_at_terminal(&self, event: Event, about: &str) -> io::Result<()> {
        let entry = Entry::now(event, "", "terminal".to_owned(), about);
        self.audit.append(&entry)
    }

    /// Whether there is an account of that name, whatever its case.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn has_account(&self, name: &str) -> Result<bool, AccessError> {
        Ok(self.name_of(name)?.is_some())
    }

    /// Refuses what [`Access::set_password`] would refuse, and sets nothing.
    ///
    /// # Errors
    /// As [`Access::set_password`].
    pub(crate) fn check_new_password(&self, role: Role, password: &str) -> Result<(), AccessError> {
        check_password(password, role.name())?;
        self.accounts.read()?.check_not_taken(role, password)
    }

    /// Whether the account `owner` or `staff` has a password.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn has_password(&self, role: Role) -> Result<bool, AccessError> {
        Ok(self.accounts.read()?.of(role).is_some())
    }

    /// Whether anybody can log in with a password.
    ///
    /// # Errors
    /// As [`Access::has_password`].
    pub fn is_set(&self) -> Result<bool, AccessError> {
        let stored = self.accounts.read()?;
        Ok(stored.owner.is_some() || stored.staff.is_some() || !stored.accounts.is_empty())
    }

    /// Which of the accounts `owner` and `staff` has this password; `None` if neither has. It takes the
    /// time of two Argon2 hashes whichever passwords are set or match: run it off the threads that
    /// serve.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn verify(&self, password: &str) -> Result<Option<Role>, AccessError> {
        let stored = self.accounts.read()?;
        let matching = Role::SHARED.map(|role| is_right(stored.of(role), password).then_some(role));
        Ok(matching.into_iter().flatten().next())
    }

    /// Whether this is the password of the account of that name, whatever its case. It takes the time
    /// of one Argon2 hash whether there is such an account or not.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub(crate) fn verify_named(
        &self,
        name: &str,
        password: &str,
    ) -> Result<Option<Login>, AccessError> {
        let stored = self.accounts.read()?;
        let found = stored.find(name);
        let phc = found.and_then(|(_, _, phc)| phc);
        let is_right = is_right(phc, password);
        Ok(found.filter(|_| is_right).map(|(account, role, _)| Login {
            account: account.to_owned(),
            role,
        }))
    }

    /// The name of an account as it is written, if there is one of this name, whatever its case.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub(crate) fn name_of(&self, name: &str) -> Result<Option<String>, AccessError> {
        let stored = self.accounts.read()?;
        Ok(stored.find(name).map(|(name, _, _)| name.to_owned()))
    }

    /// Whether an account has a password. Only `owner` and `staff` may have none.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub(crate) fn has_password_of(&self, account: &str) -> Result<bool, AccessError> {
        let stored = self.accounts.read()?;
        Ok(stored
            .find(account)
            .is_some_and(|(_, _, phc)| phc.is_some()))
    }

    /// Whether other machines reach the page at this address while the owner has no password: then the
    /// kiosk has to be set up before anything else.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn needs_setup(&self, address: IpAddr) -> Result<bool, AccessError> {
        Ok(!address.is_loopback() && !self.has_password(Role::Owner)?)
    }

    /// What a session of this account rests on.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub(crate) fn basis(&self, account: &str) -> Result<Basis, AccessError> {
        let stored = self.accounts.read()?;
        Ok(match stored.find(account) {
            Some((_, role, phc)) => Basis {
                digest: fingerprint(phc.unwrap_or_default()),
                role,
            },
            None => Basis::GONE,
        })
    }

    /// The tokens of programs.
    pub(crate) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The browsers that logged in before.
    pub(crate) fn devices(&self) -> &Devices {
        &self.devices
    }

    /// What people did.
    pub(crate) fn audit(&self) -> &Arc<Audit> {
        &self.audit
    }
}

impl Stored {
    /// What is wrong with them.
    fn check(&self) -> Result<(), String> {
        let shared = Role::SHARED.into_iter();
        let shared = shared.filter_map(|role| Some((role.name(), self.of(role)?)));
        let named = self.accounts.iter();
        let named = named.map(|account| (&*account.name, &*account.password));
        for (name, phc) in shared.chain(named) {
            PasswordHash::new(phc).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(())
    }

    /// The account of that name, whatever its case: its name, its role, and its password if it has
    /// one.
    pub(super) fn find(&self, name: &str) -> Option<(&str, Role, Option<&str>)> {
        if let Some(role) = Role::of_shared(name) {
            return Some((role.name(), role, self.of(role)));
        }
        let mut accounts = self.accounts.iter();
        let account = accounts.find(|account| is_same_name(&account.name, name))?;
        Some((&account.name, account.role, Some(&account.password)))
    }

    /// The password of the account that a role gave its name. None is called `viewer`.
    fn of(&self, role: Role) -> Option<&str> {
        match role {
            Role::Owner => self.owner.as_deref(),
            Role::Staff => self.staff.as_deref(),
            Role::Viewer => None,
        }
    }

    fn set(&mut self, role: Role, phc: String) {
        match role {
            Role::Owner => self.owner = Some(phc),
            Role::Staff => self.staff = Some(phc),
            Role::Viewer => {}
        }
    }

    /// Refuses a password that another account has which logs in without a name.
    fn check_not_taken(&self, role: Role, password: &str) -> Result<(), AccessError> {
        for other in Role::SHARED.into_iter().filter(|other| *other != role) {
            if self.of(other).is_some_and(|phc| matches(phc, password)) {
                return Err(AccessError::Taken(other));
            }
        }
        Ok(())
    }
}

/// Refuses a new password that is too short, too long or easy to guess.
pub(super) fn check_password(password: &str, account: &str) -> Result<(), AccessError> {
    let length = password.chars().count();
    if !LENGTHS.contains(&length) {
        return Err(AccessError::Length(length));
    }
    if is_common(password, account) {
        return Err(AccessError::Common);
    }
    Ok(())
}

/// Whether a password is right. It takes as long if there is none.
fn is_right(phc: Option<&str>, password: &str) -> bool {
    match phc {
        Some(phc) => matches(phc, password),
        None => {
            matches(&UNKNOWN, password);
            false
        }
    }
}

/// The hash of a password that nobody knows.
static UNKNOWN: LazyLock<String> = LazyLock::new(|| {
    let password = super::secret::token().unwrap_or_default();
    hash(&password).unwrap_or_else(|error| {
        tracing::error!(%error, "no password can be hashed, so wrong names are refused sooner than others");
        String::new()
    })
});
