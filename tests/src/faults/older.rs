//! Catalogues as earlier versions wrote them.

use std::path::Path;

use rusqlite::Connection;

use super::records::{Records, Said, Written};

/// What made each version of the one before, the first of nothing. Scripts that were released never change.
const SCRIPTS: [&str; 9] = [
    include_str!("../../../edge/catalogue/src/schema/1.sql"),
    include_str!("../../../edge/catalogue/src/schema/2.sql"),
    include_str!("../../../edge/catalogue/src/schema/3.sql"),
    include_str!("../../../edge/catalogue/src/schema/4.sql"),
    include_str!("../../../edge/catalogue/src/schema/5.sql"),
    include_str!("../../../edge/catalogue/src/schema/6.sql"),
    include_str!("../../../edge/catalogue/src/schema/7.sql"),
    include_str!("../../../edge/catalogue/src/schema/8.sql"),
    include_str!("../../../edge/catalogue/src/schema/9.sql"),
];

/// The newest of the older versions.
pub(super) const NEWEST: usize = SCRIPTS.len();

/// Enough for a migration that takes a while.
const ANIMALS: i64 = 2000;
const VISITS: i64 = 8000;

/// Writes a catalogue of an older version, 1 to [`NEWEST`], to a folder.
///
/// # Panics
/// If it cannot be written.
pub(super) fn write(folder: &Path, version: usize) {
    let file = folder.join("catalogue.sqlite");
    let mut database = Connection::open(file).expect("a database");
    let transaction = database.transaction().expect("a transaction");
    let [first, later @ ..] = &SCRIPTS[..version] else {
        panic!("there is no version {version}");
    };
    transaction.execute_batch(first).expect("the first version");
    transaction.execute_batch(&content()).expect("its content");
    for script in later {
        transaction.execute_batch(script).expect("a later version");
    }
    let marks = format!(
        "PRAGMA application_id = 0x4B69736B;
         PRAGMA user_version = {version};"
    );
    transaction.execute_batch(&marks).expect("its marks");
    transaction.commit().expect("a catalogue");
}

/// What is in such a catalogue.
pub(super) fn records() -> Records {
    let name = |number: i64| format!("Animal {number}");
    let written = |number: i64| {
        let written = Written {
            contact: format!("owner {number}"),
            notes: format!("notes {number}"),
            tag: String::new(),
        };
        (name(number), written)
    };
    let visits = (1..=VISITS).map(|visit| {
        let said = Said {
            breed: Some("pug".to_owned()),
            animal: Some(name(1 + visit % ANIMALS)),
        };
        (visit, said)
    });
    Records {
        animals: (1..=ANIMALS).map(written).collect(),
        visits: visits.collect(),
    }
}

/// What fills the tables of the first version.
fn content() -> String {
    format!(
        "WITH RECURSIVE number (i) AS (
             VALUES (1) UNION ALL SELECT i + 1 FROM number WHERE i < {ANIMALS})
         INSERT INTO animal (name, species, breed, notes, contact, warnings, created)
         SELECT 'Animal ' || i, 'dog', 'pug', 'notes ' || i, 'owner ' || i, '', 0 FROM number;
         WITH RECURSIVE number (i) AS (
             VALUES (1) UNION ALL SELECT i + 1 FROM number WHERE i < {VISITS})
         INSERT INTO visit (at, verdict, candidates, confidence, model, source, said)
         SELECT i, 'breed', '[[\"pug\", 0.9]]', 0.9, 'v1', 'camera', 'pug' FROM number;
         UPDATE visit SET animal = 1 + id % {ANIMALS};"
    )
}
