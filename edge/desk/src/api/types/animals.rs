//! The animals of the catalogue.

use catalogue::{AnimalId, OwnerChoice, OwnerId};
use jiff::Timestamp;
use jiff::civil::Date;
use recognise::Metadata;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::owners::AnimalOwner;
use super::vaccinations::{self, Vaccination};
use crate::breeds;
use crate::error::DeskError;

/// What staff write down about an animal.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AnimalFields {
    /// Its name, 1 to 100 characters.
    name: String,
    /// Its species.
    species: Species,
    /// Its breed's id, or `other`. Any of the breed's names stands for its id.
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
    /// What it is fed, and when, at most 4000 characters. If it is left out, it stays as it is.
    #[serde(default)]
    feeding: Option<String>,
    /// What it is given, and when, at most 4000 characters. If it is left out, it stays as it is.
    #[serde(default)]
    medication: Option<String>,
    /// The last day on which all of its vaccinations are valid, in the years 2000 to 2100: the
    /// earliest end of `vaccinations`. Where there is at most one, another day here changes that one.
    #[serde(default)]
    vaccinated_until: Option<Date>,
    /// Its vaccinations, at most 30, the one that ends first comes first. If they are left out, they
    /// stay as they are, but for what `vaccinated_until` changes.
    #[serde(default)]
    vaccinations: Option<Vec<Vaccination>>,
    /// The numbers of its owners, at most 10. If they are left out, they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<i64>>)]
    owner_ids: Option<Vec<OwnerId>>,
    /// The number of its collar tag or microchip, which no other animal has: 1 to 32 letters A to Z,
    /// digits and hyphens. It is stored in capitals and without spaces.
    #[serde(default)]
    tag: Option<String>,
}

impl AnimalFields {
    /// What the catalogue is to know of a new animal, or of one that it has. Fields that older programs
    /// do not know are left out by them: then those of the animal stay. A breed that the kiosk with this
    /// `metadata` does not know stays as it was sent: a former network may have known it. The id that the
    /// animal has stays in any case, even if it is now a name of another breed.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] if `vaccinated_until` does not say which of several vaccinations ends
    /// then.
    pub(crate) fn over(
        self,
        former: Option<&catalogue::Animal>,
        metadata: &Metadata,
    ) -> Result<(catalogue::AnimalFields, Vec<OwnerChoice>), DeskError> {
        let fields = former.map(|animal| &animal.fields);
        let kept = |field: fn(&catalogue::AnimalFields) -> &String| {
            fields.map(field).cloned().unwrap_or_default()
        };
        let breed = match fields.filter(|fields| fields.breed == *self.breed) {
            Some(fields) => fields.breed.clone(),
            None => breeds::named(metadata, &self.breed).unwrap_or_else(|| self.breed.into()),
        };
        let owners = match self.owner_ids {
            Some(owners) => owners.into_iter().map(OwnerChoice::Known).collect(),
            None => former.map_or_else(Vec::new, catalogue::Animal::owner_choices),
        };
        let fields = catalogue::AnimalFields {
            name: self.name,
            species: self.species.into(),
            breed,
            breed_name: self.breed_name,
            notes: self.notes,
            contact: self.contact,
            warnings: self.warnings,
            feeding: (self.feeding).unwrap_or_else(|| kept(|fields| &fields.feeding)),
            medication: (self.medication).unwrap_or_else(|| kept(|fields| &fields.medication)),
            vaccinated_until: None,
            vaccinations: vaccinations::over(self.vaccinations, self.vaccinated_until, fields)?,
            tag: self.tag,
        };
        Ok((fields, owners))
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
            feeding: Some(fields.feeding),
            medication: Some(fields.medication),
            vaccinated_until: fields.vaccinated_until,
            vaccinations: Some(
                fields
                    .vaccinations
                    .into_iter()
                    .map(Vaccination::from)
                    .collect(),
            ),
            owner_ids: None,
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
    /// Whom it belongs to, by name.
    owners: Vec<AnimalOwner>,
    /// When it was added.
    created: Timestamp,
    /// How often it was here.
    visits: u32,
    /// When it was last here.
    last_visit: Option<Timestamp>,
    /// The site of the chain where it is known, while it was never here; `null` for a guest of this
    /// daycare. Confirming a visit of it makes it one.
    known_at: Option<String>,
}

impl From<catalogue::Animal> for Animal {
    fn from(animal: catalogue::Animal) -> Self {
        Self {
            id: animal.id,
            fields: AnimalFields {
                owner_ids: Some(animal.owners.iter().map(|owner| owner.id).collect()),
                ..animal.fields.into()
            },
            owners: animal.owners.into_iter().map(AnimalOwner::from).collect(),
            created: animal.created,
            visits: animal.visits,
            last_visit: animal.last_visit,
            known_at: animal.known_at,
        }
    }
}

impl Animal {
    /// Leaves out what may be about people.
    pub(crate) fn hide_people(&mut self) {
        self.fields.contact.clear();
        self.fields.notes.clear();
        self.fields.owner_ids = Some(Vec::new());
        self.owners.clear();
    }
}

/// An animal that was just added.
#[derive(Serialize, ToSchema)]
pub(crate) struct Added {
    /// The animal.
    #[serde(flatten)]
    animal: Animal,
    /// At most 8 animals that were in the catalogue before and may be the same one: of its species and
    /// name, with a telephone number of its household, or with its tag but for the hyphens. Of the other
    /// animals of its owners, only those with a similar name or of its breed.
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
    /// Whether a booking says so.
    recurring: bool,
}

impl Expected {
    /// Leaves out what may be about people.
    pub(crate) fn hide_people(&mut self) {
        self.animal.hide_people();
    }
}

impl From<catalogue::Expected> for Expected {
    fn from(expected: catalogue::Expected) -> Self {
        Self {
            animal: expected.animal.into(),
            arrived: expected.arrived,
            recurring: expected.recurring,
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
    /// Whether it is expected on the day of the visit and has not come yet. Then it comes before
    /// animals that do not look clearly more similar.
    expected: bool,
}

impl From<catalogue::Suggestion> for Suggestion {
    fn from(suggestion: catalogue::Suggestion) -> Self {
        Self {
            animal: suggestion.animal.into(),
            similarity: suggestion.similarity,
            expected: suggestion.expected,
        }
    }
}
