//! The kiosk's own authority, which devices in the daycare install once, and what it issues.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use super::certificate::Facts;
use super::{Hosts, TlsError};

/// How long the authority is valid, in days: ten years.
const AUTHORITY_DAYS: i64 = 3653;

/// How long a certificate is valid, in days. Apple's devices accept 825 at most.
const CERTIFICATE_DAYS: i64 = 397;

/// A clock may be this late, in days, and still find a new certificate valid.
const LATE_DAYS: i64 = 1;

/// No kiosk made an authority before this time, in seconds since 1970: 2025 began. A kiosk whose
/// clock is years late makes one that is valid all the same.
const FIRST: i64 = 1_735_689_600;

/// An authority with its private key. What it signs, a browser accepts that trusts it.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// When it ends.
    pub(super) until: Timestamp,
    /// Certificate and key in one text, so that one is never stored without the other.
    pub(super) pem: String,
}

impl Authority {
    pub(super) fn new(now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let first = Timestamp::from_second(FIRST).unwrap_or(now);
        let until = after(now.max(first), AUTHORITY_DAYS);
        let mut about = about(&key);
        about.not_before = date_time_ymd(1970, 1, 1) + since_1970(first);
        about.not_after = date_time_ymd(1970, 1, 1) + since_1970(until);
        let certificate = about.self_signed(&key)?;
        Ok(Self {
            pem: format!("{}{}", certificate.pem(), key.serialize_pem()),
            certificate: certificate.der().clone(),
            until,
            issuer: Issuer::new(about, key),
        })
    }

    /// Reads what was stored of [`Authority::pem`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let certificate = CertificateDer::from_pem_slice(text).map_err(|it| it.to_string())?;
        let key = PrivateKeyDer::from_pem_slice(text).map_err(|it| it.to_string())?;
        let key = KeyPair::try_from(&key).map_err(|it| it.to_string())?;
        let authority = Self {
            until: Facts::of(&certificate)?.until,
            certificate,
            issuer: Issuer::new(about(&key), key),
            pem: String::from_utf8_lossy(text).into_owned(),
        };
        if !authority.has_signed(&authority.certificate) {
            return Err("certificate and key do not belong together".to_owned());
        }
        Ok(authority)
    }

    /// Its certificate, in DER format.
    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// What lists of authorities call it.
    pub(super) fn name(&self) -> String {
        name(self.issuer.key())
    }

    /// The SHA-256 of its certificate, as devices show it: pairs of hexadecimal digits.
    pub(super) fn fingerprint(&self) -> String {
        hexadecimal(digest(&SHA256, &self.certificate).as_ref()).join(" ")
    }

    /// Issues a certificate for these hosts. Returns it with its key in one text, as
    /// `Identity::from_pem` reads it.
    pub(super) fn issue(&self, hosts: &Hosts, now: Timestamp) -> Result<String, TlsError> {
        let key = KeyPair::generate()?;
        let names = hosts.list();
        let mut about = CertificateParams::new(names)?;
        about.distinguished_name = called("Breed Kiosk");
        about.not_before = date_time_ymd(1970, 1, 1) + since_1970(after(now, -LATE_DAYS));
        let until = after(now, CERTIFICATE_DAYS - LATE_DAYS);
        about.not_after = date_time_ymd(1970, 1, 1) + since_1970(until);
        about.is_ca = IsCa::ExplicitNoCa;
        about.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        about.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        about.use_authority_key_identifier_extension = true;
        let issued = about.signed_by(&key, &self.issuer)?;
        Ok(format!("{}{}", issued.pem(), key.serialize_pem()))
    }

    /// Whether this authority has signed a certificate, and nothing of it has changed since.
    pub(super) fn has_signed(&self, certificate: &[u8]) -> bool {
        let Ok(parsed) = Certificate::from_der(certificate) else {
            return false;
        };
        let Ok(signed) = parsed.tbs_certificate.to_der() else {
            return false;
        };
        let key = self.issuer.key().public_key_raw();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
        key.verify(&signed, parsed.signature.raw_bytes()).is_ok()
    }
}

/// What the certificate of an authority with this key says. The same key gives the same name, so that
/// the name need not be read from the certificate.
fn about(key: &KeyPair) -> CertificateParams {
    let mut about = CertificateParams::default();
    about.distinguished_name = called(&name(key));
    // It signs no other authorities.
    about.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    about.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    about
}

/// Its name has a part of its own, because a device may trust the authorities of several kiosks.
fn name(key: &KeyPair) -> String {
    let digest = digest(&SHA256, key.public_key_raw());
    format!(
        "Breed Kiosk {}",
        hexadecimal(&digest.as_ref()[..3]).concat()
    )
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

fn hexadecimal(bytes: &[u8]) -> Vec<String> {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn after(moment: Timestamp, days: i64) -> Timestamp {
    let later = moment.checked_add(SignedDuration::from_hours(24 * days));
    later.unwrap_or(moment)
}

fn since_1970(moment: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(moment.as_second()).unwrap_or(0))
}
