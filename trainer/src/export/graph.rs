//! Builds ONNX files.

use std::collections::HashSet;

use candle_core::{Result, Tensor};
use prost::Message;
use recognise::{Bundle, Metadata};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
    tensor_proto::DataType, tensor_shape_proto, type_proto,
};

use crate::net::{Extent, Kernel, Layer};

/// The operator set of the files.
pub(crate) const OPSET: i64 = 17;
/// The version of the file format that belongs to that opset.
const IR_VERSION: i64 = 8;

/// Nodes, weights, inputs and outputs in the order they were added.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<NodeProto>,
    weights: Vec<TensorProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
}

impl Graph {
    /// The part of a bundle that names breeds.
    pub(super) fn of_breeds(bundle: &Bundle) -> Self {
        let graph = bundle.proto.graph.clone().unwrap_or_default();
        Self {
            nodes: graph.node,
            weights: graph.initializer,
            inputs: graph.input,
            outputs: graph.output,
        }
    }

    /// Adds an input of pictures, f32 `[N, 3, size, size]`; gives its name.
    pub(super) fn input(&mut self, name: &str, size: usize) -> String {
        self.inputs.push(value_info(name, &[3, size, size]));
        name.to_owned()
    }

    /// Makes the result of the last node an output of this name, f32 `[N, ..dims]`.
    pub(super) fn output(&mut self, name: &str, dims: &[usize]) {
        if let Some(node) = self.nodes.last_mut() {
            name.clone_into(&mut node.name);
            node.output = vec![name.to_owned()];
        }
        self.outputs.push(value_info(name, dims));
    }

    /// Adds another graph, which shares nothing with this one: all its names but those of inputs and outputs get the
    /// prefix.
    pub(super) fn append(&mut self, mut part: Self, prefix: &str) {
        let ports = part.inputs.iter().chain(&part.outputs);
        let ports: HashSet<String> = ports.map(|port| port.name.clone()).collect();
        let rename = |name: &mut String| {
            if !ports.contains(name.as_str()) {
                name.insert_str(0, prefix);
            }
        };
        for node in &mut part.nodes {
            rename(&mut node.name);
            node.input.iter_mut().for_each(rename);
            node.output.iter_mut().for_each(rename);
        }
        for weight in &mut part.weights {
            rename(&mut weight.name);
        }
        self.nodes.extend(part.nodes);
        self.weights.extend(part.weights);
        self.inputs.extend(part.inputs);
        self.outputs.extend(part.outputs);
    }

    /// Adds a node with one result, which has the name of the node; gives the name.
    pub(super) fn node(
        &mut self,
        kind: &str,
        name: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(NodeProto {
            op_type: kind.to_owned(),
            name: name.to_owned(),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.to_owned()],
            attribute,
            ..NodeProto::default()
        });
        name.to_owned()
    }

    /// Adds an f32 weight.
    pub(super) fn weight(&mut self, name: &str, tensor: &Tensor) -> Result<()> {
        self.tensor(
            name,
            tensor.dims(),
            &tensor.flatten_all()?.to_vec1::<f32>()?,
        );
        Ok(())
    }

    /// Adds a weight of any element type; without dimensions it is a scalar.
    pub(super) fn tensor<T: Element>(&mut self, name: &str, dims: &[usize], values: &[T]) {
        let mut raw_data = Vec::with_capacity(size_of_val(values));
        for value in values {
            value.write(&mut raw_data);
        }
        self.weights.push(TensorProto {
            name: name.to_owned(),
            dims: dims.iter().map(|&side| side as i64).collect(),
            data_type: T::TYPE as i32,
            raw_data,
            ..TensorProto::default()
        });
    }

    /// The bytes of the file, with the metadata.
    pub(super) fn into_file(self, metadata: &Metadata) -> Vec<u8> {
        let properties = metadata.to_props().into_iter();
        let model = ModelProto {
            ir_version: IR_VERSION,
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: OPSET,
            }],
            producer_name: "breed-kiosk trainer".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            metadata_props: properties
                .map(|(key, value)| StringStringEntryProto { key, value })
                .collect(),
            graph: Some(GraphProto {
                name: "breeds".to_owned(),
                node: self.nodes,
                initializer: self.weights,
                input: self.inputs,
                output: self.outputs,
                ..GraphProto::default()
            }),
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }
}

/// An element type of weights.
pub(super) trait Element {
    const TYPE: DataType;
    /// Appends the value in little-endian order.
    fn write(&self, bytes: &mut Vec<u8>);
}

macro_rules! element {
    ($($number:ty => $data_type:ident),*) => {
        $(impl Element for $number {
            const TYPE: DataType = DataType::$data_type;
            fn write(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        })*
    };
}

element!(f32 => Float, i32 => Int32, i8 => Int8, u8 => Uint8);

/// The attributes of the Conv node of a layer whose input has this extent.
pub(super) fn convolution_attributes(layer: &Layer, extent: Extent) -> Vec<AttributeProto> {
    let window = layer.window();
    let groups = match layer.kernel {
        Kernel::Depthwise(_) => layer.outputs,
        Kernel::Stem(_) | Kernel::Pointwise => 1,
    };
    let [top, bottom] = window.zeros(extent.height);
    let [left, right] = window.zeros(extent.width);
    let pads = [top, left, bottom, right].map(|zeros| zeros as i64);
    vec![
        ints("kernel_shape", &[window.side as i64; 2]),
        ints("strides", &[window.stride as i64; 2]),
        ints("pads", &pads),
        int("group", groups as i64),
    ]
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_proto::AttributeType::Int as i32,
        i: value,
        ..AttributeProto::default()
    }
}

pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_proto::AttributeType::Ints as i32,
        ints: values.to_vec(),
        ..AttributeProto::default()
    }
}

/// The description of an f32 tensor with any number of images `N` and these dimensions.
fn value_info(name: &str, dims: &[usize]) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dimension = |value| Dimension {
        value: Some(value),
        ..Dimension::default()
    };
    let batch = std::iter::once(dimension(Value::DimParam("N".to_owned())));
    let dims = dims.iter().map(|&side| Value::DimValue(side as i64));
    let dim = batch.chain(dims.map(dimension)).collect();
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto { dim }),
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}
