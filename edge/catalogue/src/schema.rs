//! Creates the tables, migrates those of older versions, and tells a catalogue from other files.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a SQLite file as a catalogue: "Kisk".
const APPLICATION_ID: u32 = 0x4B69_736B;

/// Each script turns a version into the next. A script that was released never changes.
const MIGRATIONS: [&str; 10] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
];

/// All of them at once, for a catalogue that is new: that takes a fifth of the time.
const CURRENT: &str = include_str!("schema/current.sql");

/// The version that this program reads and writes.
pub(crate) const VERSION: u32 = MIGRATIONS.len() as u32;

/// What a SQLite file contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing yet.
    Blank,
    /// A catalogue of a known version.
    Known(u32),
    /// A catalogue of a newer version.
    Newer(u32),
    /// Another program's data.
    Foreign,
}

/// Says what the file contains, without changing it.
pub(crate) fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let objects: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version, objects) {
        (0, 0, 0) => Kind::Blank,
        (APPLICATION_ID, 1..=VERSION, _) => Kind::Known(version),
        (APPLICATION_ID, 1.., _) => Kind::Newer(version),
        _ => Kind::Foreign,
    })
}

/// Migrates a blank or older catalogue to this version, all or nothing.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, VERSION)
}

/// Migrates a blank or older catalogue to a version, all or nothing.
pub(crate) fn migrate_to(connection: &mut Connection, version: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again now that nobody else can write.
    let done = match kind(&transaction)? {
        Kind::Blank => 0,
        Kind::Known(version) => version,
        Kind::Newer(_) | Kind::Foreign => version,
    };
    if (done, version) == (0, VERSION) {
        transaction.execute_batch(CURRENT)?;
    } else {
        run_scripts(&transaction, done, version)?;
    }
    if done < version {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()
}

/// Runs the scripts that turn one version into another; 0 is a blank file.
fn run_scripts(connection: &Connection, from: u32, to: u32) -> rusqlite::Result<()> {
    let scripts = MIGRATIONS.iter().take(to as usize).skip(from as usize);
    scripts
        .into_iter()
        .try_for_each(|script| connection.execute_batch(script))
}

/// Whether a catalogue of a known version has exactly the tables, views, triggers and indices that
/// the migrations create, whatever their names. Reads nothing but the schema.
pub(crate) fn is_ours(connection: &Connection, version: u32) -> rusqlite::Result<bool> {
    let found = objects(connection)?;
    // A kiosk asks this as it starts, of this version: to make a database takes millions of instructions.
    if version == VERSION {
        return Ok(found == current_objects());
    }
    let mut fresh = Connection::open_in_memory()?;
    migrate_to(&mut fresh, version)?;
    Ok(found == objects(&fresh)?)
}

/// What is wrong with the pages and values of a database, one line a fault. Reads all of it.
pub(crate) fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    faults_by(connection, "PRAGMA integrity_check")
}

/// The same without comparing the indices with their tables, which takes a fraction of the time.
pub(crate) fn quick_faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    faults_by(connection, "PRAGMA quick_check")
}

fn faults_by(connection: &Connection, check: &str) -> rusqlite::Result<Vec<String>> {
    let mut faults: Vec<String> = connection
        .prepare(check)?
        .query_map([], |row| {
            let line = row.get_ref(0)?.as_bytes().unwrap_or_default();
            Ok(String::from_utf8_lossy(line).replace(char::is_control, " "))
        })?
        .collect::<rusqlite::Result<_>>()?;
    faults.retain(|line| line != "ok");
    let mut orphans = connection.prepare("PRAGMA foreign_key_check")?;
    let orphans = orphans.query_map([], |row| {
        let (table, row_id, parent): (String, Option<i64>, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let row_id = row_id.map_or_else(String::new, |id| format!(" {id}"));
        Ok(format!("{table}{row_id} refers to a missing {parent}"))
    })?;
    for line in orphans {
        faults.push(line?);
    }
    Ok(faults)
}

/// An entry of `sqlite_schema`: type, name, table and statement.
type Object = (String, String, String, Option<String>);

/// All entries of the schema except the tables with which `ANALYZE` helps the query planner. Those
/// are recognised by their statements, since any table could have their names.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<Object>> {
    connection
        .prepare(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema
             WHERE sql IS NULL OR sql NOT IN (
                 'CREATE TABLE sqlite_stat1(tbl,idx,stat)',
                 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)')
             ORDER BY type, name",
        )?
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

/// What SQLite itself adds to the schema of this version: indices of columns without equal values, and a table.
const IMPLIED: [(&str, &str, &str, Option<&str>); 3] = [
    (
        "index",
        "sqlite_autoindex_changed_animal_1",
        "changed_animal",
        None,
    ),
    ("index", "sqlite_autoindex_outbox_1", "outbox", None),
    (
        "table",
        "sqlite_sequence",
        "sqlite_sequence",
        Some("CREATE TABLE sqlite_sequence(name,seq)"),
    ),
];

/// All entries of the schema of this version, in the order of [`objects`], by its script. A test compares them
/// with those that SQLite makes of it.
fn current_objects() -> Vec<Object> {
    let implied = IMPLIED.into_iter().map(|(kind, name, table, sql)| {
        let [kind, name, table] = [kind, name, table].map(str::to_owned);
        (kind, name, table, sql.map(str::to_owned))
    });
    let written = CURRENT.split("\n\n").filter_map(written_object);
    let mut objects: Vec<Object> = written.chain(implied).collect();
    objects.sort();
    objects
}

/// The entry that a statement of the script makes; `None` for a comment alone.
fn written_object(statement: &str) -> Option<Object> {
    let sql = statement.trim().strip_suffix(';')?;
    let is_verb = |word: &&str| matches!(*word, "CREATE" | "UNIQUE");
    let mut words = sql.split_whitespace().skip_while(is_verb);
    let kind = words.next()?.to_lowercase();
    let name = words.next()?;
    let table = if kind == "table" {
        name
    } else {
        words.skip_while(|word| *word != "ON").nth(1)?
    };
    let [name, table] = [name, table].map(str::to_owned);
    Some((kind, name, table, Some(sql.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_catalogue_is_what_the_scripts_of_all_versions_make() {
        let mut new = Connection::open_in_memory().unwrap();
        migrate(&mut new).unwrap();
        let migrated = Connection::open_in_memory().unwrap();
        run_scripts(&migrated, 0, VERSION).unwrap();
        let [new, migrated] = [&new, &migrated].map(|it| (objects(it).unwrap(), rows(it)));
        assert_eq!(new, migrated, "schema/current.sql is not up to date");
        assert_eq!(new.1, 0, "current.sql would have to insert rows");
        assert_eq!(current_objects(), new.0, "current.sql is read wrongly");
    }

    /// The number of rows in all tables but that of the numbers given so far, which has a 0 for a
    /// table that a script has copied.
    fn rows(connection: &Connection) -> u64 {
        let tables = objects(connection).unwrap();
        let tables = tables.iter().filter(|(kind, ..)| kind == "table");
        let tables = tables.filter(|(_, name, ..)| name != "sqlite_sequence");
        let count = |name: &str| -> u64 {
            let count = format!("SELECT count(*) FROM \"{name}\"");
            connection.query_row(&count, [], |row| row.get(0)).unwrap()
        };
        tables.map(|(_, name, ..)| count(name)).sum()
    }
}
