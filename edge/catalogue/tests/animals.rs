//! Animals: added, changed, told apart, expected and deleted. The settings.

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CatalogueError, NewVisit, Settings, Subject, Vaccination,
};
use jiff::civil::{date, time as clock};
use recognise::Language;
use recognise::metadata::Species;

use super::{Daycare, arrival, photographed, pug};

#[test]
fn changes_to_an_animal_are_in_its_history() {
    let daycare = Daycare::new();
    let before = AnimalFields {
        notes: "likes cheese".to_owned(),
        vaccinated_until: Some(date(2026, 12, 31)),
        vaccinations: vec![Vaccination::until(date(2026, 12, 31))],
        ..pug("Rex")
    };
    let id = daycare.adds(&before);
    assert_eq!(daycare.again().animal(id).unwrap().fields, before);

    let after = AnimalFields {
        warnings: "bites\npostmen".to_owned(),
        vaccinated_until: None,
        vaccinations: Vec::new(),
        ..before
    };
    let animal = daycare.catalogue.change_animal(id, &after, "bo").unwrap();
    assert_eq!((animal.fields, animal.visits), (after, 0));

    let history = daycare.catalogue.history(Subject::Animal(id)).unwrap();
    let history: Vec<_> = history
        .iter()
        .map(|change| {
            let (before, after) = (change.before.as_deref(), change.after.as_deref());
            (&*change.by, &*change.field, before, after)
        })
        .collect();
    assert_eq!(
        history,
        [
            ("ana", "name", None, Some("Rex")),
            ("bo", "vaccinated_until", Some("2026-12-31"), None),
            (
                "bo",
                "vaccinations",
                Some(r#"[{"given":null,"name":"","valid_until":"2026-12-31"}]"#),
                None,
            ),
            ("bo", "warnings", Some(""), Some("bites\npostmen")),
        ]
    );
}

#[test]
fn an_invalid_field_is_refused_by_its_name() {
    let daycare = Daycare::new();
    let check = |change: fn(&mut AnimalFields), expect: &str| {
        let mut fields = pug("Rex");
        change(&mut fields);
        match daycare.catalogue.add_animal(&fields, "ana") {
            Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, expect),
            other => panic!("{expect}: {other:?}"),
        }
    };
    check(|fields| fields.name = String::new(), "name");
    check(|fields| fields.name = " \u{a0} ".to_owned(), "name");
    check(|fields| fields.name = "x".repeat(101), "name");
    check(|fields| fields.name = "x".repeat(1 << 20), "name");
    check(|fields| fields.name = "Rex\0".to_owned(), "name");
    check(|fields| fields.name = "Rex\nMax".to_owned(), "name");
    check(|fields| fields.breed = "".into(), "breed");
    check(|fields| fields.notes = "x".repeat(4001), "notes");
    check(|fields| fields.contact = "\u{1b}[2J".to_owned(), "contact");
    check(|fields| fields.warnings = "x".repeat(4001), "warnings");
    check(
        |fields| fields.vaccinated_until = Some(date(1999, 12, 31)),
        "vaccinated_until",
    );
    check(
        |fields| fields.vaccinated_until = Some(date(2101, 1, 1)),
        "vaccinated_until",
    );
    assert_eq!(daycare.catalogue.totals().unwrap().animals, 0);

    let whole = AnimalFields {
        name: "é".repeat(100),
        notes: "é".repeat(4000),
        vaccinated_until: Some(date(2100, 12, 31)),
        ..pug("")
    };
    daycare.adds(&whole);
}

#[test]
fn animals_of_the_same_name_are_told_apart() {
    let daycare = Daycare::new();
    let first = daycare.adds(&AnimalFields {
        contact: "Dupont, 022 111".to_owned(),
        ..pug("Luna")
    });
    let second = daycare.adds(&AnimalFields::new("Luna", Species::Cat, "siamese"));
    assert_ne!(first, second);
    let visit = daycare.arrives(&arrival("breed", "siamese"));
    daycare.confirms(visit, "siamese", Some(second));

    let found = daycare.catalogue.search("luna", 10, 0).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|animal| (animal.id, &*animal.fields.breed, animal.visits))
        .collect();
    assert_eq!(
        found,
        [(second, "siamese", 1), (first, "pug", 0)],
        "the one that was seen last comes first"
    );
    assert_eq!(daycare.catalogue.visits_of(second).unwrap()[0].id, visit);
    assert!(daycare.catalogue.visits_of(first).unwrap().is_empty());
}

#[test]
fn an_expected_animal_counts_as_arrived_after_its_visit() {
    let daycare = Daycare::new();
    let today = jiff::Zoned::now().date();
    let [zoe, eclair] = ["zoe", "Éclair"].map(|name| daycare.adds(&pug(name)));
    for animal in [zoe, eclair, eclair] {
        daycare.catalogue.expect(animal, today).unwrap();
    }
    let expected = || -> Vec<(AnimalId, bool)> {
        let expected = daycare.catalogue.expected_on(today).unwrap();
        expected
            .iter()
            .map(|who| (who.animal.id, who.arrived))
            .collect()
    };
    assert_eq!(expected(), [(eclair, false), (zoe, false)], "by name");

    let visit = daycare.arrives(&NewVisit {
        at: jiff::Timestamp::now(),
        ..arrival("breed", "pug")
    });
    daycare.confirms(visit, "pug", Some(zoe));
    assert_eq!(expected(), [(eclair, false), (zoe, true)]);

    daycare.catalogue.unexpect(eclair, today).unwrap();
    daycare.catalogue.unexpect(eclair, today).unwrap();
    assert_eq!(expected(), [(zoe, true)]);
    let tomorrow = today.tomorrow().unwrap();
    assert!(daycare.catalogue.expected_on(tomorrow).unwrap().is_empty());
    let result = daycare.catalogue.expect(AnimalId(99), today);
    assert!(matches!(
        result,
        Err(CatalogueError::NoSuchAnimal(AnimalId(99)))
    ));
}

#[test]
fn a_deleted_animal_leaves_nothing_but_its_visits() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&AnimalFields {
        contact: "Dupont".to_owned(),
        ..pug("Rex")
    });
    daycare.catalogue.expect(rex, date(2026, 5, 1)).unwrap();
    let his = daycare.arrives(&photographed("unsure", "pug", 16));
    daycare.confirms(his, "pug", Some(rex));
    let other = daycare.arrives(&photographed("unsure", "pug", 16));
    daycare.confirms(other, "pug", None);
    assert_eq!(
        (daycare.photographs().len(), daycare.training().len()),
        (2, 2)
    );

    daycare.catalogue.delete_animal(rex, "owner").unwrap();

    assert!(matches!(
        daycare.catalogue.animal(rex),
        Err(CatalogueError::NoSuchAnimal(_))
    ));
    assert!(daycare.catalogue.search("dupont", 9, 0).unwrap().is_empty());
    assert!(
        daycare
            .catalogue
            .expected_on(date(2026, 5, 1))
            .unwrap()
            .is_empty()
    );
    let visit = daycare.catalogue.visit(his).unwrap();
    assert_eq!((visit.animal, visit.breed.as_deref()), (None, Some("pug")));
    assert_eq!(daycare.catalogue.photograph(his).unwrap(), None);
    assert!(daycare.catalogue.photograph(other).unwrap().is_some());
    assert_eq!(
        (daycare.photographs().len(), daycare.training().len()),
        (1, 1)
    );
    let history = daycare.catalogue.history(Subject::Animal(rex)).unwrap();
    let history: Vec<_> = history
        .iter()
        .map(|change| (&*change.by, &*change.field))
        .collect();
    assert_eq!(
        history,
        [("owner", "deleted")],
        "the author of the deletion and nothing else"
    );

    // No other animal gets its number.
    assert!(daycare.adds(&pug("Max")) > rex);
    assert!(matches!(
        daycare.catalogue.delete_animal(rex, "owner"),
        Err(CatalogueError::NoSuchAnimal(_))
    ));
}

#[test]
fn settings_are_stored_and_invalid_ones_refused() {
    let daycare = Daycare::new();
    assert_eq!(daycare.catalogue.settings().unwrap(), Settings::default());
    let settings = Settings {
        name: "Chez Médor".to_owned(),
        language: Language::French,
        keep_days: 30,
        night_from: Some(clock(21, 30, 0, 0)),
        time_zone: Some("Europe/Paris".to_owned()),
        camera: Some("csi".to_owned()),
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let beside = Catalogue::settings_of(daycare.folder.path()).unwrap();
    assert_eq!(beside, settings);
    assert_eq!(daycare.again().settings().unwrap(), settings);
    let history = daycare.catalogue.history(Subject::Settings).unwrap();
    let fields: Vec<_> = history.iter().map(|change| &*change.field).collect();
    assert_eq!(
        fields,
        [
            "camera",
            "keep_days",
            "language",
            "name",
            "night_from",
            "time_zone"
        ]
    );

    let check = |change: fn(&mut Settings), expect: &str| {
        let mut invalid = settings.clone();
        change(&mut invalid);
        match daycare.catalogue.set_settings(&invalid, "owner") {
            Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, expect),
            other => panic!("{expect}: {other:?}"),
        }
    };
    check(|settings| settings.keep_days = 0, "keep_days");
    check(|settings| settings.keep_days = 3651, "keep_days");
    check(|settings| settings.quota_mb = 9, "quota_mb");
    check(|settings| settings.quota_mb = u32::MAX, "quota_mb");
    check(
        |settings| settings.vaccination_days = 366,
        "vaccination_days",
    );
    check(
        |settings| settings.contact_months = Some(0),
        "contact_months",
    );
    check(
        |settings| settings.contact_months = Some(121),
        "contact_months",
    );
    check(|settings| settings.name = "x".repeat(101), "name");
    for zone in ["", "Mars/Olympus", "../etc/passwd", "Europe/Paris\n"] {
        let invalid = Settings {
            time_zone: Some(zone.to_owned()),
            ..settings.clone()
        };
        match daycare.catalogue.set_settings(&invalid, "owner") {
            Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, "time_zone"),
            other => panic!("{zone}: {other:?}"),
        }
    }
    check(|settings| settings.camera = Some(String::new()), "camera");
    check(|settings| settings.camera = Some("x".repeat(501)), "camera");
    assert_eq!(daycare.catalogue.settings().unwrap(), settings);
}

#[test]
fn the_language_is_the_systems_until_one_is_stored() {
    let daycare = Daycare::new();
    let french = || daycare.again().with_language(Language::French);
    let languages = |catalogue: &Catalogue| {
        let language = catalogue.settings().unwrap().language;
        (language, catalogue.chosen_language().unwrap())
    };
    assert_eq!(languages(&daycare.catalogue), (Language::English, None));
    let chosen = Some(Language::French);
    assert_eq!(languages(&french()), (Language::French, chosen));
    let mut exported = Vec::new();
    french().export_json(&mut exported).unwrap();
    let exported: serde_json::Value = serde_json::from_slice(&exported).unwrap();
    assert_eq!(exported["settings"]["language"], "fr");

    // What was on the screen before is what the history says.
    let english = Settings::default();
    french().set_settings(&english, "owner").unwrap();
    let history = french().history(Subject::Settings).unwrap();
    let [change] = &history[..] else {
        panic!("{history:?}");
    };
    let said = [&change.before, &change.after].map(Option::as_deref);
    assert_eq!(
        (&*change.field, said),
        ("language", [Some("fr"), Some("en")])
    );
    let chosen = Some(Language::English);
    assert_eq!(languages(&french()), (Language::English, chosen));
}
