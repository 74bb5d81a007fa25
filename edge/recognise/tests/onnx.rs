//! Builds the parts of an ONNX graph.

use prost::Message;
use serde_json::Value;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

use crate::common::Draft;

/// The bundle with this graph and the metadata of `draft`.
pub(crate) fn model(draft: &Draft, graph: GraphProto) -> Vec<u8> {
    let prop = |(key, value): &(&str, Value)| StringStringEntryProto {
        key: (*key).to_owned(),
        value: value.to_string(),
    };
    let model = ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            domain: String::new(),
            version: draft.opset as i64,
        }],
        metadata_props: draft.props.iter().map(prop).collect(),
        graph: Some(graph),
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

/// An f32 input or output of any number of pictures and these dimensions.
pub(crate) fn port(name: &str, dims: &[i64]) -> ValueInfoProto {
    let sizes = dims.iter().map(|&size| dimension::Value::DimValue(size));
    let dim = std::iter::once(dimension::Value::DimParam("N".to_owned())).chain(sizes);
    let dim = dim.map(|value| Dimension {
        value: Some(value),
        ..Dimension::default()
    });
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto { dim: dim.collect() }),
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

/// An operator that has the name of its output.
pub(crate) fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: kind.to_owned(),
        name: output.to_owned(),
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

pub(crate) fn floats(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    let raw = values.iter().flat_map(|value| value.to_le_bytes());
    weight(name, dims, DataType::Float, raw.collect())
}

/// Integers of 8 or 32 bits.
pub(crate) fn integers(name: &str, dims: &[i64], element: DataType, values: &[i32]) -> TensorProto {
    let width = if element == DataType::Int32 { 4 } else { 1 };
    let raw = values
        .iter()
        .flat_map(|value| value.to_le_bytes().into_iter().take(width));
    weight(name, dims, element, raw.collect())
}

/// Integers of 64 bits.
pub(crate) fn integers64(name: &str, dims: &[i64], values: &[i64]) -> TensorProto {
    let raw = values.iter().flat_map(|value| value.to_le_bytes());
    weight(name, dims, DataType::Int64, raw.collect())
}

fn weight(name: &str, dims: &[i64], element: DataType, raw_data: Vec<u8>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: element as i32,
        raw_data,
        ..TensorProto::default()
    }
}

pub(crate) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int as i32,
        i,
        ..AttributeProto::default()
    }
}

pub(crate) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Float as i32,
        f,
        ..AttributeProto::default()
    }
}

pub(crate) fn tensor(name: &str, t: TensorProto) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Tensor as i32,
        t: Some(t),
        ..AttributeProto::default()
    }
}

pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Ints as i32,
        ints: values.to_vec(),
        ..AttributeProto::default()
    }
}

pub(crate) fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::String as i32,
        s: value.into(),
        ..AttributeProto::default()
    }
}

pub(crate) fn graph_attribute(name: &str) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Graph as i32,
        g: Some(GraphProto::default()),
        ..AttributeProto::default()
    }
}
