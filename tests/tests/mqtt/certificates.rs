//! The certificates of a broker and a kiosk.

use std::fs;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;

/// An authority, and the files with what it issued.
pub(super) struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// The files of a certificate.
pub(super) struct Certificate {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut about = CertificateParams::default();
        about.distinguished_name = called(name);
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        about.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(about, key).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder for certificates");
        fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("a file");
        Self { folder, issuer }
    }

    /// The file with its own certificate.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Issues a certificate for a host, valid until the beginning of a year.
    pub(super) fn issue(&self, host: &str, year: i32) -> Certificate {
        let mut about = CertificateParams::new([host.to_owned()]).expect("a name");
        about.distinguished_name = called(host);
        about.not_before = date_time_ymd(2020, 1, 1);
        about.not_after = date_time_ymd(year, 1, 1);
        about.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate().expect("a key");
        let issued = about.signed_by(&key, &*self.issuer).expect("a certificate");
        let file = |end: &str| self.folder.path().join(format!("{host}-{year}.{end}"));
        let files = Certificate {
            certificate: file("pem"),
            key: file("key"),
        };
        fs::write(&files.certificate, issued.pem()).expect("a file");
        fs::write(&files.key, key.serialize_pem()).expect("a file");
        files
    }
}

fn called(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
