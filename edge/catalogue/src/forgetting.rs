//! Erases an animal for good.

use crate::history::{Author, Subject};
use crate::ids::AnimalId;
use crate::values::{NAME_CHARACTERS, check_line};
use crate::visits::{self, Record};
use crate::{Catalogue, CatalogueError, animals};

impl Catalogue {
    /// Erases an animal for good, at its household's request: what staff entered, its bookings, its
    /// history, the photographs of its visits and what was noted about its stays. So are the animals
    /// that were merged into it. The visits stay, without animal and photograph. So do its owners: see
    /// [`Catalogue::owners_of_only`].
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be written. A photograph that
    /// could not be removed belongs to no visit any more. It is set aside when the catalogue is
    /// tidied, and removed when its retention time is up.
    pub fn delete_animal(&self, id: AnimalId, by: &str) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        let author = Author::now(by);
        let records = self.connections.write(|transaction| {
            animals::one(transaction, id)?;
            let mut records = Vec::new();
            visits::each(transaction, "WHERE v.animal = ?1", [id], |record| {
                records.push(record);
                Ok(())
            })?;
            let number = id.to_string();
            for record in &records {
                let subject = Subject::Visit(record.visit.id);
                author.note(transaction, subject, "animal", Some(&number), None)?;
            }
            transaction.execute(
                "UPDATE visit SET animal = NULL, photograph = NULL, photograph_bytes = 0,
                                  embedding = NULL, belongings = '', run = ''
                 WHERE animal = ?1",
                [id],
            )?;
            transaction.execute(
                "UPDATE visit SET departed = NULL, left_at = NULL, checked_out_at = NULL,
                                  checked_out_by = NULL
                 WHERE departed = ?1",
                [id],
            )?;
            let subject = Subject::Animal(id);
            transaction.execute(
                "DELETE FROM change WHERE subject = ?1 AND subject_id IN (
                     SELECT ?2 UNION ALL SELECT id FROM merged WHERE survivor = ?2)",
                subject.key(),
            )?;
            // With it go the animals that were merged into it.
            transaction.execute("DELETE FROM animal WHERE id = ?1", [id])?;
            author.note(transaction, subject, "deleted", None, Some("true"))?;
            Ok(records)
        })?;
        // All of them are tried; the first error is the one to report.
        let removed = records.iter().map(|record| self.remove_photograph(record));
        removed.fold(Ok(()), Result::and)
    }

    fn remove_photograph(&self, record: &Record) -> Result<(), CatalogueError> {
        let example = record.training_example();
        let unlinked = example.map_or(Ok(()), |example| self.training.remove(&example));
        let name = record.photograph.as_deref();
        unlinked.and(name.map_or(Ok(()), |name| self.photographs.remove(name)))
    }
}
