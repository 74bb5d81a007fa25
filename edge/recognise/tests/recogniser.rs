//! Predictions, similarities and embeddings of sound bundles.

use std::thread;

use image::{Rgb, RgbImage, imageops};
use recognise::{Bundle, Engine, EngineError, Recogniser, Recognition, Region, embedding};
use serde_json::json;

use crate::common::Draft;
use crate::qdq::{Form, Numbers, Quantised};

fn sound() -> Bundle {
    Bundle::from_bytes(&Draft::default().bytes(), "sound.onnx").unwrap()
}

#[test]
fn the_embedded_bundle_is_sound_and_runs() {
    let bundle = Bundle::embedded().unwrap();
    assert_eq!(bundle.metadata.breeds.len(), 37);
    let recogniser = Recogniser::new(bundle).unwrap();
    let prediction = recogniser.predict(&RgbImage::new(30, 20)).unwrap();
    let sum: f32 = prediction.probabilities.iter().sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
}

#[test]
fn the_picture_decides_the_prediction() {
    let recogniser = Recogniser::new(sound()).unwrap();
    for (breed, colour) in [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
        .into_iter()
        .enumerate()
    {
        let photo = RgbImage::from_pixel(50, 40, Rgb(colour));
        let logits = recogniser.output(&photo).unwrap().logits;
        let mut expected = [0.0; 3];
        expected[breed] = 9.0;
        assert_eq!(logits, expected);
        // e^9 / (e^9 + 2)
        let prediction = recogniser.predict(&photo).unwrap();
        let probability = prediction.probabilities[breed];
        assert!((probability - 0.999_753).abs() < 1e-5, "{prediction:?}");
        assert!(prediction.similarity.is_empty());
    }
}

#[test]
fn a_network_with_prototypes_gives_similarities() {
    let bundle = Bundle::from_bytes(&Draft::with_similarity().bytes(), "similarity.onnx").unwrap();
    let recogniser = Recogniser::new(bundle).unwrap();
    let photo = RgbImage::from_pixel(50, 40, Rgb([255, 0, 255]));
    let recognition = recogniser.recognise(&photo).unwrap();
    assert_eq!(recognition.prediction.similarity, [1.0, 0.0, 1.0]);
    assert_eq!(
        recognition.features(),
        [1.0, 0.0, 1.0],
        "the classifier's input"
    );
    assert_eq!(recogniser.output(&photo).unwrap().logits, [9.0, 0.0, 9.0]);
}

#[test]
fn many_threads_may_use_one_network_at_once() {
    let recogniser = Recogniser::new(sound()).unwrap();
    thread::scope(|scope| {
        for red in (0..=255).step_by(51) {
            let recogniser = &recogniser;
            scope.spawn(move || {
                let photo = RgbImage::from_pixel(64, 48, Rgb([red, 0, 0]));
                for _ in 0..20 {
                    let logits = recogniser.output(&photo).unwrap().logits;
                    assert!((logits[0] - f32::from(red) / 255.0 * 9.0).abs() < 1e-4);
                }
            });
        }
    });
}

/// A drawn animal before a wall, told from others by its `colour` and `stripes`.
fn animal(colour: [u8; 3], stripes: u32, shift: u32) -> RgbImage {
    RgbImage::from_fn(300, 240, |x, y| {
        let (dx, dy) = (x as f32 - 150.0 - shift as f32, y as f32 - 130.0);
        let body = (dx / 90.0).hypot(dy / 60.0) < 1.0;
        let head = ((dx + 70.0) / 40.0).hypot((dy + 60.0) / 36.0) < 1.0;
        match (body || head, (x + y) / stripes % 2) {
            (false, _) => Rgb([180, 176, 170 - shift as u8]),
            (true, 0) => Rgb(colour),
            (true, _) => Rgb(colour.map(|value| value / 2)),
        }
    })
}

/// The dot product.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn recognition_gives_the_prediction_and_an_embedding_of_length_1() {
    let recogniser = Recogniser::new(Bundle::embedded().unwrap()).unwrap();
    let photo = animal([200, 120, 40], 8, 0);
    let recognition = recogniser.recognise(&photo).unwrap();
    let prediction = recogniser.predict(&photo).unwrap();
    assert_eq!(recognition.prediction, prediction);
    let embedding = recognition.embedding();
    let spec = recogniser.metadata().embedding.as_ref().unwrap();
    assert_eq!(embedding.len(), spec.prototypes[0].len());
    assert!((dot(&embedding, &embedding) - 1.0).abs() < 1e-5);

    let another = Recogniser::new(Bundle::embedded().unwrap()).unwrap();
    assert_eq!(another.recognise(&photo).unwrap(), recognition);
}

#[test]
fn a_single_picture_of_an_animal_is_recognised_the_same_from_both_sides() {
    let recogniser = Recogniser::new(Bundle::embedded().unwrap()).unwrap();
    let left = animal([200, 120, 40], 8, 0);
    let right = imageops::flip_horizontal(&left);
    let regions = [[0.1, 0.8], [0.2, 0.9]];
    let regions = regions.map(|[from, to]| Region::new(from, 0.1, to, 0.9).unwrap());
    let cosine = |[left, right]: [Recognition; 2]| dot(&left.embedding(), &right.embedding());
    let seen = [(&left, regions[0]), (&right, regions[1])];
    let frames = seen.map(|(photo, region)| recogniser.recognise_in(photo, region).unwrap());
    let photographs = seen.map(|(photo, region)| {
        recogniser
            .recognise_photographed(photo, Some(region))
            .unwrap()
    });
    let greatest =
        |of: &[Recognition; 2]| of.each_ref().map(|it| it.prediction.greatest_probability());
    let [left_frame, right_frame] = greatest(&frames);
    let [left_photograph, right_photograph] = greatest(&photographs);
    assert!((left_frame - right_frame).abs() > 1e-3);
    assert!((left_photograph - right_photograph).abs() < 1e-3);
    let (of_frames, of_photographs) = (cosine(frames), cosine(photographs));
    assert!(of_frames < 0.99, "{of_frames}");
    assert!(of_photographs > 0.999, "{of_photographs}");
}

#[test]
fn a_photograph_is_the_most_similar_to_itself_slightly_changed() {
    let recogniser = Recogniser::new(Bundle::embedded().unwrap()).unwrap();
    let animals = [
        ([200, 120, 40], 8),
        ([90, 90, 90], 40),
        ([240, 240, 230], 200),
    ];
    let embed = |shift: u32| {
        animals.map(|(colour, stripes)| {
            let photo = animal(colour, stripes, shift);
            recogniser.recognise(&photo).unwrap().embedding()
        })
    };
    let (before, after) = (embed(0), embed(4));
    for (index, animal) in before.iter().enumerate() {
        let itself = dot(animal, &after[index]);
        for (other, embedding) in after.iter().enumerate() {
            let another = dot(animal, embedding);
            assert!(
                other == index || another < itself,
                "{index}: {itself}, but {another} to {other}"
            );
        }
    }
}

#[test]
fn stored_embeddings_stay_comparable() {
    // The features of the draft's network are the picture's mean colour: here red alone.
    let photo = RgbImage::from_pixel(8, 8, Rgb([255, 0, 0]));
    let recogniser = Recogniser::new(sound()).unwrap();
    let embedding = recogniser.recognise(&photo).unwrap().embedding();
    let unit = 1.0 / (embedding::LENGTH as f32).sqrt();
    assert!(
        embedding
            .iter()
            .all(|value| (value.abs() - unit).abs() < 1e-6)
    );
    let signs = |values: &[f32]| {
        let bits = values
            .iter()
            .map(|value| u64::from(value.is_sign_negative()));
        bits.rev().fold(0, |bits, bit| bits << 1 | bit)
    };
    let (low, high) = embedding.split_at(64);
    assert_eq!(format!("{:016x}", signs(low)), "6c853fe0380000a5");
    assert_eq!(format!("{:016x}", signs(high)), "c75384d5a6785079");
}

#[test]
fn the_classifiers_input_is_found_behind_bias_and_quantisation() {
    let check = |what: &str, bundle: Bundle, expected: usize| {
        let size = bundle.metadata.input.size;
        let mut noise = Numbers::new(3);
        let image: Vec<f32> = (0..3 * size * size).map(|_| noise.next()).collect();
        let [engine, reference] = [Engine::load(&bundle), Engine::reference(&bundle)];
        let output = engine.unwrap().run(&image).unwrap();
        let reference = reference.unwrap().run(&image).unwrap();
        let [found, wanted] = [output.features, reference.features];
        assert_eq!((found.len(), wanted.len()), (expected, expected), "{what}");
        let cosine = dot(&found, &wanted) / (dot(&found, &found) * dot(&wanted, &wanted)).sqrt();
        // Sums in f32 round to another byte now and then.
        assert!(expected == 0 || cosine > 0.995, "{what}: {cosine}");
    };
    let quantised = |quantised_head| {
        let form = Form {
            quantised_head,
            ..Form::default()
        };
        Bundle::from_bytes(&Quantised::new(form).bytes(), "net.onnx").unwrap()
    };
    check("the embedded network", Bundle::embedded().unwrap(), 1280);
    check("a product with a bias, in int8", quantised(false), 24);
    check(
        "a product of quantised factors, in int8",
        quantised(true),
        24,
    );
    check("a product", sound(), 3);

    let drafted = |nodes: Vec<(&'static str, Vec<&'static str>, &'static str)>| {
        let mut draft = Draft {
            nodes,
            ..Draft::default()
        };
        draft.weights.push(("bias", vec![3], vec![1.0; 3]));
        Bundle::from_bytes(&draft.bytes(), "drafted.onnx").unwrap()
    };
    let pooled = ("GlobalAveragePool", vec!["image"], "pooled");
    let with_bias = vec![
        pooled.clone(),
        ("Flatten", vec!["pooled"], "features"),
        ("MatMul", vec!["features", "weight"], "product"),
        ("Add", vec!["bias", "product"], "logits"),
    ];
    check("a product, and a bias that is added", drafted(with_bias), 3);
    let without = vec![pooled, ("Flatten", vec!["pooled"], "logits")];
    check("no product", drafted(without), 0);
}

#[test]
fn a_network_without_a_classifier_gives_no_embedding() {
    let draft = Draft {
        nodes: vec![
            ("GlobalAveragePool", vec!["image"], "pooled"),
            ("Flatten", vec!["pooled"], "logits"),
        ],
        ..Draft::default()
    };
    let bundle = Bundle::from_bytes(&draft.bytes(), "bare.onnx").unwrap();
    let photo = RgbImage::from_pixel(8, 8, Rgb([255, 0, 0]));
    let recogniser = Recogniser::new(bundle).unwrap();
    let recognition = recogniser.recognise(&photo).unwrap();
    assert!(recognition.embedding().is_empty());
    assert_eq!(recognition.prediction.probabilities.len(), 3);
}

/// A network with embeddings of its own: 16 numbers, each the picture's share of red times one of
/// `weights`.
fn with_embedding(weights: [f32; 16]) -> Draft {
    let mut draft = Draft::with_embedding();
    draft.weights[2].2 = [&weights[..], &[0.0; 32]].concat();
    draft
}

#[test]
fn a_network_may_make_embeddings_itself() {
    let embed = |weights: [f32; 16], colour: [u8; 3]| {
        let bytes = with_embedding(weights).bytes();
        let recogniser = Recogniser::new(Bundle::from_bytes(&bytes, "own.onnx").unwrap()).unwrap();
        let photo = RgbImage::from_pixel(8, 8, Rgb(colour));
        let recognition = recogniser.recognise(&photo).unwrap();
        let [red, green, blue] = colour.map(|value| f32::from(value) / 255.0);
        assert_eq!(recognition.features(), [red, green, blue]);
        assert_eq!(recognition.prediction.similarity.len(), 3);
        recognition.embedding()
    };
    let mut weights = [0.0; 16];
    (weights[2], weights[9]) = (3.0, -4.0);
    let mut expected = [0.0; 16];
    (expected[2], expected[9]) = (0.6, -0.8);
    // It is scaled to length 1, and has no direction where all of it is 0 or a number is not finite.
    assert_eq!(embed(weights, [255, 0, 255]), expected);
    assert!(embed(weights, [0, 255, 0]).is_empty());
    for number in [f32::NAN, f32::INFINITY, 3e38] {
        assert!(embed([number; 16], [255, 0, 0]).is_empty(), "{number}");
    }
}

#[test]
fn an_embedding_has_16_to_1024_numbers_and_as_many_as_the_file_says() {
    for (length, expected) in [
        (
            15,
            "may be followed by `similarity` and an `embedding` of 16 to 1024 numbers alone, but is",
        ),
        (1025, "and `embedding`, f32 [N, 1025]"),
        (
            17,
            "the engine cannot run it: it gives an embedding of 16 numbers instead of 17",
        ),
    ] {
        let mut draft = with_embedding([1.0; 16]);
        draft.outputs[2].2[1] = length;
        let mut prototype = vec![0.0; length as usize];
        prototype[0] = 1.0;
        draft.prop("kiosk.embedding")["prototypes"] = json!(vec![prototype; 3]);
        let bundle = Bundle::from_bytes(&draft.bytes(), "own.onnx");
        let error = bundle.and_then(Recogniser::new).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}\nlacks: {expected}");
    }
}

#[test]
fn an_input_of_another_size_is_an_error() {
    let engine = Engine::load(&sound()).unwrap();
    let error = engine.run(&[0.0; 5]).unwrap_err();
    assert!(
        matches!(
            error,
            EngineError::InputSize {
                expected: 3072,
                found: 5
            }
        ),
        "{error}"
    );
}

#[test]
fn a_small_file_that_describes_a_huge_tensor_is_refused_before_memory_is_taken() {
    // 3 x 4096 x 16384 numbers, from two weights of a few kilobytes.
    let mut draft = Draft::default();
    draft.weights.push(("tall", vec![4096, 1], vec![0.0; 4096]));
    draft
        .weights
        .push(("wide", vec![16_384], vec![0.0; 16_384]));
    draft.nodes = vec![
        ("GlobalAveragePool", vec!["image"], "small"),
        ("Add", vec!["small", "tall"], "column"),
        ("Add", vec!["column", "wide"], "huge"),
        ("GlobalAveragePool", vec!["huge"], "pooled"),
        ("Flatten", vec!["pooled"], "features"),
        ("MatMul", vec!["features", "weight"], "logits"),
    ];
    let bundle = Bundle::from_bytes(&draft.bytes(), "huge.onnx").unwrap();
    let error = Recogniser::new(bundle).unwrap_err().to_string();
    assert!(
        error.starts_with("model huge.onnx: the engine cannot run it: ") && error.contains("16384"),
        "{error}"
    );
}
