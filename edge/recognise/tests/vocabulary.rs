//! The breeds that staff can name, and how people write them.

use std::collections::{BTreeMap, BTreeSet};

use recognise::metadata::Species;
use recognise::text::{begins_misspelt, fold, key};
use recognise::vocabulary::{self, find, named};
use recognise::{Bundle, Language};

/// The lines of the file that are no comments.
fn lines() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("../breeds.tsv").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn every_line_is_a_breed_whose_id_can_be_a_folder() {
    assert_eq!(vocabulary::all().len(), lines().count());
    assert!(vocabulary::all().len() > 450);
    for (breed, line) in vocabulary::all().iter().zip(lines()) {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(breed.id.chars().all(is_plain), "{line}");
        assert!(
            line.starts_with(breed.id) && line.split('\t').count() <= 5,
            "{line}"
        );
        assert!(
            breed
                .names()
                .all(|name| name == name.trim() && !name.is_empty()),
            "{line}"
        );
        assert!(!line.contains('\''), "a straight apostrophe: {line}");
        assert_ne!(breed.id, "other");
    }
}

#[test]
fn no_two_breeds_share_a_name() {
    let mut owners = BTreeMap::new();
    for breed in vocabulary::all() {
        let keys: BTreeSet<String> = breed.names().map(key).collect();
        for key in keys {
            assert!(key.len() > 1, "{}", breed.id);
            if let Some(owner) = owners.insert(key.clone(), breed.id) {
                panic!("{key} names {owner} and {}", breed.id);
            }
        }
    }
}

#[test]
fn every_breed_of_the_built_in_network_is_in_it() {
    for breed in Bundle::embedded().unwrap().metadata.breeds {
        let named = vocabulary::of(&breed.id).unwrap_or_else(|| panic!("no {}", breed.id));
        assert_eq!(named.species, breed.species, "{}", breed.id);
    }
}

#[test]
fn a_breed_has_its_species_and_a_name_in_each_language() {
    for (id, species, english, french) in [
        (
            "great_pyrenees",
            Species::Dog,
            "Great Pyrenees",
            "Montagne des Pyrénées",
        ),
        (
            "german_shepherd",
            Species::Dog,
            "German Shepherd",
            "Berger allemand",
        ),
        ("birman", Species::Cat, "Birman", "Sacré de Birmanie"),
        (
            "domestic_shorthair",
            Species::Cat,
            "Domestic Shorthair",
            "Chat de gouttière",
        ),
        ("mixed_breed", Species::Dog, "Mixed Breed", "Chien croisé"),
    ] {
        let breed = vocabulary::of(id).unwrap();
        let names = Language::ALL.map(|language| breed.name(language));
        assert_eq!((breed.species, names), (species, [english, french]));
    }
    assert!(vocabulary::of("other").is_none() && vocabulary::of("unicorn").is_none());
}

#[test]
fn a_breed_is_found_as_people_write_it() {
    for (expected, typed) in [
        ("labrador_retriever", "Labrador"),
        ("labrador_retriever", " LAB "),
        ("labrador_retriever", "labrador retrievre"),
        ("german_shepherd", "GSD"),
        ("german_shepherd", "berger allemand"),
        ("german_shepherd", "Deutscher Schaferhund"),
        ("west_highland_white_terrier", "Westie"),
        ("yorkshire_terrier", "yorkie"),
        ("staffordshire_bull_terrier", "Staffie"),
        ("great_pyrenees", "great_pyrenees"),
        ("japanese_chin", "EPAGNEUL JAPONAIS"),
        ("anatolian_shepherd_dog", "berger d'anatolie"),
        ("anatolian_shepherd_dog", "Berger d’Anatolie"),
        ("saint_bernard", "St. Bernard"),
        ("lowchen", "lowchen"),
        ("cockapoo", "Cocka-Poo"),
        ("domestic_shorthair", "moggy"),
        ("domestic_shorthair", "Tabby"),
        ("european_shorthair", "européen"),
        ("dalmatian", "dalmatain"),
        ("chihuahua", "chihuaua"),
    ] {
        assert_eq!(find(typed).map(|breed| breed.id), Some(expected), "{typed}");
    }
    // Nothing, too little, two errors, one error away from two breeds, or another word that only
    // resembles one.
    for typed in [
        "", "-", "a", "lav", "labardro", "Griffon", "burnese", "orkie", "tortie", "chien",
    ] {
        assert!(find(typed).is_none(), "{typed}");
    }
    for typed in ["labradro", "Berger Allemend"] {
        assert!(find(typed).is_some() && named(typed).is_none(), "{typed}");
    }
}

#[test]
fn texts_are_folded_to_what_people_type() {
    for (text, expected) in [
        ("Zoé ZOÉ zo\u{65}\u{301}", "zoe zoe zoe"),
        (
            "Œuf d'œil, Æther, Straße, STRAẞE",
            "oeuf d-oeil aether strasse strasse",
        ),
        ("Jørgen Łódź Đorđe Þór", "jorgen lodz dorde thor"),
        (
            "O'Neil O’Neil O‘Neil OʼNeil O´Neil O`Neil O′Neil",
            ["o-neil"; 7].join(" ").as_str(),
        ),
        (
            "Smith-Jones Smith‑Jones smith_jones smith–jones",
            ["smith-jones"; 4].join(" ").as_str(),
        ),
        ("'Rex' -- rock 'n' roll-", "rex rock n roll"),
        ("Bella🐾 ❤️Luna 👩🏽‍⚕️", "bella 🐾 ❤ luna 👩 ⚕"),
        ("06.12/34\u{a0}56\u{202f}78", "06 12 34 56 78"),
        ("ﬁn Ｒｅｘ №", "fin rex no"),
        ("Ѫѣ ΣΟΦΟΣ σοφος", "ѫѣ σοφοσ σοφοσ"),
        ("שָׁלוֹם", "שלום"),
        ("", ""),
        (" \0\u{301}!?", ""),
    ] {
        assert_eq!(fold(text), expected, "{text}");
    }
    assert_eq!(key("Saint-Bernard"), key("saint bernard"));
    assert!(begins_misspelt("labrq", "labrador") && !begins_misspelt("lqbrq", "labrador"));
}
