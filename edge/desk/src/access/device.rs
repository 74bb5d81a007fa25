//! Browsers that somebody logged in with before: a cookie tells them from strangers.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};

use super::AccessError;
use super::file::{Kind, SecretFile};
use super::secret::{self, Fingerprint, fingerprint};

/// The file of the key, in the data folder.
const FILE: &str = "devices.toml";

/// Makes and recognises the cookies of browsers that logged in before. A cookie is a random number and
/// its HMAC-SHA256 by a key that only the kiosk has: nothing is stored about a browser, and nobody
/// can make up a cookie. It logs nobody in; it only keeps a browser apart from strangers when
/// attempts to log in are slowed down.
#[derive(Debug)]
pub(crate) struct Devices {
    file: SecretFile<Stored>,
}

/// The content of the file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    /// The key; `None` before anybody logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl Devices {
    /// The key in `folder`, which is made when it is needed first.
    pub(super) fn of(folder: &Path) -> Self {
        let kind = Kind {
            what: "key of known browsers",
            remedy: "remove it and log in again",
            check: |_: &Stored| Ok(()),
        };
        Self {
            file: SecretFile::new(folder.join(FILE), kind),
        }
    }

    /// A cookie for a browser that has none.
    ///
    /// # Errors
    /// If the file cannot be read or written, or if the system has no random numbers.
    pub(crate) fn cookie(&self) -> Result<String, AccessError> {
        let stored = self.file.read()?;
        let key = match stored.key.clone() {
            Some(key) => key,
            None => {
                let fresh = secret::token().map_err(AccessError::NoRandom)?;
                // Somebody else may have been quicker.
                self.file
                    .change(|stored| Ok(stored.key.get_or_insert(fresh).clone()))?
            }
        };
        let number = secret::token().map_err(AccessError::NoRandom)?;
        let tag = hmac::sign(&key_of(&key), number.as_bytes());
        Ok(format!("{number}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref())))
    }

    /// Which browser a cookie is of; `None` if the kiosk did not make it.
    pub(crate) fn recognise(&self, cookie: &str) -> Option<Fingerprint> {
        let key = match self.file.read() {
            Ok(stored) => stored.key.clone()?,
            Err(error) => {
                tracing::warn!(%error, "every browser is a stranger");
                return None;
            }
        };
        let (number, tag) = cookie.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&key_of(&key), number.as_bytes(), &tag).ok()?;
        Some(fingerprint(number))
    }
}

fn key_of(key: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_recognised_by_its_own_cookie_alone_and_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let devices = Devices::of(folder.path());
        assert_eq!(devices.recognise("x.y"), None, "before anybody logged in");
        let (one, other) = (devices.cookie().unwrap(), devices.cookie().unwrap());
        let restarted = Devices::of(folder.path());
        let known = restarted.recognise(&one);
        assert!(known.is_some() && known == devices.recognise(&one));
        assert_ne!(known, restarted.recognise(&other));
        let (number, _) = one.split_once('.').unwrap();
        let (_, tag) = other.split_once('.').unwrap();
        for made_up in ["", ".", number, &format!("{number}.{tag}"), "a.b.c"] {
            assert_eq!(restarted.recognise(made_up), None, "{made_up}");
        }
    }
}
