//! The breeds that people and programs name: one look-up for the pages and the API.

use catalogue::OTHER_BREED;
use recognise::text::key;
use recognise::{BreedId, Language, Metadata, vocabulary};
use screens::Locale;

/// The breed of that name: [`OTHER_BREED`], one of the network's by its id, or one of the vocabulary's;
/// by the id, or by any of its names in any language. Capitals, accents, spaces and hyphens do not
/// matter; a typing error is no name. A network may have breeds of its own, which come first.
pub(crate) fn named(metadata: &Metadata, name: &str) -> Option<BreedId> {
    let wanted = key(name);
    let other = BreedId::from(OTHER_BREED);
    let is_other = |language| key(&Locale::of(language).breed(&other)) == wanted;
    if wanted == OTHER_BREED || Language::ALL.into_iter().any(is_other) {
        return Some(other);
    }
    let own = (metadata.breeds.iter()).find(|breed| key(&breed.id) == wanted);
    own.map(|breed| breed.id.clone())
        .or_else(|| Some(vocabulary::named(name)?.id.into()))
}
