//! Two people who change the same record: who comes second replaces nothing unseen.

use catalogue::{AnimalFields, CatalogueError, Mark, OwnerChoice, OwnerFields, StayNotes, Subject};

use super::{Daycare, arrival, pug};

fn is_refused<T: std::fmt::Debug>(changed: Result<T, CatalogueError>) {
    assert!(
        matches!(changed, Err(CatalogueError::Outdated)),
        "{changed:?}"
    );
}

#[test]
fn an_animal_that_changed_meanwhile_is_left_as_it_is() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let seen = catalogue.animal(rex).unwrap().mark();
    let bites = AnimalFields {
        warnings: "bites".to_owned(),
        ..pug("Rex")
    };
    let fed = AnimalFields {
        feeding: "twice".to_owned(),
        ..pug("Rex")
    };
    let anna = OwnerFields {
        name: "Anna".to_owned(),
        ..OwnerFields::default()
    };
    let change = |fields: &AnimalFields, owners: &[OwnerChoice], seen: Option<&Mark>| {
        catalogue.change_owned_animal(rex, fields, owners, seen, "bo")
    };

    let changed = change(&bites, &[], Some(&seen)).unwrap();
    assert_ne!(changed.mark(), seen);
    // Nothing of it is stored: no owner who was typed with it, and nothing in the history.
    let told = catalogue.history(Subject::Animal(rex)).unwrap();
    let owners = [OwnerChoice::New(anna)];
    is_refused(change(&fed, &owners, Some(&seen)));
    is_refused(change(&fed, &owners, Some(&Mark::default())));
    assert_eq!(catalogue.animal(rex).unwrap(), changed);
    assert!(catalogue.owners("", 9, 0).unwrap().is_empty());
    assert_eq!(catalogue.history(Subject::Animal(rex)).unwrap(), told);

    // The same form, sent twice, is no change of somebody else.
    assert_eq!(change(&bites, &[], Some(&seen)).unwrap(), changed);
    let now = change(&fed, &owners, Some(&changed.mark())).unwrap();
    // Whose it is counts, too; who it is that comes does not.
    is_refused(change(&bites, &[], Some(&changed.mark())));
    let visit = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(visit, "pug", Some(rex));
    assert_eq!(catalogue.animal(rex).unwrap().mark(), now.mark());
    change(&bites, &[], Some(&now.mark())).unwrap();
    // Who saw nothing is not asked.
    change(&fed, &[], None).unwrap();
}

#[test]
fn an_owner_and_the_notes_of_a_stay_that_changed_meanwhile_are_left_as_they_are() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let anna = |phone: &str| OwnerFields {
        name: "Anna".to_owned(),
        phones: vec![phone.to_owned()],
        ..OwnerFields::default()
    };
    let first = catalogue.add_owner(&anna("1"), "ana").unwrap();
    let seen = first.mark();
    let change =
        |phone: &str, seen: &Mark| catalogue.change_owner(first.id, &anna(phone), Some(seen), "bo");
    let second = change("2", &seen).unwrap();
    is_refused(change("3", &seen));
    assert_eq!(change("2", &seen).unwrap(), second);
    change("3", &second.mark()).unwrap();

    let visit = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(visit, "pug", Some(daycare.adds(&pug("Rex"))));
    let seen = catalogue.stay(visit).unwrap().mark();
    let note = |run: &str, seen: &Mark| {
        let notes = StayNotes {
            run: run.to_owned(),
            ..StayNotes::default()
        };
        catalogue.set_stay_notes(visit, &notes, Some(seen), "bo")
    };
    let noted = note("Box 3", &seen).unwrap();
    is_refused(note("Box 4", &seen));
    assert_eq!(catalogue.stay(visit).unwrap().run, "Box 3");
    note("Box 4", &noted.mark()).unwrap();
}
