//! Splits a checked network into its two parts: the one that names breeds, and the one that finds
//! animals. They share nothing but weights, so each runs without the other.

use foldhash::HashMap;
use tract_onnx::pb::{GraphProto, ValueInfoProto};

use crate::error::Fault;
use crate::graph::{ANIMALS, FRAME, IMAGE};

/// Which of a graph's outputs, of at most four, need a tensor: bit 0 is the first one.
type Outputs = u8;

/// The part that names breeds, and the part that finds animals if there is one: from the input
/// `frame` to the output `animals`. The wiring and the outputs must have been checked.
///
/// # Errors
/// If an output depends on the input of the other part, or both parts need an operator's result.
pub(crate) fn split(mut graph: GraphProto) -> Result<(GraphProto, Option<GraphProto>), Fault> {
    let Some(animals) = graph.output.iter().position(finds_animals) else {
        return Ok((graph, None));
    };
    let animals: Outputs = 1 << animals;
    let needed = needed(&graph);
    let of = |name: &str| needed.get(name).copied().unwrap_or(0);
    for (index, output) in graph.output.iter().enumerate() {
        let other = if finds_animals(output) { IMAGE } else { FRAME };
        if of(other) & 1 << index != 0 {
            return Err(Fault::OtherInput {
                output: output.name.clone(),
                input: other,
            });
        }
    }
    let mut results = graph.node.iter().flat_map(|node| &node.output);
    let is_shared = |name: &&String| of(name) & animals != 0 && of(name) & !animals != 0;
    if let Some(tensor) = results.find(is_shared) {
        let tensor = tensor.clone();
        return Err(Fault::Shared { tensor });
    }
    let of_nodes: Vec<Outputs> = (graph.node.iter())
        .map(|node| node.output.iter().fold(0, |all, name| all | of(name)))
        .collect();
    let of_weights: Vec<Outputs> = (graph.initializer.iter())
        .map(|weight| of(&weight.name))
        .collect();

    // The weights are most of a bundle: none is copied unless both parts need it.
    let nodes = std::mem::take(&mut graph.node).into_iter().zip(of_nodes);
    let weights = std::mem::take(&mut graph.initializer);
    let weights = weights.into_iter().zip(of_weights);
    let (mut finding, mut naming) = (part(&graph, FRAME), part(&graph, IMAGE));
    for (node, outputs) in nodes.filter(|(_, outputs)| *outputs != 0) {
        let part = if outputs & animals != 0 {
            &mut finding
        } else {
            &mut naming
        };
        part.node.push(node);
    }
    for (weight, outputs) in weights {
        match (outputs & animals != 0, outputs & !animals != 0) {
            (true, true) => {
                finding.initializer.push(weight.clone());
                naming.initializer.push(weight);
            }
            (true, false) => finding.initializer.push(weight),
            (false, true) => naming.initializer.push(weight),
            (false, false) => {}
        }
    }
    (finding.output, naming.output) = graph.output.into_iter().partition(finds_animals);
    Ok((naming, Some(finding)))
}

fn finds_animals(output: &ValueInfoProto) -> bool {
    output.name == ANIMALS
}

/// The outputs that each tensor is needed for, by its name.
fn needed(graph: &GraphProto) -> HashMap<&str, Outputs> {
    let outputs = graph.output.iter().enumerate();
    let mut needed: HashMap<&str, Outputs> = outputs
        .map(|(index, output)| (output.name.as_str(), 1 << index))
        .collect();
    // Operators come after those whose results they read.
    for node in graph.node.iter().rev() {
        let results = node.output.iter().filter_map(|it| needed.get(it.as_str()));
        let outputs = results.fold(0, |all, outputs| all | outputs);
        // An optional input that is left out has an empty name.
        for name in node.input.iter().filter(|name| !name.is_empty()) {
            *needed.entry(name).or_insert(0) |= outputs;
        }
    }
    needed
}

/// The part of the graph that reads `input`, still empty.
fn part(graph: &GraphProto, input: &str) -> GraphProto {
    let inputs = graph.input.iter().filter(|it| it.name == input);
    GraphProto {
        name: graph.name.clone(),
        input: inputs.cloned().collect(),
        ..GraphProto::default()
    }
}
