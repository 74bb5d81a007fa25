//! Random tokens, and the digests that are stored in their place.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::{Blake2s256, Digest};

/// A digest of 256 bits. Secrets are stored and compared as digests alone: the duration of a
/// comparison reveals nothing, and nobody who reads the memory learns a token.
pub(crate) type Fingerprint = [u8; 32];

/// A token of 256 random bits, fit for cookies and addresses.
///
/// # Errors
/// If the system has no random numbers.
pub(crate) fn token() -> Result<String, getrandom::Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}

/// The digest of a secret (BLAKE2s, RFC 7693).
pub(crate) fn fingerprint(secret: &str) -> Fingerprint {
    Blake2s256::digest(secret.as_bytes()).into()
}

/// The beginning of a digest, which names in addresses what has it.
pub(super) fn short(digest: &Fingerprint) -> String {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    format!("{:016x}", u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// A digest as text, for a file.
pub(super) mod as_text {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Fingerprint;

    pub(crate) fn serialize<S: Serializer>(
        digest: &Fingerprint,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(digest))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Fingerprint, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(D::Error::custom)?;
        bytes.try_into().map_err(|_| D::Error::custom("no digest"))
    }
}
