//! The protocols of the figures on arrivals, on embeddings and boxes made by hand.

use recognise::metadata::{Guests, Species};
use recognise::{Detection, Region};
use trainer::evaluate::animals::{Match, matches};
use trainer::evaluate::enrol::{Enrolment, able, enrolments};
use trainer::evaluate::individuals::{
    Greetings, Photograph, at_visits, greetings, guests, known, nearest_wrong,
};
use trainer::evaluate::scenes::finds;
use trainer::metrics::{average_precision, equal_error_rate};

const X: [f32; 3] = [1.0, 0.0, 0.0];
const Y: [f32; 3] = [0.0, 1.0, 0.0];
const Z: [f32; 3] = [0.0, 0.0, 1.0];

/// A photograph on each of so many visits of an animal that always looks the same.
fn same(animal: usize, visits: usize, embedding: [f32; 3]) -> Vec<Photograph> {
    (0..visits)
        .map(|visit| photograph(animal, visit, &embedding))
        .collect()
}

fn photograph(animal: usize, visit: usize, embedding: &[f32]) -> Photograph {
    Photograph {
        animal,
        visit,
        embeddings: vec![embedding.to_vec()],
    }
}

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-6,
        "found {found}, expected {expected}"
    );
}

#[test]
fn animals_that_look_different_are_all_known_again() {
    let photographs = [same(0, 4, X), same(1, 4, Y), same(2, 4, Z)].concat();
    for visits in [1, 3] {
        let at = at_visits(&photographs, visits).expect("probes");
        assert_eq!((at.animals, at.top1, at.top3), (3, 1.0, 1.0));
    }
    let known = known(&photographs, 3).expect("probes");
    close(known.auroc, 1.0);
    close(known.eer, 0.0);
    assert_eq!(
        at_visits(&photographs, 4),
        None,
        "no visit is left to test on"
    );
}

#[test]
fn an_animal_that_looks_like_another_one_is_not_known_again() {
    let photographs = [same(0, 4, X), same(1, 4, X), same(2, 4, Z)].concat();
    let at = at_visits(&photographs, 3).expect("probes");
    close(at.top1, 1.0 / 3.0);
    close(at.top3, 1.0);

    // Without its own animal, a photograph of one of the two is about as similar to the other.
    let like = |animal: usize| {
        let visits = [-0.3, -0.1, 0.1, 0.3].into_iter().enumerate();
        visits.map(move |(visit, turned)| photograph(animal, visit, &[1.0, turned, 0.0]))
    };
    let photographs: Vec<Photograph> = like(0).chain(like(1)).chain(same(2, 4, Z)).collect();
    let known = known(&photographs, 3).expect("probes");
    assert!(known.auroc > 0.5 && known.auroc < 0.8, "{}", known.auroc);
    assert!(known.eer > 0.2 && known.eer < 0.6, "{}", known.eer);
}

#[test]
fn of_several_animals_in_a_photograph_the_one_that_comes_again_counts() {
    // A larger animal, another one each time, is always beside it.
    let mut photographs = [same(0, 4, X), same(1, 4, Y)].concat();
    for (index, photograph) in photographs.iter_mut().enumerate() {
        let turn = index as f32;
        let beside = [0.1 * turn.cos(), 0.1 * turn.sin(), 1.0];
        let of_length_1 = beside.map(|it| it / 1.01_f32.sqrt());
        photograph.embeddings.insert(0, of_length_1.to_vec());
    }
    let at = at_visits(&photographs, 3).expect("probes");
    close(at.top1, 1.0);
}

#[test]
fn an_animal_without_another_visit_stays_in_the_gallery() {
    let photographs = [same(0, 4, X), same(1, 4, Y), same(2, 2, X)].concat();
    let at = at_visits(&photographs, 3).expect("probes");
    assert_eq!(at.animals, 2);
    close(at.top1, 0.5);
    assert_eq!(at_visits(&photographs, 1).expect("probes").animals, 3);
}

#[test]
fn photographs_of_one_visit_are_never_compared_with_each_other() {
    // Each visit shows the animal twice in the same way, and each animal looks like the other one next time.
    let visits = [(0, 0, X), (0, 1, Y), (1, 0, Y), (1, 1, X)];
    let photographs: Vec<Photograph> = (visits.iter())
        .flat_map(|(animal, visit, embedding)| {
            [(); 2].map(|()| photograph(*animal, *visit, embedding))
        })
        .collect();
    close(at_visits(&photographs, 1).expect("probes").top1, 0.0);
}

#[test]
fn photographs_without_an_embedding_are_not_known_again() {
    let mut photographs = [same(0, 2, X), same(1, 2, Y)].concat();
    for photograph in &mut photographs[..2] {
        photograph.embeddings.clear();
    }
    close(at_visits(&photographs, 1).expect("probes").top1, 0.5);
}

#[test]
fn the_photographs_most_like_another_animal_are_found() {
    let photographs = [
        photograph(0, 0, &[1.0, 0.0]),
        photograph(0, 1, &[0.0, 1.0]),
        photograph(1, 0, &[0.8, 0.6]),
        photograph(1, 1, &[0.6, 0.8]),
    ];
    assert_eq!(nearest_wrong(&photographs), [(0, 2, 0.8), (1, 3, 0.8)]);
}

#[test]
fn animals_that_look_different_are_greeted_by_name_and_new_ones_are_not() {
    let photographs = [same(0, 6, X), same(1, 6, Y), same(2, 6, Z)].concat();
    let calibration = guests(&photographs).expect("animals that came again");
    let greeted = greetings(&photographs, 3, &calibration);
    let expected = Greetings {
        greeted: 1.0,
        wrong: 0.0,
        new: 0.0,
    };
    assert_eq!(greeted, Some(expected), "with {calibration:?}");
    assert_eq!(
        greetings(&photographs, 6, &calibration),
        None,
        "no visit is left"
    );
}

#[test]
fn animals_that_look_alike_are_not_greeted() {
    let photographs = [same(0, 6, X), same(1, 6, X), same(2, 6, Z)].concat();
    let calibration = Guests {
        scale: 60.0,
        new: 0.5,
    };
    let greeted = greetings(&photographs, 3, &calibration).expect("probes");
    close(greeted.greeted, 1.0 / 3.0);
    close(greeted.wrong, 0.0);
    // Alone in the gallery, one of the two is greeted for the other.
    close(greeted.new, 2.0 / 3.0);
}

#[test]
fn without_an_animal_that_came_twice_nothing_is_calibrated() {
    assert_eq!(guests(&[]), None);
    assert_eq!(guests(&same(0, 1, X)), None);
}

#[test]
fn eight_breeds_are_learnt_at_a_time_and_tested_on_other_photographs() {
    let draw = |draw| enrolments(&[4; 10], None, 3, draw);
    let first = draw(0);
    assert_eq!(first.len(), 8);
    assert!(first.is_sorted_by(|a, b| a.breed < b.breed));
    for Enrolment {
        examples, probes, ..
    } in &first
    {
        assert_eq!((examples.len(), probes.len()), (3, 1));
        let mut all = [&examples[..], &probes[..]].concat();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3]);
    }
    assert_eq!(draw(0), first, "the same every time");
    assert_ne!(draw(1), first);
}

#[test]
fn breeds_with_too_few_photographs_are_not_learnt() {
    assert_eq!(able(&[2, 3, 4], None, 3), [2]);
    assert_eq!(able(&[2, 3, 4], Some(&[9, 9, 0]), 3), [1]);
    let enrolments = enrolments(&[2, 3, 4], Some(&[9, 2, 0]), 3, 0);
    assert_eq!(enrolments.len(), 1);
    assert_eq!(enrolments[0].probes, [0, 1], "all photographs to test on");
}

fn region(left: f32, top: f32, right: f32, bottom: f32) -> Region {
    Region::new(left, top, right, bottom).expect("a region")
}

#[test]
fn each_animal_is_found_once_and_doubtful_ones_do_not_count() {
    let found = |score, region| Detection {
        region,
        species: Species::Dog,
        score,
    };
    let (left, right) = (region(0.0, 0.0, 0.4, 1.0), region(0.6, 0.0, 1.0, 1.0));
    let detections = [
        found(0.9, region(0.0, 0.0, 0.4, 0.9)),
        found(0.8, left),
        found(0.7, right),
        found(0.6, region(0.4, 0.4, 0.6, 0.6)),
    ];
    let expected = [
        Match::Animal(0),
        Match::Nothing,
        Match::Doubtful,
        Match::Nothing,
    ];
    assert_eq!(matches(&detections, &[left], &[right]), expected);
}

#[test]
fn an_animal_in_a_scene_is_found_by_its_box_or_by_its_photograph() {
    let photograph = region(0.4, 0.4, 0.6, 0.6);
    let animal = region(0.5, 0.4, 0.6, 0.6);
    for (detection, by_box, by_photograph) in [
        (animal, true, true),
        (region(0.4, 0.4, 0.5, 0.6), false, true),
        (region(0.48, 0.48, 0.54, 0.54), false, true),
        (region(0.5, 0.4, 0.52, 0.42), false, false),
        (Region::WHOLE, false, false),
    ] {
        assert_eq!(finds(detection, photograph, Some(animal)), by_box);
        let found = finds(detection, photograph, None);
        assert_eq!(found, by_photograph, "{detection:?}");
    }
}

#[test]
fn without_anything_to_find_or_to_know_there_is_no_figure() {
    assert!(average_precision(&[(0.9, false)], 0).is_nan());
    close(average_precision(&[], 3), 0.0);
    assert!(equal_error_rate(&[], &[0.5]).is_nan());
}
