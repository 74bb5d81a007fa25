//! Exports int8 networks in QDQ form: every tensor between two operators is quantised and dequantised again, every
//! weight is dequantised before use, and the operators themselves are f32. Engines that recognise the pattern run it in
//! integers, all others run the file as it is.

use std::collections::BTreeSet;

use recognise::{Bundle, Metadata};

use super::graph::{Element, Graph, convolution_attributes, int};
use super::{FRAME, IMAGE, Weights, append_detector, outputs};
use crate::net::int8::{self, Affine, Classifier, Convolution, Network};
use crate::net::{
    CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, EMBEDDER_BIAS, EMBEDDER_WEIGHT, Embedder, Extent,
    PROTOTYPES, Prototypes,
};

/// The bytes of an int8 bundle.
///
/// There are no Clip nodes: the quantised range of a clamped output lies within 0..=6, so saturation does the clamping.
/// Behind the pooling only the weights of the classifier, the prototypes and the embedder are quantised. The output of
/// the detector is not quantised, so that boxes are precise.
///
/// The detector is in it if `metadata.animals` describes its input.
#[must_use]
pub fn to_qdq(
    network: &Network,
    classifier: &Classifier,
    prototypes: &Prototypes,
    embedder: Option<&Embedder>,
    detector: Option<&Network>,
    metadata: &Metadata,
) -> Vec<u8> {
    let mut file = File::default();
    let map = file.convolutions(network, IMAGE, metadata.input.size);
    let Classifier {
        weight,
        scales,
        bias,
    } = classifier;
    let dims = [bias.len(), prototypes.features()];
    let weights = Weights {
        breeds: bias.len(),
        classifier: file.weights(CLASSIFIER_WEIGHT, &dims, weight, scales),
        prototypes: file.rows(PROTOTYPES, prototypes.values(), bias.len()),
        embedder: embedder.map(|it| {
            let weight = file.rows(EMBEDDER_WEIGHT, &it.weight, it.bias.len());
            (weight, it.bias.len())
        }),
    };
    let mut graph = file.graph;
    graph.tensor(CLASSIFIER_BIAS, &dims[..1], bias);
    if let Some(Embedder { bias, .. }) = embedder {
        graph.tensor(EMBEDDER_BIAS, &[bias.len()], bias);
    }
    outputs(&mut graph, &map, &weights);
    add_detector(&mut graph, detector, metadata);
    graph.into_file(metadata)
}

/// The bytes of a bundle of the trainer's with this int8 detector in place of its own.
///
/// The detector is in it if `metadata.animals` describes its input.
#[must_use]
pub fn with_int8_detector(bundle: &Bundle, detector: &Network, metadata: &Metadata) -> Vec<u8> {
    let mut graph = Graph::of_breeds(bundle);
    add_detector(&mut graph, Some(detector), metadata);
    graph.into_file(metadata)
}

fn add_detector(graph: &mut Graph, detector: Option<&Network>, metadata: &Metadata) {
    if let Some((detector, animals)) = detector.zip(metadata.animals.as_ref()) {
        let mut part = File::default();
        part.convolutions(detector, FRAME, animals.input.size);
        append_detector(graph, part.graph, animals.input.size);
    }
}

#[derive(Default)]
struct File {
    graph: Graph,
    /// The tensors of zero points so far. All zero points of weights are zero, so tensors of equal length share one.
    zeros: BTreeSet<String>,
}

impl File {
    /// Adds an input of pictures and the blocks; gives the name of the last one's result.
    fn convolutions(&mut self, network: &Network, input: &str, size: usize) -> String {
        let picture = self.graph.input(input, size);
        let mut last = self.quantised(&picture, network.image);
        let mut extent = Extent::of_picture(size);
        for block in &network.blocks {
            let (input, mut name) = (last.clone(), "");
            for convolution in &block.convolutions {
                last = self.convolution(convolution, extent, &last);
                extent = convolution.layer.output(extent);
                name = &convolution.name;
            }
            if let Some(sum) = block.sum {
                let name = format!("{name}_sum");
                self.graph.node("Add", &name, &[&last, &input], vec![]);
                last = self.quantised(&name, sum);
            }
        }
        last
    }

    /// Adds a convolution of an input of this extent and the quantisation of its output; gives the name of the result in
    /// real numbers.
    fn convolution(&mut self, convolution: &Convolution, extent: Extent, input: &str) -> String {
        let Convolution { name, layer, .. } = convolution;
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let (dims, channels) = (layer.weight_shape(), [layer.outputs]);
        let weight = self.weights(&weight, &dims, &convolution.weight, &convolution.scales);
        let bias = match convolution.output {
            Some(_) => self.weights(
                &bias,
                &channels,
                &convolution.bias,
                &convolution.bias_scales(),
            ),
            // The convolution runs in real numbers.
            None => {
                self.graph
                    .tensor(&bias, &channels, &convolution.real_bias());
                bias
            }
        };
        let inputs = [input, &weight, &bias];
        let attributes = convolution_attributes(layer, extent);
        let output = self.graph.node("Conv", name, &inputs, attributes);
        match convolution.output {
            Some(affine) => self.quantised(name, affine),
            None => output,
        }
    }

    /// Adds `rows` rows of weights, each rounded to the nearest; gives the name of the dequantised rows.
    fn rows(&mut self, name: &str, values: &[f32], rows: usize) -> String {
        let columns = values.len() / rows;
        let (rounded, scales) = int8::rounded_rows(values, rows);
        self.weights(name, &[rows, columns], &rounded, &scales)
    }

    /// Adds weights with a scale for each index of their first dimension; gives the name of the dequantised weights.
    fn weights<T: Element + Default + Clone>(
        &mut self,
        name: &str,
        dims: &[usize],
        values: &[T],
        scales: &[f32],
    ) -> String {
        let scale = format!("{name}_scale");
        self.graph.tensor(name, dims, values);
        self.graph.tensor(&scale, &[scales.len()], scales);
        let zeros = format!(
            "zeros_{}_{}",
            T::TYPE.as_str_name().to_lowercase(),
            scales.len()
        );
        if self.zeros.insert(zeros.clone()) {
            self.graph
                .tensor(&zeros, &[scales.len()], &vec![T::default(); scales.len()]);
        }
        let dequantised = format!("{name}_dequantised");
        let inputs = [name, &scale, &zeros];
        self.graph.node(
            "DequantizeLinear",
            &dequantised,
            &inputs,
            vec![int("axis", 0)],
        )
    }

    /// Quantises and dequantises the activation `name`; gives the name of the result.
    fn quantised(&mut self, name: &str, affine: Affine) -> String {
        let (scale, zero_point) = (format!("{name}_scale"), format!("{name}_zero_point"));
        self.graph.tensor(&scale, &[], &[affine.scale]);
        self.graph.tensor(&zero_point, &[], &[affine.zero_point]);
        let (quantised, dequantised) = (format!("{name}_quantised"), format!("{name}_dequantised"));
        let inputs = [name, &scale, &zero_point];
        self.graph
            .node("QuantizeLinear", &quantised, &inputs, vec![]);
        let inputs = [&*quantised, &scale, &zero_point];
        self.graph
            .node("DequantizeLinear", &dequantised, &inputs, vec![])
    }
}
