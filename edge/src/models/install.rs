//! Installs a bundle, from a file or from the hub of a chain: its signature, a trial and its age are
//! checked, in this order, and then it takes its place.

use std::io::Write;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use minisign_verify::{Error as SignatureError, PublicKey, Signature};
use recognise::{Bundle, BundleError};
use thiserror::Error;

use super::trial::{self, Trial, TrialError};
use super::{Models, ModelsError, about};

/// Which bundles may be installed.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The public keys of minisign: they must be signed with one of these.
    pub keys: &'a [String],
    /// Whether one may be installed that nobody signed, or of which nobody can check who did.
    pub unsigned: bool,
    /// Whether one may be installed that is older than the one in use.
    pub older: bool,
}

/// Why a bundle was not installed. The one before it is still in use.
#[derive(Debug, Error)]
pub enum InstallError {
    /// It does not fit the terms.
    #[error("{name}: {why}")]
    Refused {
        /// What messages call the bundle.
        name: String,
        /// Why.
        why: Refusal,
    },
    /// It did not pass its trial, or there was none.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// It cannot be put in its place.
    #[error(transparent)]
    Models(#[from] ModelsError),
}

/// Why a bundle does not fit the terms.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no signature, or no key to check it with.
    #[error(
        "it cannot be told who made it: it takes a signature beside it (.minisig) and the signer's \
         public key in kiosk.toml (model_key)"
    )]
    Unsigned,
    /// A key is none.
    #[error("model_key in kiosk.toml is no public key of minisign")]
    NoKey,
    /// The signature cannot be read.
    #[error("its signature is damaged; copy both files again")]
    DamagedSignature,
    /// Somebody else signed it.
    #[error("it is signed with another key than model_key in kiosk.toml")]
    OtherKey,
    /// The signature is of another file.
    #[error("it was changed after it had been signed; get it again")]
    Changed,
    /// It is older than the one in use.
    #[error("it was trained {trained}, and the one in use {current}")]
    Older {
        /// When it was trained.
        trained: String,
        /// The same of the one in use.
        current: String,
    },
}

impl InstallError {
    /// Whether this says nothing about the bundle: another time, it may be installed.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Models(_) | Self::Trial(TrialError::NotMade { .. })
        )
    }
}

impl Models {
    /// Checks a bundle, tries it and installs it on probation. Messages call it `name`. Nothing of it
    /// is parsed before its signature has been checked.
    ///
    /// # Errors
    /// Why it is not installed.
    pub fn try_and_install(
        &self,
        name: &str,
        bytes: Vec<u8>,
        signature: Option<&[u8]>,
        terms: Terms<'_>,
    ) -> Result<Trial, InstallError> {
        let refused = |why| InstallError::Refused {
            name: name.to_owned(),
            why,
        };
        check_signature(&bytes, signature, terms).map_err(refused)?;
        let mut file = self.scratch()?;
        let failed = about(file.path());
        let written = file.write_all(&bytes);
        let synced = written.and_then(|()| file.as_file().sync_all());
        synced.map_err(failed)?;
        drop(bytes);
        let trial = trial::run(file.path(), name)?;
        if !terms.older {
            self.check_age(&trial.trained).map_err(refused)?;
        }
        self.install(file)?;
        Ok(trial)
    }

    fn check_age(&self, trained: &str) -> Result<(), Refusal> {
        // One that cannot be read is to be replaced, by whatever.
        let Ok(current) = self.in_place() else {
            return Ok(());
        };
        let current = current.metadata.trained.when;
        let is_older = match (time(trained), time(&current)) {
            (Some(new), Some(current)) => new < current,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if !is_older {
            return Ok(());
        }
        Err(Refusal::Older {
            trained: trained.replace(char::is_control, "?"),
            current: current.replace(char::is_control, "?"),
        })
    }

    /// The installed bundle, or the built-in one where there is none.
    fn in_place(&self) -> Result<Bundle, BundleError> {
        let current = self.current();
        match current.try_exists() {
            Ok(false) => Bundle::embedded(),
            // A folder that may not be read has one for all that is known.
            Ok(true) | Err(_) => Bundle::read(&current),
        }
    }
}

/// Checks who made a bundle or a package.
///
/// # Errors
/// Why its signature does not fit the terms. [`Terms::older`] does not matter here.
pub fn check_signature(
    bytes: &[u8],
    signature: Option<&[u8]>,
    terms: Terms<'_>,
) -> Result<(), Refusal> {
    let Some(signature) = signature.filter(|_| !terms.keys.is_empty()) else {
        return if terms.unsigned {
            Ok(())
        } else {
            Err(Refusal::Unsigned)
        };
    };
    let keys = (terms.keys.iter()).map(|key| PublicKey::from_base64(key.trim()));
    let keys: Vec<_> = keys.collect::<Result<_, _>>().map_err(|_| Refusal::NoKey)?;
    let signature = String::from_utf8_lossy(signature);
    let signature = Signature::decode(&signature).map_err(|_| Refusal::DamagedSignature)?;
    for key in keys {
        match key.verify(bytes, &signature, false) {
            Ok(()) => return Ok(()),
            Err(SignatureError::UnexpectedKeyId) => {}
            Err(_) => return Err(Refusal::Changed),
        }
    }
    Err(Refusal::OtherKey)
}

/// When a network was trained: an RFC 3339 time, or a date, which begins at midnight.
fn time(when: &str) -> Option<Timestamp> {
    let time = when.parse::<Timestamp>().ok();
    time.or_else(|| {
        let date = when.parse::<Date>().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;

    use super::*;

    #[test]
    fn whoever_has_one_of_the_keys_may_sign() {
        let [own, release, other] =
            [(); 3].map(|()| KeyPair::generate_unencrypted_keypair().unwrap());
        let keys = [&own, &release].map(|pair| pair.pk.to_base64());
        let terms = Terms {
            keys: &keys,
            unsigned: false,
            older: false,
        };
        for (signer, expected) in [
            (own, Ok(())),
            (release, Ok(())),
            (other, Err(Refusal::OtherKey)),
        ] {
            let signature = minisign::sign(None, &signer.sk, &b"a bundle"[..], None, None);
            let signature = signature.unwrap().to_string();
            let check = |bytes| check_signature(bytes, Some(signature.as_bytes()), terms);
            assert_eq!(check(b"a bundle"), expected);
            let changed = expected.and(Err(Refusal::Changed));
            assert_eq!(check(b"a burden"), changed);
        }
    }
}
