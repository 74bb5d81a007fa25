//! TLS: whom a link trusts, and what it shows of itself.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use screens::locale::Message;

/// The files that the settings of a link name. All of them are PEM.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TlsFiles<'a> {
    /// The certificates of authorities to trust in place of the system's.
    pub(crate) ca: Option<&'a Path>,
    /// The certificate that the kiosk shows, with the intermediate ones after it.
    pub(crate) certificate: Option<&'a Path>,
    /// Its private key.
    pub(crate) key: Option<&'a Path>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read ({source}); let the kiosk's user read it", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file has no certificate, or no private key, that can be used.
    #[error("{}: {reason}; use a file in PEM format", .file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Only one of certificate and key is named.
    #[error("certificate and key belong together: name both of them, or none")]
    Half,
    /// The system has no certificates of authorities.
    #[error(
        "this system has no certificates of authorities; install ca-certificates, or name a file as ca"
    )]
    NoAuthorities,
    /// The TLS library refuses this.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

impl TlsError {
    /// The same for people, in their language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Read { file, source } => Message::new("link-tls-file-unreadable")
                .with("file", file.display())
                .with("reason", source),
            Self::Content { file, reason } => Message::new("link-tls-file-content")
                .with("file", file.display())
                .with("reason", reason),
            Self::Half => Message::new("link-tls-half"),
            Self::NoAuthorities => Message::new("link-tls-no-authorities"),
            Self::Library(error) => Message::new("link-tls-set-up").with("reason", error),
        }
    }
}

/// What rustls needs. It always checks that the other side's certificate is valid and is for the
/// name that was called. Reads the files again, so that renewed certificates are used from the next
/// connection on.
pub(crate) fn client_config(files: TlsFiles<'_>) -> Result<ClientConfig, TlsError> {
    let identity = match (files.certificate, files.key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificates(certificate)?, private_key(key)?)),
        _ => return Err(TlsError::Half),
    };
    // Named, because the process may have no default, or another one.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities(files.ca)?);
    match identity {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key)) => Ok(builder.with_client_auth_cert(chain, key)?),
    }
}

fn authorities(ca: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let Some(file) = ca else {
        let (usable, _) =
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return match usable {
            0 => Err(TlsError::NoAuthorities),
            _ => Ok(roots),
        };
    };
    for certificate in certificates(file)? {
        let added = roots.add(certificate);
        added.map_err(|error| content(file, error))?;
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(file)?;
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = parsed.map_err(|error| content(file, error))?;
    if certificates.is_empty() {
        return Err(content(file, "there is no certificate in it"));
    }
    Ok(certificates)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let bytes = read(file)?;
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| content(file, "there is no private key in it that can be read"))
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(file).map_err(|source| TlsError::Read {
        file: file.to_owned(),
        source,
    })
}

fn content(file: &Path, reason: impl ToString) -> TlsError {
    TlsError::Content {
        file: file.to_owned(),
        reason: reason.to_string(),
    }
}

/// What people are told where TLS is the cause of an error: `host` is of another name, expired and
/// so on. `None` where TLS is not the cause.
pub(crate) fn message_of(error: &(dyn Error + 'static), host: &str) -> Option<Message> {
    let error = cause(error)?;
    let message = match error {
        rustls::Error::InvalidCertificate(invalid) => match invalid {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Message::new("link-tls-name")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Message::new("link-tls-expired")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Message::new("link-tls-not-yet")
            }
            CertificateError::UnknownIssuer => Message::new("link-tls-issuer"),
            _ => Message::new("link-tls-other").with("reason", error),
        },
        rustls::Error::AlertReceived(_) => Message::new("link-tls-refused").with("reason", error),
        _ => Message::new("link-tls-other").with("reason", error),
    };
    Some(message.with("host", host))
}

/// The error of rustls among the causes of an error.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An I/O error does not count what it carries among its sources.
        let carried = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match carried {
            Some(carried) => Some(carried as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_another_name_is_found_below_other_errors() {
        let invalid = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        let error = io::Error::other(io::Error::other(invalid));
        let message = message_of(&error, "hub.example").unwrap();
        assert_eq!(
            message,
            Message::new("link-tls-name").with("host", "hub.example")
        );

        let other = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(message_of(&other, "hub.example"), None);
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.pem");
        let empty = folder.path().join("empty.pem");
        fs::write(&empty, "no certificate").unwrap();
        let cases = [
            (Some(&missing), None, None, "missing.pem: cannot be read"),
            (
                Some(&empty),
                None,
                None,
                "empty.pem: there is no certificate",
            ),
            (None, Some(&empty), None, "name both"),
            (None, None, Some(&empty), "name both"),
        ];
        for (ca, certificate, key, expected) in cases {
            let files = TlsFiles {
                ca: ca.map(PathBuf::as_path),
                certificate: certificate.map(PathBuf::as_path),
                key: key.map(PathBuf::as_path),
            };
            let error = client_config(files).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
