//! TLS on the desk's port: which certificate it shows, when that is renewed, and what happens to
//! plain HTTP.
//!
//! `authority` and `made` are the certificate that the kiosk makes for itself, `certificate` reads the
//! owner's own files. `accept` tells TLS from HTTP on one port, `redirect` sends plain HTTP on.

mod accept;
mod authority;
mod certificate;
mod error;
mod made;
mod redirect;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use screens::locale::Message;
use tokio_rustls::TlsAcceptor;

use authority::Authority;
use certificate::Identity;

use crate::access::private_file;

pub(crate) use accept::{Secure, accept};
pub use error::TlsError;
pub(crate) use redirect::{redirect, secure_address};

/// How often the certificate is checked: a phone that cannot open the page because the kiosk has a new
/// address should not wait long.
pub(crate) const RENEWAL: Duration = Duration::from_secs(60);

/// The most names and addresses of a certificate.
const MOST_HOSTS: usize = 64;

/// What the machine is called, and where it is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Its names, beside `localhost`.
    pub names: Vec<String>,
    /// Its addresses, beside those of the loopback.
    pub addresses: Vec<IpAddr>,
}

/// Finds out what the machine is called now.
pub type FindHosts = Box<dyn Fn() -> Hosts + Send + Sync>;

/// TLS of a desk. Clones are handles of the same one.
///
/// ```
/// use desk::tls::{Hosts, Tls};
/// use jiff::Timestamp;
///
/// let folder = tempfile::tempdir()?;
/// let find_hosts = || Hosts {
///     names: vec!["kiosk.local".to_owned()],
///     addresses: Vec::new(),
/// };
/// let tls = Tls::made(folder.path(), Box::new(find_hosts), Timestamp::now())?;
/// assert!(tls.notices().is_empty());
/// let view = tls.view();
/// assert!(view.names.contains(&"kiosk.local".to_owned()));
/// // Devices that have installed its authority do not warn of the page.
/// assert!(view.authority.is_some_and(|authority| authority.is_kept));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    source: Source,
    find_hosts: FindHosts,
    shown: Arc<Shown>,
    acceptor: TlsAcceptor,
    found: Mutex<Arc<Found>>,
    /// Held while the certificate is renewed.
    renewing: Mutex<()>,
}

/// Where the certificate comes from.
enum Source {
    /// The kiosk makes it, and keeps it in this folder.
    Made(PathBuf),
    /// The owner's files.
    Files { certificate: PathBuf, key: PathBuf },
}

/// What is in use, and what is wrong.
struct Found {
    identity: Identity,
    /// The kiosk's own authority; `None` for the owner's files.
    authority: Option<Arc<Authority>>,
    /// Whether the authority outlives the kiosk.
    is_kept: bool,
    /// Whether the certificate stands in for the owner's files, which could not be used yet.
    is_passing: bool,
    faults: Vec<TlsError>,
}

/// What people are told about the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Until when it is valid.
    pub until: Timestamp,
    /// The kiosk's own authority, which has signed it; `None` for a certificate of the owner's.
    pub authority: Option<AuthorityView>,
    /// Whether it stands in for a certificate of the owner's that could not be used yet.
    pub is_passing: bool,
}

/// What people are told about the kiosk's own authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityView {
    /// What lists of authorities call it.
    pub name: String,
    /// The SHA-256 of its certificate: pairs of hexadecimal digits.
    pub fingerprint: String,
    /// Its certificate, in DER format.
    pub certificate: Vec<u8>,
    /// Whether it outlives the kiosk: only then is it worth installing.
    pub is_kept: bool,
}

/// The certificate that is shown from the next handshake on.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl Hosts {
    /// All names and addresses that a certificate has to be for, as it names them.
    pub(crate) fn list(&self) -> Vec<String> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.split('.').all(|label| !label.is_empty())
                && (name.bytes()).all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        let names = self.names.iter().map(|name| name.to_ascii_lowercase());
        let names = names.filter(|name| is_name(name));
        let addresses = self.addresses.iter().map(IpAddr::to_string);
        let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let all: BTreeSet<String> = names.chain(addresses).take(MOST_HOSTS).chain(own).collect();
        all.into_iter().collect()
    }
}

impl Tls {
    /// With an authority and a certificate that the kiosk makes, and keeps in its data folder. Where
    /// they cannot be kept, they serve until the kiosk ends; [`Tls::notices`] say so.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn made(data: &Path, find_hosts: FindHosts, now: Timestamp) -> Result<Self, TlsError> {
        let folder = made::folder(data);
        private_file::clear(&folder);
        Self::open(Source::Made(folder), find_hosts, now)
    }

    /// With the owner's own files, in PEM format: the certificate with the intermediate ones after
    /// it, and its key without a passphrase. While they cannot be used, [`Tls::notices`] say why, and
    /// the kiosk shows the last ones that could be, or a certificate that it made for itself.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn files(
        certificate: &Path,
        key: &Path,
        find_hosts: FindHosts,
        now: Timestamp,
    ) -> Result<Self, TlsError> {
        let source = Source::Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        Self::open(source, find_hosts, now)
    }

    fn open(source: Source, find_hosts: FindHosts, now: Timestamp) -> Result<Self, TlsError> {
        let found = source.find(&find_hosts(), None, now)?;
        found.log_faults(&[]);
        let certified = Arc::clone(&found.identity.certified);
        let shown = Arc::new(Shown(RwLock::new(certified)));
        // Named, because the process may have no default, or another one.
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(Inner {
            source,
            find_hosts,
            shown,
            acceptor: Arc::new(config).into(),
            found: Mutex::new(found.into()),
            renewing: Mutex::default(),
        })))
    }

    /// Keeps the certificate valid: one that the kiosk made is replaced 30 days before its end, and
    /// when the machine has a name or an address that it is not for; the owner's files are read again.
    /// Connections that are open go on. Waits for the disk, one caller at a time: the others return at
    /// once.
    pub fn renew(&self, now: Timestamp) {
        let inner = &self.0;
        let _one = match inner.renewing.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let before = self.found();
        let hosts = (inner.find_hosts)();
        let found = match inner.source.find(&hosts, Some(&before), now) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the certificate is not renewed");
                return;
            }
        };
        found.log_faults(&before.messages());
        inner.shown.replace(&found.identity.certified);
        *self.lock() = Arc::new(found);
    }

    /// What is wrong with the certificate or its files.
    #[must_use]
    pub fn notices(&self) -> Vec<Message> {
        self.found().messages()
    }

    /// What people are told about the certificate.
    #[must_use]
    pub fn view(&self) -> View {
        let found = self.found();
        let view = View::new(&found.identity, found.authority.as_deref(), found.is_kept);
        View {
            is_passing: found.is_passing,
            ..view
        }
    }

    pub(crate) fn acceptor(&self) -> &TlsAcceptor {
        &self.0.acceptor
    }

    fn found(&self) -> Arc<Found> {
        Arc::clone(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Found>> {
        self.0.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.view()).finish()
    }
}

/// Whether the owner's own files can be used now.
///
/// # Errors
/// What is wrong with which file.
pub fn check(certificate: &Path, key: &Path, now: Timestamp) -> Result<View, TlsError> {
    let identity = Identity::read(certificate, key)?;
    identity.facts.check(certificate, now)?;
    Ok(View::new(&identity, None, true))
}

/// What a kiosk with this data folder has made; `None` if there is nothing that can be used.
#[must_use]
pub fn stored(data: &Path) -> Option<View> {
    let (authority, identity) = made::stored(&made::folder(data))?;
    Some(View::new(&identity, Some(&authority), true))
}

impl Source {
    fn find(
        &self,
        hosts: &Hosts,
        before: Option<&Found>,
        now: Timestamp,
    ) -> Result<Found, TlsError> {
        let (certificate, key) = match self {
            Self::Made(folder) => return made::find(folder, hosts, before, now),
            Self::Files { certificate, key } => (certificate, key),
        };
        let (identity, is_passing, fault) = match Identity::read(certificate, key) {
            Ok(identity) => {
                let fault = identity.facts.check(certificate, now).err();
                (identity, false, fault)
            }
            Err(fault) => {
                let (identity, is_passing) = match before {
                    Some(before) => (before.identity.clone(), before.is_passing),
                    None => (made::passing(hosts, now)?, true),
                };
                (identity, is_passing, Some(fault))
            }
        };
        Ok(Found {
            identity,
            authority: None,
            is_kept: true,
            is_passing,
            faults: fault.into_iter().collect(),
        })
    }
}

impl Found {
    fn messages(&self) -> Vec<Message> {
        self.faults.iter().map(TlsError::message).collect()
    }

    /// Logs what is wrong, unless it was before.
    fn log_faults(&self, before: &[Message]) {
        for fault in &self.faults {
            if !before.contains(&fault.message()) {
                tracing::error!(error = %fault, "something is wrong with the page's certificate");
            }
        }
    }
}

impl View {
    fn new(identity: &Identity, authority: Option<&Authority>, is_kept: bool) -> Self {
        Self {
            names: identity.facts.names.clone(),
            until: identity.facts.until,
            authority: authority.map(|authority| AuthorityView {
                name: authority.name(),
                fingerprint: authority.fingerprint(),
                certificate: authority.certificate().to_vec(),
                is_kept,
            }),
            is_passing: false,
        }
    }
}

impl Shown {
    fn replace(&self, certified: &Arc<CertifiedKey>) {
        let mut shown = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *shown = Arc::clone(certified);
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&shown))
    }
}
