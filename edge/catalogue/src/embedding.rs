//! Stores embeddings as bytes and compares them.

use std::ops::RangeInclusive;

/// How many numbers an embedding may have.
const LENGTHS: RangeInclusive<usize> = 16..=1024;

/// The network that made the embedding of a visit, as an expression of SQL over the table `v`.
pub(crate) const NETWORK: &str = "coalesce(v.embedded_by, v.model)";

/// An embedding as it is stored: one signed byte per number, the largest of them 127. The length of
/// the vector is lost; a cosine does not need it. `None` where the embedding has no direction, is not
/// made of numbers, or has too few or too many of them.
pub(crate) fn to_bytes(embedding: &[f32]) -> Option<Vec<u8>> {
    quantised(embedding).map(|(bytes, _)| bytes)
}

/// The same, and what the bytes are multiplied with to have the numbers again.
pub(crate) fn quantised(embedding: &[f32]) -> Option<(Vec<u8>, f32)> {
    let is_finite = embedding.iter().all(|number| number.is_finite());
    if !is_finite || !LENGTHS.contains(&embedding.len()) {
        return None;
    }
    let largest = embedding
        .iter()
        .fold(0.0f32, |largest, number| largest.max(number.abs()));
    let bytes = (embedding.iter()).map(|number| ((number / largest * 127.0).round() as i8) as u8);
    (largest > 0.0).then(|| (bytes.collect(), largest / 127.0))
}

/// The numbers that are stored in bytes of this length, scaled to length 1.
pub(crate) fn numbers(bytes: &[u8], length: f32) -> Vec<f32> {
    let numbers = bytes.iter().map(|&byte| f32::from(byte as i8));
    numbers.map(|number| number / length).collect()
}

/// A stored embedding. Only embeddings by the same network can be compared.
pub(crate) struct Embedding {
    /// The network's version.
    pub(crate) network: String,
    /// A signed byte for each number.
    pub(crate) bytes: Vec<u8>,
    /// The length of that vector, above 0.
    pub(crate) length: f32,
}

impl Embedding {
    /// The embedding that is stored in these bytes; `None` where that is none.
    pub(crate) fn new(network: String, bytes: Vec<u8>) -> Option<Self> {
        if !LENGTHS.contains(&bytes.len()) {
            return None;
        }
        let squares = bytes.iter().map(|&byte| i32::from(byte as i8).pow(2));
        let length = (squares.sum::<i32>() as f32).sqrt();
        (length > 0.0).then_some(Self {
            network,
            bytes,
            length,
        })
    }

    /// Its numbers, scaled to length 1.
    pub(crate) fn numbers(&self) -> Vec<f32> {
        numbers(&self.bytes, self.length)
    }
}
