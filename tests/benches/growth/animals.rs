//! Makes a catalogue of many animals, by filling the kiosk's own tables.

use std::path::Path;

use catalogue::{Catalogue, NewVisit, VisitId};
use jiff::{SignedDuration, Timestamp};
use recognise::{Bundle, Metadata, Source, VerdictKind};
use rusqlite::{Connection, named_params};

/// How many of an animal's last visits are compared.
pub(crate) const VISITS: u32 = 8;

/// Numbers from one to another, and those of the visits of each animal.
const NUMBERS: &str = "WITH RECURSIVE
     number (id) AS (VALUES (:first) UNION ALL SELECT id + 1 FROM number WHERE id < :last),
     round (day) AS (VALUES (1) UNION ALL SELECT day + 1 FROM round WHERE day < :visits)";

const ANIMALS: &str =
    "INSERT INTO animal (id, name, species, breed, notes, contact, warnings, created, visits, last_visit)
     SELECT id, 'Bella ' || id, :species, :breed, '', '', '', 0, :visits, :start + :visits * 86400000 + id
     FROM number";

/// Every animal was checked out.
const CONFIRMED: &str =
    "INSERT INTO visit (at, verdict, candidates, confidence, embedding, model, source, said, settled_at,
                        settled_by, animal, departed, left_at, checked_out_at, checked_out_by)
     SELECT :start + day * 86400000 + id, 'breed', '[]', 0.7, randomblob(:numbers), :model, 'camera', :breed, 0,
            'staff', id, id, 0, 0, 'staff'
     FROM round CROSS JOIN number";

/// A catalogue that gets more and more animals.
pub(crate) struct Animals<'a> {
    folder: &'a Path,
    metadata: Metadata,
    /// How many there are.
    count: u32,
}

impl<'a> Animals<'a> {
    /// A new catalogue in `folder`, without animals.
    pub(crate) fn new(folder: &'a Path) -> Self {
        drop(Catalogue::open(folder).expect("a new catalogue"));
        let bundle = Bundle::embedded().expect("the built-in bundle");
        Self {
            folder,
            metadata: bundle.metadata,
            count: 0,
        }
    }

    /// Records an arrival that can be compared with the animals.
    pub(crate) fn arrival(&self) -> VisitId {
        let catalogue = Catalogue::open(self.folder).expect("the catalogue");
        let visit = NewVisit {
            at: Timestamp::now(),
            photograph: None,
            verdict: VerdictKind::Unsure,
            candidates: Vec::new(),
            confidence: 0.4,
            embedding: (0..self.numbers()).map(|at| (at as f32).sin()).collect(),
            model: self.metadata.trained.when.clone(),
            source: Source::Camera,
        };
        catalogue.record(&visit).expect("a record").visit
    }

    /// Adds animals until there are `count`, each with [`VISITS`] confirmed visits of the days before. Their
    /// embeddings are random.
    pub(crate) fn grow_to(&mut self, count: u32) {
        let file = self.folder.join("catalogue.sqlite");
        let connection = Connection::open(file).expect("the catalogue's file");
        self.fill(&connection, count)
            .expect("the tables are filled");
        self.count = count;
    }

    fn fill(&self, connection: &Connection, count: u32) -> rusqlite::Result<()> {
        let breed = &self.metadata.breeds[0];
        let start = Timestamp::now() - SignedDuration::from_hours(24 * i64::from(VISITS + 1));
        connection.pragma_update(None, "synchronous", "OFF")?;
        let transaction = connection.unchecked_transaction()?;
        let (first, start) = (self.count + 1, start.as_millisecond());
        transaction.execute(
            &format!("{NUMBERS} {ANIMALS}"),
            named_params! {
                ":first": first, ":last": count, ":visits": VISITS, ":start": start,
                ":species": breed.species.to_string(), ":breed": &*breed.id,
            },
        )?;
        transaction.execute(
            &format!("{NUMBERS} {CONFIRMED}"),
            named_params! {
                ":first": first, ":last": count, ":visits": VISITS, ":start": start,
                ":breed": &*breed.id, ":model": self.metadata.trained.when, ":numbers": self.numbers(),
            },
        )?;
        transaction.commit()
    }

    /// How many numbers an embedding of the network has.
    fn numbers(&self) -> usize {
        let embedding = self.metadata.embedding.as_ref();
        let prototype = embedding.and_then(|embedding| embedding.prototypes.first());
        prototype.expect("a bundle that makes embeddings").len()
    }
}
