//! Exports networks as model bundles: ONNX with the kiosk's metadata, in f32 ([`to_onnx`]) or in int8 ([`to_qdq`]).

mod graph;
mod qdq;

use candle_core::Result;
use recognise::Metadata;

use crate::net::{
    CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, Classifier, FEATURES, Layer, Network, PROTOTYPES,
    Prototypes, SHORTEST,
};
use graph::{Graph, LOGITS, SIMILARITY, convolution_attributes, int, ints};

pub use qdq::to_qdq;

/// The bytes of an f32 bundle: the convolutions of `network`, then the classifier and the prototypes on its embedding.
///
/// # Errors
/// If a tensor of the network cannot be read.
pub fn to_onnx(
    network: &Network,
    classifier: &Classifier,
    prototypes: &Prototypes,
    metadata: &Metadata,
) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    for (name, variable) in network.convolutions() {
        graph.weight(name, variable.as_tensor())?;
    }
    let dims = [network.breeds(), FEATURES];
    graph.tensor(CLASSIFIER_WEIGHT, &dims, &classifier.weight);
    graph.tensor(CLASSIFIER_BIAS, &dims[..1], &classifier.bias);
    graph.tensor(PROTOTYPES, &dims, prototypes.values());
    graph.tensor("zero", &[], &[0f32]);
    graph.tensor("six", &[], &[6f32]);

    let mut last = "image".to_owned();
    for block in network.blocks() {
        let input = last.clone();
        for (layer, name) in block.chain.layers().iter().zip(&block.names) {
            last = convolution(&mut graph, layer, name, &last);
        }
        if block.chain.shortcut() {
            last = graph.node("Add", &format!("{last}_sum"), &[&last, &input], vec![]);
        }
    }
    last = graph.node("GlobalAveragePool", "pool", &[&last], vec![]);
    last = graph.node("Flatten", "embedding", &[&last], vec![int("axis", 1)]);
    outputs(&mut graph, &last, CLASSIFIER_WEIGHT, PROTOTYPES);
    Ok(graph.into_file(metadata))
}

/// Adds the outputs: the embedding, scaled to length 1, times the classifier's weights and times the prototypes.
fn outputs(graph: &mut Graph, embedding: &str, classifier: &str, prototypes: &str) {
    // An embedding of zeros is similar to no prototype.
    graph.tensor("shortest", &[], &[SHORTEST]);
    let over_features = vec![ints("axes", &[1])];
    let length = graph.node("ReduceL2", "embedding_length", &[embedding], over_features);
    let length = graph.node("Max", "embedding_divisor", &[&length, "shortest"], vec![]);
    let direction = graph.node("Div", "embedding_direction", &[embedding, &length], vec![]);
    let inputs = [&direction, classifier, CLASSIFIER_BIAS];
    graph.node("Gemm", LOGITS, &inputs, vec![int("transB", 1)]);
    let inputs = [&direction, prototypes];
    graph.node("Gemm", SIMILARITY, &inputs, vec![int("transB", 1)]);
}

/// Adds a convolution and the clamp behind it; gives the name of the result.
fn convolution(graph: &mut Graph, layer: &Layer, name: &str, input: &str) -> String {
    let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
    let inputs = [input, &weight, &bias];
    let output = graph.node("Conv", name, &inputs, convolution_attributes(layer));
    if !layer.relu6 {
        return output;
    }
    let clamped = format!("{name}_clamped");
    graph.node("Clip", &clamped, &[&output, "zero", "six"], vec![])
}
