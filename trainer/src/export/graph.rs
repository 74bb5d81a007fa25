//! Builds ONNX files.

use candle_core::{Result, Tensor};
use prost::Message;
use recognise::Metadata;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
    tensor_proto::DataType, tensor_shape_proto, type_proto,
};

use crate::net::{Kernel, Layer};

/// The output with one logit for each breed.
pub(super) const LOGITS: &str = "logits";
/// The output with one prototype similarity for each breed.
pub(super) const SIMILARITY: &str = "similarity";

const OPSET: i64 = 17;
/// The version of the file format that belongs to that opset.
const IR_VERSION: i64 = 8;

/// Nodes and weights in the order they were added.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<NodeProto>,
    weights: Vec<TensorProto>,
}

impl Graph {
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

    /// The bytes of the file, with the input `image`, both outputs and the metadata.
    pub(super) fn into_file(self, metadata: &Metadata) -> Vec<u8> {
        let size = metadata.input.size as i64;
        let breeds = metadata.breeds.len() as i64;
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
                name: "mobilenetv2".to_owned(),
                node: self.nodes,
                initializer: self.weights,
                input: vec![value_info("image", &[3, size, size])],
                output: [LOGITS, SIMILARITY]
                    .map(|output| value_info(output, &[breeds]))
                    .to_vec(),
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

/// The attributes of the Conv node of a layer.
pub(super) fn convolution_attributes(layer: &Layer) -> Vec<AttributeProto> {
    let (side, stride, groups) = match layer.kernel {
        Kernel::Stem => (3, 2, 1),
        Kernel::Depthwise { stride } => (3, stride as i64, layer.outputs as i64),
        Kernel::Pointwise => (1, 1, 1),
    };
    vec![
        ints("kernel_shape", &[side; 2]),
        ints("strides", &[stride; 2]),
        ints("pads", &[side / 2; 4]),
        int("group", groups),
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
fn value_info(name: &str, dims: &[i64]) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dimension = |value| Dimension {
        value: Some(value),
        ..Dimension::default()
    };
    let batch = std::iter::once(dimension(Value::DimParam("N".to_owned())));
    let dim = batch
        .chain(dims.iter().map(|&side| dimension(Value::DimValue(side))))
        .collect();
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
