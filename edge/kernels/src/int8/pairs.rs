//! Sums and products of two maps: plain loops, compiled for the processor's widest vectors.

use super::Isa;
use super::bytes::{byte, value};
use super::map::{Rows, View};

/// How two tensors are added: in real numbers, as the operators of the network would.
#[derive(Clone, Copy, Debug)]
pub struct Addition {
    /// Scale and zero point of each tensor.
    pub terms: [(f32, i32); 2],
    /// Scale and zero point of the sum.
    pub sum: (f32, i32),
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
    let [(scale_a, zero_a), (scale_b, zero_b)] = addition.terms;
    let (scale, zero) = addition.sum;
    pairs(from, to, |a, b| {
        let a = (value::<SIGNED>(a) - zero_a) as f32 * scale_a;
        let b = (value::<SIGNED>(b) - zero_b) as f32 * scale_b;
        byte::<SIGNED>((a + b) / scale, zero)
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
