//! What staff say about a visit: confirmed or corrected.

use jiff::Timestamp;
use recognise::BreedId;
use rusqlite::Connection;

use super::connections::Fault;
use super::history::{Hand, Subject};
use super::values::{At, NAME_CHARACTERS, check_breed, check_line};
use super::visits::{self, Record, Visit};
use super::{AnimalId, Catalogue, CatalogueError, VisitId, animals};

/// What staff say of an animal whose breed is none of the network's: no network learns from it.
pub const OTHER_BREED: &str = "other";

/// What staff said about a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The breed's id, or [`OTHER_BREED`].
    pub breed: BreedId,
    /// Which animal it is; `None` when that is not known (and takes away what was said before).
    pub animal: Option<AnimalId>,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Catalogue {
    /// Confirms or corrects what was recognised. What was said before stays in the history.
    ///
    /// # Errors
    /// When there is no such visit or animal, a field cannot be kept, or the catalogue cannot be
    /// written.
    pub fn confirm(&self, visit: VisitId, said: &Decision) -> Result<Visit, CatalogueError> {
        check_breed("breed", &said.breed)?;
        check_line("by", &said.by, NAME_CHARACTERS)?;
        let hand = Hand {
            by: &said.by,
            at: said.at,
        };
        let (before, after) = self.connections.write(|transaction| {
            let before = visits::one(transaction, visit)?;
            if let Some(animal) = said.animal {
                animals::one(transaction, animal)?;
            }
            say(transaction, &before, &said.breed, said.animal, hand)?;
            Ok((before, visits::one(transaction, visit)?))
        })?;
        self.learn(&before, &after);
        Ok(after.visit)
    }

    /// Says the same breed of many visits: all of them or none. The animals stay as they were.
    /// Returns how many it changed.
    ///
    /// # Errors
    /// As [`Catalogue::settle`].
    pub fn confirm_all(
        &self,
        visits: &[VisitId],
        breed: &str,
        by: &str,
    ) -> Result<usize, CatalogueError> {
        check_breed("breed", breed)?;
        check_line("by", by, NAME_CHARACTERS)?;
        let hand = Hand::now(by);
        let changed = self.connections.write(|transaction| {
            let mut changed = Vec::new();
            for &visit in visits {
                let before = visits::one(transaction, visit)?;
                let animal = before.visit.animal.as_ref().map(|(id, _)| *id);
                if say(transaction, &before, breed, animal, hand)? {
                    changed.push((before, visits::one(transaction, visit)?));
                }
            }
            Ok(changed)
        })?;
        for (before, after) in &changed {
            self.learn(before, after);
        }
        Ok(changed.len())
    }

    /// Brings the training folder into line with what was said. It follows from the visits: what
    /// fails here is made good when the catalogue is tidied.
    fn learn(&self, before: &Record, after: &Record) {
        let (before, after) = (before.lesson(), after.lesson());
        if before == after {
            return;
        }
        let _ = before.map_or(Ok(()), |lesson| self.photographs.unteach(&lesson));
        let _ = after.map_or(Ok(()), |lesson| self.photographs.teach(&lesson));
    }
}

/// Writes down what staff say of a visit. Whether that is anything new.
fn say(
    connection: &Connection,
    before: &Record,
    breed: &str,
    animal: Option<AnimalId>,
    hand: Hand<'_>,
) -> Result<bool, Fault> {
    let visit = &before.visit;
    let known = visit.animal.as_ref().map(|(id, _)| *id);
    if visit.confirmed_breed.as_deref() == Some(breed) && known == animal {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "UPDATE visit SET said = ?2, animal = ?3, settled_at = ?4, settled_by = ?5
             WHERE id = ?1",
        )?
        .execute((visit.id, breed, animal, At(hand.at), hand.by))?;
    let subject = Subject::Visit(visit.id);
    hand.note(
        connection,
        subject,
        "said",
        visit.confirmed_breed.as_deref(),
        Some(breed),
    )?;
    let number = |id: Option<AnimalId>| id.map(|id| id.to_string());
    let (known, animal) = (number(known), number(animal));
    hand.note(
        connection,
        subject,
        "animal",
        known.as_deref(),
        animal.as_deref(),
    )?;
    Ok(true)
}
