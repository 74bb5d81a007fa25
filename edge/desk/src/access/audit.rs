//! The record of what people did: logging in, exports, reading contacts, settings, accounts. It lies
//! beside the passwords, not in the catalogue: restoring a backup does not replace it.
//!
//! Wrong passwords are recorded apart: however many a stranger sends, what else was done stays.

mod series;

use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::private_file;
use series::Series;

/// What people did. A program that reads all contacts each hour cannot fill the disk.
const PEOPLE: Series = Series {
    name: "audit",
    most: 64,
};

/// What strangers tried.
const STRANGERS: Series = Series {
    name: "audit-strangers",
    most: 16,
};

/// The most characters of what an entry is about, and of one that lists settings, or numbers of animals and owners.
const LONGEST_ABOUT: usize = 100;
const LONGEST_LIST: usize = 600;

/// What somebody did that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Logged in.
    Login,
    /// Sent a wrong password.
    LoginFailed,
    /// Logged out.
    Logout,
    /// Set a password.
    Password,
    /// Invited somebody.
    Invitation,
    /// Withdrew an invitation.
    InvitationWithdrawn,
    /// Made an account with an invitation.
    Account,
    /// Gave an account another role.
    Role,
    /// Removed an account.
    AccountRemoved,
    /// Ended a session.
    SessionRevoked,
    /// Exported a table, the catalogue, what is kept of a family, or this record.
    Export,
    /// Read how to reach somebody.
    Contacts,
    /// Made a backup.
    Backup,
    /// Set the passphrase that backups are encrypted with.
    BackupPassphrase,
    /// Removed that passphrase.
    BackupPassphraseRemoved,
    /// Restored a backup.
    Restore,
    /// Changed the settings.
    Settings,
    /// Held the button that opens the set-up again.
    SetupBegun,
    /// Set the kiosk up with the figures on its screen: for the first time, or again.
    Setup,
    /// Sent wrong figures for that.
    SetupFailed,
    /// Confirmed the clock.
    Clock,
    /// Made a program's token.
    Token,
    /// Revoked a program's token.
    TokenRevoked,
    /// Set or removed the webhook.
    Webhook,
    /// Had an animal forgotten.
    AnimalForgotten,
    /// Erased an owner of animals.
    OwnerErased,
    /// Had the kiosk forget a breed.
    BreedForgotten,
    /// Had the kiosk learn a breed again.
    BreedAllowed,
}

impl Event {
    /// Where it is recorded.
    fn series(self) -> &'static Series {
        match self {
            Self::LoginFailed | Self::SetupFailed => &STRANGERS,
            _ => &PEOPLE,
        }
    }

    /// Its name in files and the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginFailed => "login_failed",
            Self::Logout => "logout",
            Self::Password => "password",
            Self::Invitation => "invitation",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::Account => "account",
            Self::Role => "role",
            Self::AccountRemoved => "account_removed",
            Self::SessionRevoked => "session_revoked",
            Self::Export => "export",
            Self::Contacts => "contacts",
            Self::Backup => "backup",
            Self::BackupPassphrase => "backup_passphrase",
            Self::BackupPassphraseRemoved => "backup_passphrase_removed",
            Self::Restore => "restore",
            Self::Settings => "settings",
            Self::SetupBegun => "setup_begun",
            Self::Setup => "setup",
            Self::SetupFailed => "setup_failed",
            Self::Clock => "clock",
            Self::Token => "token",
            Self::TokenRevoked => "token_revoked",
            Self::Webhook => "webhook",
            Self::AnimalForgotten => "animal_forgotten",
            Self::OwnerErased => "owner_erased",
            Self::BreedForgotten => "breed_forgotten",
            Self::BreedAllowed => "breed_allowed",
        }
    }
}

/// An entry of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) event: Event,
    /// The account that did it; empty if nobody was logged in.
    pub(crate) by: String,
    /// The address that it came from, or `terminal`; empty for the kiosk's own buttons.
    pub(crate) from: String,
    /// What it is about: an account, a role, a token, a file, a breed, settings, the numbers of animals and owners.
    pub(crate) about: String,
}

impl Entry {
    /// An entry of this moment.
    pub(crate) fn now(event: Event, by: &str, from: String, about: &str) -> Self {
        let longest = match event {
            Event::Contacts | Event::Settings => LONGEST_LIST,
            _ => LONGEST_ABOUT,
        };
        Self {
            at: Timestamp::now(),
            event,
            by: by.to_owned(),
            from,
            about: about.chars().take(longest).collect(),
        }
    }
}

/// The record in a folder.
#[derive(Debug)]
pub(crate) struct Audit {
    folder: PathBuf,
    /// Held while the files are written, renamed or read.
    using: Mutex<()>,
}

impl Audit {
    /// The record in `folder`, which may have none yet.
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            using: Mutex::default(),
        }
    }

    /// Adds an entry. When this returns, it is on disk.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn append(&self, entry: &Entry) -> io::Result<()> {
        let _one = self.using();
        private_file::create_folder(&self.folder)?;
        entry.event.series().append(&self.folder, entry)
    }

    /// The newest entries, the newest first: at most `most`, after `skip` of them. Lines that cannot
    /// be read are left out.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn latest(&self, skip: usize, most: usize) -> io::Result<Vec<Entry>> {
        let _one = self.using();
        let people = PEOPLE.newest_first(&self.folder)?;
        let strangers = STRANGERS.newest_first(&self.folder)?;
        let all = merged(people, strangers, |one, other| one.at >= other.at);
        all.skip(skip).take(most).collect()
    }

    /// Gives all entries to `each`, the oldest first.
    ///
    /// # Errors
    /// If a file cannot be read, and those of `each`.
    pub(crate) fn each<E: From<io::Error>>(
        &self,
        mut each: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let _one = self.using();
        let people = PEOPLE.oldest_first(&self.folder)?;
        let strangers = STRANGERS.oldest_first(&self.folder)?;
        let mut all = merged(people, strangers, |one, other| one.at <= other.at);
        all.try_for_each(|entry| each(entry?))
    }

    fn using(&self) -> MutexGuard<'_, ()> {
        self.using.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entries of both, each in its order: of their next ones, the first one's where `is_first` says so.
fn merged(
    first: impl Iterator<Item = io::Result<Entry>>,
    second: impl Iterator<Item = io::Result<Entry>>,
    is_first: impl Fn(&Entry, &Entry) -> bool,
) -> impl Iterator<Item = io::Result<Entry>> {
    let (mut first, mut second) = (first.peekable(), second.peekable());
    iter::from_fn(move || {
        let takes_second = match (first.peek(), second.peek()) {
            (Some(Ok(one)), Some(Ok(other))) => !is_first(one, other),
            (next, _) => next.is_none(),
        };
        if takes_second {
            second.next()
        } else {
            first.next()
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::os::unix::fs::PermissionsExt;

    use jiff::SignedDuration;

    use super::*;

    fn entry(at: Timestamp, about: &str) -> Entry {
        Entry {
            at,
            ..Entry::now(Event::Export, "Anna", "192.168.1.7".to_owned(), about)
        }
    }

    fn abouts(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| &*entry.about).collect()
    }

    fn days(number: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * number)
    }

    #[test]
    fn entries_are_read_page_by_page_and_only_the_kiosk_reads_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(&folder.path().join("data"));
        assert!(audit.latest(0, 10).unwrap().is_empty());
        let now = Timestamp::now();
        for about in ["one", "two", "three"] {
            audit.append(&entry(now, about)).unwrap();
        }
        assert_eq!(abouts(&audit.latest(0, 2).unwrap()), ["three", "two"]);
        assert_eq!(abouts(&audit.latest(2, 2).unwrap()), ["one"]);
        let file = fs::metadata(PEOPLE.path(&folder.path().join("data"))).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn half_a_line_damages_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        let now = Timestamp::now();
        audit.append(&entry(now, "before")).unwrap();
        let path = PEOPLE.path(folder.path());
        let mut text = fs::read(&path).unwrap();
        text.extend(b"{\"at\":\"2026-05-0\xff");
        fs::write(&path, text).unwrap();
        audit.append(&entry(now, "after")).unwrap();
        assert_eq!(abouts(&audit.latest(0, 9).unwrap()), ["after", "before"]);
    }

    #[test]
    fn entries_are_kept_for_a_year() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let kept = |from: i64, to: i64| {
            for day in (from..to).step_by(10) {
                audit.append(&entry(start + days(day), "table")).unwrap();
            }
            audit.latest(0, usize::MAX).unwrap()
        };
        assert_eq!(kept(0, 360).len(), 36);
        let kept = kept(360, 800);
        let oldest = kept.last().unwrap().at;
        assert!(oldest > start + days(790 - 366 - 2 * 40), "{oldest}");
        assert!(oldest <= start + days(790 - 366), "{oldest}");
        let mut all = Vec::new();
        let each = audit.each(|entry| {
            all.push(entry);
            Ok::<(), io::Error>(())
        });
        each.unwrap();
        all.reverse();
        assert_eq!(all, kept);
    }

    #[test]
    fn a_first_line_that_cannot_be_read_hides_no_age() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        fs::write(PEOPLE.path(folder.path()), "{\"at\":\"2026-05-0").unwrap();
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        for day in [0, 40] {
            audit.append(&entry(start + days(day), "table")).unwrap();
        }
        assert_eq!(PEOPLE.full_files(folder.path()).unwrap().len(), 1);
        assert_eq!(audit.latest(0, 9).unwrap().len(), 2);
    }

    #[test]
    fn a_clock_that_jumps_ahead_removes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        audit.append(&entry(start, "before")).unwrap();
        for day in [3650, 3651, 0, 1] {
            audit.append(&entry(start + days(day), "later")).unwrap();
        }
        assert_eq!(audit.latest(0, 9).unwrap().len(), 5);
    }

    #[test]
    fn the_disk_does_not_fill() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        let now = Timestamp::now();
        for number in 0..PEOPLE.most + 3 {
            audit.append(&entry(now, &number.to_string())).unwrap();
            let mut options = OpenOptions::new();
            let file = options.write(true).open(PEOPLE.path(folder.path()));
            let file = file.unwrap();
            file.set_len(1 << 20).unwrap();
        }
        let kept = audit.latest(0, usize::MAX).unwrap();
        assert_eq!(kept.len(), PEOPLE.most + 1);
        assert_eq!(kept[0].about, (PEOPLE.most + 2).to_string(), "the newest");
        assert!(fs::read_dir(folder.path()).unwrap().count() <= PEOPLE.most + 1);
    }

    #[test]
    fn wrong_passwords_push_out_nothing_else_and_are_shown_among_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let at = |second: i64, event: Event| Entry {
            at: start + SignedDuration::from_secs(second),
            event,
            ..entry(start, "")
        };
        let seconds = |entries: &[Entry]| -> Vec<i64> {
            let since = |entry: &Entry| entry.at.duration_since(start).as_secs();
            entries.iter().map(since).collect()
        };
        for second in 0..6 {
            let event = match second {
                0 | 3 => Event::Restore,
                _ => Event::LoginFailed,
            };
            audit.append(&at(second, event)).unwrap();
        }
        assert_eq!(seconds(&audit.latest(1, 4).unwrap()), [4, 3, 2, 1]);
        let mut all = Vec::new();
        let each = audit.each(|entry| {
            all.push(entry);
            Ok::<(), io::Error>(())
        });
        each.unwrap();
        assert_eq!(seconds(&all), [0, 1, 2, 3, 4, 5]);

        for second in 6..200 {
            let file = OpenOptions::new()
                .write(true)
                .open(STRANGERS.path(folder.path()));
            file.unwrap().set_len(1 << 20).unwrap();
            audit.append(&at(second, Event::LoginFailed)).unwrap();
        }
        let kept = audit.latest(0, usize::MAX).unwrap();
        let of_people = kept.iter().filter(|entry| entry.event == Event::Restore);
        let of_people: Vec<Entry> = of_people.cloned().collect();
        assert_eq!(seconds(&of_people), [3, 0]);
        assert_eq!(kept.len() - 2, STRANGERS.most + 1);
    }
}
