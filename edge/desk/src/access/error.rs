//! Why accounts, passwords or tokens cannot be read or changed.

use std::io;
use std::path::PathBuf;

use screens::locale::Message;
use thiserror::Error;

use super::{LENGTHS, Role, accounts, tokens};

/// Why accounts, passwords or tokens cannot be read or changed.
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
    #[error("{}: not the kiosk's {what} ({reason}); {remedy}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What to do.
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
    /// The password is one of those that are guessed first.
    #[error("the password is easy to guess; choose a few words that do not belong together")]
    Common,
    /// The other role already has this password.
    #[error("the {0} already has this password, and the password decides the role; choose another")]
    Taken(Role),
    /// The system has no random numbers, or not enough memory for Argon2.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    /// The name of an account is empty, too long, not one line, or begins with a mark.
    #[error(
        "an account needs a name of 1 to {most} characters that begins with a letter or a digit",
        most = accounts::LONGEST_NAME
    )]
    AccountName,
    /// Another account has this name, or it means something else.
    #[error("the name is taken; choose another")]
    AccountTaken,
    /// There are as many accounts as there can be.
    #[error("there are {most} accounts already; remove one that is not used", most = accounts::MOST)]
    TooManyAccounts,
    /// There is no such account.
    #[error("there is no account of that name")]
    NoSuchAccount,
    /// The account is one of the two that every kiosk has.
    #[error("the accounts owner and staff cannot be changed or removed")]
    BuiltIn,
    /// The invitation was used, is too old, or never existed.
    #[error("the invitation was used or has expired; ask the owner for another")]
    NoSuchInvitation,
    /// There are as many invitations as there can be.
    #[error(
        "{most} invitations are open already; withdraw one of them",
        most = accounts::MOST_INVITATIONS
    )]
    TooManyInvitations,
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
    #[error("no secret can be made: {0}")]
    NoRandom(getrandom::Error),
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

    /// The text that says what is wrong with the name or the password of an account, or with an
    /// invitation; `None` for anything else.
    pub(crate) fn wrong_account(&self) -> Option<&'static str> {
        Some(match self {
            Self::Length(_) => "password-wrong-length",
            Self::Common => "password-wrong-common",
            Self::Taken(_) => "password-wrong-taken",
            Self::AccountName => "account-wrong-name",
            Self::AccountTaken => "account-wrong-taken",
            Self::TooManyAccounts => "account-wrong-many",
            Self::NoSuchAccount => "account-wrong-gone",
            Self::BuiltIn => "account-wrong-shared",
            Self::NoSuchInvitation => "invitation-wrong-gone",
            Self::TooManyInvitations => "invitation-wrong-many",
            _ => return None,
        })
    }
}
