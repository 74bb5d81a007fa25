//! The species of a breed whose photographs do not tell it.

use recognise::metadata::Species;
use recognise::vocabulary;

/// The species of a breed that the kiosk has a name for; `None` for any other. The name must be written without a
/// typing error: one letter off, it may be that of another species.
pub(super) fn known_species(breed: &str) -> Option<Species> {
    vocabulary::named(breed).map(|breed| breed.species)
}

/// The species of an unknown breed by the name of its folder. The convention of the Oxford-IIIT Pet dataset applies:
/// only the names of cats begin with a capital letter.
pub(super) fn species_by_capital(folder: &str) -> Species {
    if folder.starts_with(char::is_uppercase) {
        Species::Cat
    } else {
        Species::Dog
    }
}

/// The species of the breed that a folder is named after, by the vocabulary or else by the capital letter.
pub(crate) fn species_of_folder(folder: &str) -> Species {
    known_species(&folder.to_lowercase()).unwrap_or_else(|| species_by_capital(folder))
}

/// The species in a list of the Oxford-IIIT Pet dataset, `1` or `2`; `None` for any other text.
pub(super) fn species_in_list(column: &str) -> Option<Species> {
    match column {
        "1" => Some(Species::Cat),
        "2" => Some(Species::Dog),
        _ => None,
    }
}
