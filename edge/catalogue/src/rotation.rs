//! Keeps automatic backups in a folder elsewhere. Each is restored to a scratch folder before it takes
//! its name, and older ones are removed by and by. Of one that is encrypted, the records are restored to the
//! catalogue's own disk, and the photographs are only read: nothing that is not encrypted gets to the folder.
//!
//! Their names are `breed-kiosk-IDENTITY-20260501T101503Z.tar`, or end in `.tar.age` where they are
//! encrypted. The [identity] is that of this catalogue: what other kiosks and people keep in the same folder
//! is never removed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::photographs::{entries, remove};
use crate::{
    BackupFile, Catalogue, CatalogueError, LeftOut, Passphrase, Replace, backup, identity,
};

/// The number of days of which the newest backup is kept: the last ones that have a backup.
const DAYS: usize = 7;

/// The number of weeks of which the newest backup is kept, too. They begin on Monday.
const WEEKS: usize = 4;

/// The form of the time in a name.
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// How names end, and those of backups that are encrypted.
const PLAIN: &str = "tar";
const ENCRYPTED: &str = "tar.age";

/// An automatic backup that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutomaticBackup {
    /// When each of those was made that are kept now, oldest first.
    pub kept: Vec<Timestamp>,
    /// The photographs that the new one lacks, as for [`Catalogue::backup`].
    pub left_out: Vec<LeftOut>,
}

impl Catalogue {
    /// When the automatic backups of this catalogue in `folder` were made, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read, or the catalogue's folder cannot be written.
    pub fn automatic_backups(&self, folder: &Path) -> Result<Vec<Timestamp>, CatalogueError> {
        times(folder, &identity::of(&self.folder)?)
    }

    /// The same of the catalogue in the folder `data`, which is not opened: nothing is written.
    ///
    /// # Errors
    /// When one of the two folders cannot be read.
    pub fn automatic_backups_of(
        data: &Path,
        folder: &Path,
    ) -> Result<Vec<Timestamp>, CatalogueError> {
        match identity::known(data)? {
            Some(identity) => times(folder, &identity),
            None => Ok(Vec::new()),
        }
    }

    /// The photographs that the automatic backup in `folder` lacks that was made then, a thousand at
    /// most. That is read from the backup itself.
    ///
    /// # Errors
    /// When it cannot be read, or as for [`Catalogue::automatic_backups`].
    pub fn left_out_of(
        &self,
        folder: &Path,
        made: Timestamp,
    ) -> Result<Vec<LeftOut>, CatalogueError> {
        let identity = identity::of(&self.folder)?;
        let encrypted = folder.join(file_name(&identity, made, true));
        if encrypted.exists() {
            return backup::left_out(&encrypted, self.backup_passphrase()?.as_ref());
        }
        backup::left_out(&folder.join(file_name(&identity, made, false)), None)
    }

    /// Writes an automatic backup to `folder`, which must exist. It takes its name only after it was
    /// restored to a scratch folder beside it. One that lacks photographs counts like any other. Then
    /// older automatic backups of this catalogue are removed, except for the newest of each
    /// of seven days and four weeks. `now` is the system's time: while it is in doubt
    /// ([`Catalogue::clock_jumped_from`]) none is removed, and those that seem to be of the future
    /// never are.
    ///
    /// # Errors
    /// [`CatalogueError::Unverified`] if the backup cannot be restored, or as for
    /// [`Catalogue::backup`]. Then nothing is left of it, and the earlier ones stay.
    pub fn back_up_into(
        &self,
        folder: &Path,
        now: Timestamp,
    ) -> Result<AutomaticBackup, CatalogueError> {
        let identity = identity::of(&self.folder)?;
        let unfinished = format!(".backup-{identity}-");
        // What a power cut left.
        for (name, path) in entries(folder)? {
            if name.starts_with(&unfinished) {
                remove(&path)?;
            }
        }
        let passphrase = self.backup_passphrase()?;
        let passphrase = passphrase.as_ref();
        let file = folder.join(file_name(&identity, now, passphrase.is_some()));
        let target = self.target(&file, Replace::Backup)?;
        let left_out = self.archive(&target, &unfinished, passphrase, |archive, staging| {
            self.try_restoring(archive.path(), passphrase, &staging.join("restored"))
                .map_err(|error| unverified(&target, error))?;
            let placed = archive.persist_noclobber(&target);
            placed.map_err(|error| CatalogueError::io(&target)(error.error))?;
            Ok(())
        })?;
        if self.clock_jumped_from(now)?.is_none() {
            rotate(folder, &identity, now)?;
        }
        Ok(AutomaticBackup {
            kept: self.automatic_backups(folder)?,
            left_out,
        })
    }

    /// Restores a new backup, to the folder `scratch` beside it, which does not exist yet, if it is not
    /// encrypted.
    fn try_restoring(
        &self,
        archive: &Path,
        passphrase: Option<&Passphrase>,
        scratch: &Path,
    ) -> Result<(), CatalogueError> {
        match passphrase {
            None => Self::restore_to(scratch, archive, &self.stop).map(drop),
            Some(_) => self.check_backup(BackupFile::new(archive, passphrase)),
        }
    }
}

/// The error for a new backup, that would have become `file`, if it cannot be restored.
fn unverified(file: &Path, error: CatalogueError) -> CatalogueError {
    let reason = match error {
        CatalogueError::NotABackup { reason, .. } => reason.to_owned(),
        CatalogueError::NotDecrypted { reason, .. } => reason.to_string(),
        CatalogueError::Corrupt { reason, .. } => reason,
        error => return error,
    };
    CatalogueError::Unverified {
        file: file.to_owned(),
        reason,
    }
}

/// Removes the backups that are not to be kept. One that cannot be removed stays until the next time.
fn rotate(folder: &Path, identity: &str, now: Timestamp) -> Result<(), CatalogueError> {
    let mut backups = found(folder, identity)?;
    // Of a clock that was wrong. Whether they are new or old shows when it is their time.
    backups.retain(|(made, _)| *made <= now);
    let made: Vec<Timestamp> = backups.iter().map(|(made, _)| *made).collect();
    let kept = kept(&made);
    for (_, path) in backups.iter().filter(|(made, _)| !kept.contains(made)) {
        match fs::remove_file(path) {
            Ok(()) => tracing::info!(file = %path.display(), "an old backup was removed"),
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "an old backup cannot be removed");
            }
        }
    }
    Ok(())
}

/// Which backups, of those that were made at these times, oldest first, are kept. The newest always
/// is.
fn kept(made: &[Timestamp]) -> BTreeSet<Timestamp> {
    let (mut days, mut weeks) = (BTreeSet::new(), BTreeSet::new());
    let mut kept = BTreeSet::new();
    for made in made.iter().rev() {
        let day = TimeZone::UTC.to_datetime(*made).date();
        let week = day.iso_week_date();
        let is_of_day = days.len() < DAYS && days.insert(day);
        let is_of_week = weeks.len() < WEEKS && weeks.insert((week.year(), week.week()));
        if is_of_day || is_of_week {
            kept.insert(*made);
        }
    }
    kept
}

/// When the automatic backups in a folder were made, oldest first.
fn times(folder: &Path, identity: &str) -> Result<Vec<Timestamp>, CatalogueError> {
    let backups = found(folder, identity)?;
    Ok(backups.into_iter().map(|(made, _)| made).collect())
}

/// The automatic backups in a folder with the times at which they were made, oldest first.
fn found(folder: &Path, identity: &str) -> Result<Vec<(Timestamp, PathBuf)>, CatalogueError> {
    let entries = entries(folder)?.into_iter();
    let mut found: Vec<_> = entries
        .filter_map(|(name, path)| Some((time_in(&name, identity)?, path)))
        .collect();
    found.sort();
    Ok(found)
}

fn file_name(identity: &str, made: Timestamp, is_encrypted: bool) -> String {
    let end = if is_encrypted { ENCRYPTED } else { PLAIN };
    format!("breed-kiosk-{identity}-{}.{end}", made.strftime(TIME))
}

/// The time in the name of an automatic backup; `None` for any other file.
fn time_in(name: &str, identity: &str) -> Option<Timestamp> {
    let rest = name.strip_prefix("breed-kiosk-")?.strip_prefix(identity)?;
    let (time, end) = rest.strip_prefix('-')?.split_once('.')?;
    let time = DateTime::strptime(TIME, time).ok()?;
    let made = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (file_name(identity, made, end == ENCRYPTED) == name).then_some(made)
}
