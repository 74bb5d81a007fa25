//! What is minimised, and that gradients lead there.

use candle_core::{Device, Tensor, Var};
use recognise::metadata::Species;
use trainer::detect::loss::loss;
use trainer::detect::targets::{Positive, Targets, targets};
use trainer::net::{Detector, Init};

use super::animal;

/// One picture with a grid of 2 x 2 cells.
fn cells(values: &[f32]) -> Var {
    let tensor = Tensor::from_vec(values.to_vec(), (1, 1, 1, 24), &Device::Cpu);
    Var::from_tensor(&tensor.expect("24 numbers")).expect("a variable")
}

fn loss_of(values: &[f32], targets: &Targets) -> f32 {
    let loss = loss(&cells(values), std::slice::from_ref(targets)).expect("a loss");
    loss.to_scalar().expect("one number")
}

/// A dog in the first cell.
fn dog(distances: [f32; 4]) -> Targets {
    Targets {
        positives: vec![Positive {
            cell: 0,
            species: Species::Dog,
            distances,
        }],
        ignored: vec![],
    }
}

/// The numbers of four cells that say nothing is there.
fn nothing() -> Vec<f32> {
    [[-12.0, -12.0, 0.1, -0.2, 0.3, -0.4]; 4].concat()
}

#[test]
fn nothing_is_lost_by_the_right_answer() {
    assert!(loss_of(&nothing(), &Targets::default()) < 1e-3);
    let distances = [0.5f32, 0.4, 1.2, 1.1];
    let mut right = nothing();
    right[1] = 12.0;
    right[2..6].copy_from_slice(&distances.map(f32::ln));
    let least = loss_of(&right, &dog(distances));
    assert!(least.abs() < 1e-3, "{least}");
    for (place, value) in [(0, 3.0), (1, 0.0), (2, 1.0), (5, -2.0), (6, 3.0)] {
        let mut wrong = right.clone();
        wrong[place] = value;
        assert!(loss_of(&wrong, &dog(distances)) > 0.02, "{place}");
    }
}

#[test]
fn extreme_numbers_give_a_finite_loss_and_gradient() {
    for extreme in [-1e4, 1e4] {
        let cells = cells(&[extreme; 24]);
        let loss = loss(&cells, &[dog([0.5, 0.5, 1.5, 1.5])]).expect("a loss");
        assert!(loss.to_scalar::<f32>().expect("a number").is_finite());
        let gradients = loss.backward().expect("gradients");
        let gradient = gradients.get(&cells).expect("a gradient");
        let values: Vec<f32> = gradient.flatten_all().unwrap().to_vec1().unwrap();
        assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
    }
}

#[test]
fn a_cell_that_is_ignored_changes_nothing() {
    let ignoring = Targets {
        ignored: vec![2],
        ..Targets::default()
    };
    let (before, mut after) = (nothing(), nothing());
    after[12] = 5.0;
    assert_eq!(loss_of(&before, &ignoring), loss_of(&after, &ignoring));
    assert!(loss_of(&after, &Targets::default()) > 1.0);
}

#[test]
fn gradients_agree_with_finite_differences() {
    let distances = [0.5f32, 0.4, 1.2, 1.1];
    let targets = dog(distances);
    let predicted: [f32; 4] = [0.8, 0.3, 0.9, 1.6];
    let mut values: Vec<f32> = (0..24).map(|index| (index as f32).sin()).collect();
    values[2..6].copy_from_slice(&predicted.map(f32::ln));
    // The score of the box is what it should be: then its target, which moves with the box, has no influence.
    let common = (0.5 + 0.9) * (0.3 + 1.1);
    let union = (0.8 + 0.9) * (0.3 + 1.6) + (0.5 + 1.2) * (0.4 + 1.1) - common;
    let overlap: f32 = common / union;
    values[1] = (overlap / (1.0 - overlap)).ln();

    let variable = cells(&values);
    let loss = loss(&variable, std::slice::from_ref(&targets)).expect("a loss");
    let gradients = loss.backward().expect("gradients");
    let gradient = gradients.get(&variable).expect("a gradient");
    let gradient: Vec<f32> = gradient.flatten_all().unwrap().to_vec1().unwrap();
    for (place, gradient) in gradient.into_iter().enumerate() {
        let moved = |by: f32| {
            let mut values = values.clone();
            values[place] += by;
            loss_of(&values, &targets)
        };
        let step = 5e-3;
        let expected = (moved(step) - moved(-step)) / (2.0 * step);
        assert!(
            (gradient - expected).abs() < 5e-3,
            "{place}: {gradient} instead of {expected}"
        );
    }
}

#[test]
fn steps_against_the_gradient_make_a_detector_better() {
    let detector = Detector::new(5, &Init::Random(3)).expect("random weights");
    let pixels = (0..64 * 64 * 3).map(|index| (index as f32 * 0.05).sin());
    let picture = Tensor::from_vec(pixels.collect(), (1, 64, 64, 3), &Device::Cpu);
    let picture = picture.expect("a picture");
    let targets = [targets(&[animal(Species::Cat, [0.1, 0.2, 0.6, 0.9])], 4)];
    let mut losses: Vec<f32> = Vec::new();
    for _ in 0..12 {
        let cells = detector.cells(&picture).expect("cells");
        let loss = loss(&cells, &targets).expect("a loss");
        losses.push(loss.to_scalar().expect("a number"));
        let gradients = loss.backward().expect("gradients");
        for (name, variable) in detector.variables() {
            let gradient = gradients.get(variable);
            let gradient = gradient.unwrap_or_else(|| panic!("{name} has no gradient"));
            if name.starts_with("detect.") {
                let step = (gradient * 1e-3).expect("a step");
                let moved = (variable.as_detached_tensor() - step).expect("weights");
                variable.set(&moved).expect("the same shape");
            }
        }
    }
    assert!(
        losses.is_sorted_by(|before, after| after < before),
        "{losses:?}"
    );
}

#[test]
fn a_detector_starts_without_an_animal_anywhere() {
    let detector = Detector::new(6, &Init::Random(1)).expect("random weights");
    let names: Vec<&str> = (detector.variables().iter().rev().take(6))
        .map(|(name, _)| name.as_str())
        .collect();
    let expected = [
        "detect.out.bias",
        "detect.out.weight",
        "detect.pw.bias",
        "detect.pw.weight",
        "detect.dw.bias",
        "detect.dw.weight",
    ];
    assert_eq!(names, expected);
    let grey = Tensor::zeros((1, 64, 64, 3), candle_core::DType::F32, &Device::Cpu);
    let cells = detector.cells(&grey.expect("a picture")).expect("cells");
    let cells: Vec<f32> = cells.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(cells.len(), 2 * 2 * 24);
    for cell in cells.chunks_exact(6) {
        assert!(cell[..2].iter().all(|&logit| logit < -2.0), "{cell:?}");
        assert!(cell[2..].iter().all(|&distance| distance > 0.0), "{cell:?}");
    }
    for trunk in [0, 4, 7] {
        let refused = Detector::new(trunk, &Init::Random(1)).err();
        let message = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("5 or 6"), "{trunk}: {message}");
    }
}
