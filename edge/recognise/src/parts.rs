//! Splits a checked network into its two parts: the one that names breeds, and the one that finds
//! animals. They share nothing but weights, so each runs without the other.

use std::collections::HashSet;

use tract_onnx::pb::{GraphProto, ValueInfoProto};

use crate::error::Fault;
use crate::graph::{ANIMALS, FRAME, IMAGE};

/// The part that names breeds, and the part that finds animals if there is one: from the input
/// `frame` to the output `animals`. The wiring must have been checked.
///
/// # Errors
/// If an output depends on the input of the other part, or both parts need an operator's result.
pub(crate) fn split(graph: GraphProto) -> Result<(GraphProto, Option<GraphProto>), Fault> {
    if !graph.output.iter().any(finds_animals) {
        return Ok((graph, None));
    }
    for output in &graph.output {
        let other = if finds_animals(output) { IMAGE } else { FRAME };
        if behind(&graph, &[output]).contains(other) {
            return Err(Fault::OtherInput {
                output: output.name.clone(),
                input: other,
            });
        }
    }
    let outputs = graph.output.iter();
    let (animals, breeds): (Vec<_>, Vec<_>) = outputs.partition(|output| finds_animals(output));
    let [in_animals, in_breeds] = [&animals, &breeds].map(|outputs| behind(&graph, outputs));
    let mut results = graph.node.iter().flat_map(|node| &node.output);
    let is_shared = |name: &&String| {
        [&in_animals, &in_breeds]
            .iter()
            .all(|it| it.contains(name.as_str()))
    };
    if let Some(tensor) = results.find(is_shared) {
        let tensor = tensor.clone();
        return Err(Fault::Shared { tensor });
    }
    Ok((
        part(&graph, &breeds, IMAGE, &in_breeds),
        Some(part(&graph, &animals, FRAME, &in_animals)),
    ))
}

fn finds_animals(output: &ValueInfoProto) -> bool {
    output.name == ANIMALS
}

/// The names of the tensors that `outputs` are computed from, and their own.
fn behind<'a>(graph: &'a GraphProto, outputs: &[&'a ValueInfoProto]) -> HashSet<&'a str> {
    let mut behind: HashSet<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
    // Operators come after those whose results they read.
    for node in graph.node.iter().rev() {
        if node.output.iter().any(|it| behind.contains(it.as_str())) {
            // An optional input that is left out has an empty name.
            let inputs = node.input.iter().filter(|name| !name.is_empty());
            behind.extend(inputs.map(String::as_str));
        }
    }
    behind
}

/// The part of the graph that computes `outputs`, with all its `tensors`, from `input`.
fn part(
    graph: &GraphProto,
    outputs: &[&ValueInfoProto],
    input: &str,
    tensors: &HashSet<&str>,
) -> GraphProto {
    let nodes = graph.node.iter().filter(|node| {
        let mut outputs = node.output.iter();
        outputs.any(|output| tensors.contains(output.as_str()))
    });
    let weights = graph.initializer.iter();
    let weights = weights.filter(|weight| tensors.contains(weight.name.as_str()));
    let inputs = graph.input.iter().filter(|it| it.name == input);
    GraphProto {
        name: graph.name.clone(),
        node: nodes.cloned().collect(),
        initializer: weights.cloned().collect(),
        input: inputs.cloned().collect(),
        output: outputs.iter().map(|&output| output.clone()).collect(),
        ..GraphProto::default()
    }
}
