//! Finds the part of a graph that can run in int8: everything from the picture to the pooling.
//!
//! The form is QDQ, as `trainer quantise`, ONNX Runtime's quantiser and others write it: each
//! operator of real numbers stands between DequantizeLinear and QuantizeLinear. What is found here
//! gives the same bytes as those would, but for ties of rounding. Whatever is not exactly of this
//! form is not found, and runs on tract as it is.

mod convolution;

use std::collections::HashMap;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};

use super::qdq::{self, Parameters};
use crate::graph::check_wiring;

pub(super) use convolution::{Convolution, Kernel};

/// Activations of more bytes are not for memory to hold: networks of ours have a fortieth.
const MAX_BYTES: usize = 64 << 20;

/// A network's int8 part, and the rest behind it.
#[derive(Debug)]
pub(super) struct Program {
    /// The first one is the picture.
    pub(super) tensors: Vec<Tensor>,
    /// In an order in which they can run.
    pub(super) steps: Vec<Step>,
    /// The tensor whose mean over all pixels is what the rest begins with.
    pub(super) pooled: usize,
    /// The rest: a network of one input, f32 `[1, channels, 1, 1]`.
    pub(super) head: ModelProto,
}

/// Activations: bytes that stand for `scale * (byte - zero)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tensor {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) scale: f32,
    /// Signed ones are taken as unsigned ones here, with 128 more.
    pub(super) zero: u8,
}

#[derive(Debug)]
pub(super) enum Step {
    Convolution(Convolution),
    /// Adds the two tensors `terms`.
    Add {
        terms: [usize; 2],
        sum: usize,
    },
}

/// The int8 part of `proto`, for pictures of `size`; `None` where it has none.
pub(super) fn find(proto: &ModelProto, size: usize) -> Option<Program> {
    let graph = proto.graph.as_ref()?;
    let mut finder = Finder::new(graph);
    let mut nodes = graph.node.iter();
    let pooling = loop {
        let node = nodes.next()?;
        if node.op_type == "GlobalAveragePool" {
            break node;
        }
        finder.step(node, size)?;
    };
    let pooled = finder.real(pooling.input.first()?)?;
    let head = finder.head(proto, pooling.output.first()?, nodes.as_slice())?;
    Some(Program {
        tensors: finder.tensors,
        steps: finder.steps,
        pooled,
        head,
    })
}

/// What a name of the graph stands for.
#[derive(Clone, Copy)]
enum Value<'a> {
    /// The quantised tensor.
    Quantised(usize),
    /// The same in real numbers.
    Real(usize),
    /// What an operator gives in real numbers, and what it is clamped to: to be quantised next.
    Result(Operator<'a>, [f32; 2]),
}

#[derive(Clone, Copy)]
enum Operator<'a> {
    Convolution(&'a NodeProto),
    Add([usize; 2]),
}

struct Finder<'a> {
    graph: &'a GraphProto,
    weights: HashMap<&'a str, &'a TensorProto>,
    /// How many operators, or outputs, want a tensor.
    uses: HashMap<&'a str, usize>,
    /// Dequantised weights, by the name of the result.
    constants: HashMap<&'a str, &'a NodeProto>,
    values: HashMap<&'a str, Value<'a>>,
    tensors: Vec<Tensor>,
    steps: Vec<Step>,
}

impl<'a> Finder<'a> {
    fn new(graph: &'a GraphProto) -> Self {
        let mut uses = HashMap::new();
        let outputs = graph.output.iter().map(|output| &output.name);
        for name in graph
            .node
            .iter()
            .flat_map(|node| &node.input)
            .chain(outputs)
        {
            *uses.entry(name.as_str()).or_insert(0) += 1;
        }
        Self {
            graph,
            weights: qdq::weights(graph),
            uses,
            constants: HashMap::new(),
            values: HashMap::new(),
            tensors: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Takes in one operator; `None` where it is of another form.
    fn step(&mut self, node: &'a NodeProto, size: usize) -> Option<()> {
        let [output] = &node.output[..] else {
            return None;
        };
        let input = node.input.first()?.as_str();
        let value = match node.op_type.as_str() {
            "DequantizeLinear" if self.weights.contains_key(input) => {
                self.constants.insert(output, node);
                return Some(());
            }
            "DequantizeLinear" => {
                let &Value::Quantised(tensor) = self.values.get(input)? else {
                    return None;
                };
                let Tensor { scale, zero, .. } = self.tensors[tensor];
                ((scale, zero) == self.activation(node)?).then_some(Value::Real(tensor))?
            }
            "QuantizeLinear" => Value::Quantised(self.quantise(node, input, size)?),
            "Conv" => {
                self.real(input)?;
                Value::Result(
                    Operator::Convolution(node),
                    [f32::NEG_INFINITY, f32::INFINITY],
                )
            }
            "Add" => {
                let terms = [self.real(input)?, self.real(node.input.get(1)?)?];
                Value::Result(Operator::Add(terms), [f32::NEG_INFINITY, f32::INFINITY])
            }
            "Relu" | "Clip" => {
                let &Value::Result(operator, [low, high]) = self.values.get(input)? else {
                    return None;
                };
                let [least, most] = self.clamp(node)?;
                (self.uses[input] == 1).then_some(())?;
                Value::Result(operator, [low.max(least), high.min(most)])
            }
            _ => return None,
        };
        self.values.insert(output, value);
        Some(())
    }

    /// The tensor whose real numbers `name` stands for.
    fn real(&self, name: &str) -> Option<usize> {
        match self.values.get(name)? {
            Value::Real(tensor) => Some(*tensor),
            _ => None,
        }
    }

    /// The quantised form of what an operator gave, or of the picture.
    fn quantise(&mut self, node: &NodeProto, input: &str, size: usize) -> Option<usize> {
        let (scale, zero) = self.activation(node)?;
        let tensor = |height, width, channels| Tensor {
            height,
            width,
            channels,
            scale,
            zero,
        };
        let index = self.tensors.len();
        // The picture is quantised first and once.
        if input == "image" && index == 0 {
            self.tensors.push(tensor(size, size, 3));
            return Some(index);
        }
        let &Value::Result(operator, clamp) = self.values.get(input)? else {
            return None;
        };
        // Bytes clamp to 0 and 255: whatever clamps more is not the same.
        let step = |bound: f32| (bound / scale).round_ties_even() + f32::from(zero);
        let saturates = step(clamp[0]) <= 0.0 && step(clamp[1]) >= 255.0;
        (saturates && self.uses[input] == 1).then_some(())?;
        match operator {
            Operator::Add(terms) => {
                let [a, b] = terms.map(|term| self.tensors[term]);
                let shape = |it: Tensor| (it.height, it.width, it.channels);
                (shape(a) == shape(b)).then_some(())?;
                [a, b]
                    .iter()
                    .all(|it| ratio(it.scale, scale))
                    .then_some(())?;
                self.steps.push(Step::Add { terms, sum: index });
                self.tensors.push(tensor(a.height, a.width, a.channels));
            }
            Operator::Convolution(node) => {
                let (convolution, [height, width]) = self.convolution(node, index, scale)?;
                self.tensors
                    .push(tensor(height, width, convolution.scales.len()));
                self.steps.push(Step::Convolution(convolution));
            }
        }
        let made = self.tensors[index];
        (made.height * made.width * made.channels <= MAX_BYTES).then_some(index)
    }

    /// Scale and zero point of an activation in 8 bits.
    fn activation(&self, node: &NodeProto) -> Option<(f32, u8)> {
        let parameters = Parameters::of(node, &self.weights).ok()?;
        let &[scale] = &parameters.scales[..] else {
            return None;
        };
        let zero = parameters.zeros.first().copied().unwrap_or(0);
        let unsigned = match parameters.element {
            DataType::Uint8 => zero,
            DataType::Int8 => zero + 128,
            _ => return None,
        };
        Some((scale, u8::try_from(unsigned).ok()?))
    }

    /// What a Relu or a Clip clamps to.
    fn clamp(&self, node: &NodeProto) -> Option<[f32; 2]> {
        if node.op_type == "Relu" {
            return Some([0.0, f32::INFINITY]);
        }
        let bound = |index: usize, default| match node.input.get(index) {
            Some(name) if !name.is_empty() => qdq::floats(self.weights.get(name.as_str())?)?
                .first()
                .copied(),
            _ => Some(default),
        };
        Some([bound(1, f32::NEG_INFINITY)?, bound(2, f32::INFINITY)?])
    }

    /// A model of the operators `rest`, whose input is `input`.
    fn head(&self, proto: &ModelProto, input: &str, rest: &[NodeProto]) -> Option<ModelProto> {
        let wanted = |name: &str| {
            rest.iter()
                .any(|node| node.input.iter().any(|it| it == name))
        };
        let constants = self.graph.node.iter().filter(|node| {
            let constant = |output: &String| self.constants.contains_key(output.as_str());
            node.output
                .iter()
                .any(|output| constant(output) && wanted(output))
        });
        let node: Vec<NodeProto> = constants.chain(rest).cloned().collect();
        let inputs = || node.iter().flat_map(|node| &node.input);
        let initializer = self.graph.initializer.iter();
        let initializer = initializer.filter(|it| inputs().any(|name| *name == it.name));
        let mut image = self
            .graph
            .input
            .iter()
            .find(|it| it.name == "image")?
            .clone();
        input.clone_into(&mut image.name);
        let graph = GraphProto {
            name: "head".to_owned(),
            initializer: initializer.cloned().collect(),
            node,
            input: vec![image],
            output: self.graph.output.clone(),
            ..GraphProto::default()
        };
        // Nothing of the rest may want more of the int8 part than its pooled result.
        check_wiring(&graph).ok()?;
        Some(ModelProto {
            ir_version: proto.ir_version,
            opset_import: proto.opset_import.clone(),
            graph: Some(graph),
            ..ModelProto::default()
        })
    }
}

/// Whether one scale can be expressed as a multiple of the other.
fn ratio(scale: f32, of: f32) -> bool {
    (scale / of).is_normal()
}
