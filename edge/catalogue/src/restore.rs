//! Restores a backup, all or nothing. Nothing in the file is trusted.
//!
//! [`staged`] unpacks and checks it in a folder of its own (by way of [`archive`], [`database`] and
//! [`values`]), before anything of the catalogue changes. Then the photographs are linked to their
//! place, and the fresh database replaces the catalogue's at once. What fails before is undone, and
//! what is cut off before is undone at the next start ([`leftovers`]).

mod archive;
mod damaged;
mod database;
mod leftovers;
mod newer;
mod staged;
mod stop;
mod values;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};
use serde::Serialize;

use crate::backup::copy_all;
use crate::photographs::{Photographs, picture_fault};
use crate::private::{self, DAMAGED};
use crate::totals::Totals;
use crate::{Catalogue, CatalogueError, Passphrase, outbox, remains};
pub(crate) use damaged::{discard, make_folder};
use staged::Staged;
pub use stop::Stop;

/// How long to wait for others who are writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A backup to restore. A path alone is one that is not encrypted.
///
/// ```
/// use catalogue::{AnimalFields, BackupFile, Catalogue, Passphrase};
/// use recognise::metadata::Species;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(&folder.path().join("data"))?;
/// let passphrase = Passphrase::new("four words are enough");
/// catalogue.set_backup_passphrase(Some(&passphrase))?;
/// catalogue.add_animal(&AnimalFields::new("Bella", Species::Dog, "pug"), "ana")?;
///
/// let file = folder.path().join("kiosk.backup");
/// let left_out = catalogue.backup_to_new(&file)?;
/// assert!(left_out.is_empty());
///
/// let other = Catalogue::open(&folder.path().join("other"))?;
/// let restored = other.restore(BackupFile::new(&file, Some(&passphrase)))?;
/// assert_eq!(restored.totals.animals, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BackupFile<'a> {
    file: &'a Path,
    passphrase: Option<&'a Passphrase>,
}

impl<'a> BackupFile<'a> {
    /// The backup in a file. One that is encrypted needs its passphrase, and any other must have none.
    #[must_use]
    pub fn new(file: &'a Path, passphrase: Option<&'a Passphrase>) -> Self {
        Self { file, passphrase }
    }
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for BackupFile<'a> {
    fn from(file: &'a P) -> Self {
        Self::new(file.as_ref(), None)
    }
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// When the backup was written.
    pub made: Timestamp,
    /// What the catalogue holds now.
    pub totals: Totals,
    /// The folder of what was left of a catalogue that could not be used; `None` where it could.
    pub damaged: Option<PathBuf>,
}

impl Catalogue {
    /// Replaces the contents of the catalogue by those of a backup, after all of it has been
    /// checked. Others who have the catalogue open, even in another process, see either the former
    /// contents or the new ones. A database that is damaged is copied to a folder of its own first.
    ///
    /// # Errors
    /// [`CatalogueError::NotABackup`] for any other file, [`CatalogueError::NotDecrypted`] without the
    /// right passphrase, [`CatalogueError::Newer`] for one of a newer kiosk,
    /// [`CatalogueError::Interrupted`] after [`Catalogue::stop_restoring`], or when the catalogue
    /// cannot be written. Then the catalogue and its folder are as they were.
    pub fn restore<'a>(
        &self,
        backup: impl Into<BackupFile<'a>>,
    ) -> Result<Restored, CatalogueError> {
        let (backup, database) = Staged::read(backup.into(), &self.photographs, &self.stop)?;
        let damaged = self.keep_if_damaged()?;
        let placed = place(&self.photographs, &backup, || {
            self.stop.check()?;
            self.replace_by(&database)
        });
        match placed {
            Ok((added, ())) => self.finish(&backup, &added, damaged),
            Err(error) => {
                if let Some(copy) = damaged {
                    discard(&copy);
                }
                Err(error)
            }
        }
    }

    /// Restores a backup to the catalogue in `folder`, as [`Catalogue::restore`] does, even if that
    /// catalogue cannot be opened because it is damaged, or the disk cannot read it, or it is lost. Then
    /// what is left of its files is moved to a folder of their own, for which nobody has to read them, and
    /// its photographs stay. Where there is none, the folder gets one, unless this fails. No other process
    /// may have it open.
    ///
    /// # Errors
    /// As [`Catalogue::restore`] and [`Catalogue::open`], except for those that this is for;
    /// [`CatalogueError::Interrupted`] once `stop` is asked.
    pub fn restore_to<'a>(
        folder: &Path,
        backup: impl Into<BackupFile<'a>>,
        stop: &Stop,
    ) -> Result<Restored, CatalogueError> {
        let backup = backup.into();
        if !Self::exists(folder) {
            return Self::restore_to_new_folder(folder, backup, stop);
        }
        let opened = Self::open(folder).map(|catalogue| Self {
            stop: stop.clone(),
            ..catalogue
        });
        // One that opens may be too damaged to be copied to a folder of its own.
        match opened.and_then(|catalogue| catalogue.restore(backup)) {
            Err(CatalogueError::Corrupt { .. } | CatalogueError::Lost { .. }) => {
                let photographs = Photographs::open(folder)?;
                let staged = Staged::read(backup, &photographs, stop)?;
                Self::restore_to_new_file(folder, &photographs, staged)
            }
            done => done,
        }
    }

    /// Restores a backup where [`Catalogue::restore`] fails with [`CatalogueError::Corrupt`]: what is left of
    /// the database's files is moved to a folder of their own, for which nobody has to read them. From then on
    /// this handle refuses every change, whatever becomes of the restore, and the catalogue has to be opened
    /// again. No other process may have it open.
    ///
    /// # Errors
    /// As [`Catalogue::restore`].
    pub fn restore_over<'a>(
        &self,
        backup: impl Into<BackupFile<'a>>,
    ) -> Result<Restored, CatalogueError> {
        let staged = Staged::read(backup.into(), &self.photographs, &self.stop)?;
        self.connections.close()?;
        Self::restore_to_new_file(&self.folder, &self.photographs, staged)
    }

    /// Restores a backup to a folder without a catalogue. If this fails, it has none afterwards, either.
    fn restore_to_new_folder(
        folder: &Path,
        backup: BackupFile<'_>,
        stop: &Stop,
    ) -> Result<Restored, CatalogueError> {
        private::create_folder(folder)?;
        let photographs = Photographs::open(folder)?;
        let staged = Staged::read(backup, &photographs, stop);
        let restored =
            staged.and_then(|staged| Self::restore_to_new_file(folder, &photographs, staged));
        if restored.is_err() {
            remains::remove_empty_folders(folder);
        }
        restored
    }

    /// Puts a backup's database in place of the one in `folder`, which is moved aside. This process must not
    /// have it open.
    fn restore_to_new_file(
        folder: &Path,
        photographs: &Photographs,
        (backup, database): (Staged, Connection),
    ) -> Result<Restored, CatalogueError> {
        drop(database);
        let (added, (catalogue, damaged)) = place(photographs, &backup, || {
            damaged::replace(folder, &backup.database(), DAMAGED, |_| Ok(()))
        })?;
        catalogue.finish(&backup, &added, damaged)
    }

    /// Sees whether a backup could be restored, by all that [`Catalogue::restore`] does before anything
    /// changes.
    ///
    /// # Errors
    /// As [`Catalogue::restore`].
    pub(crate) fn check_backup(&self, backup: BackupFile<'_>) -> Result<(), CatalogueError> {
        Staged::check(backup, &self.photographs, &self.stop)
    }

    /// Ends restores to this catalogue, as [`Stop::ask`] does: for a program that ends.
    pub fn stop_restoring(&self) {
        self.stop.ask();
    }

    /// Replaces the contents of the database, in one transaction.
    fn replace_by(&self, database: &Connection) -> Result<(), CatalogueError> {
        let started = Instant::now();
        let mut writer = self.connections.writer();
        // Where the catalogue is damaged and does not say who they are, those of the backup are kept.
        if let Ok(senders) = outbox::senders(&writer) {
            outbox::keep_senders(database, &senders)
                .map_err(|fault| self.connections.error(fault))?;
        }
        let copied = loop {
            match copy_all(database, &mut writer) {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && started.elapsed() < PATIENCE =>
                {
                    thread::sleep(Duration::from_millis(20));
                }
                copied => break copied,
            }
        };
        copied.map_err(|error| self.connections.error(error))?;
        // Empties the write-ahead log now rather than while staff wait.
        if let Err(error) = writer.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())) {
            tracing::warn!(
                file = %self.connections.file().display(),
                %error,
                "the write-ahead log could not be emptied after a restore; SQLite does it later"
            );
        }
        drop(writer);
        self.connections.outbox.tell();
        Ok(())
    }

    /// Does the rest once the records are there, which follows from them. What fails here is no reason
    /// to say that nothing was restored.
    fn finish(
        &self,
        backup: &Staged,
        added: &BTreeSet<String>,
        damaged: Option<PathBuf>,
    ) -> Result<Restored, CatalogueError> {
        for done in [self.mend(backup, added), self.align_training()] {
            if let Err(error) = done {
                tracing::warn!(%error, "not all photographs could be put in their place");
            }
        }
        Ok(Restored {
            made: backup.made,
            totals: self.totals()?,
            damaged,
        })
    }

    /// Replaces photographs that are damaged by those of the backup. Those that were `added` are not.
    fn mend(&self, backup: &Staged, added: &BTreeSet<String>) -> Result<(), CatalogueError> {
        let mut mended = BTreeSet::new();
        for name in backup.photographs.difference(added) {
            let from = backup.photograph(name);
            // Most are the same, and reading them takes less time than decoding them.
            if self.photographs.is_same(name, &from) {
                continue;
            }
            let about = fs::metadata(&from).map_err(CatalogueError::io(&from))?;
            let is_damaged = self.photographs.fault(name, about.len()).is_some();
            if is_damaged && picture_fault(&from).is_none() {
                self.photographs.replace(&from, name)?;
                mended.insert(name);
            }
        }
        // They may be links to the damaged ones; those that are wanted are made again.
        for example in self.training.examples()? {
            if mended.contains(&example.photograph) {
                self.training.remove(&example)?;
            }
        }
        self.photographs.sync()
    }
}

/// Puts the photographs of a backup in their place, and then has `replace` replace the database: nobody
/// sees a restored visit without its photograph. Photographs that are there already stay. If anything
/// fails, those that were added are removed again. Returns their names, and what `replace` does.
fn place<T>(
    photographs: &Photographs,
    backup: &Staged,
    replace: impl FnOnce() -> Result<T, CatalogueError>,
) -> Result<(BTreeSet<String>, T), CatalogueError> {
    let mut added = BTreeSet::new();
    let placed = add(photographs, backup, &mut added)
        .and_then(|()| photographs.sync())
        .and_then(|()| replace());
    match placed {
        Ok(value) => Ok((added, value)),
        Err(error) => {
            for name in added {
                discard(&photographs.path(&name));
            }
            Err(error)
        }
    }
}

/// Links the photographs of a backup to their place unless they are there. `added` gets the names of
/// those that were not. The links in the backup's own folder tell later which ones these are.
fn add(
    photographs: &Photographs,
    backup: &Staged,
    added: &mut BTreeSet<String>,
) -> Result<(), CatalogueError> {
    for name in &backup.photographs {
        let from = backup.photograph(name);
        let is_added = match fs::hard_link(&from, photographs.path(name)) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            // A disk without links.
            Err(_) => photographs.adopt(&from, name)?,
        };
        if is_added {
            added.insert(name.clone());
        }
    }
    Ok(())
}
