//! Stores embeddings as bytes and compares them.

/// An embedding as it is stored: one signed byte per number, the largest of them 127. The length of
/// the vector is lost; a cosine does not need it. `None` where the embedding has no direction or is
/// not made of numbers.
pub(crate) fn to_bytes(embedding: &[f32]) -> Option<Vec<u8>> {
    if !embedding.iter().all(|number| number.is_finite()) {
        return None;
    }
    let largest = embedding
        .iter()
        .fold(0.0f32, |largest, number| largest.max(number.abs()));
    let bytes = (embedding.iter()).map(|number| ((number / largest * 127.0).round() as i8) as u8);
    (largest > 0.0).then(|| bytes.collect())
}

/// A stored embedding that many others are compared with.
pub(crate) struct Embedding {
    bytes: Box<[u8]>,
    length: f32,
}

impl Embedding {
    /// The embedding that is stored in these bytes.
    pub(crate) fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        let bytes = bytes.into();
        let length = dot(&bytes, &bytes).sqrt();
        Self { bytes, length }
    }

    /// The cosine of the angle between two embeddings, -1 to 1. `None` where they differ in their
    /// count of numbers or one has no direction.
    pub(crate) fn cosine(&self, other: &Self) -> Option<f32> {
        let lengths = self.length * other.length;
        (self.bytes.len() == other.bytes.len() && lengths > 0.0)
            .then(|| dot(&self.bytes, &other.bytes) / lengths)
    }
}

/// The sum of the products of signed bytes, exact for up to 100,000 of them.
fn dot(a: &[u8], b: &[u8]) -> f32 {
    let products = a
        .iter()
        .zip(b)
        .map(|(&a, &b)| i32::from(a as i8) * i32::from(b as i8));
    products.sum::<i32>() as f32
}
