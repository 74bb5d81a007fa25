//! The distillation loss is that of its definition, and only the network that learns has a gradient of it.

use candle_core::{Device, Tensor, Var};
use trainer::train::distillation::loss;

fn variable(rows: &[[f32; 3]]) -> Var {
    let values = rows.concat();
    let tensor = Tensor::from_vec(values, (rows.len(), 3), &Device::Cpu);
    Var::from_tensor(&tensor.expect("a tensor")).expect("a variable")
}

fn computed(features: &[[f32; 3]], of_teacher: &[[f32; 3]]) -> f32 {
    let (features, of_teacher) = (variable(features), variable(of_teacher));
    let loss = loss(features.as_tensor(), of_teacher.as_tensor()).expect("a loss");
    loss.to_scalar().expect("a number")
}

/// Of the last number, all pictures have the same.
const TEACHER: [[f32; 3]; 4] = [
    [1.0, 20.0, 5.0],
    [3.0, 20.0, 5.0],
    [1.0, 60.0, 5.0],
    [3.0, 60.0, 5.0],
];

#[test]
fn features_like_the_teachers_cost_nothing_and_opposite_ones_the_most() {
    assert!(computed(&TEACHER, &TEACHER).abs() < 1e-6);
    // Mirrored at the teacher's mean.
    let opposite = TEACHER.map(|[a, b, c]| [4.0 - a, 80.0 - b, c]);
    assert!((computed(&opposite, &TEACHER) - 2.0).abs() < 1e-6);
    // Only the direction counts, seen from the mean: here all are twice as far from it.
    let farther = TEACHER.map(|[a, b, c]| [2.0 * a - 2.0, 2.0 * b - 40.0, c]);
    assert!(computed(&farther, &TEACHER).abs() < 1e-6);
}

#[test]
fn each_number_counts_in_units_of_its_deviation() {
    // One of the two numbers that vary is lost. A tenth of the mean deviation, 0.7, is added to each.
    let lost = |index: usize| {
        TEACHER.map(|mut row| {
            row[index] = [2.0, 40.0][index];
            row
        })
    };
    let [first, second] = [1.0_f32 / 1.7, 20.0 / 20.7];
    let length = first.hypot(second);
    assert!((computed(&lost(0), &TEACHER) - (1.0 - second / length)).abs() < 1e-5);
    assert!((computed(&lost(1), &TEACHER) - (1.0 - first / length)).abs() < 1e-5);
}

#[test]
fn a_picture_without_a_direction_has_no_effect_and_nothing_is_divided_by_zero() {
    let same = [[1.0, 20.0, 5.0]; 4];
    for (features, teacher) in [(&same, &TEACHER), (&TEACHER, &same), (&same, &same)] {
        assert!((computed(features, teacher) - 1.0).abs() < 1.0);
    }
}

#[test]
fn only_the_learning_network_has_a_gradient() {
    let features = variable(&TEACHER.map(|[a, b, c]| [b, a, c]));
    let teacher = variable(&TEACHER);
    let loss = loss(features.as_tensor(), teacher.as_tensor()).expect("a loss");
    let gradients = loss.backward().expect("gradients");
    let gradient = gradients.get(&features).expect("that of the features");
    let gradient: Vec<Vec<f32>> = gradient.to_vec2().expect("its values");
    assert!(gradient.concat().iter().all(|value| value.is_finite()));
    assert!(gradient.concat().iter().any(|value| value.abs() > 1e-6));
    assert!(gradients.get(&teacher).is_none());
}
