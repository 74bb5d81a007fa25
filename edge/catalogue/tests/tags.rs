//! Tags: how they are normalised, and that each belongs to one animal.

use catalogue::{AnimalFields, AnimalId, CatalogueError, Subject};

use super::{Daycare, pug};

fn tagged(name: &str, tag: &str) -> AnimalFields {
    AnimalFields {
        tag: Some(tag.to_owned()),
        ..pug(name)
    }
}

#[test]
fn a_tag_is_found_in_any_spelling() {
    let daycare = Daycare::new();
    let check = |name: &str, tag: &str, stored: Option<&str>| {
        let id = daycare.adds(&tagged(name, tag));
        let fields = daycare.again().animal(id).unwrap().fields;
        assert_eq!(fields.tag.as_deref(), stored, "{tag:?}");
        id
    };
    let rex = check("Rex", "756 0981 0012 3456", Some("756098100123456"));
    let max = check("Max", "\tab-12\u{a0}", Some("AB-12"));
    let whole = check("Whole", &"x".repeat(32), Some(&"X".repeat(32)));
    // Several animals may have none.
    for nothing in ["", "", "  ", "\n"] {
        check("None", nothing, None);
    }

    let find = |tag: &str| -> Option<AnimalId> {
        let found = daycare.catalogue.animal_by_tag(tag).unwrap();
        found.map(|animal| animal.id)
    };
    assert_eq!(find("756098100123456"), Some(rex));
    assert_eq!(find(" 756 098100123456 "), Some(rex));
    assert_eq!(find("aB-12"), Some(max));
    assert_eq!(find(&"x".repeat(32)), Some(whole));
    for nobody in ["AB12", "7560981", "", " ", "é", "%", "A'B", &"x".repeat(33)] {
        assert_eq!(find(nobody), None, "{nobody:?}");
    }
}

#[test]
fn an_invalid_tag_is_refused() {
    let daycare = Daycare::new();
    for wrong in [
        "x".repeat(33).as_str(),
        "é",
        "A_1",
        "A.1",
        "A\0",
        "<b>",
        "٣",
    ] {
        match daycare.catalogue.add_animal(&tagged("Rex", wrong), "ana") {
            Err(CatalogueError::Invalid { field: "tag", .. }) => {}
            other => panic!("{wrong:?}: {other:?}"),
        }
    }
    assert_eq!(daycare.catalogue.totals().unwrap().animals, 0);
}

#[test]
fn two_animals_never_have_the_same_tag() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&tagged("Rex", "A-1"));
    let max = daycare.adds(&tagged("Max", "A-2"));
    let refused = |result: Result<AnimalId, CatalogueError>| {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(&format!("Rex has it already (animal {rex})")));
    };
    refused(daycare.catalogue.add_animal(&tagged("Tom", "a-1"), "ana"));
    let change = |id, fields: &AnimalFields| {
        let changed = daycare.catalogue.change_animal(id, fields, "bo");
        changed.map(|animal| animal.id)
    };
    refused(change(max, &tagged("Max", "a -1")));
    // An animal may keep its own tag.
    change(rex, &tagged("Rex", "a-1")).unwrap();
    change(rex, &pug("Rex")).unwrap();
    change(max, &tagged("Max", "a-1")).unwrap();
    let holder = daycare.catalogue.animal_by_tag("A-1").unwrap().unwrap();
    assert_eq!(holder.id, max);

    let history = daycare.catalogue.history(Subject::Animal(max)).unwrap();
    let last = history.last().unwrap();
    assert_eq!(
        (
            &*last.by,
            &*last.field,
            last.before.as_deref(),
            last.after.as_deref()
        ),
        ("bo", "tag", Some("A-2"), Some("A-1"))
    );
    let of_rex = daycare.catalogue.history(Subject::Animal(rex)).unwrap();
    assert_eq!(of_rex.len(), 2, "another spelling is no change");

    // The tag of a deleted animal is free again.
    daycare.catalogue.delete_animal(max, "owner").unwrap();
    assert_eq!(daycare.catalogue.animal_by_tag("A-1").unwrap(), None);
    daycare.adds(&tagged("Tom", "A-1"));
}

#[test]
fn search_finds_tags_by_their_beginning() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&tagged("Rex", "CH-7560"));
    let found = |query: &str| daycare.catalogue.search(query, 9, 0).unwrap().len();
    assert_eq!(
        [found("ch-75"), found("7560"), found("CH"), found("rex ch")],
        [1; 4]
    );
    assert_eq!(
        [
            found("ch 75 60"),
            found("CH7560"),
            found("ch–7560"),
            found("560")
        ],
        [1; 4]
    );
    assert_eq!([found("57"), found("hc")], [0; 2]);
    let changed = daycare
        .catalogue
        .change_animal(rex, &tagged("Rex", "B2"), "ana");
    assert_eq!(changed.unwrap().fields.tag.as_deref(), Some("B2"));
    assert_eq!([found("ch-75"), found("b2")], [0, 1]);
}
