//! Makes a catalogue of many years, by filling the kiosk's own tables in one transaction.

use std::path::Path;

use catalogue::{Catalogue, OTHER_BREED};
use jiff::{ToSpan, Zoned};
use recognise::{Bundle, Metadata, VerdictKind};
use rusqlite::Connection;

pub(crate) const ANIMALS: usize = 20_000;
pub(crate) const VISITS: usize = 100_000;

/// Visits a day.
const A_DAY: usize = 100;

/// One in this many visits is not confirmed.
const UNCONFIRMED: usize = 50;

const NAMES: [&str; 24] = [
    "Bella", "Luna", "Milo", "Zoé", "Rocky", "Simba", "Éclair", "Nala", "Félix", "Charlie", "Léo",
    "Max", "Chloé", "Balou", "Oscar", "Mia", "Noël", "Lucky", "Kira", "Tigrou", "Maya", "Rex",
    "Gaïa", "Filou",
];

const FAMILIES: [&str; 17] = [
    "Keller", "Rochat", "Dubois", "Meier", "Müller", "Favre", "Martin", "Bernard", "Schmid",
    "Lefèvre", "Roux", "Weber", "Huber", "Moreau", "Girard", "Frei", "Blanc",
];

const OWNERS: [&str; 5] = ["Ana", "Hélène", "Jean-Luc", "Monika", "Peter"];

/// Makes the catalogue in `folder` and returns the visits that are not confirmed.
pub(crate) fn make(folder: &Path) -> Vec<i64> {
    drop(Catalogue::open(folder).expect("a new catalogue"));
    let metadata = Bundle::embedded().expect("the built-in bundle").metadata;
    let connection = Connection::open(folder.join("catalogue.sqlite")).expect("its file");
    fill(&connection, &metadata).expect("the tables are filled")
}

fn fill(connection: &Connection, metadata: &Metadata) -> rusqlite::Result<Vec<i64>> {
    connection.execute_batch("BEGIN")?;
    for animal in 0..ANIMALS {
        add_animal(connection, metadata, animal)?;
    }
    let midnight = Zoned::now()
        .start_of_day()
        .expect("a day begins")
        .timestamp();
    let today = Zoned::now().timestamp().as_millisecond() - midnight.as_millisecond();
    let mut unconfirmed = Vec::new();
    for visit in 0..VISITS {
        let (day, place) = (visit / A_DAY, visit % A_DAY);
        // Today's visits are between midnight and now, those of other days in the last ten hours.
        let at = if day == 0 {
            midnight.as_millisecond() + today * place as i64 / A_DAY as i64
        } else {
            let back = (24 * (day as i64 - 1))
                .hours()
                .minutes(6 * (place as i64 + 1));
            (midnight - back).as_millisecond()
        };
        let is_confirmed = !visit.is_multiple_of(UNCONFIRMED);
        add_visit(connection, metadata, visit, at, is_confirmed)?;
        if !is_confirmed {
            unconfirmed.push(visit as i64 + 1);
        }
    }
    // Whoever came on a former day was checked out.
    connection.execute(
        "UPDATE visit SET departed = animal, left_at = at, checked_out_at = at,
                          checked_out_by = 'staff'
         WHERE at < ?1 AND animal IS NOT NULL",
        [midnight.as_millisecond()],
    )?;
    connection.execute_batch(
        "UPDATE animal SET visits = (SELECT count(*) FROM visit WHERE animal = animal.id),
                           last_visit = (SELECT max(at) FROM visit WHERE animal = animal.id);
         COMMIT",
    )?;
    Ok(unconfirmed)
}

/// The breed and species of an animal. Every fifth is of a breed that the network does not know.
fn breed(metadata: &Metadata, animal: usize) -> (&str, String) {
    let breed = &metadata.breeds[animal % metadata.breeds.len()];
    let is_other = animal.is_multiple_of(5);
    let id = if is_other { OTHER_BREED } else { &*breed.id };
    (id, breed.species.to_string())
}

fn add_animal(connection: &Connection, metadata: &Metadata, animal: usize) -> rusqlite::Result<()> {
    let name = NAMES[animal % NAMES.len()];
    let family = FAMILIES[animal % FAMILIES.len()];
    let phone = format!(
        "079 {:03} {:02} {:02}",
        animal % 1000,
        animal / 1000,
        animal % 97
    );
    let has_owner = animal.is_multiple_of(2);
    let contact = if has_owner {
        String::new()
    } else {
        format!("{family}, {phone}")
    };
    let (breed, species) = breed(metadata, animal);
    connection
        .prepare_cached(
            "INSERT INTO animal (id, name, species, breed, notes, contact, warnings, created)
             VALUES (?1, ?2, ?3, ?4, 'Likes the small garden; sleeps after lunch.', ?5, '', 0)",
        )?
        .execute((animal as i64 + 1, name, species, breed, contact))?;
    connection
        .prepare_cached(
            "INSERT INTO change (at, by, subject, subject_id, field, after)
             VALUES (0, 'staff', 'animal', ?1, 'name', ?2)",
        )?
        .execute((animal as i64 + 1, name))?;
    if has_owner {
        add_owner(connection, animal, family, &phone)?;
    }
    Ok(())
}

/// Adds the record of an animal's owner, whom no other animal belongs to.
fn add_owner(
    connection: &Connection,
    animal: usize,
    family: &str,
    phone: &str,
) -> rusqlite::Result<()> {
    let id = animal as i64 + 1;
    let name = format!("{} {family}", OWNERS[animal / 2 % OWNERS.len()]);
    let email = format!("owner{animal}@daycare.example");
    connection
        .prepare_cached(
            "INSERT INTO owner (id, name, phones, email, address, notes, created)
             VALUES (?1, ?2, ?3, ?4, '12 Station Road', '', 0)",
        )?
        .execute((id, name, phone, email))?;
    connection
        .prepare_cached("INSERT INTO animal_owner (animal, owner) VALUES (?1, ?1)")?
        .execute([id])?;
    Ok(())
}

/// How many numbers an embedding of the network has.
fn numbers(metadata: &Metadata) -> usize {
    let embedding = metadata.embedding.as_ref();
    let prototype = embedding.and_then(|embedding| embedding.prototypes.first());
    prototype.expect("a bundle that makes embeddings").len()
}

fn add_visit(
    connection: &Connection,
    metadata: &Metadata,
    visit: usize,
    at: i64,
    is_confirmed: bool,
) -> rusqlite::Result<()> {
    // Each animal visits every two hundred days.
    let animal = visit * 7919 % ANIMALS;
    let (breed, _) = breed(metadata, animal);
    let candidates: Vec<(&str, f32)> = [(0, 0.7), (1, 0.2), (2, 0.1)]
        .map(|(next, probability)| {
            let breed = &metadata.breeds[(animal + next) % metadata.breeds.len()];
            (&*breed.id, probability)
        })
        .to_vec();
    let verdict = if is_confirmed {
        VerdictKind::Breed
    } else {
        VerdictKind::Unsure
    };
    let embedding: Vec<u8> = (0..numbers(metadata))
        .map(|at| (visit * 31 + at * 17 + animal * 7) as u8)
        .collect();
    let confirmed_breed = is_confirmed.then_some(breed);
    let confirmed_at = is_confirmed.then_some(at);
    let animal = is_confirmed.then_some(animal as i64 + 1);
    let id = visit as i64 + 1;
    connection
        .prepare_cached(
            "INSERT INTO visit (id, at, verdict, candidates, confidence, embedding, model, source,
                                said, settled_at, settled_by, animal)
             VALUES (?1, ?2, ?3, ?4, 0.7, ?5, ?6, 'camera', ?7, ?8, iif(?7 IS NULL, NULL, 'staff'), ?9)",
        )?
        .execute((
            id,
            at,
            verdict.as_str(),
            serde_json::json!(candidates).to_string(),
            embedding,
            &metadata.trained.when,
            confirmed_breed,
            confirmed_at,
            animal,
        ))?;
    if let (Some(breed), Some(animal)) = (confirmed_breed, animal) {
        let mut change = connection.prepare_cached(
            "INSERT INTO change (at, by, subject, subject_id, field, after)
             VALUES (?1, 'staff', 'visit', ?2, ?3, ?4)",
        )?;
        change.execute((at, id, "said", breed))?;
        change.execute((at, id, "animal", animal.to_string()))?;
    }
    Ok(())
}
