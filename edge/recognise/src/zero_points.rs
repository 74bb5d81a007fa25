//! Writes out the zero points that a file leaves out, so that all that follows finds the type of a
//! quantised tensor in one place.
//!
//! From opset 21 on, a QuantizeLinear without a zero point may name that type in `output_dtype`; a
//! DequantizeLinear without one takes the type of its input. The zero point is 0 then.

use std::collections::BTreeMap;

use foldhash::HashMap;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use crate::error::Fault;
use crate::graph;
use crate::quantisation::expect;

/// Adds the zero points that are left out, but for those of u8: that is the type of a tensor of
/// which nothing is said. The weights must have been checked.
///
/// # Errors
/// If a tensor is quantised to other than 8 bits or in another precision than f32, or its type is
/// said twice and differently: the fault names the tensor.
pub(crate) fn write_out(graph: &mut GraphProto) -> Result<(), Fault> {
    let weights = graph::weights(graph);
    let mut quantised = HashMap::default();
    let mut wanted = Vec::new();
    // Operators with the same scale share the zero point.
    let mut zeros = BTreeMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        let element = match node.op_type.as_str() {
            "QuantizeLinear" => {
                let element = quantised_to(node, &weights)?;
                quantised.insert(output(node), element);
                element
            }
            "DequantizeLinear" => dequantised_from(node, &weights, &quantised)?,
            _ => continue,
        };
        let left_out = zero_point(node).is_none() && element != Some(DataType::Uint8 as i32);
        let scale = node.input.get(1).and_then(|it| weights.get(it.as_str()));
        if let (true, Some(element), Some(scale)) = (left_out, element, scale) {
            let zero = zero_like(scale, element);
            wanted.push((index, zero.name.clone()));
            zeros.insert(zero.name.clone(), zero);
        }
    }
    for (index, zero) in wanted {
        let input = &mut graph.node[index].input;
        input.truncate(2);
        input.push(zero);
    }
    graph.initializer.extend(zeros.into_values());
    Ok(())
}

/// The element type that a QuantizeLinear gives; `None` if its zero point is no weight, which is
/// refused later.
fn quantised_to(
    node: &NodeProto,
    weights: &HashMap<&str, &TensorProto>,
) -> Result<Option<i32>, Fault> {
    let tensor = output(node);
    check_f32(node, "precision")?;
    let named = attribute(node, "output_dtype");
    let zero = match zero_point(node).map(|zero| weights.get(zero)) {
        Some(None) => return Ok(None),
        Some(Some(zero)) => Some(zero.data_type),
        None => None,
    };
    if let (Some(named), Some(zero)) = (named, zero) {
        expect(tensor, named == zero, || {
            let [named, zero] = [named, zero].map(name_of);
            format!("quantised to {named}, but its zero point is {zero}")
        })?;
    }
    let element = zero.or(named).unwrap_or(DataType::Uint8 as i32);
    let supported = [DataType::Uint8, DataType::Int8].map(|it| it as i32);
    expect(tensor, supported.contains(&element), || {
        let element = name_of(element);
        format!("quantised to {element}; only UINT8 and INT8 are supported")
    })?;
    Ok(Some(element))
}

/// The element type that a DequantizeLinear reads; `None` if nothing makes its input, which is
/// refused later.
fn dequantised_from(
    node: &NodeProto,
    weights: &HashMap<&str, &TensorProto>,
    quantised: &HashMap<&str, Option<i32>>,
) -> Result<Option<i32>, Fault> {
    check_f32(node, "output_dtype")?;
    let input = node.input.first().map_or("", String::as_str);
    let Some(weight) = weights.get(input) else {
        return Ok(quantised.get(input).copied().flatten());
    };
    let supported = [DataType::Uint8, DataType::Int8, DataType::Int32].map(|it| it as i32);
    expect(input, supported.contains(&weight.data_type), || {
        let element = name_of(weight.data_type);
        format!("is {element}; only UINT8, INT8 and, for biases, INT32 are dequantised")
    })?;
    Ok(Some(weight.data_type))
}

/// An attribute that names an element type must name f32, or none.
fn check_f32(node: &NodeProto, name: &str) -> Result<(), Fault> {
    let named = attribute(node, name).unwrap_or(DataType::Float as i32);
    expect(output(node), named == DataType::Float as i32, || {
        format!("its {name} is {}; only FLOAT is supported", name_of(named))
    })
}

/// The element type that an attribute names; `None` if it is absent or undefined.
fn attribute(node: &NodeProto, name: &str) -> Option<i32> {
    let found = node.attribute.iter().find(|it| it.name == name)?;
    // No type has a number that does not fit.
    let element = i32::try_from(found.i).unwrap_or(i32::MAX);
    (element != DataType::Undefined as i32).then_some(element)
}

/// What ONNX calls an element type.
fn name_of(element: i32) -> String {
    DataType::try_from(element).map_or_else(
        |_| format!("type {element}"),
        |known| known.as_str_name().to_owned(),
    )
}

fn zero_point(node: &NodeProto) -> Option<&str> {
    let name = node.input.get(2)?;
    (!name.is_empty()).then_some(name.as_str())
}

fn output(node: &NodeProto) -> &str {
    node.output.first().map_or("", String::as_str)
}

/// A zero for each scale, of 8 or 32 bits.
fn zero_like(scale: &TensorProto, element: i32) -> TensorProto {
    let width = if element == DataType::Int32 as i32 {
        4
    } else {
        1
    };
    // If one side is 0, the others may be anything.
    let scales = scale.dims.iter().copied().fold(1, i64::saturating_mul);
    TensorProto {
        name: format!("{}_{}_zero", scale.name, name_of(element)),
        dims: scale.dims.clone(),
        data_type: element,
        raw_data: vec![0; scales as usize * width],
        ..TensorProto::default()
    }
}
