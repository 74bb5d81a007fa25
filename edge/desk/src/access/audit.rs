//! The record of what people did: logging in, exports, reading contacts, settings, accounts. It lies
//! beside the passwords, not in the catalogue: restoring a backup does not replace it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::private_file;

/// The file that is written, in the data folder: one JSON object a line. Full ones are called
/// `audit.1.jsonl` and so on, the newest with the highest number.
const FILE: &str = "audit.jsonl";

/// A file is full from this many bytes on, or when its first entry is this old.
const LARGEST: u64 = 1 << 20;
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// How long entries are kept; they are removed a file at a time.
const KEPT: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The most full files. Neither somebody who guesses passwords for months nor a program that reads all
/// contacts each hour can fill the disk.
const MOST: usize = 64;

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
        let path = self.folder.join(FILE);
        if is_full(&path, entry.at) {
            self.begin_anew(&path, entry.at)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            // Root must not be led to another file by a link that somebody put there.
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&path)?;
        self.hand_over(&file)?;
        let mut line = Vec::new();
        if !ends_with_a_line(&mut file)? {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, entry)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_data()
    }

    /// The newest entries, the newest first: at most `most`, after `skip` of them. Lines that cannot
    /// be read are left out.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn latest(&self, skip: usize, most: usize) -> io::Result<Vec<Entry>> {
        let _one = self.using();
        let mut files = self.full_files()?;
        files.push((u64::MAX, self.folder.join(FILE)));
        let mut found = Vec::new();
        let mut skipped = 0;
        for (_, path) in files.iter().rev() {
            for entry in entries(path)?.into_iter().rev() {
                if skipped < skip {
                    skipped += 1;
                } else if found.len() < most {
                    found.push(entry);
                } else {
                    return Ok(found);
                }
            }
        }
        Ok(found)
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
        let mut files = self.full_files()?;
        files.push((u64::MAX, self.folder.join(FILE)));
        for (_, path) in &files {
            entries(path)?.into_iter().try_for_each(&mut each)?;
        }
        Ok(())
    }

    /// Gives the file to whom the folder belongs to: where root's command was the first to write it, the
    /// kiosk goes on with it.
    fn hand_over(&self, file: &File) -> io::Result<()> {
        let (folder, about) = (fs::metadata(&self.folder)?, file.metadata()?);
        if about.uid() == 0 && folder.uid() != 0 {
            fchown(file, Some(folder.uid()), Some(folder.gid()))?;
        }
        Ok(())
    }

    /// Puts the full file aside, and removes files that are too old or too many.
    fn begin_anew(&self, path: &Path, now: Timestamp) -> io::Result<()> {
        let mut files = self.full_files()?;
        let number = files.last().map_or(1, |(number, _)| number + 1);
        let last = last_moment(path);
        let full = self.folder.join(format!("audit.{number}.jsonl"));
        fs::rename(path, &full)?;
        files.push((number, full));
        // A clock that has jumped ahead makes nothing old.
        let is_plausible =
            last.is_some_and(|last| now >= last && now.duration_since(last) < LONGEST);
        let too_many = files.len().saturating_sub(MOST);
        for (at, (_, path)) in files.iter().enumerate() {
            let is_old = || last_moment(path).is_some_and(|last| now.duration_since(last) > KEPT);
            if at >= too_many && !(is_plausible && is_old()) {
                break;
            }
            fs::remove_file(path)?;
        }
        Ok(())
    }

    /// The full files and their numbers, the oldest first.
    fn full_files(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let mut files = Vec::new();
        let listed = match fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
            Err(error) => return Err(error),
        };
        for file in listed {
            let file = file?;
            let name = file.file_name();
            let number: Option<u64> = (name.to_str())
                .and_then(|name| name.strip_prefix("audit.")?.strip_suffix(".jsonl"))
                .and_then(|number| number.parse().ok());
            files.extend(number.map(|number| (number, file.path())));
        }
        files.sort();
        Ok(files)
    }

    fn using(&self) -> MutexGuard<'_, ()> {
        self.using.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a file takes no more entries.
fn is_full(path: &Path, now: Timestamp) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    let length = file.metadata().map_or(0, |about| about.len());
    let lines = BufReader::new(file.take(LARGEST)).split(b'\n');
    // A power cut may have left a first line that cannot be read.
    let first = lines
        .map_while(Result::ok)
        .find_map(|line| serde_json::from_slice::<Entry>(&line).ok());
    length >= LARGEST || first.is_some_and(|first| now.duration_since(first.at) > LONGEST)
}

/// Whether a file is empty or ends with a whole line: a power cut may have left half of one.
fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

/// The entries of a file, the oldest first; none if there is no file.
fn entries(path: &Path) -> io::Result<Vec<Entry>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(2 * LARGEST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

/// When the last entry of a file was written.
fn last_moment(path: &Path) -> Option<Timestamp> {
    Some(entries(path).ok()?.last()?.at)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
        let file = fs::metadata(folder.path().join("data").join(FILE)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn half_a_line_damages_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::of(folder.path());
        let now = Timestamp::now();
        audit.append(&entry(now, "before")).unwrap();
        let path = folder.path().join(FILE);
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
        fs::write(folder.path().join(FILE), "{\"at\":\"2026-05-0").unwrap();
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        for day in [0, 40] {
            audit.append(&entry(start + days(day), "table")).unwrap();
        }
        assert_eq!(audit.full_files().unwrap().len(), 1);
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
        for number in 0..MOST + 3 {
            audit.append(&entry(now, &number.to_string())).unwrap();
            let mut options = OpenOptions::new();
            let file = options.write(true).open(folder.path().join(FILE));
            let file = file.unwrap();
            file.set_len(LARGEST).unwrap();
        }
        let kept = audit.latest(0, usize::MAX).unwrap();
        assert_eq!(kept.len(), MOST + 1);
        assert_eq!(kept[0].about, (MOST + 2).to_string(), "the newest");
        assert!(fs::read_dir(folder.path()).unwrap().count() <= MOST + 1);
    }
}
