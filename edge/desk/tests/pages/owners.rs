//! Owners of animals: on the forms of their animals, and on pages of their own.

use catalogue::{AnimalFields, OwnerChoice, OwnerFields};

use super::house::{House, OWNER, SCRIPT, STAFF};
use super::html::check_page;

#[test]
fn the_form_of_an_animal_takes_vaccinations_and_owners() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let form = [
        ("name", "Rex"),
        ("breed", "Pug"),
        ("feeding", "twice"),
        ("vaccination_name", "Rabies"),
        ("vaccination_given", "2026-05-01"),
        ("vaccinated_until", "2029-04-30"),
        ("vaccination_name", ""),
        ("vaccination_given", ""),
        ("vaccinated_until", ""),
        ("vaccination_name", "Cough"),
        ("vaccination_given", ""),
        ("vaccinated_until", "2027-01-01"),
        ("owner", "Anna Dupont"),
        ("owner_phone", "079 123"),
    ];
    let added = reader.fill("/animals/new", "/animals/new", &form);
    assert_eq!(added.status, 303, "{}", added.html);
    let rex = house.catalogue.search("rex", 1, 0).unwrap().remove(0);
    let names: Vec<&str> = rex.fields.vaccinations.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["Cough", "Rabies"]);
    assert_eq!(
        (&*rex.owners[0].name, &*rex.owners[0].phones[0]),
        ("Anna Dupont", "079 123")
    );

    // The same owner again: from the list, or by the only name.
    let edit = format!("/animals/{}/edit", rex.id);
    let html = reader.get(&edit).html;
    assert!(
        html.contains("value=\"Rabies\"") && html.contains("value=\"2029-04-30\""),
        "{html}"
    );
    assert!(
        html.contains("<option value=\"Anna Dupont, 079 123\">"),
        "{html}"
    );
    for typed in ["Anna Dupont, 079 123", "anna dupont"] {
        let form = [
            ("name", typed),
            ("breed", "Boxer"),
            ("owner", typed),
            ("anyway", "yes"),
        ];
        let added = reader.fill("/animals/new", "/animals/new", &form);
        assert_eq!(added.status, 303, "{}", added.html);
    }
    assert_eq!(house.catalogue.owners("", 9, 0).unwrap().len(), 1);

    // Nobody is guessed.
    let namesake = OwnerFields {
        name: "Anna Dupont".to_owned(),
        ..OwnerFields::default()
    };
    house.catalogue.add_owner(&namesake, "staff").unwrap();
    for (owner, phone) in [
        ("Anna Dupont.", ""),
        ("anna  dupont", "022"),
        ("", "079 999"),
    ] {
        let form = [
            ("name", "Max"),
            ("breed", "Pug"),
            ("owner", owner),
            ("owner_phone", phone),
        ];
        let refused = reader.fill("/animals/new", "/animals/new", &form);
        assert_eq!(refused.status, 422, "{owner} {phone}");
        check_page("/animals/new", "en", &refused.html);
        assert!(
            refused.html.contains("not clear who the owner is"),
            "{owner} {phone}"
        );
    }

    // Unticked, the owner is no longer its own; the row that was emptied is gone.
    let id = rex.owners[0].id.to_string();
    let form = [
        ("name", "Rex"),
        ("breed", "Pug"),
        ("owner_shown", &*id),
        ("vaccination_name", "Cough"),
        ("vaccinated_until", "2027-01-01"),
    ];
    assert_eq!(reader.fill(&edit, &edit, &form).status, 303);
    let changed = house.catalogue.animal(rex.id).unwrap();
    assert_eq!(
        (changed.owners.len(), changed.fields.vaccinations.len()),
        (0, 1)
    );
    let history = reader.get(&format!("/animals/{}", rex.id)).html;
    assert!(
        history.contains("Anna Dupont") && history.contains("Rabies: valid until"),
        "{history}"
    );
}

#[test]
fn an_owner_who_was_erased_meanwhile_is_no_reason_to_type_a_new_animal_again() {
    let house = House::open();
    for (language, name, says) in [
        ("en", "Rex", "has been erased"),
        ("fr", "Luna", "a été effacé"),
    ] {
        let reader = house.enter(STAFF, language);
        let anna = OwnerFields {
            name: "Anna".to_owned(),
            ..OwnerFields::default()
        };
        let anna = house.catalogue.add_owner(&anna, "staff").unwrap().id;
        let page = format!("/animals/new?owner={anna}");
        let ticked = format!("name=\"owner_id\" value=\"{anna}\"");
        assert!(reader.get(&page).html.contains(&ticked));
        house.catalogue.erase_owner(anna, "owner").unwrap();

        let id = anna.to_string();
        let form = [
            ("name", name),
            ("breed", "Pug"),
            ("notes", "likes cheese"),
            ("owner_shown", &*id),
            ("owner_id", &*id),
        ];
        let refused = reader.fill(&page, "/animals/new", &form);
        assert_eq!(refused.status, 422, "{}", refused.html);
        check_page(&page, language, &refused.html);
        for kept in [says, "likes cheese", name] {
            assert!(refused.html.contains(kept), "{kept}: {}", refused.html);
        }
        assert!(!refused.html.contains(&ticked), "{}", refused.html);
        assert!(house.catalogue.search(name, 9, 0).unwrap().is_empty());
        let added = reader.post("/animals/new", &form[..3]);
        assert_eq!(added.status, 303, "{}", added.html);
    }
}

#[test]
fn an_owner_has_a_page_and_is_erased_with_the_last_animal_or_alone() {
    let house = House::open();
    let (staff, owner) = (house.enter(STAFF, "en"), house.enter(OWNER, "en"));
    let form = [
        ("name", SCRIPT),
        ("phones", "079 1\n022 2"),
        ("email", "a@b.ch"),
    ];
    let added = staff.fill("/owners/new", "/owners/new", &form);
    assert_eq!(added.status, 303, "{}", added.html);
    let anna = house.catalogue.owners("", 9, 0).unwrap().remove(0);
    assert_eq!(anna.fields.phones, ["079 1", "022 2"]);
    let page = format!("/owners/{}", anna.id);
    let long = "x".repeat(201);
    for (field, value) in [
        ("name", ""),
        ("name", &*long),
        ("email", &*long),
        ("phones", &*long),
    ] {
        let form = [("name", "Anna"), (field, value)];
        let form = if field == "name" {
            &form[1..]
        } else {
            &form[..]
        };
        let edit = format!("{page}/edit");
        let refused = staff.fill(&edit, &edit, form);
        assert_eq!(refused.status, 422, "{field}");
        check_page(&edit, "en", &refused.html);
        assert!(refused.html.contains("aria-invalid"), "{field}");
    }

    let fields = house
        .catalogue
        .animal(house.animal("Template", "", ""))
        .unwrap()
        .fields;
    let fields = AnimalFields {
        name: "Rex".to_owned(),
        ..fields
    };
    let theirs = [OwnerChoice::Known(anna.id)];
    let rex = house
        .catalogue
        .add_owned_animal(&fields, &theirs, "staff")
        .unwrap();
    let html = staff.get(&page).html;
    check_page(&page, "en", &html);
    assert!(
        html.contains("Rex") && !html.contains("dangerous"),
        "staff cannot erase"
    );
    assert!(html.contains("<a href=\"tel:0791\">079 1</a>"), "{html}");
    let animal_page = format!("/animals/{rex}");
    let html = owner.get(&animal_page).html;
    assert!(html.contains("who has no other animal here"), "{html}");

    // Not ticked, the owner stays.
    let forget = format!("{animal_page}/forget");
    assert_eq!(
        owner.fill(&animal_page, &forget, &[("sure", "yes")]).status,
        303
    );
    assert!(house.catalogue.owner(anna.id).is_ok());

    // Ticked, the owner stays while there is another animal.
    let animals = [0, 1].map(|_| {
        let added = (house.catalogue).add_owned_animal(&fields, &theirs, "staff");
        added.unwrap()
    });
    let id = anna.id.to_string();
    let both = [("owner", &*id), ("sure", "yes")];
    for (animal, stays) in animals.into_iter().zip([true, false]) {
        let animal_page = format!("/animals/{animal}");
        let forget = format!("{animal_page}/forget");
        assert_eq!(owner.fill(&animal_page, &forget, &both).status, 303);
        assert_eq!(house.catalogue.owner(anna.id).is_ok(), stays);
    }

    let other = OwnerFields {
        name: "Paul".to_owned(),
        ..OwnerFields::default()
    };
    let paul = house.catalogue.add_owner(&other, "staff").unwrap().id;
    let erase = format!("/owners/{paul}/erase");
    let unsure = owner.fill(&format!("/owners/{paul}"), &erase, &[]);
    assert_eq!(unsure.to, format!("/owners/{paul}"));
    let erased = owner.fill(&format!("/owners/{paul}"), &erase, &[("sure", "yes")]);
    assert!(owner.get(&erased.to).html.contains("erased for good"));
    assert!(house.catalogue.owner(paul).is_err());
}

#[test]
fn a_new_animal_is_compared_with_those_of_whoever_has_its_owners_number() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    let add = |name: &str, breed: &str, owner: &str, phone: &str| {
        let form = [
            ("name", name),
            ("breed", breed),
            ("owner", owner),
            ("owner_phone", phone),
        ];
        reader.fill("/animals/new", "/animals/new", &form)
    };
    let rex = add("Rex", "Pug", "Anna Dupont", "079 123 45 67");
    assert_eq!(rex.status, 303, "{}", rex.html);
    // A second record of the same household.
    let twice = add("Reggie", "Boxer", "A. Dupont", "+41 79 123 45 67");
    assert_eq!(twice.status, 422, "{}", twice.html);
    check_page("/animals/new", "en", &twice.html);
    assert!(twice.html.contains("may be in the catalogue already"));
    assert!(twice.html.contains("href=\"/animals/1\""), "{}", twice.html);
    // Another animal of hers.
    let sibling = add("Luna", "Boxer", "Anna Dupont, 079 123 45 67", "");
    assert_eq!(sibling.status, 303, "{}", sibling.html);
    assert_eq!(house.catalogue.owners("", 9, 0).unwrap().len(), 1);
}
