//! Backups that are encrypted with a passphrase.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use age::{scrypt, x25519};
use catalogue::{BackupFile, Catalogue, CatalogueError, DecryptionFault, Passphrase, Replace};
use jiff::ToSpan;

use super::{Daycare, all_of, backed_up, files, time};

const PASSPHRASE: &str = "five words that nobody says";
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

fn encrypts(daycare: &Daycare, passphrase: &str) {
    let passphrase = Passphrase::new(passphrase);
    let set = daycare.catalogue.set_backup_passphrase(Some(&passphrase));
    set.unwrap();
}

/// The bytes as an age file, for whose passphrase one has to work little.
fn encrypted(bytes: &[u8]) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(PASSPHRASE.to_owned()));
    recipient.set_work_factor(2);
    age::encrypt(&recipient, bytes).unwrap()
}

/// A daycare to which files are restored in vain.
struct Refusing {
    daycare: Daycare,
    before: String,
    left: Vec<String>,
    file: PathBuf,
}

impl Refusing {
    fn new() -> Self {
        let daycare = backed_up();
        Self {
            before: all_of(&daycare.catalogue),
            left: files(daycare.folder.path()).into_iter().collect(),
            file: daycare.elsewhere.path().join("wrong.tar.age"),
            daycare,
        }
    }

    /// Checks that these bytes are refused for this reason, and that nothing has changed.
    fn refuses(&self, what: &str, bytes: &[u8], passphrase: Option<&str>, reason: DecryptionFault) {
        fs::write(&self.file, bytes).unwrap();
        let passphrase = passphrase.map(Passphrase::new);
        let backup = BackupFile::new(&self.file, passphrase.as_ref());
        let error = self.daycare.catalogue.restore(backup).expect_err(what);
        let message = error.to_string();
        let CatalogueError::NotDecrypted { reason: found, .. } = error else {
            panic!("{what}: {message}");
        };
        assert_eq!(found, reason, "{what}");
        assert!(
            message.contains("wrong.tar.age: ") && !message.contains('\n'),
            "{what}: {message}"
        );
        assert_eq!(all_of(&self.daycare.catalogue), self.before, "{what}");
        let left: Vec<_> = files(self.daycare.folder.path()).into_iter().collect();
        assert_eq!(left, self.left, "{what}");
    }
}

#[test]
fn an_encrypted_backup_is_restored_with_its_passphrase_alone() {
    let daycare = backed_up();
    assert!(!daycare.catalogue.encrypts_backups());
    encrypts(&daycare, PASSPHRASE);
    assert!(daycare.catalogue.encrypts_backups());
    daycare.backs_up();
    let backup = fs::read(daycare.backup_file()).unwrap();
    assert!(backup.starts_with(MAGIC));
    assert!(!backup.windows(15).any(|bytes| bytes == b"SQLite format 3"));
    assert_eq!(
        files(daycare.elsewhere.path()).len(),
        1,
        "nothing else is left"
    );

    let refusing = Refusing::new();
    let refuses = |passphrase, reason| refusing.refuses("whole", &backup, passphrase, reason);
    refuses(None, DecryptionFault::PassphraseNeeded);
    let other = "five words that nobody said";
    refuses(Some(other), DecryptionFault::WrongPassphrase);
    refuses(Some(""), DecryptionFault::WrongPassphrase);

    let fresh = Daycare::new();
    let passphrase = Passphrase::new(PASSPHRASE);
    let file = daycare.backup_file();
    let restored = fresh
        .catalogue
        .restore(BackupFile::new(&file, Some(&passphrase)));
    restored.unwrap();
    assert_eq!(all_of(&fresh.catalogue), all_of(&daycare.catalogue));
    assert_eq!(fresh.photographs(), daycare.photographs());
    assert!(
        !fresh.catalogue.encrypts_backups(),
        "the passphrase is in no backup"
    );
}

#[test]
fn one_that_is_cut_short_or_changed_is_refused_wherever_that_is() {
    let daycare = backed_up();
    let archive = fs::read(daycare.backup_file()).unwrap();
    let whole = encrypted(&archive);
    let refusing = Refusing::new();
    let refuses = |what: String, bytes: &[u8]| {
        refusing.refuses(&what, bytes, Some(PASSPHRASE), DecryptionFault::Damaged);
    };
    for part in 1..20 {
        let place = whole.len() * part / 20;
        refuses(format!("cut at {place}"), &whole[..place]);
        let mut changed = whole.clone();
        changed[place] ^= 1;
        refuses(format!("changed at {place}"), &changed);
    }
    refuses("in the header".to_owned(), &whole[..100]);
    refuses(
        "without the last byte".to_owned(),
        &whole[..whole.len() - 1],
    );
    // What is encrypted goes by in pieces of 64 KiB and a tag, behind a header and 16 bytes.
    let header = whole.len() - 16 - archive.len() - 16 * archive.len().div_ceil(64 << 10);
    let pieces = (header + 16..whole.len()).step_by((64 << 10) + 16);
    for place in pieces {
        refuses(format!("after a piece, at {place}"), &whole[..place]);
    }
    for added in [&[0][..], &[0; 70_000], &whole] {
        let longer = [&whole[..], added].concat();
        refuses(format!("{} bytes more", added.len()), &longer);
    }
    // It was the passphrase of an archive that was cut short before.
    fs::write(&refusing.file, encrypted(&archive[..archive.len() / 2])).unwrap();
    let passphrase = Passphrase::new(PASSPHRASE);
    let backup = BackupFile::new(&refusing.file, Some(&passphrase));
    let error = refusing.daycare.catalogue.restore(backup).unwrap_err();
    assert!(
        matches!(error, CatalogueError::NotABackup { .. }),
        "{error}"
    );
}

#[test]
fn what_is_no_file_with_a_passphrase_is_named() {
    let daycare = backed_up();
    let archive = fs::read(daycare.backup_file()).unwrap();
    let refusing = Refusing::new();
    let passphrase = Some(PASSPHRASE);
    for bytes in [&b""[..], b"Dear sir or madam", &archive] {
        refusing.refuses("plain", bytes, passphrase, DecryptionFault::NotEncrypted);
    }
    let key = x25519::Identity::generate().to_public();
    let to_key = age::encrypt(&key, &archive).unwrap();
    for passphrase in [passphrase, None] {
        refusing.refuses("to a key", &to_key, passphrase, DecryptionFault::ToKey);
    }
    let mut endless = [MAGIC, b"-> scrypt "].concat();
    endless.resize(1 << 20, b'A');
    refusing.refuses("endless", &endless, passphrase, DecryptionFault::Damaged);
}

#[test]
fn a_file_cannot_have_the_kiosk_work_for_hours() {
    let refusing = Refusing::new();
    let whole = encrypted(b"nothing");
    let header = whole.windows(3).position(|bytes| bytes == b" 2\n");
    let place = header.unwrap() + 1;
    for work in ["19", "22", "30", "63"] {
        let hostile = [&whole[..place], work.as_bytes(), &whole[place + 1..]].concat();
        refusing.refuses(
            work,
            &hostile,
            Some(PASSPHRASE),
            DecryptionFault::TooMuchWork,
        );
    }
}

#[test]
fn automatic_backups_of_both_kinds_are_kept_and_each_has_its_own_passphrase() {
    let daycare = backed_up();
    let folder = daycare.elsewhere.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let start = time("2026-05-01T08:00:00Z");
    let passphrases = [None, Some(PASSPHRASE), Some("five words of the year after")];
    let mut made = Vec::new();
    for (day, passphrase) in (0_i64..).zip(passphrases) {
        if let Some(passphrase) = passphrase {
            encrypts(&daycare, passphrase);
        }
        let now = start + (24 * day).hours();
        let before = files(&folder);
        // While the clock is in doubt no backup is removed.
        daycare.catalogue.confirm_clock(now, "owner").unwrap();
        daycare.catalogue.back_up_into(&folder, now).unwrap();
        made.push(now);
        assert_eq!(daycare.catalogue.automatic_backups(&folder).unwrap(), made);
        let new: Vec<_> = files(&folder).difference(&before).cloned().collect();
        assert_eq!(new.len(), 1, "{new:?}");
        assert_eq!(new[0].ends_with(".tar.age"), passphrase.is_some());
        assert_eq!(new[0].ends_with(".tar"), passphrase.is_none());

        let fresh = Daycare::new();
        let passphrase = passphrase.map(Passphrase::new);
        let file = folder.join(&new[0]);
        let backup = BackupFile::new(&file, passphrase.as_ref());
        fresh.catalogue.restore(backup).unwrap();
        assert_eq!(all_of(&fresh.catalogue), all_of(&daycare.catalogue));
    }
    // What one lacks is read from itself.
    let lost = daycare.photographs().pop_first().unwrap();
    fs::remove_file(daycare.at("photographs").join(&lost)).unwrap();
    let now = start + 49.hours();
    daycare.catalogue.back_up_into(&folder, now).unwrap();
    let left_out = daycare.catalogue.left_out_of(&folder, now).unwrap();
    assert_eq!(left_out.len(), 1, "{left_out:?}");
    assert_eq!(left_out[0].photograph, lost);

    // A second one of the same day takes the place of the first one, of whichever kind.
    let now = start + 50.hours();
    daycare.catalogue.set_backup_passphrase(None).unwrap();
    daycare.catalogue.back_up_into(&folder, now).unwrap();
    let kinds = files(&folder);
    let encrypted = kinds.iter().filter(|name| name.ends_with(".tar.age"));
    assert_eq!((kinds.len(), encrypted.count()), (3, 1), "{kinds:?}");
}

#[test]
fn a_file_that_says_it_is_longer_than_its_archive_is_read_to_its_end() {
    let daycare = backed_up();
    encrypts(&daycare, PASSPHRASE);
    let folder = daycare.elsewhere.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let now = time("2026-05-01T08:00:00Z");
    daycare.catalogue.back_up_into(&folder, now).unwrap();
    let name = files(&folder).pop_first().unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_path("catalogue.sqlite").unwrap();
    // Within a piece of what is encrypted, within the next one, and so far that no file is that long.
    for (size, named) in [(5000, Some(0)), (100_000, None), (1 << 62, None)] {
        header.set_size(size);
        header.set_cksum();
        fs::write(folder.join(&name), encrypted(header.as_bytes())).unwrap();
        let left_out = daycare.catalogue.left_out_of(&folder, now);
        assert_eq!(
            left_out.ok().map(|left_out| left_out.len()),
            named,
            "{size}"
        );
    }
}

#[test]
fn a_backup_replaces_only_one_of_the_same_passphrase() {
    let daycare = backed_up();
    encrypts(&daycare, PASSPHRASE);
    daycare.backs_up();
    daycare.backs_up();
    let occupied = |file: &PathBuf| {
        let error = daycare.catalogue.backup(file, Replace::Backup).unwrap_err();
        assert!(matches!(error, CatalogueError::Occupied { .. }), "{error}");
    };
    let letter = daycare.elsewhere.path().join("letter.age");
    fs::write(&letter, encrypted(b"Dear sir or madam")).unwrap();
    occupied(&letter);
    encrypts(&daycare, "five words of the year after");
    occupied(&daycare.backup_file());
    let replaced = daycare
        .catalogue
        .backup(&daycare.backup_file(), Replace::Anything);
    replaced.unwrap();
}

#[test]
fn the_passphrase_is_kept_for_the_kiosk_alone() {
    let daycare = backed_up();
    for short in ["", "eleven char", &"long ".repeat(41), "twelve\ncharacters"] {
        let set = daycare
            .catalogue
            .set_backup_passphrase(Some(&Passphrase::new(short)));
        let error = set.unwrap_err();
        assert!(matches!(error, CatalogueError::Invalid { .. }), "{error}");
        assert!(!daycare.catalogue.encrypts_backups());
    }
    encrypts(&daycare, PASSPHRASE);
    let file = daycare.at("backup-passphrase");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(Passphrase::is_kept_in(daycare.folder.path()));
    let shown = format!("{:?}", Passphrase::new(PASSPHRASE));
    assert!(!shown.contains("words"), "{shown}");

    // One that cannot be read is no reason to write a backup that everybody can read.
    fs::write(&file, "\n").unwrap();
    let error = daycare
        .catalogue
        .backup(&daycare.backup_file(), Replace::Backup)
        .unwrap_err();
    assert!(error.to_string().contains("backup-passphrase"), "{error}");

    daycare.catalogue.set_backup_passphrase(None).unwrap();
    assert!(!file.exists());
    daycare.backs_up();
    assert!(!Catalogue::is_encrypted_backup(&daycare.backup_file()).unwrap());
}

#[test]
fn a_file_that_keeps_its_reader_waiting_is_not_read() {
    // The next message of the kernel may be hours away.
    assert!(!Catalogue::is_encrypted_backup(Path::new("/proc/kmsg")).unwrap());
    assert!(!Catalogue::exists(Path::new("/proc")));
}
