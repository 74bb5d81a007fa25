//! Finds out whether a visit could be recorded, without recording one.

use std::io::{self, Read};

use jiff::Timestamp;
use recognise::{Source, VerdictKind};
use rusqlite::TransactionBehavior;

use crate::connections::Fault;
use crate::{Catalogue, CatalogueError, NewVisit, visits};

/// The room that a visit with its photograph may need on the disk, in bytes.
const ROOM: u64 = 1 << 20;

impl Catalogue {
    /// Tries whether a visit could be recorded now: whether the disk has room and can be written, and
    /// whether the tables take a visit. It leaves nothing behind, and does not wait for the disk: the
    /// file that it writes has no name, and the visit is never committed. While another thread writes
    /// to the catalogue, only the disk is tried.
    ///
    /// # Errors
    /// Why a visit could not be recorded.
    pub fn try_recording(&self) -> Result<(), CatalogueError> {
        let file = self.connections.file();
        tempfile::tempfile_in(&self.folder)
            .and_then(|mut unnamed| io::copy(&mut io::repeat(0).take(ROOM), &mut unnamed))
            .map_err(CatalogueError::io(file))?;
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
