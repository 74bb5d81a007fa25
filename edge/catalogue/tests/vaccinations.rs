//! Vaccinations: several of them, of which the earliest end is the animal's.

use catalogue::{AnimalFields, CatalogueError, Vaccination};
use jiff::civil::{Date, date};

use super::{Daycare, pug};

fn vaccination(name: &str, given: Option<Date>, valid_until: Date) -> Vaccination {
    Vaccination {
        name: name.to_owned(),
        given,
        valid_until,
    }
}

fn vaccinated(vaccinations: &[Vaccination], until: Option<Date>) -> AnimalFields {
    AnimalFields {
        vaccinations: vaccinations.to_vec(),
        vaccinated_until: until,
        ..pug("Rex")
    }
}

#[test]
fn the_earliest_end_is_that_of_the_animal() {
    let daycare = Daycare::new();
    let rabies = vaccination("Rabies", Some(date(2026, 5, 1)), date(2029, 4, 30));
    let cough = vaccination("Kennel cough", None, date(2027, 3, 1));
    let check = |fields: &AnimalFields, expect: &[&Vaccination], until: Option<Date>| {
        let id = daycare.adds(fields);
        let stored = daycare.again().animal(id).unwrap().fields;
        assert_eq!(stored.vaccinations.iter().collect::<Vec<_>>(), expect);
        assert_eq!(stored.vaccinated_until, until);
        // What was read can be written again.
        let again = daycare.catalogue.change_animal(id, &stored, "bo").unwrap();
        assert_eq!(again.fields, stored);
    };
    let both = [rabies.clone(), cough.clone()];
    let end = Some(date(2027, 3, 1));
    check(&vaccinated(&both, None), &[&cough, &rabies], end);
    // The round that was renewed stays on the list, and counts no more.
    let former = vaccination("rabies ", None, date(2026, 4, 30));
    let rounds = [rabies.clone(), former.clone(), cough.clone()];
    let former = vaccination("rabies", None, date(2026, 4, 30));
    check(&vaccinated(&rounds, None), &[&former, &cough, &rabies], end);
    check(
        &vaccinated(&both, Some(date(2030, 1, 1))),
        &[&cough, &rabies],
        end,
    );
    let unnamed = Vaccination::until(date(2030, 1, 1));
    check(
        &vaccinated(&[], Some(date(2030, 1, 1))),
        &[&unnamed],
        Some(date(2030, 1, 1)),
    );
    check(&vaccinated(&[], None), &[], None);
}

#[test]
fn an_absurd_vaccination_is_refused() {
    let daycare = Daycare::new();
    let check = |vaccinations: &[Vaccination]| {
        let refused = daycare
            .catalogue
            .add_animal(&vaccinated(vaccinations, None), "ana");
        let is_refused = matches!(
            refused,
            Err(CatalogueError::Invalid {
                field: "vaccinations",
                ..
            })
        );
        assert!(is_refused, "{refused:?}");
    };
    let day = date(2026, 5, 1);
    check(&[vaccination("Rabies", None, date(1999, 12, 31))]);
    check(&[vaccination(
        "Rabies",
        Some(date(2101, 1, 1)),
        date(2100, 1, 1),
    )]);
    check(&[vaccination("Rabies", Some(date(2026, 5, 2)), day)]);
    check(&[vaccination(&"x".repeat(101), None, day)]);
    check(&[vaccination("two\nlines", None, day)]);
    check(&vec![Vaccination::until(day); 31]);
    assert_eq!(daycare.catalogue.totals().unwrap().animals, 0);
}

#[test]
fn a_merge_fills_vaccinations_and_a_split_takes_them_back() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rabies = vaccination("Rabies", None, date(2029, 4, 30));
    let rex = daycare.adds(&pug("Rex"));
    let twin = daycare.adds(&vaccinated(std::slice::from_ref(&rabies), None));
    let merged = catalogue.merge_animals(rex, twin, "bo").unwrap();
    assert_eq!(merged.fields.vaccinations, std::slice::from_ref(&rabies));
    let back = catalogue.split_animal(rex, twin, "bo").unwrap();
    assert_eq!(back.fields.vaccinations, [rabies]);
    let fields = catalogue.animal(rex).unwrap().fields;
    assert_eq!(
        (fields.vaccinations.len(), fields.vaccinated_until),
        (0, None)
    );
}
