//! A kiosk with a detector: each animal is an arrival, and nothing else is.

use std::collections::BTreeSet;

use catalogue::{Settings, VisitId};
use checkin::Stage;
use desk::kiosk::{Arrival, Command, CommandError};
use image::{Rgb, RgbImage};
use recognise::{BreedId, photo};
use screens::Button;
use tokio::runtime;

use crate::common::Draft;
use crate::kiosk::{GREEN, House, RED, entrance};

/// A colour in which neither a cat nor a dog is found.
const BLUE: [u8; 3] = [20, 20, 250];

/// A cat on the left and a dog on the right.
fn pair() -> RgbImage {
    RgbImage::from_fn(320, 240, |x, _| Rgb(if x < 160 { RED } else { GREEN }))
}

fn ask(house: &House, command: Command) -> Result<(), CommandError> {
    let runtime = runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(house.kiosk.ask(command))
}

/// Both arrivals, once both are on record.
fn recorded(house: &House) -> Vec<Arrival> {
    house.show(Some(pair()));
    let live = house.wait("two records", |live| {
        live.arrivals().filter(|it| it.visit.is_some()).count() == 2
    });
    live.arrivals().cloned().collect()
}

/// The size of what is kept of a visit's picture.
fn kept(house: &House, visit: VisitId) -> (u32, u32) {
    let photograph = house.kiosk.catalogue.photograph(visit).unwrap().unwrap();
    photo::decode(&photograph).unwrap().dimensions()
}

#[test]
fn two_animals_at_once_are_two_visits_and_confirmed_one_by_one() {
    let house = House::with(&Draft::with_detector());
    let both = recorded(&house);
    let breed = |arrival: &Arrival| arrival.candidates[0].breed.clone();
    let breeds: BTreeSet<BreedId> = both.iter().map(breed).collect();
    let expected = ["green_dog", "red_cat"].map(BreedId::from);
    assert_eq!(breeds, BTreeSet::from(expected));
    let numbers: BTreeSet<u8> = both.iter().map(|arrival| arrival.number).collect();
    assert_eq!(numbers, BTreeSet::from([1, 2]));
    for arrival in &both {
        let [x, _] = arrival.region.centre();
        assert_eq!(x < 0.5, breed(arrival) == "red_cat", "{arrival:?}");
    }

    // Somebody chooses the other one on the page, and presses the button at the screen.
    let chosen = both[1].id;
    assert_eq!(ask(&house, Command::Focus(chosen)), Ok(()));
    let live = house.kiosk.live().borrow().clone();
    assert_eq!((live.arrival.id, live.others.len()), (chosen, 1));
    assert_eq!(ask(&house, Command::Press(Button::Confirm)), Ok(()));
    let visit = |arrival: &Arrival| {
        let visit = house.kiosk.catalogue.visit(arrival.visit.unwrap());
        visit.unwrap().confirmed_breed
    };
    assert_eq!(visit(&both[0]), None);
    assert_eq!(visit(&both[1]), Some(breed(&both[1])));
    // The button means the other one now.
    assert_eq!(house.kiosk.live().borrow().arrival.id, both[0].id);
    assert_eq!(ask(&house, Command::Press(Button::Confirm)), Ok(()));
    assert_eq!(visit(&both[0]), Some(breed(&both[0])));
    assert_eq!(
        ask(&house, Command::Focus(99)),
        Err(CommandError::Outdated),
        "nobody has this id"
    );
}

#[test]
fn whoever_is_no_animal_is_no_arrival() {
    let house = House::with(&Draft::with_detector());
    house.show(Some(entrance(Some(BLUE))));
    let live = house.wait("the detector", |live| live.counts.detector_runs >= 3);
    assert_eq!(live.arrival.stage, Stage::Empty);
    assert_eq!(live.counts.predictions, 0);
    assert!(house.confirmed().is_empty());
}

#[test]
fn a_photograph_without_an_animal_is_refused_and_opens_no_visit() {
    let house = House::with(&Draft::with_detector());
    let photo = |colour| Command::Photograph(RgbImage::from_pixel(300, 300, Rgb(colour)));
    assert_eq!(ask(&house, photo(BLUE)), Err(CommandError::NoAnimal));
    assert_eq!(ask(&house, photo(RED)), Ok(()));
    let visit = house.stage(Stage::Answered).arrival.visit;
    assert!(visit.is_some());
    assert_eq!(house.confirmed(), [None]);
}

#[test]
fn a_press_does_not_wait_for_the_photographs_that_came_before_it() {
    const PHOTOGRAPHS: u64 = 6;
    let house = House::with(&Draft::with_detector());
    let runs = || house.kiosk.live().borrow().counts.detector_runs;
    let before = runs();
    for _ in 0..PHOTOGRAPHS {
        let photo = RgbImage::from_pixel(300, 300, Rgb(BLUE));
        house.kiosk.tell(Command::Photograph(photo)).unwrap();
    }
    assert_eq!(ask(&house, Command::Press(Button::New)), Ok(()));
    let meanwhile = runs() - before;
    assert!(meanwhile < PHOTOGRAPHS, "it waited for {meanwhile} runs");
    // Each has its turn, and at this empty desk the detector has nothing else to do.
    let all = before + PHOTOGRAPHS;
    house.wait("all runs", |live| live.counts.detector_runs == all);
    assert_eq!(house.kiosk.waiting(), 0);
}

#[test]
fn a_slow_kiosk_counts_the_frames_for_which_it_had_no_time() {
    let house = House::with(&Draft::with_slow_detector());
    let before = house.stage(Stage::Empty).counts;
    house.show(Some(pair()));
    house.wait("frames that were passed over", |live| {
        live.counts.skipped > before.skipped && live.counts.deferred > before.deferred
    });
}

#[test]
fn what_is_kept_is_the_animal_with_a_margin_unless_whole_frames_are_wanted() {
    for whole_frames in [false, true] {
        let house = House::with(&Draft::with_detector());
        let settings = Settings {
            whole_frames,
            ..Settings::default()
        };
        house
            .kiosk
            .catalogue
            .set_settings(&settings, "owner")
            .unwrap();
        assert_eq!(ask(&house, Command::Settings), Ok(()));
        for arrival in recorded(&house) {
            // Half of the picture is the animal's, and 15 % of that is the margin.
            let size = if whole_frames { (320, 240) } else { (184, 240) };
            assert_eq!(kept(&house, arrival.visit.unwrap()), size);
        }
    }
}
