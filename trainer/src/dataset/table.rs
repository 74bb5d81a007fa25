//! Reads a table of photographs from a CSV file.
//!
//! The columns are `file` and `breed` and, if they are there, `split` (`train`, `val` or `test`), `animal` and `species`
//! (`cat` or `dog`); others are ignored. Files are relative to the folder of the table. Where there is no column
//! `split`, the split is made as for a folder; in any case the photographs of one animal are on one side of it.
//! Photographs beside those that the table names are counted.
//!
//! A line that cannot be understood is an error, because the table is then not what it seems to be.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use icu_normalizer::DecomposingNormalizerBorrowed;
use recognise::printable;

use super::assemble::{Draft, Listed, Side};
use super::declared::Declared;
use super::error::not_a_dataset;
use super::files::{composed, entries, format_of_name, photographs, real};
use super::line::{reason_of, start};
use super::species::{Said, species_named};
use super::{Dataset, DatasetError, Note};

pub(super) fn open(file: &Path) -> Result<Dataset, DatasetError> {
    let parent = file.parent().filter(|it| !it.as_os_str().is_empty());
    let root = parent.unwrap_or(Path::new("."));
    let bytes = fs::read(file).map_err(|source| DatasetError::Read {
        path: file.to_owned(),
        source,
    })?;
    let mut table = Table {
        file,
        root,
        declared: Declared::read(root)?,
        said: BTreeMap::new(),
        photographs: Vec::new(),
        missing: Vec::new(),
        others: Vec::new(),
        lines: HashMap::new(),
        sides: HashMap::new(),
    };
    table.read(&bytes)?;
    table.into_dataset()
}

/// Where the columns are.
struct Columns {
    file: usize,
    breed: usize,
    split: Option<usize>,
    animal: Option<usize>,
    species: Option<usize>,
}

/// The content of a table while it is read.
struct Table<'a> {
    file: &'a Path,
    root: &'a Path,
    declared: Declared,
    said: BTreeMap<String, Vec<Said>>,
    photographs: Vec<Listed>,
    missing: Vec<Listed>,
    /// Files that are there but of a kind that is not read.
    others: Vec<PathBuf>,
    /// The line of each file.
    lines: HashMap<PathBuf, u64>,
    /// The split of each animal of a breed, and the line that says so.
    sides: HashMap<(String, String), (Side, u64)>,
}

impl Table<'_> {
    fn read(&mut self, bytes: &[u8]) -> Result<(), DatasetError> {
        let file = self.file;
        let at = |line: u64, reason| DatasetError::Line {
            file: file.to_owned(),
            line: usize::try_from(line).unwrap_or(usize::MAX),
            reason,
        };
        let damaged = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            at(line, reason_of(&error))
        };
        let mut reader = csv::Reader::from_reader(bytes);
        let columns = self.columns(reader.headers().map_err(damaged)?)?;
        for record in reader.records() {
            let record = record.map_err(damaged)?;
            let line = record.position().map_or(1, csv::Position::line);
            self.line(&record, &columns, line)
                .map_err(|reason| at(line, reason))?;
        }
        Ok(())
    }

    fn columns(&self, headers: &StringRecord) -> Result<Columns, DatasetError> {
        let place = |name: &str| {
            let mut headers = headers.iter().map(|header| header.trim().to_lowercase());
            headers.position(|header| header == name)
        };
        let needed = |column: &'static str| {
            place(column).ok_or_else(|| DatasetError::Column {
                file: self.file.to_owned(),
                column,
            })
        };
        Ok(Columns {
            file: needed("file")?,
            breed: needed("breed")?,
            split: place("split"),
            animal: place("animal"),
            species: place("species"),
        })
    }

    fn line(&mut self, record: &StringRecord, columns: &Columns, line: u64) -> Result<(), String> {
        let value = |column: usize| record.get(column).unwrap_or_default().trim();
        let (name, breed) = (value(columns.file), composed(value(columns.breed)));
        if name.is_empty() || breed.is_empty() {
            return Err("there is no file or no breed".to_owned());
        }
        let breed = self.declared.id(&breed);
        let side = columns
            .split
            .map(|column| side(value(column)))
            .transpose()?;
        let animal = columns.animal.map(|column| composed(value(column)));
        let animal = animal.filter(|animal| !animal.is_empty());
        if let (Some(side), Some(animal)) = (side, &animal) {
            self.on_one_side((breed.clone(), animal.clone()), side, line)?;
        }
        let species = columns.species.map(value).filter(|text| !text.is_empty());
        let said = self.said.entry(breed.clone()).or_default();
        if let Some(text) = species {
            let species = species_named(text)
                .ok_or_else(|| format!("the species \"{}\" is not cat or dog", start(text)))?;
            // One line of each species will do.
            if said.iter().all(|said| said.species != species) {
                let by = format!("{}, line {line}", printable(self.file));
                said.push(Said { species, by });
            }
        }
        let path = find(self.root, name);
        if let Some(first) = self.lines.insert(path.clone(), line) {
            return Err(format!("{} is in line {first} too", start(name)));
        }
        let listed = Listed {
            path,
            breed,
            side,
            animal,
        };
        if !listed.path.is_file() {
            self.missing.push(listed);
        } else if format_of_name(&listed.path).is_none() {
            self.others.push(listed.path);
        } else {
            self.photographs.push(listed);
        }
        Ok(())
    }

    /// Refuses an animal that is on two sides of the split.
    fn on_one_side(
        &mut self,
        animal: (String, String),
        side: Side,
        line: u64,
    ) -> Result<(), String> {
        let name = start(&animal.1);
        let (first, before) = *self.sides.entry(animal).or_insert((side, line));
        if first == side {
            return Ok(());
        }
        Err(format!(
            "the animal {name} is in another split than in line {before}: put all its photographs into one, or the \
             figures will be too good"
        ))
    }

    fn into_dataset(self) -> Result<Dataset, DatasetError> {
        if self.photographs.is_empty() {
            let why = "it names no photograph that is there";
            return Err(not_a_dataset(self.file, why));
        }
        let unlisted = self.unlisted();
        let notes = Note::on_others(self.file, self.others.iter());
        let notes = notes
            .into_iter()
            .chain(Note::on_unlisted(self.file, &unlisted));
        let notes = notes.collect();
        let draft = Draft {
            root: self.root.to_owned(),
            declared: self.declared,
            said: self.said,
            photographs: self.photographs,
            missing: self.missing,
            unlisted,
            notes,
        };
        draft.into_dataset()
    }

    /// The photographs that the table does not name: in its folder, in the folders there, and in all others that have
    /// photographs of the table.
    fn unlisted(&self) -> Vec<PathBuf> {
        let named = || self.photographs.iter().map(|listed| listed.path.as_path());
        let inner = entries(self.root).unwrap_or_default().into_iter();
        let folders = (inner.filter(|path| path.is_dir()))
            .chain([self.root.to_owned()])
            .chain(named().filter_map(Path::parent).map(Path::to_owned));
        // A table may have several names for one file or folder.
        let folders: BTreeMap<PathBuf, PathBuf> =
            folders.map(|folder| (real(&folder), folder)).collect();
        let named: HashSet<PathBuf> = named().map(real).collect();
        // A folder that cannot be listed has no photographs that could have been named.
        let there = folders
            .values()
            .flat_map(|folder| photographs(folder).unwrap_or_default());
        there.filter(|path| !named.contains(&real(path))).collect()
    }
}

/// The split in a table.
fn side(text: &str) -> Result<Side, String> {
    Side::named(text)
        .ok_or_else(|| format!("the split \"{}\" is not train, val or test", start(text)))
}

/// The file with this name in a folder, however the disk writes its accents: as the table does, composed, or decomposed
/// as macOS does. The first of these if it is not there.
fn find(root: &Path, name: &str) -> PathBuf {
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(name);
    let others = [composed(name), decomposed.into_owned()];
    let mut others = others.iter().map(|name| root.join(name));
    let path = root.join(name);
    if path.exists() {
        return path;
    }
    others.find(|path| path.exists()).unwrap_or(path)
}
