//! Backups that somebody restores, as whole files, and with a database that is damaged in a file that is right.

use std::io::Write;
use std::ops::Range;
use std::str;

use catalogue::{BackupFile, Catalogue, Passphrase};
use tempfile::NamedTempFile;

use super::daycare::Daycare;

/// The size of the blocks of an archive, in bytes. The first block is about the database, which follows.
const BLOCK: usize = 512;

/// Where an entry's size stands in the block about it, and the sum of that block's bytes.
const SIZE: Range<usize> = 124..136;
const SUM: Range<usize> = 148..156;

thread_local! {
    /// The catalogue of this thread, in whose place backups are restored: to make one for each would take
    /// most of the time.
    static DAYCARE: Daycare = Daycare::new();

    /// A whole backup.
    pub(super) static BACKUP: Vec<u8> = Daycare::full().back_up();
}

pub(super) fn backups() -> Vec<Vec<u8>> {
    vec![BACKUP.with(Clone::clone)]
}

pub(super) fn databases() -> Vec<Vec<u8>> {
    vec![BACKUP.with(|backup| backup[BLOCK..BLOCK + size(backup)].to_vec())]
}

/// A backup that somebody restores: one that is refused changes nothing, and one that is accepted
/// leaves a whole catalogue.
///
/// # Panics
/// If that is not so.
#[must_use]
pub fn backup(bytes: &[u8]) -> bool {
    restores(bytes, None)
}

/// Restores a backup, which is encrypted if there is a passphrase. Returns whether it is accepted.
///
/// # Panics
/// If what is promised of a [`backup`] is not so.
pub(super) fn restores(bytes: &[u8], passphrase: Option<&Passphrase>) -> bool {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("it is written");
    DAYCARE.with(|daycare| {
        let before = daycare.catalogue.totals().expect("totals");
        let backup = BackupFile::new(file.path(), passphrase);
        let is_accepted = daycare.catalogue.restore(backup).is_ok();
        if !is_accepted {
            let after = daycare.catalogue.totals().expect("totals");
            assert_eq!(after, before, "a refused backup has changed something");
        }
        let mut faults = Catalogue::verify(daycare.folder.path()).expect("a catalogue to check");
        // One that is damaged in the backup is restored as it is.
        faults.retain(|fault| !fault.contains("the photograph "));
        assert!(faults.is_empty(), "{faults:?}");
        is_accepted
    })
}

/// The database of a backup that is right otherwise: the same is promised.
///
/// # Panics
/// If that is not so.
#[must_use]
pub fn database(bytes: &[u8]) -> bool {
    backup(&BACKUP.with(|backup| with_database(backup, bytes)))
}

/// A backup with these bytes as its database.
fn with_database(backup: &[u8], database: &[u8]) -> Vec<u8> {
    let mut header = backup[..BLOCK].to_vec();
    header[SIZE].copy_from_slice(format!("{:011o}\0", database.len()).as_bytes());
    header[SUM].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = database.len().next_multiple_of(BLOCK) - database.len();
    let rest = &backup[BLOCK + size(backup).next_multiple_of(BLOCK)..];
    [&header[..], database, &vec![0; padding], rest].concat()
}

/// How many bytes the first entry of an archive has.
fn size(archive: &[u8]) -> usize {
    let digits = str::from_utf8(&archive[SIZE]).expect("octal digits");
    let digits = digits.trim_end_matches(['\0', ' ']);
    usize::from_str_radix(digits, 8).expect("a number")
}
