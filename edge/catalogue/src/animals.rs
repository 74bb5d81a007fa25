//! Records animals and what the daycare knows about them.

use jiff::Timestamp;
use jiff::civil::Date;
use recognise::BreedId;
use recognise::metadata::Species;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::AnimalId;
use crate::outbox::{self, Changed};
use crate::ownership::AnimalOwner;
use crate::vaccinations::{self, Vaccination};
use crate::values::{
    NAME_CHARACTERS, TEXT_CHARACTERS, breed_name, check_breed, check_line, check_text,
};
use crate::{Catalogue, CatalogueError, FieldError, chain, tags};

pub(crate) use crate::animal_table::{ANIMAL, animal, each, find, insert, one, update};

/// The longest name of an animal, in characters.
const ANIMAL_NAME_CHARACTERS: usize = 100;

/// What staff enter about an animal.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue};
/// use recognise::metadata::Species;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let bella = AnimalFields {
///     tag: Some("ch-1".to_owned()),
///     ..AnimalFields::new("Bella", Species::Dog, "pug")
/// };
/// let id = catalogue.add_animal(&bella, "ana")?;
/// let found = catalogue.animal_by_tag("CH-1")?;
/// assert_eq!(found.map(|animal| animal.id), Some(id));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnimalFields {
    /// The animal's name, 1 to 100 characters.
    pub name: String,
    /// `cat` or `dog`.
    pub species: Species,
    /// The breed's id, or [`crate::OTHER_BREED`].
    pub breed: BreedId,
    /// A breed that is in no list, in the words of staff: one line of at most 100 characters, only
    /// with [`crate::OTHER_BREED`].
    #[serde(default)]
    pub breed_name: Option<String>,
    /// Notes, at most 4000 characters.
    #[serde(default)]
    pub notes: String,
    /// How to reach its household, at most 4000 characters.
    #[serde(default)]
    pub contact: String,
    /// What staff must beware of, at most 4000 characters.
    #[serde(default)]
    pub warnings: String,
    /// What it is fed, and when; at most 4000 characters.
    #[serde(default)]
    pub feeding: String,
    /// The medication that it is given, and when; at most 4000 characters.
    #[serde(default)]
    pub medication: String,
    /// The last day that all of its current vaccinations cover, in the years 2000 to 2100. It follows from
    /// `vaccinations` unless that is empty; then one without a name is stored that ends on this day.
    #[serde(default)]
    pub vaccinated_until: Option<Date>,
    /// Its vaccinations, at most 30. They are stored by their ends, the earliest first.
    #[serde(default)]
    pub vaccinations: Vec<Vaccination>,
    /// What its collar tag or microchip says: 1 to 32 letters A to Z, digits and hyphens. It is
    /// stored in capitals and without spaces. No two animals have the same tag.
    #[serde(default)]
    pub tag: Option<String>,
}

/// An animal in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Animal {
    /// Its number. Several animals may have the same name.
    pub id: AnimalId,
    /// What staff entered.
    #[serde(flatten)]
    pub fields: AnimalFields,
    /// Its owners, by name.
    pub owners: Vec<AnimalOwner>,
    /// When it was added.
    pub created: Timestamp,
    /// The number of its visits.
    pub visits: u32,
    /// The time of its last visit.
    pub last_visit: Option<Timestamp>,
    /// The site of the chain where it is known, while it was never here; `None` for all animals of this
    /// daycare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<String>,
}

impl Catalogue {
    /// Adds an animal. Two animals may have the same name.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], or when the catalogue cannot be written.
    pub fn add_animal(&self, animal: &AnimalFields, by: &str) -> Result<AnimalId, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let author = Author::now(by);
            let id = add(transaction, animal, author)?;
            outbox::animal(transaction, id, Changed::All, author)?;
            Ok(id)
        })
    }

    /// Changes what staff entered about an animal. The history keeps the former values.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot
    /// be written.
    pub fn change_animal(
        &self,
        id: AnimalId,
        fields: &AnimalFields,
        by: &str,
    ) -> Result<Animal, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let (before, author) = (one(transaction, id)?, Author::now(by));
            change(transaction, id, fields, author)?;
            outbox::animal(transaction, id, Changed::Since(&before), author)?;
            one(transaction, id)
        })
    }

    /// One animal.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchAnimal`], or when the catalogue cannot be read.
    pub fn animal(&self, id: AnimalId) -> Result<Animal, CatalogueError> {
        self.connections.read(|connection| one(connection, id))
    }

    /// The animal with a tag, which may be written in small letters and with spaces. The tag of an
    /// animal that was merged finds the animal that it is now. `None` where no animal has the tag,
    /// or where it cannot be one.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn animal_by_tag(&self, tag: &str) -> Result<Option<Animal>, CatalogueError> {
        let Ok(Some(tag)) = tags::normal(Some(tag)) else {
            return Ok(None);
        };
        self.connections.read(|connection| {
            let found = connection
                .prepare_cached(&format!(
                    "{ANIMAL} WHERE a.id = (SELECT id FROM animal WHERE tag = ?1
                                            UNION ALL SELECT survivor FROM merged WHERE tag = ?1)"
                ))?
                .query_row([tag], animal)
                .optional()?;
            Ok(found)
        })
    }
}

impl AnimalFields {
    /// An animal of which nothing else is known.
    #[must_use]
    pub fn new(name: &str, species: Species, breed: impl Into<BreedId>) -> Self {
        Self {
            name: name.to_owned(),
            species,
            breed: breed.into(),
            breed_name: None,
            notes: String::new(),
            contact: String::new(),
            warnings: String::new(),
            feeding: String::new(),
            medication: String::new(),
            vaccinated_until: None,
            vaccinations: Vec::new(),
            tag: None,
        }
    }

    /// The fields as they are stored, with tag and vaccinations in their normal form.
    pub(crate) fn checked(&self) -> Result<Self, CatalogueError> {
        self.check()?;
        let vaccinations = vaccinations::normal(&self.vaccinations, self.vaccinated_until)?;
        let first = Vaccination::current(&vaccinations).next();
        let vaccinated_until = first.map(|first| first.valid_until);
        Ok(Self {
            breed_name: breed_name(&self.breed, self.breed_name.as_deref())?,
            tag: tags::normal(self.tag.as_deref())?,
            vaccinated_until,
            vaccinations,
            ..self.clone()
        })
    }

    fn check(&self) -> Result<(), CatalogueError> {
        if self.name.trim().is_empty() {
            return Err(CatalogueError::invalid("name", FieldError::Empty));
        }
        check_line("name", &self.name, ANIMAL_NAME_CHARACTERS)?;
        check_breed("breed", &self.breed)?;
        for (field, text) in [
            ("notes", &self.notes),
            ("contact", &self.contact),
            ("warnings", &self.warnings),
            ("feeding", &self.feeding),
            ("medication", &self.medication),
        ] {
            check_text(field, text, TEXT_CHARACTERS)?;
        }
        Ok(())
    }
}

/// Adds an animal, and notes that in its history.
pub(crate) fn add(
    connection: &Connection,
    fields: &AnimalFields,
    author: Author<'_>,
) -> Result<AnimalId, Fault> {
    let fields = fields.checked()?;
    tags::check_free(connection, fields.tag.as_deref(), None)?;
    let id = insert(connection, None, &fields, author.at)?;
    let name = Some(&*fields.name);
    author.note(connection, Subject::Animal(id), "name", None, name)?;
    Ok(id)
}

/// Changes an animal's fields, and notes that in its history. One that is only known elsewhere is
/// adopted.
pub(crate) fn change(
    connection: &Connection,
    id: AnimalId,
    fields: &AnimalFields,
    author: Author<'_>,
) -> Result<(), Fault> {
    let fields = fields.checked()?;
    let before = one(connection, id)?;
    chain::adopt(connection, id, author)?;
    tags::check_free(connection, fields.tag.as_deref(), Some(id))?;
    tags::take(connection, fields.tag.as_deref())?;
    update(connection, id, &fields)?;
    author.note_all(connection, Subject::Animal(id), &before.fields, &fields)
}
