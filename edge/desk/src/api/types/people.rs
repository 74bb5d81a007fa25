//! Accounts, invitations, sessions, and the record of what people did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{self, Entry, Listed, Role, SessionId};

/// An account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account {
    /// Its name, which no other one has. The history names the author of its changes by it.
    name: String,
    /// What it may do.
    role: Role,
    /// When it was made; `null` for `owner` and `staff`, which every kiosk has.
    created: Option<Timestamp>,
}

impl Account {
    /// An account that every kiosk has.
    pub(crate) fn shared(role: Role) -> Self {
        Self {
            name: role.name().to_owned(),
            role,
            created: None,
        }
    }
}

impl From<access::Account> for Account {
    fn from(account: access::Account) -> Self {
        Self {
            name: account.name,
            role: account.role,
            created: Some(account.created),
        }
    }
}

/// What an account may do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Right {
    /// The role.
    pub(crate) role: Role,
}

/// An invitation that can still be accepted. Its code is not stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// Its id, for withdrawing it.
    id: String,
    /// What the account may do that is made with it.
    role: Role,
    /// When it was made.
    made: Timestamp,
    /// When it expires.
    until: Timestamp,
}

impl From<access::Invitation> for Invitation {
    fn from(invitation: access::Invitation) -> Self {
        Self {
            id: invitation.id(),
            role: invitation.role,
            made: invitation.made,
            until: invitation.until(),
        }
    }
}

/// An invitation that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeInvitation {
    /// What is known of it.
    #[serde(flatten)]
    about: Invitation,
    /// The code, which is shown this once. People open `/invitation?code=` and the code.
    code: String,
}

impl MadeInvitation {
    pub(crate) fn new(about: access::Invitation, code: String) -> Self {
        let about = about.into();
        Self { about, code }
    }
}

/// What somebody who was invited chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// The code of the invitation.
    pub(crate) code: String,
    /// The account's name: 1 to 40 characters, of which the first is a letter or a digit.
    pub(crate) name: String,
    /// The password: 10 to 200 characters, and not easy to guess.
    pub(crate) password: String,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// The present password of the user who sets the other one.
    #[serde(default)]
    pub(crate) former: String,
    /// The other password: 10 to 200 characters, and not easy to guess.
    pub(crate) password: String,
}

/// Where somebody is logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedSession {
    /// Its id, for ending it.
    id: String,
    /// The account's name.
    account: String,
    /// The address that it was used from last.
    address: String,
    /// What its browser calls itself; empty if it does not say.
    agent: String,
    /// When somebody logged in.
    began: Timestamp,
    /// When it was used last.
    used: Timestamp,
    /// Whether it is the one of this request.
    present: bool,
}

impl ListedSession {
    pub(crate) fn new(listed: Listed, present: SessionId) -> Self {
        Self {
            id: listed.session.id(),
            account: listed.account,
            address: listed.address,
            agent: listed.agent,
            began: listed.began,
            used: listed.used,
            present: listed.session == present,
        }
    }
}

/// An entry of the record of what people did.
#[derive(Serialize, ToSchema)]
pub(crate) struct Record {
    /// When it was.
    at: Timestamp,
    /// What it was: `login`, `login_failed`, `logout`, `password`, `invitation`,
    /// `invitation_withdrawn`, `account`, `role`, `account_removed`, `session_revoked`, `export`,
    /// `contacts`, `backup`, `backup_passphrase`, `backup_passphrase_removed`, `restore`, `settings`,
    /// `setup_begun`, `setup`, `setup_failed`, `clock`, `token`, `token_revoked`, `webhook`,
    /// `animal_forgotten`, `owner_erased`, `breed_forgotten` or `breed_allowed`.
    event: String,
    /// The account that did it; empty if nobody was logged in.
    by: String,
    /// The address that it came from, or `terminal`; empty for the kiosk's own buttons.
    from: String,
    /// What it is about: an account, a role, a token, a file, a breed, the settings that were changed (as in
    /// `keep_days, name`), who was forgotten, or whose contacts were read (as in `animals 1-3, 7 and 12
    /// more; owners 2`, with `former: ` before each of the former catalogue), or whether the kiosk was set
    /// up for the `first` time or `again`. Often empty.
    about: String,
}

impl From<Entry> for Record {
    fn from(entry: Entry) -> Self {
        Self {
            at: entry.at,
            event: entry.event.name().to_owned(),
            by: entry.by,
            from: entry.from,
            about: entry.about,
        }
    }
}
