//! Exports what is kept of one family: its animals, their owners, and the photographs.

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use crate::animals::{self, Animal};
use crate::bookings::{self, Booking};
use crate::connections::Fault;
use crate::embedding::NETWORK;
use crate::history::{self, Change, Subject};
use crate::ids::{AnimalId, OwnerId};
use crate::merge::{self, Merged};
use crate::owners::{self, Owner};
use crate::stays::Stay;
use crate::visits::{self, Record, Visit};
use crate::{Catalogue, CatalogueError, settings};

/// The archive's entry with the records.
const RECORDS: &str = "family.json";

/// The folder of the photographs in the archive.
const PHOTOGRAPHS: &str = "photographs/";

impl Catalogue {
    /// Writes what is kept of an animal's family as a tar archive: `photographs/` with the photographs
    /// of its visits and those that other sites have taken, as they are, and `family.json` with the
    /// records and the embeddings that the networks have made of them. Its family are its owners, and
    /// the animals of these owners; of those animals' other owners there is nothing. An animal that was
    /// merged is exported as the animal that it is now.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be read, or `out` cannot be
    /// written.
    pub fn export_family(
        &self,
        animal: AnimalId,
        out: &mut dyn Write,
    ) -> Result<(), CatalogueError> {
        let mut family = self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            Family::read(&snapshot, animal)
        })?;
        let mut archive = tar::Builder::new(out);
        for animal in &mut family.animals {
            if let Some(jpeg) = &animal.from_elsewhere {
                let name = format!("{PHOTOGRAPHS}animal-{}.jpg", animal.animal.id);
                add(&mut archive, &name, family.made, jpeg).map_err(CatalogueError::Export)?;
                animal.photograph = Some(name);
            }
            for visit in &mut animal.visits {
                self.add_photograph(&mut archive, visit)?;
            }
        }
        let records = serde_json::to_vec_pretty(&family)
            .map_err(|error| CatalogueError::Export(error.into()))?;
        add(&mut archive, RECORDS, family.made, &records)
            .and_then(|()| archive.into_inner()?.flush())
            .map_err(CatalogueError::Export)
    }

    /// Adds the photograph of a visit, where there is one, and notes under which name.
    fn add_photograph(
        &self,
        archive: &mut tar::Builder<&mut dyn Write>,
        visit: &mut VisitRecord,
    ) -> Result<(), CatalogueError> {
        let Some(stored) = &visit.stored else {
            return Ok(());
        };
        // Its retention time may be up since.
        let Some(jpeg) = self.photographs.read(stored)? else {
            return Ok(());
        };
        let name = format!("{PHOTOGRAPHS}visit-{}.jpg", visit.visit.id);
        add(archive, &name, visit.visit.at, &jpeg).map_err(CatalogueError::Export)?;
        visit.photograph = Some(name);
        Ok(())
    }
}

/// All records of a family.
#[derive(Serialize)]
struct Family {
    /// When the archive was made, by which daycare.
    made: Timestamp,
    daycare: String,
    owners: Vec<OwnerRecord>,
    animals: Vec<AnimalRecord>,
}

#[derive(Serialize)]
struct OwnerRecord {
    owner: Owner,
    history: Vec<Change>,
}

#[derive(Serialize)]
struct AnimalRecord {
    animal: Animal,
    /// The animals that were merged into it, as they were.
    merged: Vec<Merged>,
    /// Single days on which it is expected.
    expected: Vec<String>,
    bookings: Vec<Booking>,
    visits: Vec<VisitRecord>,
    /// The name of the photograph in the archive that another site has taken.
    photograph: Option<String>,
    /// What other sites have made of it.
    embeddings: Vec<EmbeddingRecord>,
    history: Vec<Change>,
    /// That photograph.
    #[serde(skip)]
    from_elsewhere: Option<Vec<u8>>,
}

/// What a network has made of a picture, to compare it with others.
#[derive(Serialize)]
struct EmbeddingRecord {
    /// The network's version.
    network: String,
    /// The numbers as they are stored, the largest of them 127, in one line.
    numbers: String,
}

#[derive(Serialize)]
struct VisitRecord {
    #[serde(flatten)]
    visit: Visit,
    stay: Stay,
    /// The name of its photograph in the archive.
    photograph: Option<String>,
    embedding: Option<EmbeddingRecord>,
    history: Vec<Change>,
    /// The name of its photograph in the catalogue.
    #[serde(skip)]
    stored: Option<String>,
}

impl Family {
    fn read(snapshot: &Connection, animal: AnimalId) -> Result<Self, Fault> {
        let found = merge::present(snapshot, animal)?;
        let animal = found.ok_or(CatalogueError::NoSuchAnimal(animal))?;
        let owners = animals::one(snapshot, animal)?.owners.into_iter();
        let owners: BTreeSet<OwnerId> = owners.map(|owner| owner.id).collect();
        let mut family = Self {
            made: Timestamp::now(),
            daycare: settings::read(snapshot)?.name,
            owners: Vec::new(),
            animals: Vec::new(),
        };
        for &id in &owners {
            family.owners.push(OwnerRecord {
                owner: owners::one(snapshot, id)?,
                history: history::changes(snapshot, Subject::Owner(id))?,
            });
        }
        let theirs = "WHERE a.id = ?1 OR a.id IN (
                          SELECT animal FROM animal_owner WHERE owner IN (
                              SELECT owner FROM animal_owner WHERE animal = ?1))
                      ORDER BY a.id";
        animals::each(snapshot, theirs, [animal], |mut animal| {
            animal.owners.retain(|owner| owners.contains(&owner.id));
            family.animals.push(AnimalRecord::read(snapshot, animal)?);
            Ok(())
        })?;
        Ok(family)
    }
}

impl AnimalRecord {
    fn read(snapshot: &Connection, animal: Animal) -> Result<Self, Fault> {
        let id = animal.id;
        let mut records = Vec::new();
        visits::each(
            snapshot,
            "WHERE v.animal = ?1 ORDER BY v.id",
            [id],
            |record| {
                records.push(record);
                Ok(())
            },
        )?;
        let visits = records.into_iter();
        let visits = visits.map(|record| VisitRecord::read(snapshot, record));
        Ok(Self {
            merged: merge::parts(snapshot, id)?,
            expected: snapshot
                .prepare_cached("SELECT day FROM expected WHERE animal = ?1 ORDER BY day")?
                .query_map([id], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?,
            bookings: bookings::of(snapshot, id)?,
            visits: visits.collect::<Result<_, Fault>>()?,
            photograph: None,
            embeddings: snapshot
                .prepare_cached(
                    "SELECT network, embedding FROM guest_embedding WHERE animal = ?1 ORDER BY id",
                )?
                .query_map([id], EmbeddingRecord::of_row)?
                .collect::<rusqlite::Result<_>>()?,
            history: history::changes(snapshot, Subject::Animal(id))?,
            from_elsewhere: snapshot
                .prepare_cached("SELECT jpeg FROM guest_photograph WHERE animal = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?,
            animal,
        })
    }
}

impl VisitRecord {
    fn read(snapshot: &Connection, record: Record) -> Result<Self, Fault> {
        let id = record.visit.id;
        let embedding = format!(
            "SELECT {NETWORK}, v.embedding FROM visit v WHERE v.id = ?1 AND v.embedding IS NOT NULL"
        );
        Ok(Self {
            embedding: snapshot
                .prepare_cached(&embedding)?
                .query_row([id], EmbeddingRecord::of_row)
                .optional()?,
            history: history::changes(snapshot, Subject::Visit(id))?,
            visit: record.visit,
            stay: record.stay,
            photograph: None,
            stored: record.photograph,
        })
    }
}

impl EmbeddingRecord {
    /// Of a row with the network and the bytes.
    fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let bytes: Vec<u8> = row.get(1)?;
        let numbers = bytes.iter().map(|&byte| (byte as i8).to_string());
        Ok(Self {
            network: row.get(0)?,
            numbers: numbers.collect::<Vec<_>>().join(" "),
        })
    }
}

/// Adds a file of a certain time.
fn add(
    archive: &mut tar::Builder<&mut dyn Write>,
    name: &str,
    at: Timestamp,
    content: &[u8],
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(at.as_second().try_into().unwrap_or(0));
    archive.append_data(&mut header, name, content)
}
