//! Reads `breeds.toml`, in which the owner of a data folder says what its breeds are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use recognise::metadata::{Breed, Species};
use recognise::text::key;
use recognise::{printable, vocabulary};
use serde::Deserialize;

use super::DatasetError;
use super::files::{after_number, breed_id, composed};
use super::species::{Said, check, known_species};

/// The file's name in a data folder.
pub(super) const FILE: &str = "breeds.toml";

/// What `breeds.toml` says; nothing if there is none. For data sets that are joined, what is known of all their breeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    /// The file; none if data sets are joined.
    pub(super) file: PathBuf,
    /// The species of each breed, by id.
    pub(super) species: BTreeMap<String, Species>,
    /// The id of each breed, by the keys of its names.
    ids: BTreeMap<String, String>,
    /// Whether other breeds are called as the kiosk's vocabulary calls them.
    by_vocabulary: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    breed: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    species: Species,
    #[serde(default)]
    names: Vec<String>,
}

impl Declared {
    /// Reads the file in a data folder, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub(crate) fn read(folder: &Path) -> Result<Self, DatasetError> {
        let file = folder.join(FILE);
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&file).map_err(|source| DatasetError::Read {
            path: file.clone(),
            source,
        })?;
        let refused = |reason: String| DatasetError::Breeds {
            file: file.clone(),
            reason,
        };
        let table: Table = toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            refused(format!("line {line}: {}", error.message()))
        })?;
        let mut declared = Self {
            file: file.clone(),
            ..Self::default()
        };
        for entry in table.breed {
            declared.add(entry).map_err(refused)?;
        }
        Ok(declared)
    }

    /// What is known of these breeds of joined data sets. `names` are further names that `breeds.toml` gives them, each
    /// with the breed's id.
    pub(super) fn of_joined(
        breeds: &[Breed],
        names: impl Iterator<Item = (String, String)>,
    ) -> Self {
        let own = breeds.iter().map(|breed| breed.id.to_string());
        let mut ids: BTreeMap<String, String> = own.map(|id| (key(&id), id)).collect();
        for (key, id) in names {
            ids.entry(key).or_insert(id);
        }
        let species = breeds.iter();
        Self {
            file: PathBuf::new(),
            species: species
                .map(|breed| (breed.id.to_string(), breed.species))
                .collect(),
            ids,
            by_vocabulary: true,
        }
    }

    /// The id of the breed with this name: the one that the file gives it, or else the name in lower case.
    pub(super) fn id(&self, name: &str) -> String {
        let bare = after_number(name).unwrap_or(name);
        if let Some(declared) = self.ids.get(&key(bare)) {
            return declared.clone();
        }
        let known = vocabulary::named(bare).filter(|_| self.by_vocabulary);
        known.map_or_else(|| breed_id(name), |known| known.id.to_owned())
    }

    /// The species of the breed with this name: what the file says, or else what the kiosk's vocabulary says; `None` if
    /// neither knows it.
    ///
    /// # Errors
    /// When they contradict each other.
    pub(crate) fn species_of(&self, name: &str) -> Result<Option<Species>, DatasetError> {
        let id = self.id(name);
        let Some(&species) = self.species.get(&id) else {
            return Ok(known_species(&id));
        };
        let by = printable(&self.file);
        check(&id, &Said { species, by })?;
        Ok(Some(species))
    }

    /// The keys of the names that the file gives to breeds, each with the breed's id.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let ids = self.ids.iter();
        ids.map(|(key, id)| (key.as_str(), id.as_str()))
    }

    fn add(&mut self, entry: Entry) -> Result<(), String> {
        let id = breed_id(&composed(&entry.id));
        if id.is_empty() {
            return Err("a breed has an empty id".to_owned());
        }
        if self.species.insert(id.clone(), entry.species).is_some() {
            return Err(format!("the breed {id} is there twice"));
        }
        for name in entry.names.iter().chain([&entry.id]) {
            let key = key(after_number(name).unwrap_or(name));
            if key.is_empty() {
                return Err(format!("a name of the breed {id} has no letters"));
            }
            let other = self.ids.insert(key, id.clone());
            if let Some(other) = other.filter(|other| *other != id) {
                return Err(format!(
                    "the breeds {other} and {id} are both called {name}"
                ));
            }
        }
        Ok(())
    }
}
