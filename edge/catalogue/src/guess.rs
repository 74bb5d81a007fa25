//! Guesses whose visit it is, with calibrated probabilities.

use std::cmp::Ordering;

use recognise::embedding;
use recognise::metadata::Guests;
use rusqlite::Connection;
use serde::Serialize;

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::embedding::{Embedding, NETWORK};
use crate::gallery::Known;
use crate::ids::{AnimalId, VisitId};
use crate::priors::Priors;
use crate::visits::{self, newest_photographed};
use crate::{Catalogue, CatalogueError};

/// How many animals a guess names at most.
const GUESTS: usize = 3;

/// For how many of the most similar animals it is looked up what else is known of them; the others look too
/// different for it to matter.
const NEAREST: usize = 64;

/// Whose visit it may be.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue, Decision, NewVisit};
/// use jiff::Timestamp;
/// use recognise::metadata::{Guests, Species};
/// use recognise::{Source, VerdictKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let bella = catalogue.add_animal(&AnimalFields::new("Bella", Species::Dog, "pug"), "ana")?;
/// let arrival = |at: Timestamp| NewVisit {
///     at,
///     photograph: None,
///     verdict: VerdictKind::Unsure,
///     candidates: Vec::new(),
///     confidence: 0.4,
///     embedding: vec![0.25; 16],
///     model: "2026-05-01".to_owned(),
///     source: Source::Camera,
/// };
/// let first: Timestamp = "2026-05-01T10:00:00Z".parse()?;
/// let decision = Decision {
///     breed: "pug".into(),
///     breed_name: None,
///     animal: Some(bella),
///     by: "ana".to_owned(),
///     at: first,
///     revision: None,
/// };
/// catalogue.confirm(catalogue.record(&arrival(first))?.visit, &decision)?;
///
/// // Two weeks later somebody comes who looks the same.
/// let visit = catalogue.record(&arrival("2026-05-15T10:00:00Z".parse()?))?.visit;
/// let calibration = Guests { scale: 20.0, new: 0.6 };
/// let guess = catalogue.guess(visit, &calibration)?.expect("there is an animal to compare with");
/// assert!(guess.is_sure());
/// assert_eq!(guess.guests[0].animal.id, bella);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guess {
    /// The most probable animals, at most three and at least one, most probable first.
    pub guests: Vec<PossibleGuest>,
    /// The probability that it is none of the animals of which there are embeddings, 0 to 1.
    pub new: f32,
}

/// An animal that a visit may be of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PossibleGuest {
    /// The animal.
    pub animal: Animal,
    /// The probability that it is this one, 0 to 1.
    pub probability: f32,
    /// Its newest visit that has a photograph; `None` where none has one.
    pub visit: Option<VisitId>,
}

impl Guess {
    /// Whether the first animal is so probable that it can be greeted by its name.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        let first = self.guests.first();
        first.is_some_and(|first| first.probability >= embedding::SURE)
    }
}

impl Catalogue {
    /// Whose visit a recorded one may be: by its embedding, compared with those of the last eight visits
    /// of every animal, and by what else is known. An animal that is expected or usually comes on this
    /// day is more probable, one that is in the house already or of another breed than staff
    /// confirmed less so. `calibration` is that of the network that made the embedding.
    ///
    /// `None` where the visit has no embedding, or no animal has one by the same network.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchVisit`], or when the catalogue cannot be read.
    pub fn guess(
        &self,
        visit: VisitId,
        calibration: &Guests,
    ) -> Result<Option<Guess>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let record = visits::one(&snapshot, visit)?.visit;
            let Some(embedding) = embedding_of(&snapshot, visit)? else {
                return Ok(None);
            };
            let compared = self.compare(&snapshot, &embedding, Some(visit))?;
            let factors = Priors::of(&snapshot, &record)?.factors(&snapshot, &compared.nearest)?;

            let similar = compared.similar.iter();
            let similarities: Vec<f32> = similar.map(|(_, similarity)| *similarity).collect();
            let mut priors = vec![1.0; similarities.len()];
            for (prior, (id, _)) in priors.iter_mut().zip(&compared.nearest) {
                *prior = factors.get(id).copied().unwrap_or(1.0);
            }
            let mut probabilities = embedding::guests(&similarities, &priors, calibration);
            let new = probabilities.pop().unwrap_or(1.0);

            let nearest = compared.nearest.iter().map(|(id, _)| *id);
            let mut probable: Vec<(AnimalId, f32)> = nearest.zip(probabilities).collect();
            probable.sort_unstable_by(greater);
            let guests = guests(&snapshot, &probable)?;
            Ok((!guests.is_empty()).then_some(Guess { guests, new }))
        })
    }

    /// Compares an embedding with those of all animals. The visit `except` does not count.
    pub(crate) fn compare(
        &self,
        snapshot: &Connection,
        embedding: &Embedding,
        except: Option<VisitId>,
    ) -> Result<Compared, Fault> {
        self.gallery.with(snapshot, |gallery| {
            let mut similar = gallery.similar(embedding, except);
            if NEAREST < similar.len() {
                similar.select_nth_unstable_by(NEAREST, greater);
            }
            let nearest = similar.iter().take(NEAREST).filter_map(|(id, _)| {
                let known = gallery.animals().get(id)?;
                Some((*id, known.clone()))
            });
            let nearest = nearest.collect();
            Compared { similar, nearest }
        })
    }
}

/// The animals that an embedding was compared with.
pub(crate) struct Compared {
    /// How similar each of them is, the nearest first.
    pub(crate) similar: Vec<(AnimalId, f32)>,
    /// The nearest ones, as they come in `similar`.
    pub(crate) nearest: Vec<(AnimalId, Known)>,
}

/// The embedding of a visit; `None` where it has none.
pub(crate) fn embedding_of(
    snapshot: &Connection,
    visit: VisitId,
) -> Result<Option<Embedding>, Fault> {
    let (network, bytes): (String, Option<Vec<u8>>) = snapshot
        .prepare_cached(&format!(
            "SELECT {NETWORK}, v.embedding FROM visit v WHERE v.id = ?1"
        ))?
        .query_row([visit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(bytes.and_then(|bytes| Embedding::new(network, bytes)))
}

/// The greater number first; of equal ones, the animal that was added first.
fn greater(a: &(AnimalId, f32), b: &(AnimalId, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0))
}

/// The first of these animals. One that was deleted meanwhile is left out.
fn guests(
    snapshot: &Connection,
    probable: &[(AnimalId, f32)],
) -> Result<Vec<PossibleGuest>, Fault> {
    let mut guests = Vec::with_capacity(GUESTS);
    for (id, probability) in probable.iter().take(GUESTS) {
        if let Some(animal) = animals::find(snapshot, *id)? {
            guests.push(PossibleGuest {
                animal,
                probability: *probability,
                visit: newest_photographed(snapshot, *id)?,
            });
        }
    }
    Ok(guests)
}
