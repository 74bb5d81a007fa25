//! The signature of a bundle or a package, and the public key that it is checked with.

use edge::models::install::{Terms, check_signature};

/// The public key that minisign's documentation gives as an example.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

/// A signature of [`SIGNED`] with it.
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key\n\
    RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
    trusted comment: timestamp:1633700835\tfile:test\tprehashed\n\
    wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";

/// What was signed.
const SIGNED: &[u8] = b"test";

/// A public key, a signature and a file, with a NUL after each of the first two: no file but the one that
/// was signed is accepted with the key.
///
/// # Panics
/// If another one is.
#[must_use]
pub fn signature(bytes: &[u8]) -> bool {
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (key, signature, file) = (part(), part(), part());
    let keys = [String::from_utf8_lossy(key).into_owned()];
    let terms = Terms {
        keys: &keys,
        unsigned: false,
        older: false,
    };
    let is_accepted = check_signature(file, Some(signature), terms).is_ok();
    if is_accepted && keys[0].trim() == KEY {
        assert_eq!(file, SIGNED, "nobody has signed it");
    }
    is_accepted
}

pub(super) fn signatures() -> Vec<Vec<u8>> {
    vec![[KEY.as_bytes(), SIGNATURE.as_bytes(), SIGNED].join(&0_u8)]
}
