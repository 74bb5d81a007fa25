//! Finding animals: by a few letters, or by their embeddings.

use std::collections::HashMap;
use std::fs;

use catalogue::{AnimalFields, AnimalId, Catalogue, NewVisit, VisitId};
use recognise::adaptation::Adaptation;
use recognise::embedding::similarity_to;
use recognise::metadata::Species;

use super::{Daycare, arrival, backed_up, decision, embedding, pug, time};

#[test]
fn a_few_letters_find_an_animal() {
    let daycare = Daycare::new();
    for (name, breed, contact) in [
        ("Zoé", "pug", "Mme Müller, +41 22 123 45 67"),
        ("O'Neil", "british_shorthair", "Smith-Jones \"the\" third"),
        ("Max", "boxer", "zoe@example.org"),
        ("Éclair au Chocolat", "pug", ""),
        ("Ѫѣ 🐕", "pug", ""),
    ] {
        daycare.adds(&AnimalFields {
            contact: contact.to_owned(),
            ..AnimalFields::new(name, Species::Dog, breed)
        });
    }
    let check = |query: &str, expect: &[&str]| {
        assert_eq!(found(&daycare, query), expect, "{query:?}");
    };
    // A name counts more than a contact, although Max was added later.
    check("zoe", &["Zoé", "Max"]);
    check("ZOÉ", &["Zoé", "Max"]);
    check("zo\u{65}\u{301}", &["Zoé", "Max"]);
    check("zo mull", &["Zoé"]);
    check("  zo\tmull\n", &["Zoé"]);
    check("o'n", &["O'Neil"]);
    check("neil", &["O'Neil"]);
    check("shorthair", &["O'Neil"]);
    check("british_short", &["O'Neil"]);
    check("\"the\" third", &["O'Neil"]);
    check("choc ecl", &["Éclair au Chocolat"]);
    check("123 45", &["Zoé"]);
    check("+41", &["Zoé"]);
    check("max boxer", &["Max"]);
    check("max pug", &[]);
    check("ѫ", &["Ѫѣ 🐕"]);
    for odd in [
        "\"",
        "'",
        "*",
        "zoe*\"",
        "AND",
        "OR NOT",
        "NEAR(a b)",
        "name:max",
        "{name}: max",
        "(",
        ")",
        "^max",
        "-max",
        "a + b",
        "%",
        "_",
        ";--",
        "\0",
        "max\0",
        "🐕",
        "\u{1E900}",
        "\u{10FFFF}",
        "𞤀𞤁",
        "ꟺ",
        "\u{301}",
    ] {
        daycare.catalogue.search(odd, 100, 0).unwrap();
    }
    daycare
        .catalogue
        .search(&"max ".repeat(250_000), 100, 0)
        .unwrap();
    daycare
        .catalogue
        .search(&"x".repeat(1 << 20), 100, 0)
        .unwrap();
}

#[test]
fn an_empty_search_lists_all_animals_page_by_page_those_seen_last_first() {
    let daycare = Daycare::new();
    let ids: Vec<_> = ["a", "b", "c"].map(|name| daycare.adds(&pug(name))).into();
    let visit = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(visit, "pug", Some(ids[0]));
    let page = |limit, offset| -> Vec<AnimalId> {
        let found = daycare.catalogue.search(" ", limit, offset).unwrap();
        found.iter().map(|animal| animal.id).collect()
    };
    assert_eq!(page(usize::MAX, 0), [ids[0], ids[2], ids[1]]);
    assert_eq!(page(2, 1), [ids[2], ids[1]]);
    assert!(page(2, usize::MAX).is_empty());
}

#[test]
fn search_finds_changed_animals() {
    let daycare = Daycare::new();
    let id = daycare.adds(&pug("Rex"));
    daycare
        .catalogue
        .change_animal(id, &pug("Max"), "ana")
        .unwrap();
    assert!(daycare.catalogue.search("rex", 9, 0).unwrap().is_empty());
    assert_eq!(daycare.catalogue.search("max", 9, 0).unwrap().len(), 1);
}

/// The names of the animals that a query finds, in their order.
fn found(daycare: &Daycare, query: &str) -> Vec<String> {
    let found = daycare.catalogue.search(query, 100, 0).unwrap();
    found.into_iter().map(|animal| animal.fields.name).collect()
}

#[test]
fn a_number_is_found_however_it_is_grouped() {
    let daycare = Daycare::new();
    for (name, contact) in [
        ("Rex", "06 12 34 56 78"),
        ("Mimi", "Mme Roux, +33 6 12 34 56 80"),
        ("Tom", "Rue 12, 1201 Genève; 022/123.45.67 (bureau)"),
        ("Max", "+44 (0)20 7946 0958"),
        ("Leo", "0041 79 555-66-77\n0044 79 555 66 99"),
    ] {
        daycare.adds(&AnimalFields {
            contact: contact.to_owned(),
            ..pug(name)
        });
    }
    for (query, expected) in [
        ("06 12 34 56 78", "Rex"),
        ("0612345678", "Rex"),
        ("06.12.34.56.78", "Rex"),
        ("06 1234 5678", "Rex"),
        ("+33612345678", "Rex"),
        ("+33 6 12 34 56 78", "Rex"),
        ("0033612345678", "Rex"),
        ("5678", "Rex"),
        ("rex 5678", "Rex"),
        ("06 12 34 56 80", "Mimi"),
        ("0612345680", "Mimi"),
        ("+33612345680", "Mimi"),
        ("roux 56 80", "Mimi"),
        ("0221234567", "Tom"),
        ("+41 22 123 45 67", "Tom"),
        ("022 123", "Tom"),
        ("1201", "Tom"),
        ("+442079460958", "Max"),
        ("020 7946 0958", "Max"),
        ("079 555 66 77", "Leo"),
        ("+41795556677", "Leo"),
        ("0795556699", "Leo"),
    ] {
        assert_eq!(found(&daycare, query), [expected], "{query}");
    }
    for query in ["0612345679", "+4161234567812", "78 56 34 12 06", "rex 5680"] {
        assert!(found(&daycare, query).is_empty(), "{query}");
    }
}

#[test]
fn names_are_found_as_people_write_them() {
    let daycare = Daycare::new();
    for name in [
        "Cœur-de-Lion",
        "Straße",
        "Jørgen",
        "Łódź",
        "D’Artagnan",
        "Jean Luc",
        "Bella 🐾",
        "Şahin",
    ] {
        daycare.adds(&pug(name));
    }
    for (query, expected) in [
        ("coeur", "Cœur-de-Lion"),
        ("CŒUR", "Cœur-de-Lion"),
        ("coeur de lion", "Cœur-de-Lion"),
        ("lion", "Cœur-de-Lion"),
        ("strasse", "Straße"),
        ("STRASSE", "Straße"),
        ("jorgen", "Jørgen"),
        ("lodz", "Łódź"),
        ("d'artagnan", "D’Artagnan"),
        ("d´Artagnan", "D’Artagnan"),
        ("dartagnan", "D’Artagnan"),
        ("artag", "D’Artagnan"),
        ("jeanluc", "Jean Luc"),
        ("jean-luc", "Jean Luc"),
        ("🐾", "Bella 🐾"),
        ("bella🐾", "Bella 🐾"),
        ("sahin", "Şahin"),
    ] {
        assert_eq!(found(&daycare, query), [expected], "{query}");
    }
}

#[test]
fn a_breed_is_found_by_all_its_names() {
    let daycare = Daycare::new();
    for (name, species, breed) in [
        ("Lucky", Species::Dog, "labrador_retriever"),
        ("Kaiser", Species::Dog, "german_shepherd"),
        ("Minou", Species::Cat, "domestic_shorthair"),
        ("Blue", Species::Dog, "blue_heeler_of_a_network"),
    ] {
        daycare.adds(&AnimalFields::new(name, species, breed));
    }
    daycare.adds(&AnimalFields {
        breed_name: Some("Griffon de ma tante".to_owned()),
        ..AnimalFields::new("Titus", Species::Dog, "other")
    });
    for (query, expected) in [
        ("labrador", "Lucky"),
        ("Lab", "Lucky"),
        ("labradro", "Lucky"),
        ("retriever du labrador", "Lucky"),
        ("GSD", "Kaiser"),
        ("berger allemand", "Kaiser"),
        ("deutscher schaferhund", "Kaiser"),
        ("moggy", "Minou"),
        ("gouttiere", "Minou"),
        ("heeler_of", "Blue"),
        ("griffon", "Titus"),
    ] {
        assert_eq!(found(&daycare, query), [expected], "{query}");
    }
}

#[test]
fn exact_names_come_first_and_typing_errors_last() {
    let daycare = Daycare::new();
    for (name, contact, notes) in [
        ("Nella", "", ""),
        ("Bellatrix", "", ""),
        ("Max", "Bella Meier", ""),
        ("Tom", "", "friend of Bella"),
        ("Bella", "", ""),
        ("Rocky", "Bela Weber", ""),
        ("Luna", "", "fears bells and bella-donna"),
    ] {
        daycare.adds(&AnimalFields {
            contact: contact.to_owned(),
            notes: notes.to_owned(),
            ..pug(name)
        });
    }
    let expected = ["Bella", "Bellatrix", "Luna", "Tom", "Max", "Nella", "Rocky"];
    assert_eq!(found(&daycare, "bella"), expected);
    // Page by page they are the same.
    let pages = (0..4).flat_map(|page| daycare.catalogue.search("bella", 2, 2 * page).unwrap());
    let pages: Vec<String> = pages.map(|animal| animal.fields.name).collect();
    assert_eq!(pages, expected);

    for typed in ["rockyy", "rcoky", "roky", "rovky"] {
        assert_eq!(found(&daycare, typed), ["Rocky"], "{typed}");
    }
    // Three letters are too few, and two errors too many.
    for typed in ["mxa", "rkocy"] {
        assert!(found(&daycare, typed).is_empty(), "{typed}");
    }
    assert_eq!(
        found(&daycare, "fryend"),
        ["Tom"],
        "where nothing better matches"
    );
}

#[test]
fn warnings_and_notes_are_searched_and_forgotten_with_their_animal() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&AnimalFields {
        warnings: "allergic to chicken".to_owned(),
        notes: "sleeps in the basket".to_owned(),
        ..pug("Rex")
    });
    for query in ["allergic", "chick", "basket", "rex chicken", "alergic"] {
        assert_eq!(found(&daycare, query), ["Rex"], "{query}");
    }
    daycare.catalogue.delete_animal(rex, "owner").unwrap();
    for query in ["allergic", "chick", "basket", "rex"] {
        assert!(found(&daycare, query).is_empty(), "{query}");
    }
    daycare.catalogue.checkpoint().unwrap();
    let file = fs::read(daycare.at("catalogue.sqlite")).unwrap();
    let is_there = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
    assert!(!is_there(b"chicken") && !is_there(b"basket"));
}

#[test]
fn what_other_processes_change_is_found_and_suggested() {
    let daycare = Daycare::new();
    let other = daycare.again();
    let rex = daycare.adds(&pug("Rex"));
    assert_eq!(found(&daycare, "rex"), ["Rex"]);
    assert!(
        daycare
            .catalogue
            .suggest(None, Some(&embedding(1)), "v1", 9)
            .unwrap()[0]
            .similarity
            .is_none()
    );

    other.change_animal(rex, &pug("Max"), "bo").unwrap();
    let visit = other.record(&arrival("breed", "pug")).unwrap().visit;
    other.confirm(visit, &decision("pug", Some(rex))).unwrap();
    assert!(found(&daycare, "rex").is_empty());
    assert_eq!(found(&daycare, "max"), ["Max"]);
    let suggested = daycare
        .catalogue
        .suggest(None, Some(&embedding(1)), "v1", 9)
        .unwrap();
    assert!(suggested[0].similarity.unwrap() > 0.99);

    // Another catalogue altogether.
    let before = backed_up();
    for _ in 0..2 {
        other.restore(&before.backup_file()).unwrap();
        assert_eq!(found(&daycare, "rex"), ["Rex"]);
        assert!(found(&daycare, "max").is_empty());
        daycare.adds(&pug("Max"));
        assert_eq!(found(&daycare, "max"), ["Max"]);
    }
    assert!(daycare.catalogue.delete_animal(rex, "owner").is_ok());
    assert!(found(&daycare, "rex").is_empty());
}

#[test]
fn a_returning_animal_is_suggested_by_its_embedding() {
    let daycare = Daycare::new();
    let came = |animal: Option<AnimalId>, of: u32, at: &str, model: &str| -> VisitId {
        let visit = daycare.arrives(&NewVisit {
            at: time(at),
            embedding: embedding(of),
            model: model.to_owned(),
            ..arrival("breed", "pug")
        });
        if animal.is_some() {
            daycare.confirms(visit, "pug", animal);
        }
        visit
    };
    let [rex, max, new] = ["Rex", "Max", "New"].map(|name| daycare.adds(&pug(name)));
    let tom = daycare.adds(&AnimalFields::new("Tom", Species::Cat, "siamese"));
    came(Some(rex), 1, "2026-04-01T08:00:00Z", "v1");
    came(Some(max), 2, "2026-04-02T08:00:00Z", "v1");
    came(Some(new), 3, "2026-04-03T08:00:00Z", "v2");

    let check = |probe: Option<&[f32]>, model: &str, expect: &[AnimalId]| {
        let suggested = (daycare.catalogue)
            .suggest(Some("pug"), probe, model, 9)
            .unwrap();
        let ids: Vec<_> = suggested
            .iter()
            .map(|suggestion| suggestion.animal.id)
            .collect();
        assert_eq!(ids, expect);
        suggested
    };
    let suggested = check(Some(&embedding(1)), "v1", &[rex, max, new, tom]);
    assert!(suggested[0].similarity.unwrap() > 0.99);
    assert!(suggested[1].similarity.unwrap() < 0.5);
    assert_eq!(suggested[2].similarity, None, "by another network");
    check(Some(&embedding(2)), "v1", &[max, rex, new, tom]);
    // Nothing can be compared: those seen last come first.
    check(None, "v1", &[new, max, rex, tom]);
    check(Some(&[f32::NAN; 128]), "v1", &[new, max, rex, tom]);
    check(Some(&[0.0; 128]), "v1", &[new, max, rex, tom]);
    check(Some(&[1.0; 3]), "v1", &[new, max, rex, tom]);
    assert_eq!(
        daycare
            .catalogue
            .suggest(Some("pug"), None, "v1", 1)
            .unwrap()
            .len(),
        1
    );

    // A recorded visit is compared by its own embedding, and not with itself.
    let visit = came(None, 1, "2026-04-04T08:00:00Z", "v1");
    let suggested = daycare
        .catalogue
        .suggest_for(visit, Some("pug"), 1)
        .unwrap();
    assert_eq!(suggested[0].animal.id, rex);
    daycare.confirms(visit, "pug", Some(max));
    let suggested = daycare
        .catalogue
        .suggest_for(visit, Some("pug"), 1)
        .unwrap();
    assert_eq!(suggested[0].animal.id, rex);

    // Only the last visits count.
    for day in 5..=12 {
        came(Some(rex), 4, &format!("2026-04-{day:02}T08:00:00Z"), "v1");
    }
    let suggested = daycare
        .catalogue
        .suggest(None, Some(&embedding(1)), "v1", 1)
        .unwrap();
    assert_eq!(suggested[0].animal.id, max);
}

#[test]
fn a_returning_animal_is_suggested_whatever_its_breed() {
    let daycare = Daycare::new();
    let came = |verdict: &str, breed: &str, of: u32, animal: Option<AnimalId>| -> VisitId {
        let visit = daycare.arrives(&NewVisit {
            embedding: embedding(of),
            ..arrival(verdict, breed)
        });
        if animal.is_some() {
            daycare.confirms(visit, "other", animal);
        }
        visit
    };
    let mix = daycare.adds(&AnimalFields::new("Mix", Species::Dog, "mixed_breed"));
    let pug = daycare.adds(&pug("Pug"));
    let cat = daycare.adds(&AnimalFields::new(
        "Cat",
        Species::Cat,
        "european_shorthair",
    ));
    for (animal, of) in [(mix, 1), (pug, 2), (cat, 3)] {
        came("unsure", "beagle", of, Some(animal));
    }
    let check = |visit: VisitId, expect: &[AnimalId]| {
        let suggested = daycare
            .catalogue
            .suggest_for(visit, Some("beagle"), 9)
            .unwrap();
        let ids: Vec<_> = suggested.iter().map(|it| it.animal.id).collect();
        assert_eq!(ids, expect);
    };
    let first = |visit: VisitId| {
        let suggested = daycare.catalogue.suggest_for(visit, None, 1).unwrap();
        suggested[0].animal.id
    };
    assert_eq!(first(came("unsure", "beagle", 1, None)), mix);
    assert_eq!(
        first(came("unsure", "beagle", 3, None)),
        cat,
        "the species is not clear"
    );
    // It is clear, so the cat that looks like it comes last.
    let dog = came("species", "beagle", 3, None);
    let last = daycare.catalogue.suggest_for(dog, None, 9).unwrap().pop();
    assert_eq!(last.unwrap().animal.id, cat);
    // Staff know better than the network.
    daycare.confirms(dog, "european_shorthair", None);
    assert_eq!(first(dog), cat);
    // Without an embedding, the breed decides, then who was seen last.
    let blind = daycare.arrives(&NewVisit {
        embedding: Vec::new(),
        ..arrival("unsure", "beagle")
    });
    let beagle = daycare.adds(&AnimalFields::new("Beagle", Species::Dog, "beagle"));
    check(blind, &[beagle, cat, pug, mix]);
    // An animal whose visits are taken from it is compared no more.
    daycare.catalogue.delete_animal(mix, "owner").unwrap();
    check(blind, &[beagle, cat, pug]);
}

/// The embedding of an animal on one of its visits. All have much in common, and each visit something of its own.
fn on_visit(animal: u32, visit: u32) -> Vec<f32> {
    let [common, own, of_visit] = [999, animal, 1000 + animal * 10 + visit].map(embedding);
    let parts = common.iter().zip(own).zip(of_visit);
    parts
        .map(|((common, own), of_visit)| 0.8 * common + own + 0.5 * of_visit)
        .collect()
}

#[test]
fn animals_are_compared_as_the_daycare_has_them() {
    let daycare = Daycare::new();
    let guests: Vec<(AnimalId, Vec<Vec<f32>>)> = (1..=12)
        .map(|animal| {
            let id = daycare.adds(&pug(&format!("Guest {animal}")));
            let visits: Vec<Vec<f32>> = (0..3).map(|visit| on_visit(animal, visit)).collect();
            for embedding in &visits {
                let visit = daycare.arrives(&NewVisit {
                    embedding: embedding.clone(),
                    ..arrival("breed", "pug")
                });
                daycare.confirms(visit, "pug", Some(id));
            }
            (id, visits)
        })
        .collect();
    let of_guests: Vec<&[Vec<f32>]> = guests.iter().map(|(_, visits)| &**visits).collect();
    let adaptation = Adaptation::to(&of_guests);
    let similarities = |catalogue: &Catalogue, probe: &[f32]| -> HashMap<AnimalId, f32> {
        let suggested = catalogue.suggest(None, Some(probe), "v1", 99).unwrap();
        let suggested = suggested.iter();
        suggested
            .map(|it| (it.animal.id, it.similarity.unwrap()))
            .collect()
    };
    // This one reads them all at once. The other one has followed them.
    let opened = daycare.again();
    for probe in [on_visit(1, 7), on_visit(5, 8), on_visit(77, 1)] {
        let found = similarities(&opened, &probe);
        let followed = similarities(&daycare.catalogue, &probe);
        let adapted = adaptation.adapted(&probe);
        for (id, visits) in &guests {
            let visits: Vec<Vec<f32>> = visits.iter().map(|it| adaptation.adapted(it)).collect();
            let visits: Vec<&[f32]> = visits.iter().map(Vec::as_slice).collect();
            let expected = similarity_to(&visits, &adapted).unwrap();
            // Embeddings are stored as bytes, and the adaptation follows where a quarter has changed.
            assert!(
                (found[id] - expected).abs() < 0.02,
                "{} {expected}",
                found[id]
            );
            assert!(
                (followed[id] - expected).abs() < 0.1,
                "{} {expected}",
                followed[id]
            );
        }
    }
    // Those that left do not count any more.
    for (id, _) in &guests[2..] {
        daycare.catalogue.delete_animal(*id, "owner").unwrap();
    }
    let adaptation = Adaptation::to(&of_guests[..2]);
    let probe = on_visit(1, 7);
    let visits: Vec<Vec<f32>> = of_guests[0]
        .iter()
        .map(|it| adaptation.adapted(it))
        .collect();
    let visits: Vec<&[f32]> = visits.iter().map(Vec::as_slice).collect();
    let expected = similarity_to(&visits, &adaptation.adapted(&probe)).unwrap();
    let found = similarities(&daycare.again(), &probe)[&guests[0].0];
    assert!((found - expected).abs() < 0.02, "{found} {expected}");
}
