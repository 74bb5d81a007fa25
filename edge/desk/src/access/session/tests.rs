//! Sessions over time, over restarts and over clocks that are set.

use std::os::unix::fs::PermissionsExt;

use super::table::MOST;
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

/// A moment this many seconds later, by the steady clock and by the system's.
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
