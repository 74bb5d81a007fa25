//! Exports the catalogue as CSV and JSON for other programs.

use std::io::Write;

use rusqlite::Connection;
use serde::Serialize;

use crate::connections::Fault;
use crate::{Catalogue, CatalogueError, animals, history, settings, visits};

impl Catalogue {
    /// Writes all animals as CSV with a header row.
    ///
    /// # Errors
    /// When the catalogue cannot be read, or `out` cannot be written.
    pub fn export_animals_csv(&self, out: &mut dyn Write) -> Result<(), CatalogueError> {
        let mut table = Table::new(
            out,
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
            ],
        )?;
        self.connections.read(|connection| {
            animals::each(connection, "ORDER BY a.id", [], |animal| {
                let fields = animal.fields;
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
                ])?)
            })
        })?;
        table.finish()
    }

    /// Writes all visits as CSV with a header row.
    ///
    /// # Errors
    /// When the catalogue cannot be read, or `out` cannot be written.
    pub fn export_visits_csv(&self, out: &mut dyn Write) -> Result<(), CatalogueError> {
        let mut table = Table::new(
            out,
            [
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
            ],
        )?;
        self.connections.read(|connection| {
            visits::each(connection, "ORDER BY v.id", [], |record| {
                let visit = record.visit;
                let (animal, name) = visit.animal.unzip();
                let first = visit.candidates.into_iter().next();
                Ok(table.row([
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
                ])?)
            })
        })?;
        table.finish()
    }

    /// Writes all records as one JSON object of `settings`, `animals`, `visits`, `expected` and
    /// `changes`. All of them are read in one transaction.
    ///
    /// # Errors
    /// When the catalogue cannot be read, or `out` cannot be written.
    pub fn export_json(&self, out: &mut dyn Write) -> Result<(), CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            write(out, b"{\"settings\":")?;
            json(out, &settings::read(&snapshot)?)?;

            let mut list = List::begin(out, "animals")?;
            animals::each(&snapshot, "ORDER BY a.id", [], |animal| list.push(&animal))?;
            list.end()?;

            let mut list = List::begin(out, "visits")?;
            visits::each(&snapshot, "ORDER BY v.id", [], |record| {
                list.push(&record.visit)
            })?;
            list.end()?;

            expected(&snapshot, List::begin(out, "expected")?)?;
            changes(&snapshot, List::begin(out, "changes")?)?;
            Ok(write(out, b"}\n")?)
        })
    }
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
    let mut statement = connection.prepare(
        "SELECT at, by, field, before, after, subject, subject_id FROM change ORDER BY id",
    )?;
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
struct List<'a> {
    out: &'a mut dyn Write,
    is_empty: bool,
}

impl<'a> List<'a> {
    fn begin(out: &'a mut dyn Write, key: &str) -> Result<Self, CatalogueError> {
        write(out, format!(",\n\"{key}\":[").as_bytes())?;
        let is_empty = true;
        Ok(Self { out, is_empty })
    }

    fn push<T: Serialize>(&mut self, item: &T) -> Result<(), Fault> {
        write(self.out, if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        Ok(json(self.out, item)?)
    }

    fn end(self) -> Result<(), CatalogueError> {
        write(self.out, b"]")
    }
}

/// A CSV table of `N` columns.
struct Table<'a, const N: usize>(csv::Writer<&'a mut dyn Write>);

impl<'a, const N: usize> Table<'a, N> {
    fn new(out: &'a mut dyn Write, heading: [&str; N]) -> Result<Self, CatalogueError> {
        let mut table = Self(csv::Writer::from_writer(out));
        table.row(heading.map(str::to_owned))?;
        Ok(table)
    }

    fn row(&mut self, cells: [String; N]) -> Result<(), CatalogueError> {
        (self.0.write_record(cells.map(harmless)))
            .map_err(|error| CatalogueError::Export(error.into()))
    }

    fn finish(mut self) -> Result<(), CatalogueError> {
        self.0.flush().map_err(CatalogueError::Export)
    }
}

/// Quotes a cell that a spreadsheet would run as a formula. (OWASP, "CSV Injection".)
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
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
