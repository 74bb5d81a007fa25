//! Records what staff decide about a visit: which breed and which animal it was.

use jiff::Timestamp;
use recognise::BreedId;
use rusqlite::Connection;

use crate::animals::{self, AnimalFields};
use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::outbox::{self, Changed, EventKind};
use crate::values::{At, NAME_CHARACTERS, breed_name, check_breed, check_line};
use crate::visits::{self, Record, Visit};
use crate::{Catalogue, CatalogueError, VisitEvent, chain, undo};

/// What staff decided about a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The breed's id, or [`crate::OTHER_BREED`].
    pub breed: BreedId,
    /// A breed that is in no list, in the words of staff: one line of at most 100 characters, only
    /// with [`crate::OTHER_BREED`].
    pub breed_name: Option<String>,
    /// The animal. `None` where it is not known, which also withdraws an earlier decision.
    pub animal: Option<AnimalId>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The revision of the visit that staff saw. If the visit has changed since, the decision is
    /// refused. `None` is not checked.
    pub revision: Option<u32>,
}

impl Catalogue {
    /// Confirms or corrects what was recognised. The history keeps earlier decisions. A decision
    /// that the visit has already changes nothing, whichever revision it was given for. An animal that
    /// is only known elsewhere is adopted: it is one of this daycare's from now on.
    ///
    /// # Errors
    /// [`CatalogueError::Superseded`]; when there is no such visit or animal; when a field cannot be
    /// stored, or the catalogue cannot be written.
    pub fn confirm(&self, visit: VisitId, decision: &Decision) -> Result<Visit, CatalogueError> {
        decision.check()?;
        self.decide(|transaction| {
            let before = visits::one(transaction, visit)?;
            decide(transaction, before, decision)
        })
    }

    /// Adds an animal and confirms a visit as its own, both or neither. [`Decision::animal`] is not
    /// read.
    ///
    /// # Errors
    /// As [`Catalogue::confirm`] and [`Catalogue::add_animal`].
    pub fn confirm_newcomer(
        &self,
        visit: VisitId,
        animal: &AnimalFields,
        decision: &Decision,
    ) -> Result<Visit, CatalogueError> {
        decision.check()?;
        self.decide(|transaction| {
            let before = visits::one(transaction, visit)?;
            let id = animals::add(transaction, animal, decision.author())?;
            outbox::animal(transaction, id, Changed::All, decision.author())?;
            let decision = Decision {
                animal: Some(id),
                ..decision.clone()
            };
            decide(transaction, before, &decision)
        })
    }

    /// Takes the animal off a visit. The breed stays confirmed. `revision` is as in [`Decision`].
    ///
    /// # Errors
    /// [`CatalogueError::NoGuest`] where the visit has no animal, [`CatalogueError::Superseded`],
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be written.
    pub fn take_guest_off(
        &self,
        visit: VisitId,
        revision: Option<u32>,
        by: &str,
    ) -> Result<Visit, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.decide(|transaction| {
            let before = visits::one(transaction, visit)?;
            before.visit.check_revision(revision)?;
            let breed = (before.visit.confirmed_breed.clone())
                .filter(|_| before.visit.animal.is_some())
                .ok_or(CatalogueError::NoGuest(visit))?;
            let decision = Decision {
                breed,
                breed_name: before.visit.confirmed_breed_name.clone(),
                animal: None,
                by: by.to_owned(),
                at: Timestamp::now(),
                revision,
            };
            decide(transaction, before, &decision)
        })
    }

    /// Confirms the same breed for several visits: all of them or none. The animals stay as they
    /// are. Each visit comes with the revision that staff saw, and `breed_name` is as in [`Decision`].
    /// Returns the number of visits that changed.
    ///
    /// # Errors
    /// As [`Catalogue::confirm`].
    pub fn confirm_all(
        &self,
        visits: &[(VisitId, Option<u32>)],
        breed: &str,
        breed_name: Option<&str>,
        by: &str,
    ) -> Result<usize, CatalogueError> {
        let at = Timestamp::now();
        check_breed("breed", breed)?;
        check_line("by", by, NAME_CHARACTERS)?;
        let decided = self.connections.write(|transaction| {
            let mut decided = Vec::new();
            for &(visit, revision) in visits {
                let before = visits::one(transaction, visit)?;
                let decision = Decision {
                    breed: breed.into(),
                    breed_name: breed_name.map(str::to_owned),
                    animal: before.visit.animal.as_ref().map(|(id, _)| *id),
                    by: by.to_owned(),
                    at,
                    revision,
                };
                decided.push(decide(transaction, before, &decision)?);
            }
            Ok(decided)
        })?;
        let changed = decided.iter().filter(|decided| decided.after.is_some());
        let changed = changed.count();
        for decided in decided {
            self.after_decision(decided);
        }
        Ok(changed)
    }

    /// Writes a decision or undoes one, and has the training folder follow.
    pub(crate) fn decide(
        &self,
        work: impl FnOnce(&Connection) -> Result<Decided, Fault>,
    ) -> Result<Visit, CatalogueError> {
        let decided = self.connections.write(|transaction| work(transaction))?;
        Ok(self.after_decision(decided))
    }

    /// Updates the training folder after a decision, and tells those that listen. Returns the visit
    /// as it is now.
    fn after_decision(&self, Decided { before, after }: Decided) -> Visit {
        let Some(after) = after else {
            return before.visit;
        };
        self.update_training(
            before.training_example().as_ref(),
            after.training_example().as_ref(),
        );
        self.tell(VisitEvent::Decided, &after.visit);
        after.visit
    }
}

impl Decision {
    fn check(&self) -> Result<(), CatalogueError> {
        check_breed("breed", &self.breed)?;
        check_line("by", &self.by, NAME_CHARACTERS)
    }

    fn author(&self) -> Author<'_> {
        Author {
            by: &self.by,
            at: self.at,
        }
    }
}

/// A visit before and after a decision; without the latter where nothing changed.
pub(crate) struct Decided {
    pub(crate) before: Record,
    pub(crate) after: Option<Record>,
}

/// Writes a decision and its history.
fn decide(connection: &Connection, before: Record, decision: &Decision) -> Result<Decided, Fault> {
    let visit = &before.visit;
    let former = visit.animal.as_ref().map(|(id, _)| *id);
    let breed_name = breed_name(&decision.breed, decision.breed_name.as_deref())?;
    if visit.confirmed_breed.as_ref() == Some(&decision.breed)
        && visit.confirmed_breed_name == breed_name
        && former == decision.animal
    {
        let after = None;
        return Ok(Decided { before, after });
    }
    visit.check_revision(decision.revision)?;
    if let Some(animal) = decision.animal {
        animals::one(connection, animal)?;
        chain::adopt(connection, animal, decision.author())?;
    }
    undo::remember(connection, visit.id)?;
    connection
        .prepare_cached(
            "UPDATE visit SET said = ?2, said_name = ?3, animal = ?4, settled_at = ?5,
                              settled_by = ?6
             WHERE id = ?1",
        )?
        .execute((
            visit.id,
            decision.breed.as_str(),
            breed_name,
            decision.animal,
            At(decision.at),
            &decision.by,
        ))?;
    let after = visits::one(connection, visit.id)?;
    note(connection, decision.author(), visit, &after.visit)?;
    outbox::visit(connection, EventKind::Decision, visit.id, decision.author())?;
    let after = Some(after);
    Ok(Decided { before, after })
}

/// Notes in the history how the decisions about a visit differ.
pub(crate) fn note(
    connection: &Connection,
    author: Author<'_>,
    before: &Visit,
    after: &Visit,
) -> Result<(), Fault> {
    let subject = Subject::Visit(after.id);
    author.note(
        connection,
        subject,
        "said",
        before.confirmed_breed.as_deref(),
        after.confirmed_breed.as_deref(),
    )?;
    author.note(
        connection,
        subject,
        "said_name",
        before.confirmed_breed_name.as_deref(),
        after.confirmed_breed_name.as_deref(),
    )?;
    let number = |visit: &Visit| visit.animal.as_ref().map(|(id, _)| id.to_string());
    author.note(
        connection,
        subject,
        "animal",
        number(before).as_deref(),
        number(after).as_deref(),
    )
}
