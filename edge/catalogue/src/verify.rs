//! Checks a catalogue without changing it: its database, its schema and its photographs.

use std::path::Path;

use rusqlite::Connection;

use crate::backup::folder;
use crate::connections::{self, READ_WRITE};
use crate::log_remains::{self, LogFault};
use crate::photographs::{Photographs, is_name};
use crate::remains::{LOG, side_file};
use crate::schema::{self, Kind};
use crate::scratch::Scratch;
use crate::{Catalogue, CatalogueError, FILE, read_only};

impl Catalogue {
    /// Checks the catalogue in `folder` as thoroughly as can be, without changing it, and returns what
    /// is wrong with it, one line a fault: a damaged log, also one that was kept at a start
    /// ([`Catalogue::damaged_logs`]), damaged pages, values that cannot be, tables of another program,
    /// photographs that are missing, cut short or cannot be decoded. Others may go on reading and writing.
    /// If the folder cannot be written, a copy of the database is checked.
    ///
    /// # Errors
    /// When there is no catalogue that could be checked, as for [`Catalogue::open`].
    pub fn verify(folder: &Path) -> Result<Vec<String>, CatalogueError> {
        let photographs = Photographs::at(folder);
        faults(
            folder,
            &[
                &schema_faults,
                &|connection: &Connection, _: u32| schema::faults(connection),
                &|connection: &Connection, version: u32| {
                    photograph_faults(connection, version, &photographs)
                },
            ],
        )
    }

    /// The same in a fraction of the time: without the photographs, and without comparing the indices
    /// with their tables.
    ///
    /// # Errors
    /// As [`Catalogue::verify`].
    pub fn verify_quickly(folder: &Path) -> Result<Vec<String>, CatalogueError> {
        let pages = |connection: &Connection, _: u32| schema::quick_faults(connection);
        faults(folder, &[&schema_faults, &pages])
    }

    /// Checks that the tables and triggers of the database are those of a catalogue, its pages and values, and
    /// that its records refer to none that is missing. It takes a moment, writes nothing, and may be done while
    /// the kiosk is at work.
    ///
    /// # Errors
    /// [`CatalogueError::Corrupt`] with the first fault, or when the catalogue cannot be read.
    pub fn check(&self) -> Result<(), CatalogueError> {
        let quick = |connection: &Connection| faults_in_use(connection, schema::quick_faults);
        let faults = self.connections.examine(quick)?;
        match faults.into_iter().next() {
            None => Ok(()),
            Some(reason) => Err(CatalogueError::Corrupt {
                file: self.connections.file().to_owned(),
                reason,
            }),
        }
    }
}

/// What is wrong with the database of a catalogue in use: its tables and triggers, or else what `pages` finds.
/// Tables of another program are not looked into: what they compute may take all memory.
pub(crate) fn faults_in_use(
    connection: &Connection,
    pages: fn(&Connection) -> rusqlite::Result<Vec<String>>,
) -> rusqlite::Result<Vec<String>> {
    let foreign = schema_faults(connection, schema::VERSION)?;
    if foreign.is_empty() {
        pages(connection)
    } else {
        Ok(foreign)
    }
}

/// Looks for faults of one kind, in a catalogue of this version.
type Check<'a> = &'a dyn Fn(&Connection, u32) -> rusqlite::Result<Vec<String>>;

fn faults(folder: &Path, checks: &[Check<'_>]) -> Result<Vec<String>, CatalogueError> {
    let file = folder.join(FILE);
    let log = log_remains::fault(&file);
    let found = match log {
        // Opening the file has SQLite make the log's index again, which may be all that tells of the fault.
        Some(_) => faults_of_copy(read_only::copy_as_it_is(&file)?, &file, checks),
        None => match connections::examine(&file, READ_WRITE) {
            Err(CatalogueError::ReadOnly { .. }) => {
                faults_of_copy(read_only::copy(&file)?, &file, checks)
            }
            opened => faults_of(opened?, checks).map_err(CatalogueError::database(&file)),
        },
    };
    let mut faults = log_faults(&file, log)?;
    faults.extend(found?);
    Ok(faults)
}

/// What is wrong with the log of the database `file`, and which damaged ones were kept before.
fn log_faults(file: &Path, log: Option<LogFault>) -> Result<Vec<String>, CatalogueError> {
    let now = log.map(|fault| format!("{}: {fault}", side_file(file, LOG)));
    let kept = log_remains::kept(folder(file))?;
    let before = kept.iter().map(|kept| {
        format!(
            "{}: the log was damaged at a start and is kept here; look whether the records of that time are \
             complete, then remove this folder",
            kept.display()
        )
    });
    Ok(now.into_iter().chain(before).collect())
}

/// Checks the copy of the database `file` in a folder.
fn faults_of_copy(
    copy: Scratch,
    file: &Path,
    checks: &[Check<'_>],
) -> Result<Vec<String>, CatalogueError> {
    let opened = connections::examine(&copy.path().join(FILE), READ_WRITE);
    let opened = opened.map_err(|error| error.of_copy(file))?;
    faults_of(opened, checks).map_err(CatalogueError::database(file))
}

/// Checks a database. Its log stays as it is if anything is wrong.
fn faults_of(
    (connection, kind): (Connection, Kind),
    checks: &[Check<'_>],
) -> rusqlite::Result<Vec<String>> {
    let Kind::Known(version) = kind else {
        return Ok(vec![format!("{FILE}: empty")]);
    };
    let mut faults = Vec::new();
    for check in checks {
        // A badly damaged database cannot even be checked.
        let found = check(&connection, version);
        faults.extend(found.unwrap_or_else(|error| vec![error.to_string()]));
    }
    faults.dedup();
    if faults.is_empty() {
        connections::trust(&connection)?;
    }
    let lines = faults.iter().map(|fault| format!("{FILE}: {fault}"));
    Ok(lines.collect())
}

fn schema_faults(connection: &Connection, version: u32) -> rusqlite::Result<Vec<String>> {
    if schema::is_ours(connection, version)? {
        return Ok(Vec::new());
    }
    let fault = "its tables and triggers are not those of a catalogue";
    Ok(vec![fault.to_owned()])
}

fn photograph_faults(
    connection: &Connection,
    version: u32,
    photographs: &Photographs,
) -> rusqlite::Result<Vec<String>> {
    let mut sql =
        "SELECT photograph, photograph_bytes FROM visit WHERE photograph IS NOT NULL".to_owned();
    // Older versions have no pictures without an animal.
    if version >= 5 {
        sql.push_str(" UNION ALL SELECT photograph, bytes FROM negative");
    }
    let mut faults = Vec::new();
    let mut statement = connection.prepare(&sql)?;
    let named = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // Read at once: decoding takes minutes, and others go on meanwhile.
    let named: Vec<(String, u64)> = named.collect::<rusqlite::Result<_>>()?;
    let still = format!("SELECT EXISTS (SELECT 1 FROM ({sql}) WHERE photograph = ?1)");
    let mut still = connection.prepare(&still)?;
    for (name, bytes) in named {
        if !is_name(&name) {
            faults.push("a photograph whose name is none of ours".to_owned());
        } else if let Some(fault) = photographs.fault(&name, bytes)
            // It may have been deleted meanwhile.
            && still.query_row([&name], |row| row.get(0))?
        {
            faults.push(format!("the photograph {name} is {fault}"));
        }
    }
    Ok(faults)
}
