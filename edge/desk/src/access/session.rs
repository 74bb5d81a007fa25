//! Sessions: who is logged in.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Role;
use super::secret::{self, Fingerprint, fingerprint};
use super::session_file::{self, Stored, StoredSession};

/// A session that nobody uses ends after this long.
const IDLE: Duration = Duration::from_hours(12);

/// The most sessions at a time; one more ends the session that was unused for longest.
const MOST: usize = 256;

/// The file of the sessions, in the data folder.
const FILE: &str = "sessions.toml";

/// While sessions are used, the file is written again after this many seconds.
const REWRITE: u64 = 300;

/// Which session: the digest of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(Fingerprint);

/// A moment, by two clocks: one that only goes on, but starts anew with the machine, and the
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
}

/// Who is logged in. Sessions are kept by the digests of their tokens, and in a file that only the
/// kiosk's user may read: they outlive a restart, and whoever reads the kiosk's memory or its disk
/// cannot take one over.
///
/// Their time is counted by the steady clock. Only how long the kiosk was off is known from the
/// system's clock: a jump forward ends the sessions of former runs at most, since the kiosk may have
/// been off for so long, and a jump back ends none.
#[derive(Debug)]
pub(crate) struct Sessions {
    path: PathBuf,
    table: Mutex<Table>,
    /// Held while the file is written: the last one to write it writes what is newest.
    writing: Mutex<()>,
}

#[derive(Debug)]
struct Table {
    entries: HashMap<SessionId, Entry>,
    /// When this run of the kiosk began.
    started: Instant,
    /// The system's time when the file was last written.
    written: i64,
}

#[derive(Debug)]
struct Entry {
    role: Role,
    basis: Fingerprint,
    /// When it was last used in this run; `None` if it was not.
    used: Option<Instant>,
    /// What the file said about it, if it is of a former run.
    former: Option<Former>,
}

#[derive(Clone, Copy, Debug)]
struct Former {
    /// For how long nobody had used it when the file was written.
    unused: Duration,
    /// The system's time when the file was written.
    written: i64,
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

    /// Begins a session of `role` that rests on `basis` (see `Access::basis`). Returns its token.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn begin(
        &self,
        role: Role,
        basis: Fingerprint,
        now: Moment,
    ) -> Result<String, getrandom::Error> {
        let token = secret::token()?;
        let entry = Entry {
            role,
            basis,
            used: Some(now.steady),
            former: None,
        };
        self.table().add(SessionId(fingerprint(&token)), entry, now);
        Ok(token)
    }

    /// The session of a token and its role, if `basis` still is what it rests on. Counts as a use
    /// of the session. Another basis ends it; one that cannot be read does not.
    pub(crate) fn find(
        &self,
        token: &str,
        basis: impl Fn(Role) -> Option<Fingerprint>,
        now: Moment,
    ) -> Option<(SessionId, Role)> {
        let id = SessionId(fingerprint(token));
        let mut table = self.table();
        let started = table.started;
        let entry = table.entries.get_mut(&id)?;
        let basis = basis(entry.role)?;
        if basis != entry.basis || entry.is_over(started, now) {
            table.entries.remove(&id);
            return None;
        }
        entry.used = Some(now.steady);
        Some((id, entry.role))
    }

    /// Whether a session goes on, as in [`Sessions::find`]. Asking does not count as a use of it.
    pub(crate) fn is_alive(
        &self,
        id: SessionId,
        basis: impl Fn(Role) -> Option<Fingerprint>,
        now: Moment,
    ) -> bool {
        self.table().goes_on(id, basis, now)
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

impl Table {
    fn of(mut stored: Stored, started: Instant) -> Self {
        stored.sessions.sort_by_key(|session| session.unused_s);
        let former = |session: StoredSession| {
            let entry = Entry {
                role: session.role,
                basis: session.basis,
                used: None,
                former: Some(Former {
                    unused: Duration::from_secs(session.unused_s),
                    written: stored.written,
                }),
            };
            (SessionId(session.id), entry)
        };
        Self {
            entries: (stored.sessions.into_iter().take(MOST))
                .map(former)
                .collect(),
            started,
            written: stored.written,
        }
    }

    /// Adds a session. There are never more than [`MOST`].
    fn add(&mut self, id: SessionId, entry: Entry, now: Moment) {
        let started = self.started;
        (self.entries).retain(|_, entry| !entry.is_over(started, now));
        if self.entries.len() >= MOST {
            let entries = self.entries.iter();
            let longest = entries.max_by_key(|(_, entry)| entry.unused(started, now));
            if let Some(id) = longest.map(|(id, _)| *id) {
                self.entries.remove(&id);
            }
        }
        self.entries.insert(id, entry);
    }

    fn goes_on(
        &self,
        id: SessionId,
        basis: impl Fn(Role) -> Option<Fingerprint>,
        now: Moment,
    ) -> bool {
        self.entries.get(&id).is_some_and(|entry| {
            !entry.is_over(self.started, now) && basis(entry.role) == Some(entry.basis)
        })
    }

    fn stored(&mut self, now: Moment) -> Stored {
        self.written = now.system;
        let alive = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.is_over(self.started, now));
        let sessions = alive.map(|(id, entry)| StoredSession {
            id: id.0,
            role: entry.role,
            basis: entry.basis,
            unused_s: entry.unused(self.started, now).as_secs(),
        });
        Stored {
            written: now.system,
            sessions: sessions.collect(),
        }
    }
}

impl Entry {
    /// Whether nobody has used it for too long, now or before this run began.
    fn is_over(&self, started: Instant, now: Moment) -> bool {
        self.unused_before(started, now) >= IDLE || self.unused(started, now) >= IDLE
    }

    /// For how long nobody has used it.
    fn unused(&self, started: Instant, now: Moment) -> Duration {
        match self.used {
            Some(used) => now.steady.saturating_duration_since(used),
            None => {
                let running = now.steady.saturating_duration_since(started);
                self.unused_before(started, now).saturating_add(running)
            }
        }
    }

    /// For how long nobody had used it when this run began, by the system's clock as it is now: one
    /// that was wrong at the start may have been set right since.
    fn unused_before(&self, started: Instant, now: Moment) -> Duration {
        let Some(former) = self.former else {
            return Duration::ZERO;
        };
        let running = now.steady.saturating_duration_since(started).as_secs();
        let start = now.system.saturating_sub_unsigned(running);
        let off = u64::try_from(start.saturating_sub(former.written)).unwrap_or(0);
        former.unused.saturating_add(Duration::from_secs(off))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const HOUR: i64 = 3600;
    const YEAR: i64 = 365 * 24 * HOUR;
    const BASIS: Fingerprint = [7; 32];

    /// What the session of every role rests on.
    fn basis(_: Role) -> Option<Fingerprint> {
        Some(BASIS)
    }

    /// A moment so many seconds later by the steady clock and by the system's.
    fn later(moment: Moment, steady: i64, system: i64) -> Moment {
        Moment {
            steady: moment.steady + Duration::from_secs(steady.unsigned_abs()),
            system: moment.system + system,
        }
    }

    /// A folder with the sessions of one run of the kiosk, one of them used an hour ago.
    fn folder(start: Moment) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path(), start);
        let token = sessions.begin(Role::Staff, BASIS, start).unwrap();
        sessions.store(later(start, HOUR, HOUR));
        (folder, token)
    }

    #[test]
    fn a_session_goes_on_after_a_restart_for_as_long_as_it_would_have_without() {
        let start = Moment::now();
        // How long the kiosk was off by the system's clock, how far that clock is then set, and
        // whether the session goes on.
        for (off, set, goes_on) in [
            (0, 0, true),
            (10 * HOUR, 0, true),
            (11 * HOUR, 0, false),
            (10 * HOUR, HOUR, false),
            // A clock without a battery, which is set right later.
            (-56 * YEAR, 0, true),
            (-HOUR, 11 * HOUR, true),
            (-HOUR, 12 * HOUR, false),
            (20 * YEAR, 0, false),
            (20 * YEAR, -20 * YEAR, true),
            (i64::MIN / 2, 0, true),
        ] {
            let (folder, token) = folder(start);
            let stored = later(start, HOUR, HOUR);
            let restarted = later(stored, 60, off);
            let sessions = Sessions::open(folder.path(), restarted);
            let found = sessions.find(&token, basis, later(restarted, 60, 60 + set));
            let role = found.map(|(_, role)| role);
            assert_eq!(role, goes_on.then_some(Role::Staff), "{off} {set}");
        }
    }

    #[test]
    fn a_use_after_a_restart_does_not_hide_for_how_long_the_kiosk_was_off() {
        let start = Moment::now();
        let (folder, former) = folder(start);
        let restarted = later(start, 2 * HOUR, HOUR);
        let sessions = Sessions::open(folder.path(), restarted);
        assert!(sessions.find(&former, basis, restarted).is_some());
        let fresh = sessions.begin(Role::Owner, BASIS, restarted).unwrap();
        // The clock is set right: the kiosk was off over night.
        let morning = later(restarted, 60, 14 * HOUR);
        assert!(sessions.find(&former, basis, morning).is_none());
        assert!(
            sessions.find(&fresh, basis, morning).is_some(),
            "of this run"
        );
    }

    #[test]
    fn the_systems_clock_ends_no_session_of_this_run() {
        let start = Moment::now();
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path(), start);
        let token = sessions.begin(Role::Staff, BASIS, start).unwrap();
        for jump in [YEAR, -YEAR, 0] {
            let now = later(start, HOUR, jump);
            assert!(sessions.find(&token, basis, now).is_some(), "{jump}");
        }
        let unused = later(start, 13 * HOUR, 0);
        assert!(sessions.find(&token, basis, unused).is_none());
    }

    #[test]
    fn what_has_ended_does_not_come_back() {
        let start = Moment::now();
        let (folder, token) = folder(start);
        let open = || Sessions::open(folder.path(), start);
        let another = |_: Role| Some([8; 32]);
        let sessions = open();
        let found = sessions.find(&token, another, start);
        assert!(found.is_none(), "a new password");
        assert!(sessions.find(&token, basis, start).is_none(), "for good");
        let sessions = open();
        assert!(sessions.find(&token, |_| None, start).is_none());
        let (id, _) = (sessions.find(&token, basis, start))
            .expect("passwords that cannot be read for a moment end no session");
        assert!(sessions.is_alive(id, basis, start) && !sessions.is_alive(id, another, start));
        sessions.end(id);
        sessions.store(start);
        assert!(!sessions.is_alive(id, basis, start));
        assert!(open().find(&token, basis, start).is_none(), "logged out");
    }

    #[test]
    fn there_are_never_too_many_and_the_newest_stay() {
        let start = Moment::now();
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path(), start);
        let begin = |second| {
            let now = later(start, second, second);
            sessions.begin(Role::Staff, BASIS, now).unwrap()
        };
        let tokens: Vec<String> = (0..300).map(begin).collect();
        let end = later(start, 300, 300);
        sessions.store(end);
        let sessions = Sessions::open(folder.path(), end);
        let found = |token: &&String| sessions.find(token, basis, end).is_some();
        assert_eq!(tokens.iter().rev().take_while(found).count(), MOST);
        assert_eq!(tokens.iter().filter(found).count(), MOST);
    }

    #[test]
    fn a_damaged_file_means_to_log_in_again() {
        let start = Moment::now();
        let (folder, token) = folder(start);
        let path = folder.path().join(FILE);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let whole = fs::read_to_string(&path).unwrap();
        assert!(!whole.contains(&token));
        let half = whole[..whole.len() / 2].to_owned();
        let negative = whole.replace("unused_s = 3600", "unused_s = -1");
        let too_long = whole.replace("id = \"", "id = \"AAAA");
        for damaged in [&*half, &*negative, &*too_long, "\0\0\0", "role = 1", ""] {
            assert_ne!(damaged, whole);
            fs::write(&path, damaged).unwrap();
            let sessions = Sessions::open(folder.path(), start);
            assert!(sessions.find(&token, basis, start).is_none(), "{damaged}");
            let again = sessions.begin(Role::Owner, BASIS, start).unwrap();
            sessions.store(start);
            let sessions = Sessions::open(folder.path(), start);
            assert!(sessions.find(&again, basis, start).is_some(), "{damaged}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_ends_no_session() {
        let start = Moment::now();
        let (folder, token) = folder(start);
        let sessions = Sessions::open(folder.path(), start);
        // A file is where its folder should be.
        fs::remove_dir_all(folder.path()).unwrap();
        fs::write(folder.path(), "").unwrap();
        sessions.store(start);
        assert!(sessions.find(&token, basis, start).is_some());
        fs::remove_file(folder.path()).unwrap();
        fs::create_dir(folder.path()).unwrap();
    }

    #[test]
    fn the_file_is_written_again_now_and_then() {
        let start = Moment::now();
        let (folder, _) = folder(start);
        let sessions = Sessions::open(folder.path(), start);
        let hour = later(start, HOUR, HOUR);
        assert!(!sessions.is_due(later(hour, 299, 299)));
        for jump in [300, -300, YEAR] {
            let now = later(hour, 300, jump);
            assert!(sessions.is_due(now), "{jump}");
            assert!(!sessions.is_due(now), "said once");
            sessions.store(hour);
        }
    }
}
