//! Embeddings: short vectors whose dot product tells how alike two animals are.

use std::iter;
use std::sync::LazyLock;

use kernels::{Isa, int8};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::metadata::Guests;
use crate::softmax::softmax;
use crate::vectors::{dot, scaled};

/// How many numbers an embedding has that is a projection of a network's features. A network that
/// makes embeddings itself has its own length, see [`Recognition::embedding`](crate::Recognition).
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
    scaled(sums.as_flattened())
}

/// How much more the pictures of an animal count that are the most similar, see [`similarity_to`].
const SHARPNESS: f32 = 10.0;

/// How alike the animal of one picture, the probe, is to an animal of which there are several, its
/// gallery: -1 to 1.
///
/// It is a smooth maximum of the cosines between the probe's embedding and theirs: a tenth of the
/// logarithm of the mean of exp(10 cosine). (Log-mean-exp pooling: Pinheiro and Collobert, "From
/// Image-level to Pixel-level Labeling with Convolutional Networks", CVPR 2015.) A single picture of a
/// gallery that happens to be similar counts for less than several. On the photographs of a daycare's
/// dogs, with three earlier visits of each, 85.5 % of the probes were the most similar to their own
/// dog, and the area under the ROC curve for known or new was 0.866; with the largest cosine 83.5 %
/// and 0.855.
///
/// All embeddings have length 1. `None` if nothing can be compared: an embedding is empty, or by a
/// network that makes longer or shorter ones, or has numbers that are not finite.
///
/// ```
/// use recognise::embedding::similarity_to;
///
/// let gallery = [&[1.0, 0.0][..], &[0.6, 0.8]];
/// let similarity = similarity_to(&gallery, &[0.0, 1.0]).unwrap();
/// assert!((similarity - 0.731).abs() < 0.001, "the cosines are 0 and 0.8");
/// assert_eq!(similarity_to(&gallery, &[1.0, 0.0, 0.0]), None);
/// ```
#[must_use]
pub fn similarity_to(gallery: &[&[f32]], probe: &[f32]) -> Option<f32> {
    let comparable = gallery
        .iter()
        .filter(|known| !probe.is_empty() && known.len() == probe.len());
    pool(comparable.map(|known| dot(known, probe)))
}

/// The similarity that [`similarity_to`] has, from the cosines between the probe's embedding and those
/// of the gallery. Numbers that are not finite do not count; `None` if there is no other.
#[must_use]
pub fn pool(cosines: impl Iterator<Item = f32>) -> Option<f32> {
    // The largest one so far is subtracted so that no power overflows.
    let (mut largest, mut powers, mut count) = (f32::NEG_INFINITY, 0.0f32, 0.0f32);
    for cosine in cosines.filter(|cosine| cosine.is_finite()) {
        if cosine > largest {
            powers = powers * (SHARPNESS * (largest - cosine)).exp() + 1.0;
            largest = cosine;
        } else {
            powers += (SHARPNESS * (cosine - largest)).exp();
        }
        count += 1.0;
    }
    (count > 0.0).then(|| largest + (powers / count).ln() / SHARPNESS)
}

/// The dot product of an embedding with each of several others, which lie one behind the other in `rows`. All of
/// them are stored as signed bytes.
///
/// # Panics
/// If there is not one of `sums` for each row, or the embedding is empty or has more than 100,000 numbers.
pub fn dots(rows: &[u8], embedding: &[u8], sums: &mut [i32]) {
    static ISA: LazyLock<Isa> = LazyLock::new(Isa::detect);
    int8::dots(*ISA, rows, embedding, sums);
}

/// From this probability on an animal is greeted by its name, see [`guests`].
pub const SURE: f32 = 0.95;

/// Who is in a picture: the probability of each animal that it was compared with, and last that of a
/// new animal. They sum to 1.
///
/// An animal's odds are its `prior` (how probable it was before the picture was seen, relative to
/// others; 1 if there is none) times exp(scale similarity), and those of a new animal exp(scale new).
/// So it is a softmax with a temperature, as for breeds: see [`softmax`]. An animal has no chance if
/// its similarity or prior is NaN, or its prior is not above 0. Animals beyond the end of `priors` have none.
///
/// ```
/// use recognise::embedding::guests;
/// use recognise::metadata::Guests;
///
/// let calibration = Guests { scale: 20.0, new: 0.6 };
/// let [bella, max, new] = guests(&[0.8, 0.6], &[1.0, 1.0], &calibration)[..] else {
///     unreachable!("two animals, and a new one");
/// };
/// assert!(bella > 0.9 && max == new);
/// ```
#[must_use]
pub fn guests(similarities: &[f32], priors: &[f32], calibration: &Guests) -> Vec<f32> {
    let log_odds = |similarity: f32, prior: f32| {
        let odds = prior.ln() + calibration.scale * similarity;
        if odds.is_nan() {
            f32::NEG_INFINITY
        } else {
            odds.min(f32::MAX)
        }
    };
    let priors = priors.iter().copied().chain(iter::repeat(1.0));
    let known = similarities.iter().zip(priors);
    let known = known.map(|(&similarity, prior)| log_odds(similarity, prior));
    let odds: Vec<f32> = known.chain([log_odds(calibration.new, 1.0)]).collect();
    softmax(&odds, 1.0)
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
