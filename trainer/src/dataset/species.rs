//! The species of a breed whose photographs do not tell it.

use recognise::metadata::Species;

/// The 12 cat breeds of the Oxford-IIIT Pet dataset.
const CATS: [&str; 12] = [
    "abyssinian",
    "bengal",
    "birman",
    "bombay",
    "british_shorthair",
    "egyptian_mau",
    "maine_coon",
    "persian",
    "ragdoll",
    "russian_blue",
    "siamese",
    "sphynx",
];

/// The 25 dog breeds of the Oxford-IIIT Pet dataset.
const DOGS: [&str; 25] = [
    "american_bulldog",
    "american_pit_bull_terrier",
    "basset_hound",
    "beagle",
    "boxer",
    "chihuahua",
    "english_cocker_spaniel",
    "english_setter",
    "german_shorthaired",
    "great_pyrenees",
    "havanese",
    "japanese_chin",
    "keeshond",
    "leonberger",
    "miniature_pinscher",
    "newfoundland",
    "pomeranian",
    "pug",
    "saint_bernard",
    "samoyed",
    "scottish_terrier",
    "shiba_inu",
    "staffordshire_bull_terrier",
    "wheaten_terrier",
    "yorkshire_terrier",
];

/// The species of the breed `id`, whose folder is named `folder`.
///
/// The table decides for breeds of the Oxford-IIIT Pet dataset. For any other breed that dataset's convention applies:
/// only the names of cats begin with a capital letter.
pub(super) fn species_of(id: &str, folder: &str) -> Species {
    if CATS.contains(&id) {
        Species::Cat
    } else if DOGS.contains(&id) || !folder.starts_with(char::is_uppercase) {
        Species::Dog
    } else {
        Species::Cat
    }
}

/// The species in a list of the Oxford-IIIT Pet dataset, `1` or `2`; `None` for any other text.
pub(super) fn species_in_list(column: &str) -> Option<Species> {
    match column {
        "1" => Some(Species::Cat),
        "2" => Some(Species::Dog),
        _ => None,
    }
}
