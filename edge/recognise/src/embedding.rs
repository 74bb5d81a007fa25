//! What an animal looks like, in few numbers: the nearer two pictures' numbers, the more alike the
//! animals in them.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The numbers of an embedding.
pub const LENGTH: usize = 128;

/// Embeddings that are kept would be worthless with another one.
const SEED: u64 = 0x6b69_6f73_6b00_0001;

/// A network's features, projected to [`LENGTH`] numbers and scaled to length 1: angles between
/// features stay about what they were. None where there are no features, or all of them are 0.
///
/// The projection adds up all features with random signs, the same ones for ever. (Achlioptas,
/// "Database-friendly random projections", Journal of Computer and System Sciences 66, 2003.)
pub(super) fn embed(features: &[f32]) -> Vec<f32> {
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
    match length.is_normal() {
        true => sums.iter().map(|sum| sum / length).collect(),
        false => Vec::new(),
    }
}
