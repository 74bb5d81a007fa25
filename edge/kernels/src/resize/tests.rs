//! Compares the resizer with plain sums of the same weights, bit for bit.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::{ONE, Resizer, Triangles};

fn triangles(from: usize, to: usize) -> Triangles {
    let mut triangles = Triangles::default();
    triangles.prepare(from, to);
    triangles
}

/// The sum of values multiplied by weights, without `bits` of its fraction.
fn blend(values: impl Iterator<Item = i32>, weights: &[i16], bits: u32) -> i32 {
    let products = values
        .zip(weights)
        .map(|(value, &weight)| value * i32::from(weight));
    (products.sum::<i32>() + (1 << (bits - 1))) >> bits
}

fn reference(
    pixels: &[u8],
    stride: usize,
    [width, height]: [usize; 2],
    size: usize,
    values: &[[f32; 256]; 3],
) -> Vec<f32> {
    let (rows, columns) = (triangles(height, size), triangles(width, size));
    let mut planes = Vec::new();
    for (channel, values) in values.iter().enumerate() {
        for (top, weights) in rows.iter() {
            let blended: Vec<i32> = (0..width)
                .map(|x| {
                    let column = (top..).map(|y| pixels[y * stride + 3 * x + channel].into());
                    blend(column, weights, 7)
                })
                .collect();
            planes.extend(columns.iter().map(|(left, weights)| {
                values[blend(blended[left..].iter().copied(), weights, 21) as usize]
            }));
        }
    }
    planes
}

#[test]
fn pictures_of_any_size_are_blended_exactly() {
    let mut random = SplitMix64::from_seed([7; 8]);
    let mut up_to = |most: u64| 1 + (random.next_u64() % most) as usize;
    let values = [-1.0, 0.5, 2.0].map(|scale| std::array::from_fn(|value| scale * value as f32));
    let mut out = Vec::new();
    // Miri interprets each pixel.
    let (count, most) = if cfg!(miri) { (4, 24) } else { (30, 700) };
    let usual = [[1, 1], [21, 9], [22, 480], [480, 480], [640, 480]];
    let usual = (usual.into_iter())
        .filter(|size| size.iter().all(|&side| side <= most))
        .map(|size| (size, most.min(264)));
    let random_sizes: Vec<_> = (0..count)
        .map(|_| {
            let side = most as u64;
            ([up_to(side), up_to(side)], up_to(side.min(320)))
        })
        .collect();
    for (size, to) in usual.chain(random_sizes) {
        let [width, height] = size;
        let stride = 3 * width + up_to(40) - 1;
        // The last line ends with its last pixel. Some values are extremes.
        let mut pixels = vec![255; (height - 1) * stride + 3 * width];
        for _ in 0..pixels.len() {
            let index = up_to(pixels.len() as u64) - 1;
            pixels[index] = up_to(256) as u8;
        }
        let mut resizer = Resizer::new(to);
        resizer.run(&pixels, stride, size, &values, &mut out);
        let expected = reference(&pixels, stride, size, to, &values);
        assert!(out == expected, "{size:?}, {stride} bytes a line, to {to}");
    }
}

#[test]
fn weights_are_shares_of_one() {
    let from = if cfg!(miri) { 20..22 } else { 1..300 };
    for from in from {
        for to in [1, 2, 3, 100, 264] {
            let triangles = triangles(from, to);
            assert_eq!(triangles.iter().count(), to);
            for (first, weights) in triangles.iter() {
                assert!(first + weights.len() <= from, "{from} to {to}");
                assert!(weights.iter().all(|&weight| weight >= 0), "{weights:?}");
                assert_eq!(weights.iter().sum::<i16>(), ONE, "{weights:?}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "too few bytes")]
fn a_picture_that_lacks_its_last_byte_is_refused() {
    let pixels = [0; 3 * 100 * 100 - 1];
    Resizer::new(50).run(&pixels, 300, [100, 100], &[[0.0; 256]; 3], &mut Vec::new());
}
