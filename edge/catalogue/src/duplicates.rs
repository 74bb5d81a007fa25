//! Finds animals that may be in the catalogue twice.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use recognise::text;
use rusqlite::{Connection, OptionalExtension};

use crate::animals::{self, Animal, AnimalFields};
use crate::connections::Fault;
use crate::ids::{AnimalId, OTHER_BREED, OwnerId};
use crate::ownership::OwnerChoice;
use crate::search::Searchable;
use crate::{Catalogue, CatalogueError, numbers};

/// Fewer digits are not a telephone number.
const DIGITS: usize = 7;

/// A shorter name with another letter is another name.
const LEAST_LETTERS: usize = 5;

/// The most animals that somebody looks through.
const MOST: usize = 8;

impl Catalogue {
    /// The animals that may be the one that `fields` and `owners` describe, at most 8: those of the same
    /// species that have the same name, whatever its capitals and accents, or one of the same
    /// telephone numbers, be it their own or an owner's; and the one with the same tag but for its
    /// hyphens. An owner's other animals have the owner's numbers, too: of these, only those with a
    /// similar name or of the same breed are meant. Animals that are only known elsewhere are not among
    /// them. The one with the tag comes first, then those that were here last. `except` is the animal
    /// itself, where it is in the catalogue.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn likely_duplicates(
        &self,
        fields: &AnimalFields,
        owners: &[OwnerChoice],
        except: Option<AnimalId>,
    ) -> Result<Vec<Animal>, CatalogueError> {
        self.connections.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let household = Household::of(&snapshot, owners)?;
            let wanted = Traits::of(fields, &household.phones);
            let word = format!(" {} ", wanted.name);
            // Others need not be read at all.
            let is_similar = |animal: &Searchable| {
                animal.name.contains(&word) || wanted.are_among(&animal.digits)
            };
            let mut similar: BTreeSet<AnimalId> = self.searchable.with(&snapshot, |animals| {
                let similar = animals.iter().filter(|(_, animal)| is_similar(animal));
                similar.map(|(id, _)| *id).collect()
            })?;
            similar.extend(&household.animals);
            similar.retain(|id| Some(*id) != except);
            let mut found: Vec<Animal> = Vec::new();
            for id in similar {
                found.extend(animals::find(&snapshot, id)?.filter(|animal| {
                    let traits = Traits::of_animal(animal);
                    animal.known_at.is_none()
                        && wanted.may_be(&traits, household.animals.contains(&id))
                }));
            }
            found.sort_by_cached_key(|animal| {
                let has_tag = wanted.has_tag_of(&Traits::of_animal(animal));
                (!has_tag, Reverse(animal.last_visit))
            });
            found.truncate(MOST);
            Ok(found)
        })
    }
}

/// What is known of an animal by its owners.
#[derive(Default)]
struct Household {
    /// Their telephone numbers.
    phones: Vec<String>,
    /// Their other animals.
    animals: BTreeSet<AnimalId>,
}

impl Household {
    fn of(connection: &Connection, owners: &[OwnerChoice]) -> Result<Self, Fault> {
        let mut household = Self::default();
        for owner in owners {
            match owner {
                OwnerChoice::New(fields) => household.phones.extend_from_slice(&fields.phones),
                OwnerChoice::Known(id) => household.add(connection, *id)?,
            }
        }
        Ok(household)
    }

    fn add(&mut self, connection: &Connection, owner: OwnerId) -> Result<(), Fault> {
        let phones: Option<String> = connection
            .prepare_cached("SELECT phones FROM owner WHERE id = ?1")?
            .query_row([owner], |row| row.get(0))
            .optional()?;
        let phones = phones.unwrap_or_default();
        self.phones.extend(phones.lines().map(str::to_owned));
        let mut animals =
            connection.prepare_cached("SELECT animal FROM animal_owner WHERE owner = ?1")?;
        for animal in animals.query_map([owner], |row| row.get(0))? {
            self.animals.insert(animal?);
        }
        Ok(())
    }
}

/// What tells whether two animals may be the same one. Empty texts tell nothing.
struct Traits<'a> {
    fields: &'a AnimalFields,
    name: String,
    /// The words of the name, each with a space before and after it.
    words: String,
    numbers: BTreeSet<String>,
    tag: String,
}

impl<'a> Traits<'a> {
    /// Those of an animal whose owners have these telephone numbers.
    fn of(fields: &'a AnimalFields, phones: impl IntoIterator<Item = &'a String>) -> Self {
        let tag = fields.tag.as_deref().unwrap_or_default();
        let mut numbers = telephone_numbers(&fields.contact);
        for phone in phones {
            numbers.append(&mut telephone_numbers(phone));
        }
        Self {
            fields,
            name: text::key(&fields.name),
            words: format!(" {} ", text::fold(&fields.name).replace('-', " ")),
            numbers,
            tag: text::key(tag),
        }
    }

    fn of_animal(animal: &'a Animal) -> Self {
        let phones = animal.owners.iter().flat_map(|owner| &owner.phones);
        Self::of(&animal.fields, phones)
    }

    /// Whether one of the numbers or the tag is among the digits of an animal.
    fn are_among(&self, digits: &str) -> bool {
        let tag = Some(&self.tag).filter(|tag| !tag.is_empty());
        (self.numbers.iter().chain(tag)).any(|number| digits.contains(number))
    }

    /// Whether both may be the same animal. Two of the same owner have the same numbers anyway.
    fn may_be(&self, other: &Self, have_same_owner: bool) -> bool {
        let is_same_guest = if have_same_owner {
            self.has_similar_name(other) || self.is_of_breed_of(other)
        } else {
            self.has_name_of(other) || !self.numbers.is_disjoint(&other.numbers)
        };
        let is_same_species = self.fields.species == other.fields.species;
        (is_same_species && is_same_guest) || self.has_tag_of(other)
    }

    fn has_tag_of(&self, other: &Self) -> bool {
        !self.tag.is_empty() && self.tag == other.tag
    }

    fn has_name_of(&self, other: &Self) -> bool {
        !self.name.is_empty() && self.name == other.name
    }

    /// Whether one name is the other, or whole words of it, or both are long and the same but for a
    /// typing error.
    fn has_similar_name(&self, other: &Self) -> bool {
        let (own, others) = (&self.name, &other.name);
        let is_part = self.words.contains(&other.words) || other.words.contains(&self.words);
        let is_long = |name: &str| name.chars().count() >= LEAST_LETTERS;
        let is_misspelt = || is_long(own) && is_long(others) && text::is_misspelt(own, others);
        let have_names = !own.is_empty() && !others.is_empty();
        have_names && (self.has_name_of(other) || is_part || is_misspelt())
    }

    /// Whether both are of the same breed. Two of none that is known are not.
    fn is_of_breed_of(&self, other: &Self) -> bool {
        let (own, other) = (self.fields, other.fields);
        let is_known = own.breed != OTHER_BREED || own.breed_name.is_some();
        is_known && own.breed == other.breed && own.breed_name == other.breed_name
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
