//! Breeds that the network does not know are learnt from pictures and named.

use image::{Rgb, RgbImage};
use recognise::learnt::{Example, Learnt};
use recognise::metadata::Species::{Cat, Dog};
use recognise::{Bundle, Candidate, Metadata, Prediction, Recogniser};

use crate::common::Draft;

/// A bundle of a red cat, a green dog and a blue dog, whose embeddings are the direction of a
/// picture's mean colour.
fn bundle() -> Bundle {
    Bundle::from_bytes(&Draft::with_embedding().bytes(), "drawn").unwrap()
}

fn metadata() -> Metadata {
    bundle().metadata
}

/// An embedding that begins with these numbers.
fn embedding(colour: [f32; 3]) -> Vec<f32> {
    [&colour[..], &[0.0; 13]].concat()
}

fn example(breed: &str, embedding: Vec<f32>) -> Example {
    Example {
        breed: breed.into(),
        species: Dog,
        embedding,
    }
}

/// A breed learnt from so many pictures of one colour.
fn learnt(colour: [f32; 3], pictures: usize) -> Learnt {
    let example = example("yellow_dog", embedding(colour));
    Learnt::of(&vec![example; pictures])
}

fn prediction(probabilities: [f32; 3]) -> Prediction {
    Prediction {
        probabilities: probabilities.to_vec(),
        similarity: vec![],
    }
}

/// The probability of a breed; `None` if it is not in the list.
fn probability(candidates: &[Candidate], breed: &str) -> Option<f32> {
    let mut candidates = candidates.iter();
    let found = candidates.find(|it| it.breed.as_str() == breed);
    found.map(|it| it.probability)
}

fn sum(candidates: &[Candidate]) -> f32 {
    candidates.iter().map(|it| it.probability).sum()
}

#[test]
fn a_learnt_breed_is_named_on_its_pictures_and_no_other() {
    let recogniser = Recogniser::new(bundle()).unwrap();
    let metadata = recogniser.metadata();
    let recognise = |colour: [u8; 3]| {
        let photo = RgbImage::from_pixel(40, 30, Rgb(colour));
        recogniser.recognise(&photo).unwrap()
    };
    let embedding = recognise([250, 240, 10]).embedding();
    let learnt = Learnt::of(&[example("yellow_dog", embedding)]);

    let candidates = learnt.candidates(&recognise([240, 250, 0]), metadata);
    assert_eq!(candidates.len(), 4);
    assert!((sum(&candidates) - 1.0).abs() < 1e-5, "{candidates:?}");
    let named = learnt.named(&candidates, metadata).unwrap();
    assert_eq!(named.breed, "yellow_dog");
    assert!(named.probability > 0.9, "{candidates:?}");

    for (colour, breed) in [([255, 0, 0], "red_cat"), ([0, 20, 255], "blue_dog")] {
        let recognition = recognise(colour);
        let candidates = learnt.candidates(&recognition, metadata);
        assert_eq!(candidates[0].breed, breed);
        assert_eq!(learnt.named(&candidates, metadata), None);
        let before = recognition.prediction.greatest_probability();
        assert!(before - candidates[0].probability < 0.01, "{candidates:?}");
    }
}

#[test]
fn the_share_of_a_learnt_breed_follows_similarity_sureness_and_number_of_pictures() {
    let metadata = metadata();
    let probe = embedding([1.0, 0.0, 0.0]);
    for (cosine, pictures, greatest) in [
        (0.95, 1, 0.5),
        (0.9, 1, 0.5),
        (0.95, 1, 0.9),
        (0.95, 2, 0.5),
        (0.95, 5, 0.5),
        (0.95, 50, 0.5),
    ] {
        let across = (1.0f32 - cosine * cosine).sqrt();
        let learnt = learnt([cosine, across, 0.0], pictures);
        let rest = (1.0 - greatest) / 2.0;
        let prediction = prediction([rest, greatest, rest]);
        let candidates = learnt.candidates_for(&prediction, &probe, &metadata);
        // The cosine to the network's red cat is 1.
        let further = (pictures.min(5) - 1) as f32;
        let known = 1.0 + 0.1 * (greatest + 0.001).ln() - 0.012 + 0.0125 * further;
        let weight = (30.0f32 * (cosine - known)).exp();
        let share = weight / (1.0 + weight);
        let what = format!("{cosine}, {pictures} pictures, {greatest}: {candidates:?}");
        let near = |breed: &str, expected: f32| {
            let found = probability(&candidates, breed).unwrap();
            assert!((found - expected).abs() < 1e-3, "{what}");
        };
        near("yellow_dog", share);
        near("green_dog", (1.0 - share) * greatest);
        near("blue_dog", (1.0 - share) * rest);
        let falling = candidates.is_sorted_by(|a, b| a.probability >= b.probability);
        assert!(falling, "{what}");
    }
}

#[test]
fn several_learnt_breeds_divide_their_share_by_similarity() {
    let metadata = metadata();
    let learnt = Learnt::of(&[
        example("yellow_dog", embedding([0.7, 0.7, 0.0])),
        example("orange_dog", embedding([0.8, 0.6, 0.0])),
        example("violet_dog", embedding([0.7, 0.0, 0.7])),
    ]);
    let probe = embedding([0.7, 0.7, 0.0]);
    let candidates = learnt.candidates_for(&prediction([0.5, 0.5, 0.0]), &probe, &metadata);
    assert!((sum(&candidates) - 1.0).abs() < 1e-5, "{candidates:?}");
    let [yellow, orange, violet] = ["yellow_dog", "orange_dog", "violet_dog"]
        .map(|breed| probability(&candidates, breed).unwrap());
    // The cosines are 1, 1.4 / sqrt(2) and 0.5.
    let ratio = (30.0f32 * (1.0 - 0.7 * 2.0f32.sqrt())).exp();
    assert!((yellow / orange - ratio).abs() < 0.01, "{candidates:?}");
    assert!(violet < 1e-5, "{candidates:?}");
    assert!(yellow + orange > 0.99, "{candidates:?}");
}

#[test]
fn a_learnt_breed_is_the_answer_if_it_is_first_and_reaches_the_threshold() {
    let metadata = metadata();
    assert_eq!(metadata.unknown.threshold, 0.5);
    let learnt = learnt([0.7, 0.7, 0.0], 2);
    let list = |listed: [(&str, f32); 2]| {
        listed.map(|(breed, probability)| Candidate {
            breed: breed.into(),
            probability,
        })
    };
    let named = |listed: [(&str, f32); 2]| {
        let candidates = list(listed);
        let named = learnt.named(&candidates, &metadata);
        named.map(|it| it.breed.to_string())
    };
    let yellow = Some("yellow_dog".to_owned());
    assert_eq!(named([("yellow_dog", 0.5), ("red_cat", 0.5)]), yellow);
    assert_eq!(named([("yellow_dog", 0.49), ("red_cat", 0.3)]), None);
    assert_eq!(named([("red_cat", 0.5), ("yellow_dog", 0.5)]), None);
    assert_eq!(named([("violet_dog", 0.9), ("yellow_dog", 0.1)]), None);
    assert_eq!(learnt.named(&[], &metadata), None);
}

#[test]
fn without_something_to_compare_the_list_is_the_network_s_alone() {
    let metadata = metadata();
    let yellow = [0.7, 0.7, 0.0];
    let prediction = prediction([0.2, 0.7, 0.1]);
    let alone = |learnt: &Learnt, probe: &[f32], metadata: &Metadata| {
        let candidates = learnt.candidates_for(&prediction, probe, metadata);
        let listed = candidates
            .iter()
            .map(|it| (it.breed.as_str(), it.probability));
        let listed: Vec<(&str, f32)> = listed.collect();
        assert_eq!(
            listed,
            [("green_dog", 0.7), ("red_cat", 0.2), ("blue_dog", 0.1)]
        );
    };
    let probe = embedding(yellow);
    alone(&Learnt::default(), &probe, &metadata);
    alone(&learnt(yellow, 1), &[], &metadata);
    alone(&learnt(yellow, 1), &yellow, &metadata);
    alone(&learnt(yellow, 1), &[f32::NAN; 16], &metadata);
    // Of another network.
    let other = Learnt::of(&[example("yellow_dog", yellow.to_vec())]);
    alone(&other, &probe, &metadata);
    // The network names it itself.
    let known = Learnt::of(&[example("green_dog", probe.clone())]);
    alone(&known, &probe, &metadata);
    assert!(
        learnt(yellow, 1)
            .candidates_for(&prediction, &probe, &metadata)
            .len()
            == 4
    );
    let former = Metadata {
        embedding: None,
        ..metadata
    };
    alone(&learnt(yellow, 1), &probe, &former);
}

#[test]
fn pictures_that_say_nothing_do_not_count() {
    let cat = Example {
        species: Cat,
        ..example("mixed", embedding([0.0, 0.0, 5.0]))
    };
    let learnt = Learnt::of(&[
        cat,
        example("mixed", vec![]),
        example("mixed", vec![1.0, 0.0]),
        example("mixed", vec![f32::NAN; 16]),
        example("mixed", embedding([0.0, 1.0, 0.0])),
        example("empty", vec![]),
        example("undecided", embedding([0.0, 1.0, 0.0])),
        example("undecided", embedding([0.0, -1.0, 0.0])),
    ]);
    assert_eq!(learnt.pictures(&"mixed".into()), Some(2));
    assert_eq!(
        learnt.species(&"mixed".into()),
        Some(Cat),
        "the first one's"
    );
    for breed in ["empty", "undecided", "other"] {
        assert_eq!(learnt.pictures(&breed.into()), None, "{breed}");
    }
    assert!(!learnt.is_empty());
    assert!(Learnt::of(&[example("empty", vec![])]).is_empty());
}
