//! Compares every kernel that this processor can run with the definition, bit for bit.

mod plain;

use std::ops::Range;
use std::panic::RefUnwindSafe;

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::{
    Addition, Depthwise, Isa, Map, Pointwise, Product, Quantiser, Requantise, Rows, View, add,
    depthwise, dequantise, dots, max_pool, pointwise, pool, quantise_image,
};

/// How many of so many random cases are tried: few where Miri interprets them.
const fn cases(most: usize) -> usize {
    if cfg!(miri) { most.div_ceil(100) } else { most }
}

/// Pseudorandom numbers, the same in every run.
struct Random(SplitMix64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(SplitMix64::from_seed(seed.to_le_bytes()))
    }

    fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A byte, often one of the two extremes.
    fn byte(&mut self) -> u8 {
        match self.below(4) {
            0 => 0,
            1 => 255,
            _ => self.next() as u8,
        }
    }

    /// A weight, often one of the two extremes.
    fn weight(&mut self) -> i8 {
        match self.below(4) {
            0 => 127,
            1 => -127,
            _ => (self.below(255) as i32 - 127) as i8,
        }
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }

    fn weights(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| self.weight()).collect()
    }

    /// Scales from nearly nothing to nearly 1, starts of any size.
    fn requantisation(&mut self, outputs: usize) -> (Vec<i32>, Vec<f32>, u8) {
        let scale = |it: &mut Self| 10f32.powi(it.below(9) as i32 - 10) * (1 + it.below(99)) as f32;
        let extremes = self.below(2) == 0;
        let start = |it: &mut Self| match it.below(8) {
            0 if extremes => i32::MAX / 2,
            1 if extremes => i32::MIN / 2,
            _ => it.below(1 << 20) as i32 - (1 << 19),
        };
        let starts = (0..outputs).map(|_| start(self)).collect();
        let scales = (0..outputs).map(|_| scale(self)).collect();
        (starts, scales, self.byte())
    }
}

fn map(height: usize, width: usize, channels: usize, border: usize) -> Map {
    Map {
        height,
        width,
        channels,
        border,
    }
}

/// Unsigned activations in the form of `isa`; applied twice it gives them back.
fn as_isa_has(isa: Isa, bytes: &[u8]) -> Vec<u8> {
    let flip = if isa.signed() { 0x80 } else { 0 };
    bytes.iter().map(|byte| byte ^ flip).collect()
}

/// Expects `work` to write the same bytes into a map for each instruction set.
fn check(what: &str, to: Map, work: impl Fn(Isa, &mut Rows<'_>)) {
    let outcome = |isa| {
        let mut bytes = vec![0xA5; to.buffer()];
        work(isa, &mut Rows::all(&mut bytes, to));
        // Bytes that no kernel may write are compared in whichever form they are.
        let inside = |bytes: &[u8], y| bytes[to.at(y, 0)..][..to.width * to.channels].to_vec();
        let rows = (0..to.height).map(|y| as_isa_has(isa, &inside(&bytes, y)));
        let rows = rows.collect::<Vec<_>>().concat();
        for y in 0..to.height {
            let start = to.at(y, 0);
            bytes[start..][..to.width * to.channels].fill(0xA5);
        }
        assert!(
            bytes.iter().all(|&byte| byte == 0xA5),
            "{isa:?} writes outside of the map: {what}"
        );
        rows
    };
    let expected = outcome(Isa::Portable);
    for isa in Isa::available() {
        assert!(outcome(isa) == expected, "{isa:?} differs: {what}");
    }
}

/// Initial sums that make the result independent of the form of the activations.
fn starts<W: Copy + Into<i32>>(isa: Isa, starts: &[i32], weights: &[W]) -> Vec<i32> {
    let shift = 128 - isa.zero(128);
    let kernels = weights.chunks_exact(weights.len() / starts.len());
    let sums = kernels.map(|kernel| kernel.iter().map(|&w| -> i32 { w.into() }).sum::<i32>());
    starts
        .iter()
        .zip(sums)
        .map(|(start, sum)| start + shift * sum)
        .collect()
}

#[test]
fn pointwise_convolutions_equal_the_definition() {
    let mut random = Random::new(1);
    for case in 0..cases(150) {
        let (height, width) = (1 + random.below(5), 1 + random.below(20));
        let (inputs, outputs) = (1 + random.below(100), 1 + random.below(150));
        let (inner, outer) = (random.below(2), random.below(3));
        let from = map(height, width, inputs, inner);
        let to = map(height, width, outputs, outer);
        let mut weights = random.weights(inputs * outputs);
        if case % 2 == 1 {
            // Sums of four products that just fit 16 bits, and some that just do not.
            for weight in &mut weights {
                *weight = weight.signum() * (63 + random.below(2) as i8);
            }
        }
        let bytes = random.bytes(from.buffer());
        let (start, scale, zero) = random.requantisation(outputs);
        check(
            &format!("case {case}, {from:?} to {to:?}"),
            to,
            |isa, rows| {
                let start = starts(isa, &start, &weights);
                let requantise = Requantise::new(isa, &start, &scale, zero);
                let layer = Pointwise::new(inputs, &weights, requantise);
                let bytes = as_isa_has(isa, &bytes);
                let view = View {
                    bytes: &bytes,
                    map: from,
                };
                pointwise(&layer, view, rows);
            },
        );
    }
}

#[test]
fn depthwise_convolutions_equal_the_definition() {
    let mut random = Random::new(2);
    for case in 0..cases(150) {
        let (height, width, channels) = (
            1 + random.below(9),
            1 + random.below(9),
            1 + random.below(70),
        );
        let stride = 1 + random.below(2);
        let from = map(height, width, channels, 1 + random.below(2));
        let size = |size: usize| (size - 1) / stride + 1;
        let to = map(size(height), size(width), channels, random.below(2));
        let mut weights = random.weights(9 * channels);
        if case % 2 == 1 {
            // Sums of three products that just fit 16 bits, and in some blocks one that just does not.
            let larger = random.below(9 * channels);
            for (index, weight) in weights.iter_mut().enumerate() {
                *weight = weight.signum() * (85 + i8::from(index == larger));
            }
        }
        let bytes = random.bytes(from.buffer());
        let (start, scale, zero) = random.requantisation(channels);
        let what = format!("case {case}, {from:?} to {to:?}, stride {stride}");
        check(&what, to, |isa, rows| {
            let start = starts(isa, &start, &weights);
            let requantise = Requantise::new(isa, &start, &scale, zero);
            let layer = Depthwise::new(stride, &weights, requantise);
            let bytes = as_isa_has(isa, &bytes);
            let view = View {
                bytes: &bytes,
                map: from,
            };
            depthwise(&layer, view, rows);
        });
    }
}

#[test]
fn sums_equal_the_definition() {
    let mut random = Random::new(3);
    for case in 0..cases(50) {
        let (height, width, channels) = (
            1 + random.below(4),
            1 + random.below(9),
            1 + random.below(70),
        );
        let from = map(height, width, channels, random.below(2));
        let to = map(height, width, channels, random.below(2));
        let (a, b) = (random.bytes(from.buffer()), random.bytes(from.buffer()));
        let zeros = [random.byte(), random.byte(), random.byte()];
        let scales = [0.01, 1.0, 2e4].map(|scale| scale * (1 + random.below(9)) as f32);
        check(&format!("case {case}"), to, |isa, rows| {
            let zeros = zeros.map(|zero| isa.zero(zero));
            let (a, b) = (as_isa_has(isa, &a), as_isa_has(isa, &b));
            let views = [&a, &b].map(|bytes| View { bytes, map: from });
            let terms = [(scales[case % 3], zeros[0]), (scales[case % 2], zeros[1])];
            let addition = Addition::new(terms, (0.5, zeros[2])).expect("scales are near enough");
            add(isa, &addition, views, rows);
        });
    }
}

#[test]
fn pictures_with_nan_and_infinities_are_quantised_alike() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -0.0];
    let mut random = Random::new(4);
    let mut image: Vec<f32> = (0..3 * 9 * 7).map(|_| random.byte().into()).collect();
    image
        .iter_mut()
        .step_by(11)
        .zip(odd.iter().cycle())
        .for_each(|(a, &b)| *a = b);
    check("a picture", map(9, 7, 3, 1), |isa, rows| {
        let quantiser = Quantiser {
            scale: 0.3,
            zero: isa.zero(114),
        };
        quantise_image(isa, quantiser, &image, rows);
    });
}

#[test]
fn pooling_gives_the_mean() {
    let mut random = Random::new(5);
    for isa in Isa::available() {
        let map = map(5, 6, 77, 1);
        let bytes = random.bytes(map.buffer());
        let mut means = vec![0.0; 77];
        let view = View {
            bytes: &as_isa_has(isa, &bytes),
            map,
        };
        pool(isa, view, 0.5, isa.zero(100), &mut means);
        for (channel, &mean) in means.iter().enumerate() {
            let pixels = (0..5).flat_map(|y| (0..6).map(move |x| map.at(y, x) + channel));
            let sum: f64 = pixels.map(|at| 0.5 * (f64::from(bytes[at]) - 100.0)).sum();
            let expected = sum / 30.0;
            assert!(
                (f64::from(mean) - expected).abs() < 1e-4,
                "{isa:?}: {mean} {expected}"
            );
        }
    }
}

#[test]
fn max_pooling_gives_the_largest_of_each_channel_and_nothing_of_the_border() {
    let mut random = Random::new(7);
    for case in 0..cases(60) {
        let (height, width, channels) = (
            1 + random.below(5),
            1 + random.below(6),
            1 + random.below(150),
        );
        let map = map(height, width, channels, random.below(2));
        // Small bytes, large ones, and all kinds; the border has the largest one.
        let mut bytes = vec![255; map.buffer()];
        for y in 0..height {
            for x in 0..width {
                for byte in &mut bytes[map.at(y, x)..][..channels] {
                    *byte = match case % 3 {
                        0 => random.below(3) as u8,
                        1 => 255 - random.below(3) as u8,
                        _ => random.byte(),
                    };
                }
            }
        }
        let zero = random.byte();
        let largest = |channel: usize| {
            let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
            let bytes = pixels.map(|(y, x)| bytes[map.at(y, x) + channel]);
            bytes.max().expect("a pixel")
        };
        let expected: Vec<f32> = (0..channels)
            .map(|channel| 0.25 * (f32::from(largest(channel)) - f32::from(zero)))
            .collect();
        for isa in Isa::available() {
            let mut maxima = vec![f32::NAN; channels];
            let view = View {
                bytes: &as_isa_has(isa, &bytes),
                map,
            };
            max_pool(isa, view, 0.25, isa.zero(zero), &mut maxima);
            assert_eq!(maxima, expected, "{isa:?}, case {case}, {map:?}");
        }
    }
}

#[test]
fn a_map_in_real_numbers_has_its_channels_one_after_another() {
    let mut random = Random::new(6);
    for isa in Isa::available() {
        let map = map(3, 4, 21, 1);
        let bytes = random.bytes(map.buffer());
        let mut reals = vec![0.0; 21 * 3 * 4];
        let view = View {
            bytes: &as_isa_has(isa, &bytes),
            map,
        };
        dequantise(isa, view, 0.5, isa.zero(100), &mut reals);
        for (index, real) in reals.into_iter().enumerate() {
            let (channel, y, x) = (index / 12, index / 4 % 3, index % 4);
            let byte = bytes[map.at(y, x) + channel];
            let expected = 0.5 * (f32::from(byte) - 100.0);
            assert_eq!(real, expected, "{isa:?}, {channel}, {y}, {x}");
        }
    }
}

#[test]
fn products_with_real_numbers_are_exact_but_for_rounding() {
    let mut random = Random::new(8);
    for case in 0..cases(200) {
        let (inputs, outputs) = (1 + random.below(200), random.below(20));
        // A single column is a case of its own.
        let columns = [0, 1, 1, 2 + random.below(120)][random.below(4)];
        let weights = random.weights(inputs * outputs);
        let mut reals = |count: usize| -> Vec<f32> {
            let real = |it: &mut Random| it.below(2001) as f32 / 1000.0 - 1.0;
            (0..count).map(|_| real(&mut random)).collect()
        };
        let (scales, bias) = (reals(outputs), reals(outputs));
        let from = reals(inputs * columns);
        let product = Product::new(inputs, weights.clone(), scales.clone(), bias.clone());
        let exact = |output: usize, column: usize| {
            let row = weights[output * inputs..][..inputs].iter();
            let column = from[column..].iter().step_by(columns);
            let sum: f64 = row
                .zip(column)
                .map(|(&w, &x)| f64::from(w) * f64::from(x))
                .sum();
            sum * f64::from(scales[output]) + f64::from(bias[output])
        };
        for isa in Isa::available() {
            let mut out = vec![f32::NAN; outputs * columns];
            product.run(isa, columns, &from, &mut out);
            for (index, &found) in out.iter().enumerate() {
                let expected = exact(index / columns, index % columns);
                let error = (f64::from(found) - expected).abs();
                assert!(
                    error < 1e-5 * (127 * inputs) as f64,
                    "case {case}, {isa:?}, {outputs} x {inputs} x {columns}: {found} is not {expected}"
                );
            }
        }
    }
}

#[test]
fn dot_products_of_signed_bytes_are_exact_up_to_the_longest() {
    let mut random = Random::new(9);
    for case in 0..cases(200) {
        let (numbers, rows) = (1 + random.below(300), random.below(12));
        let (of_rows, probe) = (random.bytes(rows * numbers), random.bytes(numbers));
        let product = |(&a, &b): (&u8, &u8)| i64::from(a as i8) * i64::from(b as i8);
        let expected: Vec<i64> = of_rows
            .chunks_exact(numbers)
            .map(|row| row.iter().zip(&probe).map(product).sum())
            .collect();
        for isa in Isa::available() {
            let mut sums = vec![i32::MAX; rows];
            dots(isa, &of_rows, &probe, &mut sums);
            let sums: Vec<i64> = sums.into_iter().map(i64::from).collect();
            assert_eq!(sums, expected, "case {case}, {isa:?}");
        }
    }
    for isa in Isa::available() {
        let mut sum = [0];
        let longest = vec![0x80; 100_000];
        dots(isa, &longest, &longest, &mut sum);
        assert_eq!(sum, [1_638_400_000], "{isa:?}");
    }
}

#[test]
fn layers_and_maps_that_do_not_fit_are_refused_before_anything_is_read() {
    let (from, to) = (map(4, 4, 16, 1), map(4, 4, 8, 0));
    let requantise =
        |outputs: usize| Requantise::new(Isa::detect(), &vec![0; outputs], &vec![0.5; outputs], 0);
    let run = |from: Map, held: usize, to: Map, rows: Range<usize>| {
        let layer = Pointwise::new(16, &[1; 16 * 8], requantise(8));
        let bytes = vec![0; held];
        let view = View {
            bytes: &bytes,
            map: from,
        };
        let mut bytes = vec![0; rows.len() * 4 * 8];
        let bytes = &mut bytes[..];
        let map = to;
        pointwise(&layer, view, &mut Rows { bytes, map, rows });
    };
    run(from, from.buffer(), to, 0..4);
    let refused = |what: &str, call: &(dyn Fn() + RefUnwindSafe)| {
        assert!(std::panic::catch_unwind(call).is_err(), "{what}");
    };
    let run_from = |from: Map, held: usize| run(from, held, to, 0..4);
    refused("too few bytes", &|| run_from(from, from.buffer() - 1));
    refused("other channels", &|| run_from(map(4, 4, 15, 1), 9999));
    refused("another width", &|| run_from(map(4, 5, 16, 1), 9999));
    refused("more than memory", &|| {
        run_from(map(usize::MAX, 4, 16, 1), 9999)
    });
    refused("other rows", &|| run(from, 9999, to, 4..8));
    refused("a weight too many", &|| {
        Pointwise::new(16, &[1; 129], requantise(8));
    });
    refused("a weight of -128", &|| {
        let mut weights = [1; 128];
        weights[77] = -128;
        Pointwise::new(16, &weights, requantise(8));
    });
    refused("a depthwise weight of -128", &|| {
        Depthwise::new(1, &[-128; 72], requantise(8));
    });
    refused("a stride of 3", &|| {
        Depthwise::new(3, &[1; 72], requantise(8));
    });
}
