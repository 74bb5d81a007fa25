//! The species of breeds: what a data folder says, checked against what the kiosk knows.

use std::collections::BTreeMap;
use std::path::Path;

use recognise::metadata::{Breed, Species};
use recognise::{Language, vocabulary};

use super::DatasetError;

/// That a breed is of a species, and what says so.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) species: Species,
    /// A file or a folder, safe to print.
    pub(super) by: String,
}

/// The breeds with their species, sorted by id: as the folder says, or else as the kiosk's vocabulary has it.
///
/// # Errors
/// When a breed is said to be of two species, or of another one than in the vocabulary, or if nothing says its species.
pub(super) fn species_of_breeds(
    root: &Path,
    said: &BTreeMap<String, Vec<Said>>,
) -> Result<Vec<Breed>, DatasetError> {
    let (mut breeds, mut unknown) = (Vec::new(), Vec::new());
    for (id, said) in said {
        if let [first, others @ ..] = said.as_slice() {
            if let Some(other) = others.iter().find(|it| it.species != first.species) {
                return Err(two_species(id, first, other));
            }
            check(id, first)?;
        }
        let said = said.first().map(|said| said.species);
        match said.or_else(|| known_species(id)) {
            Some(species) => breeds.push(Breed {
                id: id.as_str().into(),
                species,
            }),
            None => unknown.push(id.clone()),
        }
    }
    if !unknown.is_empty() {
        return Err(DatasetError::UnknownSpecies {
            root: root.to_owned(),
            breeds: unknown,
        });
    }
    Ok(breeds)
}

/// Refuses a species that is not that of the kiosk's vocabulary.
pub(super) fn check(id: &str, said: &Said) -> Result<(), DatasetError> {
    match vocabulary::named(id) {
        Some(known) if known.species != said.species => Err(DatasetError::WrongSpecies {
            breed: id.to_owned(),
            said: said.species,
            by: said.by.clone(),
            name: known.name(Language::English),
            known: known.species,
        }),
        _ => Ok(()),
    }
}

/// The error for a breed of two species.
pub(super) fn two_species(id: &str, first: &Said, second: &Said) -> DatasetError {
    let pair = |said: &Said| (said.species, said.by.clone());
    DatasetError::TwoSpecies {
        breed: id.to_owned(),
        first: pair(first),
        second: pair(second),
    }
}

/// The species of a breed that the kiosk has a name for; `None` for any other. The name must be written without a
/// typing error: one letter off, it may be that of another species.
pub(super) fn known_species(breed: &str) -> Option<Species> {
    vocabulary::named(breed).map(|breed| breed.species)
}

/// The species with this name: `cat` or `dog`, or several of them, in small or capital letters.
pub(super) fn species_named(name: &str) -> Option<Species> {
    let name = name.to_lowercase();
    name.strip_suffix('s').unwrap_or(&name).parse().ok()
}

/// The species in a list of the Oxford-IIIT Pet dataset, `1` or `2`; `None` for any other text.
pub(super) fn species_in_list(column: &str) -> Option<Species> {
    match column {
        "1" => Some(Species::Cat),
        "2" => Some(Species::Dog),
        _ => None,
    }
}
