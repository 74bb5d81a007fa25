//! Deletes visits that were none: without an animal in the picture, or recorded by mistake.

use rusqlite::Connection;

use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::VisitId;
use crate::training::TrainingExample;
use crate::values::{NAME_CHARACTERS, check_line};
use crate::{Catalogue, CatalogueError, VisitEvent, outbox, visits};

/// Why a visit is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoVisit {
    /// There is no animal in the picture.
    NoAnimal {
        /// Whether its photograph, where there is one, is kept for training as a picture without an
        /// animal. It is removed as the photographs of visits are, when its time is up.
        keep_photograph: bool,
    },
    /// It was recorded by mistake.
    Mistake,
}

impl Catalogue {
    /// Deletes a visit: its answer, its decisions and its photograph. The history keeps what was
    /// decided about it, and who deleted it. `revision` is as in [`crate::Decision`].
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`], [`CatalogueError::NoSuchVisit`], or when the catalogue cannot
    /// be written. A photograph that cannot be removed is logged; it is set aside when the catalogue
    /// is tidied, and removed when its retention time is up.
    pub fn delete_visit(
        &self,
        id: VisitId,
        why: NoVisit,
        revision: Option<u32>,
        by: &str,
    ) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        let author = Author::now(by);
        let record = self.connections.write(|transaction| {
            let record = visits::one(transaction, id)?;
            record.visit.check_revision(revision)?;
            if why.keeps_photograph() {
                keep_negative(transaction, id)?;
            }
            outbox::visit_deleted(transaction, id, record.visit.revision, author)?;
            transaction.execute("DELETE FROM visit WHERE id = ?1", [id])?;
            let (subject, reason) = (Subject::Visit(id), Some(why.as_str()));
            author.note(transaction, subject, "deleted", None, reason)?;
            Ok(record)
        })?;
        let example = record.training_example();
        match record.photograph {
            Some(name) if why.keeps_photograph() => {
                let negative = TrainingExample::negative(name);
                self.update_training(example.as_ref(), Some(&negative));
            }
            Some(name) => {
                self.update_training(example.as_ref(), None);
                self.photographs.discard(&name);
            }
            None => {}
        }
        self.tell(VisitEvent::Deleted, &record.visit);
        Ok(())
    }
}

impl NoVisit {
    fn keeps_photograph(self) -> bool {
        matches!(
            self,
            Self::NoAnimal {
                keep_photograph: true
            }
        )
    }

    /// The reason in the history.
    fn as_str(self) -> &'static str {
        match self {
            Self::NoAnimal { .. } => "no_animal",
            Self::Mistake => "mistake",
        }
    }
}

/// Keeps the photograph of a visit, where it has one, beyond the visit.
fn keep_negative(connection: &Connection, visit: VisitId) -> Result<(), Fault> {
    connection.execute(
        "INSERT INTO negative (photograph, bytes, since)
         SELECT photograph, photograph_bytes, coalesce(photograph_since, at) FROM visit
         WHERE id = ?1 AND photograph IS NOT NULL",
        [visit],
    )?;
    Ok(())
}
