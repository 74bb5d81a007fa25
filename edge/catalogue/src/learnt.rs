//! Provides the training examples for breeds that the network does not name, and remembers which breeds
//! are excluded.

use std::collections::{BTreeSet, HashMap};

use recognise::learnt::Example;
use recognise::{BreedId, vocabulary};
use rusqlite::Connection;

use crate::connections::Fault;
use crate::embedding::{Embedding, NETWORK};
use crate::gallery::LAST_VISITS;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, OTHER_BREED};
use crate::values::{NAME_CHARACTERS, Text, check_breed, check_line};
use crate::{Catalogue, CatalogueError};

/// The least number of confirmed visits from which a breed is learnt ...
const LEAST_VISITS: usize = 3;

/// ... and the least number of animals in these: from one alone, the kiosk would learn that animal, not
/// the breed.
const LEAST_ANIMALS: usize = 2;

/// The most examples of a breed.
pub(crate) const MOST_EXAMPLES: usize = 50;

/// Ids that say nothing about how an animal looks.
const SHAPELESS: [&str; 3] = [OTHER_BREED, "mixed_breed", "mixed_breed_cat"];

/// The field of the history that names a breed which is not learnt, or no longer so.
const FIELD: &str = "forgotten_breed";

/// A breed that can be learnt from what staff confirmed, or that is not to be learnt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearntBreed {
    /// The breed.
    pub breed: BreedId,
    /// How many pictures there are to learn it from, at most 50.
    pub pictures: usize,
    /// Of how many animals they are. Pictures of nobody known are of none.
    pub animals: usize,
    /// Whether it is not to be learnt, since somebody had it forgotten.
    pub forgotten: bool,
}

impl Catalogue {
    /// The embeddings by the network of version `model` of the visits whose breed staff confirmed, and
    /// those that other sites of the chain have made of an animal of the breed, for each breed of which
    /// there are at least three of two animals or more, and which was not forgotten
    /// ([`Catalogue::forget_breed`]). The newest 50 of a breed are given, those of visits first, with
    /// at most eight of one animal. Breeds that the network names itself are among them.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn examples(&self, model: &str) -> Result<Vec<Example>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let forgotten = forgotten(&snapshot)?;
            let mut examples = Vec::new();
            for breed in confirmed(&snapshot)?.difference(&forgotten) {
                let found = Found::of(&snapshot, breed, model)?;
                if found.is_enough() {
                    examples.extend(found.examples);
                }
            }
            Ok(examples)
        })
    }

    /// The breeds that can be learnt from the embeddings of [`Catalogue::examples`], and those that were
    /// forgotten, by their ids.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn learning(&self, model: &str) -> Result<Vec<LearntBreed>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let forgotten = forgotten(&snapshot)?;
            let mut learning = Vec::new();
            for breed in confirmed(&snapshot)?.union(&forgotten) {
                let found = Found::of(&snapshot, breed, model)?;
                let is_forgotten = forgotten.contains(breed);
                if is_forgotten || found.is_enough() {
                    learning.push(LearntBreed {
                        breed: breed.clone(),
                        pictures: found.examples.len(),
                        animals: found.animals,
                        forgotten: is_forgotten,
                    });
                }
            }
            Ok(learning)
        })
    }

    /// Excludes a breed from learning, until [`Catalogue::allow_breed`]. Visits and animals keep it. The
    /// history of the settings says who did it; nothing happens if it was forgotten before.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], or when the catalogue cannot be written.
    pub fn forget_breed(&self, breed: &BreedId, by: &str) -> Result<(), CatalogueError> {
        check_breed("breed", breed)?;
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let added = transaction.execute(
                "INSERT OR IGNORE INTO forgotten_breed (breed) VALUES (?1)",
                [breed.as_str()],
            )?;
            if added > 0 {
                let after = Some(breed.as_str());
                Author::now(by).note(transaction, Subject::Settings, FIELD, None, after)?;
            }
            Ok(())
        })
    }

    /// Allows a forgotten breed to be learnt again. The history of the settings says who did it;
    /// nothing happens if it was not.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], or when the catalogue cannot be written.
    pub fn allow_breed(&self, breed: &BreedId, by: &str) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let removed = transaction.execute(
                "DELETE FROM forgotten_breed WHERE breed = ?1",
                [breed.as_str()],
            )?;
            if removed > 0 {
                let before = Some(breed.as_str());
                Author::now(by).note(transaction, Subject::Settings, FIELD, before, None)?;
            }
            Ok(())
        })
    }
}

/// All breeds that staff have confirmed, here or at another site, and that can be learnt.
fn confirmed(snapshot: &Connection) -> Result<BTreeSet<BreedId>, Fault> {
    let said = "SELECT said FROM visit WHERE said IS NOT NULL
                UNION SELECT breed FROM animal WHERE id IN (SELECT animal FROM guest_embedding)";
    let mut breeds = breeds(snapshot, said)?;
    breeds.retain(|breed| !SHAPELESS.contains(&breed.as_str()));
    Ok(breeds)
}

/// The breeds that are not to be learnt.
fn forgotten(snapshot: &Connection) -> Result<BTreeSet<BreedId>, Fault> {
    breeds(snapshot, "SELECT breed FROM forgotten_breed")
}

fn breeds(snapshot: &Connection, select: &str) -> Result<BTreeSet<BreedId>, Fault> {
    let mut statement = snapshot.prepare_cached(select)?;
    let breeds = statement.query_map([], |row| Ok(row.get::<_, Text<BreedId>>(0)?.0))?;
    Ok(breeds.collect::<rusqlite::Result<_>>()?)
}

/// What there is to learn a breed from.
struct Found {
    /// Newest first.
    examples: Vec<Example>,
    /// Of how many animals they are.
    animals: usize,
}

impl Found {
    fn of(snapshot: &Connection, breed: &BreedId, model: &str) -> Result<Self, Fault> {
        let of_visits = format!(
            "SELECT v.animal, a.species, v.embedding
             FROM visit v LEFT JOIN animal a ON a.id = v.animal
             WHERE v.said = ?1 AND v.embedding IS NOT NULL AND {NETWORK} = ?2
             ORDER BY v.at DESC"
        );
        let of_other_sites = "SELECT a.id, a.species, g.embedding
             FROM animal a JOIN guest_embedding g ON g.animal = a.id
             WHERE a.breed = ?1 AND g.network = ?2
             ORDER BY g.at DESC";
        let named = vocabulary::of(breed).map(|breed| breed.species);
        let mut pictures: HashMap<AnimalId, usize> = HashMap::new();
        let mut examples = Vec::new();
        for select in [of_visits.as_str(), of_other_sites] {
            let mut statement = snapshot.prepare_cached(select)?;
            let mut rows = statement.query((breed.as_str(), model))?;
            while examples.len() < MOST_EXAMPLES {
                let Some(row) = rows.next()? else {
                    break;
                };
                if let Some(animal) = row.get::<_, Option<AnimalId>>(0)? {
                    let pictures = pictures.entry(animal).or_default();
                    *pictures += 1;
                    if *pictures > LAST_VISITS {
                        continue;
                    }
                }
                let species = row.get::<_, Option<Text<_>>>(1)?;
                let species = named.or(species.map(|species| species.0));
                let embedding = Embedding::new(model.to_owned(), row.get(2)?);
                if let (Some(species), Some(embedding)) = (species, embedding) {
                    examples.push(Example {
                        breed: breed.clone(),
                        species,
                        embedding: embedding.numbers(),
                    });
                }
            }
        }
        let animals = pictures.len();
        Ok(Self { examples, animals })
    }

    /// Whether a breed can be learnt from them.
    fn is_enough(&self) -> bool {
        self.examples.len() >= LEAST_VISITS && self.animals >= LEAST_ANIMALS
    }
}
