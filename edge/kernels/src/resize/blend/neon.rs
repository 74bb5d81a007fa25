//! Blends sixteen values of a line, and the three channels of a pixel, at once.

#![expect(unsafe_code, reason = "intrinsics on raw pointers")]

use std::arch::aarch64::*;

use super::{GROUP, blend_rest};

/// See [`super::blend_rows`].
#[inline(always)]
pub(super) fn blend_rows<'a>(
    lines: impl Iterator<Item = &'a [u8]> + Clone,
    weights: &[i16],
    blended: &mut [i16],
) {
    /// Values whose sums stay in registers.
    const BLOCK: usize = 64;
    let (blocks, _) = blended.as_chunks_mut::<BLOCK>();
    for (block, blended) in blocks.iter_mut().enumerate() {
        // SAFETY: every 64-bit Arm has these instructions. `values` has 64 bytes, of which 16 each
        // are read at 0, 16, 32 and 48; `blended` has 64 numbers, of which 8 each are written at 0,
        // 8, ... and 56.
        unsafe {
            let mut sums = [[vdupq_n_s32(1 << 6); 4]; 4];
            for (line, &weight) in lines.clone().zip(weights) {
                let values: &[u8] = &line[block * BLOCK..][..BLOCK];
                for (index, [a, b, c, d]) in sums.iter_mut().enumerate() {
                    let values = vld1q_u8(values.as_ptr().add(16 * index));
                    let low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(values)));
                    let high = vreinterpretq_s16_u16(vmovl_high_u8(values));
                    *a = vmlal_n_s16(*a, vget_low_s16(low), weight);
                    *b = vmlal_high_n_s16(*b, low, weight);
                    *c = vmlal_n_s16(*c, vget_low_s16(high), weight);
                    *d = vmlal_high_n_s16(*d, high, weight);
                }
            }
            for (index, [a, b, c, d]) in sums.into_iter().enumerate() {
                let blended = blended.as_mut_ptr().add(16 * index);
                vst1q_s16(blended, vshrn_high_n_s32::<7>(vshrn_n_s32::<7>(a), b));
                vst1q_s16(
                    blended.add(8),
                    vshrn_high_n_s32::<7>(vshrn_n_s32::<7>(c), d),
                );
            }
        }
    }
    let whole = blended.len() / BLOCK * BLOCK;
    blend_rest(lines, weights, whole, blended);
}

/// See [`super::blend_columns`].
#[inline(always)]
pub(super) fn blend_columns(mut values: &[i16], weights: &[[i16; GROUP]]) -> [u8; 3] {
    // SAFETY: every 64-bit Arm has these instructions. `weights` has eight numbers, `pixels` has 25:
    // four each are read at 0, 3, ... and 21.
    unsafe {
        let mut sums = vdupq_n_s32(1 << 20);
        for weights in weights {
            let Some(pixels) = values.first_chunk::<{ 3 * GROUP + 1 }>() else {
                break;
            };
            let weights = vld1q_s16(weights.as_ptr());
            let pixel = |tap: usize| vld1_s16(pixels.as_ptr().add(3 * tap));
            sums = vmlal_laneq_s16::<0>(sums, pixel(0), weights);
            sums = vmlal_laneq_s16::<1>(sums, pixel(1), weights);
            sums = vmlal_laneq_s16::<2>(sums, pixel(2), weights);
            sums = vmlal_laneq_s16::<3>(sums, pixel(3), weights);
            sums = vmlal_laneq_s16::<4>(sums, pixel(4), weights);
            sums = vmlal_laneq_s16::<5>(sums, pixel(5), weights);
            sums = vmlal_laneq_s16::<6>(sums, pixel(6), weights);
            sums = vmlal_laneq_s16::<7>(sums, pixel(7), weights);
            values = &values[3 * GROUP..];
        }
        let bytes = vreinterpretq_u8_s32(vshrq_n_s32::<21>(sums));
        [
            vgetq_lane_u8::<0>(bytes),
            vgetq_lane_u8::<4>(bytes),
            vgetq_lane_u8::<8>(bytes),
        ]
    }
}
