//! A kiosk whose network makes embeddings: it knows its guests, and learns breeds.

use std::thread;
use std::time::{Duration, Instant};

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CheckOut, Decision, GalleryState, NewVisit, VisitId,
};
use checkin::Stage;
use desk::kiosk::{Command, Greeting};
use image::RgbImage;
use jiff::Timestamp;
use recognise::metadata::Species;
use recognise::{BreedId, Source, VerdictKind};
use screens::Button;
use tempfile::TempDir;
use tokio::runtime;

use crate::common::Draft;
use crate::kiosk::{GREEN, House, RED, entrance};

/// A colour between those of the network's breeds.
const YELLOW: [u8; 3] = [250, 250, 20];

/// The version of the network.
const MODEL: &str = "2024-05-01";

fn ask(house: &House, command: Command) {
    let runtime = runtime::Builder::new_current_thread().build();
    let asked = runtime.unwrap().block_on(house.kiosk.ask(command));
    assert_eq!(asked, Ok(()));
}

fn add(catalogue: &Catalogue, name: &str, breed: &str) -> AnimalId {
    let fields = AnimalFields::new(name, Species::Dog, breed);
    catalogue.add_animal(&fields, "staff").unwrap()
}

/// Staff say whose visit it is.
fn decide(catalogue: &Catalogue, visit: VisitId, animal: AnimalId, breed: &str) {
    let decision = Decision {
        breed: breed.into(),
        breed_name: None,
        animal: Some(animal),
        by: "staff".to_owned(),
        at: Timestamp::now(),
        revision: None,
    };
    catalogue.confirm(visit, &decision).unwrap();
}

/// A visit of an animal of this colour, embedded by a network.
fn record(
    catalogue: &Catalogue,
    picture: Option<RgbImage>,
    colour: [u8; 3],
    model: &str,
) -> VisitId {
    let mut embedding = vec![0.0; 16];
    for (number, value) in embedding.iter_mut().zip(colour) {
        *number = f32::from(value);
    }
    let visit = NewVisit {
        at: Timestamp::now(),
        photograph: picture,
        verdict: VerdictKind::Unsure,
        candidates: Vec::new(),
        confidence: 0.5,
        embedding,
        model: model.to_owned(),
        source: Source::Camera,
    };
    catalogue.record(&visit).unwrap().visit
}

#[test]
fn a_guest_who_comes_again_is_greeted_by_name_and_confirmed_in_one_press() {
    let house = House::with(&Draft::with_embedding());
    let catalogue = &house.kiosk.catalogue;
    let bella = add(catalogue, "Bella", "blue_dog");
    house.show(Some(entrance(Some(RED))));
    let first = house.stage(Stage::Answered).arrival.clone();
    assert_eq!(first.greeting(), Greeting::Unknown, "nobody is known yet");
    let visit = first.visit.unwrap();
    decide(catalogue, visit, bella, "blue_dog");
    ask(&house, Command::Confirmed(visit));
    let check_out = CheckOut {
        visit: Some(visit),
        left_at: None,
        by: "staff".to_owned(),
        at: Timestamp::now(),
    };
    catalogue.check_out(bella, &check_out).unwrap();
    house.show(Some(entrance(None)));
    house.stage(Stage::Empty);

    house.show(Some(entrance(Some(RED))));
    let again = house.stage(Stage::Answered);
    assert_eq!(again.arrival.greeting(), Greeting::Sure, "{again:?}");
    assert_eq!(again.arrival.selected_animal(), Some(bella));
    // The breeds come after her.
    let before = again.screen_id().to_owned();
    ask(&house, Command::Press(Button::Next));
    let breed = house.kiosk.live().borrow().clone();
    assert_eq!(breed.arrival.selected_animal(), None);
    assert_ne!(breed.screen_id(), before);
    for _ in 0..breed.arrival.candidates.len() {
        ask(&house, Command::Press(Button::Next));
    }
    ask(&house, Command::Press(Button::Confirm));
    let visit = catalogue.visit(again.arrival.visit.unwrap()).unwrap();
    assert_eq!(visit.animal, Some((bella, "Bella".to_owned())));
    assert_eq!(visit.confirmed_breed.as_deref(), Some("blue_dog"));

    house.show(Some(entrance(Some(GREEN))));
    let stranger = house.wait("a stranger", |live| {
        live.arrival.visit.is_some_and(|next| next != visit.id)
    });
    assert_eq!(stranger.arrival.greeting(), Greeting::New);
    assert_eq!(stranger.arrival.selected_animal(), None);
}

#[test]
fn a_breed_that_staff_taught_is_named_and_confirmed_at_the_button() {
    let house = House::with(&Draft::with_embedding());
    let catalogue = &house.kiosk.catalogue;
    let [rex, luna] = ["Rex", "Luna"].map(|name| add(catalogue, name, "whippet"));
    for animal in [rex, luna, luna] {
        let visit = record(catalogue, None, YELLOW, MODEL);
        decide(catalogue, visit, animal, "whippet");
        ask(&house, Command::Confirmed(visit));
    }
    house.show(Some(entrance(Some(YELLOW))));
    let live = house.stage(Stage::Answered);
    assert_eq!(live.arrival.verdict, Some(VerdictKind::Breed), "{live:?}");
    assert_eq!(live.arrival.candidates[0].breed, "whippet");
    assert_eq!(live.arrival.learnt, vec![(BreedId::from("whippet"), 3)]);
    let visit = live.arrival.visit.unwrap();
    let recorded = catalogue.visit(visit).unwrap();
    assert_eq!(recorded.breed.as_deref(), Some("whippet"));
    // Perhaps the animals that look the same are offered first.
    while house.kiosk.live().borrow().arrival.selected_guest.is_some() {
        ask(&house, Command::Press(Button::Next));
    }
    ask(&house, Command::Press(Button::Confirm));
    let confirmed = catalogue.visit(visit).unwrap();
    assert_eq!(confirmed.confirmed_breed.as_deref(), Some("whippet"));

    // It is forgotten.
    catalogue.forget_breed(&"whippet".into(), "owner").unwrap();
    ask(&house, Command::Taught);
    house.show(Some(entrance(None)));
    house.stage(Stage::Empty);
    house.show(Some(entrance(Some(YELLOW))));
    let live = house.stage(Stage::Answered);
    assert!(live.arrival.learnt.is_empty(), "{live:?}");
}

#[test]
fn a_change_of_the_network_does_not_make_the_kiosk_forget_its_guests() {
    let folder = TempDir::new().unwrap();
    let catalogue = Catalogue::open(folder.path()).unwrap();
    let bella = add(&catalogue, "Bella", "red_cat");
    // As another network embedded her: in another colour.
    let visit = record(&catalogue, Some(entrance(Some(RED))), GREEN, "former");
    decide(&catalogue, visit, bella, "red_cat");
    drop(catalogue);

    let house = House::on(folder, &Draft::with_embedding());
    let catalogue = &house.kiosk.catalogue;
    let known = GalleryState {
        comparable: 1,
        ..GalleryState::default()
    };
    let start = Instant::now();
    while catalogue.gallery_state(MODEL).unwrap() != known {
        assert!(start.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(10));
    }
    let check_out = CheckOut {
        visit: None,
        left_at: None,
        by: "staff".to_owned(),
        at: Timestamp::now(),
    };
    catalogue.check_out(bella, &check_out).unwrap();
    house.show(Some(entrance(Some(RED))));
    let live = house.stage(Stage::Answered);
    assert_eq!(live.arrival.selected_animal(), Some(bella), "{live:?}");
}
