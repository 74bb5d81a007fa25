//! Random tokens, and the digests by which they are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::{Blake2s256, Digest};

/// A digest of 256 bits. Secrets are kept and compared as digests alone: what a comparison's
/// duration tells is of no use, and who reads the memory learns no token.
pub(in crate::desk) type Fingerprint = [u8; 32];

/// A token of 256 random bits, fit for cookies and addresses.
///
/// # Errors
/// Where the system has no random numbers to give.
pub(super) fn token() -> Result<String, getrandom::Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}

/// The digest of a secret (BLAKE2s, RFC 7693).
pub(super) fn fingerprint(secret: &str) -> Fingerprint {
    Blake2s256::digest(secret.as_bytes()).into()
}

/// Whether two secrets are the same.
pub(in crate::desk) fn same(one: &str, other: &str) -> bool {
    fingerprint(one) == fingerprint(other)
}
