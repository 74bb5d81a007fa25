//! Finds animals that may be in the catalogue twice.

use std::collections::BTreeSet;

use recognise::text;

use crate::animals::{self, Animal, AnimalFields};
use crate::ids::AnimalId;
use crate::search::Searchable;
use crate::{Catalogue, CatalogueError, numbers};

/// Fewer digits are not a telephone number.
const DIGITS: usize = 7;

impl Catalogue {
    /// The animals that may be the one that `fields` describe, by their numbers: those of the same
    /// species that have the same name, whatever its capitals and accents, or one of the same
    /// telephone numbers; and the one with the same tag but for its hyphens. Animals that are only
    /// known elsewhere are not among them. `except` is the animal itself, where it is in the catalogue.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn likely_duplicates(
        &self,
        fields: &AnimalFields,
        except: Option<AnimalId>,
    ) -> Result<Vec<Animal>, CatalogueError> {
        let wanted = Traits::of(fields);
        let word = format!(" {} ", wanted.name);
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            // Others need not be read at all.
            let is_similar = |animal: &Searchable| {
                animal.name.contains(&word) || wanted.are_among(&animal.digits)
            };
            let mut similar: Vec<AnimalId> = self.searchable.with(&snapshot, |animals| {
                let similar = animals.iter().filter(|(_, animal)| is_similar(animal));
                similar.map(|(id, _)| *id).collect()
            })?;
            similar.retain(|id| Some(*id) != except);
            similar.sort_unstable();
            let mut found = Vec::new();
            for id in similar {
                found.extend(animals::find(&snapshot, id)?.filter(|animal| {
                    let is_same_species = animal.fields.species == fields.species;
                    animal.known_at.is_none()
                        && wanted.may_be(&Traits::of(&animal.fields), is_same_species)
                }));
            }
            Ok(found)
        })
    }
}

/// What tells whether two animals may be the same one. Empty texts tell nothing.
struct Traits {
    name: String,
    numbers: BTreeSet<String>,
    tag: String,
}

impl Traits {
    fn of(fields: &AnimalFields) -> Self {
        let tag = fields.tag.as_deref().unwrap_or_default();
        Self {
            name: text::key(&fields.name),
            numbers: telephone_numbers(&fields.contact),
            tag: text::key(tag),
        }
    }

    /// Whether one of the numbers or the tag is among the digits of an animal.
    fn are_among(&self, digits: &str) -> bool {
        let tag = Some(&self.tag).filter(|tag| !tag.is_empty());
        (self.numbers.iter().chain(tag)).any(|number| digits.contains(number))
    }

    fn may_be(&self, other: &Self, is_same_species: bool) -> bool {
        let same = |own: &str, other: &str| !own.is_empty() && own == other;
        let is_same_guest =
            same(&self.name, &other.name) || !self.numbers.is_disjoint(&other.numbers);
        (is_same_species && is_same_guest) || same(&self.tag, &other.tag)
    }
}

/// The telephone numbers in a text, without the codes of their countries.
fn telephone_numbers(contact: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in contact.replace(" / ", "\n").split(['\n', ',', ';']) {
        let folded = text::fold(&numbers::with_zeros(line));
        let words: Vec<&str> = folded.split(' ').collect();
        let numbers = numbers::groups(&words).filter_map(numbers::needle);
        found.extend(numbers.filter(|number| number.len() >= DIGITS));
    }
    found
}
