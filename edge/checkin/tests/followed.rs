//! With a detector: only an animal is an arrival, and it is the same one as long as it is followed.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use checkin::{ArrivalId, Entrance, Event, Pace, Sight, Turn};
use recognise::metadata::Species;
use recognise::{Bundle, Detection, Prediction, Region};

use crate::room::{Animal, Room, dog};
use crate::{BALL, DOG, FRAME, OTHER_DOG, stage};

const EMBEDDING: [f32; 3] = [0.8, 0.6, 0.0];

fn beagle() -> Animal {
    dog(0.5, DOG, EMBEDDING)
}

#[test]
fn a_dog_comes_is_recognised_confirmed_thanked_and_leaves() {
    let mut room = Room::new();
    room.sight = Sight::Empty;
    room.frames(&[], 10);
    assert_eq!(stage(room.entrance.focus()), "empty");
    room.sight = Sight::Still;
    room.frames(&[beagle()], 2);
    assert_eq!(stage(room.entrance.focus()), "predicting");
    room.frames(&[beagle()], 5);
    assert_eq!(stage(room.entrance.focus()), "breed");
    room.confirm();
    assert_eq!(stage(room.entrance.focus()), "confirmed");
    room.frames(&[beagle()], 25);
    assert_eq!(stage(room.entrance.focus()), "thanks");
    room.sight = Sight::Empty;
    room.frames(&[], 60);
    assert!(room.entrance.is_idle());
    assert_eq!(room.story(), ["1 record breed 1"]);
}

#[test]
fn a_person_alone_is_no_arrival_and_costs_little() {
    // A broom of which the detector is not sure, and nothing at all.
    for animals in [
        vec![],
        vec![Animal {
            score: 0.45,
            ..beagle()
        }],
    ] {
        for sight in [Sight::Still, Sight::Moving] {
            let mut room = Room::new();
            room.sight = sight;
            room.frames(&animals, 100);
            assert!(room.entrance.is_idle());
            assert!(room.effects.is_empty() && room.recognised.is_empty());
            // Twice a second.
            assert_eq!(room.located, 20);
        }
    }
}

#[test]
fn at_an_empty_desk_no_network_runs() {
    let mut room = Room::new();
    room.sight = Sight::Empty;
    room.frames(&[beagle()], 100);
    assert_eq!((room.located, room.recognised.len()), (0, 0));
}

#[test]
fn an_animal_is_found_in_two_of_three_frames_before_it_arrives() {
    let patterns: [(&[bool], bool); 5] = [
        (&[true], false),
        (&[true, false], false),
        (&[true, true], true),
        (&[true, false, true], true),
        (&[true, false, false, true], false),
    ];
    for (pattern, arrives) in patterns {
        let mut room = Room::new();
        let mut arrived = false;
        let frames = pattern.iter().copied().chain([false; 10]);
        for is_found in frames {
            let animals = [beagle()];
            let found = if is_found { &animals[..] } else { &[] };
            room.frames(found, 1);
            arrived |= room.entrance.focus().is_some();
        }
        assert_eq!(arrived, arrives, "{pattern:?}");
        assert!(room.effects.is_empty());
    }
}

#[test]
fn an_animal_that_is_there_may_become_harder_to_find() {
    let mut room = Room::new();
    room.frames(&[beagle()], 10);
    let faint = Animal {
        score: 0.25,
        ..beagle()
    };
    room.frames(&[faint], 200);
    assert!(!room.arrival(1).has_left());
    assert_eq!(room.story(), ["1 record breed 1"]);
}

#[test]
fn whoever_comes_where_something_was_hardly_found_for_long_may_be_somebody_else() {
    // The bed that the first one has left.
    let bed = Animal {
        score: 0.25,
        ..beagle()
    };
    for (animal, visits) in [(beagle(), 1), (dog(0.5, DOG, [0.0, 0.0, 1.0]), 2)] {
        let mut room = Room::new();
        room.frames(&[beagle()], 10);
        room.frames(slice::from_ref(&bed), 40);
        room.frames(slice::from_ref(&animal), 30);
        assert_eq!(room.story().len(), visits, "{:?}", room.story());
    }
}

#[test]
fn an_animal_that_walks_behind_a_person_and_comes_back_is_the_same_visit() {
    // For how many frames it is out of sight, and where it comes back.
    for (hidden, x) in [
        (1, 0.5),
        (3, 0.55),
        (20, 0.5),
        (20, 0.7),
        (20, 0.2),
        (40, 0.8),
    ] {
        let mut room = Room::new();
        room.frames(&[beagle()], 10);
        room.frames(&[], hidden);
        assert_eq!(room.arrivals(), [(1, ArrivalId(1))]);
        room.frames(&[dog(x, DOG, EMBEDDING)], 50);
        assert_eq!(room.story(), ["1 record breed 1"], "{hidden} frames, {x}");
        assert_eq!(room.arrivals(), [(1, ArrivalId(1))]);
        let [centre, _] = room.arrival(1).region().centre();
        assert!((centre - x).abs() < 0.01, "{centre} instead of {x}");
    }
}

#[test]
fn an_animal_that_comes_late_or_looks_different_is_another_visit() {
    let small = Animal {
        side: 0.1,
        ..beagle()
    };
    let cat = Animal {
        species: Species::Cat,
        at: [0.2, 0.6],
        embedding: [-0.6, 0.8, 0.0],
        ..beagle()
    };
    let stranger = dog(0.5, DOG, [0.0, 0.0, 1.0]);
    for (hidden, animal) in [
        (70, beagle()),
        (20, small),
        (20, cat),
        (20, stranger),
        (20, dog(0.5, OTHER_DOG, [0.0, 0.0, 1.0])),
    ] {
        let mut room = Room::new();
        room.frames(&[beagle()], 10);
        room.frames(&[], hidden);
        room.frames(slice::from_ref(&animal), 30);
        let story = room.story();
        assert_eq!(story.len(), 2, "{animal:?}: {story:?}");
        assert!(story[1].starts_with("2 record"), "{animal:?}: {story:?}");
    }
}

#[test]
fn another_breed_is_another_animal_only_where_it_may_have_taken_the_place_of_the_first() {
    // For how many frames it is out of sight, and how many visits that makes.
    for (hidden, visits) in [(0, 1), (20, 2)] {
        let mut room = Room::new();
        room.frames(&[beagle()], 10);
        room.confirm();
        room.frames(&[], hidden);
        room.frames(&[dog(0.5, OTHER_DOG, EMBEDDING)], 100);
        assert_eq!(room.story().len(), visits, "{hidden}: {:?}", room.story());
    }
}

#[test]
fn frames_come_fast_as_soon_as_an_animal_may_be_there() {
    let mut room = Room::new();
    room.sight = Sight::Empty;
    room.frames(&[], 1);
    assert!(!room.entrance.is_alert());
    room.sight = Sight::Still;
    room.frames(&[beagle()], 1);
    assert!(room.entrance.is_alert() && room.entrance.is_idle());
    room.frames(&[], 3);
    assert!(!room.entrance.is_alert(), "it was none");
    room.frames(&[beagle()], 10);
    assert!(room.entrance.is_alert());
    room.event(Event::New(ArrivalId(1)));
    assert!(!room.entrance.is_alert(), "staff are done with it");
}

#[test]
fn with_another_bundle_ids_go_on() {
    let mut room = Room::new();
    room.frames(&[beagle()], 10);
    let metadata = crate::metadata();
    room.entrance = room.entrance.with_bundle(metadata, true);
    assert!(room.entrance.is_idle());
    room.frames(&[beagle()], 10);
    assert_eq!(room.arrivals(), [(1, ArrivalId(2))]);
}

#[test]
fn where_nobody_can_hide_it_an_animal_that_is_not_seen_has_left() {
    let mut room = Room::new();
    room.frames(&[beagle()], 10);
    room.sight = Sight::Empty;
    room.frames(&[], 25);
    assert!(room.arrival(1).has_left());
    assert_eq!(stage(room.entrance.focus()), "breed", "the answer lingers");
    room.sight = Sight::Still;
    room.frames(&[beagle()], 10);
    assert_eq!(room.story(), ["1 record breed 1", "2 record breed 1"]);
    assert_eq!(room.arrivals(), [(1, ArrivalId(2))]);
}

#[test]
fn an_answer_that_nobody_confirms_goes_after_a_while() {
    let mut room = Room::new();
    room.frames(&[beagle()], 10);
    room.sight = Sight::Empty;
    room.frames(&[], 280);
    assert_eq!(stage(room.entrance.focus()), "breed");
    room.frames(&[], 30);
    assert!(room.entrance.is_idle());
    // Nor does it stay where the camera fails, even if staff are done with it.
    for is_finished in [false, true] {
        let mut room = Room::new();
        room.frames(&[beagle()], 10);
        if is_finished {
            room.event(Event::New(ArrivalId(1)));
        }
        room.now += Duration::from_secs(31);
        room.event(Event::Passed);
        assert!(room.entrance.is_idle());
    }
}

#[test]
fn an_animal_that_stays_is_the_same_guest_even_once_it_is_part_of_the_background() {
    let mut room = Room::new();
    room.frames(&[beagle()], 10);
    room.confirm();
    room.sight = Sight::Empty;
    room.frames(&[beagle()], 900);
    assert_eq!(stage(room.entrance.focus()), "thanks");
    assert_eq!(room.story(), ["1 record breed 1"]);
}

#[test]
fn a_found_animal_is_an_animal_whatever_the_network_makes_of_it() {
    let mut room = Room::new();
    room.frames(&[dog(0.5, BALL, EMBEDDING)], 15);
    assert_eq!(room.story(), ["1 record species 0"]);
    assert_eq!(room.arrival(1).species(), Some(Species::Dog));
}

#[test]
fn what_is_like_no_breed_at_all_is_no_arrival_until_it_is() {
    let metadata = Arc::new(Bundle::embedded().unwrap().metadata);
    let breeds = metadata.breeds.len();
    let mut entrance = Entrance::new(metadata, Pace::default(), true);
    let region = Region::new(0.3, 0.3, 0.7, 0.9).unwrap();
    let mut now = Duration::ZERO;
    for (similarity, records) in [(0.2, 0), (0.7, 1)] {
        let mut effects = Vec::new();
        for _ in 0..80 {
            now += FRAME;
            effects.extend(entrance.on(now, Event::Seen(Sight::Still)));
            loop {
                let event = match entrance.turn(now) {
                    Turn::Skip | Turn::Rest => break,
                    Turn::Locate => Event::Located {
                        detections: vec![Detection {
                            region,
                            species: Species::Dog,
                            score: 0.9,
                        }],
                        took: Duration::ZERO,
                    },
                    Turn::Recognise(arrival, _) => Event::Predicted {
                        arrival,
                        prediction: Prediction {
                            probabilities: vec![1.0 / breeds as f32; breeds],
                            similarity: vec![similarity; breeds],
                        },
                        embedding: vec![],
                        took: Duration::ZERO,
                    },
                };
                effects.extend(entrance.on(now, event));
            }
        }
        assert_eq!(effects.len(), records, "similarity {similarity}");
        assert_eq!(entrance.arrivals().count(), records);
    }
}

#[test]
fn an_animal_that_moves_is_waited_for_but_not_for_ever() {
    let mut room = Room::new();
    let mut first = None;
    for frame in 1..=16 {
        // More than its own size in a second.
        let x = 0.16 + 0.04 * frame as f32;
        room.frames(&[dog(x, DOG, EMBEDDING)], 1);
        if first.is_none() && !room.recognised.is_empty() {
            first = Some(frame);
        }
    }
    // It came in the second frame.
    assert_eq!(first, Some(12));
    assert_eq!(room.located, 16, "the detector runs on every frame");
}

#[test]
fn animals_that_stand_still_need_the_detector_in_one_of_three_frames_at_most() {
    let mut room = Room::new();
    let cat = Animal {
        species: Species::Cat,
        ..dog(0.2, BALL, [0.0, 0.0, 1.0])
    };
    let dog = dog(0.8, DOG, EMBEDDING);
    // The box of an animal that stands still is not found in quite the same place.
    for frame in 0..90 {
        let shift = [0.004, -0.003, 0.0][frame % 3];
        let mut animals = [cat.clone(), dog.clone()];
        for animal in &mut animals {
            animal.at = animal.at.map(|side| side + shift);
        }
        room.frames(&animals, 1);
    }
    assert_eq!(room.arrivals().len(), 2);
    assert!(room.located <= 30, "{} of 90 frames", room.located);
}

#[test]
fn detector_and_network_leave_a_share_of_the_processor_to_everybody_else() {
    for took in [20, 100, 500, 2000] {
        let mut room = Room::new();
        room.took = Duration::from_millis(took);
        let mut answered = None;
        for _ in 0..600 {
            room.frames(&[beagle()], 1);
            if answered.is_none() && !room.effects.is_empty() {
                answered = Some((room.now, room.spent));
            }
        }
        // The clock stood still meanwhile, and the rest from the last frame is still to come.
        let (now, spent) = answered.expect("an answer");
        let last = 2 * room.took;
        assert!(spent <= 4 * now + last, "{took} ms: {spent:?} in {now:?}");
        let (now, spent) = (room.now - now, room.spent - spent);
        assert!(spent <= now + last, "{took} ms: {spent:?} in {now:?}");
    }
}

#[test]
fn nonsense_of_the_detector_and_the_network_opens_nothing() {
    let mut room = Room::new();
    for score in [f32::NAN, f32::NEG_INFINITY, -1.0, 0.0] {
        let nonsense = Animal { score, ..beagle() };
        room.frames(&[nonsense], 30);
        assert!(room.entrance.is_idle(), "{score}");
    }
    room.frames(&[dog(0.5, DOG, [f32::NAN; 3])], 30);
    assert_eq!(room.story(), ["1 record breed 1"]);
    assert!(room.arrival(1).embedding().is_empty());
    // Reports about an arrival that is not there, and events for it.
    let nobody = ArrivalId(99);
    assert_eq!(room.entrance.identify(room.now, nobody, &[1.0]), nobody);
    let events: [fn(ArrivalId) -> Event; 5] = [
        Event::Focus,
        Event::Next,
        Event::New,
        Event::Confirmed,
        Event::Undone,
    ];
    for event in events {
        room.event(event(nobody));
    }
    assert_eq!(room.story(), ["1 record breed 1"]);
}

#[test]
fn a_clock_that_stands_still_does_no_harm() {
    let mut room = Room::new();
    for _ in 0..50 {
        room.frame(&[beagle()]);
    }
    assert_eq!(room.located, 1, "frames of the same time are one frame");
    room.frames(&[beagle()], 10);
    assert_eq!(room.story(), ["1 record breed 1"]);
}

#[test]
fn without_a_frame_of_this_moment_no_network_runs() {
    let mut room = Room::new();
    room.frames(&[beagle()], 3);
    room.now += FRAME;
    room.event(Event::Passed);
    assert_eq!(room.entrance.turn(room.now), Turn::Skip);
}

#[test]
fn the_embeddings_of_an_arrival_count_by_size_and_score() {
    let mut room = Room::new();
    let near = Animal {
        side: 0.6,
        ..dog(0.5, DOG, [1.0, 0.0, 0.0])
    };
    let far = Animal {
        score: 0.45,
        side: 0.4,
        ..dog(0.5, DOG, [0.0, 1.0, 0.0])
    };
    room.frames(&[near], 4);
    room.frames(&[far], 20);
    let embedding = room.arrival(1).embedding();
    let length: f32 = embedding.iter().map(|value| value * value).sum();
    assert!((length - 1.0).abs() < 1e-5, "{embedding:?}");
    // There are at least as many of the far one.
    assert!(embedding[0] > embedding[1], "{embedding:?}");
    assert!(embedding[1] > 0.1, "{embedding:?}");
}

#[test]
fn detections_that_come_unasked_are_taken_in_without_a_detector_too() {
    let mut entrance = crate::entrance(false);
    let detection = Detection {
        region: Region::WHOLE,
        species: Species::Dog,
        score: 0.9,
    };
    let located = Event::Located {
        detections: vec![detection; 3],
        took: Duration::ZERO,
    };
    assert_eq!(entrance.on(FRAME, located), None);
    assert!(entrance.is_idle());
}
