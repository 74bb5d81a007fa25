//! Finds out whether a visit could be recorded, without recording one.

use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use recognise::{Source, VerdictKind};
use rusqlite::TransactionBehavior;
use rustix::fs::{StatVfsMountFlags, statvfs};

use crate::connections::Fault;
use crate::{Catalogue, CatalogueError, NewVisit, visits};

/// The room that a visit with its photograph may need on the disk, in bytes.
const ROOM: u64 = 1 << 20;

impl Catalogue {
    /// Opens the catalogue of a folder as [`Catalogue::open`] does, for visits to come.
    ///
    /// # Errors
    /// Those of [`Catalogue::open`], and [`CatalogueError::Corrupt`] if its tables are so damaged that they
    /// take no visit. A full disk is no error: it may have room again.
    pub fn open_for_visits(folder: &Path) -> Result<Self, CatalogueError> {
        let catalogue = Self::open(folder)?;
        match catalogue.try_recording() {
            Err(error @ CatalogueError::Corrupt { .. }) => Err(error),
            Ok(()) | Err(_) => Ok(catalogue),
        }
    }

    /// Tries whether a visit could be recorded now: whether the disk has room and may be written, as
    /// far as the system knows, and whether the tables take a visit. It writes nothing, so that it
    /// can be asked at any time: the visit is never committed. While another thread writes to the
    /// catalogue, only the disk is asked.
    ///
    /// # Errors
    /// Why a visit could not be recorded.
    pub fn try_recording(&self) -> Result<(), CatalogueError> {
        let file = self.connections.file();
        self.ask_disk().map_err(CatalogueError::io(file))?;
        let Some(mut writer) = self.connections.free_writer() else {
            return Ok(());
        };
        let tried = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Fault::from)
            .and_then(|transaction| {
                let id = trial().insert(&transaction, None)?;
                visits::one(&transaction, id)?;
                transaction.rollback().map_err(Fault::from)
            });
        tried.map_err(|fault| self.connections.error(fault))
    }

    /// Tries whether the disk takes what a visit may need, by a file that has no name and is gone
    /// again. It does not wait for the disk. Each try wears it a little, since a journal of the file
    /// system notes the file.
    ///
    /// # Errors
    /// Why the file cannot be written.
    pub fn try_writing(&self) -> Result<(), CatalogueError> {
        let file = self.connections.file();
        tempfile::tempfile_in(&self.folder)
            .and_then(|mut unnamed| io::copy(&mut io::repeat(0).take(ROOM), &mut unnamed))
            .map_err(CatalogueError::io(file))?;
        Ok(())
    }

    fn ask_disk(&self) -> io::Result<()> {
        let disk = statvfs(&self.folder)?;
        if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        if disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

/// A visit as there may be any.
fn trial() -> NewVisit {
    NewVisit {
        at: Timestamp::now(),
        photograph: None,
        verdict: VerdictKind::Unsure,
        candidates: Vec::new(),
        confidence: 0.0,
        embedding: Vec::new(),
        model: String::new(),
        source: Source::Camera,
    }
}
