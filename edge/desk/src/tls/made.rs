//! The certificate that the kiosk makes for itself, and its files in the data folder:
//! `tls/authority.pem` and `tls/certificate.pem`, each with its private key.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

use super::authority::Authority;
use super::certificate::{Facts, Identity, read_bytes};
use super::{Found, Hosts, TlsError};
use crate::access::private_file;

/// Certificates that end sooner than this are replaced.
const EARLY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The authority's file.
const AUTHORITY: &str = "authority.pem";

/// The certificate's file.
const CERTIFICATE: &str = "certificate.pem";

/// How long people are told that an authority was set aside.
const TOLD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How the names of authorities begin that were set aside.
const SET_ASIDE: &str = "former-authority";

/// Where a kiosk with this data folder keeps what it made.
pub(super) fn folder(data: &Path) -> PathBuf {
    data.join("tls")
}

/// The authority and a certificate for these hosts: those that are stored, those in use, or new ones.
/// What cannot be stored is used all the same, and stored as soon as that works.
pub(super) fn find(
    folder: &Path,
    hosts: &Hosts,
    before: Option<&Found>,
    now: Timestamp,
) -> Result<Found, TlsError> {
    if let Err(error) = take_back(folder, now) {
        tracing::warn!(%error, "an authority that was set aside too early stays aside");
    }
    let used = before.and_then(|before| before.authority.clone());
    let (authority, fault) = authority(folder, used, now)?;
    let used = before.map(|before| before.identity.clone());
    let identity = identity(folder, &authority, used, hosts, now)?;
    let is_kept = fault.is_none();
    let replaced = (set_aside(folder).into_iter())
        .filter(|path| is_told(path, now))
        .max()
        .map(|path| TlsError::Replaced { path });
    Ok(Found {
        identity,
        authority: Some(authority),
        is_kept,
        is_passing: false,
        faults: fault.into_iter().chain(replaced).collect(),
    })
}

/// A certificate that is kept nowhere, for a kiosk whose owner's files cannot be used.
pub(super) fn passing(hosts: &Hosts, now: Timestamp) -> Result<Identity, TlsError> {
    issue(&Authority::new(now)?, hosts, now).map(|(identity, _)| identity)
}

/// What a kiosk with this data folder has stored; `None` if there is nothing that can be read.
pub(super) fn stored(folder: &Path) -> Option<(Authority, Identity)> {
    let authority = read_bytes(&folder.join(AUTHORITY)).ok()?;
    let certificate = read_bytes(&folder.join(CERTIFICATE)).ok()?;
    Some((
        Authority::from_pem(&authority).ok()?,
        Identity::from_pem(&certificate).ok()?,
    ))
}

/// The authority, and why it is not on disk. A file that is damaged is set aside; one that cannot be
/// read is left alone.
fn authority(
    folder: &Path,
    used: Option<Arc<Authority>>,
    now: Timestamp,
) -> Result<(Arc<Authority>, Option<TlsError>), TlsError> {
    let used = used.filter(|used| !is_due(used.until, now));
    let path = folder.join(AUTHORITY);
    match read_bytes(&path) {
        Ok(text) => match Authority::from_pem(&text) {
            Ok(stored) if !is_due(stored.until, now) => return Ok((stored.into(), None)),
            stored => {
                let why = stored.map_or_else(|reason| reason, |_| "it ends soon".to_owned());
                tracing::warn!(path = %path.display(), %why, "the authority is replaced");
                if let Err(error) = move_aside(folder, now) {
                    return Ok((
                        or_new(used, now)?,
                        Some(TlsError::Unwritable { path, error }),
                    ));
                }
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            return Ok((
                or_new(used, now)?,
                Some(TlsError::Unreadable { path, error }),
            ));
        }
    }
    let authority = or_new(used, now)?;
    let written = private_file::replace(&path, &authority.pem);
    let fault = written
        .err()
        .map(|error| TlsError::Unwritable { path, error });
    Ok((authority, fault))
}

fn or_new(used: Option<Arc<Authority>>, now: Timestamp) -> Result<Arc<Authority>, TlsError> {
    match used {
        Some(used) => Ok(used),
        None => Ok(Authority::new(now)?.into()),
    }
}

/// The certificate: the one in use or the one that is stored, if it still serves, or else a new one.
fn identity(
    folder: &Path,
    authority: &Authority,
    used: Option<Identity>,
    hosts: &Hosts,
    now: Timestamp,
) -> Result<Identity, TlsError> {
    let path = folder.join(CERTIFICATE);
    let serves = |identity: &Identity| {
        is_for(&identity.facts, hosts, now)
            && (identity.certified.cert.first()).is_some_and(|own| authority.has_signed(own))
    };
    if let Some(used) = used.filter(serves) {
        return Ok(used);
    }
    let stored = read_bytes(&path)
        .map_err(|error| error.to_string())
        .and_then(|text| Identity::from_pem(&text).map_err(|error| error.to_string()));
    match stored {
        Ok(stored) if serves(&stored) => return Ok(stored),
        Err(error) if path.exists() => {
            tracing::warn!(path = %path.display(), %error, "the certificate is replaced by a new one");
        }
        Ok(_) | Err(_) => {}
    }
    let (identity, text) = issue(authority, hosts, now)?;
    let names = identity.facts.names.join(", ");
    tracing::info!(%names, until = %identity.facts.until, "a new certificate");
    if let Err(error) = private_file::replace(&path, &text) {
        // The next start makes another one.
        tracing::warn!(path = %path.display(), %error, "the certificate cannot be stored");
    }
    Ok(identity)
}

fn issue(
    authority: &Authority,
    hosts: &Hosts,
    now: Timestamp,
) -> Result<(Identity, String), TlsError> {
    let text = authority.issue(hosts, now)?;
    let identity = Identity::from_pem(text.as_bytes());
    let identity = identity.map_err(rustls::Error::General)?;
    Ok((identity, text))
}

/// Whether a certificate names all hosts, and is valid for a while.
fn is_for(facts: &Facts, hosts: &Hosts, now: Timestamp) -> bool {
    facts.from <= now
        && !is_due(facts.until, now)
        && hosts.list().iter().all(|host| facts.names.contains(host))
}

/// Whether a certificate that ends then has to be replaced.
fn is_due(until: Timestamp, now: Timestamp) -> bool {
    until.duration_since(now) < EARLY
}

/// Takes back the authority that devices know, if a clock that was years ahead made the kiosk set it
/// aside: it does not end soon, but before the one that took its place.
fn take_back(folder: &Path, now: Timestamp) -> io::Result<()> {
    let end = |text: &[u8]| {
        let authority = Authority::from_pem(text).ok()?;
        (!is_due(authority.until, now)).then_some(authority.until)
    };
    let former = set_aside(folder).into_iter();
    let former = former.filter_map(|path| Some((end(&read_bytes(&path).ok()?)?, path)));
    let Some((until, former)) = former.min() else {
        return Ok(());
    };
    let path = folder.join(AUTHORITY);
    match read_bytes(&path) {
        Ok(text) if end(&text).is_some_and(|its_end| its_end <= until) => return Ok(()),
        Ok(_) => move_aside(folder, now)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    tracing::warn!(path = %former.display(), "the former authority still serves, and is used again");
    fs::rename(former, path)
}

/// Renames the authority's file, which is never removed: somebody may want to know what became of it.
/// Its time is then when that was.
fn move_aside(folder: &Path, now: Timestamp) -> io::Result<()> {
    let mut number = 1;
    let mut free = folder.join(format!("{SET_ASIDE}.pem"));
    while free.exists() {
        number += 1;
        free = folder.join(format!("{SET_ASIDE}-{number}.pem"));
    }
    let path = folder.join(AUTHORITY);
    File::open(&path)?.set_modified(SystemTime::from(now))?;
    fs::rename(path, free)
}

/// The authorities that were set aside, and are still there.
fn set_aside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths
        .filter(|path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with(SET_ASIDE)
        })
        .collect()
}

/// Whether people are still told that this authority was set aside.
fn is_told(path: &Path, now: Timestamp) -> bool {
    let since = fs::metadata(path).and_then(|about| about.modified());
    let since = since.ok().and_then(|since| Timestamp::try_from(since).ok());
    since.is_none_or(|since| now.duration_since(since) < TOLD)
}
