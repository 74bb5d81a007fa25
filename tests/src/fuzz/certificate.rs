//! The certificate and the key that the owner gives to the kiosk.

use std::fs;
use std::io::Write;

use desk::tls::{self, Hosts, Tls};
use jiff::Timestamp;
use tempfile::{NamedTempFile, TempDir};

/// A file with a certificate and its key: whatever is in it, the page is encrypted, and its owner is
/// told what is wrong with a file that is not accepted.
///
/// # Panics
/// If that is not so.
#[must_use]
pub fn certificate(bytes: &[u8]) -> bool {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("it is written");
    let now = Timestamp::now();
    let is_accepted = tls::check(file.path(), file.path(), now).is_ok();
    let shown = Tls::files(file.path(), file.path(), Box::new(Hosts::default), now);
    let shown = shown.expect("a certificate to show");
    let notices = shown.notices();
    assert_eq!(notices.is_empty(), is_accepted, "{notices:?}");
    is_accepted
}

/// What the kiosk makes for itself.
pub(super) fn certificates() -> Vec<Vec<u8>> {
    let folder = TempDir::new().expect("a data folder");
    let made = Tls::made(folder.path(), Box::new(Hosts::default), Timestamp::now());
    made.expect("a certificate");
    let file = folder.path().join("tls/certificate.pem");
    vec![fs::read(file).expect("the certificate")]
}
