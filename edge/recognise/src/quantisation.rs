//! Scales and zero points of QuantizeLinear and DequantizeLinear operators, and their checks.

use std::borrow::Cow;

use foldhash::{HashMap, HashSet};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use crate::error::Fault;
use crate::graph;

/// An integer `q` represents the real number `scale * (q - zero)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameters {
    /// One for the whole tensor, or one for each index of its `axis`; all finite and above 0.
    pub(crate) scales: Vec<f32>,
    /// As many, or none if all are 0; each within the range of `element`.
    pub(crate) zeros: Vec<i32>,
    /// The integers' type.
    pub(crate) element: DataType,
    /// The axis along which the scales differ; negative ones count from the last axis.
    pub(crate) axis: i64,
}

/// Every operator that quantises must have sound parameters and a partner that dequantises. Zero points
/// must have been [written out](crate::zero_points).
pub(crate) fn check(graph: &GraphProto) -> Result<(), Fault> {
    let weights = graph::weights(graph);
    let of_kind = |kind: &'static str| graph.node.iter().filter(move |node| node.op_type == kind);
    let input = |node: &NodeProto| node.input.first().cloned().unwrap_or_default();

    let mut quantised = HashMap::default();
    for node in of_kind("QuantizeLinear") {
        let element = Parameters::of(node, &weights)?.element;
        for output in &node.output {
            quantised.insert(output.clone(), element);
        }
    }
    for node in of_kind("DequantizeLinear") {
        let (input, parameters) = (input(node), Parameters::of(node, &weights)?);
        match (quantised.get(&input), weights.get(input.as_str())) {
            (Some(&element), _) => expect(&input, element == parameters.element, || {
                "quantised and dequantised with zero points of different types".to_owned()
            })?,
            (None, Some(weight)) => parameters.check_weight(weight)?,
            (None, None) => expect(&input, false, || {
                "dequantised, though no QuantizeLinear makes it".to_owned()
            })?,
        }
    }
    let dequantised: HashSet<String> = of_kind("DequantizeLinear").map(input).collect();
    let mut others = graph
        .node
        .iter()
        .filter(|n| n.op_type != "DequantizeLinear");
    let stray = others
        .find_map(|node| {
            node.input
                .iter()
                .find(|input| quantised.contains_key(*input))
        })
        .or_else(|| {
            quantised
                .keys()
                .find(|output| !dequantised.contains(*output))
        });
    match stray {
        Some(tensor) => Err(bad(
            tensor,
            "quantised without a DequantizeLinear behind it",
        )),
        None => Ok(()),
    }
}

impl Parameters {
    /// Those of a QuantizeLinear or DequantizeLinear.
    pub(crate) fn of(
        node: &NodeProto,
        weights: &HashMap<&str, &TensorProto>,
    ) -> Result<Self, Fault> {
        let named = |index: usize| node.input.get(index).filter(|name| !name.is_empty());
        let attribute = |name: &str| node.attribute.iter().find(|it| it.name == name);
        let output = node.output.first().map_or("", String::as_str);
        let blocks = attribute("block_size").is_some_and(|it| it.i != 0);
        expect(output, !blocks, || {
            "quantised in blocks; export it with a scale for each channel".to_owned()
        })?;

        let name = named(1).ok_or_else(|| bad(output, "quantised without a scale"))?;
        let weight = |name: &String| {
            let weight = weights.get(name.as_str()).copied();
            weight.ok_or_else(|| bad(name, "a scale or zero point that is no weight of the file"))
        };
        let scales = floats(weight(name)?).unwrap_or_default();
        // Without a branch for each of them.
        let sound = |all, &scale: &f32| all & (scale > 0.0) & (scale < f32::INFINITY);
        let are_sound = !scales.is_empty() && scales.iter().fold(true, sound);
        expect(name, are_sound, || {
            "scales must be f32, finite and above 0".to_owned()
        })?;

        let (zeros, element) = match named(2) {
            None => (Vec::new(), DataType::Uint8),
            Some(name) => zero_points(name, weight(name)?, scales.len())?,
        };
        Ok(Self {
            scales,
            zeros,
            element,
            axis: attribute("axis").map_or(1, |axis| axis.i),
        })
    }

    /// A scale for each of `count` indices, if all zero points are 0.
    pub(crate) fn symmetric(&self, count: usize) -> Option<Vec<f32>> {
        let scales = match &self.scales[..] {
            scales if scales.len() == count => scales.to_vec(),
            &[scale] => vec![scale; count],
            _ => return None,
        };
        self.zeros.iter().all(|&zero| zero == 0).then_some(scales)
    }

    /// The real numbers that a weight represents; `None` if it does not hold 8- or 32-bit
    /// integers, or the scales do not fit its shape.
    pub(crate) fn dequantise(&self, weight: &TensorProto) -> Option<Vec<f32>> {
        let (values, _) = integers(weight)?;
        // How many values in a row share a scale.
        let run = if self.scales.len() == 1 {
            values.len()
        } else {
            let axis = self.axis_of(weight)?;
            (weight.dims[axis] == self.scales.len() as i64).then_some(())?;
            // A weight without values may have any other sides.
            let sides = weight.dims[axis + 1..].iter().copied();
            sides.fold(1, i64::saturating_mul) as usize
        };
        let mut reals = Vec::with_capacity(values.len());
        for (index, values) in values.chunks(run.max(1)).enumerate() {
            let index = index % self.scales.len();
            let scale = self.scales[index];
            let zero = self.zeros.get(index).map_or(0.0, |&zero| zero as f32);
            reals.extend(values.iter().map(|&value| (value as f32 - zero) * scale));
        }
        Some(reals)
    }

    fn check_weight(&self, weight: &TensorProto) -> Result<(), Fault> {
        let name = &weight.name;
        let same = weight.data_type == self.element as i32;
        expect(name, same, || {
            "its type is not that of its zero point".to_owned()
        })?;
        let side = self.axis_of(weight).map(|axis| weight.dims[axis]);
        let scales = self.scales.len();
        expect(name, scales == 1 || side == Some(scales as i64), || {
            format!("{scales} scales do not fit its shape {:?}", weight.dims)
        })
    }

    /// The axis as an index into the weight's dimensions.
    fn axis_of(&self, weight: &TensorProto) -> Option<usize> {
        let rank = weight.dims.len();
        let axis = if self.axis < 0 {
            self.axis.checked_add(rank as i64)?
        } else {
            self.axis
        };
        usize::try_from(axis).ok().filter(|&axis| axis < rank)
    }
}

/// Whether a real number in units of one scale can be given in units of another: the ratio neither
/// overflows nor underflows.
pub(crate) fn is_convertible(scale: f32, to: f32) -> bool {
    (scale / to).is_normal()
}

/// The values of an f32 tensor.
pub(crate) fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    if tensor.data_type != DataType::Float as i32 {
        return None;
    }
    let (raw, _) = tensor.raw_data.as_chunks::<4>();
    Some(match raw {
        [] => tensor.float_data.clone(),
        _ => raw.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
    })
}

/// The values of an 8- or 32-bit integer tensor, and its type.
pub(crate) fn integers(tensor: &TensorProto) -> Option<(Vec<i32>, DataType)> {
    let element = DataType::try_from(tensor.data_type).ok()?;
    let raw = &tensor.raw_data[..];
    let values = match element {
        DataType::Uint8 | DataType::Int8 | DataType::Int32 if raw.is_empty() => {
            tensor.int32_data.clone()
        }
        DataType::Uint8 => raw.iter().map(|&byte| i32::from(byte)).collect(),
        DataType::Int8 => raw.iter().map(|&byte| i32::from(byte as i8)).collect(),
        DataType::Int32 => {
            let (raw, _) = raw.as_chunks::<4>();
            raw.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect()
        }
        _ => return None,
    };
    Some((values, element))
}

/// The values of an i64 tensor.
pub(crate) fn integers64(tensor: &TensorProto) -> Option<Vec<i64>> {
    if tensor.data_type != DataType::Int64 as i32 {
        return None;
    }
    let (raw, _) = tensor.raw_data.as_chunks::<8>();
    Some(match raw {
        [] => tensor.int64_data.clone(),
        _ => raw.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect(),
    })
}

/// The values of an i8 tensor.
pub(crate) fn bytes(tensor: &TensorProto) -> Option<Cow<'_, [i8]>> {
    if tensor.data_type != DataType::Int8 as i32 {
        return None;
    }
    Some(match &tensor.raw_data[..] {
        [] => tensor.int32_data.iter().map(|&value| value as i8).collect(),
        raw => bytemuck::cast_slice(raw).into(),
    })
}

/// The zero points of a tensor called `name`, one for each scale or none if all are 0, and their type.
fn zero_points(
    name: &str,
    tensor: &TensorProto,
    scales: usize,
) -> Result<(Vec<i32>, DataType), Fault> {
    let (zeros, element) = integers(tensor)
        .ok_or_else(|| bad(name, "zero points must be 8-bit, or 32-bit for biases"))?;
    expect(name, zeros.len() == scales, || {
        format!("{} zero points for {scales} scales", zeros.len())
    })?;
    let within = |&zero: &i32| match element {
        DataType::Uint8 => u8::try_from(zero).is_ok(),
        DataType::Int8 => i8::try_from(zero).is_ok(),
        _ => true,
    };
    if zeros.iter().fold(0, |all, zero| all | zero) == 0 {
        return Ok((Vec::new(), element));
    }
    expect(name, zeros.iter().all(within), || {
        "a zero point out of its type's range".to_owned()
    })?;
    Ok((zeros, element))
}

/// A fault of the tensor, unless something holds.
pub(crate) fn expect(
    tensor: &str,
    holds: bool,
    reason: impl FnOnce() -> String,
) -> Result<(), Fault> {
    if !holds {
        return Err(Fault::BadTensor {
            tensor: tensor.to_owned(),
            reason: reason(),
        });
    }
    Ok(())
}

fn bad(tensor: &str, reason: &str) -> Fault {
    Fault::BadTensor {
        tensor: tensor.to_owned(),
        reason: reason.to_owned(),
    }
}
