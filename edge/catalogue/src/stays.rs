//! The stay that begins with a visit: what the animal brought, where it is, and when it left.

use jiff::Timestamp;
use rusqlite::Row;
use serde::Serialize;

use crate::history::{Author, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::values::{At, NAME_CHARACTERS, TEXT_CHARACTERS, check_line, check_text};
use crate::{Catalogue, CatalogueError, Mark, in_house, visits};

/// The longest name of a run or kennel, in characters.
const RUN_CHARACTERS: usize = 100;

/// Which visits have a stay that is open, of the table `v`. The index `visit_in_house` has the same
/// terms.
pub(crate) const OPEN: &str =
    "v.said IS NOT NULL AND v.animal IS NOT NULL AND v.departed IS NOT v.animal";

/// The stay that began with a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stay {
    /// Whether the animal is in the house: staff have confirmed who came, and have not checked it out.
    pub is_open: bool,
    /// What it brought, at most 4000 characters.
    pub belongings: String,
    /// Its run or kennel, one line of at most 100 characters.
    pub run: String,
    /// When it left; `None` while it is in the house, and where nobody knows.
    pub left_at: Option<Timestamp>,
    /// When staff checked it out. `None` for visits from before the catalogue had stays, too.
    pub checked_out_at: Option<Timestamp>,
    /// Who did so.
    pub checked_out_by: Option<String>,
}

/// What staff note about one stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StayNotes {
    /// As [`Stay::belongings`].
    pub belongings: String,
    /// As [`Stay::run`].
    pub run: String,
}

impl Catalogue {
    /// The stay of a visit. Of several visits on one day with an open stay, it is that of the first
    /// one.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be read.
    pub fn stay(&self, visit: VisitId) -> Result<Stay, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let record = visits::one(&snapshot, visit)?;
            match in_house::stay_of(&snapshot, &record)? {
                Some(open) => Ok(visits::one(&snapshot, open.visit)?.stay),
                None => Ok(record.stay),
            }
        })
    }

    /// Notes what the animal of a visit brought, and where it is. Of several visits on one day with an
    /// open stay, the first one has the notes. The animal's history keeps the former ones. `seen` is the
    /// mark of the stay as staff saw it; without it, that is not checked.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], [`CatalogueError::NoSuchVisit`], [`CatalogueError::NoGuest`] where
    /// nobody said whose visit it is, [`CatalogueError::Outdated`], or when the catalogue cannot be
    /// written.
    pub fn set_stay_notes(
        &self,
        visit: VisitId,
        notes: &StayNotes,
        seen: Option<&Mark>,
        by: &str,
    ) -> Result<Stay, CatalogueError> {
        let (belongings, run) = (notes.belongings.trim(), notes.run.trim());
        check_text("belongings", belongings, TEXT_CHARACTERS)?;
        check_line("run", run, RUN_CHARACTERS)?;
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let record = visits::one(transaction, visit)?;
            let animal = record.visit.animal.as_ref().map(|(id, _)| *id);
            let animal = animal.ok_or(CatalogueError::NoGuest(visit))?;
            let open = in_house::stay_of(transaction, &record)?;
            let first = open.map_or(visit, |stay| stay.visit);
            let before = visits::one(transaction, first)?.stay;
            transaction
                .prepare_cached("UPDATE visit SET belongings = ?2, run = ?3 WHERE id = ?1")?
                .execute((first, belongings, run))?;
            let after = visits::one(transaction, first)?.stay;
            Mark::check(seen, &before.mark(), &after.mark())?;
            let (author, subject) = (Author::now(by), Subject::Animal(animal));
            author.note_all(transaction, subject, &before.notes(), &after.notes())?;
            Ok(after)
        })
    }
}

impl Stay {
    /// What staff noted about it.
    #[must_use]
    pub fn notes(&self) -> StayNotes {
        StayNotes {
            belongings: self.belongings.clone(),
            run: self.run.clone(),
        }
    }

    /// Reads [`COLUMNS`] of a visit of `animal`; they begin with the column `first`.
    pub(crate) fn from_row(
        row: &Row<'_>,
        first: usize,
        animal: Option<AnimalId>,
        is_confirmed: bool,
    ) -> rusqlite::Result<Self> {
        let departed: Option<AnimalId> = row.get(first)?;
        let has_left = departed.is_some() && departed == animal;
        let (belongings, run) = (row.get(first + 4)?, row.get(first + 5)?);
        if !has_left {
            return Ok(Self {
                is_open: is_confirmed && animal.is_some(),
                belongings,
                run,
                ..Self::default()
            });
        }
        Ok(Self {
            is_open: false,
            belongings,
            run,
            left_at: row.get::<_, Option<At>>(first + 1)?.map(|at| at.0),
            checked_out_at: row.get::<_, Option<At>>(first + 2)?.map(|at| at.0),
            checked_out_by: row.get(first + 3)?,
        })
    }
}

/// The columns of a stay, of the table `v`.
pub(crate) const COLUMNS: &str =
    "v.departed, v.left_at, v.checked_out_at, v.checked_out_by, v.belongings, v.run";
