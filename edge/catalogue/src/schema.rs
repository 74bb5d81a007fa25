//! The tables, and how they got to be what they are.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a SQLite file as a catalogue: "Kisk".
const APPLICATION_ID: u32 = 0x4B69_736B;

/// What made each version of its predecessor. One that was ever delivered is never changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
];

/// The version that this program reads and writes.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

/// What a SQLite file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It has no tables yet.
    Blank,
    /// A catalogue of a version that is known.
    Known(u32),
    /// A catalogue of a version that is not.
    Newer(u32),
    /// Another program's.
    Foreign,
}

/// Says what the file is, without a change to it.
pub(super) fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version, tables) {
        (0, 0, 0) => Kind::Blank,
        (APPLICATION_ID, 1..=VERSION, _) => Kind::Known(version),
        (APPLICATION_ID, 1.., _) => Kind::Newer(version),
        _ => Kind::Foreign,
    })
}

/// Brings a blank or older catalogue up to date, all or nothing.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, VERSION)
}

fn migrate_to(connection: &mut Connection, version: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again now that nobody else can write.
    let done = match kind(&transaction)? {
        Kind::Blank => 0,
        Kind::Known(version) => version,
        Kind::Newer(_) | Kind::Foreign => version,
    };
    let scripts = MIGRATIONS.iter().take(version as usize);
    for script in scripts.skip(done as usize) {
        transaction.execute_batch(script)?;
    }
    if done < version {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()
}

/// Whether a catalogue of a known version has exactly the tables, triggers and indices that the
/// migrations make, whatever they are called: no statement of the file's own may ever run. Reads
/// the schema alone.
pub(super) fn is_ours(connection: &Connection, version: u32) -> rusqlite::Result<bool> {
    let mut fresh = Connection::open_in_memory()?;
    migrate_to(&mut fresh, version)?;
    Ok(objects(connection)? == objects(&fresh)?)
}

/// Whether an up-to-date catalogue is whole: its pages, its values and its schema. Reads all of it.
pub(super) fn is_sound(connection: &Connection) -> rusqlite::Result<bool> {
    let fresh = Connection::open_in_memory()?;
    let page_size = |connection: &Connection| {
        connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))
    };
    Ok(page_size(connection)? == page_size(&fresh)?
        && is_ours(connection, VERSION)?
        && connection.pragma_query_value(None, "integrity_check", |row| {
            Ok(row.get_ref(0)?.as_str() == Ok("ok"))
        })?
        && !connection.prepare("PRAGMA foreign_key_check")?.exists([])?)
}

/// An entry of `sqlite_schema`: type, name, table and statement.
type Object = (String, String, String, Option<String>);

/// All entries of the schema but for the statistics that `ANALYZE` leaves, which are plain tables.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<Object>> {
    connection
        .prepare(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema
             WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))
             ORDER BY type, name",
        )?
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}
