//! A network written down as a model bundle: ONNX with the kiosk's metadata, in f32 ([`to_onnx`]) or in int8
//! ([`to_qdq`]).

mod graph;
mod qdq;

use candle_core::Result;
use edge::recognise::Metadata;

use crate::net::{CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, Layer, Network};
use graph::{Graph, convolution_attributes, int};

pub use qdq::to_qdq;

/// The bundle's bytes.
///
/// # Errors
/// If a tensor of the network cannot be read.
pub fn to_onnx(network: &Network, metadata: &Metadata) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    for (name, variable) in network.variables() {
        graph.weight(name, variable.as_tensor())?;
    }
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
    let inputs = [&last, CLASSIFIER_WEIGHT, CLASSIFIER_BIAS];
    graph.node("Gemm", "logits", &inputs, vec![int("transB", 1)]);
    Ok(graph.into_file(metadata))
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
