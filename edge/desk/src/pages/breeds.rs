//! The breeds that can be chosen, and what people type for them.

use catalogue::OTHER_BREED;
use recognise::Language;
use recognise::Metadata;
use recognise::metadata::Species;

use super::words::Words;

/// The names of all breeds for a list to choose from, in the alphabet's order; the one for all
/// others last.
pub(super) fn names(words: &Words, metadata: &Metadata) -> Vec<String> {
    let mut names: Vec<String> = (metadata.breeds.iter())
        .map(|breed| words.breed(&breed.id))
        .collect();
    names.sort_by_key(|name| plain(name));
    names.push(words.breed(OTHER_BREED));
    names
}

/// The id of what somebody typed or chose: an id, or a name in any language, capitals and accents
/// aside.
pub(super) fn find(metadata: &Metadata, typed: &str) -> Option<String> {
    let typed = plain(typed);
    (metadata.breeds.iter().map(|breed| breed.id.as_str()))
        .chain([OTHER_BREED])
        .find(|id| {
            plain(id) == typed
                || (Language::ALL.iter())
                    .any(|language| plain(&language.locale().breed(id)) == typed)
        })
        .map(str::to_owned)
}

/// Which kind of animal a breed is; `None` for [`OTHER_BREED`] and for breeds of another network.
pub(super) fn species(metadata: &Metadata, id: &str) -> Option<Species> {
    let breed = metadata.breeds.iter().find(|breed| breed.id == id)?;
    Some(breed.species)
}

/// Small letters without the accents that breeds' names have.
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
