//! Decisions that came too late, were undone, or were about a visit that was none.

use catalogue::{
    Animal, CatalogueError, Change, Decision, NewVisit, NoVisit, Settings, Subject, VisitId,
    VisitState,
};
use jiff::ToSpan;

use super::{DAY, Daycare, all_of, arrival, decision, photographed, pug, time};

/// A decision of somebody who saw this revision.
fn seen(breed: &str, revision: u32) -> Decision {
    Decision {
        revision: Some(revision),
        ..decision(breed, None)
    }
}

fn is_superseded<T>(result: Result<T, CatalogueError>, visit: VisitId, revision: u32) -> bool {
    match result {
        Err(CatalogueError::Superseded { visit: now }) => {
            (now.id, now.revision) == (visit, revision)
        }
        _ => false,
    }
}

/// Compares what the catalogue counts with a recount.
pub(super) fn check_counts(daycare: &Daycare) {
    for Animal {
        id,
        visits,
        last_visit,
        ..
    } in daycare.catalogue.search("", 99, 0).unwrap()
    {
        let counted = daycare.catalogue.visits_of(id).unwrap();
        let newest = counted.first().map(|visit| visit.at);
        assert_eq!(
            (visits as usize, last_visit),
            (counted.len(), newest),
            "{id}"
        );
    }
}

fn history(daycare: &Daycare, visit: VisitId) -> Vec<(String, String, Option<String>)> {
    let changes = daycare.catalogue.history(Subject::Visit(visit)).unwrap();
    (changes.into_iter())
        .map(
            |Change {
                 by, field, after, ..
             }| (by, field, after),
        )
        .collect()
}

#[test]
fn a_decision_for_an_earlier_revision_is_refused_and_changes_nothing() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    assert_eq!(catalogue.visit(visit).unwrap().revision, 0);
    catalogue.revise(visit, &arrival("breed", "pug")).unwrap();

    let before = all_of(catalogue);
    assert!(is_superseded(
        catalogue.confirm(visit, &seen("boxer", 0)),
        visit,
        1
    ));
    assert_eq!(all_of(catalogue), before);

    let confirmed = catalogue.confirm(visit, &seen("pug", 1)).unwrap();
    assert_eq!(confirmed.revision, 2);
    // A second tap on the same button; what the kiosk still learns; somebody else's late decision.
    let again = catalogue.confirm(visit, &seen("pug", 1)).unwrap();
    assert_eq!(again, confirmed);
    catalogue
        .revise(visit, &arrival("breed", "beagle"))
        .unwrap();
    assert!(is_superseded(
        catalogue.confirm(visit, &seen("boxer", 1)),
        visit,
        2
    ));
    assert_eq!(catalogue.visit(visit).unwrap(), confirmed);
    // Who does not say what they saw is not asked.
    catalogue.confirm(visit, &decision("boxer", None)).unwrap();
    assert_eq!(catalogue.visit(visit).unwrap().revision, 3);
}

#[test]
fn of_many_visits_none_is_corrected_where_one_has_changed() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [first, second] = [0, 1].map(|_| daycare.arrives(&arrival("unsure", "boxer")));
    daycare.confirms(second, "beagle", None);
    let before = all_of(catalogue);
    let both = [(first, Some(0)), (second, Some(0))];
    assert!(is_superseded(
        catalogue.confirm_all(&both, "pug", None, "bo"),
        second,
        1
    ));
    assert_eq!(all_of(catalogue), before);
    let both = [(first, None), (second, Some(1))];
    assert_eq!(catalogue.confirm_all(&both, "pug", None, "bo").unwrap(), 2);
}

#[test]
fn undoing_restores_the_decision_before() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let visit = daycare.arrives(&photographed("breed", "boxer", 16));
    let undecided = catalogue.visit(visit).unwrap();
    assert!(!catalogue.can_undo(visit).unwrap());
    let other = Decision {
        breed_name: Some("Eurasier".to_owned()),
        ..decision("other", None)
    };
    let first = catalogue.confirm(visit, &other).unwrap();
    let second = Decision {
        by: "bo".to_owned(),
        at: time("2026-05-01T09:00:00Z"),
        ..decision("pug", Some(rex))
    };
    catalogue.confirm(visit, &second).unwrap();
    assert_eq!(daycare.training().len(), 1);
    check_counts(&daycare);

    let undone = catalogue.undo(visit, Some(2), "cy").unwrap();
    assert_eq!(undone.revision, 3);
    assert_eq!(undone.confirmed_breed_name.as_deref(), Some("Eurasier"));
    assert_eq!(
        (undone.confirmed_breed, undone.animal),
        (first.confirmed_breed, None)
    );
    assert_eq!(
        (undone.confirmed_by, undone.confirmed_at),
        (first.confirmed_by, first.confirmed_at)
    );
    assert!(daycare.training().is_empty());
    check_counts(&daycare);
    // A second tap on the same button does not undo the decision before.
    assert!(is_superseded(
        catalogue.undo(visit, Some(2), "cy"),
        visit,
        3
    ));

    let undone = catalogue.undo(visit, None, "cy").unwrap();
    assert_eq!(undone.state, VisitState::Unconfirmed);
    assert_eq!(undone.breed, undecided.breed);
    assert_eq!((undone.confirmed_by, undone.confirmed_at), (None, None));
    let before = all_of(catalogue);
    let result = catalogue.undo(visit, None, "cy");
    assert!(matches!(result, Err(CatalogueError::NothingToUndo(id)) if id == visit));
    assert_eq!(all_of(catalogue), before);

    let text = |text: &str| Some(text.to_owned());
    let change = |by: &str, field: &str, after| (by.to_owned(), field.to_owned(), after);
    assert_eq!(
        history(&daycare, visit),
        [
            change("ana", "said", text("other")),
            change("ana", "said_name", text("Eurasier")),
            change("bo", "said", text("pug")),
            change("bo", "said_name", None),
            change("bo", "animal", text(&rex.to_string())),
            change("cy", "undone", text("true")),
            change("cy", "said", text("other")),
            change("cy", "said_name", text("Eurasier")),
            change("cy", "animal", None),
            change("cy", "undone", text("true")),
            change("cy", "said", None),
            change("cy", "said_name", None),
        ]
    );
}

#[test]
fn undoing_knows_what_became_of_an_animal() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [rex, luna, max] = ["Rex", "Luna", "Max"].map(|name| daycare.adds(&pug(name)));
    let visits = [rex, max].map(|animal| {
        let visit = daycare.arrives(&arrival("breed", "pug"));
        daycare.confirms(visit, "pug", Some(animal));
        daycare.confirms(visit, "boxer", None);
        visit
    });
    catalogue.merge_animals(luna, rex, "ana").unwrap();
    catalogue.delete_animal(max, "owner").unwrap();
    let undone = visits.map(|visit| catalogue.undo(visit, None, "ana").unwrap());
    assert_eq!(undone[0].animal, Some((luna, "Luna".to_owned())));
    assert_eq!(undone[1].animal, None);
    assert_eq!(undone[1].breed.as_deref(), Some("pug"));
    check_counts(&daycare);
}

#[test]
fn an_animal_is_taken_off_a_visit_and_its_breed_stays() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let visit = daycare.arrives(&arrival("unsure", "pug"));
    let result = catalogue.take_guest_off(visit, Some(0), "bo");
    assert!(matches!(result, Err(CatalogueError::NoGuest(id)) if id == visit));
    daycare.confirms(visit, "pug", Some(rex));
    assert!(is_superseded(
        catalogue.take_guest_off(visit, Some(0), "bo"),
        visit,
        1
    ));

    let taken = catalogue.take_guest_off(visit, Some(1), "bo").unwrap();
    assert_eq!((taken.animal, taken.revision), (None, 2));
    assert_eq!(taken.confirmed_breed.as_deref(), Some("pug"));
    assert_eq!(taken.confirmed_by.as_deref(), Some("bo"));
    check_counts(&daycare);
    let back = catalogue.undo(visit, Some(2), "bo").unwrap();
    assert_eq!(back.animal.unwrap().0, rex);
    check_counts(&daycare);
}

#[test]
fn a_newcomer_is_added_with_the_decision_or_not_at_all() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let visit = daycare.arrives(&arrival("unsure", "pug"));
    daycare.confirms(visit, "boxer", None);
    assert!(is_superseded(
        catalogue.confirm_newcomer(visit, &pug("Rex"), &seen("pug", 0)),
        visit,
        1
    ));
    assert_eq!(catalogue.totals().unwrap().animals, 0);
    let confirmed = catalogue.confirm_newcomer(visit, &pug("Rex"), &seen("pug", 1));
    assert_eq!(confirmed.unwrap().animal.unwrap().1, "Rex");
    check_counts(&daycare);
}

#[test]
fn a_deleted_visit_goes_with_its_photograph_and_its_history_stays() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let [first, second] = [0, 1].map(|hours| {
        let visit = daycare.arrives(&NewVisit {
            at: time("2026-05-01T08:00:00Z") + hours.hours(),
            ..photographed("unsure", "boxer", 16)
        });
        daycare.confirms(visit, "pug", Some(rex));
        visit
    });
    let delete = |revision| catalogue.delete_visit(second, NoVisit::Mistake, revision, "bo");
    assert!(is_superseded(delete(Some(0)), second, 1));
    assert_eq!(daycare.photographs().len(), 2);
    delete(Some(1)).unwrap();

    assert!(matches!(
        delete(None),
        Err(CatalogueError::NoSuchVisit(id)) if id == second
    ));
    assert_eq!(
        (daycare.photographs().len(), daycare.training().len()),
        (1, 1)
    );
    let left: Vec<VisitId> = (catalogue.visits_on(DAY, 9, 0).unwrap().iter())
        .map(|visit| visit.id)
        .collect();
    assert_eq!(left, [first]);
    let last = history(&daycare, second).pop().unwrap();
    assert_eq!(
        last,
        (
            "bo".to_owned(),
            "deleted".to_owned(),
            Some("mistake".to_owned())
        )
    );
    check_counts(&daycare);
    // No other visit gets its number.
    assert!(daycare.arrives(&arrival("breed", "pug")) > second);
}

#[test]
fn a_picture_without_an_animal_is_kept_for_training_if_staff_want_that() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let at = time("2026-05-01T08:00:00Z");
    let settings = Settings {
        keep_days: 30,
        ..Settings::default()
    };
    catalogue.set_settings(&settings, "owner").unwrap();
    for keep_photograph in [false, true] {
        let visit = daycare.arrives(&NewVisit {
            at,
            ..photographed("unsure", "boxer", 16)
        });
        daycare.confirms(visit, "boxer", None);
        let why = NoVisit::NoAnimal { keep_photograph };
        catalogue.delete_visit(visit, why, None, "bo").unwrap();
        assert!(matches!(
            catalogue.visit(visit),
            Err(CatalogueError::NoSuchVisit(_))
        ));
        let kept = usize::from(keep_photograph);
        assert_eq!(daycare.photographs().len(), kept);
        assert_eq!(daycare.training().len(), kept);
    }
    let training = daycare.training();
    let example = training.first().unwrap();
    assert!(example.starts_with("no_animal/"), "{example}");
    recognise::photo::open(&daycare.at("training").join(example)).unwrap();
    assert!(catalogue.totals().unwrap().photograph_bytes > 0);

    // It is in a backup, and tidying leaves it where it is.
    daycare.backs_up();
    let fresh = Daycare::new();
    fresh.catalogue.restore(&daycare.backup_file()).unwrap();
    assert_eq!(fresh.training(), training);
    daycare.clock_goes_on(at, at + (29 * 24).hours());
    assert_eq!(daycare.training(), training);

    // Its time is up like that of any photograph.
    daycare.clock_goes_on(at + (29 * 24).hours(), at + (31 * 24).hours());
    assert!(daycare.photographs().is_empty() && daycare.training().is_empty());
    assert_eq!(catalogue.totals().unwrap().photograph_bytes, 0);
}

#[test]
fn visits_that_nobody_confirmed_are_told_apart_and_counted() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let sure = daycare.arrives(&arrival("breed", "pug"));
    let confirmed = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(confirmed, "pug", None);
    let state = |visit| catalogue.visit(visit).unwrap().state;
    assert_eq!(state(sure), VisitState::Unconfirmed);
    assert_eq!(state(confirmed), VisitState::Confirmed);
    assert_eq!(catalogue.count_on(DAY).unwrap(), 2);
    assert_eq!(catalogue.count_unconfirmed_on(DAY).unwrap(), 1);
    assert_eq!(catalogue.totals().unwrap().unconfirmed, 1);

    let json: serde_json::Value = serde_json::from_str(&all_of(catalogue)).unwrap();
    assert_eq!(json["visits"][0]["state"], "unconfirmed");
    assert_eq!(json["visits"][1]["state"], "confirmed");
    let mut csv = Vec::new();
    catalogue.export_visits_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.matches("unconfirmed").count(), 1, "{csv}");

    catalogue.undo(confirmed, None, "bo").unwrap();
    assert_eq!(catalogue.totals().unwrap().unconfirmed, 2);
    daycare.confirms(sure, "boxer", None);
    assert_eq!(catalogue.count_unconfirmed_on(DAY).unwrap(), 1);
}
