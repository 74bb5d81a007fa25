//! Arithmetic of embeddings as plain vectors.

/// The same direction with length 1; empty if it has none, because all are 0 or one is not finite.
pub(crate) fn scaled(values: &[f32]) -> Vec<f32> {
    let length = length(values);
    if length.is_normal() {
        values.iter().map(|value| value / length).collect()
    } else {
        Vec::new()
    }
}

/// The length of a vector: the root of the sum of its squares.
pub(crate) fn length(values: &[f32]) -> f32 {
    dot(values, values).sqrt()
}

/// The dot product: of vectors of length 1 the cosine of the angle between them.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
