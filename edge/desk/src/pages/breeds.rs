//! The breeds that can be chosen, and what people type for them.

use std::collections::HashMap;
use std::sync::LazyLock;

use catalogue::OTHER_BREED;
use recognise::metadata::Species;
use recognise::text::fold;
use recognise::{BreedId, Language, Metadata, vocabulary};

use super::words::Words;
use crate::breeds::named;

/// A breed that staff chose or typed.
pub(super) struct Chosen {
    pub(super) id: BreedId,
    /// A breed that is in no list, in their own words.
    pub(super) name: Option<String>,
}

impl From<BreedId> for Chosen {
    fn from(id: BreedId) -> Self {
        let name = None;
        Self { id, name }
    }
}

/// The names of all breeds for a list to choose from, in alphabetical order; that of all other
/// breeds last.
pub(super) fn names(words: &Words, metadata: &Metadata) -> Vec<String> {
    static SORTED: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
        let sorted = Language::ALL.map(|language| {
            let breeds = vocabulary::all().iter();
            let mut names: Vec<&str> = breeds.map(|breed| breed.name(language)).collect();
            names.sort_by_cached_key(|name| fold(name));
            (language.tag(), names)
        });
        sorted.into()
    });
    let sorted = SORTED.get(words.tag()).into_iter().flatten();
    let breeds = metadata.breeds.iter().map(|breed| &breed.id);
    let own = breeds.filter(|id| vocabulary::of(id).is_none());
    (sorted.map(|name| (*name).to_owned()))
        .chain(own.map(|id| words.breed(id)))
        .chain([words.breed(OTHER_BREED)])
        .collect()
}

/// The breed that somebody typed or chose, by its id or by any of its names. A typing error in a name
/// of the vocabulary does not matter.
pub(super) fn find(metadata: &Metadata, typed: &str) -> Option<BreedId> {
    named(metadata, typed).or_else(|| Some(vocabulary::find(typed)?.id.into()))
}

/// The breed that somebody typed: one that is known, or else their own words. `None` if they typed
/// nothing.
pub(super) fn typed(metadata: &Metadata, typed: &str) -> Option<Chosen> {
    if let Some(known) = find(metadata, typed) {
        return Some(known.into());
    }
    let name = typed.trim();
    (!name.is_empty()).then(|| Chosen {
        id: OTHER_BREED.into(),
        name: Some(name.to_owned()),
    })
}

/// The species of a breed; `None` for [`OTHER_BREED`] and for breeds of another network.
pub(super) fn species(metadata: &Metadata, id: &BreedId) -> Option<Species> {
    let own = metadata.breeds.iter().find(|breed| breed.id == *id);
    own.map(|breed| breed.species)
        .or_else(|| Some(vocabulary::of(id)?.species))
}
