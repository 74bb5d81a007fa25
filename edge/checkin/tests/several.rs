//! Several animals at once are several arrivals.

use checkin::{ArrivalId, Event, Sight, Stage};
use recognise::metadata::Species;

use crate::room::{Animal, Room, dog};
use crate::{CAT, DOG, OTHER_DOG, stage};

const ONE: [f32; 3] = [1.0, 0.0, 0.0];
const OTHER: [f32; 3] = [0.0, 1.0, 0.0];

/// Two dogs of different breeds, side by side.
fn two_dogs() -> [Animal; 2] {
    [dog(0.2, DOG, ONE), dog(0.8, OTHER_DOG, OTHER)]
}

/// Two dogs that stand there with their answers.
fn answered() -> Room {
    let mut room = Room::new();
    room.frames(&two_dogs(), 15);
    room
}

#[test]
fn two_dogs_at_once_are_two_visits() {
    let room = answered();
    let mut story = room.story();
    story.sort();
    assert_eq!(story, ["1 record breed 1", "2 record breed 2"]);
    assert_eq!(room.arrivals(), [(1, ArrivalId(1)), (2, ArrivalId(2))]);
    for (number, animal) in (1..).zip(two_dogs()) {
        let arrival = room.arrival(number);
        assert_eq!(Some(arrival.region()), animal.region());
        assert_eq!(arrival.embedding(), animal.embedding);
    }
}

#[test]
fn whoever_waits_longest_for_the_network_comes_first() {
    let mut room = Room::new();
    // So slow that there is one prediction for each frame.
    room.took = crate::FRAME;
    room.frames(&two_dogs(), 12);
    let first: Vec<u64> = room.recognised[..6].iter().map(|id| id.0).collect();
    assert_eq!(first, [1, 2, 1, 2, 1, 2]);
}

#[test]
fn dogs_whose_boxes_cross_keep_their_identities() {
    // They pass each other, or meet and turn round.
    for turns_round in [false, true] {
        let mut room = answered();
        let end = |frame: usize| {
            if turns_round && frame > 8 {
                16 - frame
            } else {
                frame
            }
        };
        let mut dogs = two_dogs();
        for frame in 1..=16 {
            let step = 0.6 * end(frame) as f32 / 16.0;
            dogs[0].at[0] = 0.2 + step;
            dogs[1].at[0] = 0.8 - step;
            room.frames(&dogs, 1);
        }
        room.frames(&dogs, 20);
        assert_eq!(room.story().len(), 2, "{:?}", room.story());
        for (number, animal) in (1..).zip(&dogs) {
            let [x, _] = room.arrival(number).region().centre();
            let far = (x - animal.at[0]).abs();
            assert!(far < 0.05, "{number} is at {x}, turns round: {turns_round}");
        }
    }
}

#[test]
fn dogs_that_come_back_from_behind_a_person_in_each_others_places_are_told_apart() {
    let mut room = answered();
    room.frames(&[], 20);
    let dogs = [dog(0.8, DOG, ONE), dog(0.2, OTHER_DOG, OTHER)];
    room.frames(&dogs, 30);
    assert_eq!(room.story().len(), 2, "{:?}", room.story());
    for (number, animal) in (1..).zip(&dogs) {
        assert_eq!(Some(room.arrival(number).region()), animal.region());
    }
}

#[test]
fn what_comes_out_from_behind_a_person_is_the_animal_that_went_there_if_it_looks_like_it() {
    // Half of it is in sight: small, and taken for a cat.
    let half = |embedding| Animal {
        side: 0.16,
        species: Species::Cat,
        ..dog(0.35, DOG, embedding)
    };
    let similar = [0.8, 0.0, 0.6];
    for (embedding, arrivals) in [(ONE, 1), (similar, 1), (OTHER, 2)] {
        let mut room = Room::new();
        room.frames(&[dog(0.2, DOG, ONE)], 15);
        room.frames(&[], 5);
        room.frames(&[half(embedding)], 15);
        assert_eq!(room.arrivals().len(), arrivals, "{embedding:?}");
        assert_eq!(room.story().len(), arrivals, "{:?}", room.story());
    }
}

#[test]
fn an_animal_that_looks_like_one_in_full_view_is_another_one() {
    let mut room = Room::new();
    let twins = [dog(0.2, DOG, ONE), dog(0.8, DOG, ONE)];
    room.frames(&twins[..1], 15);
    room.frames(&twins, 15);
    assert_eq!(room.arrivals().len(), 2);
    // Nor is it one that went out of sight at the other end of the room.
    let mut room = Room::new();
    room.frames(&twins[..1], 15);
    room.frames(&[], 5);
    room.frames(
        &[Animal {
            species: Species::Cat,
            ..twins[1].clone()
        }],
        15,
    );
    assert_eq!(room.arrivals().len(), 2);
}

#[test]
fn one_leaves_while_the_other_stays() {
    let mut room = answered();
    let [stays, mut leaves] = two_dogs();
    for _ in 0..10 {
        leaves.at[0] += 0.05;
        room.frames(&[stays.clone(), leaves.clone()], 1);
    }
    let alone = [stays];
    room.frames(&alone, 25);
    assert!(!room.arrival(1).has_left());
    assert!(room.arrival(2).has_left());
    assert_eq!(stage(Some(room.arrival(2))), "breed", "its answer lingers");
    room.frames(&alone, 300);
    assert_eq!(room.arrivals(), [(1, ArrivalId(1))]);
    assert_eq!(room.story().len(), 2);
}

#[test]
fn the_buttons_mean_an_animal_that_is_there() {
    let mut room = answered();
    assert_eq!(room.focus(), Some(1));
    room.frames(&two_dogs()[1..], 70);
    assert_eq!(room.focus(), Some(2));
    // Then one that has left, if its answer is still there.
    room.confirm();
    assert_eq!(room.focus(), Some(1));
    room.confirm();
    assert_eq!(room.story().len(), 2);
}

#[test]
fn arrivals_are_confirmed_one_by_one() {
    let mut room = answered();
    assert_eq!(room.focus(), Some(1));
    room.frames(&two_dogs(), 30);
    assert_eq!(room.focus(), Some(1), "it stays the same");
    room.confirm();
    assert_eq!(room.focus(), Some(2));
    assert_eq!(room.arrival(1).stage(), Stage::Confirmed);
    room.confirm();
    assert_eq!(room.arrival(2).stage(), Stage::Confirmed);
    // One of the decisions is taken back.
    room.event(Event::Undone(ArrivalId(1)));
    assert_eq!(room.focus(), Some(1));
    assert_eq!(room.arrival(2).stage(), Stage::Confirmed);
}

#[test]
fn staff_choose_which_arrival_the_buttons_mean() {
    let mut room = answered();
    let mut seen = Vec::new();
    let events: [fn(ArrivalId) -> Event; 4] =
        [Event::Next, Event::Next, Event::Focus, Event::Focus];
    for event in events {
        // Always for the first one.
        room.event(event(ArrivalId(1)));
        seen.push(room.focus());
    }
    assert_eq!(seen, [Some(2), Some(2), Some(1), Some(1)]);
    room.event(Event::Next(ArrivalId(2)));
    assert_eq!(room.focus(), Some(1));
    room.frames(&two_dogs(), 30);
    assert_eq!(room.focus(), Some(1), "it stays the same");

    // The only one that is to be confirmed keeps them.
    room.confirm();
    for event in events {
        room.event(event(ArrivalId(1)));
        assert_eq!(room.focus(), Some(2));
    }
    // Where there is none, any will do.
    room.confirm();
    room.event(Event::Focus(ArrivalId(1)));
    assert_eq!(room.focus(), Some(1));
}

#[test]
fn staff_are_done_with_one_while_the_other_stays() {
    let mut room = answered();
    room.event(Event::New(ArrivalId(1)));
    assert_eq!(room.arrivals(), [(2, ArrivalId(2))]);
    assert_eq!(room.focus(), Some(2));
    room.frames(&two_dogs(), 100);
    assert_eq!(room.arrivals(), [(2, ArrivalId(2))], "it is the same guest");
    assert_eq!(room.story().len(), 2);

    // A third one gets the number that is free.
    let [one, other] = two_dogs();
    let third = Animal {
        at: [0.5, 0.2],
        ..dog(0.5, CAT, [0.0, 0.0, 1.0])
    };
    room.frames(&[one, other, third], 20);
    assert_eq!(room.arrivals(), [(2, ArrivalId(2)), (1, ArrivalId(3))]);
    assert_eq!(room.story()[2..], ["3 record breed 0"]);

    // They leave, and the first one comes again.
    room.sight = Sight::Empty;
    room.frames(&[], 400);
    assert!(room.entrance.is_idle());
    room.sight = Sight::Still;
    room.frames(&two_dogs()[..1], 15);
    assert_eq!(room.story()[3..], ["4 record breed 1"]);
}

#[test]
fn the_new_button_before_an_answer_starts_the_predictions_again() {
    let mut room = Room::new();
    room.frames(&two_dogs()[..1], 3);
    let former = room.entrance.focus().unwrap().id();
    room.event(Event::New(former));
    room.frames(&two_dogs()[..1], 15);
    assert_eq!(room.story(), ["2 record breed 1"]);
}

#[test]
fn there_are_eight_arrivals_at_most() {
    let mut room = Room::new();
    let pack: Vec<Animal> = (0..12)
        .map(|index| Animal {
            at: [
                0.1 + 0.25 * (index % 4) as f32,
                0.2 + 0.3 * (index / 4) as f32,
            ],
            side: 0.2,
            ..dog(0.0, DOG, ONE)
        })
        .collect();
    room.frames(&pack, 100);
    let numbers: Vec<usize> = room.arrivals().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(room.story().len(), 8);
}
