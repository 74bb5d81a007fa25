//! Cuts a graph where an operator has no int8 form: into the parts that run in int8, and the rest,
//! which tract runs around and between them.
//!
//! Only what the outputs need is taken in. All tensors of one level (see [`Found`]) are a part: what it
//! reads of the rest depends on parts of lower levels alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use foldhash::{HashMap, HashSet};
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, ValueInfoProto};

use super::pattern::{Finder, Found, Origin, Value};
use super::products;
use super::program::{End, Program, Step, Tensor};
use super::refusal::{BEHIND, REAL_RESULT, Refusal};
use crate::graph;
use crate::names::printable;

/// A network whose parts in int8 are cut out.
pub(super) struct Cut<'a> {
    /// In an order in which they can run. None if nothing runs in int8.
    pub(super) segments: Vec<Segment<'a>>,
    /// What is left: a network whose inputs are what it reads of segments, and the picture if it
    /// reads that.
    pub(super) rest: ModelProto,
    /// The names of what segments read of it.
    pub(super) rest_gives: Vec<String>,
    /// The first operator that runs in f32, why it does, and how many more there are: see
    /// [`Coverage::left_out`](super::Coverage::left_out).
    pub(super) left_out: Option<String>,
}

/// A part of a network in int8.
pub(super) struct Segment<'a> {
    pub(super) program: Program<'a>,
    /// What the graph calls its entries.
    pub(super) reads: Vec<String>,
    /// What the graph calls its exits.
    pub(super) gives: Vec<String>,
}

/// Cuts what was found out of its graph.
pub(super) fn cut(finder: Finder<'_>) -> Cut<'_> {
    let mut cutter = Cutter::new(&finder);
    for output in &finder.graph.output {
        cutter.wanted.push(Wanted::Real(&output.name));
    }
    cutter.run();
    let Cutter {
        nodes, live, exits, ..
    } = cutter;
    let left_out = left_out(&finder, &nodes);
    let rest_gives = rest_gives(&finder, &nodes, &live);
    let rest = rest(&finder, nodes, &exits);
    Cut {
        rest,
        rest_gives,
        left_out,
        segments: segments(finder.tensors, &live, &exits),
    }
}

/// Something that is needed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Wanted<'a> {
    /// Real numbers of this name.
    Real(&'a str),
    /// A tensor in int8.
    Tensor(usize),
}

/// What a segment gives in real numbers.
struct Exit {
    tensor: usize,
    end: End,
    /// Whether the rest reads it; otherwise only other segments do.
    is_read_by_rest: bool,
}

struct Cutter<'a, 'f> {
    finder: &'f Finder<'a>,
    /// The operator that makes each tensor.
    makers: HashMap<&'a str, usize>,
    wanted: Vec<Wanted<'a>>,
    seen: HashSet<Wanted<'a>>,
    /// The operators of the rest.
    nodes: BTreeMap<usize, NodeProto>,
    /// The tensors in int8 that are needed.
    live: BTreeSet<usize>,
    /// By their names.
    exits: BTreeMap<&'a str, Exit>,
}

impl<'a, 'f> Cutter<'a, 'f> {
    fn new(finder: &'f Finder<'a>) -> Self {
        let nodes = finder.graph.node.iter().enumerate();
        let makers = nodes.flat_map(|(index, node)| {
            let outputs = node.output.iter();
            outputs.map(move |output| (output.as_str(), index))
        });
        Self {
            finder,
            makers: makers.collect(),
            wanted: Vec::new(),
            seen: HashSet::default(),
            nodes: BTreeMap::new(),
            live: BTreeSet::new(),
            exits: BTreeMap::new(),
        }
    }

    /// Takes in all that is wanted, and what that needs.
    fn run(&mut self) {
        while let Some(wanted) = self.wanted.pop() {
            if !self.seen.insert(wanted) {
                continue;
            }
            match wanted {
                Wanted::Real(name) => self.real(name),
                Wanted::Tensor(tensor) => self.tensor(tensor),
            }
        }
    }

    /// Takes in what makes the real numbers `name`: a segment, or operators of the rest.
    fn real(&mut self, name: &'a str) {
        if let Some((tensor, end)) = self.exit(name) {
            self.give(name, tensor, end, true);
            return;
        }
        // The picture and weights have no maker.
        let Some(&index) = self.makers.get(name) else {
            return;
        };
        let node = &self.finder.graph.node[index];
        // Behind all that runs in int8, products keep their weights in 8 bits.
        let product = (index > self.finder.last_quantised)
            .then(|| products::of(node, &self.finder.constants))
            .flatten();
        let is_product = product.is_some();
        let inputs = node.input.iter().map(String::as_str);
        let inputs = inputs.take(if is_product { 1 } else { usize::MAX });
        // An optional input that is left out has an empty name.
        let inputs = inputs.filter(|name| !name.is_empty());
        self.wanted.extend(inputs.map(Wanted::Real));
        let node = product.unwrap_or_else(|| node.clone());
        self.nodes.insert(index, node);
    }

    /// The tensor of which a segment gives `name`, and what of it.
    fn exit(&self, name: &str) -> Option<(usize, End)> {
        let found = |tensor: usize| &self.finder.tensors[tensor];
        match self.finder.values.get(name)? {
            &Value::Real(tensor) => {
                // Quantising numbers to give them back is left to tract.
                let found = found(tensor);
                let gains = found.is_read || matches!(found.origin, Origin::Step(_));
                gains.then_some((tensor, End::Map))
            }
            &Value::Result(maker, _) => {
                let node = &self.finder.graph.node[maker];
                let end = match node.op_type.as_str() {
                    "GlobalAveragePool" => End::Means,
                    "GlobalMaxPool" => End::Maxima,
                    _ => return None,
                };
                // Behind a clamp it is another tensor.
                let is_itself = node.output.iter().any(|output| output == name);
                let tensor = self.finder.real(node.input.first()?)?;
                is_itself.then_some((tensor, end))
            }
            Value::Quantised(_) => None,
        }
    }

    fn give(&mut self, name: &'a str, tensor: usize, end: End, is_read_by_rest: bool) {
        self.wanted.push(Wanted::Tensor(tensor));
        let exit = self.exits.entry(name).or_insert(Exit {
            tensor,
            end,
            is_read_by_rest,
        });
        exit.is_read_by_rest |= is_read_by_rest;
    }

    /// Takes in what makes a tensor in int8.
    fn tensor(&mut self, tensor: usize) {
        self.live.insert(tensor);
        let finder = self.finder;
        let found = &finder.tensors[tensor];
        match &found.origin {
            Origin::Entry(name) => self.wanted.push(Wanted::Real(name)),
            Origin::Step(step) => {
                for &input in &step.inputs {
                    self.wanted.push(Wanted::Tensor(input));
                    let of = &finder.tensors[input];
                    // Segments hand each other real numbers: the same bytes come of them again.
                    if let (Some(name), true) = (of.name, of.level < found.level) {
                        self.give(name, input, End::Map, false);
                    }
                }
            }
        }
    }
}

/// What tract runs: the operators `nodes`.
fn rest(
    finder: &Finder<'_>,
    nodes: BTreeMap<usize, NodeProto>,
    exits: &BTreeMap<&str, Exit>,
) -> ModelProto {
    let graph = finder.graph;
    let node: Vec<NodeProto> = nodes.into_values().collect();
    let outputs = graph.output.iter().map(|output| &output.name);
    let inputs = node.iter().flat_map(|node| &node.input);
    let read: HashSet<&str> = inputs.chain(outputs).map(String::as_str).collect();
    let given = exits.iter().filter(|(_, exit)| exit.is_read_by_rest);
    let given = given.map(|(&name, _)| name);
    let picture = read.contains(finder.picture).then_some(finder.picture);
    let weights = graph.initializer.iter();
    let weights = weights.filter(|weight| read.contains(weight.name.as_str()));
    let initializer = weights.cloned().collect();
    let input = given.chain(picture).map(port).collect();
    ModelProto {
        opset_import: finder.proto.opset_import.clone(),
        graph: Some(GraphProto {
            initializer,
            input,
            output: graph.output.clone(),
            node,
            ..GraphProto::default()
        }),
        ..ModelProto::default()
    }
}

/// The real numbers that segments read of the operators `nodes`.
fn rest_gives(
    finder: &Finder<'_>,
    nodes: &BTreeMap<usize, NodeProto>,
    live: &BTreeSet<usize>,
) -> Vec<String> {
    let made = nodes.values().flat_map(|node| &node.output);
    let made: HashSet<&str> = made.map(String::as_str).collect();
    let read = live
        .iter()
        .filter_map(|&tensor| match finder.tensors[tensor].origin {
            Origin::Entry(name) if made.contains(name) => Some(name),
            _ => None,
        });
    let read: BTreeSet<&str> = read.collect();
    read.into_iter().map(str::to_owned).collect()
}

/// The first operator that runs in f32, and why; also how many more there are. `nodes` is the rest.
fn left_out(finder: &Finder<'_>, nodes: &BTreeMap<usize, NodeProto>) -> Option<String> {
    let mut reasons = nodes.keys().filter_map(|&index| {
        let node = &finder.graph.node[index];
        let refusal = if finder.last_convolution >= Some(index) {
            refusal(finder, index, node)?
        } else {
            // Of what comes then, only products are work.
            matches!(&*node.op_type, "Gemm" | "MatMul").then_some(BEHIND)?
        };
        Some((node, refusal))
    });
    let (node, refusal) = reasons.next()?;
    let label = printable(Path::new(&graph::label(node)));
    Some(match reasons.count() {
        0 => format!("{label}: {refusal}"),
        more => format!("{label}: {refusal}, and {more} more"),
    })
}

/// Why an operator of the rest does not run in int8; `None` if nothing is wrong with it itself.
fn refusal(finder: &Finder<'_>, index: usize, node: &NodeProto) -> Option<Refusal> {
    let refused = finder.refused.get(&index).copied();
    let output = node.output.first()?;
    let value = finder.values.get(output.as_str());
    let is_result = matches!(value, Some(&Value::Result(maker, _)) if maker == index);
    let is_quantised = || {
        let mut readers = finder.graph.node.iter();
        readers.any(|reader| {
            let leads_there = matches!(&*reader.op_type, "QuantizeLinear" | "Relu" | "Clip");
            leads_there && reader.input.first() == Some(output)
        })
    };
    refused.or_else(|| (is_result && !is_quantised()).then_some(REAL_RESULT))
}

fn port(name: &str) -> ValueInfoProto {
    ValueInfoProto {
        name: name.to_owned(),
        ..ValueInfoProto::default()
    }
}

/// The segments of the live tensors, those of the lowest level first.
fn segments<'a>(
    tensors: Vec<Found<'a>>,
    live: &BTreeSet<usize>,
    exits: &BTreeMap<&str, Exit>,
) -> Vec<Segment<'a>> {
    let mut builders: BTreeMap<usize, Builder<'a>> = BTreeMap::new();
    let levels: Vec<usize> = tensors.iter().map(|found| found.level).collect();
    for &index in live {
        let builder = builders.entry(levels[index]).or_default();
        match &tensors[index].origin {
            Origin::Entry(name) => builder.entry(index, tensors[index].tensor, name),
            Origin::Step(step) => {
                // What another segment makes is an entry here.
                for &input in step.inputs.iter().filter(|&&it| levels[it] < levels[index]) {
                    let found = &tensors[input];
                    builder.entry(input, found.tensor, found.name.unwrap_or_default());
                }
            }
        }
    }
    for (index, found) in tensors.into_iter().enumerate() {
        if let Origin::Step(step) = found.origin
            && live.contains(&index)
            && let Some(builder) = builders.get_mut(&found.level)
        {
            builder.step(index, found.tensor, step);
        }
    }
    for (name, exit) in exits {
        if let Some(builder) = builders.get_mut(&levels[exit.tensor]) {
            builder.exit(name, exit);
        }
    }
    builders.into_values().map(Builder::finish).collect()
}

/// A segment in the making: first its entries, then its steps, then its exits.
#[derive(Default)]
struct Builder<'a> {
    /// The number of each tensor in the program, by its number among all.
    numbers: HashMap<usize, usize>,
    tensors: Vec<Tensor>,
    steps: Vec<Step<'a>>,
    exits: Vec<(usize, End)>,
    reads: Vec<String>,
    gives: Vec<String>,
}

impl<'a> Builder<'a> {
    fn entry(&mut self, index: usize, tensor: Tensor, name: &str) {
        if !self.numbers.contains_key(&index) {
            self.number(index, tensor);
            self.reads.push(name.to_owned());
        }
    }

    fn step(&mut self, index: usize, tensor: Tensor, step: Step<'a>) {
        let inputs = step.inputs.iter().map(|input| self.numbers[input]);
        let inputs = inputs.collect();
        let output = self.number(index, tensor);
        self.steps.push(Step {
            inputs,
            output,
            work: step.work,
        });
    }

    fn exit(&mut self, name: &str, exit: &Exit) {
        self.exits.push((self.numbers[&exit.tensor], exit.end));
        self.gives.push(name.to_owned());
    }

    /// Gives a tensor the next number.
    fn number(&mut self, index: usize, tensor: Tensor) -> usize {
        let number = self.tensors.len();
        self.numbers.insert(index, number);
        self.tensors.push(tensor);
        number
    }

    fn finish(self) -> Segment<'a> {
        Segment {
            program: Program {
                entries: self.reads.len(),
                tensors: self.tensors,
                steps: self.steps,
                exits: self.exits,
            },
            reads: self.reads,
            gives: self.gives,
        }
    }
}
