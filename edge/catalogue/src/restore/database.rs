//! Takes the records out of the database of a backup, which nobody trusts
//! (<https://sqlite.org/security.html>).
//!
//! The tables, triggers and the like that the file defines are compared, as texts, with those that
//! this kiosk's own scripts define for its version. Only where they are the same are its rows read,
//! one table after the other. They are checked value by value and written to a fresh database that
//! those scripts made. So nothing but rows gets from the file into the catalogue, and no trigger, view,
//! virtual table or generated column of the file ever runs. What SQLite does while it opens a file is
//! bounded by the limits below.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::stop::{Deadline, Stop};
use super::values;
use crate::connections::Fault;
use crate::schema::{self, Kind};

// Why a database is refused. Nothing of its content is in the reasons.
const OTHER_DATABASE: &str = "its database is another program's";
const OTHER_SCHEMA: &str = "its database has tables or triggers of another program";
pub(super) const DAMAGED: &str = "its database is damaged";
const TOO_MANY_ROWS: &str = "its database has too many records";

/// How long it may take to open a file and to read its schema. That is done in milliseconds.
const OPENING: Duration = Duration::from_secs(20);

/// How long it may take to check and copy all rows: a large catalogue on a slow card takes minutes.
const COPYING: Duration = Duration::from_secs(30 * 60);

/// How often SQLite asks whether it may go on, in instructions of its virtual machine.
const STEPS: i32 = 1000;

/// The most tables, indices and triggers. The kiosk has less than 100.
const OBJECTS: i32 = 300;

/// The most rows of all tables.
const ROWS: u64 = 20_000_000;

/// The longest row and the longest values, in bytes.
const ROW_BYTES: i32 = 1_000_000;
const TEXT_BYTES: usize = 256 << 10;
const BLOB_BYTES: usize = 64 << 10;

/// The largest number, a record's or any other, and the negative of the smallest one. The kiosk counts
/// on from the largest number of a record, and a browser knows numbers to 2^53.
const LARGEST: i64 = 1 << 52;

/// The settings that SQLite recommends for files from outside.
const CONFIG: [(DbConfig, bool); 4] = [
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
];

/// Limits for the time before the schema is known to be ours. SQLite reads a table named `sqlite_stat1`
/// when it opens a file, and the columns of that table may be expressions.
const LIMITS: [(Limit, i32); 11] = [
    (Limit::SQLITE_LIMIT_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 10),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 8),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    (Limit::SQLITE_LIMIT_SCHEMA, OBJECTS),
];

/// Keeps the numbers that follow from the visits from being what somebody made up.
const COUNT_VISITS: &str = "UPDATE animal
    SET visits = (SELECT count(*) FROM visit WHERE animal = animal.id),
        last_visit = (SELECT max(at) FROM visit WHERE animal = animal.id)";

/// Why the records of a database are not taken.
pub(super) enum Refused {
    /// What is wrong with it.
    Because(&'static str),
    /// It is of a newer version.
    Newer(u32),
    /// SQLite's error, or that of the disk.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// A value that the kiosk cannot read is one that it did not write.
impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sql(error) => Self::Sql(error),
            Fault::Catalogue(_) => Self::Because(DAMAGED),
        }
    }
}

/// Copies the records of the database `from` to a new database of this version, the file `to`.
pub(super) fn copy(from: &Path, to: &Path, stop: &Stop) -> Result<Connection, Refused> {
    if !needs_no_log(from) {
        return Err(Refused::Because(DAMAGED));
    }
    let mut database = open(from)?;
    watch(&mut database, &Deadline::within(OPENING, stop))?;
    let version = known_version(&database)?;

    let deadline = Deadline::within(COPYING, stop);
    watch(&mut database, &deadline)?;
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, ROW_BYTES)?;
    let mut fresh = create(to, version)?;
    watch(&mut fresh, &deadline)?;
    copy_rows(&database, &fresh)?;
    schema::migrate(&mut fresh)?;
    values::check(&fresh)?;
    Ok(fresh)
}

/// Whether a file begins as a database does that is whole without a write-ahead log.
fn needs_no_log(file: &Path) -> bool {
    let mut header = [0; 20];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"SQLite format 3\0") && header[18..] == [1, 1]
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    for (config, value) in CONFIG {
        database.set_db_config(config, value)?;
    }
    for (limit, value) in LIMITS {
        database.set_limit(limit, value)?;
    }
    Ok(database)
}

/// Has SQLite break off at the deadline.
fn watch(database: &mut Connection, deadline: &Deadline) -> rusqlite::Result<()> {
    let deadline = deadline.clone();
    database.progress_handler(STEPS, Some(move || deadline.is_over()))
}

/// The version of a database whose schema is exactly ours. Reads nothing but the schema.
fn known_version(database: &Connection) -> Result<u32, Refused> {
    let version = match schema::kind(database)? {
        Kind::Known(version) => version,
        Kind::Newer(version) => return Err(Refused::Newer(version)),
        Kind::Blank | Kind::Foreign => return Err(Refused::Because(OTHER_DATABASE)),
    };
    let objects: i64 =
        database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if objects > i64::from(OBJECTS) || !schema::is_ours(database, version)? {
        return Err(Refused::Because(OTHER_SCHEMA));
    }
    // Of two tables in the same place, neither is one.
    let (places, trees): (i64, i64) = database.query_row(
        "SELECT count(DISTINCT rootpage), count(*) FROM sqlite_schema WHERE rootpage <> 0",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if places != trees {
        return Err(Refused::Because(DAMAGED));
    }
    Ok(version)
}

/// Makes an empty database of a version. Its triggers and its references between tables rest: the rows
/// come as they are, in any order. It keeps no journal, since nobody needs it unless it is whole.
fn create(path: &Path, version: u32) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut fresh = Connection::open_with_flags(path, flags)?;
    fresh.pragma_update(None, "journal_mode", "OFF")?;
    fresh.pragma_update(None, "synchronous", "OFF")?;
    schema::migrate_to(&mut fresh, version)?;
    Ok(fresh)
}

/// A table of the kiosk's own.
struct Table {
    name: String,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    /// The type of its values, as SQL has it.
    kind: String,
}

/// The tables of a fresh database. All of them are strict, and those in which SQLite or the index of
/// words of the first versions keep something are not.
fn tables(fresh: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut statement = fresh.prepare(
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND strict ORDER BY name",
    )?;
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut columns = fresh.prepare("SELECT name, type FROM pragma_table_info(?1) ORDER BY cid")?;
    let mut tables = Vec::new();
    for name in names {
        let columns = columns
            .query_map([&name], |row| {
                let (name, kind) = (row.get(0)?, row.get(1)?);
                Ok(Column { name, kind })
            })?
            .collect::<rusqlite::Result<_>>()?;
        tables.push(Table { name, columns });
    }
    Ok(tables)
}

fn copy_rows(database: &Connection, fresh: &Connection) -> Result<(), Refused> {
    for config in [
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
        DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
    ] {
        fresh.set_db_config(config, false)?;
    }
    let tables = tables(fresh)?;
    let mut rows_left = ROWS;
    let transaction = fresh.unchecked_transaction()?;
    for table in &tables {
        check_pages(database, &table.name)?;
        copy_table(database, &transaction, table, &mut rows_left)?;
    }
    copy_last_numbers(database, &transaction, &tables)?;
    transaction.execute(COUNT_VISITS, [])?;
    transaction.commit()?;
    for config in [
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
        DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
    ] {
        fresh.set_db_config(config, true)?;
    }
    Ok(())
}

/// Checks the pages, indices and values of a table. Without that, a page that is used twice could be
/// read as any number of rows. The check of the whole database would also run the virtual table that the
/// first versions have.
fn check_pages(database: &Connection, table: &str) -> Result<(), Refused> {
    let check = format!("PRAGMA integrity_check(\"{table}\")");
    let result: String = database.query_row(&check, [], |row| row.get(0))?;
    if result != "ok" {
        return Err(Refused::Because(DAMAGED));
    }
    Ok(())
}

fn copy_table(
    database: &Connection,
    fresh: &Connection,
    table: &Table,
    rows_left: &mut u64,
) -> Result<(), Refused> {
    let columns = &table.columns;
    let quoted: Vec<String> = (columns.iter())
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    let (list, places) = (quoted.join(", "), vec!["?"; quoted.len()].join(", "));
    let name = &table.name;
    let mut select = database.prepare(&format!("SELECT {list} FROM \"{name}\""))?;
    let mut insert = fresh.prepare(&format!(
        "INSERT INTO \"{name}\" ({list}) VALUES ({places})"
    ))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        *rows_left = rows_left
            .checked_sub(1)
            .ok_or(Refused::Because(TOO_MANY_ROWS))?;
        for (index, column) in columns.iter().enumerate() {
            let value = row.get_ref(index)?;
            if !is_possible(&column.kind, value) {
                return Err(Refused::Because(DAMAGED));
            }
            insert.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(value))?;
        }
        insert.raw_execute()?;
    }
    Ok(())
}

/// Whether a value can be one of a column of this type. Which columns may be without a value is for the
/// table to say.
fn is_possible(kind: &str, value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Null => true,
        ValueRef::Integer(number) => kind == "INTEGER" && (-LARGEST..=LARGEST).contains(&number),
        ValueRef::Real(number) => kind == "REAL" && number.is_finite(),
        ValueRef::Text(bytes) => kind == "TEXT" && bytes.len() <= TEXT_BYTES && is_text(bytes),
        ValueRef::Blob(bytes) => kind == "BLOB" && bytes.len() <= BLOB_BYTES,
    }
}

/// SQLite's checks read a text to its first NUL.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && str::from_utf8(bytes).is_ok()
}

/// Copies the numbers that were given last, which are not given again although their records are gone.
fn copy_last_numbers(
    database: &Connection,
    fresh: &Connection,
    tables: &[Table],
) -> Result<(), Refused> {
    check_pages(database, "sqlite_sequence")?;
    let mut statement = database.prepare("SELECT name, seq FROM sqlite_sequence")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, number): (String, i64) = (row.get(0)?, row.get(1)?);
        if !(0..=LARGEST).contains(&number) {
            return Err(Refused::Because(DAMAGED));
        }
        let raised = fresh.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
            (&name, number),
        )?;
        // A table without a row has none in this one, either.
        if raised == 0 && tables.iter().any(|table| table.name == name) {
            fresh.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                (&name, number),
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::ErrorCode;

    use super::*;

    #[test]
    fn a_query_that_takes_too_long_breaks_off_and_so_does_one_that_is_asked_to() {
        let ended = Stop::default();
        ended.ask();
        let (going_on, hour) = (Stop::default(), Duration::from_secs(3600));
        for (time, stop, is_done) in [
            (hour, &going_on, true),
            (Duration::ZERO, &going_on, false),
            (hour, &ended, false),
        ] {
            let mut database = Connection::open_in_memory().unwrap();
            watch(&mut database, &Deadline::within(time, stop)).unwrap();
            let counted = database.query_row(
                "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up LIMIT 100000)
                 SELECT max(n) FROM up",
                [],
                |row| row.get::<_, i64>(0),
            );
            let counted = counted.map_err(|error| error.sqlite_error_code());
            let expected = if is_done {
                Ok(100_000)
            } else {
                Err(Some(ErrorCode::OperationInterrupted))
            };
            assert_eq!(counted, expected, "within {time:?}");
        }
    }

    #[test]
    fn there_are_no_more_rows_than_may_be() {
        let table = Table {
            name: "letter".to_owned(),
            columns: vec![Column {
                name: "word".to_owned(),
                kind: "TEXT".to_owned(),
            }],
        };
        let letter = || {
            let database = Connection::open_in_memory().unwrap();
            let sql = "CREATE TABLE letter (word TEXT) STRICT";
            database.execute_batch(sql).unwrap();
            database
        };
        let long = letter();
        let sql = "INSERT INTO letter VALUES ('Dear'), ('sir'), ('or'), ('madam')";
        long.execute_batch(sql).unwrap();
        for (most, left) in [(5, Some(1)), (4, Some(0)), (3, None)] {
            let mut rows_left = most;
            match copy_table(&long, &letter(), &table, &mut rows_left) {
                Ok(()) => assert_eq!(Some(rows_left), left),
                Err(Refused::Because(reason)) => {
                    assert_eq!((reason, left), (TOO_MANY_ROWS, None));
                }
                Err(_) => panic!("at most {most}: another reason"),
            }
        }
    }
}
