//! Finding animals: by a few letters, or by their embeddings.

use catalogue::{AnimalFields, AnimalId, NewVisit, VisitId};
use recognise::metadata::Species;

use super::{Daycare, animal, arrival, embedding, pug, time};

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
            ..animal(name, Species::Dog, breed)
        });
    }
    let check = |query: &str, expect: &[&str]| {
        let found = daycare.catalogue.search(query, 100, 0).unwrap();
        let names: Vec<_> = found.iter().map(|animal| &*animal.fields.name).collect();
        assert_eq!(names, expect, "{query:?}");
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
    daycare.adds(&animal("Tom", Species::Cat, "siamese"));
    came(Some(rex), 1, "2026-04-01T08:00:00Z", "v1");
    came(Some(max), 2, "2026-04-02T08:00:00Z", "v1");
    came(Some(new), 3, "2026-04-03T08:00:00Z", "v2");

    let check = |probe: Option<&[f32]>, model: &str, expect: &[AnimalId]| {
        let suggested = daycare.catalogue.suggest("pug", probe, model, 9).unwrap();
        let ids: Vec<_> = suggested
            .iter()
            .map(|suggestion| suggestion.animal.id)
            .collect();
        assert_eq!(ids, expect);
        suggested
    };
    let suggested = check(Some(&embedding(1)), "v1", &[rex, max, new]);
    assert!(suggested[0].similarity.unwrap() > 0.99);
    assert!(suggested[1].similarity.unwrap() < 0.5);
    assert_eq!(suggested[2].similarity, None, "by another network");
    check(Some(&embedding(2)), "v1", &[max, rex, new]);
    // Nothing can be compared: those seen last come first.
    check(None, "v1", &[new, max, rex]);
    check(Some(&[f32::NAN; 128]), "v1", &[new, max, rex]);
    check(Some(&[0.0; 128]), "v1", &[new, max, rex]);
    check(Some(&[1.0; 3]), "v1", &[new, max, rex]);
    assert_eq!(
        daycare
            .catalogue
            .suggest("pug", None, "v1", 1)
            .unwrap()
            .len(),
        1
    );

    // A recorded visit is compared by its own embedding, and not with itself.
    let visit = came(None, 1, "2026-04-04T08:00:00Z", "v1");
    let suggested = daycare.catalogue.suggest_for(visit, "pug", 1).unwrap();
    assert_eq!(suggested[0].animal.id, rex);
    daycare.confirms(visit, "pug", Some(max));
    let suggested = daycare.catalogue.suggest_for(visit, "pug", 1).unwrap();
    assert_eq!(suggested[0].animal.id, rex);

    // Only the last visits count.
    for day in 5..=9 {
        came(Some(rex), 4, &format!("2026-04-0{day}T08:00:00Z"), "v1");
    }
    let suggested = daycare
        .catalogue
        .suggest("pug", Some(&embedding(1)), "v1", 1)
        .unwrap();
    assert_eq!(suggested[0].animal.id, max);
}
