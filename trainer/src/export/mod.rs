//! A network written down as a model bundle: ONNX with the kiosk's metadata, in f32 ([`to_onnx`]) or in int8
//! ([`to_qdq`]).

mod graph;
mod qdq;

use candle_core::Result;
use recognise::Metadata;

use crate::net::{
    CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, Classifier, FEATURES, Layer, MEANS, Means, Network,
    SHORTEST,
};
use graph::{Graph, LIKENESS, LOGITS, convolution_attributes, int, ints};

pub use qdq::to_qdq;

/// The bundle's bytes: the network up to its embedding, and what is said of that.
///
/// # Errors
/// If a tensor of the network cannot be read.
pub fn to_onnx(
    network: &Network,
    classifier: &Classifier,
    means: &Means,
    metadata: &Metadata,
) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    for (name, variable) in network.convolutions() {
        graph.weight(name, variable.as_tensor())?;
    }
    let dims = [network.breeds(), FEATURES];
    graph.tensor(CLASSIFIER_WEIGHT, &dims, &classifier.weight);
    graph.tensor(CLASSIFIER_BIAS, &dims[..1], &classifier.bias);
    graph.tensor(MEANS, &dims, means.values());
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
    answers(&mut graph, &last, CLASSIFIER_WEIGHT, MEANS);
    Ok(graph.into_file(metadata))
}

/// The outputs: the embedding, scaled to length 1, times the classifier's weights and times the breeds' means.
fn answers(graph: &mut Graph, embedding: &str, classifier: &str, means: &str) {
    // An embedding of zeros is like nothing.
    graph.tensor("shortest", &[], &[SHORTEST]);
    let over_features = vec![ints("axes", &[1])];
    let length = graph.node("ReduceL2", "embedding_length", &[embedding], over_features);
    let length = graph.node("Max", "embedding_divisor", &[&length, "shortest"], vec![]);
    let direction = graph.node("Div", "embedding_direction", &[embedding, &length], vec![]);
    let inputs = [&direction, classifier, CLASSIFIER_BIAS];
    graph.node("Gemm", LOGITS, &inputs, vec![int("transB", 1)]);
    let inputs = [&direction, means];
    graph.node("Gemm", LIKENESS, &inputs, vec![int("transB", 1)]);
}

/// The convolution, and the clamp behind it; gives the name of the result.
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
