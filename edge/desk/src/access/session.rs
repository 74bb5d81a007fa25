//! Sessions: who is logged in.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::password::{Basis, Login};
use super::secret::{self, Fingerprint, fingerprint, short};
use super::session_file::{self, Stored, StoredSession};

/// A session that nobody uses ends after this long.
const IDLE: Duration = Duration::from_hours(12);

/// A session ends after this long, however much it is used.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// The most characters of what a browser calls itself.
const LONGEST_AGENT: usize = 160;

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

    /// The system's time so long ago.
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
    /// The name of its account.
    account: String,
    basis: Fingerprint,
    place: Place,
    /// When it began, if that was in this run.
    began: Option<Instant>,
    /// When it was last used in this run; `None` if it was not.
    used: Option<Instant>,
    /// What the file said about it, if it is of a former run.
    former: Option<Former>,
}

#[derive(Clone, Copy, Debug)]
struct Former {
    /// For how long nobody had used it when the file was written.
    unused: Duration,
    /// How old it was then.
    age: Duration,
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

impl Table {
    fn of(mut stored: Stored, started: Instant) -> Self {
        stored.sessions.sort_by_key(|session| session.unused_s);
        let former = |session: StoredSession| {
            let entry = Entry {
                account: session.account,
                basis: session.basis,
                place: Place {
                    address: session.address,
                    agent: session.agent,
                },
                began: None,
                used: None,
                former: Some(Former {
                    unused: Duration::from_secs(session.unused_s),
                    age: Duration::from_secs(session.age_s),
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

    fn goes_on(&self, id: SessionId, basis: impl Fn(&str) -> Option<Basis>, now: Moment) -> bool {
        self.entries.get(&id).is_some_and(|entry| {
            let basis = basis(&entry.account).map(|basis| basis.digest);
            !entry.is_over(self.started, now) && basis == Some(entry.basis)
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
            account: entry.account.clone(),
            basis: entry.basis,
            unused_s: entry.unused(self.started, now).as_secs(),
            age_s: entry.age(self.started, now).as_secs(),
            address: entry.place.address.clone(),
            agent: entry.place.agent.clone(),
        });
        Stored {
            written: now.system,
            sessions: sessions.collect(),
        }
    }
}

impl Entry {
    /// Whether nobody has used it for too long, now or before this run began, or it is too old.
    fn is_over(&self, started: Instant, now: Moment) -> bool {
        self.unused_before(started, now) >= IDLE
            || self.unused(started, now) >= IDLE
            || self.age(started, now) >= LONGEST
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

    /// How old it is.
    fn age(&self, started: Instant, now: Moment) -> Duration {
        if let Some(began) = self.began {
            return now.steady.saturating_duration_since(began);
        }
        let former = self.former.map_or(Duration::ZERO, |former| former.age);
        let running = now.steady.saturating_duration_since(started);
        former
            .saturating_add(self.off(started, now))
            .saturating_add(running)
    }

    /// For how long nobody had used it when this run began.
    fn unused_before(&self, started: Instant, now: Moment) -> Duration {
        let unused = self.former.map_or(Duration::ZERO, |former| former.unused);
        unused.saturating_add(self.off(started, now))
    }

    /// How long the kiosk was off before this run, by the system's clock as it is now: one that was
    /// wrong at the start may have been set right since.
    fn off(&self, started: Instant, now: Moment) -> Duration {
        let Some(former) = self.former else {
            return Duration::ZERO;
        };
        let running = now.steady.saturating_duration_since(started).as_secs();
        let start = now.system.saturating_sub_unsigned(running);
        let off = u64::try_from(start.saturating_sub(former.written)).unwrap_or(0);
        Duration::from_secs(off)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::access::Role;

    const HOUR: i64 = 3600;
    const YEAR: i64 = 365 * 24 * HOUR;
    const DAY: i64 = 24 * HOUR;
    const BASIS: Fingerprint = [7; 32];
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// What the session of every account rests on.
    fn basis(_: &str) -> Option<Basis> {
        let (digest, role) = (BASIS, Role::Staff);
        Some(Basis { digest, role })
    }

    fn begin(sessions: &Sessions, now: Moment) -> String {
        let place = Place::new(HOME, "a browser");
        sessions.begin("staff", BASIS, place, now).unwrap()
    }

    fn find(sessions: &Sessions, token: &str, now: Moment) -> Option<SessionId> {
        sessions.find(token, HOME, basis, now).map(|(id, _)| id)
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
        let token = begin(&sessions, start);
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
            let found = find(&sessions, &token, later(restarted, 60, 60 + set));
            assert_eq!(found.is_some(), goes_on, "{off} {set}");
        }
    }

    #[test]
    fn a_use_after_a_restart_does_not_hide_for_how_long_the_kiosk_was_off() {
        let start = Moment::now();
        let (folder, former) = folder(start);
        let restarted = later(start, 2 * HOUR, HOUR);
        let sessions = Sessions::open(folder.path(), restarted);
        assert!(find(&sessions, &former, restarted).is_some());
        let fresh = begin(&sessions, restarted);
        // The clock is set right: the kiosk was off over night.
        let morning = later(restarted, 60, 14 * HOUR);
        assert!(find(&sessions, &former, morning).is_none());
        assert!(find(&sessions, &fresh, morning).is_some(), "of this run");
    }

    #[test]
    fn the_systems_clock_ends_no_session_of_this_run() {
        let start = Moment::now();
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path(), start);
        let token = begin(&sessions, start);
        for jump in [YEAR, -YEAR, 0] {
            let now = later(start, HOUR, jump);
            assert!(find(&sessions, &token, now).is_some(), "{jump}");
        }
        let unused = later(start, 13 * HOUR, 0);
        assert!(find(&sessions, &token, unused).is_none());
    }

    #[test]
    fn a_session_ends_after_thirty_days_however_much_it_is_used() {
        let start = Moment::now();
        let folder = tempfile::tempdir().unwrap();
        let mut sessions = Sessions::open(folder.path(), start);
        let token = begin(&sessions, start);
        // It is used every ten hours, and now and then the kiosk is off in between.
        for times in 1..72 {
            let time = times * 10 * HOUR;
            let now = later(start, time, time);
            if times % 4 == 0 {
                sessions = Sessions::open(folder.path(), now);
            }
            assert!(find(&sessions, &token, now).is_some(), "{times}");
            sessions.store(now);
        }
        let now = later(start, 30 * DAY, 30 * DAY);
        assert!(find(&sessions, &token, now).is_none());
    }

    #[test]
    fn the_list_says_where_and_when_sessions_are_used() {
        let start = Moment::now();
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path(), start);
        begin(&sessions, start);
        let place = Place::new(HOME, &"x".repeat(1000));
        let hour = later(start, HOUR, HOUR);
        let token = sessions.begin("Anna", BASIS, place, hour).unwrap();
        let elsewhere: IpAddr = "192.168.1.7".parse().unwrap();
        let now = later(start, 2 * HOUR, 2 * HOUR);
        let found = sessions.find(&token, elsewhere, basis, now);
        let (id, login) = found.unwrap();
        assert_eq!((&*login.account, login.role), ("Anna", Role::Staff));
        sessions.store(now);
        for sessions in [sessions, Sessions::open(folder.path(), now)] {
            let listed = sessions.list(None, basis, now);
            let accounts: Vec<&str> = listed.iter().map(|of| &*of.account).collect();
            assert_eq!(accounts, ["Anna", "staff"]);
            let listed = sessions.list(Some("Anna"), basis, now);
            let [anna] = &*listed else {
                panic!("{listed:?}")
            };
            assert_eq!(anna.session, id);
            assert_eq!((&*anna.address, anna.agent.len()), ("192.168.1.7", 160));
            let at = |moment: Moment| Timestamp::from_second(moment.system).unwrap();
            assert_eq!((anna.began, anna.used), (at(hour), at(now)));
        }
        assert!(sessions_of_nobody(folder.path(), now).is_empty());
    }

    /// The sessions of accounts that were removed.
    fn sessions_of_nobody(folder: &Path, now: Moment) -> Vec<Listed> {
        let gone = |_: &str| {
            let (digest, role) = ([0; 32], Role::Viewer);
            Some(Basis { digest, role })
        };
        Sessions::open(folder, now).list(None, gone, now)
    }

    #[test]
    fn a_file_of_a_former_version_is_read() {
        let start = Moment::now();
        let (folder, token) = folder(start);
        let path = folder.path().join(FILE);
        let text = fs::read_to_string(&path).unwrap();
        let is_new = |line: &&str| {
            let new = ["age_s", "address", "agent"];
            new.iter().any(|field| line.starts_with(field))
        };
        let former: Vec<&str> = text.lines().filter(|line| !is_new(line)).collect();
        let former = former.join("\n").replace("account = ", "role = ");
        assert!(former.contains("role = \"staff\""), "{former}");
        fs::write(&path, former).unwrap();
        let sessions = Sessions::open(folder.path(), start);
        assert!(find(&sessions, &token, start).is_some());
    }

    #[test]
    fn what_has_ended_does_not_come_back() {
        let start = Moment::now();
        let (folder, token) = folder(start);
        let open = || Sessions::open(folder.path(), start);
        let another = |_: &str| {
            let (digest, role) = ([8; 32], Role::Staff);
            Some(Basis { digest, role })
        };
        let sessions = open();
        let found = sessions.find(&token, HOME, another, start);
        assert!(found.is_none(), "a new password");
        assert!(find(&sessions, &token, start).is_none(), "for good");
        let sessions = open();
        assert!(sessions.find(&token, HOME, |_| None, start).is_none());
        let id = find(&sessions, &token, start)
            .expect("passwords that cannot be read for a moment end no session");
        assert!(sessions.is_alive(id, basis, start) && !sessions.is_alive(id, another, start));
        sessions.end(id);
        sessions.store(start);
        assert!(!sessions.is_alive(id, basis, start));
        assert!(find(&open(), &token, start).is_none(), "logged out");
    }

    #[test]
    fn there_are_never_too_many_and_the_newest_stay() {
        let start = Moment::now();
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(folder.path(), start);
        let begin_at = |second| {
            let now = later(start, second, second);
            begin(&sessions, now)
        };
        let tokens: Vec<String> = (0..300).map(begin_at).collect();
        let end = later(start, 300, 300);
        sessions.store(end);
        let sessions = Sessions::open(folder.path(), end);
        let found = |token: &&String| find(&sessions, token, end).is_some();
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
            assert!(find(&sessions, &token, start).is_none(), "{damaged}");
            let again = begin(&sessions, start);
            sessions.store(start);
            let sessions = Sessions::open(folder.path(), start);
            assert!(find(&sessions, &again, start).is_some(), "{damaged}");
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
        assert!(find(&sessions, &token, start).is_some());
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
