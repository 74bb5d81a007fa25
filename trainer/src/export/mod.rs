//! Exports networks as model bundles: ONNX with the kiosk's metadata, in f32 ([`to_onnx`]) or in int8 ([`to_qdq`]).
//!
//! A bundle has up to two parts, which share no tensor. The first one goes from `image` to `logits`, `similarity` and, if
//! there is an embedder, `embedding`. The second one, the detector, goes from `frame` to `animals`.

mod graph;
mod qdq;

use candle_core::Result;
use recognise::locate::{CHANNELS, STRIDE};
use recognise::{Bundle, Metadata};

use crate::net::{
    Block, CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, Classifier, Detector, EMBEDDER_BIAS,
    EMBEDDER_WEIGHT, EMBEDDING, Embedder, Extent, Layer, Network, PROTOTYPES, Prototypes, SHORTEST,
};
use graph::{Graph, convolution_attributes, int, ints};

pub(crate) use graph::OPSET;
pub use qdq::{to_qdq, with_int8_detector};

/// The input of the first part.
const IMAGE: &str = "image";
/// The output with one logit for each breed.
const LOGITS: &str = "logits";
/// The output with one prototype similarity for each breed.
const SIMILARITY: &str = "similarity";
/// The input of the detector.
const FRAME: &str = "frame";
/// The output of the detector.
const ANIMALS: &str = "animals";
/// What the names of the detector's tensors begin with: without it they are those of the first part.
const DETECTOR: &str = "animals/";

/// The bytes of an f32 bundle: the convolutions of `network`, then the classifier, the prototypes and perhaps the
/// embedder on its last feature map.
///
/// The detector is in it if `metadata.animals` describes its input.
///
/// # Errors
/// If a tensor of the networks cannot be read.
pub fn to_onnx(
    network: &Network,
    classifier: &Classifier,
    prototypes: &Prototypes,
    embedder: Option<&Embedder>,
    detector: Option<&Detector>,
    metadata: &Metadata,
) -> Result<Vec<u8>> {
    let mut graph = Graph::default();
    let map = convolutions(&mut graph, network.blocks(), IMAGE, metadata.input.size)?;
    let architecture = network.architecture();
    let dims = [network.breeds(), architecture.features()];
    graph.tensor(CLASSIFIER_WEIGHT, &dims, &classifier.weight);
    graph.tensor(CLASSIFIER_BIAS, &dims[..1], &classifier.bias);
    graph.tensor(PROTOTYPES, &dims, prototypes.values());
    if let Some(embedder) = embedder {
        let dims = [embedder.bias.len(), architecture.pooled()];
        graph.tensor(EMBEDDER_WEIGHT, &dims, &embedder.weight);
        graph.tensor(EMBEDDER_BIAS, &dims[..1], &embedder.bias);
    }
    let weights = Weights {
        breeds: network.breeds(),
        classifier: CLASSIFIER_WEIGHT.to_owned(),
        prototypes: PROTOTYPES.to_owned(),
        embedder: embedder.map(|it| (EMBEDDER_WEIGHT.to_owned(), it.bias.len())),
    };
    outputs(&mut graph, &map, &weights);
    add_detector(&mut graph, detector, metadata)?;
    Ok(graph.into_file(metadata))
}

/// The bytes of a bundle of the trainer's with this detector, in f32, in place of its own.
///
/// The detector is in it if `metadata.animals` describes its input.
///
/// # Errors
/// If a tensor of the detector cannot be read.
pub fn with_detector(bundle: &Bundle, detector: &Detector, metadata: &Metadata) -> Result<Vec<u8>> {
    let mut graph = Graph::of_breeds(bundle);
    add_detector(&mut graph, Some(detector), metadata)?;
    Ok(graph.into_file(metadata))
}

fn add_detector(graph: &mut Graph, detector: Option<&Detector>, metadata: &Metadata) -> Result<()> {
    if let Some((detector, animals)) = detector.zip(metadata.animals.as_ref()) {
        let mut part = Graph::default();
        convolutions(&mut part, detector.blocks(), FRAME, animals.input.size)?;
        append_detector(graph, part, animals.input.size);
    }
    Ok(())
}

/// Adds an input of pictures and the blocks; gives the name of the last one's result.
fn convolutions(graph: &mut Graph, blocks: &[Block], input: &str, size: usize) -> Result<String> {
    let mut last = graph.input(input, size);
    let mut extent = Extent::of_picture(size);
    graph.tensor("zero", &[], &[0f32]);
    graph.tensor("six", &[], &[6f32]);
    for block in blocks {
        let input = last.clone();
        for (name, layer, [weight, bias]) in block.convolutions() {
            graph.weight(&format!("{name}.weight"), weight)?;
            graph.weight(&format!("{name}.bias"), bias)?;
            last = convolution(graph, &layer, extent, name, &last);
            extent = layer.output(extent);
        }
        if block.chain.shortcut() {
            last = graph.node("Add", &format!("{last}_sum"), &[&last, &input], vec![]);
        }
    }
    Ok(last)
}

/// Adds a convolution of an input of this extent and the clamp behind it; gives the name of the result.
fn convolution(
    graph: &mut Graph,
    layer: &Layer,
    extent: Extent,
    name: &str,
    input: &str,
) -> String {
    let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
    let inputs = [input, &weight, &bias];
    let output = graph.node("Conv", name, &inputs, convolution_attributes(layer, extent));
    if !layer.relu6 {
        return output;
    }
    let clamped = format!("{name}_clamped");
    graph.node("Clip", &clamped, &[&output, "zero", "six"], vec![])
}

/// The names of the weights that the pooled feature map is multiplied with.
struct Weights {
    breeds: usize,
    classifier: String,
    prototypes: String,
    /// With the length of an embedding.
    embedder: Option<(String, usize)>,
}

/// Adds the first part's outputs. Those for breeds are the features, which are the mean of the feature map, scaled to
/// length 1, times the weights. The embedding is an affine map of mean and maximum, scaled to length 1.
fn outputs(graph: &mut Graph, map: &str, weights: &Weights) {
    graph.tensor("shortest", &[], &[SHORTEST]);
    let pooled = graph.node("GlobalAveragePool", "pool", &[map], vec![]);
    let maxima = weights.embedder.as_ref().map(|embedder| {
        let maxima = graph.node("GlobalMaxPool", "maxima", &[map], vec![]);
        (maxima, embedder)
    });
    let features = graph.node("Flatten", "features", &[&pooled], vec![int("axis", 1)]);
    let direction = normalised(graph, &features);
    let breeds = &[weights.breeds];
    let classifier = [&*weights.classifier, CLASSIFIER_BIAS];
    product(graph, &direction, LOGITS, &classifier);
    graph.output(LOGITS, breeds);
    product(graph, &direction, SIMILARITY, &[&weights.prototypes]);
    graph.output(SIMILARITY, breeds);
    if let Some((maxima, (embedder, length))) = maxima {
        let both = [&*pooled, &*maxima];
        let both = graph.node("Concat", "pools", &both, vec![int("axis", 1)]);
        let rows = graph.node("Flatten", "pooled", &[&both], vec![int("axis", 1)]);
        let embedder = [&**embedder, EMBEDDER_BIAS];
        let projection = product(graph, &rows, "projection", &embedder);
        normalised(graph, &projection);
        graph.output(EMBEDDING, &[*length]);
    }
}

/// Adds the product of rows with transposed weights, to which a bias may be added; gives the name of the result.
fn product(graph: &mut Graph, rows: &str, name: &str, weights: &[&str]) -> String {
    let inputs = [&[rows], weights].concat();
    graph.node("Gemm", name, &inputs, vec![int("transB", 1)])
}

/// Scales rows to length 1, but for those of zeros, which are similar to nothing; gives the name of the result.
fn normalised(graph: &mut Graph, rows: &str) -> String {
    let name = |part: &str| format!("{rows}_{part}");
    let over_columns = vec![ints("axes", &[1])];
    let length = graph.node("ReduceL2", &name("length"), &[rows], over_columns);
    let inputs = [&*length, "shortest"];
    let divisor = graph.node("Max", &name("divisor"), &inputs, vec![]);
    graph.node("Div", &name("direction"), &[rows, &divisor], vec![])
}

/// Adds the part of a detector for frames of this size. Its last node makes the output.
fn append_detector(graph: &mut Graph, mut part: Graph, size: usize) {
    let side = size / STRIDE;
    part.output(ANIMALS, &[CHANNELS, side, side]);
    graph.append(part, DETECTOR);
}
