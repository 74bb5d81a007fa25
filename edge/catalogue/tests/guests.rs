//! Whom the kiosk knows again, and what it has learnt: from what staff confirm, and from nothing else.

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CatalogueError, CheckOut, GalleryState, Guess, LearntBreed,
    NewVisit, NoVisit, Subject, VisitId,
};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use recognise::BreedId;
use recognise::metadata::{Guests, Species};

use super::{Daycare, arrival, embedding, photographed, pug};

const CALIBRATION: Guests = Guests {
    scale: 20.0,
    new: 0.6,
};

/// The time of day on a day in May 2026, by the kiosk's clock. The 15th is a Friday.
fn at(day: i8, hour: i8) -> Timestamp {
    let local = date(2026, 5, day).at(hour, 0, 0, 0);
    local.to_zoned(TimeZone::system()).unwrap().timestamp()
}

/// Somebody arrives who looks like this.
fn arrives(daycare: &Daycare, embedding: Vec<f32>, when: Timestamp) -> VisitId {
    daycare.arrives(&NewVisit {
        at: when,
        embedding,
        ..arrival("unsure", "boxer")
    })
}

/// An animal comes that looks like this one, and staff confirm who it is.
fn comes(daycare: &Daycare, animal: AnimalId, like: u32, when: Timestamp) -> VisitId {
    let visit = arrives(daycare, embedding(like), when);
    daycare.confirms(visit, "pug", Some(animal));
    visit
}

fn guess(daycare: &Daycare, visit: VisitId) -> Option<Guess> {
    daycare.catalogue.guess(visit, &CALIBRATION).unwrap()
}

#[test]
fn a_guest_is_known_again_and_a_stranger_is_new() {
    let daycare = Daycare::new();
    let [bella, max] = ["Bella", "Max"].map(|name| daycare.adds(&pug(name)));
    let today = at(15, 10);
    let early = arrives(&daycare, embedding(1), today);
    assert_eq!(guess(&daycare, early), None, "nobody is known yet");

    comes(&daycare, bella, 1, at(5, 10));
    comes(&daycare, max, 2, at(5, 10));
    let found = guess(&daycare, early).unwrap();
    assert!(found.is_sure(), "{found:?}");
    assert_eq!(found.guests[0].animal.id, bella);
    assert_eq!(found.guests[0].visit, None, "no photograph of it is kept");

    let both = embedding(1).into_iter().zip(embedding(2));
    let both = arrives(&daycare, both.map(|(a, b)| a + b).collect(), today);
    let found = guess(&daycare, both).unwrap();
    assert!(!found.is_sure(), "{found:?}");
    let probable = found.guests.iter().filter(|guest| guest.probability > 0.2);
    assert_eq!(probable.count(), 2, "Bella or Max: {found:?}");

    let found = guess(&daycare, arrives(&daycare, embedding(3), today)).unwrap();
    assert!(found.new > 0.95 && !found.is_sure(), "{found:?}");

    // Nothing can be compared: no embedding, or one by another network.
    for (embedding, model) in [
        (Vec::new(), "v1"),
        (embedding(1), "v2"),
        (vec![1.0; 64], "v1"),
    ] {
        let visit = daycare.arrives(&NewVisit {
            embedding,
            model: model.to_owned(),
            ..arrival("unsure", "boxer")
        });
        assert_eq!(guess(&daycare, visit), None);
    }
    let nobody = daycare.catalogue.guess(VisitId(999), &CALIBRATION);
    assert!(matches!(nobody, Err(CatalogueError::NoSuchVisit(_))));

    // Its newest photograph is shown, and of many who look alike three are named.
    let shown = daycare.arrives(&NewVisit {
        at: at(6, 10),
        ..photographed("unsure", "boxer", 8)
    });
    daycare.confirms(shown, "pug", Some(bella));
    for name in ["Ada", "Bo"] {
        comes(&daycare, daycare.adds(&pug(name)), 1, at(5, 10));
    }
    let found = guess(&daycare, early).unwrap();
    assert_eq!(found.guests.len(), 3);
    let found = found.guests.iter().find(|guest| guest.animal.id == bella);
    assert_eq!(found.and_then(|guest| guest.visit), Some(shown));
}

#[test]
fn embeddings_of_any_length_are_compared() {
    for length in [16, 192, 1024] {
        let daycare = Daycare::new();
        let bella = daycare.adds(&pug("Bella"));
        let picture: Vec<f32> = embedding(1).into_iter().cycle().take(length).collect();
        let first = arrives(&daycare, picture.clone(), at(5, 10));
        daycare.confirms(first, "pug", Some(bella));
        let found = guess(&daycare, arrives(&daycare, picture, at(15, 10)));
        assert!(found.is_some_and(|found| found.is_sure()), "{length}");
    }
}

#[test]
fn what_else_is_known_decides_between_animals_that_look_alike() {
    let check = |what: &str, known: fn(&Daycare, [AnimalId; 2], VisitId)| {
        let daycare = Daycare::new();
        let twins = ["Ada", "Bo"].map(|name| daycare.adds(&pug(name)));
        for twin in twins {
            comes(&daycare, twin, 1, at(12, 10));
        }
        let visit = arrives(&daycare, embedding(1), at(15, 10));
        let before = guess(&daycare, visit).unwrap().guests;
        assert_eq!(
            before[0].animal.id, twins[0],
            "the one that was added first"
        );
        assert_eq!(before[0].probability, before[1].probability);
        known(&daycare, twins, visit);
        let after = guess(&daycare, visit).unwrap().guests;
        assert_eq!(after[0].animal.id, twins[1], "{what}");
        assert!(after[0].probability > after[1].probability, "{what}");
    };
    check("the other one is expected", |daycare, [_, bo], _| {
        daycare.catalogue.expect(bo, date(2026, 5, 15)).unwrap();
    });
    check("the first one is in the house", |daycare, [ada, _], _| {
        comes(daycare, ada, 1, at(15, 9));
    });
    check("the other one comes on Fridays", |daycare, [ada, bo], _| {
        for (animal, day) in [(ada, 4), (ada, 11), (bo, 1), (bo, 8)] {
            comes(daycare, animal, 1, at(day, 10));
        }
    });
    check("staff said its breed", |daycare, [_, bo], visit| {
        let beagle = AnimalFields::new("Bo", Species::Dog, "beagle");
        daycare.catalogue.change_animal(bo, &beagle, "ana").unwrap();
        daycare.confirms(visit, "beagle", None);
    });
    check("it is a dog", |daycare, [ada, _], visit| {
        let cat = AnimalFields::new("Ada", Species::Cat, "siamese");
        daycare.catalogue.change_animal(ada, &cat, "ana").unwrap();
        let dog = arrival("species", "pug");
        daycare.catalogue.revise(visit, &dog).unwrap();
    });
}

#[test]
fn who_is_in_the_house_cannot_arrive_until_it_has_left() {
    let daycare = Daycare::new();
    let bella = daycare.adds(&pug("Bella"));
    // Nobody checked it out on a former day: that says nothing about today.
    comes(&daycare, bella, 1, at(14, 10));
    let in_the_morning = comes(&daycare, bella, 1, at(15, 9));
    let visit = arrives(&daycare, embedding(1), at(15, 10));
    let probability = |visit| guess(&daycare, visit).unwrap().guests[0].probability;
    let while_it_is_there = probability(visit);
    let check_out = CheckOut {
        visit: None,
        left_at: None,
        by: "bo".to_owned(),
        at: at(15, 10),
    };
    daycare.catalogue.check_out(bella, &check_out).unwrap();
    let odds = |probability: f32| probability / (1.0 - probability);
    assert!(odds(probability(visit)) > 40.0 * odds(while_it_is_there));
    // It is no reason against its own visit.
    assert!(probability(in_the_morning) > 0.95);
}

/// Whom the kiosk takes the guest of a visit for.
fn named(catalogue: &Catalogue, visit: VisitId) -> Vec<String> {
    let guess = catalogue.guess(visit, &CALIBRATION).unwrap();
    let guests = guess.map_or_else(Vec::new, |guess| guess.guests);
    let probable = guests.into_iter().filter(|guest| guest.probability > 0.5);
    probable.map(|guest| guest.animal.fields.name).collect()
}

#[test]
fn a_visit_counts_for_its_animal_as_long_as_staff_say_so() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let other = daycare.again();
    let [bella, max] = ["Bella", "Max"].map(|name| daycare.adds(&pug(name)));
    let again = arrives(&daycare, embedding(1), at(15, 10));
    let check = |what: &str, expected: &[&str]| {
        assert_eq!(named(catalogue, again), expected, "{what}");
        assert_eq!(named(&other, again), expected, "{what}: another process");
    };
    let visit = comes(&daycare, bella, 1, at(5, 10));
    check("confirmed", &["Bella"]);
    catalogue.undo(visit, None, "bo").unwrap();
    check("undone", &[]);
    daycare.confirms(visit, "pug", Some(bella));
    check("confirmed again", &["Bella"]);
    catalogue.take_guest_off(visit, None, "bo").unwrap();
    check("taken off", &[]);
    daycare.confirms(visit, "pug", Some(max));
    check("corrected", &["Max"]);
    catalogue.merge_animals(bella, max, "bo").unwrap();
    check("merged", &["Bella"]);
    catalogue.split_animal(bella, max, "bo").unwrap();
    check("split", &["Max"]);
    // Only the last visits count.
    for day in 6..14 {
        comes(&daycare, max, 3, at(day, 10));
    }
    check("eight others since", &[]);
    let visit = comes(&daycare, bella, 1, at(14, 10));
    check("another one", &["Bella"]);
    (catalogue.delete_visit(visit, NoVisit::Mistake, None, "bo")).unwrap();
    check("deleted", &[]);
    comes(&daycare, bella, 1, at(14, 10));
    catalogue.delete_animal(bella, "owner").unwrap();
    check("forgotten", &[]);
}

#[test]
fn a_new_network_does_not_forget_the_guests() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let [bella, max] = ["Bella", "Max"].map(|name| daycare.adds(&pug(name)));
    let photographed = |day: i8, animal: Option<AnimalId>| {
        let visit = daycare.arrives(&NewVisit {
            at: at(day, 10),
            ..photographed("unsure", "boxer", 8)
        });
        daycare.confirms(visit, "whippet", animal);
        visit
    };
    let mut kept: Vec<VisitId> = (1..=10).map(|day| photographed(day, Some(bella))).collect();
    kept.push(photographed(11, None));
    kept.reverse();
    // The two oldest of Bella's do not matter any more. Of Max there is no photograph.
    kept.truncate(9);
    let without = comes(&daycare, max, 2, at(5, 10));
    let state = |comparable, waiting, lost| GalleryState {
        comparable,
        waiting,
        lost,
    };
    assert_eq!(catalogue.gallery_state("v1").unwrap(), state(2, 0, 0));
    assert!(catalogue.to_embed("v1", 99).unwrap().is_empty());
    assert_eq!(catalogue.gallery_state("v2").unwrap(), state(0, 1, 1));
    assert_eq!(catalogue.to_embed("v2", 99).unwrap(), kept, "newest first");
    assert_eq!(catalogue.to_embed("v2", 2).unwrap(), kept[..2]);

    let of_v2 = || {
        daycare.arrives(&NewVisit {
            at: at(15, 10),
            embedding: embedding(5),
            model: "v2".to_owned(),
            ..arrival("unsure", "boxer")
        })
    };
    assert!(named(catalogue, of_v2()).is_empty());
    let about = |visit| {
        let history = catalogue.history(Subject::Visit(visit)).unwrap();
        (catalogue.visit(visit).unwrap(), history)
    };
    let before = about(kept[1]);
    for visit in catalogue.to_embed("v2", 99).unwrap() {
        catalogue.embed(visit, "v2", &embedding(5)).unwrap();
    }
    assert_eq!(named(catalogue, of_v2()), ["Bella"]);
    assert_eq!(about(kept[1]), before, "it is no decision");
    assert!(catalogue.to_embed("v2", 99).unwrap().is_empty());
    assert_eq!(catalogue.gallery_state("v2").unwrap(), state(1, 0, 1));

    // Without a photograph, or with one that gives none, there is no embedding.
    catalogue.embed(without, "v2", &embedding(5)).unwrap();
    assert_eq!(catalogue.gallery_state("v2").unwrap(), state(1, 0, 1));
    for visit in &kept {
        catalogue.embed(*visit, "v2", &[]).unwrap();
    }
    assert!(named(catalogue, of_v2()).is_empty());
    assert!(catalogue.to_embed("v2", 99).unwrap().is_empty());
    // The former network comes back.
    assert_eq!(catalogue.to_embed("v1", 99).unwrap(), kept);
    let nobody = catalogue.embed(VisitId(999), "v2", &embedding(5));
    assert!(matches!(nobody, Err(CatalogueError::NoSuchVisit(_))));
}

#[test]
fn a_better_answer_brings_the_embedding_of_its_own_network() {
    let daycare = Daycare::new();
    let bella = daycare.adds(&pug("Bella"));
    comes(&daycare, bella, 1, at(5, 10));
    let visit = arrives(&daycare, embedding(1), at(15, 10));
    let by_another = NewVisit {
        model: "v2".to_owned(),
        ..arrival("breed", "pug")
    };
    daycare.catalogue.revise(visit, &by_another).unwrap();
    assert_eq!(daycare.catalogue.visit(visit).unwrap().model, "v2");
    assert_eq!(guess(&daycare, visit), None);
}

#[test]
fn a_breed_is_learnt_from_three_visits_of_two_animals() {
    let check = |what: &str, breed: &str, animals: &[Option<usize>], expected: usize| {
        let daycare = Daycare::new();
        let catalogue = &daycare.catalogue;
        let known = ["Ada", "Bo"].map(|name| daycare.adds(&pug(name)));
        let mut last = None;
        for animal in animals {
            let visit = daycare.arrives(&arrival("unsure", "boxer"));
            daycare.confirms(visit, breed, animal.map(|place| known[place]));
            last = Some(visit);
        }
        let examples = catalogue.examples("v1").unwrap();
        assert_eq!(examples.len(), expected, "{what}");
        for example in &examples {
            assert_eq!((&*example.breed, example.species), (breed, Species::Dog));
            let squares = example.embedding.iter().map(|number| number * number);
            assert!((squares.sum::<f32>() - 1.0).abs() < 1e-3, "{what}");
        }
        assert!(catalogue.examples("v2").unwrap().is_empty(), "{what}");
        // A wrong one that is taken back leaves it.
        catalogue.undo(last.unwrap(), None, "bo").unwrap();
        let left = catalogue.examples("v1").unwrap().len();
        assert!(left < expected.max(1), "{what}");
    };
    let (ada, bo) = (Some(0), Some(1));
    check("one animal", "whippet", &[ada, ada, ada, ada], 0);
    check("two visits", "whippet", &[ada, bo], 0);
    check("enough", "whippet", &[ada, bo, ada], 3);
    check("one is of nobody known", "whippet", &[ada, bo, None], 3);
    check("no breed", "other", &[ada, bo, ada], 0);
    check("no look", "mixed_breed", &[ada, bo, ada], 0);
    let regular = [&[ada; 11][..], &[bo]].concat();
    check("one comes every day", "whippet", &regular, 9);
}

#[test]
fn a_breed_that_is_forgotten_is_not_learnt_until_it_is_allowed_again() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let whippet = BreedId::from("whippet");
    let learning = |pictures, animals, forgotten| {
        let breed = whippet.clone();
        vec![LearntBreed {
            breed,
            pictures,
            animals,
            forgotten,
        }]
    };
    let animals = ["Ada", "Bo"].map(|name| daycare.adds(&pug(name)));
    let mut visits = Vec::new();
    for animal in [animals[0], animals[1], animals[0]] {
        let visit = daycare.arrives(&arrival("unsure", "boxer"));
        daycare.confirms(visit, "whippet", Some(animal));
        visits.push(catalogue.visit(visit).unwrap());
    }
    assert_eq!(catalogue.learning("v1").unwrap(), learning(3, 2, false));
    assert!(catalogue.learning("v2").unwrap().is_empty());

    // Again changes nothing.
    for _ in 0..2 {
        catalogue.forget_breed(&whippet, "owner").unwrap();
    }
    assert!(catalogue.examples("v1").unwrap().is_empty());
    assert_eq!(catalogue.learning("v1").unwrap(), learning(3, 2, true));
    for visit in &visits {
        assert_eq!(&catalogue.visit(visit.id).unwrap(), visit, "it keeps it");
    }
    // Nor does a further visit teach it, and a backup has it.
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    daycare.confirms(visit, "whippet", Some(animals[1]));
    assert!(catalogue.examples("v1").unwrap().is_empty());
    daycare.backs_up();

    for _ in 0..2 {
        catalogue.allow_breed(&whippet, "bo").unwrap();
    }
    assert_eq!(catalogue.examples("v1").unwrap().len(), 4);
    let history = catalogue.history(Subject::Settings).unwrap();
    let history = history.iter().map(|change| {
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        (&*change.field, &*change.by, before, after)
    });
    let (field, name) = ("forgotten_breed", Some("whippet"));
    assert_eq!(
        history.collect::<Vec<_>>(),
        [(field, "owner", None, name), (field, "bo", name, None)]
    );
    catalogue.restore(&daycare.backup_file()).unwrap();
    assert_eq!(catalogue.learning("v1").unwrap(), learning(4, 2, true));

    // It is still known as forgotten once nothing is left of it.
    for animal in animals {
        catalogue.delete_animal(animal, "owner").unwrap();
    }
    let gone = &catalogue.learning("v1").unwrap()[0];
    assert!(gone.forgotten && gone.animals == 0, "{gone:?}");
    let folder = catalogue.forget_breed(&"../pug".into(), "owner");
    assert!(matches!(folder, Err(CatalogueError::Invalid { .. })));
}
