//! Finds what of a graph can run in int8, operator by operator.
//!
//! The form is QDQ, which `trainer quantise`, ONNX Runtime's quantiser and others write: operators on
//! real numbers stand between DequantizeLinear and QuantizeLinear. What is found gives the same bytes
//! as those operators would, but for ties of rounding. An operator of another form is refused, and
//! says why: `cut` leaves it to tract, with what was found before and behind it still in int8.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use foldhash::HashMap;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto};

use super::constants::Constants;
use super::function;
use super::maker::{self, Made};
use super::program::{MAX_BYTES, MAX_PIXELS, Step, Tensor, Work};
use super::refusal::{BEHIND, REAL_INPUT, Refusal, SIZES, UNKNOWN, USED_TWICE};
use crate::graph;
use crate::model;

/// What a name of the graph stands for. A name that is not known stands for real numbers that tract
/// computes.
#[derive(Clone, Copy)]
pub(super) enum Value {
    /// A quantised tensor.
    Quantised(usize),
    /// The same in real numbers.
    Real(usize),
    /// The result in real numbers of the operator of this index, to be quantised next, and the bounds
    /// that it is clamped to.
    Result(usize, [f32; 2]),
}

/// A tensor in int8.
pub(super) struct Found<'a> {
    pub(super) tensor: Tensor,
    pub(super) origin: Origin<'a>,
    /// How many times real numbers were quantised on the way to it: tensors of one number can be
    /// computed together, before any of a larger one.
    pub(super) level: usize,
    /// What the graph calls it in real numbers.
    pub(super) name: Option<&'a str>,
    /// Whether a step reads it.
    pub(super) is_read: bool,
}

pub(super) enum Origin<'a> {
    /// Quantised from the real numbers of this name.
    Entry(&'a str),
    Step(Step<'a>),
}

const UNBOUNDED: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

/// All of a graph that can run in int8.
pub(super) struct Finder<'a> {
    pub(super) proto: &'a ModelProto,
    pub(super) graph: &'a GraphProto,
    /// The name of the graph's only input.
    pub(super) picture: &'a str,
    /// Pixels of its side.
    size: usize,
    pub(super) constants: Constants<'a>,
    /// How many operators and outputs read a tensor.
    uses: HashMap<&'a str, usize>,
    pub(super) values: HashMap<&'a str, Value>,
    /// The level of each name, see [`Found`].
    levels: HashMap<&'a str, usize>,
    /// In an order in which they can be computed.
    pub(super) tensors: Vec<Found<'a>>,
    /// The operators that were refused, by their index.
    pub(super) refused: BTreeMap<usize, Refusal>,
    /// The index of the last convolution.
    pub(super) last_convolution: Option<usize>,
    /// The index of the last operator that quantises a tensor in int8.
    pub(super) last_quantised: usize,
    /// The shape of every tensor, once one is needed that cannot be told from others.
    shapes: OnceCell<HashMap<String, Vec<usize>>>,
}

impl<'a> Finder<'a> {
    /// Goes through the graph of `proto` for pictures of `size` pixels a side; `None` if it is not
    /// quantised, or has another number of inputs than one.
    pub(super) fn run(proto: &'a ModelProto, size: usize) -> Option<Self> {
        let graph = proto.graph.as_ref()?;
        let quantises = |node: &NodeProto| node.op_type == "QuantizeLinear";
        graph.node.iter().any(quantises).then_some(())?;
        let &[picture] = &graph::inputs(graph)[..] else {
            return None;
        };
        let mut uses = HashMap::default();
        let inputs = graph.node.iter().flat_map(|node| &node.input);
        let outputs = graph.output.iter().map(|output| &output.name);
        for name in inputs.chain(outputs) {
            *uses.entry(name.as_str()).or_insert(0) += 1;
        }
        let is_convolution = |node: &NodeProto| node.op_type == "Conv";
        let mut finder = Self {
            proto,
            graph,
            picture: &picture.name,
            size,
            constants: Constants::of(graph),
            uses,
            values: HashMap::default(),
            levels: HashMap::default(),
            tensors: Vec::new(),
            refused: BTreeMap::new(),
            last_convolution: graph.node.iter().rposition(is_convolution),
            last_quantised: 0,
            shapes: OnceCell::new(),
        };
        for (index, node) in graph.node.iter().enumerate() {
            finder.step(index, node);
        }
        Some(finder)
    }

    /// Takes in one operator.
    fn step(&mut self, index: usize, node: &'a NodeProto) {
        let levels = node.input.iter();
        let levels = levels.filter_map(|name| self.levels.get(name.as_str()));
        let level = levels.copied().max().unwrap_or(0);
        for output in &node.output {
            self.levels.insert(output, level);
        }
        match self.value(index, node) {
            Ok((name, Some(value))) => {
                if let Value::Quantised(tensor) = value {
                    self.levels.insert(name, self.tensors[tensor].level);
                    self.last_quantised = index;
                }
                if let Value::Real(tensor) = value {
                    self.tensors[tensor].name.get_or_insert(name);
                }
                self.values.insert(name, value);
            }
            Ok((_, None)) => {}
            Err(refusal) => {
                self.refused.entry(index).or_insert(refusal);
            }
        }
    }

    /// The name and the value of an operator's result; without a value it is a weight.
    fn value(
        &mut self,
        index: usize,
        node: &'a NodeProto,
    ) -> Result<(&'a str, Option<Value>), Refusal> {
        let [output] = &node.output[..] else {
            return Err(UNKNOWN);
        };
        let output = output.as_str();
        if node.op_type == "Constant" {
            return Ok((output, None));
        }
        let input = node.input.first().ok_or(UNKNOWN)?.as_str();
        let value = match node.op_type.as_str() {
            "DequantizeLinear" if self.constants.add(node, output) => return Ok((output, None)),
            "DequantizeLinear" => Value::Real(self.dequantised(node, input)?),
            "QuantizeLinear" => Value::Quantised(self.quantise(index, node, input)?),
            "Identity" | "Dropout" => match self.values.get(input) {
                Some(&Value::Result(maker, bounds)) if self.uses[input] == 1 => {
                    Value::Result(maker, bounds)
                }
                Some(&Value::Real(tensor)) => Value::Real(tensor),
                _ => return Err(REAL_INPUT),
            },
            "Relu" | "Clip" => match self.values.get(input) {
                Some(&Value::Result(maker, bounds)) => {
                    Value::Result(maker, self.clamped(node, input, bounds)?)
                }
                _ => self.result(index, node)?,
            },
            _ => self.result(index, node)?,
        };
        Ok((output, Some(value)))
    }

    /// The tensor that a DequantizeLinear gives in real numbers.
    fn dequantised(&self, node: &NodeProto, input: &str) -> Result<usize, Refusal> {
        let Some(&Value::Quantised(tensor)) = self.values.get(input) else {
            return Err("what it reads is quantised in another way");
        };
        let Tensor { scale, zero, .. } = self.tensors[tensor].tensor;
        if (scale, zero) != self.activation(node)? {
            return Err("it has another scale or zero point than the QuantizeLinear before it");
        }
        Ok(tensor)
    }

    /// The bounds of an operator's result after a Relu or a Clip.
    fn clamped(
        &self,
        node: &NodeProto,
        input: &str,
        [low, high]: [f32; 2],
    ) -> Result<[f32; 2], Refusal> {
        let bounds = function::bounds(node, &self.constants);
        let [least, most] = bounds.ok_or("its bounds are not numbers in the file")?;
        if self.uses[input] != 1 {
            return Err(USED_TWICE);
        }
        Ok([low.max(least), high.min(most)])
    }

    /// The result of an operator whose form is looked at when it is quantised.
    fn result(&self, index: usize, node: &NodeProto) -> Result<Value, Refusal> {
        if !maker::is_known(node) {
            return Err(UNKNOWN);
        }
        let read = maker::activations(node);
        let all = read.iter().all(|name| self.real(name).is_some());
        if read.is_empty() || !all {
            return Err(REAL_INPUT);
        }
        Ok(Value::Result(index, UNBOUNDED))
    }

    /// The tensor whose real numbers `name` stands for.
    pub(super) fn real(&self, name: &str) -> Option<usize> {
        match self.values.get(name)? {
            &Value::Real(tensor) => Some(tensor),
            _ => None,
        }
    }

    /// The quantised form of the real numbers `input`.
    fn quantise(
        &mut self,
        index: usize,
        node: &NodeProto,
        input: &'a str,
    ) -> Result<usize, Refusal> {
        let parameters = self.activation(node)?;
        match self.values.get(input) {
            Some(&Value::Real(from)) => self.requantise(from, parameters),
            Some(&Value::Result(maker, bounds)) => {
                let made = if self.uses[input] == 1 {
                    self.make(maker, bounds, parameters)
                } else {
                    Err(USED_TWICE)
                };
                made.or_else(|refusal| {
                    self.refused.entry(maker).or_insert(refusal);
                    self.entry(index, input, parameters)
                })
            }
            _ => self.entry(index, input, parameters),
        }
    }

    /// A tensor in another scale and zero point.
    fn requantise(&mut self, from: usize, (scale, zero): (f32, u8)) -> Result<usize, Refusal> {
        let tensor = self.tensors[from].tensor;
        if (tensor.scale, tensor.zero) == (scale, zero) {
            return Ok(from);
        }
        let to = Tensor {
            scale,
            zero,
            ..tensor
        };
        let table = function::table(tensor, to, |real| real);
        self.push(to, vec![from], Work::Table(Box::new(table)))
    }

    /// The result of the operator `maker` in a scale and zero point, within bounds.
    fn make(
        &mut self,
        maker: usize,
        bounds: [f32; 2],
        parameters: (f32, u8),
    ) -> Result<usize, Refusal> {
        let node = &self.graph.node[maker];
        let inputs: Vec<usize> = (maker::activations(node).into_iter())
            .filter_map(|name| self.real(name))
            .collect();
        let tensors: Vec<Tensor> = (inputs.iter())
            .map(|&input| self.tensors[input].tensor)
            .collect();
        let Made {
            tensor,
            order,
            work,
        } = maker::make(node, &self.constants, &tensors, parameters)?;
        let inputs = order.into_iter().map(|index| inputs[index]).collect();
        let made = self.push(tensor, inputs, work)?;
        // A pool keeps the scale of what it pools.
        let made = self.requantise(made, parameters)?;
        let tensor = self.tensors[made].tensor;
        match function::clamp(tensor, bounds) {
            Some(table) => self.push(tensor, vec![made], Work::Table(Box::new(table))),
            None => Ok(made),
        }
    }

    /// A tensor that is quantised from real numbers that tract computes, or from the picture.
    fn entry(
        &mut self,
        index: usize,
        input: &'a str,
        (scale, zero): (f32, u8),
    ) -> Result<usize, Refusal> {
        let [channels, height, width] = if input == self.picture {
            [3, self.size, self.size]
        } else if self.last_convolution < Some(index) {
            return Err(BEHIND);
        } else {
            self.shape(input)?
        };
        let tensor = Tensor {
            height,
            width,
            channels,
            scale,
            zero,
        };
        let level = self.levels.get(input).copied().unwrap_or(0) + 1;
        self.add(tensor, Origin::Entry(input), level)
    }

    /// The channels, height and width of real numbers that tract computes.
    fn shape(&self, name: &str) -> Result<[usize; 3], Refusal> {
        let shapes = self.shapes.get_or_init(|| {
            // What cannot be read at all is reported when tract is to run it.
            model::shapes(self.proto, &[1, 3, self.size, self.size]).unwrap_or_default()
        });
        match shapes.get(name).map(Vec::as_slice) {
            Some(&[1, channels, height, width]) => Ok([channels, height, width]),
            _ => Err(SIZES),
        }
    }

    fn push(
        &mut self,
        tensor: Tensor,
        inputs: Vec<usize>,
        work: Work<'a>,
    ) -> Result<usize, Refusal> {
        let levels = inputs.iter().map(|&input| self.tensors[input].level);
        let level = levels.max().unwrap_or(0);
        for &input in &inputs {
            self.tensors[input].is_read = true;
        }
        let step = Step {
            inputs,
            output: self.tensors.len(),
            work,
        };
        self.add(tensor, Origin::Step(step), level)
    }

    fn add(&mut self, tensor: Tensor, origin: Origin<'a>, level: usize) -> Result<usize, Refusal> {
        let bytes = tensor.shape().into_iter().try_fold(1, usize::checked_mul);
        let fits = bytes.is_some_and(|bytes| (1..=MAX_BYTES).contains(&bytes));
        if !fits || tensor.height * tensor.width > MAX_PIXELS {
            return Err(SIZES);
        }
        self.tensors.push(Found {
            tensor,
            origin,
            level,
            name: None,
            is_read: false,
        });
        Ok(self.tensors.len() - 1)
    }

    /// Scale and zero point of an 8-bit activation.
    fn activation(&self, node: &NodeProto) -> Result<(f32, u8), Refusal> {
        let parameters = self.constants.parameters(node).ok_or(SIZES)?;
        let &[scale] = &parameters.scales[..] else {
            return Err("it has a scale for each channel");
        };
        let zero = parameters.zeros.first().copied().unwrap_or(0);
        let unsigned = match parameters.element {
            DataType::Uint8 => zero,
            DataType::Int8 => zero + 128,
            _ => return Err("it does not quantise to 8 bits"),
        };
        let zero = u8::try_from(unsigned).map_err(|_| SIZES)?;
        Ok((scale, zero))
    }
}
