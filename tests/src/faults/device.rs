//! A disk in memory that notes what is written to it, so that it can be had again as of each moment.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::Rng;

/// What is written whole or not at all, in bytes: the flash of cards and disks has pages of this size or larger.
const BLOCK: usize = 4096;

/// A disk in memory, and its log.
#[derive(Debug)]
pub(super) struct Device {
    /// What was on it at first.
    first: Vec<u8>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    content: Vec<u8>,
    log: Vec<Entry>,
}

#[derive(Debug)]
enum Entry {
    Write {
        offset: usize,
        bytes: Vec<u8>,
    },
    /// What was written before it outlasts a power cut.
    Flush,
}

/// What becomes of that which was written after the last flush when the power is cut.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unflushed {
    /// The disk has written all of it.
    Written,
    /// The disk has lost all of it.
    Lost,
    /// The disk has written some blocks of it, in an order of its own.
    Mixed,
}

/// What a power cut leaves.
pub(super) struct Remains {
    /// What is on the disk.
    pub(super) content: Vec<u8>,
    /// How many blocks it had been told to write, and has lost.
    pub(super) lost: usize,
}

impl Device {
    /// A disk with this on it.
    pub(super) fn new(content: Vec<u8>) -> Self {
        let state = State {
            content: content.clone(),
            log: Vec::new(),
        };
        Self {
            first: content,
            state: Mutex::new(state),
        }
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> u64 {
        self.first.len() as u64
    }

    /// This many bytes of it, or fewer at its end.
    pub(super) fn read(&self, offset: u64, size: u32) -> Vec<u8> {
        let state = self.state();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = state.content.get(offset..).unwrap_or_default();
        rest[..rest.len().min(size as usize)].to_vec()
    }

    /// Writes to it. Returns whether there is such a place on it.
    pub(super) fn write(&self, offset: u64, bytes: &[u8]) -> bool {
        let State { content, log } = &mut *self.state();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = content.get_mut(offset..).unwrap_or_default();
        let Some(place) = rest.get_mut(..bytes.len()) else {
            return false;
        };
        place.copy_from_slice(bytes);
        log.push(Entry::Write {
            offset,
            bytes: bytes.to_vec(),
        });
        true
    }

    /// Flushes what was written.
    pub(super) fn flush(&self) {
        self.state().log.push(Entry::Flush);
    }

    /// The length of its log.
    pub(super) fn entries(&self) -> usize {
        self.state().log.len()
    }

    /// The length of its log before each flush.
    pub(super) fn flushes(&self) -> Vec<usize> {
        let state = self.state();
        let entries = state.log.iter().enumerate();
        let flushes = entries.filter(|(_, entry)| entry.is_flush());
        flushes.map(|(number, _)| number).collect()
    }

    /// What a power cut leaves after the first `length` entries of the log.
    pub(super) fn cut(
        &self,
        length: usize,
        unflushed: Unflushed,
        random: &mut SplitMix64,
    ) -> Remains {
        let mut content = self.first.clone();
        let mut lost = 0;
        let state = self.state();
        let log = &state.log[..length];
        let flush = log.iter().rposition(Entry::is_flush).unwrap_or(0);
        for (number, entry) in log.iter().enumerate() {
            let Entry::Write { offset, bytes } = entry else {
                continue;
            };
            let blocks = bytes.chunks(BLOCK).zip((*offset..).step_by(BLOCK));
            for (block, offset) in blocks {
                if number < flush || unflushed.is_written(random) {
                    content[offset..][..block.len()].copy_from_slice(block);
                } else {
                    lost += 1;
                }
            }
        }
        Remains { content, lost }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_flush(&self) -> bool {
        matches!(self, Self::Flush)
    }
}

impl Unflushed {
    /// Whether the next block is written.
    fn is_written(self, random: &mut SplitMix64) -> bool {
        match self {
            Self::Written => true,
            Self::Lost => false,
            Self::Mixed => random.next_u64().is_multiple_of(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_cut_may_lose_what_was_not_flushed_and_nothing_else() {
        let disk = Device::new(vec![0; 64 * BLOCK]);
        assert!(disk.write(0, &[1; 2 * BLOCK]));
        disk.flush();
        assert!(disk.write(BLOCK as u64, &[2; 63 * BLOCK]));
        assert!(!disk.write(BLOCK as u64, &[3; 64 * BLOCK]), "its end");
        let mut random = SplitMix64::seed_from_u64(1);
        let mut cut = |length, unflushed| disk.cut(length, unflushed, &mut random);
        let first_of_blocks = |remains: &Remains| {
            let blocks = remains.content.chunks(BLOCK);
            blocks.map(|block| block[0]).collect::<Vec<_>>()
        };

        let whole = cut(3, Unflushed::Written);
        assert_eq!(whole.lost, 0);
        assert_eq!(whole.content, disk.read(0, 64 * BLOCK as u32));
        let lost = cut(3, Unflushed::Lost);
        assert_eq!(lost.lost, 63);
        assert_eq!(first_of_blocks(&lost)[..3], [1, 1, 0]);
        let mixed = cut(3, Unflushed::Mixed);
        let blocks = first_of_blocks(&mixed);
        assert_eq!(blocks[0], 1);
        assert!(blocks.contains(&2) && blocks.contains(&0), "{blocks:?}");
        let unflushed = cut(1, Unflushed::Lost);
        assert!(first_of_blocks(&unflushed).iter().all(|&byte| byte == 0));
    }
}
