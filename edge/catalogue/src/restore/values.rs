//! Checks records that were copied from a backup: the kiosk must be able to read all of them.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Connection;
use rusqlite::types::FromSql;
use uuid::Uuid;

use super::database::{DAMAGED, Refused};
use crate::connections::Fault;
use crate::ids::AnimalId;
use crate::photographs::is_name;
use crate::values::{At, Text, check_breed};
use crate::{animals, bookings, clock, history, merge, outbox, owners, settings, visits};

/// Finds photographs of sizes that no photograph has. The sum of them all must be a number.
const SIZES: [&str; 2] = [
    "SELECT 1 FROM visit WHERE photograph_bytes NOT BETWEEN 0 AND 1000000000",
    "SELECT 1 FROM negative WHERE bytes NOT BETWEEN 0 AND 1000000000",
];

/// Finds photographs of other sites that are none.
const NO_PHOTOGRAPHS: &str = "SELECT 1 FROM guest_photograph WHERE substr(jpeg, 1, 3) <> x'FFD8FF'";

/// The identities of all records that have one.
const UIDS: &str = "SELECT uid FROM animal UNION ALL SELECT uid FROM visit
     UNION ALL SELECT uid FROM merged";

/// Times and days that are not part of what [`read_all`] reads.
const TIMES: &str = "SELECT photograph_since FROM visit WHERE photograph_since IS NOT NULL
     UNION ALL SELECT settled_at FROM former_decision WHERE settled_at IS NOT NULL
     UNION ALL SELECT since FROM negative
     UNION ALL SELECT since FROM orphan
     UNION ALL SELECT since FROM outbox
     UNION ALL SELECT at FROM guest_embedding";
const DAYS: &str = "SELECT day FROM expected UNION ALL SELECT day FROM merged_day";

/// Refuses records that refer to others which are not there, and values that no kiosk writes: one of
/// them is enough to make lists and exports fail forever.
pub(super) fn check(database: &Connection) -> Result<(), Refused> {
    let has_orphans = database.prepare("PRAGMA foreign_key_check")?.exists([])?;
    if has_orphans {
        return Err(Refused::Because(DAMAGED));
    }
    for impossible in SIZES.into_iter().chain([NO_PHOTOGRAPHS]) {
        if database.prepare(impossible)?.exists([])? {
            return Err(Refused::Because(DAMAGED));
        }
    }
    // Files of these names are removed when their time is up.
    let orphans: Vec<String> = all(database, "SELECT name FROM orphan")?;
    if !orphans.iter().all(|name| is_name(name)) {
        return Err(Refused::Because(DAMAGED));
    }
    if !are_uuids(database)? || !outbox::is_possible(database)? {
        return Err(Refused::Because(DAMAGED));
    }
    Ok(read_all(database)?)
}

/// Whether the identities of all records are UUIDs.
fn are_uuids(database: &Connection) -> rusqlite::Result<bool> {
    let mut statement = database.prepare(UIDS)?;
    for uid in statement.query_map([], |row| row.get::<_, String>(0))? {
        if Uuid::try_parse(&uid?).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read_all(database: &Connection) -> Result<(), Fault> {
    settings::read(database)?.check_stored()?;
    clock::own_time(database, Timestamp::UNIX_EPOCH)?;
    animals::each(database, "ORDER BY a.id", [], |_| Ok(()))?;
    visits::each(database, "ORDER BY v.id", [], |record| {
        // It becomes the name of a folder.
        match record.visit.confirmed_breed {
            Some(breed) => Ok(check_breed("said", breed.as_str())?),
            None => Ok(()),
        }
    })?;
    owners::each(database, "", |_| Ok(()))?;
    bookings::each(database, "ORDER BY id", [], |booking| {
        bookings::with_exceptions(database, booking).map(drop)
    })?;
    let survivors: Vec<AnimalId> = all(database, "SELECT DISTINCT survivor FROM merged")?;
    for survivor in survivors {
        merge::parts(database, survivor)?;
    }
    let mut changes = database.prepare("SELECT at, by, field, before, after FROM change")?;
    for change in changes.query_map([], history::change)? {
        change?;
    }
    for breed in all::<String>(database, "SELECT breed FROM forgotten_breed")? {
        check_breed("breed", &breed)?;
    }
    read::<At>(database, TIMES)?;
    read::<Text<Date>>(database, DAYS)?;
    Ok(())
}

/// Reads a column and forgets it.
fn read<T: FromSql>(database: &Connection, select: &str) -> rusqlite::Result<()> {
    let mut statement = database.prepare(select)?;
    for value in statement.query_map([], |row| row.get::<_, T>(0))? {
        value?;
    }
    Ok(())
}

/// All values of a column.
fn all<T: FromSql>(database: &Connection, select: &str) -> rusqlite::Result<Vec<T>> {
    let mut statement = database.prepare(select)?;
    statement.query_map([], |row| row.get::<_, T>(0))?.collect()
}
