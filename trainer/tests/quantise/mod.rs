//! Bundles: what is in them, and how they are quantised.

mod arithmetic;
mod bench;
mod command;
mod detector;
mod export;

use recognise::metadata::{Animals, CropShape, EmbeddingSpec, InputSpec, Resize, TrainedDetector};
use trainer::net::Embedder;

/// Numbers that an embedding is made of.
const POOLED: usize = 2560;
/// Numbers of an embedding.
const EMBEDDING: usize = 16;

/// An embedder with arbitrary weights.
fn embedder() -> Embedder {
    let weight = (0..EMBEDDING * POOLED).map(|index| (index as f32 * 0.37).sin());
    Embedder {
        weight: weight.collect(),
        bias: (0..EMBEDDING).map(|index| index as f32 * 0.1).collect(),
    }
}

/// Prototypes for the embeddings of two breeds.
fn embedding() -> EmbeddingSpec {
    let prototype = |breed| {
        let mut prototype = vec![0.0; EMBEDDING];
        prototype[breed] = 1.0;
        prototype
    };
    EmbeddingSpec {
        prototypes: (0..2).map(prototype).collect(),
        guests: None,
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// A detector's input and its crops.
fn animals(size: usize) -> Animals {
    Animals {
        input: InputSpec {
            size,
            resize: Resize::Squash,
            mean: [0.5; 3],
            std: [0.25; 3],
        },
        margin: 0.1,
        shape: CropShape::Tight,
        resemblance: None,
        trained: TrainedDetector {
            images: 0,
            recipe: serde_json::Value::Null,
        },
    }
}

fn assert_near(one: &[f32], other: &[f32], allowed: f32) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert!((one - other).abs() < allowed, "{one} and {other}");
    }
}
