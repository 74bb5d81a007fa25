//! Records what staff decide about a visit: which breed and which animal it was.

use jiff::Timestamp;
use recognise::BreedId;
use rusqlite::Connection;

use crate::animals;
use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::values::{At, NAME_CHARACTERS, check_breed, check_line};
use crate::visits::{self, Record, Visit};
use crate::{Catalogue, CatalogueError};

/// What staff decided about a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The breed's id, or [`crate::OTHER_BREED`].
    pub breed: BreedId,
    /// The animal. `None` where it is not known, which also withdraws an earlier decision.
    pub animal: Option<AnimalId>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Catalogue {
    /// Confirms or corrects what was recognised. The history keeps earlier decisions.
    ///
    /// # Errors
    /// When there is no such visit or animal, a field cannot be stored, or the catalogue cannot be
    /// written.
    pub fn confirm(&self, visit: VisitId, decision: &Decision) -> Result<Visit, CatalogueError> {
        check_breed("breed", &decision.breed)?;
        check_line("by", &decision.by, NAME_CHARACTERS)?;
        let author = Author {
            by: &decision.by,
            at: decision.at,
        };
        let (before, after) = self.connections.write(|transaction| {
            let before = visits::one(transaction, visit)?;
            if let Some(animal) = decision.animal {
                animals::one(transaction, animal)?;
            }
            write(
                transaction,
                &before,
                &decision.breed,
                decision.animal,
                author,
            )?;
            Ok((before, visits::one(transaction, visit)?))
        })?;
        self.update_training(
            before.training_example().as_ref(),
            after.training_example().as_ref(),
        );
        Ok(after.visit)
    }

    /// Confirms the same breed for several visits: all of them or none. The animals stay as they
    /// are. Returns the number of visits that changed.
    ///
    /// # Errors
    /// As [`Catalogue::confirm`].
    pub fn confirm_all(
        &self,
        visits: &[VisitId],
        breed: &str,
        by: &str,
    ) -> Result<usize, CatalogueError> {
        check_breed("breed", breed)?;
        check_line("by", by, NAME_CHARACTERS)?;
        let author = Author::now(by);
        let changed = self.connections.write(|transaction| {
            let mut changed = Vec::new();
            for &visit in visits {
                let before = visits::one(transaction, visit)?;
                let animal = before.visit.animal.as_ref().map(|(id, _)| *id);
                if write(transaction, &before, breed, animal, author)? {
                    changed.push((before, visits::one(transaction, visit)?));
                }
            }
            Ok(changed)
        })?;
        for (before, after) in &changed {
            self.update_training(
                before.training_example().as_ref(),
                after.training_example().as_ref(),
            );
        }
        Ok(changed.len())
    }
}

/// Writes a decision and its history. Returns whether it changes anything.
fn write(
    connection: &Connection,
    before: &Record,
    breed: &str,
    animal: Option<AnimalId>,
    author: Author<'_>,
) -> Result<bool, Fault> {
    let visit = &before.visit;
    let former = visit.animal.as_ref().map(|(id, _)| *id);
    if visit.confirmed_breed.as_deref() == Some(breed) && former == animal {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "UPDATE visit SET said = ?2, animal = ?3, settled_at = ?4, settled_by = ?5
             WHERE id = ?1",
        )?
        .execute((visit.id, breed, animal, At(author.at), author.by))?;
    let subject = Subject::Visit(visit.id);
    author.note(
        connection,
        subject,
        "said",
        visit.confirmed_breed.as_deref(),
        Some(breed),
    )?;
    let number = |id: Option<AnimalId>| id.map(|id| id.to_string());
    author.note(
        connection,
        subject,
        "animal",
        number(former).as_deref(),
        number(animal).as_deref(),
    )?;
    Ok(true)
}
