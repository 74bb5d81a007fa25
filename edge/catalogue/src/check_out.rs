//! Checks guests out, and undoes that. No stay is closed unless somebody says so.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Params};

use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::in_house::{self, Guest, OpenStay, open_stays, stay_of};
use crate::outbox::{self, EventKind};
use crate::stays::{OPEN, Stay};
use crate::values::{At, NAME_CHARACTERS, bounds, check_line, day_of};
use crate::{Catalogue, CatalogueError, FieldError, animals, visits};

/// Staff give times in whole minutes: a guest may leave in the minute in which it came.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What the history says if nobody knows when a guest left.
const UNKNOWN: &str = "unknown";

/// What staff say when a guest has left.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue, CheckOut, Decision, NewVisit};
/// use jiff::Timestamp;
/// use recognise::metadata::Species;
/// use recognise::{Source, VerdictKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let bella = catalogue.add_animal(&AnimalFields::new("Bella", Species::Dog, "pug"), "ana")?;
/// let now = Timestamp::now();
/// let arrival = catalogue.record(&NewVisit {
///     at: now,
///     photograph: None,
///     verdict: VerdictKind::Unsure,
///     candidates: Vec::new(),
///     confidence: 0.4,
///     embedding: Vec::new(),
///     model: "2026-05-01".to_owned(),
///     source: Source::Camera,
/// })?;
/// let decision = Decision {
///     breed: "pug".into(),
///     breed_name: None,
///     animal: Some(bella),
///     by: "ana".to_owned(),
///     at: now,
///     revision: None,
/// };
/// catalogue.confirm(arrival.visit, &decision)?;
/// assert_eq!(catalogue.house(now, 10)?.present.len(), 1);
///
/// let leaves = CheckOut { visit: None, left_at: None, by: "ana".to_owned(), at: now };
/// catalogue.check_out(bella, &leaves)?;
/// assert!(catalogue.house(now, 10)?.present.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOut {
    /// A visit of the stay that staff saw. `None` for the last one that is open.
    pub visit: Option<VisitId>,
    /// When the guest left. `None` for now; or, where it came on a former day, if nobody knows.
    pub left_at: Option<Timestamp>,
    /// Who says so.
    pub by: String,
    /// When: now.
    pub at: Timestamp,
}

impl Catalogue {
    /// Checks an animal out: all its open visits of the day of its stay. Stays of other days stay
    /// open.
    ///
    /// # Errors
    /// [`CatalogueError::NotInHouse`] where there is no such stay;
    /// [`CatalogueError::Invalid`] for a time that is not between the arrival and now; or
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be written.
    pub fn check_out(
        &self,
        animal: AnimalId,
        check_out: &CheckOut,
    ) -> Result<Guest, CatalogueError> {
        check_line("by", &check_out.by, NAME_CHARACTERS)?;
        let now = check_out.at;
        self.connections.write(|transaction| {
            animals::one(transaction, animal)?;
            let stay = wanted(transaction, animal, check_out.visit)?;
            let day = day_of(stay.since);
            let left_at = match check_out.left_at {
                Some(left) if stay.since.duration_since(left) >= MINUTE || left > now => {
                    let reason = FieldError::NotInStay;
                    return Err(CatalogueError::invalid("left_at", reason).into());
                }
                Some(left) => Some(left.max(stay.since)),
                None => (day == day_of(now)).then_some(now),
            };
            let (from, to) = bounds(day);
            let author = Author {
                by: &check_out.by,
                at: now,
            };
            change(
                transaction,
                &format!(
                    "UPDATE visit AS v SET departed = v.animal, left_at = ?2,
                                           checked_out_at = ?3, checked_out_by = ?4
                     WHERE {OPEN} AND v.animal = ?1 AND v.at >= ?5 AND v.at < ?6"
                ),
                (animal, left_at.map(At), At(now), &check_out.by, from, to),
                author,
            )?;
            note(transaction, author, animal, None, Some(left_at))?;
            in_house::guest(transaction, animal, stay.visit)
        })
    }

    /// Checks out all guests from former days: somebody says that they have left, and nobody knows
    /// when. `now` is the system's time. Returns the number of their stays.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn check_out_overdue(&self, by: &str, now: Timestamp) -> Result<usize, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        let author = Author { by, at: now };
        let (midnight, _) = bounds(day_of(now));
        self.connections.write(|transaction| {
            let stays = open_stays(transaction, "v.at < ?1", [&midnight])?;
            for stay in &stays {
                note(transaction, author, stay.animal, None, Some(None))?;
            }
            change(
                transaction,
                &format!(
                    "UPDATE visit AS v SET departed = v.animal, left_at = NULL,
                                           checked_out_at = ?2, checked_out_by = ?3
                     WHERE {OPEN} AND v.at < ?1"
                ),
                (&midnight, At(now), by),
                author,
            )?;
            Ok(stays.len())
        })
    }

    /// Undoes the last check-out of an animal: its stay is open again. `seen` is a visit of the stay that
    /// staff saw; the animal must not have come again since the check-out. Without `seen`, the check-out
    /// must be of today, and the animal must not be in the house: a second call opens no older stay.
    ///
    /// # Errors
    /// [`CatalogueError::NotCheckedOut`] where the last check-out is of another stay, where the animal has
    /// come again since, or where there is none; [`CatalogueError::NoSuchAnimal`],
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be written.
    pub fn undo_check_out(
        &self,
        animal: AnimalId,
        seen: Option<VisitId>,
        by: &str,
    ) -> Result<Guest, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        let author = Author::now(by);
        self.connections.write(|transaction| {
            animals::one(transaction, animal)?;
            let last = last_check_out(transaction, animal)?;
            let visit = last.ok_or(CatalogueError::NotCheckedOut(animal))?;
            let stay = visits::one(transaction, visit)?.stay;
            if !is_meant(transaction, animal, &stay, seen, author.at)? {
                return Err(CatalogueError::NotCheckedOut(animal).into());
            }
            change(
                transaction,
                "UPDATE visit SET departed = NULL, left_at = NULL, checked_out_at = NULL,
                                  checked_out_by = NULL
                 WHERE animal = ?1 AND departed = ?1 AND checked_out_at = (
                     SELECT checked_out_at FROM visit WHERE id = ?2)",
                (animal, visit),
                author,
            )?;
            note(transaction, author, animal, Some(stay.left_at), None)?;
            in_house::guest(transaction, animal, visit)
        })
    }

    /// The guest of the last check-out of an animal, the one that [`Catalogue::undo_check_out`]
    /// undoes; `None` where it was never checked out.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn last_check_out(&self, animal: AnimalId) -> Result<Option<Guest>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            match last_check_out(&snapshot, animal)? {
                Some(visit) => in_house::guest(&snapshot, animal, visit).map(Some),
                None => Ok(None),
            }
        })
    }
}

/// Checks visits out with an UPDATE of the table `visit`, or undoes that, and tells of each of them.
fn change(
    connection: &Connection,
    update: &str,
    parameters: impl Params,
    author: Author<'_>,
) -> Result<(), Fault> {
    let mut visits: Vec<VisitId> = connection
        .prepare_cached(&format!("{update} RETURNING id"))?
        .query_map(parameters, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    visits.sort();
    for visit in visits {
        outbox::visit(connection, EventKind::CheckOut, visit, author)?;
    }
    Ok(())
}

/// The open stay that a visit belongs to, or the last one.
fn wanted(
    connection: &Connection,
    animal: AnimalId,
    visit: Option<VisitId>,
) -> Result<OpenStay, Fault> {
    let found = match visit {
        Some(visit) => {
            let record = visits::one(connection, visit)?;
            stay_of(connection, &record)?.filter(|stay| stay.animal == animal)
        }
        None => open_stays(connection, "v.animal = ?1", [animal])?.pop(),
    };
    Ok(found.ok_or(CatalogueError::NotInHouse(animal))?)
}

/// The first visit of the last check-out of an animal. Stays of several days may have been checked out
/// at one moment: then it is that of the newest one.
fn last_check_out(connection: &Connection, animal: AnimalId) -> Result<Option<VisitId>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, at FROM visit
         WHERE animal = ?1 AND departed = ?1 AND said IS NOT NULL
               AND checked_out_at = (SELECT max(checked_out_at) FROM visit
                                     WHERE animal = ?1 AND departed = ?1 AND said IS NOT NULL)
         ORDER BY at DESC, id DESC",
    )?;
    let visits = statement.query_map([animal], |row| Ok((row.get(0)?, row.get::<_, At>(1)?.0)))?;
    let visits: Vec<(VisitId, Timestamp)> = visits.collect::<rusqlite::Result<_>>()?;
    let newest = visits.first().map(|&(_, at)| day_of(at));
    let stay = (visits.iter()).take_while(|&&(_, at)| Some(day_of(at)) == newest);
    Ok(stay.last().map(|&(visit, _)| visit))
}

/// Whether the check-out that staff undo is the last one, which ended this stay.
fn is_meant(
    connection: &Connection,
    animal: AnimalId,
    last: &Stay,
    seen: Option<VisitId>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let open = open_stays(connection, "v.animal = ?1", [animal])?;
    let Some(seen) = seen else {
        let is_of_today = (last.checked_out_at).is_some_and(|at| day_of(at) == day_of(now));
        return Ok(is_of_today && open.is_empty());
    };
    // An older stay may be open because its check-out was forgotten. A newer one says that it is back.
    let is_gone = (open.last()).is_none_or(|open| Some(open.since) < last.checked_out_at);
    let record = visits::one(connection, seen)?;
    let is_its_own = record.visit.animal.is_some_and(|(id, _)| id == animal);
    Ok(is_gone && is_its_own && record.stay.checked_out_at == last.checked_out_at)
}

/// Notes a check-out in the history of the animal, by when it left.
fn note(
    connection: &Connection,
    author: Author<'_>,
    animal: AnimalId,
    before: Option<Option<Timestamp>>,
    after: Option<Option<Timestamp>>,
) -> Result<(), Fault> {
    let text = |left: Option<Option<Timestamp>>| {
        left.map(|left| left.map_or_else(|| UNKNOWN.to_owned(), |left| left.to_string()))
    };
    author.note(
        connection,
        Subject::Animal(animal),
        "checked_out",
        text(before).as_deref(),
        text(after).as_deref(),
    )
}
