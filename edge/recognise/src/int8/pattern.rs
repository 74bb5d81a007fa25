//! Finds the part of a graph that can run in int8: everything from the picture to the pooling, or to
//! the first convolution whose result is not quantised.
//!
//! The form is QDQ, which `trainer quantise`, ONNX Runtime's quantiser and others write: each
//! operator on real numbers stands between DequantizeLinear and QuantizeLinear. What is found gives
//! the same bytes as those operators would, but for ties of rounding. A network that is not exactly
//! of this form is left to tract as a whole.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto};

use super::constants::Constants;
use super::convolution;
use super::product;
use super::program::{End, MAX_BYTES, Program, Step, Tensor};
use crate::graph;
use crate::quantisation::is_convertible;

/// The int8 part of `proto` for pictures of `size` pixels a side, and the rest: a network whose
/// only input is f32, what [`End`] says of the last map. `None` if there is no such part.
pub(super) fn find(proto: &ModelProto, size: usize) -> Option<(Program, ModelProto)> {
    let graph = proto.graph.as_ref()?;
    let mut finder = Finder::new(graph)?;
    let quantised = quantised_next(graph);
    let mut nodes = graph.node.iter();
    let (map, rest) = loop {
        let here = nodes.as_slice();
        let node = nodes.next()?;
        match node.op_type.as_str() {
            "GlobalAveragePool" | "GlobalMaxPool" => {
                let map = node.input.first()?;
                break (map, Rest::behind_pooling(map, here)?);
            }
            "Conv" if !quantised.contains(node.output.first()?.as_str()) => {
                // Without a step in int8, nothing would be gained.
                (!finder.steps.is_empty()).then_some(())?;
                let map = node.input.first()?;
                break (map, Rest::behind(map, here));
            }
            _ => finder.step(node, size)?,
        }
    };
    let last = finder.real(map)?;
    let head = finder.head(graph, &rest)?;
    let program = Program {
        tensors: finder.tensors,
        steps: finder.steps,
        last,
        end: rest.end,
    };
    let head = ModelProto {
        opset_import: proto.opset_import.clone(),
        graph: Some(head),
        ..ModelProto::default()
    };
    Some((program, head))
}

/// The tensors that are quantised next, directly or behind a clamp.
fn quantised_next(graph: &GraphProto) -> HashSet<&str> {
    let mut quantised: HashSet<&str> = HashSet::new();
    // Operators come after those whose results they read.
    for node in graph.node.iter().rev() {
        let leads_there = match node.op_type.as_str() {
            "QuantizeLinear" => true,
            "Relu" | "Clip" => node.output.iter().any(|it| quantised.contains(it.as_str())),
            _ => false,
        };
        if leads_there {
            quantised.extend(node.input.first().map(String::as_str));
        }
    }
    quantised
}

/// What comes behind the int8 part.
struct Rest {
    /// What it reads of the last map.
    end: End,
    /// The name of that.
    input: String,
    nodes: Vec<NodeProto>,
}

impl Rest {
    /// All of `nodes`, which read the map itself.
    fn behind(map: &str, nodes: &[NodeProto]) -> Self {
        Self {
            end: End::Map,
            input: map.to_owned(),
            nodes: nodes.to_vec(),
        }
    }

    /// What of `nodes` comes behind the pooling of the map: to means, or to means and maxima.
    /// `None` if it is pooled in another way.
    fn behind_pooling(map: &str, nodes: &[NodeProto]) -> Option<Self> {
        let (mut pools, others): (Vec<&NodeProto>, Vec<&NodeProto>) =
            nodes.iter().partition(|node| {
                let kind = node.op_type.as_str();
                matches!(kind, "GlobalAveragePool" | "GlobalMaxPool") && node.input == [map]
            });
        let have_one_result = pools.iter().all(|node| node.output.len() == 1);
        have_one_result.then_some(())?;
        pools.sort_by(|a, b| a.op_type.cmp(&b.op_type));
        let kinds: Vec<&str> = pools.iter().map(|node| node.op_type.as_str()).collect();
        let results: Vec<String> = pools.iter().flat_map(|node| node.output.clone()).collect();
        let others = others.into_iter().cloned();
        match kinds[..] {
            ["GlobalAveragePool"] => Some(Self {
                end: End::Means,
                input: results.into_iter().next()?,
                nodes: others.collect(),
            }),
            ["GlobalAveragePool", "GlobalMaxPool"] => Some(Self {
                end: End::MeansAndMaxima,
                input: POOLED.to_owned(),
                nodes: [halves(results)].into_iter().chain(others).collect(),
            }),
            _ => None,
        }
    }
}

/// What the rest calls the means and maxima. Should the graph have a tensor of this name, it is left
/// to tract.
const POOLED: &str = "means and maxima";

/// The operator that divides the means and maxima into tensors of these names.
fn halves(names: Vec<String>) -> NodeProto {
    let axis = AttributeProto {
        name: "axis".to_owned(),
        r#type: AttributeType::Int as i32,
        i: 1,
        ..AttributeProto::default()
    };
    NodeProto {
        op_type: "Split".to_owned(),
        input: vec![POOLED.to_owned()],
        output: names,
        attribute: vec![axis],
        ..NodeProto::default()
    }
}

/// What a name of the graph stands for.
#[derive(Clone, Copy)]
enum Value<'a> {
    /// A quantised tensor.
    Quantised(usize),
    /// The same in real numbers.
    Real(usize),
    /// An operator's result in real numbers, to be quantised next, and the bounds that it is
    /// clamped to.
    Result(Operator<'a>, [f32; 2]),
}

#[derive(Clone, Copy)]
enum Operator<'a> {
    Convolution(&'a NodeProto),
    Add([usize; 2]),
}

const UNBOUNDED: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

struct Finder<'a> {
    /// The graph's only input.
    picture: &'a ValueInfoProto,
    constants: Constants<'a>,
    /// How many operators and outputs read a tensor.
    uses: HashMap<&'a str, usize>,
    values: HashMap<&'a str, Value<'a>>,
    tensors: Vec<Tensor>,
    steps: Vec<Step>,
}

impl<'a> Finder<'a> {
    /// `None` if the graph has another number of inputs than one.
    fn new(graph: &'a GraphProto) -> Option<Self> {
        let &[picture] = &graph::inputs(graph)[..] else {
            return None;
        };
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
        Some(Self {
            picture,
            constants: Constants::of(graph),
            uses,
            values: HashMap::new(),
            tensors: Vec::new(),
            steps: Vec::new(),
        })
    }

    /// Takes in one operator; `None` if it is of another form.
    fn step(&mut self, node: &'a NodeProto, size: usize) -> Option<()> {
        let [output] = &node.output[..] else {
            return None;
        };
        let input = node.input.first()?.as_str();
        let value = match node.op_type.as_str() {
            "DequantizeLinear" if self.constants.add(node, output) => return Some(()),
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
                Value::Result(Operator::Convolution(node), UNBOUNDED)
            }
            "Add" => {
                let terms = [self.real(input)?, self.real(node.input.get(1)?)?];
                Value::Result(Operator::Add(terms), UNBOUNDED)
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

    /// The quantised form of an operator's result, or of the picture.
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
        if input == self.picture.name && index == 0 {
            self.tensors.push(tensor(size, size, 3));
            return Some(index);
        }
        let &Value::Result(operator, clamp) = self.values.get(input)? else {
            return None;
        };
        // Bytes are clamped to 0 and 255: narrower bounds would give another result.
        let step = |bound: f32| (bound / scale).round_ties_even() + f32::from(zero);
        let saturates = step(clamp[0]) <= 0.0 && step(clamp[1]) >= 255.0;
        (saturates && self.uses[input] == 1).then_some(())?;
        match operator {
            Operator::Add(terms) => {
                let [a, b] = terms.map(|term| self.tensors[term]);
                let shape = |it: Tensor| (it.height, it.width, it.channels);
                (shape(a) == shape(b)).then_some(())?;
                (is_convertible(a.scale, scale) && is_convertible(b.scale, scale)).then_some(())?;
                self.steps.push(Step::Add { terms, sum: index });
                self.tensors.push(tensor(a.height, a.width, a.channels));
            }
            Operator::Convolution(node) => {
                let input = self.real(node.input.first()?)?;
                let from = (input, self.tensors[input]);
                let (convolution, [height, width]) =
                    convolution::find(node, &self.constants, from, (index, scale))?;
                self.tensors
                    .push(tensor(height, width, convolution.scales.len()));
                self.steps.push(Step::Convolution(convolution));
            }
        }
        let made = self.tensors[index];
        (made.height * made.width * made.channels <= MAX_BYTES).then_some(index)
    }

    /// Scale and zero point of an 8-bit activation.
    fn activation(&self, node: &NodeProto) -> Option<(f32, u8)> {
        let parameters = self.constants.parameters(node)?;
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

    /// The bounds of a Relu or a Clip.
    fn clamp(&self, node: &NodeProto) -> Option<[f32; 2]> {
        if node.op_type == "Relu" {
            return Some([0.0, f32::INFINITY]);
        }
        let bound = |index: usize, default| match node.input.get(index) {
            Some(name) if !name.is_empty() => self.constants.floats(name)?.first().copied(),
            _ => Some(default),
        };
        Some([bound(1, UNBOUNDED[0])?, bound(2, UNBOUNDED[1])?])
    }

    /// The rest as a graph of its own.
    fn head(&self, graph: &GraphProto, rest: &Rest) -> Option<GraphProto> {
        let rest_nodes: Vec<NodeProto> = (rest.nodes.iter())
            .map(|node| product::of(node, &self.constants).unwrap_or_else(|| node.clone()))
            .collect();
        let wanted = |name: &str| {
            let mut nodes = rest_nodes.iter();
            nodes.any(|node| node.input.iter().any(|it| it == name))
        };
        let constants = graph.node.iter().filter(|node| {
            let mut outputs = node.output.iter();
            outputs.any(|output| self.constants.is_dequantised(output) && wanted(output))
        });
        let node: Vec<NodeProto> = constants.chain(&rest_nodes).cloned().collect();
        let inputs = || node.iter().flat_map(|node| &node.input);
        let initializer = graph.initializer.iter();
        let initializer = initializer.filter(|it| inputs().any(|name| *name == it.name));
        let mut read = self.picture.clone();
        rest.input.clone_into(&mut read.name);
        let head = GraphProto {
            initializer: initializer.cloned().collect(),
            node,
            input: vec![read],
            output: graph.output.clone(),
            ..GraphProto::default()
        };
        // The rest must not read anything of the int8 part but its end.
        graph::check_wiring(&head).ok()?;
        Some(head)
    }
}
