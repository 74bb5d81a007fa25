//! Sums and products of two maps: plain loops, compiled for the processor's widest vectors.

use super::Isa;
use super::bytes::{byte, value};
use super::map::{Rows, View};

/// How two tensors are added: each is multiplied by a factor, and their sum is rounded to the nearest, ties upwards.
#[derive(Clone, Copy, Debug)]
pub struct Addition {
    /// The scale of each tensor in units of the sum's, times two to the power of `shift`.
    factors: [i32; 2],
    /// What is added to the products: the zero points, and a half for rounding.
    offset: i32,
    shift: u32,
}

/// Factors are less than two to this power, so that no sum overflows 32 bits.
const FACTOR_BITS: i32 = 20;

impl Addition {
    /// That of tensors with the scales and zero points `terms`, whose sum has those of `sum`. `None` if a tensor's scale
    /// is 2^19 times that of the sum or more, or that cannot be told.
    #[must_use]
    pub fn new(terms: [(f32, i32); 2], sum: (f32, i32)) -> Option<Self> {
        let ratios = terms.map(|(scale, _)| f64::from(scale) / f64::from(sum.0));
        let bits = ratios.map(|ratio| (ratio.log2().floor() as i32).saturating_add(1));
        let bits = bits[0].max(bits[1]).max(1);
        let is_usable = ratios
            .iter()
            .all(|ratio| ratio.is_finite() && *ratio >= 0.0);
        if !is_usable || bits >= FACTOR_BITS {
            return None;
        }
        let shift = FACTOR_BITS - bits;
        // A ratio just below a power of two must not become it.
        let most = (1 << FACTOR_BITS) - 1;
        let factors =
            ratios.map(|ratio| ((ratio * f64::from(shift).exp2()).round() as i32).min(most));
        let zeros = terms
            .iter()
            .zip(factors)
            .map(|((_, zero), factor)| zero * factor);
        Some(Self {
            factors,
            offset: (sum.1 << shift) + (1 << (shift - 1)) - zeros.sum::<i32>(),
            shift: shift as u32,
        })
    }
}

/// How two tensors are multiplied.
#[derive(Clone, Copy, Debug)]
pub struct Multiplication {
    /// The zero point of each tensor.
    pub zeros: [i32; 2],
    /// The scales of both tensors multiplied, and divided by that of the product.
    pub scale: f32,
    /// The zero point of the product.
    pub zero: i32,
}

/// Adds two maps of one size, pixel by pixel, or the only pixel of the second one to each pixel of the
/// first one.
///
/// # Panics
/// If the maps do not fit each other.
#[inline(never)]
pub fn add(isa: Isa, addition: &Addition, from: [View<'_>; 2], to: &mut Rows<'_>) {
    isa.vectorised(|| {
        if isa.signed() {
            add_all::<true>(addition, from, to);
        } else {
            add_all::<false>(addition, from, to);
        }
    });
}

/// Multiplies two maps of one size, pixel by pixel, or each pixel of the first one with the only pixel
/// of the second one.
///
/// # Panics
/// If the maps do not fit each other.
#[inline(never)]
pub fn multiply(isa: Isa, product: &Multiplication, from: [View<'_>; 2], to: &mut Rows<'_>) {
    isa.vectorised(|| {
        if isa.signed() {
            multiply_all::<true>(product, from, to);
        } else {
            multiply_all::<false>(product, from, to);
        }
    });
}

#[inline(always)]
fn add_all<const SIGNED: bool>(addition: &Addition, from: [View<'_>; 2], to: &mut Rows<'_>) {
    let [factor_a, factor_b] = addition.factors;
    let &Addition { offset, shift, .. } = addition;
    let (low, high) = if SIGNED { (-128, 127) } else { (0, 255) };
    pairs(from, to, |a, b| {
        let sum = value::<SIGNED>(a) * factor_a + value::<SIGNED>(b) * factor_b + offset;
        (sum >> shift).clamp(low, high) as u8
    });
}

#[inline(always)]
fn multiply_all<const SIGNED: bool>(
    product: &Multiplication,
    from: [View<'_>; 2],
    to: &mut Rows<'_>,
) {
    let [zero_a, zero_b] = product.zeros;
    let &Multiplication { scale, zero, .. } = product;
    pairs(from, to, |a, b| {
        let exact = (value::<SIGNED>(a) - zero_a) * (value::<SIGNED>(b) - zero_b);
        byte::<SIGNED>(exact as f32 * scale, zero)
    });
}

/// Writes what `result` makes of each pair of bytes.
#[inline(always)]
fn pairs(from: [View<'_>; 2], to: &mut Rows<'_>, result: impl Fn(u8, u8) -> u8) {
    let channels = to.map.channels;
    let bytes = to.map.width * channels;
    let size = |view: View<'_>| [view.map.height, view.map.width];
    let [a, b] = from;
    let of_one_size = size(a) == size(b);
    assert!(of_one_size || size(b) == [1, 1]);
    for (index, y) in to.rows.clone().enumerate() {
        let start = to.at(index, 0);
        let out = &mut to.bytes[start..][..bytes];
        let a = &a.bytes[a.map.at(y, 0)..][..bytes];
        if of_one_size {
            let b = &b.bytes[b.map.at(y, 0)..][..bytes];
            write(a, b, out, &result);
        } else {
            let b = &b.bytes[b.map.at(0, 0)..][..channels];
            let pixels = a.chunks_exact(channels);
            for (a, out) in pixels.zip(out.chunks_exact_mut(channels)) {
                write(a, b, out, &result);
            }
        }
    }
}

#[inline(always)]
fn write(a: &[u8], b: &[u8], out: &mut [u8], result: impl Fn(u8, u8) -> u8) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = result(a, b);
    }
}
