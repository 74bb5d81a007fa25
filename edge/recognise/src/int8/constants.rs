//! The weights of a graph, as they are or behind a DequantizeLinear.

use foldhash::HashMap;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use crate::graph;
use crate::quantisation::{self, Parameters};

pub(super) struct Constants<'a> {
    weights: HashMap<&'a str, &'a TensorProto>,
    /// The operators that dequantise a weight, by the name of the result.
    dequantised: HashMap<&'a str, &'a NodeProto>,
}

impl<'a> Constants<'a> {
    pub(super) fn of(graph: &'a GraphProto) -> Self {
        let mut weights = graph::weights(graph);
        weights.extend(graph.node.iter().filter_map(held));
        Self {
            weights,
            dequantised: HashMap::default(),
        }
    }

    /// Takes in a DequantizeLinear that makes `output`; false if it does not dequantise a weight.
    pub(super) fn add(&mut self, node: &'a NodeProto, output: &'a str) -> bool {
        let mut input = node.input.iter().take(1);
        let of_weight = input.any(|input| self.weights.contains_key(input.as_str()));
        if of_weight {
            self.dequantised.insert(output, node);
        }
        of_weight
    }

    /// Whether `name` is a dequantised weight.
    pub(super) fn is_dequantised(&self, name: &str) -> bool {
        self.dequantised.contains_key(name)
    }

    /// The weight whose dequantised form is called `name`, with its parameters.
    pub(super) fn quantised(&self, name: &str) -> Option<(&'a TensorProto, Parameters)> {
        let node = self.dequantised.get(name)?;
        let weight = self.weights.get(node.input.first()?.as_str())?;
        Some((weight, self.parameters(node)?))
    }

    /// The values of the f32 weight called `name`.
    pub(super) fn floats(&self, name: &str) -> Option<Vec<f32>> {
        quantisation::floats(self.weights.get(name)?)
    }

    /// The values of the i64 weight called `name`, such as axes.
    pub(super) fn integers(&self, name: &str) -> Option<Vec<i64>> {
        quantisation::integers64(self.weights.get(name)?)
    }

    /// The only number of the weight called `name`, in whichever form the file has it.
    pub(super) fn number(&self, name: &str) -> Option<f32> {
        let (weight, parameters) = match self.quantised(name) {
            Some((weight, parameters)) => (weight, Some(parameters)),
            None => (*self.weights.get(name)?, None),
        };
        weight.dims.iter().all(|&side| side == 1).then_some(())?;
        let numbers = match parameters {
            Some(parameters) => parameters.dequantise(weight)?,
            None => quantisation::floats(weight)?,
        };
        numbers.first().copied()
    }

    /// The parameters of a QuantizeLinear or DequantizeLinear.
    pub(super) fn parameters(&self, node: &NodeProto) -> Option<Parameters> {
        Parameters::of(node, &self.weights).ok()
    }
}

/// The name and the value of a tensor that an operator holds, as PyTorch writes the bounds of a Clip.
fn held(node: &NodeProto) -> Option<(&str, &TensorProto)> {
    let is_value = |it: &&AttributeProto| node.op_type == "Constant" && it.name == "value";
    let value = node.attribute.iter().find(is_value)?.t.as_ref()?;
    Some((node.output.first()?.as_str(), value))
}
