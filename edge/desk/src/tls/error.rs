//! What is wrong with a certificate, its key or the kiosk's authority.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use screens::locale::Message;
use thiserror::Error;

/// What is wrong with a certificate, its key or the kiosk's authority, and what to do about it.
#[derive(Debug, Error)]
pub enum TlsError {
    /// There is no such file, as far as the kiosk can see.
    #[error(
        "{}: there is no such file; name it in [tls] of kiosk.toml. The service sees nothing below /home, \
         /root, /tmp and /var/tmp",
        .path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{}: cannot be read ({error}); let the kiosk's user read it", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file cannot be written, so that what it should keep is lost at the kiosk's end.
    #[error("{}: cannot be written ({error}); the certificate is kept until the kiosk ends", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There is no certificate in PEM format in the file.
    #[error(
        "{}: there is no certificate in it; use a file in PEM format, with -----BEGIN CERTIFICATE-----",
        .path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The certificate cannot be used.
    #[error("{}: the certificate is damaged ({reason}); copy it again", .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no private key in PEM format in the file.
    #[error(
        "{}: there is no private key in it; use a file in PEM format, with -----BEGIN PRIVATE KEY-----",
        .path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is encrypted.
    #[error(
        "{}: the key has a passphrase, which nobody can type at the kiosk's start; write it without \
         one (openssl pkey -in KEY -out NEW)",
        .path.display()
    )]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// The key cannot be used.
    #[error("{}: the private key cannot be used ({reason})", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key is another certificate's.
    #[error(
        "{}: this key does not belong to the first certificate in {}; name the two files that were \
         made together, the kiosk's own certificate before those of its authorities",
        .key.display(),
        .certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate is no longer valid.
    #[error("{}: the certificate expired on {until}; renew it", .path.display())]
    Expired {
        /// The certificate's file.
        path: PathBuf,
        /// When it expired.
        until: Timestamp,
    },
    /// The certificate is not valid yet.
    #[error("{}: the certificate is valid only from {from} on; is the clock right?", .path.display())]
    Early {
        /// The certificate's file.
        path: PathBuf,
        /// When it begins to be valid.
        from: Timestamp,
    },
    /// The kiosk had another authority before, not long ago.
    #[error(
        "{}: the kiosk's former authority, which is not used any more; devices that warn of the page \
         install the present one from /authority. This warning ends after 30 days, or when this file \
         is removed",
        .path.display()
    )]
    Replaced {
        /// Where it was set aside.
        path: PathBuf,
    },
    /// No certificate can be made.
    #[error("no certificate can be made: {0}")]
    Making(#[from] rcgen::Error),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

impl TlsError {
    /// The same for people, in their language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Missing { path } => {
                Message::new("notice-tls-missing").with("file", path.display())
            }
            Self::Unreadable { path, error } => Message::new("notice-tls-unreadable")
                .with("file", path.display())
                .with("reason", error),
            Self::Unwritable { path, error } => Message::new("notice-tls-unwritable")
                .with("file", path.display())
                .with("reason", error),
            Self::NoCertificate { path } => {
                Message::new("notice-tls-no-certificate").with("file", path.display())
            }
            Self::Certificate { path, reason } => Message::new("notice-tls-certificate")
                .with("file", path.display())
                .with("reason", reason),
            Self::NoKey { path } => Message::new("notice-tls-no-key").with("file", path.display()),
            Self::Passphrase { path } => {
                Message::new("notice-tls-passphrase").with("file", path.display())
            }
            Self::Key { path, reason } => Message::new("notice-tls-key")
                .with("file", path.display())
                .with("reason", reason),
            Self::Mismatch { certificate, key } => Message::new("notice-tls-mismatch")
                .with("file", key.display())
                .with("certificate", certificate.display()),
            Self::Expired { path, .. } => {
                Message::new("notice-tls-expired").with("file", path.display())
            }
            Self::Early { path, .. } => {
                Message::new("notice-tls-early").with("file", path.display())
            }
            Self::Replaced { path } => {
                Message::new("notice-tls-replaced").with("file", path.display())
            }
            Self::Making(error) => Message::new("notice-tls-failed").with("reason", error),
            Self::Library(error) => Message::new("notice-tls-failed").with("reason", error),
        }
    }
}
