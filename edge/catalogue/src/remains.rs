//! Tells a new catalogue from one whose file was lost: its folder still has what belonged to it.

use std::fs;
use std::path::Path;

use crate::backup::{folder, is_backup};
use crate::error::CatalogueError;
use crate::{Catalogue, FILE, photographs};

/// The end of the name of the write-ahead log.
pub(crate) const LOG: &str = "-wal";

/// The end of the name of that log's index, which processes share.
pub(crate) const INDEX: &str = "-shm";

/// The end of the name of the note that there are records in that log alone.
pub(crate) const NOTE: &str = "-logged";

/// The ends of the names of the files that SQLite keeps beside the database, and of ours.
const SIDE_FILES: [&str; 4] = [LOG, INDEX, "-journal", NOTE];

/// The folders of a catalogue.
const FOLDERS: [&str; 3] = ["photographs", "orphans", "training"];

/// Whether the catalogue's file is missing or has not a single byte.
pub(crate) fn is_empty(file: &Path) -> bool {
    fs::metadata(file).map_or_else(
        |error| error.kind() == std::io::ErrorKind::NotFound,
        |about| about.is_file() && about.len() == 0,
    )
}

/// The names of the files that are kept beside the database, of those that exist.
pub(crate) fn side_files(file: &Path) -> Vec<String> {
    let names = SIDE_FILES.map(|end| side_file(file, end));
    let found = names.into_iter();
    found
        .filter(|name| file.with_file_name(name).exists())
        .collect()
}

/// Refuses to begin a new catalogue in a folder where there was one. `beside` are the
/// [`side_files`] from before SQLite opened the file.
///
/// Even empty folders say that there was one: they are made after the tables.
pub(crate) fn refuse(file: &Path, beside: &[String]) -> Result<(), CatalogueError> {
    let folder = folder(file);
    let mut remains = beside.to_vec();
    for (name, photographs) in counts(folder)? {
        if folder.join(name).is_dir() {
            remains.push(format!("{name}/ ({photographs})"));
        }
    }
    remains.extend(backups(folder)?);
    if remains.is_empty() {
        return Ok(());
    }
    Err(CatalogueError::Lost {
        file: file.to_owned(),
        remains: remains.join(", "),
    })
}

/// Removes those folders of a catalogue that are empty: they would say that there was one.
pub(crate) fn remove_empty_folders(folder: &Path) {
    for name in FOLDERS {
        // One that is missing or has files in it stays as it is.
        let _ = fs::remove_dir(folder.join(name));
    }
}

/// The folders of a catalogue, and how many photographs each has.
fn counts(folder: &Path) -> Result<[(&'static str, usize); 3], CatalogueError> {
    let count = |folder: &Path| {
        if folder.is_dir() {
            Ok(photographs::names(folder)?.len())
        } else {
            Ok(0)
        }
    };
    let [kept, orphans, training] = FOLDERS;
    let mut examples = 0;
    if folder.join(training).is_dir() {
        for (_, breed) in photographs::entries(&folder.join(training))? {
            examples += count(&breed)?;
        }
    }
    Ok([
        (kept, count(&folder.join(kept))?),
        (orphans, count(&folder.join(orphans))?),
        (training, examples),
    ])
}

/// The names of the backups in a folder. The database itself is not opened: SQLite may have it open
/// already.
fn backups(folder: &Path) -> Result<Vec<String>, CatalogueError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let files = photographs::entries(folder)?.into_iter();
    let is_one = |path: &Path| {
        is_backup(path, None).unwrap_or(false)
            || Catalogue::is_encrypted_backup(path).unwrap_or(false)
    };
    let mut names: Vec<String> = files
        .filter(|(name, path)| !name.starts_with(FILE) && is_one(path))
        .map(|(name, _)| name)
        .collect();
    names.sort();
    Ok(names)
}

/// The name of a file that is kept beside the database, by its end.
pub(crate) fn side_file(file: &Path, end: &str) -> String {
    let name = file.file_name().unwrap_or_default();
    format!("{}{end}", name.to_string_lossy())
}
