//! Exports int8 networks in QDQ form: every tensor between two operators is quantised and dequantised again, every
//! weight is dequantised before use, and the operators themselves are f32. Engines that recognise the pattern run it in
//! integers, all others run the file as it is.

use std::collections::BTreeSet;

use recognise::Metadata;

use super::graph::{Element, Graph, convolution_attributes, int};
use super::outputs;
use crate::net::int8::{self, Affine, Convolution, Network};
use crate::net::{
    CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, FEATURES, Kernel, Layer, PROTOTYPES, Prototypes,
};

/// The bytes of an int8 bundle.
///
/// There are no Clip nodes: the quantised range of a clamped output lies within 0..=6, so saturation does the clamping.
/// Behind the pooling only the weights of the classifier and the prototypes are quantised.
#[must_use]
pub fn to_qdq(network: &Network, prototypes: &Prototypes, metadata: &Metadata) -> Vec<u8> {
    let mut file = File::default();
    let mut last = file.quantised("image", network.image);
    for block in &network.blocks {
        let (input, mut name) = (last.clone(), "");
        for convolution in &block.convolutions {
            last = file.convolution(convolution, &last);
            name = &convolution.name;
        }
        if let Some(sum) = block.sum {
            let name = format!("{name}_sum");
            file.graph.node("Add", &name, &[&last, &input], vec![]);
            last = file.quantised(&name, sum);
        }
    }
    let classifier = &network.classifier;
    let breeds = classifier.bias.len();
    let dims = [breeds, FEATURES];
    let weight = file.weights(
        CLASSIFIER_WEIGHT,
        &dims,
        &classifier.weight,
        &classifier.scales,
    );
    file.graph
        .tensor(CLASSIFIER_BIAS, &[breeds], &classifier.bias);
    let scales = int8::scales(prototypes.values(), &vec![0.0; breeds], 1.0);
    let rounded = int8::nearest_rows(prototypes.values(), &scales);
    let prototypes = file.weights(PROTOTYPES, &dims, &rounded, &scales);
    let mut graph = file.graph;
    last = graph.node("GlobalAveragePool", "pool", &[&last], vec![]);
    last = graph.node("Flatten", "embedding", &[&last], vec![int("axis", 1)]);
    outputs(&mut graph, &last, &weight, &prototypes);
    graph.into_file(metadata)
}

#[derive(Default)]
struct File {
    graph: Graph,
    /// The tensors of zero points so far. All zero points of weights are zero, so tensors of equal length share one.
    zeros: BTreeSet<String>,
}

impl File {
    /// Adds a convolution and the quantisation of its output; gives the name of the dequantised output.
    fn convolution(&mut self, convolution: &Convolution, input: &str) -> String {
        let Convolution { name, layer, .. } = convolution;
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let (dims, channels) = (weight_dims(layer), [layer.outputs]);
        let weight = self.weights(&weight, &dims, &convolution.weight, &convolution.scales);
        let bias = self.weights(
            &bias,
            &channels,
            &convolution.bias,
            &convolution.bias_scales(),
        );
        let inputs = [input, &weight, &bias];
        let attributes = convolution_attributes(layer);
        self.graph.node("Conv", name, &inputs, attributes);
        self.quantised(name, convolution.output)
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

fn weight_dims(layer: &Layer) -> [usize; 4] {
    match layer.kernel {
        Kernel::Stem => [layer.outputs, layer.inputs, 3, 3],
        Kernel::Depthwise { .. } => [layer.outputs, 1, 3, 3],
        Kernel::Pointwise => [layer.outputs, layer.inputs, 1, 1],
    }
}
