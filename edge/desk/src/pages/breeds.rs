//! The breeds that can be chosen, and what people type for them.

use catalogue::OTHER_BREED;
use recognise::metadata::Species;
use recognise::{BreedId, Language, Metadata};
use screens::Locale;

use super::words::Words;

/// The names of all breeds for a list to choose from, in alphabetical order; that of all other
/// breeds last.
pub(super) fn names(words: &Words, metadata: &Metadata) -> Vec<String> {
    let mut names: Vec<String> = (metadata.breeds.iter())
        .map(|breed| words.breed(&breed.id))
        .collect();
    names.sort_by_key(|name| plain(name));
    names.push(words.breed(OTHER_BREED));
    names
}

/// The breed that somebody typed or chose, by its id or its name in any language. Capitals and
/// accents do not matter.
pub(super) fn find(metadata: &Metadata, typed: &str) -> Option<BreedId> {
    let typed = plain(typed);
    (metadata.breeds.iter().map(|breed| breed.id.clone()))
        .chain([BreedId::from(OTHER_BREED)])
        .find(|id| {
            let name = |language| plain(&Locale::of(language).breed(id));
            plain(id) == typed
                || Language::ALL
                    .into_iter()
                    .any(|language| name(language) == typed)
        })
}

/// The species of a breed; `None` for [`OTHER_BREED`] and for breeds of another network.
pub(super) fn species(metadata: &Metadata, id: &BreedId) -> Option<Species> {
    let breed = metadata.breeds.iter().find(|breed| breed.id == *id)?;
    Some(breed.species)
}

/// The name in small letters, without the accents that occur in breeds' names.
fn plain(name: &str) -> String {
    name.trim()
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'à' | 'â' | 'ä' => 'a',
            'ç' => 'c',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            '_' | '-' => ' ',
            other => other,
        })
        .collect()
}
