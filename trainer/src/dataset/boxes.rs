//! Boxes around animals and people in photographs, from a table in a CSV file.
//!
//! The columns are `file`, `kind` (`cat`, `dog` or `person`), `score` (how sure the box is, 0 to 1), `x1`, `y1`, `x2`
//! and `y2` (the corners as shares of width and height); others are ignored. Files are relative to the folder of the
//! table.
//!
//! A line that cannot be understood is an error, because the table is then not what it seems to be. What can be
//! understood and used in part is used, with a [`Note`]: a box that reaches beyond its picture is clipped, and a box
//! without area or of a picture that is not there is left out.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use md5::{Digest, Md5};
use recognise::metadata::Species;
use recognise::{Region, printable};

use super::Note;
use super::digest::hex;
use super::line::{reason_of, start};

/// The columns of a table.
const COLUMNS: [&str; 7] = ["file", "kind", "score", "x1", "y1", "x2", "y2"];
/// What is in a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A cat.
    Cat,
    /// A dog.
    Dog,
    /// A person.
    Person,
}

impl Kind {
    /// The species of an animal; `None` for a person.
    #[must_use]
    pub fn species(self) -> Option<Species> {
        match self {
            Self::Cat => Some(Species::Cat),
            Self::Dog => Some(Species::Dog),
            Self::Person => None,
        }
    }
}

/// A box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled {
    /// What is in it.
    pub kind: Kind,
    /// How sure it is, 0 to 1.
    pub score: f32,
    /// Where it is.
    pub region: Region,
}

/// A photograph and the boxes in it.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxedPhoto {
    /// The file.
    pub path: PathBuf,
    /// The boxes in the order of the table: at least one.
    pub boxes: Vec<Labelled>,
}

/// The boxes of a table.
///
/// ```
/// use trainer::dataset::boxes::{Boxes, Kind};
///
/// let folder = tempfile::tempdir()?;
/// // No picture is opened, so an empty file will do.
/// std::fs::write(folder.path().join("tom.jpg"), "")?;
/// let table = folder.path().join("boxes.csv");
/// std::fs::write(&table, "file,kind,score,x1,y1,x2,y2\ntom.jpg,cat,0.9,0.25,0,0.75,1\n")?;
///
/// let boxes = Boxes::open(&table)?;
/// assert_eq!(boxes.photos[0].boxes[0].kind, Kind::Cat);
/// assert_eq!(boxes.photos[0].boxes[0].region.width(), 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Boxes {
    /// The photographs that are there and have boxes, sorted by path.
    pub photos: Vec<BoxedPhoto>,
    /// What was left out or changed.
    pub notes: Vec<Note>,
    /// Identifies the content of the table: 32 hexadecimal digits.
    pub digest: String,
}

/// Why a table of boxes cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BoxesError {
    /// The file cannot be read.
    #[error("cannot read the boxes {}: {source}", printable(file))]
    Read {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The table lacks a column.
    #[error(
        "{}, line 1: there is no column {column}; the columns are {}",
        printable(file),
        COLUMNS.join(",")
    )]
    Column {
        /// The file.
        file: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A line cannot be understood.
    #[error("{}, line {line}: {}", printable(file), printable(Path::new(reason)))]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl Boxes {
    /// Reads a table. No photograph is opened.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, or has a line that cannot be understood: with another number of
    /// values than columns, a kind that does not exist, or what is not a finite number.
    pub fn open(file: &Path) -> Result<Self, BoxesError> {
        let bytes = fs::read(file).map_err(|source| BoxesError::Read {
            file: file.to_owned(),
            source,
        })?;
        let mut table = Table::default();
        table.read(file, &bytes)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let (mut photos, mut missing, mut of_missing) = (Vec::new(), Vec::new(), 0);
        for (name, boxes) in table.by_name {
            let path = folder.join(name);
            if path.is_file() {
                photos.push(BoxedPhoto { path, boxes });
            } else {
                of_missing += boxes.len();
                missing.push(path);
            }
        }
        photos.sort_by(|a, b| a.path.cmp(&b.path));
        let notes = [
            Note::on_clipped_boxes(file, table.clipped),
            Note::on_empty_boxes(file, table.empty),
            Note::on_missing_pictures(file, missing, of_missing),
        ];
        Ok(Self {
            photos,
            notes: notes.into_iter().flatten().collect(),
            digest: hex(&Md5::digest(&bytes)),
        })
    }
}

/// The content of a table while it is read.
#[derive(Default)]
struct Table {
    /// The boxes by the name of the file.
    by_name: BTreeMap<String, Vec<Labelled>>,
    /// How many boxes were clipped.
    clipped: usize,
    /// The lines of boxes without area in their picture.
    empty: Vec<u64>,
}

impl Table {
    fn read(&mut self, file: &Path, bytes: &[u8]) -> Result<(), BoxesError> {
        let at = |line, reason| BoxesError::Line {
            file: file.to_owned(),
            line,
            reason,
        };
        let damaged = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            at(line, reason_of(&error))
        };
        let mut reader = csv::Reader::from_reader(bytes);
        let headers = reader.headers().map_err(damaged)?.clone();
        let mut columns = [0; COLUMNS.len()];
        for (column, name) in columns.iter_mut().zip(COLUMNS) {
            let place = headers.iter().position(|header| header.trim() == name);
            *column = place.ok_or_else(|| BoxesError::Column {
                file: file.to_owned(),
                column: name,
            })?;
        }
        for record in reader.records() {
            let record = record.map_err(damaged)?;
            let line = record.position().map_or(1, csv::Position::line);
            self.line(&record, columns, line)
                .map_err(|reason| at(line, reason))?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        record: &StringRecord,
        columns: [usize; 7],
        line: u64,
    ) -> Result<(), String> {
        let [name, kind, numbers @ ..] =
            columns.map(|column| record.get(column).unwrap_or_default().trim());
        if name.is_empty() {
            return Err("there is no file".to_owned());
        }
        let kind = match kind {
            "cat" => Kind::Cat,
            "dog" => Kind::Dog,
            "person" => Kind::Person,
            other => {
                let other = start(other);
                return Err(format!("the kind \"{other}\" is not cat, dog or person"));
            }
        };
        let mut values = [0.0; 5];
        for ((value, text), column) in values.iter_mut().zip(numbers).zip(&COLUMNS[2..]) {
            *value = number(text).ok_or_else(|| {
                let text = start(text);
                format!("{column} is \"{text}\", which is not a finite number")
            })?;
        }
        let [score, corners @ ..] = values;
        if !(0.0..=1.0).contains(&score) {
            return Err(format!("the score {score} is not 0 to 1"));
        }
        let [left, top, right, bottom] = corners;
        let Some(region) = Region::new(left, top, right, bottom) else {
            self.empty.push(line);
            return Ok(());
        };
        self.clipped += usize::from(region.corners() != corners);
        let boxes = self.by_name.entry(name.to_owned()).or_default();
        boxes.push(Labelled {
            kind,
            score,
            region,
        });
        Ok(())
    }
}

/// A finite number.
fn number(text: &str) -> Option<f32> {
    text.parse::<f32>().ok().filter(|value| value.is_finite())
}
