//! The animals of the catalogue.

use catalogue::AnimalId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What staff write down about an animal.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AnimalFields {
    /// Its name, 1 to 100 characters.
    name: String,
    /// Its species.
    species: Species,
    /// Its breed's id, or `other`.
    breed: String,
    /// A breed that is in no list, in the words of staff, at most 100 characters; only with `other`.
    #[serde(default)]
    breed_name: Option<String>,
    /// Anything worth knowing, at most 4000 characters.
    #[serde(default)]
    notes: String,
    /// How to reach its owner, at most 4000 characters.
    #[serde(default)]
    contact: String,
    /// What nobody may overlook, at most 4000 characters.
    #[serde(default)]
    warnings: String,
    /// The last day on which its vaccination is valid, in the years 2000 to 2100.
    #[serde(default)]
    vaccinated_until: Option<Date>,
    /// The number of its collar tag or microchip, which no other animal has: 1 to 32 letters A to Z,
    /// digits and hyphens. It is stored in capitals and without spaces.
    #[serde(default)]
    tag: Option<String>,
}

impl From<AnimalFields> for catalogue::AnimalFields {
    fn from(fields: AnimalFields) -> Self {
        Self {
            name: fields.name,
            species: fields.species.into(),
            breed: fields.breed.into(),
            breed_name: fields.breed_name,
            notes: fields.notes,
            contact: fields.contact,
            warnings: fields.warnings,
            vaccinated_until: fields.vaccinated_until,
            tag: fields.tag,
        }
    }
}

impl From<catalogue::AnimalFields> for AnimalFields {
    fn from(fields: catalogue::AnimalFields) -> Self {
        Self {
            name: fields.name,
            species: fields.species.into(),
            breed: fields.breed.into(),
            breed_name: fields.breed_name,
            notes: fields.notes,
            contact: fields.contact,
            warnings: fields.warnings,
            vaccinated_until: fields.vaccinated_until,
            tag: fields.tag,
        }
    }
}

/// An animal, and what the catalogue knows of its visits.
#[derive(Serialize, ToSchema)]
pub(crate) struct Animal {
    /// Its number, which tells it from others of its name.
    #[schema(value_type = i64)]
    id: AnimalId,
    /// What staff wrote down.
    #[serde(flatten)]
    fields: AnimalFields,
    /// When it was added.
    created: Timestamp,
    /// How often it was here.
    visits: u32,
    /// When it was last here.
    last_visit: Option<Timestamp>,
}

impl From<catalogue::Animal> for Animal {
    fn from(animal: catalogue::Animal) -> Self {
        Self {
            id: animal.id,
            fields: animal.fields.into(),
            created: animal.created,
            visits: animal.visits,
            last_visit: animal.last_visit,
        }
    }
}

/// An animal that was just added.
#[derive(Serialize, ToSchema)]
pub(crate) struct Added {
    /// The animal.
    #[serde(flatten)]
    animal: Animal,
    /// Animals that were in the catalogue before and may be the same one: of its species and name,
    /// with a telephone number of its household, or with its tag but for the hyphens.
    duplicates: Vec<Animal>,
}

impl Added {
    pub(crate) fn new(animal: catalogue::Animal, duplicates: Vec<catalogue::Animal>) -> Self {
        Self {
            animal: animal.into(),
            duplicates: duplicates.into_iter().map(Animal::from).collect(),
        }
    }
}

/// The other one of two animals that are merged or split.
#[derive(Deserialize, ToSchema)]
pub(crate) struct OtherAnimal {
    /// Its number.
    #[schema(value_type = i64)]
    pub(crate) animal: AnimalId,
}

/// An animal that was merged into another one.
#[derive(Serialize, ToSchema)]
pub(crate) struct Merged {
    /// The number that it had, and gets back when it is split off.
    #[schema(value_type = i64)]
    id: AnimalId,
    /// What staff had written down.
    #[serde(flatten)]
    fields: AnimalFields,
    /// When it was merged.
    at: Timestamp,
    /// Who merged it.
    by: String,
}

impl From<catalogue::Merged> for Merged {
    fn from(merged: catalogue::Merged) -> Self {
        Self {
            id: merged.id,
            fields: merged.fields.into(),
            at: merged.at,
            by: merged.by,
        }
    }
}

/// Cat or dog.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Species {
    /// *Felis catus*.
    Cat,
    /// *Canis familiaris*.
    Dog,
}

impl From<Species> for recognise::metadata::Species {
    fn from(species: Species) -> Self {
        match species {
            Species::Cat => Self::Cat,
            Species::Dog => Self::Dog,
        }
    }
}

impl From<recognise::metadata::Species> for Species {
    fn from(species: recognise::metadata::Species) -> Self {
        match species {
            recognise::metadata::Species::Cat => Self::Cat,
            recognise::metadata::Species::Dog => Self::Dog,
        }
    }
}

/// An animal that is expected on a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Expected {
    /// The animal.
    animal: Animal,
    /// Whether it has arrived.
    arrived: bool,
}

impl Expected {
    /// Leaves out what may be about people.
    pub(crate) fn hide_people(&mut self) {
        self.animal.fields.contact.clear();
        self.animal.fields.notes.clear();
    }
}

impl From<catalogue::Expected> for Expected {
    fn from(expected: catalogue::Expected) -> Self {
        Self {
            animal: expected.animal.into(),
            arrived: expected.arrived,
        }
    }
}

/// An animal that a visit may be of.
#[derive(Serialize, ToSchema)]
pub(crate) struct Suggestion {
    /// The animal.
    animal: Animal,
    /// The cosine similarity of its most similar recent visit, -1 to 1; `null` if there is nothing
    /// to compare.
    similarity: Option<f32>,
}

impl From<catalogue::Suggestion> for Suggestion {
    fn from(suggestion: catalogue::Suggestion) -> Self {
        Self {
            animal: suggestion.animal.into(),
            similarity: suggestion.similarity,
        }
    }
}
