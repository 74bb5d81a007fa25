//! Undoes decisions: a visit gets back the decision that it had before.

use rusqlite::{Connection, OptionalExtension};

use crate::connections::Fault;
use crate::decisions::{self, Decided};
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::outbox::{self, EventKind};
use crate::values::{NAME_CHARACTERS, check_line};
use crate::visits::{self, Visit};
use crate::{Catalogue, CatalogueError, merge};

impl Catalogue {
    /// Undoes the last decision about a visit: breed, animal, author and time are those of the
    /// decision before it again, or the visit is unconfirmed as before the first one. Undoing again
    /// goes one decision further back. The history keeps what was undone, and by whom.
    ///
    /// `revision` is as in [`crate::Decision`]. An animal that was merged since comes back as the
    /// animal that it is now; one that was deleted does not come back.
    ///
    /// # Errors
    /// [`CatalogueError::NothingToUndo`], [`CatalogueError::Superseded`],
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be written.
    pub fn undo(
        &self,
        visit: VisitId,
        revision: Option<u32>,
        by: &str,
    ) -> Result<Visit, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        let author = Author::now(by);
        self.decide(|transaction| {
            let before = visits::one(transaction, visit)?;
            before.visit.check_revision(revision)?;
            restore_former(transaction, visit)?;
            let after = visits::one(transaction, visit)?;
            author.note(
                transaction,
                Subject::Visit(visit),
                "undone",
                None,
                Some("true"),
            )?;
            decisions::note(transaction, author, &before.visit, &after.visit)?;
            outbox::visit(transaction, EventKind::Decision, visit, author)?;
            let after = Some(after);
            Ok(Decided { before, after })
        })
    }

    /// Whether a visit has a decision that [`Catalogue::undo`] can undo. Decisions of before the
    /// catalogue kept former ones cannot be undone.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn can_undo(&self, visit: VisitId) -> Result<bool, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT 1 FROM former_decision WHERE visit = ?1")?;
            Ok(statement.exists([visit])?)
        })
    }
}

/// Remembers a visit's decision, or that it has none, before another one replaces it.
pub(crate) fn remember(connection: &Connection, visit: VisitId) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO former_decision (visit, said, said_name, animal, settled_at, settled_by)
             SELECT id, said, said_name, animal, settled_at, settled_by FROM visit WHERE id = ?1",
        )?
        .execute([visit])?;
    Ok(())
}

/// Gives a visit back the decision that was remembered last, and forgets it.
fn restore_former(connection: &Connection, visit: VisitId) -> Result<(), Fault> {
    let former: Option<(i64, Option<AnimalId>)> = connection
        .prepare_cached(
            "SELECT id, animal FROM former_decision WHERE visit = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([visit], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (former, animal) = former.ok_or(CatalogueError::NothingToUndo(visit))?;
    let animal = match animal {
        Some(animal) => merge::present(connection, animal)?,
        None => None,
    };
    connection
        .prepare_cached(
            "UPDATE visit SET said = former.said, said_name = former.said_name, animal = ?2,
                              settled_at = former.settled_at, settled_by = former.settled_by
             FROM former_decision AS former WHERE former.id = ?1 AND visit.id = former.visit",
        )?
        .execute((former, animal))?;
    connection
        .prepare_cached("DELETE FROM former_decision WHERE id = ?1")?
        .execute([former])?;
    Ok(())
}
