//! Exports the catalogue: as tables for spreadsheets, and as JSON for other programs.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use recognise::Language;
use rusqlite::Connection;
use serde::Serialize;

use crate::connections::Fault;
use crate::owners::ELSEWHERE;
use crate::stays::Stay;
use crate::visits::{self, Record, Visit};
use crate::{Catalogue, CatalogueError, animals, export_owners, history, settings};

/// The animals that are exported: those of this daycare.
const OURS: &str = "WHERE a.known_at IS NULL ORDER BY a.id";

impl Catalogue {
    /// Writes all animals as a table with a header row, which a spreadsheet opens as it is: CSV in
    /// UTF-8 with a mark that says so, separated as spreadsheets in the daycare's language expect it.
    ///
    /// # Errors
    /// When the catalogue cannot be read, or `out` cannot be written.
    pub fn export_animals_csv(&self, out: &mut dyn Write) -> Result<(), CatalogueError> {
        let mut table = Table::new(
            out,
            self.settings()?.language,
            [
                "id",
                "name",
                "species",
                "breed",
                "tag",
                "vaccinated_until",
                "contact",
                "warnings",
                "notes",
                "visits",
                "last_visit",
                "created",
                "breed_name",
                "last_visit_local",
                "created_local",
                "feeding",
                "medication",
                "vaccinations",
                "owners",
            ],
        )?;
        self.connections.read(|connection| {
            animals::each(connection, OURS, [], |animal| {
                let fields = animal.fields;
                let last_visit_local = text(animal.last_visit.map(|at| table.local(at)));
                let created_local = table.local(animal.created);
                Ok(table.row([
                    animal.id.to_string(),
                    fields.name,
                    fields.species.to_string(),
                    fields.breed.to_string(),
                    text(fields.tag),
                    text(fields.vaccinated_until),
                    fields.contact,
                    fields.warnings,
                    fields.notes,
                    animal.visits.to_string(),
                    text(animal.last_visit),
                    animal.created.to_string(),
                    text(fields.breed_name),
                    last_visit_local,
                    created_local,
                    fields.feeding,
                    fields.medication,
                    export_owners::vaccinations(&fields.vaccinations),
                    export_owners::names(&animal.owners),
                ])?)
            })
        })?;
        table.finish()
    }

    /// Writes all visits as a table, as [`Catalogue::export_animals_csv`].
    ///
    /// # Errors
    /// When the catalogue cannot be read, or `out` cannot be written.
    pub fn export_visits_csv(&self, out: &mut dyn Write) -> Result<(), CatalogueError> {
        let mut table = Table::new(out, self.settings()?.language, VISIT_COLUMNS)?;
        self.connections.read(|connection| {
            visits::each(connection, "ORDER BY v.id", [], |record| {
                let cells = visit_cells(&table, record);
                Ok(table.row(cells)?)
            })
        })?;
        table.finish()
    }

    /// Writes all records as one JSON object of `settings`, `animals`, `visits`, `expected`, `owners`,
    /// `bookings` and `changes`. All of them are read in one transaction.
    ///
    /// # Errors
    /// When the catalogue cannot be read, or `out` cannot be written.
    pub fn export_json(&self, out: &mut dyn Write) -> Result<(), CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            write(out, b"{\"settings\":")?;
            json(out, &settings::read_with(&snapshot, self.language)?)?;

            let mut list = List::begin(out, "animals")?;
            animals::each(&snapshot, OURS, [], |animal| list.push(&animal))?;
            list.end()?;

            let mut list = List::begin(out, "visits")?;
            visits::each(&snapshot, "ORDER BY v.id", [], |record| {
                list.push(&VisitRow {
                    visit: &record.visit,
                    stay: &record.stay,
                })
            })?;
            list.end()?;

            expected(&snapshot, List::begin(out, "expected")?)?;
            export_owners::owners(&snapshot, List::begin(out, "owners")?)?;
            export_owners::bookings(&snapshot, List::begin(out, "bookings")?)?;
            changes(&snapshot, List::begin(out, "changes")?)?;
            Ok(write(out, b"}\n")?)
        })
    }
}

/// The columns of the table of visits.
const VISIT_COLUMNS: [&str; 24] = [
    "id",
    "at",
    "breed",
    "animal",
    "animal_name",
    "verdict",
    "recognised",
    "confidence",
    "said",
    "settled_at",
    "settled_by",
    "model",
    "source",
    "state",
    "said_name",
    "at_local",
    "settled_at_local",
    "belongings",
    "run",
    "left_at",
    "checked_out_at",
    "checked_out_by",
    "left_at_local",
    "checked_out_at_local",
];

/// The cells of a visit, in the order of [`VISIT_COLUMNS`].
fn visit_cells(table: &Table<'_, 24>, record: Record) -> [String; 24] {
    let (visit, stay) = (record.visit, record.stay);
    let (animal, name) = visit.animal.unzip();
    let first = visit.candidates.into_iter().next();
    let at_local = table.local(visit.at);
    let [settled_at_local, left_at_local, checked_out_at_local] =
        [visit.confirmed_at, stay.left_at, stay.checked_out_at]
            .map(|at| text(at.map(|at| table.local(at))));
    [
        visit.id.to_string(),
        visit.at.to_string(),
        text(visit.breed),
        text(animal),
        text(name),
        visit.verdict.to_string(),
        text(first.map(|first| first.breed)),
        visit.confidence.to_string(),
        text(visit.confirmed_breed),
        text(visit.confirmed_at),
        text(visit.confirmed_by),
        visit.model,
        visit.source.to_string(),
        visit.state.as_str().to_owned(),
        text(visit.confirmed_breed_name),
        at_local,
        settled_at_local,
        stay.belongings,
        stay.run,
        text(stay.left_at),
        text(stay.checked_out_at),
        text(stay.checked_out_by),
        left_at_local,
        checked_out_at_local,
    ]
}

/// A visit with its stay.
#[derive(Serialize)]
struct VisitRow<'a> {
    #[serde(flatten)]
    visit: &'a Visit,
    stay: &'a Stay,
}

fn expected(connection: &Connection, mut list: List<'_>) -> Result<(), Fault> {
    #[derive(Serialize)]
    struct Row {
        day: String,
        animal: i64,
    }
    let mut statement = connection.prepare("SELECT day, animal FROM expected")?;
    let rows = statement.query_map([], |row| {
        let (day, animal) = (row.get(0)?, row.get(1)?);
        Ok(Row { day, animal })
    })?;
    for row in rows {
        list.push(&row?)?;
    }
    Ok(list.end()?)
}

fn changes(connection: &Connection, mut list: List<'_>) -> Result<(), Fault> {
    #[derive(Serialize)]
    struct Row {
        subject: String,
        id: i64,
        #[serde(flatten)]
        change: history::Change,
    }
    let mut statement = connection.prepare(&format!(
        "SELECT at, by, field, before, after, subject, subject_id FROM change
         WHERE NOT (subject = 'animal'
                    AND subject_id IN (SELECT id FROM animal WHERE known_at IS NOT NULL))
           AND NOT (subject = 'owner' AND subject_id IN ({ELSEWHERE}))
         ORDER BY id"
    ))?;
    let rows = statement.query_map([], |row| {
        Ok(Row {
            subject: row.get(5)?,
            id: row.get(6)?,
            change: history::change(row)?,
        })
    })?;
    for row in rows {
        list.push(&row?)?;
    }
    Ok(list.end()?)
}

/// A list in a JSON object that is written item by item.
pub(crate) struct List<'a> {
    out: &'a mut dyn Write,
    is_empty: bool,
}

impl<'a> List<'a> {
    fn begin(out: &'a mut dyn Write, key: &str) -> Result<Self, CatalogueError> {
        write(out, format!(",\n\"{key}\":[").as_bytes())?;
        let is_empty = true;
        Ok(Self { out, is_empty })
    }

    pub(crate) fn push<T: Serialize>(&mut self, item: &T) -> Result<(), Fault> {
        write(self.out, if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        Ok(json(self.out, item)?)
    }

    pub(crate) fn end(self) -> Result<(), CatalogueError> {
        write(self.out, b"]")
    }
}

/// What a spreadsheet knows UTF-8 by. Without it Excel takes a file for Windows-1252.
pub(crate) const UTF_8: &[u8] = "\u{feff}".as_bytes();

/// A CSV table of `N` columns, which a spreadsheet opens as it is: in UTF-8 with a mark that says so,
/// separated as spreadsheets in the daycare's language expect it. No cell runs as a formula.
pub struct Table<'a, const N: usize> {
    csv: csv::Writer<&'a mut dyn Write>,
    zone: TimeZone,
}

impl<'a, const N: usize> Table<'a, N> {
    /// A table in `out` that begins with this row.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(
        out: &'a mut dyn Write,
        language: Language,
        heading: [&str; N],
    ) -> Result<Self, CatalogueError> {
        write(out, UTF_8)?;
        // Where the comma separates decimals, spreadsheets expect something else between cells.
        let separator = match language {
            Language::English => b',',
            Language::French => b';',
        };
        let mut table = Self {
            csv: csv::WriterBuilder::new()
                .delimiter(separator)
                .from_writer(out),
            zone: crate::zone(),
        };
        table.row(heading.map(str::to_owned))?;
        Ok(table)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn row(&mut self, cells: [String; N]) -> Result<(), CatalogueError> {
        (self.csv.write_record(cells.map(harmless)))
            .map_err(|error| CatalogueError::Export(error.into()))
    }

    /// A moment in the system's time zone, in a form that every spreadsheet takes for a time.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        local.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Writes what is left to write.
    ///
    /// # Errors
    /// If the table cannot be written.
    pub fn finish(mut self) -> Result<(), CatalogueError> {
        self.csv.flush().map_err(CatalogueError::Export)
    }
}

/// Quotes a cell that a spreadsheet would run as a formula (OWASP, "CSV Injection"). Telephone
/// numbers run nothing, and stay as they are: a comma with a space makes a formula of none.
fn harmless(cell: String) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if runs && !cell.split(", ").all(is_telephone) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// Whether it is a telephone number: digits and what people put between them, behind a plus sign where
/// it has its country. Digits and hyphens alone are a subtraction, which a spreadsheet would compute.
fn is_telephone(number: &str) -> bool {
    let begins = |c: char| c.is_ascii_digit() || c == '(';
    let rest = match number.strip_prefix('+') {
        Some(rest) => rest,
        None if number.starts_with(begins) => number,
        None => return false,
    };
    let only = |separators: &[char]| {
        let mut characters = rest.chars();
        characters.all(|c| c.is_ascii_digit() || separators.contains(&c))
    };
    let is_subtraction = rest.contains('-') && only(&['-']);
    rest.contains(|c: char| c.is_ascii_digit())
        && only(&[' ', '\u{a0}', '\u{202f}', '.', '-', '(', ')'])
        && !is_subtraction
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn json<T: Serialize>(out: &mut dyn Write, value: &T) -> Result<(), CatalogueError> {
    serde_json::to_writer(out, value).map_err(|error| CatalogueError::Export(error.into()))
}

fn write(out: &mut dyn Write, bytes: &[u8]) -> Result<(), CatalogueError> {
    out.write_all(bytes).map_err(CatalogueError::Export)
}
