//! Embeddings: short vectors whose dot product tells how alike two animals are.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// How many numbers an embedding has.
pub const LENGTH: usize = 128;

/// Another seed would make all stored embeddings worthless.
const SEED: u64 = 0x6b69_6f73_6b00_0001;

/// A network's features, projected to [`LENGTH`] numbers and scaled to length 1; angles between
/// features are roughly preserved. Empty if there are no features, or all of them are 0.
///
/// Each number is the sum of all features with random signs, which are the same on every run.
/// (Achlioptas, "Database-friendly random projections", Journal of Computer and System Sciences 66,
/// 2003.)
pub(crate) fn embed(features: &[f32]) -> Vec<f32> {
    let mut signs = SplitMix64::from_seed(SEED.to_le_bytes());
    let mut sums = [[0.0; 64]; LENGTH / 64];
    for feature in features {
        for sums in &mut sums {
            let signs = signs.next_u64();
            for (bit, sum) in sums.iter_mut().enumerate() {
                let sign = (signs >> bit & 1) as u32;
                *sum += f32::from_bits(feature.to_bits() ^ sign << 31);
            }
        }
    }
    let sums = sums.as_flattened();
    let length = sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
    if length.is_normal() {
        sums.iter().map(|sum| sum / length).collect()
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of SplitMix64 (Steele et al., "Fast Splittable Pseudorandom Number
    /// Generators", OOPSLA 2014).
    fn split_mix(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (*state ^ *state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    #[test]
    fn the_signs_are_those_of_the_definition() {
        // All but the last feature are 0: the embedding has the signs of the last one.
        let features = [0.0, 0.0, 0.0, 2.5];
        let mut state = SEED;
        for _ in 0..2 * (features.len() - 1) {
            split_mix(&mut state);
        }
        let bits = [split_mix(&mut state), split_mix(&mut state)];
        for (index, value) in embed(&features).iter().enumerate() {
            let negative = bits[index / 64] >> (index % 64) & 1 == 1;
            assert_eq!(value.is_sign_negative(), negative, "number {index}");
        }
    }

    #[test]
    fn what_has_no_direction_has_no_embedding() {
        assert!(embed(&[]).is_empty());
        assert!(embed(&[0.0; 5]).is_empty());
        assert!(embed(&[f32::NAN; 5]).is_empty());
    }
}
