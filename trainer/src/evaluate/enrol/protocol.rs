//! The protocol: which new breeds are learnt together, from which photographs, and which test them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The number of breeds that are learnt together, if there are enough.
const TOGETHER: usize = 8;
const SEED: u64 = 1;

/// A breed to be learnt in a draw. Photographs are indices into those of the breed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The breed.
    pub breed: usize,
    /// The photographs that it is learnt from.
    pub examples: Vec<usize>,
    /// The photographs that test it: of the folder to test on, if there is one.
    pub probes: Vec<usize>,
}

/// The breeds with enough photographs to be learnt from `shots` of them and tested on others. `examples` and `probes`
/// are the numbers of photographs of each breed to learn from and to test on; without `probes`, the rest of the
/// examples is tested.
pub fn able(examples: &[usize], probes: Option<&[usize]>, shots: usize) -> Vec<usize> {
    let is_able = |&breed: &usize| match probes {
        Some(probes) => examples[breed] >= shots && probes[breed] > 0,
        None => examples[breed] > shots,
    };
    (0..examples.len()).filter(is_able).collect()
}

/// The breeds of a draw, eight or all that are [`able`], in ascending order. The same draw always has the same ones.
pub fn enrolments(
    examples: &[usize],
    probes: Option<&[usize]>,
    shots: usize,
    draw: u64,
) -> Vec<Enrolment> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    rng.set_stream(draw);
    let mut breeds = able(examples, probes, shots);
    breeds.shuffle(&mut rng);
    breeds.truncate(TOGETHER);
    breeds.sort_unstable();
    let enrolment = |breed: usize| {
        let mut photographs: Vec<usize> = (0..examples[breed]).collect();
        photographs.shuffle(&mut rng);
        let rest = photographs.split_off(shots);
        Enrolment {
            breed,
            examples: photographs,
            probes: probes.map_or(rest, |probes| (0..probes[breed]).collect()),
        }
    };
    breeds.into_iter().map(enrolment).collect()
}
