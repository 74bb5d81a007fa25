//! A sound bundle recognises what its network was made for.

mod common;

use std::thread;

use common::Draft;
use edge::recognise::{Bundle, Engine, EngineError, Recogniser};
use image::{Rgb, RgbImage};

fn sound() -> Bundle {
    Bundle::from_bytes(&Draft::default().bytes(), "sound.onnx").unwrap()
}

#[test]
fn the_embedded_bundle_is_sound_and_runs() {
    let bundle = Bundle::embedded().unwrap();
    assert_eq!(bundle.metadata.breeds.len(), 37);
    let recogniser = Recogniser::new(bundle).unwrap();
    let probabilities = recogniser.recognise(&RgbImage::new(30, 20)).unwrap();
    let sum: f32 = probabilities.iter().sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
}

#[test]
fn the_network_sees_the_picture() {
    let recogniser = Recogniser::new(sound()).unwrap();
    for (breed, colour) in [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
        .into_iter()
        .enumerate()
    {
        let photo = RgbImage::from_pixel(50, 40, Rgb(colour));
        let logits = recogniser.logits(&photo).unwrap();
        let mut expected = [0.0; 3];
        expected[breed] = 9.0;
        assert_eq!(logits, expected);
        // e^9 / (e^9 + 2)
        let probabilities = recogniser.recognise(&photo).unwrap();
        assert!(
            (probabilities[breed] - 0.999_753).abs() < 1e-5,
            "{probabilities:?}"
        );
    }
}

#[test]
fn many_threads_may_ask_one_network_at_once() {
    let recogniser = Recogniser::new(sound()).unwrap();
    thread::scope(|scope| {
        for red in (0..=255).step_by(51) {
            let recogniser = &recogniser;
            scope.spawn(move || {
                let photo = RgbImage::from_pixel(64, 48, Rgb([red, 0, 0]));
                for _ in 0..20 {
                    let logits = recogniser.logits(&photo).unwrap();
                    assert!((logits[0] - f32::from(red) / 255.0 * 9.0).abs() < 1e-4);
                }
            });
        }
    });
}

#[test]
fn an_input_of_another_size_is_an_error() {
    let engine = Engine::load(&sound()).unwrap();
    let error = engine.logits(&[0.0; 5]).unwrap_err();
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
