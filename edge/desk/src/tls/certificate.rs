//! Reads certificates and keys: the owner's own files, and those that the kiosk made.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::TlsError;

/// The most bytes of a file with a certificate or a key.
const MOST: u64 = 1 << 20;

/// A certificate with its private key and the intermediate certificates, ready to be shown.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) facts: Facts,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The names and addresses that it is for.
    pub(super) names: Vec<String>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Identity {
    /// Reads the owner's own files. Whether the certificate is valid now is another question:
    /// [`Facts::check`].
    pub(super) fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let damaged = |reason: String| TlsError::Certificate {
            path: certificate.to_owned(),
            reason,
        };
        let text = read_file(certificate)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let chain = chain.map_err(|error| damaged(error.to_string()))?;
        let Some(first) = chain.first() else {
            let path = certificate.to_owned();
            return Err(TlsError::NoCertificate { path });
        };
        let facts = Facts::of(first).map_err(damaged)?;
        let private = private_key(key)?;
        let certified = CertifiedKey::from_der(chain, private, &default_provider());
        let certified = certified.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
            },
            other => TlsError::Key {
                path: key.to_owned(),
                reason: other.to_string(),
            },
        })?;
        Ok(Self {
            certified: certified.into(),
            facts,
        })
    }

    /// A certificate and its key in one text, as the kiosk keeps its own.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let certificate = CertificateDer::from_pem_slice(text).map_err(|it| it.to_string())?;
        let key = PrivateKeyDer::from_pem_slice(text).map_err(|it| it.to_string())?;
        let facts = Facts::of(&certificate)?;
        let certified = CertifiedKey::from_der(vec![certificate], key, &default_provider());
        let certified = certified.map_err(|it| it.to_string())?;
        Ok(Self {
            certified: certified.into(),
            facts,
        })
    }
}

impl Facts {
    /// What a certificate in DER format says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn of(certificate: &[u8]) -> Result<Self, String> {
        let parsed = Certificate::from_der(certificate).map_err(|it| it.to_string())?;
        let about = &parsed.tbs_certificate;
        let names = about.get::<SubjectAltName>();
        let names = names.map_err(|it| it.to_string())?;
        let names = names.map_or_else(Vec::new, |(_, names)| names.0);
        let (from, until) = (about.validity.not_before, about.validity.not_after);
        Ok(Self {
            names: names.iter().filter_map(name).collect(),
            from: moment(from.to_unix_duration().as_secs()),
            until: moment(until.to_unix_duration().as_secs()),
        })
    }

    /// Whether the certificate of this file is valid now.
    pub(super) fn check(&self, path: &Path, now: Timestamp) -> Result<(), TlsError> {
        let path = path.to_owned();
        let (from, until) = (self.from, self.until);
        if now > until {
            return Err(TlsError::Expired { path, until });
        }
        if now < from {
            return Err(TlsError::Early { path, from });
        }
        Ok(())
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let address = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            let address = address.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn moment(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read_file(path)?;
    let path = path.to_owned();
    // PKCS #8 says so in the label, the older formats in a header (RFC 1421).
    if String::from_utf8_lossy(&text).contains("ENCRYPTED") {
        return Err(TlsError::Passphrase { path });
    }
    let Some(key) = PrivateKeyDer::pem_slice_iter(&text).next() else {
        return Err(TlsError::NoKey { path });
    };
    key.map_err(|error| TlsError::Key {
        path,
        reason: error.to_string(),
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, TlsError> {
    read_bytes(path).map_err(|error| {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::NotFound => TlsError::Missing { path },
            _ => TlsError::Unreadable { path, error },
        }
    })
}

/// Reads a file, 1 MiB at most.
pub(super) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut text)?;
    Ok(text)
}
