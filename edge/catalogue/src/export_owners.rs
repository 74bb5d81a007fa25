//! Exports owners, bookings and vaccinations.

use std::io::Write;

use rusqlite::Connection;

use crate::connections::Fault;
use crate::export::{List, Table};
use crate::ownership::AnimalOwner;
use crate::vaccinations::Vaccination;
use crate::{Catalogue, CatalogueError, bookings, owners as owner_table};

impl Catalogue {
    /// Writes all owners as a table, as [`Catalogue::export_animals_csv`].
    ///
    /// # Errors
    /// When the catalogue cannot be read, or `out` cannot be written.
    pub fn export_owners_csv(&self, out: &mut dyn Write) -> Result<(), CatalogueError> {
        let mut table = Table::new(
            out,
            self.settings()?.language,
            [
                "id",
                "name",
                "phones",
                "email",
                "address",
                "notes",
                "animals",
                "created",
                "created_local",
            ],
        )?;
        self.connections.read(|connection| {
            owner_table::each(connection, &owner_table::ours(), |owner| {
                let fields = owner.fields;
                let created_local = table.local(owner.created);
                Ok(table.row([
                    owner.id.to_string(),
                    fields.name,
                    fields.phones.join(", "),
                    fields.email,
                    fields.address,
                    fields.notes,
                    owner.animals.to_string(),
                    owner.created.to_string(),
                    created_local,
                ])?)
            })
        })?;
        table.finish()
    }
}

/// Writes all owners as JSON.
pub(crate) fn owners(connection: &Connection, mut list: List<'_>) -> Result<(), Fault> {
    owner_table::each(connection, &owner_table::ours(), |owner| list.push(&owner))?;
    Ok(list.end()?)
}

/// Writes all bookings as JSON.
pub(crate) fn bookings(connection: &Connection, mut list: List<'_>) -> Result<(), Fault> {
    bookings::each(connection, "ORDER BY id", [], |booking| {
        list.push(&bookings::with_exceptions(connection, booking)?)
    })?;
    Ok(list.end()?)
}

/// Vaccinations in a cell: `Rabies until 2027-04-30 (given 2026-05-01)`.
pub(crate) fn vaccinations(vaccinations: &[Vaccination]) -> String {
    let text = |vaccination: &Vaccination| {
        let until = format!("{} until {}", vaccination.name, vaccination.valid_until);
        let given = vaccination.given.map(|given| format!(" (given {given})"));
        format!("{}{}", until.trim_start(), given.unwrap_or_default())
    };
    let texts: Vec<String> = vaccinations.iter().map(text).collect();
    texts.join("; ")
}

/// The owners of an animal in a cell, with their numbers: `Anna Dupont (12)`.
pub(crate) fn names(owners: &[AnimalOwner]) -> String {
    let name = |owner: &AnimalOwner| format!("{} ({})", owner.name, owner.id);
    let names: Vec<String> = owners.iter().map(name).collect();
    names.join("; ")
}
