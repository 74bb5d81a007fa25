//! Visits: recorded, revised, confirmed and corrected.

use std::fs;

use catalogue::{CatalogueError, NewVisit, OTHER_BREED, Settings, Subject, VisitId};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use recognise::{Source, VerdictKind};

use super::{Daycare, arrival, decision, files, photographed, pug};

#[test]
fn an_arrival_is_stored_as_it_was_recognised() {
    let daycare = Daycare::new();
    let new = photographed("breed", "pug", 40);
    let id = daycare.arrives(&new);

    let visit = daycare.again().visit(id).unwrap();
    assert_eq!(visit.at, new.at);
    assert_eq!(visit.candidates, new.candidates);
    assert_eq!(
        (visit.confidence, visit.verdict),
        (0.75, VerdictKind::Breed)
    );
    assert_eq!((&*visit.model, visit.source), ("v1", Source::Camera));
    assert_eq!(visit.breed.as_deref(), Some("pug"));
    assert_eq!(
        (visit.confirmed_breed, visit.confirmed_at, visit.animal),
        (None, None, None)
    );
    assert!(visit.has_photograph);

    let jpeg = daycare.catalogue.photograph(id).unwrap().unwrap();
    let photograph = recognise::photo::decode(&jpeg).unwrap();
    assert_eq!(photograph.dimensions(), (40, 40));
}

#[test]
fn a_large_photograph_is_stored_with_1024_pixels_a_side() {
    let daycare = Daycare::new();
    let mut new = photographed("breed", "pug", 1);
    new.photograph = Some(image::RgbImage::new(3000, 10));
    let id = daycare.arrives(&new);
    let jpeg = daycare.catalogue.photograph(id).unwrap().unwrap();
    let photograph = recognise::photo::decode(&jpeg).unwrap();
    assert_eq!(photograph.dimensions(), (1024, 3));
}

#[test]
fn a_better_answer_replaces_the_former_one_until_staff_confirm() {
    let daycare = Daycare::new();
    let id = daycare.arrives(&photographed("unsure", "boxer", 40));
    let better = photographed("breed", "pug", 60);
    let revised = daycare.catalogue.revise(id, &better).unwrap();
    assert_eq!(revised.visit, id);

    let visit = daycare.catalogue.visit(id).unwrap();
    assert_eq!(visit.breed.as_deref(), Some("pug"));
    let jpeg = daycare.catalogue.photograph(id).unwrap().unwrap();
    assert_eq!(
        recognise::photo::decode(&jpeg).unwrap().dimensions(),
        (60, 60)
    );
    assert_eq!(
        daycare.photographs().len(),
        1,
        "the former photograph is removed"
    );
    let history = daycare.catalogue.history(Subject::Visit(id)).unwrap();
    assert_eq!(history[0].before.as_deref(), Some("unsure"));

    // Without a newer photograph the former one stays; a confirmed breed always stays.
    daycare
        .catalogue
        .revise(id, &arrival("breed", "pug"))
        .unwrap();
    assert!(daycare.catalogue.visit(id).unwrap().has_photograph);
    daycare.confirms(id, "beagle", None);
    daycare.catalogue.revise(id, &better).unwrap();
    let visit = daycare.catalogue.visit(id).unwrap();
    assert_eq!(visit.breed.as_deref(), Some("beagle"));
    assert_eq!(daycare.photographs().len(), 1);

    let error = daycare.catalogue.revise(VisitId(99), &better).unwrap_err();
    assert!(matches!(error, CatalogueError::NoSuchVisit(_)), "{error}");
    assert_eq!(daycare.photographs().len(), 1);
}

#[test]
fn a_correction_replaces_the_breed_and_history_keeps_the_former_one() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    let id = daycare.arrives(&arrival("breed", "boxer"));
    daycare.confirms(id, "boxer", None);
    daycare.confirms(id, "pug", Some(rex));
    // The same decision again changes nothing.
    daycare.confirms(id, "pug", Some(rex));

    let visit = daycare.catalogue.visit(id).unwrap();
    assert_eq!(visit.breed.as_deref(), Some("pug"));
    assert_eq!(visit.animal, Some((rex, "Rex".to_owned())));
    assert_eq!(visit.confirmed_by.as_deref(), Some("ana"));
    assert_eq!(visit.confirmed_at, Some(decision("", None).at));
    assert_eq!(
        visit.candidates[0].breed, "boxer",
        "what was recognised stays as it was"
    );

    let history = daycare.catalogue.history(Subject::Visit(id)).unwrap();
    let history: Vec<_> = history
        .iter()
        .map(|change| {
            (
                &*change.field,
                change.before.as_deref(),
                change.after.as_deref(),
            )
        })
        .collect();
    let number = rex.to_string();
    assert_eq!(
        history,
        [
            ("said", None, Some("boxer")),
            ("said", Some("boxer"), Some("pug")),
            ("animal", None, Some(&*number)),
        ]
    );
    let rex = daycare.catalogue.animal(rex).unwrap();
    assert_eq!((rex.visits, rex.last_visit), (1, Some(visit.at)));
}

#[test]
fn a_decision_about_an_unknown_visit_or_animal_changes_nothing() {
    let daycare = Daycare::new();
    let id = daycare.arrives(&arrival("breed", "pug"));
    let nobody = catalogue::AnimalId(99);
    let result = daycare
        .catalogue
        .confirm(id, &decision("boxer", Some(nobody)));
    assert!(matches!(result, Err(CatalogueError::NoSuchAnimal(animal)) if animal == nobody));
    let result = daycare
        .catalogue
        .confirm(VisitId(99), &decision("boxer", None));
    assert!(matches!(
        result,
        Err(CatalogueError::NoSuchVisit(VisitId(99)))
    ));
    let result = daycare.catalogue.confirm(id, &decision("../boxer", None));
    assert!(matches!(
        result,
        Err(CatalogueError::Invalid { field: "breed", .. })
    ));
    assert_eq!(daycare.catalogue.visit(id).unwrap().confirmed_breed, None);
    assert!(
        daycare
            .catalogue
            .history(Subject::Visit(id))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn many_visits_are_corrected_at_once_or_not_at_all() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    let visits: Vec<_> = (0..3)
        .map(|_| daycare.arrives(&arrival("unsure", "boxer")))
        .collect();
    daycare.confirms(visits[0], "beagle", Some(rex));
    daycare.confirms(visits[1], "pug", None);

    let with_an_unknown_one = [visits[0], visits[2], VisitId(99)].map(|visit| (visit, None));
    let result = daycare
        .catalogue
        .confirm_all(&with_an_unknown_one, "pug", None, "bo");
    assert!(matches!(
        result,
        Err(CatalogueError::NoSuchVisit(VisitId(99)))
    ));
    assert_eq!(
        daycare.catalogue.visit(visits[2]).unwrap().confirmed_breed,
        None
    );

    let all: Vec<_> = visits.iter().map(|visit| (*visit, None)).collect();
    assert_eq!(
        daycare
            .catalogue
            .confirm_all(&all, "pug", None, "bo")
            .unwrap(),
        2
    );
    let first = daycare.catalogue.visit(visits[0]).unwrap();
    assert_eq!(first.breed.as_deref(), Some("pug"));
    assert_eq!(
        first.animal.map(|(id, _)| id),
        Some(rex),
        "the animal stays"
    );
}

#[test]
fn a_day_lasts_from_midnight_to_midnight_local_time() {
    let daycare = Daycare::new();
    let day = jiff::civil::date(2026, 5, 1);
    let midnight = day.to_zoned(TimeZone::system()).unwrap().timestamp();
    let next = day
        .tomorrow()
        .unwrap()
        .to_zoned(TimeZone::system())
        .unwrap()
        .timestamp();
    let visits: Vec<_> = [
        midnight - 1.millisecond(),
        midnight,
        next - 1.millisecond(),
        next,
    ]
    .map(|at| {
        let arrival = NewVisit {
            at,
            ..arrival("breed", "pug")
        };
        daycare.arrives(&arrival)
    })
    .into();
    let part = |day, limit, offset| -> Vec<VisitId> {
        let visits = daycare.catalogue.visits_on(day, limit, offset).unwrap();
        visits.iter().map(|visit| visit.id).collect()
    };
    let listed = |day| part(day, usize::MAX, 0);
    assert_eq!(listed(day), [visits[2], visits[1]], "newest first");
    assert_eq!(listed(day.yesterday().unwrap()), [visits[0]]);
    assert_eq!(part(day, 1, 0), [visits[2]]);
    assert_eq!(part(day, 1, 1), [visits[1]]);
    assert!(part(day, 1, 2).is_empty());
    assert_eq!(daycare.catalogue.count_on(day).unwrap(), 2);
    assert!(listed(jiff::civil::Date::MAX).is_empty());
    assert!(listed(jiff::civil::Date::MIN).is_empty());
}

#[test]
fn visits_without_a_sure_breed_wait_for_a_decision() {
    let daycare = Daycare::new();
    daycare.arrives(&arrival("breed", "pug"));
    let unsure = daycare.arrives(&arrival("unsure", "pug"));
    let species = daycare.arrives(&arrival("species", "pug"));
    let not_ours = daycare.arrives(&arrival("not_ours", "pug"));
    let waiting = |limit| -> Vec<VisitId> {
        let visits = daycare.catalogue.needs_call(limit).unwrap();
        visits.iter().map(|visit| visit.id).collect()
    };
    assert_eq!(waiting(usize::MAX), [not_ours, species, unsure]);
    daycare.confirms(species, "beagle", None);
    assert_eq!(waiting(9), [not_ours, unsure]);
    assert_eq!(waiting(1), [not_ours]);
}

#[test]
fn unsure_and_corrected_photographs_become_training_examples() {
    let daycare = Daycare::new();
    let check = |visit, breed: &str, expect: &[&str]| {
        daycare.confirms(visit, breed, None);
        let folders: Vec<String> = (daycare.training().iter())
            .map(|path| path.split('/').next().unwrap().to_owned())
            .collect();
        assert_eq!(folders, expect, "after {breed}");
    };
    let sure = daycare.arrives(&photographed("breed", "boxer", 16));
    check(sure, "boxer", &[]);
    check(sure, "pug", &["pug"]);
    check(sure, "beagle", &["beagle"]);
    let unsure = daycare.arrives(&photographed("unsure", "boxer", 16));
    check(unsure, "boxer", &["beagle", "boxer"]);
    check(unsure, OTHER_BREED, &["beagle"]);
    check(sure, "boxer", &[]);
    assert!(
        !daycare.at("training/boxer").exists(),
        "no empty folder stays"
    );

    daycare
        .catalogue
        .confirm_all(&[(sure, None), (unsure, None)], "pug", None, "ana")
        .unwrap();
    let training = daycare.training();
    assert_eq!(training.len(), 2);
    for path in &training {
        recognise::photo::open(&daycare.at("training").join(path)).unwrap();
    }
}

#[test]
fn an_arrival_is_recorded_even_where_its_photograph_cannot_be_stored() {
    let daycare = Daycare::new();
    fs::remove_dir(daycare.at("photographs")).unwrap();
    fs::write(daycare.at("photographs"), "in the way").unwrap();
    let recorded = daycare
        .catalogue
        .record(&photographed("breed", "pug", 16))
        .unwrap();
    let lost = recorded.photograph_lost.unwrap().to_string();
    assert!(
        lost.contains("photographs") && !lost.contains('\n'),
        "{lost}"
    );
    let visit = daycare.catalogue.visit(recorded.visit).unwrap();
    assert!(!visit.has_photograph);
    assert_eq!(daycare.catalogue.photograph(visit.id).unwrap(), None);
}

#[test]
fn the_newest_photograph_of_an_animal_is_found() {
    let daycare = Daycare::new();
    let rex = daycare.adds(&pug("Rex"));
    let newest = || daycare.catalogue.newest_photographed(rex).unwrap();
    assert_eq!(newest(), None);
    let visits = [photographed("breed", "pug", 16), arrival("breed", "pug")].map(|arrival| {
        let visit = daycare.arrives(&arrival);
        daycare.confirms(visit, "pug", Some(rex));
        visit
    });
    daycare.arrives(&photographed("breed", "pug", 16));
    assert_eq!(newest(), Some(visits[0]));
}

#[test]
fn no_photographs_are_stored_where_the_settings_say_so() {
    let daycare = Daycare::new();
    let settings = Settings {
        keep_photographs: false,
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
    let id = daycare.arrives(&photographed("unsure", "pug", 16));
    daycare.confirms(id, "pug", None);
    assert!(!daycare.catalogue.visit(id).unwrap().has_photograph);
    assert!(files(&daycare.at("photographs")).is_empty());
    assert!(daycare.training().is_empty());
}

#[test]
fn an_invalid_answer_is_refused() {
    let daycare = Daycare::new();
    let check = |change: fn(&mut NewVisit), expect: &str| {
        let mut new = photographed("breed", "pug", 16);
        change(&mut new);
        match daycare.catalogue.record(&new) {
            Err(CatalogueError::Invalid { field, .. }) => assert_eq!(field, expect),
            other => panic!("{expect}: {other:?}"),
        }
    };
    check(|new| new.model = "v".repeat(1_000_000), "model");
    check(|new| new.confidence = f32::NAN, "confidence");
    check(|new| new.candidates[0].probability = 1.5, "confidence");
    check(
        |new| new.candidates[0].breed = "../../etc".into(),
        "candidates",
    );
    assert_eq!(daycare.catalogue.totals().unwrap().visits, 0);
    assert!(daycare.photographs().is_empty());
}
