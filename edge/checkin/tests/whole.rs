//! Without a detector: whoever is in the picture is one arrival, whose course is told by time and
//! events alone.

use std::time::Duration;

use checkin::{Arrival, ArrivalId, Effect, Entrance, Event, Sight, Turn};
use recognise::Region;
use recognise::verdict::Finding;

use crate::{BALL, CAT, DOG, FRAME, MIXED, entrance, prediction, stage};

/// A desk with a clock that stands still during predictions, and ten frames a second.
struct Desk {
    entrance: Entrance,
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
        Self {
            entrance: entrance(false),
            now: Duration::ZERO,
            effects: Vec::new(),
            took: Duration::ZERO,
            ran: Vec::new(),
            rested: Vec::new(),
            frames: 0,
        }
    }

    fn event(&mut self, event: Event) {
        self.effects.extend(self.entrance.on(self.now, event));
    }

    /// Something happens to the arrival on the screen; where there is none, to one that is no more.
    fn tell(&mut self, event: impl Fn(ArrivalId) -> Event) {
        let arrival = self.entrance.focus().map_or(ArrivalId(0), Arrival::id);
        self.event(event(arrival));
    }

    /// Frames of nobody.
    fn nobody(&mut self, frames: usize) {
        for _ in 0..frames {
            self.now += FRAME;
            self.frames += 1;
            self.event(Event::Seen(Sight::Empty));
            let turn = self.entrance.turn(self.now);
            assert_eq!(turn, Turn::Skip, "no prediction of nobody");
        }
    }

    /// Frames of an animal; the network runs when its turn has come.
    fn animal(&mut self, probabilities: [f32; 3], frames: usize) {
        for _ in 0..frames {
            self.now += FRAME;
            self.frames += 1;
            self.event(Event::Seen(Sight::Still));
            match self.entrance.turn(self.now) {
                Turn::Skip => {}
                Turn::Rest => self.rested.push(self.frames),
                Turn::Locate => panic!("there is no detector"),
                Turn::Recognise(arrival, region) => {
                    assert_eq!(region, Region::WHOLE);
                    self.ran.push(self.frames);
                    let embedding = vec![1.0, 0.0];
                    let whose = self.entrance.identify(self.now, arrival, &embedding);
                    assert_eq!(whose, arrival);
                    self.event(Event::Predicted {
                        arrival,
                        prediction: prediction(probabilities),
                        embedding,
                        took: self.took,
                    });
                    let again = self.entrance.turn(self.now);
                    assert_eq!(again, Turn::Skip, "once on each frame");
                }
            }
        }
    }

    /// How many frames after the one before the network ran, for each frame that it ran on.
    fn gaps(&self) -> Vec<usize> {
        self.ran.windows(2).map(|two| two[1] - two[0]).collect()
    }

    /// Staff confirm the answer, and that is on disk.
    fn confirm(&mut self) {
        self.tell(Event::Confirmed);
        assert_eq!(self.stage(), "confirmed");
    }

    fn stage(&self) -> &'static str {
        stage(self.entrance.focus())
    }

    fn answer(&self) -> &Finding {
        self.entrance.focus().unwrap().answer().unwrap()
    }

    /// The effects so far, by name and kind of answer.
    fn story(&self) -> Vec<String> {
        let told = self.effects.iter().map(|effect| match effect {
            Effect::Record { answer, .. } => format!("record {}", answer.verdict.kind()),
            Effect::Revise { answer, .. } => format!("revise {}", answer.verdict.kind()),
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
    assert_eq!(desk.story(), ["record breed"]);
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
        let runs = matches!(desk.entrance.turn(desk.now), Turn::Recognise(..));
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
    assert_eq!(desk.story(), ["record breed"]);
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
                desk.tell(Event::New);
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
    desk.tell(Event::New);
    desk.animal(CAT, 50);
    desk.animal(DOG, 80);
    assert_eq!(desk.story(), ["record breed", "record breed"]);
    assert_eq!(desk.answer().verdict.breed(), Some(1));
}

#[test]
fn time_without_frames_does_not_empty_the_entrance() {
    let mut desk = Desk::new();
    desk.animal(CAT, 10);
    desk.tell(Event::New);
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
    desk.tell(Event::New);
    assert_eq!(desk.stage(), "empty");
    desk.animal(CAT, 10);
    assert_eq!(desk.story(), ["record breed", "record breed"]);
}

#[test]
fn the_new_button_before_an_answer_starts_the_predictions_again() {
    let mut desk = Desk::new();
    desk.animal(CAT, 2);
    desk.tell(Event::New);
    desk.animal(DOG, 10);
    assert_eq!(desk.story(), ["record breed"]);
    assert_eq!(desk.answer().verdict.breed(), Some(1));
}

#[test]
fn a_decision_that_is_taken_back_leaves_the_answer_open() {
    for seconds in [0, 4] {
        let mut desk = Desk::new();
        desk.animal(CAT, 10);
        desk.confirm();
        desk.animal(CAT, seconds * 10);
        desk.tell(Event::Undone);
        assert_eq!(desk.stage(), "breed");
        desk.confirm();
        assert_eq!(desk.story(), ["record breed"]);
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
            desk.tell(Event::New);
        }
        assert!(desk.gaps().iter().all(|gap| *gap == before), "{took} ms");
    }
}

#[test]
fn the_networks_rest_from_a_photograph_as_from_a_frame() {
    let took = Duration::from_millis(400);
    let mut desk = Desk::new();
    desk.event(Event::Ran(took));
    assert_eq!(desk.entrance.rest(desk.now), took, "nobody waits");
    desk.animal(MIXED, 4);
    assert_eq!((desk.rested, desk.ran), (vec![1, 2, 3], vec![4]));

    let mut desk = Desk::new();
    desk.animal(MIXED, 1);
    desk.event(Event::Ran(took));
    assert_eq!(desk.entrance.rest(desk.now), took / 4, "somebody waits");
    assert_eq!(desk.entrance.rest(desk.now + took), Duration::ZERO);
}

#[test]
fn buttons_mean_nothing_at_an_empty_desk() {
    let mut desk = Desk::new();
    let events: [fn(ArrivalId) -> Event; 5] = [
        Event::Focus,
        Event::Next,
        Event::New,
        Event::Confirmed,
        Event::Undone,
    ];
    for event in events {
        desk.tell(event);
        desk.nobody(3);
        assert_eq!(desk.stage(), "empty");
    }
    assert_eq!(desk.story(), [""; 0]);
}

#[test]
fn each_visit_has_an_id_of_its_own_and_the_lowest_number() {
    let mut desk = Desk::new();
    let mut ids = Vec::new();
    for _ in 0..3 {
        desk.animal(CAT, 10);
        let arrival = desk.entrance.focus().unwrap();
        assert_eq!((arrival.number(), arrival.region()), (1, Region::WHOLE));
        assert_eq!(arrival.embedding(), [1.0_f32, 0.0]);
        ids.push(arrival.id());
        desk.nobody(20);
    }
    assert!(ids.is_sorted_by(|before, after| before < after), "{ids:?}");
}
