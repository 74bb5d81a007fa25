//! Damages bytes as files are damaged and as attackers damage them.

use std::ops::Range;

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The most changes at once.
const MOST_CHANGES: usize = 8;

/// The longest result, in bytes.
const LONGEST: usize = 1 << 20;

/// Spreads the numbers of rounds over all seeds (2^64 divided by the golden ratio).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Numbers at which arithmetic goes wrong.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    i64::MAX as u64,
    u64::MAX,
];

/// One of the seeds, with a few changes. It depends on the numbers alone.
///
/// # Panics
/// If there are no seeds.
#[must_use]
pub fn mutant(seeds: &[Vec<u8>], seed: u64, round: usize) -> Vec<u8> {
    let spread = (round as u64).wrapping_add(1).wrapping_mul(SPREAD);
    let mut random = SplitMix64::seed_from_u64(seed ^ spread);
    let mut bytes = seeds[below(&mut random, seeds.len())].clone();
    for _ in 0..1 + below(&mut random, MOST_CHANGES) {
        change(&mut bytes, seeds, &mut random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut SplitMix64) {
    if bytes.is_empty() {
        return bytes.push(random.next_u64() as u8);
    }
    let at = below(random, bytes.len());
    match below(random, 8) {
        0 => bytes[at] ^= 1 << below(random, 8),
        1 => bytes[at] = random.next_u64() as u8,
        2 => write_number(&mut bytes[at..], random),
        3 => drop(bytes.drain(range(bytes.len(), random))),
        4 => {
            let repeated = bytes[range(bytes.len(), random)].to_vec();
            bytes.splice(at..at, repeated);
        }
        5 => {
            let noise = random.next_u64().to_le_bytes();
            bytes.splice(at..at, noise);
        }
        6 => bytes.truncate(at),
        _ => {
            let other = &seeds[below(random, seeds.len())];
            if !other.is_empty() {
                let part = other[range(other.len(), random)].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
}

/// Writes one of [`NUMBERS`] over the first bytes: one, two, four or eight, in either order.
fn write_number(bytes: &mut [u8], random: &mut SplitMix64) {
    let number = NUMBERS[below(random, NUMBERS.len())];
    let width = 1 << below(random, 4);
    let mut written = number.to_le_bytes()[..width].to_vec();
    if below(random, 2) == 1 {
        written.reverse();
    }
    for (to, from) in bytes.iter_mut().zip(written) {
        *to = from;
    }
}

/// A part of this many bytes, more often a short one than a long one.
fn range(bytes: usize, random: &mut SplitMix64) -> Range<usize> {
    let start = below(random, bytes);
    let longest = 1_usize << below(random, 12);
    let length = 1 + below(random, longest.min(bytes - start));
    start..start + length
}

/// A number from 0, less than `end`, which is not 0.
fn below(random: &mut SplitMix64, end: usize) -> usize {
    (random.next_u64() % end as u64) as usize
}
