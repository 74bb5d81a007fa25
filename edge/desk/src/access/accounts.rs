//! Accounts by name, and the invitations with which people make their own.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::hashing::hash;
use super::password::check_password;
use super::secret::{self, Fingerprint, as_text, fingerprint, short};
use super::{Access, AccessError, Login, Role};

/// The most characters of an account's name: the history of changes shows it.
pub(super) const LONGEST_NAME: usize = 40;

/// The most accounts beside `owner` and `staff`.
pub(super) const MOST: usize = 64;

/// The most invitations that wait to be accepted.
pub(super) const MOST_INVITATIONS: usize = 16;

/// How long an invitation is valid.
const VALID: SignedDuration = SignedDuration::from_hours(24);

/// An account with a name of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// Its name, which no other one has: one line of 1 to 40 characters.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: Role,
    pub(crate) created: Timestamp,
    /// Its password, as a PHC string.
    pub(super) password: String,
}

/// What is stored about an invitation. Its code is not.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invitation {
    /// What the account may do that is made with it.
    pub(crate) role: Role,
    pub(crate) made: Timestamp,
    #[serde(with = "as_text")]
    digest: Fingerprint,
}

impl Invitation {
    /// The beginning of its digest, which names it in addresses.
    pub(crate) fn id(&self) -> String {
        short(&self.digest)
    }

    /// When it expires.
    pub(crate) fn until(&self) -> Timestamp {
        self.made.checked_add(VALID).unwrap_or(self.made)
    }

    /// Whether it has not expired. One that is from the future was made under another clock.
    fn is_valid(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.made);
        age >= SignedDuration::ZERO && age < VALID
    }
}

impl Access {
    /// The accounts with names of their own, in the order in which they were made.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn accounts(&self) -> Result<Vec<Account>, AccessError> {
        Ok(self.accounts.read()?.accounts.clone())
    }

    /// Gives an account another role. It applies at once to those who are logged in.
    ///
    /// # Errors
    /// [`AccessError::BuiltIn`], [`AccessError::NoSuchAccount`], or if the file cannot be written.
    pub(crate) fn set_role(&self, name: &str, role: Role) -> Result<Account, AccessError> {
        self.accounts.change(|stored| {
            let at = position(&stored.accounts, name)?;
            let account = &mut stored.accounts[at];
            account.role = role;
            Ok(account.clone())
        })
    }

    /// Removes an account, which ends its sessions. Returns its name as it was written.
    ///
    /// # Errors
    /// As [`Access::set_role`].
    pub(crate) fn remove(&self, name: &str) -> Result<String, AccessError> {
        self.accounts.change(|stored| {
            let at = position(&stored.accounts, name)?;
            Ok(stored.accounts.remove(at).name)
        })
    }

    /// The invitations that can still be accepted.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn invitations(&self) -> Result<Vec<Invitation>, AccessError> {
        let now = Timestamp::now();
        let mut invitations = self.accounts.read()?.invitations.clone();
        invitations.retain(|invitation| invitation.is_valid(now));
        Ok(invitations)
    }

    /// Invites somebody to make an account of this role. Returns what is stored about the invitation,
    /// and its code, which nobody can read again.
    ///
    /// # Errors
    /// For one too many, if the file cannot be written, or if the system has no random numbers.
    pub(crate) fn invite(&self, role: Role) -> Result<(Invitation, String), AccessError> {
        let code = secret::token().map_err(AccessError::NoRandom)?;
        let now = Timestamp::now();
        let invitation = Invitation {
            role,
            made: now,
            digest: fingerprint(&code),
        };
        self.accounts.change(|stored| {
            stored.invitations.retain(|other| other.is_valid(now));
            if stored.invitations.len() >= MOST_INVITATIONS {
                return Err(AccessError::TooManyInvitations);
            }
            stored.invitations.push(invitation.clone());
            Ok(())
        })?;
        Ok((invitation, code))
    }

    /// Withdraws an invitation. Returns the role that it was for.
    ///
    /// # Errors
    /// [`AccessError::NoSuchInvitation`], or if the file cannot be written.
    pub(crate) fn withdraw(&self, id: &str) -> Result<Role, AccessError> {
        self.accounts.change(|stored| {
            let mut invitations = stored.invitations.iter();
            let at = invitations.position(|invitation| invitation.id() == id);
            let at = at.ok_or(AccessError::NoSuchInvitation)?;
            Ok(stored.invitations.remove(at).role)
        })
    }

    /// The invitation of a code, if it can be accepted.
    ///
    /// # Errors
    /// [`AccessError::NoSuchInvitation`], or if the file cannot be read.
    pub(crate) fn invitation(&self, code: &str) -> Result<Invitation, AccessError> {
        let digest = fingerprint(code);
        let mut invitations = self.invitations()?.into_iter();
        let found = invitations.find(|invitation| invitation.digest == digest);
        found.ok_or(AccessError::NoSuchInvitation)
    }

    /// Makes the account that an invitation is for, after which the invitation is worthless. Nothing
    /// costly is computed for a wrong code.
    ///
    /// # Errors
    /// [`AccessError::NoSuchInvitation`], what is wrong with the name or the password, or if the file
    /// cannot be written. Then the invitation can still be accepted.
    pub(crate) fn accept(
        &self,
        code: &str,
        name: &str,
        password: &str,
    ) -> Result<Login, AccessError> {
        let invitation = self.invitation(code)?;
        let name = checked_name(name)?;
        check_password(password, &name)?;
        let account = Account {
            role: invitation.role,
            created: Timestamp::now(),
            password: hash(password)?,
            name,
        };
        self.accounts.change(|stored| {
            // Somebody else may have been quicker.
            let mut invitations = stored.invitations.iter();
            let at = invitations.position(|other| other.digest == invitation.digest);
            let at = at.ok_or(AccessError::NoSuchInvitation)?;
            if stored.find(&account.name).is_some() {
                return Err(AccessError::AccountTaken);
            }
            if stored.accounts.len() >= MOST {
                return Err(AccessError::TooManyAccounts);
            }
            stored.invitations.remove(at);
            stored.accounts.push(account.clone());
            Ok(())
        })?;
        Ok(Login {
            account: account.name,
            role: account.role,
        })
    }
}

/// Whether two names are those of the same account.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.trim().to_lowercase()
}

/// Where the account of that name is.
fn position(accounts: &[Account], name: &str) -> Result<usize, AccessError> {
    if Role::of_shared(name).is_some() {
        return Err(AccessError::BuiltIn);
    }
    let mut accounts = accounts.iter();
    let found = accounts.position(|account| is_same_name(&account.name, name));
    found.ok_or(AccessError::NoSuchAccount)
}

/// A name as it is stored. In the history it can be mistaken neither for a role nor for a program or
/// the kiosk, and in an exported table it is no formula.
fn checked_name(typed: &str) -> Result<String, AccessError> {
    let name = typed.trim();
    let length = name.chars().count();
    let begins_well = name.starts_with(char::is_alphanumeric);
    if !(1..=LONGEST_NAME).contains(&length) || !begins_well || name.contains(char::is_control) {
        return Err(AccessError::AccountName);
    }
    let lower = name.to_lowercase();
    let first = lower.split_whitespace().next().unwrap_or_default();
    if matches!(&*lower, "owner" | "staff" | "viewer" | "kiosk") || first == "token" {
        return Err(AccessError::AccountTaken);
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PASSWORD: &str = "four words of Anna";

    #[test]
    fn an_invitation_makes_one_account_within_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::open(folder.path()).unwrap();
        let (invitation, code) = access.invite(Role::Viewer).unwrap();
        let made = invitation.made;
        for (hours, is_valid) in [(-1, false), (0, true), (23, true), (24, false)] {
            let now = made + SignedDuration::from_hours(hours);
            assert_eq!(invitation.is_valid(now), is_valid, "{hours}");
        }
        let text = fs::read_to_string(folder.path().join("access.toml")).unwrap();
        assert!(!text.contains(&code), "the code is not stored");
        for name in ["", " ", "=1+1", "a\nb", &"x".repeat(41)] {
            let refused = access.accept(&code, name, PASSWORD);
            assert!(matches!(refused, Err(AccessError::AccountName)), "{name:?}");
        }
        for name in ["Owner", "STAFF", "viewer", "kiosk", "token till"] {
            let refused = access.accept(&code, name, PASSWORD);
            assert!(matches!(refused, Err(AccessError::AccountTaken)), "{name}");
        }
        let login = access.accept(&code, " Zoé ", PASSWORD).unwrap();
        assert_eq!((&*login.account, login.role), ("Zoé", Role::Viewer));
        let again = access.accept(&code, "Anna", PASSWORD);
        assert!(matches!(again, Err(AccessError::NoSuchInvitation)));
        assert_eq!(access.verify_named("zoé", PASSWORD).unwrap(), Some(login));
        assert_eq!(access.verify_named("Anna", PASSWORD).unwrap(), None);
        assert_eq!(access.verify(PASSWORD).unwrap(), None, "not without a name");

        let (_, code) = access.invite(Role::Staff).unwrap();
        let taken = access.accept(&code, "ZOÉ", PASSWORD);
        assert!(matches!(taken, Err(AccessError::AccountTaken)));
    }

    #[test]
    fn what_a_session_rests_on_follows_its_account() {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::open(folder.path()).unwrap();
        let (_, code) = access.invite(Role::Staff).unwrap();
        access.accept(&code, "Anna", PASSWORD).unwrap();
        let first = access.basis("Anna").unwrap();
        access.set_role("anna", Role::Owner).unwrap();
        let promoted = access.basis("Anna").unwrap();
        assert_eq!(promoted.digest, first.digest, "the session goes on");
        assert_eq!((first.role, promoted.role), (Role::Staff, Role::Owner));
        access
            .set_password_of("ANNA", "five words of somebody")
            .unwrap();
        assert_ne!(access.basis("Anna").unwrap().digest, first.digest);
        assert_eq!(access.remove("Anna").unwrap(), "Anna");
        assert_eq!(access.basis("Anna").unwrap().digest, [0; 32]);
        for name in ["owner", "Staff"] {
            assert!(matches!(access.remove(name), Err(AccessError::BuiltIn)));
        }
    }

    #[test]
    fn a_file_of_a_former_version_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.toml");
        let phc = hash("short pw").unwrap();
        fs::write(&path, format!("owner = \"{phc}\"\n")).unwrap();
        let access = Access::open(folder.path()).unwrap();
        assert_eq!(access.verify("short pw").unwrap(), Some(Role::Owner));
        let login = access.verify_named("Owner", "short pw").unwrap().unwrap();
        assert_eq!((&*login.account, login.role), ("owner", Role::Owner));
    }
}
