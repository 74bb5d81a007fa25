//! Takes over what a rescue catalogue has: the one that visits went to while this one could not be
//! used.
//!
//! A rescue catalogue began empty, and nobody knows which of its animals this one has already. So all
//! of its records are added under new numbers, with their history, and under a new identity where another
//! record has theirs. Animals that are there twice then are found as duplicates, and merged by staff. Of
//! its settings only the breeds are taken over that it was told to forget.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use crate::connections::Fault;
use crate::history::{Author, KIOSK, Subject};
use crate::ids::{AnimalId, VisitId};
use crate::photographs::{names, remove};
use crate::private::is_own;
use crate::remains::side_files;
use crate::totals::Totals;
use crate::{Catalogue, CatalogueError, FILE, clock, identity, kiosk_id, outbox};

/// The field of the history that names a rescue catalogue whose records were taken over.
const FIELD: &str = "rescue";

/// A table whose rows are taken over.
struct Table {
    name: &'static str,
    /// The columns whose values change, and to what. `$animal` and its like are the highest numbers
    /// that this catalogue has given, `$now` is its clock's time.
    changed: &'static [(&'static str, &'static str)],
    /// Which rows, in the order in which they are added.
    rows: &'static str,
}

const ANIMAL: (&str, &str) = ("animal", "animal + $animal");
const MERGED: (&str, &str) = ("merged", "merged + $animal");
const OWNER: (&str, &str) = ("owner", "owner + $owner");
const VISIT: (&str, &str) = ("visit", "visit + $visit");
const BOOKING: (&str, &str) = ("booking", "booking + $booking");

/// Another animal may have got the tag meanwhile. It keeps it.
const TAG: (&str, &str) = (
    "tag",
    "CASE WHEN tag IN (
         SELECT tag FROM main.animal WHERE tag IS NOT NULL
         UNION ALL SELECT tag FROM main.merged WHERE tag IS NOT NULL)
     THEN NULL ELSE tag END",
);

/// Another record has the identity already where both catalogues come from one: see the module's
/// documentation.
const UID: (&str, &str) = (
    "uid",
    "CASE WHEN uid IN (
         SELECT uid FROM main.animal UNION ALL SELECT uid FROM main.visit
         UNION ALL SELECT uid FROM main.merged)
     THEN lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4'
                || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-'
                || hex(randomblob(6)))
     ELSE uid END",
);

/// Parents come before what refers to them.
const TABLES: [Table; 16] = [
    Table {
        name: "animal",
        changed: &[("id", "id + $animal"), TAG, UID],
        rows: "ORDER BY id",
    },
    Table {
        name: "owner",
        changed: &[("id", "id + $owner")],
        rows: "ORDER BY id",
    },
    Table {
        name: "animal_owner",
        changed: &[ANIMAL, OWNER],
        rows: "",
    },
    Table {
        name: "visit",
        changed: &[
            ("id", "id + $visit"),
            ANIMAL,
            ("departed", "departed + $animal"),
            // The rescue catalogue had a clock of its own.
            ("photograph_since", "$now"),
            UID,
        ],
        rows: "ORDER BY id",
    },
    Table {
        name: "former_decision",
        changed: &[("id", "NULL"), VISIT, ANIMAL],
        rows: "ORDER BY id",
    },
    Table {
        name: "negative",
        changed: &[("since", "$now")],
        rows: "",
    },
    Table {
        name: "forgotten_breed",
        changed: &[],
        rows: "WHERE breed NOT IN (SELECT breed FROM main.forgotten_breed)",
    },
    Table {
        name: "expected",
        changed: &[ANIMAL],
        rows: "",
    },
    Table {
        name: "booking",
        changed: &[("id", "id + $booking"), ANIMAL],
        rows: "ORDER BY id",
    },
    Table {
        name: "booking_exception",
        changed: &[BOOKING],
        rows: "",
    },
    Table {
        name: "merged",
        changed: &[
            ("id", "id + $animal"),
            ("survivor", "survivor + $animal"),
            ("parent", "parent + $animal"),
            TAG,
            UID,
        ],
        rows: "",
    },
    Table {
        name: "merged_visit",
        changed: &[MERGED, VISIT],
        rows: "",
    },
    Table {
        name: "merged_day",
        changed: &[MERGED],
        rows: "",
    },
    Table {
        name: "merged_owner",
        changed: &[MERGED, OWNER],
        rows: "",
    },
    Table {
        name: "merged_booking",
        changed: &[MERGED, BOOKING],
        rows: "",
    },
    Table {
        name: "change",
        changed: &[
            ("id", "NULL"),
            (
                "subject_id",
                "subject_id + CASE subject WHEN 'visit' THEN $visit WHEN 'animal' THEN $animal
                                           WHEN 'owner' THEN $owner ELSE 0 END",
            ),
            (
                "before",
                "CASE WHEN field IN ('animal', 'merged') THEN CAST(before + $animal AS TEXT)
                      WHEN field = 'owner' THEN CAST(before + $owner AS TEXT) ELSE before END",
            ),
            (
                "after",
                "CASE WHEN field IN ('animal', 'merged') THEN CAST(after + $animal AS TEXT)
                      WHEN field = 'owner' THEN CAST(after + $owner AS TEXT) ELSE after END",
            ),
        ],
        rows: "WHERE subject <> 'settings' OR field = 'forgotten_breed' ORDER BY id",
    },
];

impl Catalogue {
    /// Takes over the records and photographs of the rescue catalogue in `folder`, all or nothing, and
    /// removes it. Returns what it held; `None` where there is none. `now` is the system's time.
    ///
    /// Nothing of it is taken twice, whenever that is interrupted. A folder that belongs to another
    /// user is left alone.
    ///
    /// # Errors
    /// When the rescue catalogue cannot be opened, as for [`Catalogue::open`], or is damaged, or this
    /// one cannot be written. Then the rescue catalogue stays.
    pub fn take_over(
        &self,
        folder: &Path,
        now: Timestamp,
    ) -> Result<Option<Totals>, CatalogueError> {
        let has = |name: &str| folder.join(name).is_file();
        if !has(FILE) && !has(identity::IDENTITY) {
            return Ok(None);
        }
        if !is_own(folder) {
            tracing::warn!(
                folder = %folder.display(),
                "this rescue catalogue belongs to another user, and is left alone"
            );
            return Ok(None);
        }
        if !has(FILE) {
            self.clear_the_rest(folder)?;
            return Ok(None);
        }
        let rescue = Self::open(folder)?;
        rescue.check()?;
        let totals = rescue.totals()?;
        // Photographs without a visit are kept, too: they are set aside later.
        for place in ["photographs", "orphans"].map(|name| folder.join(name)) {
            if place.is_dir() {
                for name in names(&place)? {
                    self.photographs.copy_in(&place.join(&name), &name)?;
                }
            }
        }
        self.photographs.sync()?;
        self.take_records(&rescue, &identity::of(folder)?, now)?;
        drop(rescue);
        clear(folder)?;
        Ok(Some(totals))
    }

    /// Removes what is left of a rescue catalogue that was taken over, if that is what it is.
    fn clear_the_rest(&self, folder: &Path) -> Result<(), CatalogueError> {
        let identity = identity::of(folder)?;
        let is_taken = self
            .connections
            .read(|connection| Ok(is_taken(connection, &identity)?))?;
        if is_taken { clear(folder) } else { Ok(()) }
    }

    fn take_records(
        &self,
        rescue: &Self,
        identity: &str,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let file = rescue.connections.file();
        let Some(path) = file.to_str() else {
            let reason = io::Error::new(io::ErrorKind::InvalidInput, "its path is not UTF-8");
            return Err(CatalogueError::io(file)(reason));
        };
        let mut writer = self.connections.writer();
        let attached = writer.execute("ATTACH DATABASE ?1 AS rescue", [path]);
        attached.map_err(|error| self.connections.error(error))?;
        let taken = take_rows(&mut writer, identity, now);
        let detached = writer.execute("DETACH DATABASE rescue", []);
        drop(writer);
        self.connections.outbox.tell();
        taken.map_err(|fault| self.connections.error(fault))?;
        detached.map_err(|error| self.connections.error(error))?;
        Ok(())
    }
}

/// Adds the rows of the attached database in one transaction, unless they were added before.
fn take_rows(writer: &mut Connection, identity: &str, now: Timestamp) -> Result<(), Fault> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_taken(&transaction, identity)? {
        return Ok(());
    }
    let values = values(&transaction, now)?;
    for table in &TABLES {
        transaction.execute(&statement(&transaction, table, &values)?, [])?;
    }
    let author = Author { by: KIOSK, at: now };
    author.note(&transaction, Subject::Settings, FIELD, None, Some(identity))?;
    let last = |name: &str| values.iter().find(|(known, _)| *known == name);
    if let (Some((_, animal)), Some((_, visit))) = (last("$animal"), last("$visit")) {
        let (animal, visit) = (AnimalId(*animal), VisitId(*visit));
        outbox::taken_over(&transaction, animal, visit, now)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Whether the records of the rescue catalogue with this identity were added.
fn is_taken(connection: &Connection, identity: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (
             SELECT 1 FROM main.change
             WHERE subject = 'settings' AND field = ?1 AND after = ?2)",
        (FIELD, identity),
        |row| row.get(0),
    )
}

/// What stands for `$animal` and its like in this catalogue.
fn values(connection: &Connection, now: Timestamp) -> Result<[(&'static str, i64); 5], Fault> {
    // A number is never given twice, even if its record is gone.
    let highest = |table: &str| {
        connection.query_row(
            "SELECT coalesce(max(seq), 0) FROM main.sqlite_sequence WHERE name = ?1",
            [table],
            |row| row.get::<_, i64>(0),
        )
    };
    let now = clock::own_time(connection, now)?;
    Ok([
        ("$animal", highest("animal")?),
        ("$owner", highest("owner")?),
        ("$visit", highest("visit")?),
        ("$booking", highest("booking")?),
        ("$now", now.as_millisecond()),
    ])
}

/// The statement that adds a table's rows. Both databases have the same columns.
fn statement(
    connection: &Connection,
    table: &Table,
    values: &[(&str, i64)],
) -> rusqlite::Result<String> {
    let columns: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_info(?1, 'main')")?
        .query_map([table.name], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut selected = Vec::new();
    for column in &columns {
        let changed = table.changed.iter().find(|(name, _)| name == column);
        let mut value = changed.map_or_else(|| format!("\"{column}\""), |(_, to)| (*to).to_owned());
        for (placeholder, number) in values {
            value = value.replace(placeholder, &number.to_string());
        }
        selected.push(value);
    }
    let (name, rows) = (table.name, table.rows);
    let (columns, selected) = (columns.join("\", \""), selected.join(", "));
    Ok(format!(
        "INSERT INTO main.{name} (\"{columns}\") SELECT {selected} FROM rescue.{name} {rows}"
    ))
}

/// Removes a rescue catalogue, whose records and photographs are elsewhere now. What else there is in
/// its folder stays.
fn clear(folder: &Path) -> Result<(), CatalogueError> {
    // The records go first: should this be cut off, no visit goes to them any more.
    let file = folder.join(FILE);
    for name in side_files(&file) {
        remove(&folder.join(name))?;
    }
    remove(&file)?;
    for name in ["photographs", "orphans", "training", kiosk_id::KIOSK_ID] {
        remove(&folder.join(name))?;
    }
    // The identity goes last: by it the records are known as those that were taken.
    remove(&folder.join(identity::IDENTITY))?;
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
            Err(CatalogueError::io(folder)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::schema;

    /// Tables whose rows are about the rescue catalogue alone, or follow from others.
    const LEFT: [&str; 11] = [
        "changed_animal",
        "forgotten",
        "guest_embedding",
        "guest_photograph",
        "hub",
        "orphan",
        "outbox",
        "own_clock",
        "sender",
        "setting",
        "sqlite_sequence",
    ];

    #[test]
    fn no_table_is_forgotten() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let tables: BTreeSet<String> = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let known = TABLES.iter().map(|table| table.name).chain(LEFT);
        assert_eq!(tables, known.map(str::to_owned).collect());
    }
}
