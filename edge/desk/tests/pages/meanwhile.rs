//! Two people fill in the same form at two screens: who comes second replaces nothing unseen.

use catalogue::{AnimalFields, OwnerChoice, OwnerFields};
use recognise::VerdictKind;
use recognise::metadata::Species;

use super::decision;
use super::house::{House, Reader, STAFF};
use super::html::check_page;

/// The mark of a form.
fn mark(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"mark\" value=\"").expect(html);
    rest.split('"').next().unwrap().to_owned()
}

/// Opens the form on a page, and sends it a first time with `first` and then, from another screen, with
/// `second`. Asserts that the second one comes back as it was typed, with what is there now, and
/// replaces that when it is sent again.
fn collide(
    [reader, other]: [&Reader<'_>; 2],
    page: &str,
    path: &str,
    [first, second]: [&[(&str, &str)]; 2],
    shows: &[&str],
) {
    let seen = mark(&reader.get(page).html);
    let send = |by: &Reader<'_>, form: &[(&str, &str)], mark: &str| {
        let mut form = form.to_vec();
        form.push(("mark", mark));
        by.post(path, &form)
    };
    assert_eq!(send(reader, first, &seen).status, 303, "{path}");
    // Pressed twice, it is the same form.
    assert_eq!(send(reader, first, &seen).status, 303, "{path}");
    let late = send(other, second, &seen);
    assert_eq!(late.status, 409, "{path}: {}", late.html);
    check_page(page, "fr", &late.html);
    assert!(late.html.contains("Quelqu’un d’autre"), "{}", late.html);
    for text in shows {
        assert!(
            late.html.contains(text),
            "{path} lacks {text}: {}",
            late.html
        );
    }
    let again = send(other, second, &mark(&late.html));
    assert_eq!(again.status, 303, "{path}: {}", again.html);
}

#[test]
fn what_somebody_else_has_saved_meanwhile_is_shown_before_it_is_replaced() {
    let house = House::open();
    let (reader, other) = (house.enter(STAFF, "en"), house.enter(STAFF, "fr"));
    let readers = [&reader, &other];
    let catalogue = &house.catalogue;
    let anna = OwnerFields {
        name: "Anna".to_owned(),
        ..OwnerFields::default()
    };
    let anna = catalogue.add_owner(&anna, "staff").unwrap().id;
    let rex = house.animal("Rex", "", "");
    let fields = AnimalFields {
        notes: String::new(),
        ..catalogue.animal(rex).unwrap().fields
    };
    catalogue.change_animal(rex, &fields, "staff").unwrap();

    let edit = format!("/animals/{rex}/edit");
    let common = [("name", "Rex"), ("breed", "Beagle")];
    let form = |field, value| [common[0], common[1], (field, value)];
    collide(
        readers,
        &edit,
        &edit,
        [&form("warnings", "bites men"), &form("feeding", "twice")],
        &["<dd>bites men</dd>", ">twice</textarea>"],
    );
    let animal = catalogue.animal(rex).unwrap().fields;
    assert_eq!((&*animal.warnings, &*animal.feeding), ("", "twice"));

    // An owner whom the form did not show stays.
    let seen = mark(&reader.get(&edit).html);
    let owners = [OwnerChoice::Known(anna)];
    let owned = catalogue.change_owned_animal(rex, &animal, &owners, None, "staff");
    assert_eq!(owned.unwrap().owners.len(), 1);
    let mut late = form("feeding", "once").to_vec();
    late.push(("mark", &*seen));
    let html = reader.post(&edit, &late).html;
    let ticked = format!("name=\"owner_id\" value=\"{anna}\" checked");
    assert!(html.contains(&ticked), "{html}");

    let edit = format!("/owners/{anna}/edit");
    collide(
        readers,
        &edit,
        &edit,
        [
            &[("name", "Anna"), ("phones", "079 1")],
            &[("name", "Anna Leroy")],
        ],
        &["<dd>079 1</dd>", "<dd>Anna</dd>", "value=\"Anna Leroy\""],
    );
    assert_eq!(catalogue.owner(anna).unwrap().fields.name, "Anna Leroy");

    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    let decision = decision("beagle", Some(rex));
    catalogue.confirm(visit, &decision).unwrap();
    let page = format!("/visits/{visit}");
    collide(
        readers,
        &page,
        &format!("{page}/stay"),
        [&[("run", "Box 3")], &[("belongings", "a blanket")]],
        &["<dd>Box 3</dd>", ">a blanket</textarea>"],
    );
    let notes = catalogue.stay(visit).unwrap().notes();
    assert_eq!((&*notes.run, &*notes.belongings), ("", "a blanket"));
}

#[test]
fn notes_that_come_back_to_be_corrected_replace_nothing_unseen() {
    let house = House::open();
    let (reader, other) = (house.enter(STAFF, "en"), house.enter(STAFF, "en"));
    let rex = house.animal("Rex", "", "");
    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    let decision = decision("beagle", Some(rex));
    house.catalogue.confirm(visit, &decision).unwrap();
    let page = format!("/visits/{visit}");
    let stay = format!("{page}/stay");
    let seen = mark(&reader.get(&page).html);
    let first = other.post(&stay, &[("run", "Box 3"), ("mark", &*seen)]);
    assert_eq!(first.status, 303, "{}", first.html);
    let long = "x".repeat(101);
    let wrong = reader.post(&stay, &[("run", &*long), ("mark", &*seen)]);
    assert_eq!(wrong.status, 422, "{}", wrong.html);
    let shown = mark(&wrong.html);
    let corrected = reader.post(&stay, &[("run", "Box 4"), ("mark", &*shown)]);
    assert_eq!(corrected.status, 409, "{}", corrected.html);
    assert!(
        corrected.html.contains("<dd>Box 3</dd>"),
        "{}",
        corrected.html
    );
    assert_eq!(house.catalogue.stay(visit).unwrap().run, "Box 3");
}

#[test]
fn who_is_erased_while_the_form_of_an_animal_is_filled_in_takes_nothing_typed_along() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let catalogue = &house.catalogue;
    let anna = OwnerFields {
        name: "Anna".to_owned(),
        ..OwnerFields::default()
    };
    let anna = catalogue.add_owner(&anna, "staff").unwrap().id;
    let fields = AnimalFields::new("Rex", Species::Dog, "beagle");
    let owners = [OwnerChoice::Known(anna)];
    let rex = catalogue.add_owned_animal(&fields, &owners, "staff");
    let edit = format!("/animals/{}/edit", rex.unwrap());
    let seen = mark(&reader.get(&edit).html);
    catalogue.erase_owner(anna, "owner").unwrap();
    let number = anna.to_string();
    let form = [
        ("name", "Rex"),
        ("breed", "Beagle"),
        ("feeding", "twice"),
        ("owner_shown", &*number),
        ("owner_id", &*number),
        ("mark", &*seen),
    ];
    let late = reader.post(&edit, &form);
    assert_eq!(late.status, 409, "{}", late.html);
    check_page(&edit, "en", &late.html);
    assert!(late.html.contains(">twice</textarea>"), "{}", late.html);
    let owner = format!("name=\"owner_id\" value=\"{number}\"");
    assert!(!late.html.contains(&owner), "{}", late.html);
}
