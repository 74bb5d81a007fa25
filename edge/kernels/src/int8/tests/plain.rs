//! The kernels that are plain loops on every processor, beside loops that say what they compute.

use super::{Random, as_isa_has, cases, check, map, starts};
use crate::Isa;
use crate::int8::{
    Addition, Averaging, Channelwise, Map, Multiplication, Quantiser, Requantise, Rows, View, Wide,
    Window, add, average_windows, channelwise, gather, look_up, max_windows, multiply, quantise,
    wide,
};

/// Expects `work` to write `expected(y, x, channel)`, as an unsigned byte, for every instruction set.
fn equals(
    what: &str,
    to: Map,
    expected: impl Fn(usize, usize, usize) -> u8,
    work: impl Fn(Isa, &mut Rows<'_>),
) {
    check(what, to, &work);
    let mut bytes = vec![0; to.buffer()];
    work(Isa::Portable, &mut Rows::all(&mut bytes, to));
    for index in 0..to.height * to.width * to.channels {
        let (pixel, channel) = (index / to.channels, index % to.channels);
        let (y, x) = (pixel / to.width, pixel % to.width);
        let found = bytes[to.at(y, x) + channel];
        let expected = expected(y, x, channel);
        assert_eq!(found, expected, "{what}, at {y}, {x}, {channel}");
    }
}

fn view(bytes: &[u8], map: Map) -> View<'_> {
    View { bytes, map }
}

/// The byte of a sum, with the scale as a multiple of 2^-31 and ties upwards.
fn requantised(sum: i32, scale: f32, zero: u8) -> u8 {
    let unit = f64::from(1_u32 << 31);
    let factor = (f64::from(scale) * unit).round_ties_even() as i128;
    let steps = (2 * i128::from(sum) * factor + (1 << 31)).div_euclid(1 << 32);
    (steps + i128::from(zero)).clamp(0, 255) as u8
}

/// The byte that is nearest to this number of steps from the zero point.
fn rounded(steps: f64, zero: u8) -> u8 {
    (steps.round_ties_even() + f64::from(zero)).clamp(0.0, 255.0) as u8
}

/// A random window, and the sizes of a map that it reads and of the map that it makes.
fn windows(random: &mut Random, border: usize) -> (Window, [usize; 2], [usize; 2]) {
    let taps = [(); 2].map(|()| 1 + random.below(7));
    windows_of(taps, random, border)
}

/// The same, with so many rows and columns.
fn windows_of(
    taps: [usize; 2],
    random: &mut Random,
    border: usize,
) -> (Window, [usize; 2], [usize; 2]) {
    let mut pair = |least: usize, count: usize| [(); 2].map(|()| least + random.below(count));
    let window = Window {
        taps,
        dilation: pair(1, 3),
        stride: pair(1, 3),
        pads: pair(0, border + 1),
    };
    let (to, more) = (pair(1, 4), pair(0, 3));
    let from = std::array::from_fn(|axis| {
        let end = (to[axis] - 1) * window.stride[axis] + window.extent()[axis];
        end.saturating_sub(window.pads[axis] + border).max(1) + more[axis]
    });
    (window, from, to)
}

/// The index of a window's pixel in a map, counted from the border's corner.
fn pixel(window: &Window, from: Map, [y, x]: [usize; 2], [row, column]: [usize; 2]) -> usize {
    let at = |axis: usize, index: usize, tap: usize| {
        from.border + index * window.stride[axis] + tap * window.dilation[axis] - window.pads[axis]
    };
    from.bordered(at(0, y, row), at(1, x, column))
}

/// All pixels of a window, row by row.
fn taps(window: &Window) -> Vec<[usize; 2]> {
    let columns = window.taps[1];
    let taps = 0..window.pixels();
    taps.map(|tap| [tap / columns, tap % columns]).collect()
}

/// Windows of about as many pixels as kernels with instructions of their own take: fewer, all and more.
const LARGE: [[usize; 2]; 4] = [[5, 25], [9, 14], [8, 16], [3, 43]];

fn wide_weights(random: &mut Random, count: usize) -> Vec<i16> {
    let weight = |random: &mut Random| match random.below(4) {
        0 => 255,
        1 => -255,
        _ => random.below(511) as i16 - 255,
    };
    (0..count).map(|_| weight(random)).collect()
}

#[test]
fn convolutions_of_single_channels_with_any_window_equal_their_definition() {
    let mut random = Random::new(11);
    for case in 0..cases(150) {
        let border = random.below(4);
        let large = LARGE.get(case).copied();
        let (window, [height, width], [rows, columns]) = match large {
            Some(taps) => windows_of(taps, &mut random, border),
            None => windows(&mut random, border),
        };
        let channels = 1 + random.below(40);
        let from = map(height, width, channels, border);
        let to = map(rows, columns, channels, random.below(2));
        // Weights that fit 8 bits have kernels of their own.
        let is_wide = large.is_none() && case % 2 == 0;
        let limit = if is_wide { 255 } else { 127 };
        let mut weights = wide_weights(&mut random, channels * window.pixels());
        weights
            .iter_mut()
            .for_each(|weight| *weight = (*weight).clamp(-limit, limit));
        let bytes = random.bytes(from.buffer());
        let (start, scale, zero) = random.requantisation(channels);
        let expected = |y: usize, x: usize, channel: usize| {
            let weights = &weights[channel * window.pixels()..];
            let taps = taps(&window).into_iter().zip(weights);
            let products = taps.map(|(tap, &weight)| {
                let byte = bytes[pixel(&window, from, [y, x], tap) + channel];
                i32::from(byte) * i32::from(weight)
            });
            let sum = start[channel] + products.sum::<i32>();
            requantised(sum, scale[channel], zero)
        };
        let what = format!("case {case}, {window:?}, {from:?} to {to:?}");
        equals(&what, to, expected, |isa, rows| {
            let start = starts(isa, &start, &weights);
            let requantise = Requantise::new(isa, &start, &scale, zero);
            let layer = Channelwise::new(window, &weights, requantise);
            channelwise(&layer, view(&as_isa_has(isa, &bytes), from), rows);
        });
    }
}

#[test]
fn products_with_weights_of_more_than_eight_bits_equal_their_definition() {
    let mut random = Random::new(12);
    for case in 0..cases(100) {
        let (height, width) = (1 + random.below(4), 1 + random.below(9));
        let (inputs, outputs) = (1 + random.below(90), 1 + random.below(40));
        let from = map(height, width, inputs, random.below(2));
        let to = map(height, width, outputs, random.below(2));
        let weights = wide_weights(&mut random, inputs * outputs);
        let bytes = random.bytes(from.buffer());
        let (start, scale, zero) = random.requantisation(outputs);
        let expected = |y: usize, x: usize, channel: usize| {
            let pixel = &bytes[from.at(y, x)..][..inputs];
            let products = pixel.iter().zip(&weights[channel * inputs..]);
            let products = products.map(|(&byte, &weight)| i32::from(byte) * i32::from(weight));
            let sum = start[channel] + products.sum::<i32>();
            requantised(sum, scale[channel], zero)
        };
        let what = format!("case {case}, {from:?} to {to:?}");
        equals(&what, to, expected, |isa, rows| {
            let start = starts(isa, &start, &weights);
            let requantise = Requantise::new(isa, &start, &scale, zero);
            let layer = Wide::new(inputs, weights.clone(), requantise);
            wide(&layer, view(&as_isa_has(isa, &bytes), from), rows);
        });
    }
}

#[test]
fn windows_are_gathered_pixel_by_pixel() {
    let mut random = Random::new(13);
    for case in 0..cases(100) {
        let border = random.below(4);
        let (window, [height, width], [rows, columns]) = windows(&mut random, border);
        let channels = 1 + random.below(5);
        let from = map(height, width, channels, border);
        let to = map(rows, columns, window.pixels() * channels, 0);
        let bytes = random.bytes(from.buffer());
        let taps = taps(&window);
        let expected = |y: usize, x: usize, index: usize| {
            let tap = taps[index / channels];
            bytes[pixel(&window, from, [y, x], tap) + index % channels]
        };
        let what = format!("case {case}, {window:?}, {from:?} to {to:?}");
        equals(&what, to, expected, |isa, rows| {
            gather(&window, view(&as_isa_has(isa, &bytes), from), rows);
        });
    }
}

#[test]
fn pools_of_windows_leave_out_what_is_beyond_the_map() {
    let mut random = Random::new(14);
    for case in 0..cases(100) {
        // Pools without gaps: each window has a pixel in the map.
        let (mut window, [height, width], to) = windows(&mut random, 3);
        window.dilation = [1, 1];
        window.pads = std::array::from_fn(|axis| window.pads[axis].min(window.taps[axis] - 1));
        let fits = |axis: usize, size: usize| {
            to[axis].min((size + window.pads[axis] - 1) / window.stride[axis] + 1)
        };
        let channels = 1 + random.below(80);
        let from = map(height, width, channels, random.below(2));
        let to = map(fits(0, height), fits(1, width), channels, random.below(2));
        let bytes = random.bytes(from.buffer());
        let inside = |y: usize, x: usize, channel: usize| -> Vec<u8> {
            let all = taps(&window).into_iter().filter_map(|[row, column]| {
                let y = (y * window.stride[0] + row).checked_sub(window.pads[0])?;
                let x = (x * window.stride[1] + column).checked_sub(window.pads[1])?;
                let is_inside = y < height && x < width;
                is_inside.then(|| bytes[from.at(y, x) + channel])
            });
            all.collect()
        };
        let what = format!("case {case}, {window:?}, {from:?} to {to:?}");

        let largest = |y, x, channel| inside(y, x, channel).into_iter().max().expect("a pixel");
        equals(&what, to, largest, |isa, rows| {
            max_windows(isa, &window, view(&as_isa_has(isa, &bytes), from), rows);
        });

        let (zero, to_zero, counts_padding) = (random.byte(), random.byte(), case % 2 == 0);
        let mean = |y, x, channel| {
            let inside = inside(y, x, channel);
            let sum: i32 = inside
                .iter()
                .map(|&it| i32::from(it) - i32::from(zero))
                .sum();
            let count = if counts_padding {
                window.pixels()
            } else {
                inside.len()
            };
            let mean = sum as f32 * (0.5 / count as f32);
            rounded(f64::from(mean / 0.3), to_zero)
        };
        equals(&what, to, mean, |isa, rows| {
            let averaging = Averaging {
                window,
                counts_padding,
                from: (0.5, isa.zero(zero)),
                to: (0.3, isa.zero(to_zero)),
            };
            average_windows(isa, &averaging, view(&as_isa_has(isa, &bytes), from), rows);
        });
    }
}

#[test]
fn a_single_pixel_is_added_to_all_and_multiplied_with_all() {
    let mut random = Random::new(15);
    for case in 0..cases(60) {
        let (height, width, channels) = (
            1 + random.below(4),
            1 + random.below(5),
            1 + random.below(70),
        );
        let from = map(height, width, channels, random.below(2));
        let to = map(height, width, channels, random.below(2));
        let other = match case % 2 {
            0 => from,
            _ => map(1, 1, channels, random.below(2)),
        };
        let (a, b) = (random.bytes(from.buffer()), random.bytes(other.buffer()));
        let zeros = [random.byte(), random.byte(), random.byte()];
        let pair = |y: usize, x: usize, channel: usize| {
            let of_other = if other == from {
                other.at(y, x)
            } else {
                other.at(0, 0)
            };
            let [a, b] = [a[from.at(y, x) + channel], b[of_other + channel]];
            [(a, zeros[0]), (b, zeros[1])].map(|(byte, zero)| i32::from(byte) - i32::from(zero))
        };
        let what = format!("case {case}, {from:?} and {other:?}");

        let sum = |y, x, channel| {
            let [a, b] = pair(y, x, channel);
            rounded(
                f64::from((a as f32 * 0.5 + b as f32 * 0.25) / 0.75),
                zeros[2],
            )
        };
        equals(&what, to, sum, |isa, rows| {
            let [p, q, sum] = zeros.map(|zero| isa.zero(zero));
            let addition = Addition::new([(0.5, p), (0.25, q)], (0.75, sum));
            let addition = addition.expect("scales are near enough");
            let (a, b) = (as_isa_has(isa, &a), as_isa_has(isa, &b));
            add(isa, &addition, [view(&a, from), view(&b, other)], rows);
        });

        let product = |y, x, channel| {
            let [a, b] = pair(y, x, channel);
            rounded(f64::from((a * b) as f32 * 0.01), zeros[2])
        };
        equals(&what, to, product, |isa, rows| {
            let multiplication = Multiplication {
                zeros: [isa.zero(zeros[0]), isa.zero(zeros[1])],
                scale: 0.01,
                zero: isa.zero(zeros[2]),
            };
            let (a, b) = (as_isa_has(isa, &a), as_isa_has(isa, &b));
            multiply(
                isa,
                &multiplication,
                [view(&a, from), view(&b, other)],
                rows,
            );
        });
    }
}

#[test]
fn a_table_replaces_bytes_and_joins_maps() {
    let mut random = Random::new(16);
    for case in 0..cases(60) {
        let (height, width) = (1 + random.below(4), 1 + random.below(5));
        let parts: Vec<(Map, Vec<u8>, [u8; 256])> = (0..1 + case % 3)
            .map(|_| {
                let part = map(height, width, 1 + random.below(30), random.below(2));
                let table = [(); 256].map(|()| random.byte());
                (part, random.bytes(part.buffer()), table)
            })
            .collect();
        let channels = parts.iter().map(|(part, ..)| part.channels).sum();
        let to = map(height, width, channels, random.below(2));
        let expected = |y: usize, x: usize, channel: usize| {
            let mut channel = channel;
            let holds = |(part, ..): &&(Map, Vec<u8>, [u8; 256])| match channel
                .checked_sub(part.channels)
            {
                Some(rest) => {
                    channel = rest;
                    false
                }
                None => true,
            };
            let (part, bytes, table) = parts.iter().find(holds).expect("a part");
            table[usize::from(bytes[part.at(y, x) + channel])]
        };
        equals(
            &format!("case {case}, {to:?}"),
            to,
            expected,
            |isa, rows| {
                let mut first = 0;
                for (part, bytes, table) in &parts {
                    let flip = if isa.signed() { 0x80 } else { 0 };
                    let table = std::array::from_fn(|byte| table[byte ^ flip] ^ flip as u8);
                    look_up(&table, first, view(&as_isa_has(isa, bytes), *part), rows);
                    first += part.channels;
                }
            },
        );
    }
}

#[test]
fn maps_of_real_numbers_are_quantised_channel_by_channel() {
    let mut random = Random::new(17);
    let to = map(3, 4, 21, 1);
    let mut reals: Vec<f32> = (0..21 * 12).map(|_| random.byte().into()).collect();
    (reals[5], reals[9]) = (f32::NAN, f32::NEG_INFINITY);
    let expected = |y: usize, x: usize, channel: usize| {
        let real = reals[channel * 12 + y * 4 + x];
        let steps = if real.is_nan() {
            f64::from(-1024)
        } else {
            f64::from(real / 0.7)
        };
        rounded(steps, 30)
    };
    equals("reals", to, expected, |isa, rows| {
        let quantiser = Quantiser {
            scale: 0.7,
            zero: isa.zero(30),
        };
        quantise(isa, quantiser, &reals, rows);
    });
}

#[test]
fn windows_and_maps_that_do_not_fit_are_refused() {
    let window = Window {
        taps: [5, 5],
        dilation: [1, 1],
        stride: [1, 1],
        pads: [2, 2],
    };
    let run = |from: Map, to: Map| {
        let requantise = Requantise::new(Isa::detect(), &[0; 8], &[0.5; 8], 0);
        let layer = Channelwise::new(window, &[1; 25 * 8], requantise);
        let bytes = vec![0; from.buffer()];
        let mut written = vec![0; to.buffer()];
        channelwise(&layer, view(&bytes, from), &mut Rows::all(&mut written, to));
    };
    let refused = |from: Map, to: Map| {
        let run = std::panic::AssertUnwindSafe(|| run(from, to));
        assert!(std::panic::catch_unwind(run).is_err(), "{from:?} to {to:?}");
    };
    run(map(6, 6, 8, 2), map(6, 6, 8, 0));
    refused(map(6, 6, 8, 1), map(6, 6, 8, 0));
    refused(map(6, 6, 8, 2), map(7, 6, 8, 0));
    refused(map(6, 6, 8, 2), map(6, 7, 8, 0));
    refused(map(6, 6, 9, 2), map(6, 6, 8, 0));
}
