//! What was recorded in a rescue catalogue comes back to the real one.

use std::fs;
use std::path::Path;

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CatalogueError, Change, OwnerChoice, OwnerFields, Subject,
    Totals,
};
use jiff::Timestamp;

use super::damage::damage_page;
use super::{DAY, Daycare, backed_up, contents, decision, photographed, pug, time};

fn now() -> Timestamp {
    time("2026-05-02T09:00:00Z")
}

fn tagged(name: &str, tag: &str) -> AnimalFields {
    AnimalFields {
        tag: Some(tag.to_owned()),
        ..pug(name)
    }
}

/// A rescue catalogue: Bella with an owner, a booking and a visit, Milo who was merged into her, and
/// an arrival that nobody confirmed.
fn rescue(folder: &Path) -> Catalogue {
    let rescue = Catalogue::open(folder).unwrap();
    let anna = OwnerFields {
        name: "Anna".to_owned(),
        ..OwnerFields::default()
    };
    let bella = rescue.add_owned_animal(&tagged("Bella", "CH-1"), &[OwnerChoice::New(anna)], "ana");
    let bella = bella.unwrap();
    let mondays = "2026-05-04/2026-06-30 1W MO".parse().unwrap();
    rescue.book(bella, &mondays, "ana").unwrap();
    rescue.expect(bella, DAY).unwrap();
    let visit = rescue.record(&photographed("unsure", "boxer", 24)).unwrap();
    let milo = rescue.add_animal(&tagged("Milo", "CH-2"), "ana").unwrap();
    rescue
        .confirm(visit.visit, &decision("pug", Some(milo)))
        .unwrap();
    rescue.merge_animals(bella, milo, "ana").unwrap();
    rescue.record(&photographed("breed", "pug", 32)).unwrap();
    for breed in ["saluki", "whippet"] {
        rescue.forget_breed(&breed.into(), "owner").unwrap();
    }
    rescue
}

fn found(catalogue: &Catalogue, name: &str) -> AnimalId {
    let animals = catalogue.search(name, 9, 0).unwrap();
    assert_eq!(animals.len(), 1, "{name}");
    animals[0].id
}

#[test]
fn all_of_it_comes_back_under_new_numbers() {
    let daycare = backed_up();
    let catalogue = &daycare.catalogue;
    let rex = found(catalogue, "rex");
    let with_tag = tagged("Rex", "CH-1");
    catalogue.change_animal(rex, &with_tag, "ana").unwrap();
    catalogue.forget_breed(&"whippet".into(), "owner").unwrap();
    let before = catalogue.totals().unwrap();
    let folder = daycare.at("rescue");
    drop(rescue(&folder));

    let held = catalogue.take_over(&folder, now()).unwrap().unwrap();
    assert_eq!((held.animals, held.visits), (1, 2));
    let expected = Totals {
        animals: before.animals + held.animals,
        visits: before.visits + held.visits,
        unconfirmed: before.unconfirmed + held.unconfirmed,
        undecided: before.undecided + held.undecided,
        photograph_bytes: before.photograph_bytes + held.photograph_bytes,
    };
    assert_eq!(catalogue.totals().unwrap(), expected);
    assert!(!folder.exists());

    let bella = found(catalogue, "bella");
    assert_ne!(bella, rex);
    let animal = catalogue.animal(bella).unwrap();
    assert_eq!(animal.owners[0].name, "Anna");
    assert_eq!(animal.visits, 1);
    assert_eq!(catalogue.bookings_of(bella).unwrap().len(), 1);
    let expected = catalogue.expected_on(DAY).unwrap();
    assert!(expected.iter().any(|guest| guest.animal.id == bella));
    // Rex got her tag first. Milo's finds her.
    assert_eq!(catalogue.animal_by_tag("CH-1").unwrap().unwrap().id, rex);
    assert_eq!(catalogue.animal_by_tag("CH-2").unwrap().unwrap().id, bella);

    let learning = catalogue.learning("v1").unwrap();
    let forgotten = learning.iter().filter(|learnt| learnt.forgotten);
    let forgotten: Vec<&str> = forgotten.map(|learnt| learnt.breed.as_str()).collect();
    assert_eq!(forgotten, ["saluki", "whippet"]);
    let history = catalogue.history(Subject::Settings).unwrap();
    let saluki = |change: &Change| change.after.as_deref() == Some("saluki");
    assert!(history.iter().any(saluki), "{history:?}");

    let visits = catalogue.visits_of(bella).unwrap();
    assert_eq!(visits[0].animal, Some((bella, "Bella".to_owned())));
    assert!(catalogue.photograph(visits[0].id).unwrap().is_some());
    let history = catalogue.history(Subject::Animal(bella)).unwrap();
    let merged = history.iter().find(|change| change.field == "merged");
    let milo = AnimalId(merged.unwrap().after.as_deref().unwrap().parse().unwrap());
    assert_eq!(
        catalogue.merged_animal(milo).unwrap().unwrap().survivor,
        bella
    );
    catalogue.split_animal(bella, milo, "ana").unwrap();
    let visit = catalogue.visit(visits[0].id).unwrap();
    assert_eq!(visit.animal, Some((milo, "Milo".to_owned())));

    assert_eq!(catalogue.take_over(&folder, now()).unwrap(), None);
    let faults = Catalogue::verify(daycare.folder.path()).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn what_was_taken_before_a_power_cut_is_not_taken_twice() {
    let daycare = backed_up();
    let folder = daycare.at("rescue");
    let rescue = rescue(&folder);
    // Gives it its identity.
    rescue.automatic_backups(daycare.elsewhere.path()).unwrap();
    drop(rescue);
    let left = contents(&folder);
    daycare.catalogue.take_over(&folder, now()).unwrap();
    let after = daycare.catalogue.totals().unwrap();

    // Cut off before anything of it was removed, and after its records were.
    for removed in ["nothing", "catalogue.sqlite"] {
        for (name, bytes) in left.iter().filter(|(name, _)| *name != removed) {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        daycare.catalogue.take_over(&folder, now()).unwrap();
        assert_eq!(daycare.catalogue.totals().unwrap(), after);
        assert!(!folder.exists(), "without {removed}");
    }
}

#[test]
fn a_new_rescue_catalogue_is_not_taken_for_one_that_was_taken_over() {
    let daycare = backed_up();
    let folder = daycare.at("rescue");
    let first = rescue(&folder);
    first.automatic_backups(daycare.elsewhere.path()).unwrap();
    drop(first);
    let identity = fs::read(folder.join("identity")).unwrap();
    daycare.catalogue.take_over(&folder, now()).unwrap();
    let before = daycare.catalogue.totals().unwrap();

    // Removing it was cut off at the very end.
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("identity"), identity).unwrap();
    drop(rescue(&folder));
    let held = daycare.catalogue.take_over(&folder, now()).unwrap();
    let after = daycare.catalogue.totals().unwrap();
    assert_eq!(after.visits, before.visits + held.unwrap().visits);
}

#[test]
fn a_damaged_rescue_catalogue_stays_and_changes_nothing() {
    let daycare = backed_up();
    let folder = daycare.at("rescue");
    drop(rescue(&folder));
    damage_page(&folder.join("catalogue.sqlite"), "change");
    let before = (daycare.catalogue.totals().unwrap(), contents(&folder));
    let error = daycare.catalogue.take_over(&folder, now()).unwrap_err();
    assert!(matches!(error, CatalogueError::Corrupt { .. }), "{error}");
    let after = (daycare.catalogue.totals().unwrap(), contents(&folder));
    assert_eq!(after, before);
}

#[test]
fn other_files_beside_a_rescue_catalogue_stay() {
    let daycare = Daycare::new();
    let folder = daycare.at("rescue");
    drop(rescue(&folder));
    fs::write(folder.join("notes.txt"), "call Anna").unwrap();
    daycare.catalogue.take_over(&folder, now()).unwrap();
    let left: Vec<_> = contents(&folder).into_keys().collect();
    assert_eq!(left, ["notes.txt"]);
}
