//! Blends 64 values of eight rows, and then their pixels, with vectors of 128 bits.

#![expect(unsafe_code, reason = "intrinsics on raw pointers")]

use std::arch::aarch64::*;

use super::{BLOCK, Lines, Pixels, ROWS};

/// See `plain::blend_block`.
#[inline(always)]
pub(super) fn blend_block(lines: &Lines, first: usize) -> [i16; BLOCK] {
    assert!(first.saturating_add(BLOCK) <= lines.length, "too few bytes");
    let mut sums = [[zero(); 4]; BLOCK / 16];
    // SAFETY: `Lines::new` asserted that `bytes` has as many lines of `length` bytes as there are
    // weights; the assert above, that each has `BLOCK` bytes from `first` on.
    let line = |tap: usize| unsafe { lines.bytes.as_ptr().add(tap * lines.stride + first) };
    let (pairs, rest) = lines.weights.as_chunks::<2>();
    for (index, &weights) in pairs.iter().enumerate() {
        let weights = pair(weights);
        // SAFETY: there are as many pairs of lines as of weights, by the assert in `Lines::new`, and
        // each line has `BLOCK` bytes, by the assert of this function.
        unsafe {
            add_line::<0>(&mut sums, line(2 * index), weights);
            add_line::<1>(&mut sums, line(2 * index + 1), weights);
        }
    }
    if let &[weight] = rest {
        // SAFETY: this is the line of the last weight, which is there by the assert in `Lines::new`,
        // and has `BLOCK` bytes by the assert of this function.
        unsafe { add_line::<0>(&mut sums, line(2 * pairs.len()), pair([weight, 0])) };
    }
    let mut blended = [0; BLOCK];
    for (sums, blended) in sums.iter().zip(blended.as_chunks_mut::<16>().0) {
        let [a, b, c, d] = *sums;
        // SAFETY: every 64-bit Arm has these instructions. `blended` has 16 numbers, of which 8 each
        // are written at 0 and 8.
        unsafe {
            let low = vrshrn_high_n_s32::<7>(vrshrn_n_s32::<7>(a), b);
            let high = vrshrn_high_n_s32::<7>(vrshrn_n_s32::<7>(c), d);
            vst1q_s16(blended.as_mut_ptr(), low);
            vst1q_s16(blended.as_mut_ptr().add(8), high);
        }
    }
    blended
}

/// Adds a line, multiplied by one of the weights.
///
/// # Safety
/// It has `BLOCK` bytes.
#[inline(always)]
unsafe fn add_line<const WEIGHT: i32>(
    sums: &mut [[int32x4_t; 4]; BLOCK / 16],
    line: *const u8,
    weights: int16x4_t,
) {
    for (index, [a, b, c, d]) in sums.iter_mut().enumerate() {
        // SAFETY: every 64-bit Arm has these instructions. Of 64 bytes, 16 each are read at 0, 16, 32
        // and 48.
        unsafe {
            let values = vld1q_u8(line.add(16 * index));
            let low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(values)));
            let high = vreinterpretq_s16_u16(vmovl_high_u8(values));
            *a = vmlal_lane_s16::<WEIGHT>(*a, vget_low_s16(low), weights);
            *b = vmlal_high_lane_s16::<WEIGHT>(*b, low, weights);
            *c = vmlal_lane_s16::<WEIGHT>(*c, vget_low_s16(high), weights);
            *d = vmlal_high_lane_s16::<WEIGHT>(*d, high, weights);
        }
    }
}

/// See `plain::interleave`.
#[inline(always)]
pub(super) fn interleave(rows: &[[i16; BLOCK]; ROWS], out: &mut [[i16; ROWS]; BLOCK]) {
    for (index, out) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        // SAFETY: every 64-bit Arm has these instructions. `index` is less than 8, and 8 values of
        // 64 are read at 8 times that; `out` has 64 numbers, of which 32 each are written at 0 and 32.
        unsafe {
            let row = |row: usize| vld1q_s16(rows[row].as_ptr().add(8 * index));
            // Pairs of rows, as one number each.
            let low = |first| vreinterpretq_s32_s16(vzip1q_s16(row(first), row(first + 1)));
            let high = |first| vreinterpretq_s32_s16(vzip2q_s16(row(first), row(first + 1)));
            let out = out.as_mut_ptr().cast::<i32>();
            vst4q_s32(out, int32x4x4_t(low(0), low(2), low(4), low(6)));
            vst4q_s32(out.add(16), int32x4x4_t(high(0), high(2), high(4), high(6)));
        }
    }
}

/// See `plain::blend_columns`.
#[inline(always)]
pub(super) fn blend_columns(pixels: &[Pixels<i16>], weights: &[i16]) -> Pixels<u8> {
    let mut sums = [[zero(); 2]; 3];
    let (pixels, last_pixel) = pixels.as_chunks::<2>();
    let (weights, last_weight) = weights.as_chunks::<2>();
    for ([first, second], &weights) in pixels.iter().zip(weights) {
        let weights = pair(weights);
        add_pixel::<0>(&mut sums, first, weights);
        add_pixel::<1>(&mut sums, second, weights);
    }
    if let ([pixel], &[weight]) = (last_pixel, last_weight) {
        add_pixel::<0>(&mut sums, pixel, pair([weight, 0]));
    }
    let mut blended = Pixels::default();
    for ([low, high], blended) in sums.into_iter().zip(&mut blended) {
        // SAFETY: every 64-bit Arm has these instructions. `blended` has 8 bytes.
        unsafe {
            // 16 bits are cut off first. What is left of the fraction decides how it is rounded.
            let sums = vshrn_high_n_s32::<16>(vshrn_n_s32::<16>(low), high);
            let bytes = vrshrn_n_u16::<5>(vreinterpretq_u16_s16(sums));
            vst1_u8(blended.as_mut_ptr(), bytes);
        }
    }
    blended
}

/// Adds a pixel, multiplied by one of the weights.
#[inline(always)]
fn add_pixel<const WEIGHT: i32>(
    sums: &mut [[int32x4_t; 2]; 3],
    pixel: &Pixels<i16>,
    weights: int16x4_t,
) {
    for ([low, high], values) in sums.iter_mut().zip(pixel) {
        // SAFETY: every 64-bit Arm has these instructions. There are 8 values, which are read at once.
        unsafe {
            let values = vld1q_s16(values.as_ptr());
            *low = vmlal_lane_s16::<WEIGHT>(*low, vget_low_s16(values), weights);
            *high = vmlal_high_lane_s16::<WEIGHT>(*high, values, weights);
        }
    }
}

#[inline(always)]
fn zero() -> int32x4_t {
    // SAFETY: every 64-bit Arm has this instruction.
    unsafe { vdupq_n_s32(0) }
}

/// Two weights side by side, twice.
#[inline(always)]
fn pair([first, second]: [i16; 2]) -> int16x4_t {
    let both = u32::from(first as u16) | u32::from(second as u16) << 16;
    // SAFETY: every 64-bit Arm has these instructions.
    unsafe { vreinterpret_s16_u32(vdup_n_u32(both)) }
}
