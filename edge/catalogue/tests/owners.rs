//! Owners of animals: added, found, shared, moved by merges, and erased.

use catalogue::{
    AnimalFields, AnimalId, CatalogueError, Owner, OwnerChoice, OwnerFields, OwnerId, Subject,
};
use jiff::civil::date;

use super::{Daycare, all_of, pug};

fn owner(name: &str, phones: &[&str]) -> OwnerFields {
    OwnerFields {
        name: name.to_owned(),
        phones: phones.iter().map(|phone| (*phone).to_owned()).collect(),
        email: format!("{}@example.org", name.len()),
        ..OwnerFields::default()
    }
}

fn adds(daycare: &Daycare, name: &str, phones: &[&str]) -> OwnerId {
    let added = daycare.catalogue.add_owner(&owner(name, phones), "ana");
    added.unwrap().id
}

/// An animal of these owners.
fn adds_of(daycare: &Daycare, name: &str, owners: &[OwnerId]) -> AnimalId {
    let owners: Vec<_> = owners.iter().copied().map(OwnerChoice::Known).collect();
    let added = daycare
        .catalogue
        .add_owned_animal(&pug(name), &owners, "ana");
    added.unwrap()
}

fn found(daycare: &Daycare, query: &str) -> Vec<String> {
    let animals = daycare.catalogue.search(query, 9, 0).unwrap();
    let names = animals.into_iter().map(|animal| animal.fields.name);
    names.collect()
}

fn names(owners: &[Owner]) -> Vec<&str> {
    owners.iter().map(|owner| &*owner.fields.name).collect()
}

#[test]
fn an_animal_is_found_by_its_owners() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let anna = adds(
        &daycare,
        "Anna Dupont",
        &["+41 79 123 45 67", "022 700 00 00"],
    );
    let paul = adds(&daycare, "Paul Müller", &[]);
    let rex = adds_of(&daycare, "Rex", &[anna, paul]);
    adds_of(&daycare, "Bella", &[anna]);
    // Before anything else is in memory, and after each change.
    for query in [
        "dupont",
        "079 1234567",
        "0041 79 123 45 67",
        "7000000",
        "DUPON",
    ] {
        let mut both = found(&daycare, query);
        both.sort();
        assert_eq!(both, ["Bella", "Rex"], "{query}");
    }
    assert_eq!(found(&daycare, "muller"), ["Rex"]);
    let names_of_rex: Vec<_> = (catalogue.animal(rex).unwrap().owners.into_iter())
        .map(|owner| owner.name)
        .collect();
    assert_eq!(names_of_rex, ["Anna Dupont", "Paul Müller"]);

    let renamed = owner("Anna Leroy", &["079 1"]);
    catalogue.change_owner(anna, &renamed, None, "bo").unwrap();
    assert!(found(&daycare, "dupont").is_empty());
    assert_eq!(found(&daycare, "leroy").len(), 2);
    catalogue
        .change_owned_animal(rex, &pug("Rex"), &[OwnerChoice::Known(paul)], None, "bo")
        .unwrap();
    assert_eq!(found(&daycare, "leroy"), ["Bella"]);

    // Changing the animal alone leaves its owners as they are.
    catalogue.change_animal(rex, &pug("Max"), "bo").unwrap();
    assert_eq!(found(&daycare, "müller"), ["Max"]);
    assert_eq!(
        names(&catalogue.owners("ann", 9, 0).unwrap()),
        ["Anna Leroy"]
    );
    assert_eq!(names(&catalogue.owners("", 9, 1).unwrap()), ["Paul Müller"]);
    assert_eq!(catalogue.owner(anna).unwrap().animals, 1);

    let history = catalogue.history(Subject::Owner(anna)).unwrap();
    let fields: Vec<_> = history.iter().map(|change| &*change.field).collect();
    assert_eq!(fields, ["name", "email", "name", "phones"]);
    let history = catalogue.history(Subject::Animal(rex)).unwrap();
    let removed = history
        .iter()
        .find(|change| change.field == "owner" && change.after.is_none());
    assert_eq!(removed.unwrap().before, Some(anna.to_string()));
}

#[test]
fn owners_and_their_animals_are_sorted_by_name_whatever_the_accents() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let sorted = ["Élise", "fée", "Zoé"];
    let owners = ["Zoé", "fée", "Élise"].map(|name| adds(&daycare, name, &[]));
    let rex = adds_of(&daycare, "Rex", &owners);
    assert_eq!(names(&catalogue.owners("", 9, 0).unwrap()), sorted);
    assert_eq!(names(&catalogue.owners_of_only(rex).unwrap()), sorted);
    let of_rex = catalogue.animal(rex).unwrap().owners;
    let of_rex: Vec<_> = of_rex.iter().map(|owner| &*owner.name).collect();
    assert_eq!(of_rex, sorted);

    let anna = adds(&daycare, "Anna", &[]);
    for name in ["Zoé", "fée", "Élise"] {
        adds_of(&daycare, name, &[anna]);
    }
    let animals = catalogue.animals_of_owner(anna).unwrap();
    let animals: Vec<_> = (animals.iter())
        .map(|animal| &*animal.fields.name)
        .collect();
    assert_eq!(animals, sorted);
}

#[test]
fn an_animal_and_its_new_owner_are_added_both_or_neither() {
    let daycare = Daycare::new();
    let new = || OwnerChoice::New(owner("Anna", &["079"]));
    let nobody = OwnerChoice::Known(OwnerId(99));
    let refused = (daycare.catalogue).add_owned_animal(&pug("Rex"), &[new(), nobody], "ana");
    assert!(matches!(
        refused,
        Err(CatalogueError::NoSuchOwner(OwnerId(99)))
    ));
    let nameless = OwnerChoice::New(owner(" ", &[]));
    let refused = (daycare.catalogue).add_owned_animal(&pug("Rex"), &[new(), nameless], "ana");
    assert!(matches!(
        refused,
        Err(CatalogueError::Invalid { field: "name", .. })
    ));
    assert_eq!(daycare.catalogue.totals().unwrap().animals, 0);
    assert!(daycare.catalogue.owners("", 9, 0).unwrap().is_empty());

    let rex = (daycare.catalogue).add_owned_animal(&pug("Rex"), &[new()], "ana");
    let owners = daycare.catalogue.animal(rex.unwrap()).unwrap().owners;
    assert_eq!(
        (&*owners[0].name, &*owners[0].phones),
        ("Anna", &["079".to_owned()][..])
    );
}

#[test]
fn an_invalid_owner_is_refused_by_the_name_of_the_field() {
    let daycare = Daycare::new();
    let check = |change: fn(&mut OwnerFields), expect: &str| {
        let mut fields = owner("Anna", &[]);
        change(&mut fields);
        match daycare.catalogue.add_owner(&fields, "ana") {
            Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, expect),
            other => panic!("{expect}: {other:?}"),
        }
    };
    check(|fields| fields.name.clear(), "name");
    check(|fields| fields.name = "x".repeat(1 << 20), "name");
    check(|fields| fields.name = "two\nlines".to_owned(), "name");
    check(|fields| fields.phones = vec!["1".to_owned(); 11], "phones");
    check(|fields| fields.phones = vec!["1".repeat(101)], "phones");
    check(|fields| fields.email = "x".repeat(201), "email");
    check(|fields| fields.address = "\u{7}".to_owned(), "address");
    check(|fields| fields.notes = "x".repeat(4001), "notes");
    assert!(daycare.catalogue.owners("", 9, 0).unwrap().is_empty());
}

#[test]
fn an_erased_owner_leaves_nothing_but_the_animals() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let anna = adds(&daycare, "Anna Secretname", &["079 555"]);
    let paul = adds(&daycare, "Paul", &[]);
    let rex = adds_of(&daycare, "Rex", &[anna, paul]);
    let max = adds_of(&daycare, "Max", &[paul]);
    assert_eq!(
        names(&catalogue.owners_of_only(rex).unwrap()),
        ["Anna Secretname"]
    );
    assert!(
        catalogue.owners_of_only(max).unwrap().is_empty(),
        "Paul has Rex, too"
    );

    catalogue.delete_animal(rex, "owner").unwrap();
    assert_eq!(
        catalogue.owner(anna).unwrap().animals,
        0,
        "offered, not done"
    );
    catalogue.erase_owner(anna, "owner").unwrap();
    assert!(matches!(
        catalogue.owner(anna),
        Err(CatalogueError::NoSuchOwner(_))
    ));
    assert!(!all_of(catalogue).contains("Secretname"));
    catalogue.erase_owner(paul, "owner").unwrap();
    assert!(catalogue.animal(max).unwrap().owners.is_empty());
    let history = catalogue.history(Subject::Owner(paul)).unwrap();
    let fields: Vec<_> = history.iter().map(|change| &*change.field).collect();
    assert_eq!(fields, ["deleted"]);
    assert!(adds(&daycare, "Zoé", &[]) > paul, "no number is used twice");
}

#[test]
fn owners_follow_animals_that_are_merged_and_split() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [anna, paul] = ["Anna", "Paul"].map(|name| adds(&daycare, name, &[]));
    let rex = adds_of(&daycare, "Rex", &[anna]);
    let twin = adds_of(&daycare, "Rex", &[anna, paul]);
    let weekly = "2026-05-04/ 1W MO".parse().unwrap();
    catalogue.book(twin, &weekly, "ana").unwrap();
    let own = |animal: AnimalId| -> (Vec<OwnerId>, usize) {
        let owners = catalogue.animal(animal).unwrap().owners;
        let bookings = catalogue.bookings_of(animal).unwrap();
        (
            owners.iter().map(|owner| owner.id).collect(),
            bookings.len(),
        )
    };
    catalogue.merge_animals(rex, twin, "bo").unwrap();
    assert_eq!(own(rex), (vec![anna, paul], 1));
    catalogue.split_animal(rex, twin, "bo").unwrap();
    assert_eq!(own(rex), (vec![anna], 0));
    assert_eq!(own(twin), (vec![anna, paul], 1));

    // An owner who is erased meanwhile does not come back.
    catalogue.merge_animals(rex, twin, "bo").unwrap();
    catalogue.erase_owner(paul, "owner").unwrap();
    catalogue.split_animal(rex, twin, "bo").unwrap();
    assert_eq!(own(twin), (vec![anna], 1));
}

#[test]
fn what_staff_give_the_survivor_of_a_merge_stays_its_own() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let anna = adds(&daycare, "Anna", &[]);
    let (rex, twin) = (
        adds_of(&daycare, "Rex", &[]),
        adds_of(&daycare, "Twin", &[anna]),
    );
    let weekly = "2026-05-04/ 1W MO".parse().unwrap();
    catalogue.book(twin, &weekly, "ana").unwrap();
    catalogue.merge_animals(rex, twin, "bo").unwrap();
    // Both it has already, but only because of the other one.
    let monday = date(2026, 5, 4);
    catalogue.expect(rex, monday).unwrap();
    for owners in [vec![], vec![OwnerChoice::Known(anna)]] {
        (catalogue.change_owned_animal(rex, &pug("Rex"), &owners, None, "bo")).unwrap();
    }
    catalogue.split_animal(rex, twin, "bo").unwrap();
    for animal in [rex, twin] {
        let owners = catalogue.animal(animal).unwrap().owners;
        assert_eq!(
            owners.iter().map(|owner| owner.id).collect::<Vec<_>>(),
            [anna]
        );
    }
    let expected = catalogue.expected_on(monday).unwrap();
    let expected: Vec<_> = (expected.iter())
        .map(|expected| (expected.animal.id, expected.recurring))
        .collect();
    assert_eq!(expected, [(rex, false), (twin, true)]);
}

#[test]
fn the_contact_in_words_stays_beside_the_owners() {
    let daycare = Daycare::new();
    let anna = adds(&daycare, "Anna", &[]);
    let fields = AnimalFields {
        contact: "the neighbour, 022 111 22 33".to_owned(),
        ..pug("Rex")
    };
    let owners = [OwnerChoice::Known(anna)];
    let rex = (daycare.catalogue)
        .add_owned_animal(&fields, &owners, "ana")
        .unwrap();
    assert_eq!(daycare.catalogue.animal(rex).unwrap().fields, fields);
    assert_eq!(found(&daycare, "neighbour"), ["Rex"]);
    assert_eq!(found(&daycare, "1112233"), ["Rex"]);
}
