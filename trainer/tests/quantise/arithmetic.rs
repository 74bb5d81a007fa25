//! The arithmetic of a quantisation, on made-up numbers.

use trainer::net::int8::Affine;
use trainer::net::short_sums::{self, ShortSums};
use trainer::net::{Architecture, Init, Kernel, Layer, Network};
use trainer::quantise::equalise::equalise;
use trainer::quantise::float;
use trainer::quantise::moments::Moments;
use trainer::quantise::ranges::Histogram;
use trainer::quantise::rounding::round;

#[test]
fn every_range_contains_zero_and_misses_no_value_by_more_than_a_step() {
    let check = |low: f32, high: f32| {
        let affine = Affine::covering(low, high);
        assert_eq!(affine.dequantise(affine.zero_point), 0.0, "{low} {high}");
        for share in [0.0, 0.1, 0.33, 0.5, 0.77, 1.0] {
            let value = low + share * (high - low);
            let error = (affine.dequantise(affine.quantise(value)) - value).abs();
            // The ends may lie half a step outside, because the range is shifted to represent zero exactly.
            let allowed = 1.001 * affine.scale;
            assert!(
                error <= allowed,
                "{value} of {low}..{high} is off by {error}"
            );
        }
    };
    check(0.0, 6.0);
    check(-1.0, 1.0);
    check(-0.01, 30.0);
    check(2.0, 3.0);
    check(-5.0, -4.0);
    check(0.0, 0.0);
}

#[test]
fn values_beyond_the_range_become_its_ends() {
    let affine = Affine::covering(0.0, 6.0);
    assert_eq!(affine.quantise(-3.0), 0);
    assert_eq!(affine.quantise(7.0), 255);
    assert!((affine.dequantise(255) - 6.0).abs() < 1e-5);
}

#[test]
fn a_few_outliers_are_clipped_and_an_even_spread_is_not() {
    let even: Vec<f32> = (0..1_000_000).map(|index| index as f32 / 1e6).collect();
    let end = |low: f32, high: f32, values: &[f32]| {
        let mut histogram = Histogram::new(low, high);
        histogram.add(values);
        let affine = histogram.best();
        (affine.dequantise(0), affine.dequantise(255))
    };
    assert!((end(0.0, 1.0, &even).1 - 1.0).abs() < 0.02);

    let outliers = [&even[..], &[1.5, 1.6]].concat();
    let (low, high) = end(0.0, 1.6, &outliers);
    assert_eq!(low, 0.0);
    assert!((0.95..1.3).contains(&high), "{high}");

    let both_sides: Vec<f32> = outliers.iter().flat_map(|&value| [value, -value]).collect();
    let (low, high) = end(-1.6, 1.6, &both_sides);
    assert!(
        (-1.3..-0.95).contains(&low) && (0.95..1.3).contains(&high),
        "{low} {high}"
    );
}

#[test]
fn equalisation_scales_channels_and_keeps_the_features() {
    let architecture = Architecture::MobileNetV2;
    let network = Network::new(architecture, 2, &Init::Random(3)).expect("random weights");
    let mut network = float::Network::of(&network).expect("its numbers");
    let picture: Vec<f32> = (0..32 * 32 * 3)
        .map(|index| (index as f32 * 0.7).cos())
        .collect();
    let extremes = |network: &float::Network| {
        let mut seen: Vec<Vec<(f32, f32)>> = Vec::new();
        let features = network.run(&picture, 32, |index, values| {
            let channels = network.activations()[index];
            let mut extremes = vec![(0f32, 0f32); channels];
            for (place, &value) in values.iter().enumerate() {
                let (low, high) = &mut extremes[place % channels];
                (*low, *high) = (low.min(value), high.max(value));
            }
            seen.push(extremes);
        });
        (features, seen)
    };
    let (before, seen) = extremes(&network);
    equalise(&mut network, &seen);
    let (after, equalised) = extremes(&network);
    assert_eq!(before.len(), architecture.features());
    for (before, after) in before.iter().zip(&after) {
        assert!(
            (before - after).abs() < 1e-3 * before.abs().max(1.0),
            "{before} became {after}"
        );
    }
    let raised = seen[0]
        .iter()
        .zip(&equalised[0])
        .filter(|(seen, now)| now.1 > seen.1)
        .count();
    assert!(
        raised > 16,
        "{raised} of 32 channels of the stem are larger"
    );
    assert!(equalised.iter().flatten().all(|(_, peak)| peak.is_finite()));
}

#[test]
fn rounding_is_never_worse_than_to_the_nearest_and_better_for_correlated_inputs() {
    // 24 inputs, each the sum of 7 of 30 sources: they are correlated, but not fully.
    let n = 24;
    let samples: Vec<Vec<f32>> = (0..200)
        .map(|sample| {
            let source = |index: usize| ((sample * 31 + index * 17) as f32).sin();
            (0..n)
                .map(|input| (input..input + 7).map(source).sum())
                .collect()
        })
        .collect();
    let mut covariance = vec![0.0; n * n];
    for sample in &samples {
        for (index, sum) in covariance.iter_mut().enumerate() {
            *sum += sample[index / n] * sample[index % n] / samples.len() as f32;
        }
    }
    let error = |weight: &[f32], rounded: &[i8], scale: f32| -> f32 {
        let output = |sample: &Vec<f32>, weight: &mut dyn Iterator<Item = f32>| -> f32 {
            sample
                .iter()
                .zip(weight)
                .map(|(value, weight)| value * weight)
                .sum()
        };
        let errors = samples.iter().map(|sample| {
            let exact = output(sample, &mut weight.iter().copied());
            let actual = output(
                sample,
                &mut rounded.iter().map(|&weight| f32::from(weight) * scale),
            );
            (exact - actual).powi(2)
        });
        errors.sum()
    };
    let moments = |covariance: &[f32]| Moments {
        exact_mean: vec![0.0; n],
        actual_mean: vec![0.0; n],
        covariance: covariance.to_vec(),
    };
    let (mut nearest_total, mut total) = (0.0, 0.0);
    for row in 0..20 {
        let weight: Vec<f32> = (0..n)
            .map(|index| ((row * 50 + index) as f32 * 1.3).cos())
            .collect();
        let scale = 1.0 / 127.0;
        let nearest: Vec<i8> = weight
            .iter()
            .map(|weight| (weight / scale).round() as i8)
            .collect();
        let rounded = round(
            &weight,
            &[scale],
            &moments(&covariance),
            &ShortSums::alone(n),
        );
        let (least, ours) = (
            error(&weight, &nearest, scale),
            error(&weight, &rounded, scale),
        );
        assert!(ours <= least * 1.001, "row {row}: {ours} against {least}");
        nearest_total += least;
        total += ours;

        let alone: Vec<f32> = (0..n * n)
            .map(|index| f32::from(u8::from(index % (n + 1) == 0)))
            .collect();
        assert_eq!(
            round(&weight, &[scale], &moments(&alone), &ShortSums::alone(n)),
            nearest
        );
    }
    assert!(
        total < nearest_total / 2.0,
        "{total} against {nearest_total}"
    );
}

#[test]
fn products_that_kernels_add_up_in_16_bits_fit_them_after_rounding() {
    let inputs = 48;
    let layer = Layer {
        kernel: Kernel::Pointwise,
        inputs,
        outputs: 1,
        relu6: false,
    };
    let short_sums = ShortSums::of(&layer);
    let sets = [0, 8, 16, 24, 7, 32].map(|input| short_sums.set(input));
    assert_eq!(sets, [0, 0, 0, 0, 7, 8]);

    // Inputs that rise and fall together: what one weight is too large, another one can make up for.
    let covariance: Vec<f32> = (0..inputs * inputs)
        .map(|index| if index % (inputs + 1) == 0 { 1.01 } else { 1.0 })
        .collect();
    let moments = Moments {
        exact_mean: vec![0.0; inputs],
        actual_mean: vec![0.0; inputs],
        covariance,
    };
    let largest = |short_sums: &ShortSums, row: &[i8]| {
        let sums = short_sums.of_row(row, |weight| i32::from(weight.unsigned_abs()));
        sums.into_iter().max().expect("there are sums")
    };
    let (mut most, mut most_alone) = (0, 0);
    for row in 0..20 {
        // Sums of 253, and all weights are rounded down.
        let weight = vec![(63.25 - row as f32 / 100.0) / 127.0; inputs];
        let scales = [1.0 / 127.0];
        let rounded = round(&weight, &scales, &moments, &short_sums);
        most = most.max(largest(&short_sums, &rounded));
        let alone = round(&weight, &scales, &moments, &ShortSums::alone(inputs));
        most_alone = most_alone.max(largest(&short_sums, &alone));
    }
    assert!(most <= short_sums::LARGEST, "{most}");
    assert!(most_alone > short_sums::LARGEST, "{most_alone}");
}
