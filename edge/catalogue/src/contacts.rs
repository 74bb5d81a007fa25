//! Empties the contacts of animals and owners when their retention time is up.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusqlite::Connection;

use crate::clock::Clock;
use crate::connections::Fault;
use crate::forgetting::leave_traces;
use crate::history::{Author, KIOSK, Subject};
use crate::ids::{AnimalId, OwnerId};
use crate::stays::OPEN;
use crate::values::{At, day_of};
use crate::{Catalogue, CatalogueError, settings};

impl Catalogue {
    /// Empties the contacts of animals that were not here for as long as the settings say, and those of
    /// owners of such animals only, together with what the history has of them. Returns of how many
    /// animals and owners. The clock must not be in doubt.
    ///
    /// An animal that is in the house, or expected, keeps its contact. So does one about which staff
    /// have changed anything within that time.
    pub(crate) fn expire_contacts(&self, clock: Clock) -> Result<u64, CatalogueError> {
        let expired = self.connections.write(|transaction| {
            let Some(months) = settings::read(transaction)?.contact_months else {
                return Ok(0);
            };
            let period = Period::of(transaction, months, clock.at_least())?;
            // Both are found before either is emptied, which is a change.
            let (animals, owners) = (period.animals(transaction)?, period.owners(transaction)?);
            for animal in &animals {
                empty_animal(transaction, *animal)?;
            }
            for owner in &owners {
                empty_owner(transaction, *owner)?;
            }
            let expired = animals.len() + owners.len();
            if expired > 0 {
                leave_traces(transaction)?;
            }
            Ok(expired as u64)
        })?;
        if expired > 0 {
            tracing::info!(
                catalogue = %self.folder.display(),
                contacts = expired,
                "contacts were removed after their retention time"
            );
        }
        Ok(expired)
    }
}

/// The time within which contacts are kept. What was written after something within the period lies
/// in it too, whatever the clock said: numbers only go up.
struct Period {
    from: Timestamp,
    /// The first visit and the first change within the period.
    first_visit: Option<i64>,
    first_change: Option<i64>,
    today: String,
}

/// Selects the animals that were not here within a period, and are not expected. Its parameters are
/// those of [`Period::parameters`].
fn absent() -> String {
    format!(
        "SELECT id FROM animal
         WHERE created < ?1
           AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.animal = animal.id
                           AND (v.at >= ?1 OR v.id >= ?2 OR ({OPEN})))
           AND NOT EXISTS (SELECT 1 FROM change WHERE subject = 'animal' AND subject_id = animal.id
                           AND (at >= ?1 OR id >= ?3))
           AND NOT EXISTS (SELECT 1 FROM expected WHERE animal = animal.id AND day >= ?4)
           AND NOT EXISTS (SELECT 1 FROM booking WHERE animal = animal.id
                           AND (last_day IS NULL OR last_day >= ?4))"
    )
}

impl Period {
    /// The last `months` months before `now`.
    fn of(connection: &Connection, months: u32, now: Timestamp) -> Result<Self, Fault> {
        let from = now
            .to_zoned(TimeZone::UTC)
            .checked_sub(i64::from(months).months())
            .map_or(Timestamp::MIN, |from| from.timestamp());
        let first = |table: &str| {
            let select = format!("SELECT min(id) FROM {table} WHERE at BETWEEN ?1 AND ?2");
            connection.query_row(&select, (At(from), At(now)), |row| row.get(0))
        };
        Ok(Self {
            from,
            first_visit: first("visit")?,
            first_change: first("change")?,
            today: day_of(now).to_string(),
        })
    }

    fn parameters(&self) -> (At, Option<i64>, Option<i64>, &str) {
        (
            At(self.from),
            self.first_visit,
            self.first_change,
            &self.today,
        )
    }

    /// The animals whose contacts are to be emptied.
    fn animals(&self, connection: &Connection) -> rusqlite::Result<Vec<AnimalId>> {
        let absent = absent();
        connection
            .prepare(&format!(
                "{absent}
                 AND (contact <> ''
                      OR EXISTS (SELECT 1 FROM merged WHERE survivor = animal.id
                                 AND json_extract(fields, '$.contact') <> '')
                      OR EXISTS (SELECT 1 FROM change WHERE subject = 'animal' AND field = 'contact'
                                 AND subject_id IN (
                                     SELECT animal.id UNION ALL
                                     SELECT merged.id FROM merged WHERE survivor = animal.id)))"
            ))?
            .query_map(self.parameters(), |row| row.get(0))?
            .collect()
    }

    /// The owners whose contacts are to be emptied: those who have no other animals than such.
    fn owners(&self, connection: &Connection) -> rusqlite::Result<Vec<OwnerId>> {
        let absent = absent();
        connection
            .prepare(&format!(
                "SELECT id FROM owner
                 WHERE created < ?1
                   AND NOT EXISTS (SELECT 1 FROM change WHERE subject = 'owner'
                                   AND subject_id = owner.id AND (at >= ?1 OR id >= ?3))
                   AND NOT EXISTS (SELECT 1 FROM animal_owner WHERE owner = owner.id
                                   AND animal_owner.animal NOT IN ({absent}))
                   AND (phones <> '' OR email <> '' OR address <> ''
                        OR EXISTS (SELECT 1 FROM change WHERE subject = 'owner'
                                   AND subject_id = owner.id
                                   AND field IN ('phones', 'email', 'address')))"
            ))?
            .query_map(self.parameters(), |row| row.get(0))?
            .collect()
    }
}

fn empty_animal(connection: &Connection, id: AnimalId) -> Result<(), Fault> {
    connection.execute("UPDATE animal SET contact = '' WHERE id = ?1", [id])?;
    connection.execute(
        "UPDATE merged SET fields = json_set(fields, '$.contact', '') WHERE survivor = ?1",
        [id],
    )?;
    connection.execute(
        "DELETE FROM change WHERE subject = 'animal' AND field = 'contact' AND subject_id IN (
             SELECT ?1 UNION ALL SELECT id FROM merged WHERE survivor = ?1)",
        [id],
    )?;
    note(connection, Subject::Animal(id))
}

fn empty_owner(connection: &Connection, id: OwnerId) -> Result<(), Fault> {
    connection.execute(
        "UPDATE owner SET phones = '', email = '', address = '' WHERE id = ?1",
        [id],
    )?;
    connection.execute(
        "DELETE FROM change WHERE subject = 'owner' AND subject_id = ?1
                                AND field IN ('phones', 'email', 'address')",
        [id],
    )?;
    note(connection, Subject::Owner(id))
}

fn note(connection: &Connection, subject: Subject) -> Result<(), Fault> {
    let author = Author::now(KIOSK);
    author.note(connection, subject, "contact_expired", None, Some("true"))
}
