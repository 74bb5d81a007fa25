//! Sessions: who is logged in.

mod table;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::table::{Entry, Table};
use super::password::{Basis, Login};
use super::secret::{self, Fingerprint, fingerprint, short};
use super::session_file::{self, Stored};

/// The most characters of what a browser calls itself.
const LONGEST_AGENT: usize = 160;

/// The file of the sessions, in the data folder.
const FILE: &str = "sessions.toml";

/// While sessions are used, the file is written again after this many seconds.
const REWRITE: u64 = 300;

/// Which session: the digest of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(Fingerprint);

/// A moment, by two clocks: one that only goes on, but restarts with the machine, and the
/// system's, which may be wrong or set at any time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    steady: Instant,
    /// The system's time, in seconds since 1970.
    system: i64,
}

impl Moment {
    /// This moment.
    pub(crate) fn now() -> Self {
        Self {
            steady: Instant::now(),
            system: Timestamp::now().as_second(),
        }
    }

    /// The system's time this long ago.
    fn ago(self, time: Duration) -> Timestamp {
        let seconds = self.system.saturating_sub_unsigned(time.as_secs());
        Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Where a session is used, for those who look for one that is not theirs.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The address that it was used from last.
    address: String,
    /// What its browser calls itself, cut short.
    agent: String,
}

impl Place {
    /// A browser at an address.
    pub(crate) fn new(address: IpAddr, agent: &str) -> Self {
        Self {
            address: address.to_string(),
            agent: agent.chars().take(LONGEST_AGENT).collect(),
        }
    }
}

/// A session in the list of sessions.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) session: SessionId,
    /// The name of its account.
    pub(crate) account: String,
    /// The address that it was used from last.
    pub(crate) address: String,
    /// What its browser calls itself; empty if it does not say.
    pub(crate) agent: String,
    /// When somebody logged in.
    pub(crate) began: Timestamp,
    /// When it was used last.
    pub(crate) used: Timestamp,
}

impl SessionId {
    /// The beginning of the digest, which names it in addresses.
    pub(crate) fn id(&self) -> String {
        short(&self.0)
    }
}

/// Who is logged in. Sessions are kept by the digests of their tokens, and in a file that only the
/// kiosk's user may read: they outlive a restart, and nobody who reads the kiosk's memory or
/// disk can take one over.
///
/// Their time is counted by the steady clock. Only how long the kiosk was off is known from the
/// system's clock: a jump forward ends the sessions of former runs at most, since the kiosk may have
/// been off that long, and a jump back ends none.
#[derive(Debug)]
pub(crate) struct Sessions {
    path: PathBuf,
    table: Mutex<Table>,
    /// Held while the file is written: the last one to write it writes what is newest.
    writing: Mutex<()>,
}

impl Sessions {
    /// The sessions in the file in `folder`. If the file is damaged there are none, and everybody
    /// has to log in again; the log says so.
    pub(crate) fn open(folder: &Path, now: Moment) -> Self {
        let path = folder.join(FILE);
        let stored = session_file::read(&path).unwrap_or_else(|error| {
            if error.kind() != ErrorKind::NotFound {
                let file = path.display();
                tracing::warn!(%file, %error, "the sessions are lost; everybody has to log in again");
            }
            Stored::default()
        });
        Self {
            path,
            table: Mutex::new(Table::of(stored, now.steady)),
            writing: Mutex::default(),
        }
    }

    /// Begins a session of `account` that rests on `basis` (see `Access::basis`). Returns its token.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn begin(
        &self,
        account: &str,
        basis: Fingerprint,
        place: Place,
        now: Moment,
    ) -> Result<String, getrandom::Error> {
        let token = secret::token()?;
        let entry = Entry {
            account: account.to_owned(),
            basis,
            place,
            began: Some(now.steady),
            used: Some(now.steady),
            former: None,
        };
        self.table().add(SessionId(fingerprint(&token)), entry, now);
        Ok(token)
    }

    /// The session of a token and whose it is, if `basis` still is what it rests on. Counts as a use
    /// of the session, from this address. Another basis ends it; one that cannot be read does not.
    pub(crate) fn find(
        &self,
        token: &str,
        from: IpAddr,
        basis: impl Fn(&str) -> Option<Basis>,
        now: Moment,
    ) -> Option<(SessionId, Login)> {
        let id = SessionId(fingerprint(token));
        let mut table = self.table();
        let started = table.started;
        let entry = table.entries.get_mut(&id)?;
        let basis = basis(&entry.account)?;
        if basis.digest != entry.basis || entry.is_over(started, now) {
            table.entries.remove(&id);
            return None;
        }
        entry.used = Some(now.steady);
        entry.place.address = from.to_string();
        let login = Login {
            account: entry.account.clone(),
            role: basis.role,
        };
        Some((id, login))
    }

    /// Whether a session goes on, as in [`Sessions::find`]. Asking does not count as a use of it.
    pub(crate) fn is_alive(
        &self,
        id: SessionId,
        basis: impl Fn(&str) -> Option<Basis>,
        now: Moment,
    ) -> bool {
        self.table().goes_on(id, basis, now)
    }

    /// The sessions that go on, the one that was used last first: those of one account, or of all.
    pub(crate) fn list(
        &self,
        account: Option<&str>,
        basis: impl Fn(&str) -> Option<Basis>,
        now: Moment,
    ) -> Vec<Listed> {
        let table = self.table();
        let is_asked = |entry: &Entry| account.is_none_or(|account| account == entry.account);
        let mut listed: Vec<Listed> = (table.entries.iter())
            .filter(|(id, entry)| is_asked(entry) && table.goes_on(**id, &basis, now))
            .map(|(id, entry)| Listed {
                session: *id,
                account: entry.account.clone(),
                address: entry.place.address.clone(),
                agent: entry.place.agent.clone(),
                began: now.ago(entry.age(table.started, now)),
                used: now.ago(entry.unused(table.started, now)),
            })
            .collect();
        listed.sort_by_key(|session| std::cmp::Reverse((session.used, session.session.id())));
        listed
    }

    /// Ends a session.
    pub(crate) fn end(&self, id: SessionId) {
        self.table().entries.remove(&id);
    }

    /// Whether the file is to be written, because sessions have been used for a while. Says so once.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        let mut table = self.table();
        let is_due = now.system.abs_diff(table.written) >= REWRITE;
        if is_due {
            table.written = now.system;
        }
        is_due
    }

    /// Writes the file. If that fails the log says so, and the former file is removed: a session
    /// that has ended does not come back.
    pub(crate) fn store(&self, now: Moment) {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = self.table().stored(now);
        let Err(error) = session_file::write(&self.path, &stored) else {
            return;
        };
        let file = self.path.display();
        tracing::error!(%file, %error, "the sessions cannot be stored; they end with the kiosk");
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::error!(%file, %error, "the former sessions cannot be removed");
            }
            _ => {}
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
