//! The course of an arrival, told by time and events alone.

#[path = "../../recognise/tests/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::Duration;

use checkin::{Checkin, Effect, Event, Pace, Presence, Sight, Stage, Turn};
use common::Draft;
use image::{Rgb, RgbImage};
use recognise::{Bundle, Prediction};

/// What the network makes of a frame of each animal, in the order red cat, green dog, blue dog.
const CAT: [f32; 3] = [0.96, 0.02, 0.02];
const DOG: [f32; 3] = [0.02, 0.96, 0.02];
const MIXED: [f32; 3] = [0.01, 0.49, 0.5];
const BALL: [f32; 3] = [0.34, 0.33, 0.33];

/// The time between two frames.
const FRAME: Duration = Duration::from_millis(100);

/// A desk with a clock that stands still during predictions, and ten frames a second.
struct Desk {
    checkin: Checkin,
    now: Duration,
    effects: Vec<Effect>,
    /// How long each prediction takes.
    took: Duration,
    /// The index of each frame that the network ran on, and of each that it rested on.
    ran: Vec<usize>,
    rested: Vec<usize>,
    frames: usize,
}

impl Desk {
    fn new() -> Self {
        let mut draft = Draft::default();
        draft.prop("kiosk.unknown")["threshold"] = 0.6.into();
        let bundle = Bundle::from_bytes(&draft.bytes(), "drawn").unwrap();
        Self {
            checkin: Checkin::new(Arc::new(bundle.metadata), Pace::default()),
            now: Duration::ZERO,
            effects: Vec::new(),
            took: Duration::ZERO,
            ran: Vec::new(),
            rested: Vec::new(),
            frames: 0,
        }
    }

    fn event(&mut self, event: Event) {
        self.effects.extend(self.checkin.on(self.now, event));
    }

    /// Frames of nobody.
    fn nobody(&mut self, frames: usize) {
        for _ in 0..frames {
            self.now += FRAME;
            self.frames += 1;
            self.event(Event::Seen(Sight::Empty));
            let turn = self.checkin.turn(self.now);
            assert_eq!(turn, Turn::Skip, "no prediction of nobody");
        }
    }

    /// Frames of an animal; the network runs when its turn has come.
    fn animal(&mut self, probabilities: [f32; 3], frames: usize) {
        for _ in 0..frames {
            self.now += FRAME;
            self.frames += 1;
            self.event(Event::Seen(Sight::Still));
            match self.checkin.turn(self.now) {
                Turn::Skip => {}
                Turn::Rest => self.rested.push(self.frames),
                Turn::Run => {
                    self.ran.push(self.frames);
                    let prediction = Prediction {
                        probabilities: probabilities.to_vec(),
                        similarity: vec![],
                    };
                    let took = self.took;
                    self.event(Event::Predicted { prediction, took });
                }
            }
        }
    }

    /// How many frames after the one before the network ran, for each frame that it ran on.
    fn gaps(&self) -> Vec<usize> {
        self.ran.windows(2).map(|two| two[1] - two[0]).collect()
    }

    /// Staff press confirm, and the disk obeys.
    fn confirm(&mut self) {
        self.event(Event::Confirm);
        let asked = matches!(self.effects.last(), Some(Effect::Confirm(_)));
        assert!(asked, "{:?}", self.effects);
        self.event(Event::Confirmed);
    }

    fn stage(&self) -> &'static str {
        match self.checkin.stage() {
            Stage::Empty => "empty",
            Stage::Somebody => "somebody",
            Stage::Predicting => "predicting",
            Stage::Answered => self.checkin.answer().unwrap().verdict.kind().as_str(),
            Stage::Confirmed => "confirmed",
            Stage::Thanks => "thanks",
        }
    }

    /// The effects so far, by name and first breed.
    fn story(&self) -> Vec<String> {
        let told = self.effects.iter().map(|effect| match effect {
            Effect::Record(answer) => format!("record {}", answer.verdict.kind()),
            Effect::Revise(answer) => format!("revise {}", answer.verdict.kind()),
            Effect::Confirm(breed) => format!("confirm {breed}"),
        });
        told.collect()
    }
}

#[test]
fn an_animal_comes_is_recognised_confirmed_thanked_and_leaves() {
    let mut desk = Desk::new();
    desk.nobody(10);
    assert_eq!(desk.stage(), "empty");
    desk.animal(CAT, 1);
    assert_eq!(desk.stage(), "predicting");
    desk.animal(CAT, 4);
    assert_eq!(desk.stage(), "breed");
    desk.confirm();
    assert_eq!(desk.stage(), "confirmed");
    desk.animal(CAT, 25);
    assert_eq!(desk.stage(), "thanks");
    desk.nobody(60);
    assert_eq!(desk.stage(), "empty");
    assert_eq!(desk.story(), ["record breed", "confirm 0"]);
}

#[test]
fn the_answer_comes_within_a_second() {
    for (animal, verdict) in [(CAT, "breed"), (MIXED, "species"), (BALL, "not_ours")] {
        let mut desk = Desk::new();
        desk.animal(animal, 10);
        assert_eq!(desk.stage(), verdict);
    }
}

#[test]
fn an_animal_that_moves_is_waited_for_but_not_for_ever() {
    let mut desk = Desk::new();
    for frame in 1..=20 {
        desk.now += FRAME;
        desk.event(Event::Seen(Sight::Moving));
        let runs = desk.checkin.turn(desk.now) == Turn::Run;
        assert_eq!(runs, frame > 10, "frame {frame}");
    }
    desk.animal(CAT, 3);
    assert_eq!(desk.story(), ["record breed"]);
}

#[test]
fn however_long_it_wriggles_it_is_one_visit() {
    let mut desk = Desk::new();
    for _ in 0..50 {
        desk.animal(CAT, 30);
        desk.nobody(10);
        desk.animal(BALL, 5);
        desk.animal(MIXED, 5);
    }
    assert_eq!(desk.story(), ["record breed"]);
    assert_eq!(desk.stage(), "breed");
}

#[test]
fn an_answer_may_become_surer_and_never_less_so() {
    let mut desk = Desk::new();
    desk.animal(BALL, 10);
    assert_eq!(desk.stage(), "not_ours");
    desk.animal(DOG, 60);
    assert_eq!(desk.stage(), "breed");
    desk.animal(MIXED, 60);
    assert_eq!(desk.stage(), "breed");
    let story = desk.story();
    assert_eq!(story.first().map(String::as_str), Some("record not_ours"));
    assert_eq!(story.last().map(String::as_str), Some("revise breed"));
    assert!(
        story[1..].iter().all(|told| told.starts_with("revise")),
        "{story:?}"
    );
}

#[test]
fn a_second_animal_begins_a_new_visit() {
    // In the place of the first, without an empty desk between.
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.animal(DOG, 80);
    assert_eq!(desk.story(), ["record breed", "record breed"]);

    // After an empty desk, even of the same breed.
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.nobody(20);
    assert_eq!(desk.stage(), "breed", "the answer lingers");
    desk.animal(CAT, 10);
    assert_eq!(desk.story(), ["record breed", "record breed"]);
}

#[test]
fn a_guest_who_stays_after_the_thanks_is_not_checked_in_again() {
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.confirm();
    desk.animal(CAT, 300);
    assert_eq!(desk.stage(), "thanks");
    assert_eq!(desk.story(), ["record breed", "confirm 0"]);
}

#[test]
fn an_answer_that_nobody_confirms_goes_after_a_while() {
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.nobody(290);
    assert_eq!(desk.stage(), "breed");
    desk.nobody(20);
    assert_eq!(desk.stage(), "empty");
    assert_eq!(desk.story(), ["record breed"]);
}

#[test]
fn somebody_who_walks_by_is_no_visit() {
    let mut desk = Desk::new();
    desk.animal(CAT, 2);
    desk.nobody(30);
    assert_eq!(desk.stage(), "empty");
    assert_eq!(desk.story(), [""; 0]);
}

#[test]
fn the_next_button_goes_round_the_candidates_and_confirm_takes_the_one_shown() {
    let mut desk = Desk::new();
    desk.animal(MIXED, 10);
    desk.event(Event::Next);
    desk.confirm();
    assert_eq!(desk.story(), ["record species", "confirm 1"]);

    let mut desk = Desk::new();
    desk.animal(MIXED, 10);
    for _ in 0..3 {
        desk.event(Event::Next);
    }
    desk.confirm();
    assert_eq!(desk.story(), ["record species", "confirm 2"]);
}

#[test]
fn a_selection_stays_with_its_breed_when_the_answer_becomes_surer() {
    // The candidates are 2, 1 and 0. How often staff press next, what becomes certain, and the
    // breed that the confirm button takes then.
    for (presses, certain, confirmed) in [(0, DOG, 1), (1, CAT, 1), (2, DOG, 0), (3, DOG, 1)] {
        let mut desk = Desk::new();
        desk.animal([0.02, 0.48, 0.5], 10);
        assert_eq!(desk.stage(), "species");
        for _ in 0..presses {
            desk.event(Event::Next);
        }
        desk.animal(certain, 60);
        assert_eq!(desk.stage(), "breed");
        desk.confirm();
        let expected = [
            "record species",
            "revise breed",
            &format!("confirm {confirmed}"),
        ];
        assert_eq!(desk.story(), expected, "{presses} presses");
    }
}

#[test]
fn whoever_stays_after_the_new_button_is_the_same_guest() {
    for confirms in [false, true] {
        for animal in [CAT, BALL] {
            let mut desk = Desk::new();
            desk.animal(animal, 10);
            let recorded = desk.story();
            if confirms && animal == CAT {
                desk.confirm();
            }
            for _ in 0..3 {
                desk.event(Event::New);
                assert_eq!(desk.stage(), "empty");
                desk.animal(animal, 100);
                assert_eq!(desk.stage(), "empty", "it is still the same guest");
            }
            assert_eq!(desk.story()[..1], recorded);
            let records = desk.story();
            let records = records.iter().filter(|told| told.starts_with("record"));
            assert_eq!(records.count(), 1);

            // It leaves and comes again.
            desk.nobody(1);
            desk.animal(animal, 10);
            assert_eq!(desk.story().last(), recorded.last());
        }
    }
}

#[test]
fn after_the_new_button_another_animal_in_the_place_of_the_first_is_a_new_guest() {
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.event(Event::New);
    desk.animal(CAT, 50);
    desk.animal(DOG, 80);
    assert_eq!(desk.story(), ["record breed", "record breed"]);
    assert_eq!(desk.checkin.answer().unwrap().offered(), Some(1));
}

#[test]
fn time_without_frames_does_not_empty_the_entrance() {
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.event(Event::New);
    for _ in 0..100 {
        desk.now += FRAME;
        desk.event(Event::Passed);
    }
    desk.animal(CAT, 10);
    assert_eq!(desk.story(), ["record breed"]);
}

#[test]
fn the_new_button_at_an_emptied_entrance_clears_the_answer_and_the_next_guest_is_new() {
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.nobody(3);
    desk.event(Event::New);
    assert_eq!(desk.stage(), "empty");
    desk.animal(CAT, 10);
    assert_eq!(desk.story(), ["record breed", "record breed"]);
}

#[test]
fn the_new_button_before_an_answer_starts_the_predictions_again() {
    let mut desk = Desk::new();
    desk.animal(CAT, 2);
    desk.event(Event::New);
    desk.animal(DOG, 10);
    assert_eq!(desk.story(), ["record breed"]);
    assert_eq!(desk.checkin.answer().unwrap().offered(), Some(1));
}

#[test]
fn a_decision_that_is_taken_back_leaves_the_answer_open() {
    for seconds in [0, 4] {
        let mut desk = Desk::new();
        desk.animal(CAT, 10);
        desk.confirm();
        desk.animal(CAT, seconds * 10);
        desk.event(Event::Undone);
        assert_eq!(desk.stage(), "breed");
        desk.confirm();
        assert_eq!(desk.story(), ["record breed", "confirm 0", "confirm 0"]);
    }
}

#[test]
fn the_network_leaves_a_share_of_the_processor_to_everybody_else() {
    // How long a prediction takes, and the frames from one to the next: until there is an answer,
    // and after that.
    for (took, before, after) in [
        (0, 1, 5),
        (100, 1, 5),
        (400, 1, 5),
        (500, 2, 5),
        (800, 2, 8),
        (2000, 5, 20),
        (8000, 20, 80),
    ] {
        let mut desk = Desk::new();
        desk.took = Duration::from_millis(took);
        desk.animal(CAT, 400);
        assert_eq!(desk.story(), ["record breed"], "{took} ms");
        let gaps = desk.gaps();
        assert_eq!(gaps[..2], [before; 2], "{took} ms");
        assert!(
            gaps[2..].iter().all(|gap| *gap == after),
            "{took} ms: {gaps:?}"
        );
        let rests = desk.rested.iter().filter(|frame| **frame < desk.ran[2]);
        assert_eq!(rests.count(), 2 * (before - 1), "{took} ms");

        // However often somebody presses a button.
        let mut desk = Desk::new();
        desk.took = Duration::from_millis(took);
        for _ in 0..200 {
            desk.animal(MIXED, 1);
            desk.event(Event::New);
        }
        assert!(desk.gaps().iter().all(|gap| *gap == before), "{took} ms");
    }
}

#[test]
fn what_is_not_ours_cannot_be_confirmed_at_the_button() {
    let mut desk = Desk::new();
    desk.animal(BALL, 10);
    desk.event(Event::Next);
    assert_eq!(desk.checkin.answer().unwrap().selected, 0);
    desk.event(Event::Confirm);
    assert_eq!(desk.story(), ["record not_ours"]);
}

#[test]
fn buttons_mean_nothing_at_an_empty_desk() {
    let mut desk = Desk::new();
    for event in [
        Event::Confirm,
        Event::Next,
        Event::New,
        Event::Confirmed,
        Event::Undone,
    ] {
        desk.event(event);
        desk.nobody(3);
        assert_eq!(desk.stage(), "empty");
    }
    assert_eq!(desk.story(), [""; 0]);
}

/// A room before a camera: a desk, how much light there is in per cent, and somebody of some size.
fn room(light: u32, somebody: Option<u32>) -> RgbImage {
    let mut picture = RgbImage::from_fn(640, 480, |x, y| {
        let plank = (x / 40 + y / 60) % 2 * 40 + 80;
        Rgb([(plank * light / 100) as u8; 3])
    });
    if let Some(side) = somebody {
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            picture.put_pixel(250 + x, 150 + y, Rgb([230, 160, 90]));
        }
    }
    picture
}

/// What a row of pictures shows, ten a second.
fn seen(pictures: impl IntoIterator<Item = RgbImage>) -> Vec<Sight> {
    let mut presence = Presence::default();
    let frames = pictures.into_iter().enumerate();
    frames
        .map(|(index, picture)| presence.see(Duration::from_millis(100 * index as u64), &picture))
        .collect()
}

#[test]
fn somebody_is_noticed_at_once_and_missed_at_once() {
    let mut pictures = vec![room(100, None); 10];
    pictures.extend(vec![room(100, Some(300)); 10]);
    pictures.extend(vec![room(100, None); 10]);
    let somebody = [&[Sight::Moving][..], &[Sight::Still; 9]].concat();
    let expected = [&[Sight::Empty; 10][..], &somebody, &[Sight::Empty; 10]].concat();
    assert_eq!(seen(pictures), expected);
}

#[test]
fn light_is_nobody() {
    // A lamp that is lit, then dusk.
    let mut pictures = vec![room(100, None); 10];
    pictures.extend(vec![room(140, None); 10]);
    pictures.extend((0..100).map(|step| room(140 - step, None)));
    let sights = seen(pictures);
    assert!(
        sights.iter().all(|sight| *sight == Sight::Empty),
        "{sights:?}"
    );
}

#[test]
fn a_bag_that_is_left_becomes_part_of_the_desk() {
    let mut pictures = vec![room(100, None); 10];
    pictures.extend(vec![room(100, Some(120)); 620]);
    let sights = seen(pictures);
    assert_eq!(sights[100], Sight::Still);
    assert_eq!(sights.last(), Some(&Sight::Empty));
}

#[test]
fn pictures_of_any_size_are_looked_at() {
    for (width, height) in [(0, 0), (1, 1), (3, 2000), (2000, 3)] {
        let sights = seen(vec![RgbImage::new(width, height); 12]);
        assert!(sights.iter().all(|sight| *sight == Sight::Empty));
    }
}
