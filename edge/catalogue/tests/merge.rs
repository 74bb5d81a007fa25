//! Animals that are in the catalogue twice: found, merged, and split again.

use catalogue::{
    Animal, AnimalFields, AnimalId, CatalogueError, OwnerChoice, OwnerFields, Subject, VisitId,
};
use jiff::civil::{Date, date};
use recognise::metadata::Species;
use rusqlite::Connection;

use super::undo::check_counts;
use super::{DAY, Daycare, all_of, arrival, pug};

const DAYS: [Date; 3] = [date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3)];

/// What the catalogue knows of an animal: its record, its visits and its expected days.
fn known(daycare: &Daycare, id: AnimalId) -> (Animal, Vec<VisitId>, Vec<Date>) {
    let catalogue = &daycare.catalogue;
    let visits = catalogue.visits_of(id).unwrap();
    let is_expected = |day: &Date| {
        let expected = catalogue.expected_on(*day).unwrap();
        expected.iter().any(|expected| expected.animal.id == id)
    };
    (
        catalogue.animal(id).unwrap(),
        visits.iter().map(|visit| visit.id).collect(),
        DAYS.into_iter().filter(is_expected).collect(),
    )
}

fn visits(daycare: &Daycare, animal: AnimalId, count: usize) -> Vec<VisitId> {
    let visit = |_| {
        let visit = daycare.arrives(&arrival("breed", "pug"));
        daycare.confirms(visit, "pug", Some(animal));
        visit
    };
    (0..count).map(visit).collect()
}

fn described(name: &str, contact: &str, tag: Option<&str>) -> AnimalFields {
    AnimalFields {
        contact: contact.to_owned(),
        tag: tag.map(str::to_owned),
        ..pug(name)
    }
}

#[test]
fn merged_animals_are_one_and_splitting_gives_each_its_own_back() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let bella = daycare.adds(&AnimalFields {
        warnings: "bites".to_owned(),
        ..described("Bella", "", None)
    });
    let belle = daycare.adds(&AnimalFields {
        warnings: "shy".to_owned(),
        vaccinated_until: Some(date(2027, 1, 31)),
        ..described("Belle", "Dupont 022 111", Some("CH-1"))
    });
    visits(&daycare, bella, 2);
    visits(&daycare, belle, 3);
    for (animal, days) in [(bella, &DAYS[..2]), (belle, &DAYS[1..])] {
        for day in days {
            catalogue.expect(animal, *day).unwrap();
        }
    }
    let before = [bella, belle].map(|id| known(&daycare, id));

    let merged = catalogue.merge_animals(bella, belle, "bo").unwrap();
    assert_eq!((&*merged.fields.name, merged.visits), ("Bella", 5));
    assert_eq!(merged.fields.warnings, "bites", "its own stays");
    assert_eq!(
        merged.fields.contact, "Dupont 022 111",
        "an empty one is filled"
    );
    assert_eq!(merged.fields.vaccinated_until, Some(date(2027, 1, 31)));
    assert_eq!(known(&daycare, bella).2, DAYS);
    assert_eq!(catalogue.animal_by_tag("ch-1").unwrap().unwrap().id, bella);
    assert!(matches!(
        catalogue.animal(belle),
        Err(CatalogueError::NoSuchAnimal(id)) if id == belle
    ));
    assert_eq!(catalogue.search("", 9, 0).unwrap().len(), 1);
    let parts = catalogue.merged_into(bella).unwrap();
    assert_eq!((parts.len(), parts[0].id, &*parts[0].by), (1, belle, "bo"));
    assert_eq!(
        catalogue.merged_animal(belle).unwrap().unwrap().survivor,
        bella
    );
    check_counts(&daycare);

    // The history of both is together, and says who merged them.
    let history = catalogue.history(Subject::Animal(bella)).unwrap();
    let names: Vec<_> = (history.iter().filter(|change| change.field == "name"))
        .filter_map(|change| change.after.as_deref())
        .collect();
    assert_eq!(names, ["Bella", "Belle"]);
    let merge = history
        .iter()
        .find(|change| change.field == "merged")
        .unwrap();
    let number = belle.to_string();
    assert_eq!((&*merge.by, merge.after.as_deref()), ("bo", Some(&*number)));

    let back = catalogue.split_animal(bella, belle, "cy").unwrap();
    assert_eq!(back.id, belle);
    assert_eq!([bella, belle].map(|id| known(&daycare, id)), before);
    check_counts(&daycare);
    for id in [bella, belle] {
        let last = catalogue.history(Subject::Animal(id)).unwrap();
        let split = last
            .iter()
            .rfind(|change| change.field == "merged")
            .unwrap();
        assert_eq!((&*split.by, &split.after), ("cy", &None));
    }
    let own = catalogue.history(Subject::Animal(bella)).unwrap();
    assert!(
        own.iter()
            .all(|change| change.after.as_deref() != Some("Belle"))
    );
}

#[test]
fn what_staff_did_since_the_merge_stays() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&described("Rex", "", None));
    let reks = daycare.adds(&described("Reks", "Dupont", Some("CH-1")));
    let max = daycare.adds(&pug("Max"));
    let his = visits(&daycare, reks, 2);
    catalogue.merge_animals(rex, reks, "bo").unwrap();
    let since = visits(&daycare, rex, 1);
    daycare.confirms(his[0], "pug", Some(max));
    let changed = described("Rex", "Martin", Some("CH-1"));
    catalogue.change_animal(rex, &changed, "bo").unwrap();

    catalogue.split_animal(rex, reks, "bo").unwrap();
    assert_eq!(known(&daycare, max).1, [his[0]]);
    assert_eq!(known(&daycare, reks).1, [his[1]]);
    let (rex, its, _) = known(&daycare, rex);
    assert_eq!(its, since);
    assert_eq!((&*rex.fields.contact, rex.fields.tag), ("Martin", None));
    check_counts(&daycare);
}

#[test]
fn a_day_on_which_staff_expect_the_survivor_stays_its_own() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [rex, reks, wrecks] = ["Rex", "Reks", "Wrecks"].map(|name| daycare.adds(&pug(name)));
    for other in [reks, wrecks] {
        for day in DAYS {
            catalogue.expect(other, day).unwrap();
        }
    }
    catalogue.merge_animals(rex, reks, "bo").unwrap();
    // It is expected on these days already, and so only because of the other one.
    catalogue.expect(rex, DAYS[0]).unwrap();
    catalogue.unexpect(rex, DAYS[1]).unwrap();
    catalogue.expect(rex, DAYS[1]).unwrap();
    catalogue.merge_animals(rex, wrecks, "bo").unwrap();
    for other in [reks, wrecks] {
        catalogue.split_animal(rex, other, "bo").unwrap();
        assert_eq!(known(&daycare, other).2, DAYS);
    }
    assert_eq!(known(&daycare, rex).2, DAYS[..2]);
}

#[test]
fn merges_of_merged_animals_are_split_in_reverse_order() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let animals = ["Rex", "Reks", "Wrecks"].map(|name| daycare.adds(&pug(name)));
    let [rex, reks, wrecks] = animals;
    for (animal, count) in [(rex, 1), (reks, 2), (wrecks, 3)] {
        visits(&daycare, animal, count);
        catalogue.expect(animal, DAY).unwrap();
    }
    let before = animals.map(|id| known(&daycare, id));
    catalogue.merge_animals(reks, wrecks, "bo").unwrap();
    catalogue.merge_animals(rex, reks, "bo").unwrap();
    assert_eq!(catalogue.animal(rex).unwrap().visits, 6);
    assert_eq!(
        catalogue.merged_animal(wrecks).unwrap().unwrap().survivor,
        rex
    );
    let history = catalogue.history(Subject::Animal(rex)).unwrap();
    assert!(
        history
            .iter()
            .any(|change| change.after.as_deref() == Some("Wrecks"))
    );

    let now = all_of(catalogue);
    let result = catalogue.split_animal(rex, wrecks, "bo");
    assert!(matches!(
        result,
        Err(CatalogueError::MergedFurther { animal, parent }) if (animal, parent) == (wrecks, reks)
    ));
    assert_eq!(all_of(catalogue), now);
    catalogue.split_animal(rex, reks, "bo").unwrap();
    assert_eq!(catalogue.animal(reks).unwrap().visits, 5);
    catalogue.split_animal(reks, wrecks, "bo").unwrap();
    assert_eq!(animals.map(|id| known(&daycare, id)), before);
    check_counts(&daycare);
}

#[test]
fn a_merge_or_split_that_makes_no_sense_changes_nothing() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [rex, max] = ["Rex", "Max"].map(|name| daycare.adds(&pug(name)));
    visits(&daycare, rex, 1);
    let gone = AnimalId(99);
    let before = all_of(catalogue);
    let merge = |survivor, other| catalogue.merge_animals(survivor, other, "bo");
    assert!(matches!(
        merge(rex, rex),
        Err(CatalogueError::MergeWithItself(id)) if id == rex
    ));
    for result in [merge(rex, gone), merge(gone, rex)] {
        assert!(matches!(result, Err(CatalogueError::NoSuchAnimal(id)) if id == gone));
    }
    for (survivor, merged) in [(rex, max), (rex, rex), (rex, gone), (gone, rex)] {
        let result = catalogue.split_animal(survivor, merged, "bo");
        assert!(matches!(result, Err(CatalogueError::NotMerged(id)) if id == merged));
    }
    assert_eq!(all_of(catalogue), before);

    merge(rex, max).unwrap();
    assert!(matches!(
        merge(rex, max),
        Err(CatalogueError::NoSuchAnimal(id)) if id == max
    ));
    catalogue.split_animal(rex, max, "bo").unwrap();
    assert!(matches!(
        catalogue.split_animal(rex, max, "bo"),
        Err(CatalogueError::NotMerged(id)) if id == max
    ));
}

#[test]
fn both_tags_find_the_survivor_and_belong_to_nobody_else() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&described("Rex", "", Some("CH-1")));
    let reks = daycare.adds(&described("Reks", "", Some("CH-2")));
    catalogue.merge_animals(rex, reks, "bo").unwrap();
    let holder = |tag: &str| {
        catalogue
            .animal_by_tag(tag)
            .unwrap()
            .map(|animal| animal.id)
    };
    assert_eq!([holder("CH-1"), holder("ch-2")], [Some(rex); 2]);
    let result = catalogue.add_animal(&described("Max", "", Some("ch-2")), "bo");
    let message = result.unwrap_err().to_string();
    assert!(message.contains("Rex has it already"), "{message}");

    // The survivor may have it for its own, but then the other cannot get it back.
    let own = described("Rex", "", Some("CH-2"));
    catalogue.change_animal(rex, &own, "bo").unwrap();
    let now = all_of(catalogue);
    let result = catalogue.split_animal(rex, reks, "bo");
    assert!(matches!(
        result,
        Err(CatalogueError::Invalid { field: "tag", .. })
    ));
    assert_eq!(all_of(catalogue), now);
    let max = daycare.adds(&described("Max", "", Some("CH-3")));
    catalogue.merge_animals(max, rex, "bo").unwrap();
    assert_eq!([holder("CH-2"), holder("CH-3")], [Some(max); 2]);
    catalogue.split_animal(max, rex, "bo").unwrap();
    assert_eq!([holder("CH-2"), holder("CH-3")], [Some(rex), Some(max)]);
    catalogue.change_animal(rex, &pug("Rex"), "bo").unwrap();
    catalogue.split_animal(rex, reks, "bo").unwrap();
    assert_eq!([holder("CH-1"), holder("CH-2")], [None, Some(reks)]);
}

#[test]
fn forgetting_an_animal_forgets_those_that_were_merged_into_it() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&described("Rex", "", Some("CH-1")));
    let reks = daycare.adds(&described("Reks", "Dupont", Some("CH-2")));
    let wrecks = daycare.adds(&described("Wrecks", "Dupont", None));
    visits(&daycare, wrecks, 1);
    catalogue.expect(wrecks, DAY).unwrap();
    catalogue.merge_animals(reks, wrecks, "bo").unwrap();
    catalogue.merge_animals(rex, reks, "bo").unwrap();
    catalogue.delete_animal(rex, "owner").unwrap();

    let json = all_of(catalogue);
    for secret in ["Dupont", "Reks", "Wrecks", "CH-2"] {
        assert!(!json.contains(secret), "{secret}: {json}");
    }
    let database = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    for table in ["merged", "merged_visit", "merged_day", "expected"] {
        let count = format!("SELECT count(*) FROM {table}");
        let rows: u32 = database.query_row(&count, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    assert_eq!(catalogue.animal_by_tag("CH-2").unwrap(), None);
    assert_eq!(catalogue.merged_animal(reks).unwrap(), None);
    assert_eq!(catalogue.totals().unwrap().visits, 1, "the visits stay");
}

#[test]
fn an_animal_that_may_be_there_already_is_pointed_out() {
    let daycare = Daycare::new();
    let zoe = daycare.adds(&described("Zoé", "Dupont\n+41 22 111 22 33", Some("CH-42")));
    daycare.adds(&AnimalFields::new("Zoe", Species::Cat, "siamese"));
    daycare.adds(&described("Zoe Marie", "079 999 88 77", None));
    daycare.adds(&pug("***"));
    let likely = |fields: &AnimalFields| -> Vec<AnimalId> {
        let found = daycare.catalogue.likely_duplicates(fields, &[], None);
        let found = found.unwrap();
        found.iter().map(|animal| animal.id).collect()
    };
    assert_eq!(likely(&pug(" zoe ")), [zoe], "by its name");
    assert_eq!(
        likely(&described("Luna", "022/111.22.33 / home", None)),
        [zoe]
    );
    assert_eq!(likely(&described("Luna", "Martin", Some("ch42"))), [zoe]);
    let cat = AnimalFields {
        species: Species::Cat,
        ..described("Luna", "", Some("CH42"))
    };
    assert_eq!(likely(&cat), [zoe], "a tag is that of one animal alone");
    for nobody in [
        pug("Luna"),
        pug("Zo"),
        pug("!!!"),
        described("Luna", "22 33, Dupont", None),
        described("Luna", "", Some("CH-421")),
    ] {
        assert!(likely(&nobody).is_empty(), "{nobody:?}");
    }
    let fields = daycare.catalogue.animal(zoe).unwrap().fields;
    let others = daycare.catalogue.likely_duplicates(&fields, &[], Some(zoe));
    assert!(others.unwrap().is_empty(), "it is no duplicate of itself");
}

#[test]
fn an_owners_number_points_to_the_same_animal_and_not_to_its_siblings() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let owner = |name: &str, phone: &str| OwnerFields {
        name: name.to_owned(),
        phones: vec![phone.to_owned()],
        ..OwnerFields::default()
    };
    let anna = owner("Anna Dupont", "+41 79 123 45 67");
    let anna = catalogue.add_owner(&anna, "ana").unwrap().id;
    let known = [OwnerChoice::Known(anna)];
    let bella = catalogue.add_owned_animal(&pug("Bella"), &known, "ana");
    let bella = bella.unwrap();
    let boxer = |name: &str| AnimalFields::new(name, Species::Dog, "boxer");
    let of = |phone: &str| [OwnerChoice::New(owner("A. Dupont", phone))];
    let likely = |fields: &AnimalFields, owners: &[OwnerChoice]| -> Vec<AnimalId> {
        let found = catalogue.likely_duplicates(fields, owners, None).unwrap();
        found.iter().map(|animal| animal.id).collect()
    };

    // The owner is typed once more, or the number is written down for the animal.
    assert_eq!(likely(&boxer("Luna"), &of("079 123 45 67")), [bella]);
    let reached = described("Luna", "Dupont 079/1234567", None);
    assert_eq!(likely(&reached, &[]), [bella]);
    assert!(likely(&boxer("Luna"), &of("079 123 45 68")).is_empty());

    // The owner is chosen: another animal of the household, unless it is much like one that is there.
    assert!(likely(&boxer("Luna"), &known).is_empty());
    let cat = AnimalFields::new("Bella", Species::Cat, "siamese");
    assert!(likely(&cat, &known).is_empty());
    let reached = AnimalFields {
        contact: "079 123 45 67".to_owned(),
        ..boxer("Luna")
    };
    assert!(likely(&reached, &known).is_empty(), "her own number");
    for similar in [
        boxer("bella"),
        boxer("Bellla"),
        boxer("Bella Mia"),
        boxer("Bella-Mia"),
        pug("Luna"),
    ] {
        assert_eq!(likely(&similar, &known), [bella], "{similar:?}");
    }
    // Of no known breed are many.
    let mixed = AnimalFields::new("Bingo", Species::Dog, "other");
    let bingo = catalogue.add_owned_animal(&mixed, &known, "ana").unwrap();
    let other = AnimalFields::new("Rocky", Species::Dog, "other");
    assert!(likely(&other, &known).is_empty());
    let named = catalogue.likely_duplicates(&mixed, &known, Some(bingo));
    assert!(named.unwrap().is_empty());
    // Names that have letters in common, or are short, are names of their own.
    for name in ["Leo", "Bo", "Mia", "Max"] {
        let sibling = catalogue.add_owned_animal(&pug(name), &known, "ana");
        sibling.unwrap();
    }
    for name in ["Cleo", "Lea", "Bobby", "Lamia", "Mac"] {
        assert!(likely(&boxer(name), &known).is_empty(), "{name}");
    }
}

#[test]
fn of_many_namesakes_the_likeliest_are_pointed_out() {
    let daycare = Daycare::new();
    let tagged = daycare.adds(&described("Rocky", "", Some("CH-1")));
    let guest = daycare.adds(&pug("Rocky"));
    visits(&daycare, guest, 1);
    for _ in 0..8 {
        daycare.adds(&pug("Rocky"));
    }
    let fields = described("Rocky", "", Some("CH1"));
    let found = daycare.catalogue.likely_duplicates(&fields, &[], None);
    let found: Vec<AnimalId> = (found.unwrap().iter()).map(|animal| animal.id).collect();
    assert_eq!((found.len(), &found[..2]), (8, &[tagged, guest][..]));
}
