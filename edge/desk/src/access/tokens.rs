//! The tokens with which programs use the API, in `tokens.toml`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::AccessError;
use super::file::{Kind, SecretFile};
use super::secret::{self, Fingerprint, as_text, fingerprint, short};

/// The file of the tokens, in the data folder.
const FILE: &str = "tokens.toml";

/// What a token begins with, so that people and scanners for leaked secrets recognise it.
const PREFIX: &str = "kiosk_";

/// The most characters of a token's name: the history names it after the word "token".
pub(super) const LONGEST_NAME: usize = 60;

/// The most tokens.
pub(super) const MOST: usize = 32;

/// What a program with a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// Read lists and figures.
    Read,
    /// What staff may do.
    Staff,
    /// Fetch the camera's picture, and nothing else.
    Camera,
}

impl Scope {
    /// Its name in forms and the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Staff => "staff",
            Self::Camera => "camera",
        }
    }
}

/// What is stored about a token. The token itself is not.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    /// Its name, which no other one has: one line of 1 to 60 characters.
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) created: Timestamp,
    /// The last day on which it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) used: Option<Date>,
    #[serde(with = "as_text")]
    digest: Fingerprint,
}

impl Token {
    /// Whether a text is meant as a token, rather than as a password.
    pub(crate) fn is_meant_by(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The beginning of its digest, which names it in addresses.
    pub(crate) fn id(&self) -> String {
        short(&self.digest)
    }
}

/// The content of the file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default, rename = "token")]
    tokens: Vec<Token>,
}

/// The tokens of programs, by their digests.
///
/// A plain digest is enough, other than for passwords: a token is 256 random bits, and nobody can try
/// so many, however quickly. So checking one costs a request next to nothing.
#[derive(Debug)]
pub(crate) struct Tokens {
    file: SecretFile<Stored>,
    /// The last day on which a token was used, if that was in this run.
    used: Mutex<HashMap<Fingerprint, Date>>,
}

impl Tokens {
    /// The tokens in `folder`, which may have none yet.
    pub(super) fn of(folder: &Path) -> Self {
        let kind = Kind {
            what: "tokens",
            remedy: "remove it and make new ones on the page of the settings",
            check: |_: &Stored| Ok(()),
        };
        Self {
            file: SecretFile::new(folder.join(FILE), kind),
            used: Mutex::default(),
        }
    }

    /// All tokens, in the order in which they were made.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn all(&self) -> Result<Vec<Token>, AccessError> {
        Ok(self.file.read()?.tokens.clone())
    }

    /// Makes a token. Returns what is stored about it, and the token itself, which nobody can read
    /// again.
    ///
    /// # Errors
    /// For a bad name or one too many, if the file cannot be written, or if the system has no random
    /// numbers.
    pub(crate) fn make(&self, name: &str, scope: Scope) -> Result<(Token, String), AccessError> {
        let name = name.trim();
        let length = name.chars().count();
        if !(1..=LONGEST_NAME).contains(&length) || name.contains(char::is_control) {
            return Err(AccessError::TokenName);
        }
        let random = secret::token().map_err(AccessError::NoRandom)?;
        let secret = format!("{PREFIX}{random}");
        let token = Token {
            name: name.to_owned(),
            scope,
            created: Timestamp::now(),
            used: None,
            digest: fingerprint(&secret),
        };
        self.file.change(|stored| {
            if stored.tokens.iter().any(|other| other.name == token.name) {
                return Err(AccessError::TokenTaken);
            }
            if stored.tokens.len() >= MOST {
                return Err(AccessError::TooManyTokens);
            }
            stored.tokens.push(token.clone());
            Ok(())
        })?;
        tracing::info!(token = %token.name, scope = scope.name(), "a token was made");
        Ok((token, secret))
    }

    /// Revokes a token: from now on it is worthless. Returns its name.
    ///
    /// # Errors
    /// [`AccessError::NoSuchToken`], or if the file cannot be written.
    pub(crate) fn revoke(&self, id: &str) -> Result<String, AccessError> {
        let revoked = self.file.change(|stored| {
            let found = stored.tokens.iter().position(|token| token.id() == id);
            Ok(stored.tokens.remove(found.ok_or(AccessError::NoSuchToken)?))
        })?;
        tracing::info!(token = %revoked.name, "a token was revoked");
        Ok(revoked.name)
    }

    /// The token that a program sent, if it is one.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn find(&self, secret: &str) -> Result<Option<Token>, AccessError> {
        let digest = fingerprint(secret);
        let stored = self.file.read()?;
        let found = stored.tokens.iter().find(|token| token.digest == digest);
        Ok(found.cloned())
    }

    /// Whether a token has not been revoked.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn is_valid(&self, token: &Token) -> Result<bool, AccessError> {
        let stored = self.file.read()?;
        let mut tokens = stored.tokens.iter();
        Ok(tokens.any(|stored| stored.digest == token.digest))
    }

    /// Whether it is the first time since the start of the kiosk that this token is used today. If
    /// so, that is to be [stored](Tokens::store_use).
    pub(crate) fn is_first_use(&self, token: &Token, today: Date) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(token.digest, today) != Some(today) && token.used != Some(today)
    }

    /// Stores that a token was used today. Only the day is stored, which spares the disk.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn store_use(&self, token: &Token, today: Date) -> Result<(), AccessError> {
        self.file.change(|stored| {
            let used = stored.tokens.iter_mut();
            for used in used.filter(|stored| stored.digest == token.digest) {
                used.used = Some(today);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn stored(folder: &Path) -> String {
        fs::read_to_string(folder.join(FILE)).unwrap()
    }

    #[test]
    fn a_token_works_after_a_restart_until_it_is_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let (made, secret) = Tokens::of(folder.path())
            .make(" dashboard ", Scope::Read)
            .unwrap();
        let tokens = Tokens::of(folder.path());
        let found = tokens.find(&secret).unwrap().unwrap();
        assert_eq!((&*found.name, found.scope), ("dashboard", Scope::Read));
        assert!(tokens.find("kiosk_guessed").unwrap().is_none());
        tokens.revoke(&made.id()).unwrap();
        assert!(tokens.find(&secret).unwrap().is_none());
        assert!(!tokens.is_valid(&found).unwrap());
        let again = tokens.revoke(&made.id());
        assert!(matches!(again, Err(AccessError::NoSuchToken)));
    }

    #[test]
    fn the_file_has_no_token_and_only_the_kiosk_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(folder.path());
        let (_, secret) = tokens.make("till", Scope::Staff).unwrap();
        let text = stored(folder.path());
        assert!(text.contains("till") && !text.contains(&secret), "{text}");
        assert!(!text.contains(secret.strip_prefix(PREFIX).unwrap()));
        let mode = fs::metadata(folder.path().join(FILE))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn names_are_short_single_and_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(folder.path());
        for name in ["", "  ", "a\nb", "a\0", &"x".repeat(LONGEST_NAME + 1)] {
            let refused = tokens.make(name, Scope::Read);
            assert!(matches!(refused, Err(AccessError::TokenName)), "{name:?}");
        }
        for number in 0..MOST {
            tokens.make(&format!("é{number}"), Scope::Read).unwrap();
        }
        let taken = tokens.make("é7", Scope::Staff);
        assert!(matches!(taken, Err(AccessError::TokenTaken)));
        let full = tokens.make("one more", Scope::Read);
        assert!(matches!(full, Err(AccessError::TooManyTokens)));
        assert_eq!(tokens.all().unwrap().len(), MOST);
    }

    #[test]
    fn a_use_is_stored_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(folder.path());
        let (_, secret) = tokens.make("till", Scope::Read).unwrap();
        let today = Date::constant(2026, 5, 1);
        let token = tokens.find(&secret).unwrap().unwrap();
        assert!(tokens.is_first_use(&token, today));
        tokens.store_use(&token, today).unwrap();
        let after_restart = Tokens::of(folder.path());
        for tokens in [&tokens, &after_restart] {
            let token = tokens.find(&secret).unwrap().unwrap();
            assert_eq!(token.used, Some(today));
            assert!(!tokens.is_first_use(&token, today));
        }
        assert!(after_restart.is_first_use(&token, Date::constant(2026, 5, 2)));
    }

    #[test]
    fn a_damaged_file_lets_no_program_in_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(folder.path());
        for damaged in ["token = 7", "[[token]]\nname = \"x\"", "\u{0}", "guest = 1"] {
            fs::write(folder.path().join(FILE), damaged).unwrap();
            let error = tokens.find("kiosk_x").unwrap_err().to_string();
            assert!(
                error.contains("tokens.toml: not the kiosk's tokens"),
                "{error}"
            );
            assert!(tokens.make("till", Scope::Read).is_err());
            assert_eq!(stored(folder.path()), damaged);
        }
    }
}
