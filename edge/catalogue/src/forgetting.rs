//! Forgetting an animal for good.

use super::history::{Hand, Subject};
use super::values::{NAME_CHARACTERS, check_line};
use super::{AnimalId, Catalogue, CatalogueError, animals, visits};

impl Catalogue {
    /// Forgets an animal for good, on its household's request: what is kept about it, its history,
    /// its photographs. Its visits stay, without name and photograph.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be written. Photographs that
    /// cannot be removed belong to nobody any more and go when the catalogue is tidied.
    pub fn delete_animal(&self, id: AnimalId, by: &str) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        let hand = Hand::now(by);
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
                hand.note(transaction, subject, "animal", Some(&number), None)?;
            }
            transaction.execute(
                "UPDATE visit SET animal = NULL, photograph = NULL, photograph_bytes = 0,
                                  embedding = NULL
                 WHERE animal = ?1",
                [id],
            )?;
            let (subject, key) = Subject::Animal(id).key();
            transaction.execute(
                "DELETE FROM change WHERE subject = ?1 AND subject_id = ?2",
                (subject, key),
            )?;
            transaction.execute("DELETE FROM animal WHERE id = ?1", [id])?;
            hand.note(
                transaction,
                Subject::Animal(id),
                "deleted",
                None,
                Some("true"),
            )?;
            Ok(records)
        })?;
        for record in &records {
            if let Some(lesson) = record.lesson() {
                self.photographs.unteach(&lesson)?;
            }
            if let Some(name) = &record.photograph {
                self.photographs.remove(name)?;
            }
        }
        Ok(())
    }
}
