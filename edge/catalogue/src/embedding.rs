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

/// The cosine of the angle between two stored embeddings, -1 to 1. `None` where they differ in
/// length or one has no direction.
pub(crate) fn cosine(a: &[u8], b: &[u8]) -> Option<f32> {
    let dot = |a: &[u8], b: &[u8]| -> f32 {
        let products = a.iter().zip(b);
        let sum: i32 = products
            .map(|(&a, &b)| i32::from(a as i8) * i32::from(b as i8))
            .sum();
        sum as f32
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    (a.len() == b.len() && lengths > 0.0).then(|| dot(a, b) / lengths)
}
