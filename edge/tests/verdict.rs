//! Probabilities become an answer that may also be "not sure".

use edge::recognise::metadata::Unknown;
use edge::recognise::softmax;
use edge::verdict::{Verdict, top};

fn check(probabilities: &[f32], expected: Verdict) {
    let unknown = Unknown {
        method: "max_probability".to_owned(),
        threshold: 0.5,
    };
    assert_eq!(
        Verdict::of(probabilities, &unknown),
        expected,
        "{probabilities:?}"
    );
}

fn breed(breed: usize, confidence: f32) -> Verdict {
    Verdict::Breed { breed, confidence }
}

fn unsure(best: usize, confidence: f32) -> Verdict {
    Verdict::Unsure { best, confidence }
}

#[test]
fn a_breed_is_named_from_the_threshold_upwards() {
    check(&[0.1, 0.8, 0.1], breed(1, 0.8));
    check(&[0.5, 0.25, 0.25], breed(0, 0.5));
    check(&[0.3, 0.21, 0.49], unsure(2, 0.49));
    check(&[0.25; 4], unsure(0, 0.25));
}

#[test]
fn what_is_not_a_number_is_never_an_answer() {
    check(&[f32::NAN, 0.9], breed(1, 0.9));
    check(&[f32::NAN, 0.1], unsure(1, 0.1));
    check(&[f32::NAN; 3], unsure(0, 0.0));
    check(&[], unsure(0, 0.0));
}

#[test]
fn the_likeliest_come_first_and_equals_in_their_order() {
    let probabilities = [0.2, 0.1, f32::NAN, 0.5, 0.2];
    assert_eq!(top(&probabilities, 3), [(3, 0.5), (0, 0.2), (4, 0.2)]);
    assert_eq!(top(&probabilities, 9).last(), Some(&(2, 0.0)));
    assert_eq!(top(&probabilities, 9).len(), 5);
    assert_eq!(top(&[], 3), []);
}

#[test]
fn probabilities_sum_to_one_however_large_the_logits() {
    for logits in [
        vec![0.0; 5],
        vec![1e30, -1e30, 0.0],
        vec![500.0, 499.0],
        vec![3.0],
    ] {
        let sum: f32 = softmax(&logits, 1.0).iter().sum();
        assert!((sum - 1.0).abs() < 1e-6, "{logits:?}: {sum}");
    }
}

#[test]
fn a_higher_temperature_is_humbler_and_keeps_the_order() {
    let logits = [2.0, 0.0, 1.0];
    let (bold, plain, humble) = (
        softmax(&logits, 0.5),
        softmax(&logits, 1.0),
        softmax(&logits, 4.0),
    );
    assert!(bold[0] > plain[0] && plain[0] > humble[0]);
    for probabilities in [bold, plain, humble] {
        assert!(probabilities[0] > probabilities[2] && probabilities[2] > probabilities[1]);
    }
    // e^2 / (e^2 + e^0 + e^1)
    assert!((softmax(&logits, 1.0)[0] - 0.665_241).abs() < 1e-5);
}
