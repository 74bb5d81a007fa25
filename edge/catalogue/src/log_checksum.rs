//! The checksum that SQLite uses in a write-ahead log and in the index of one.
//!
//! The format: <https://www.sqlite.org/fileformat2.html#checksum_algorithm>.

/// A checksum of all that stands before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checksum(pub(crate) u32, pub(crate) u32);

impl Checksum {
    /// The one of these bytes behind that. `order` makes a number of four of them; their length is a multiple
    /// of 8.
    pub(crate) fn and(self, bytes: &[u8], order: fn([u8; 4]) -> u32) -> Self {
        let Self(mut first, mut second) = self;
        let (numbers, _) = bytes.as_chunks::<4>();
        let (pairs, _) = numbers.as_chunks::<2>();
        for [one, other] in pairs {
            first = first.wrapping_add(order(*one)).wrapping_add(second);
            second = second.wrapping_add(order(*other)).wrapping_add(first);
        }
        Self(first, second)
    }
}
