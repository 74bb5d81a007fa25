//! A network written down as a model bundle: ONNX with the kiosk's metadata.

use candle_core::{Result, Tensor};
use edge::recognise::Metadata;
use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto, tensor_proto,
    tensor_shape_proto, type_proto,
};

use crate::net::{CLASSIFIER_BIAS, CLASSIFIER_WEIGHT, Kernel, Layer, Network};

const OPSET: i64 = 17;
/// The format version that came with that opset.
const IR_VERSION: i64 = 8;

/// The bundle's bytes.
///
/// # Errors
/// If a tensor of the network cannot be read.
pub fn to_onnx(network: &Network, metadata: &Metadata) -> Result<Vec<u8>> {
    let size = metadata.input.size as i64;
    let breeds = metadata.breeds.len() as i64;
    let mut graph = Graph::default();
    for (name, variable) in network.variables() {
        graph.weight(name, variable.as_tensor())?;
    }
    graph.scalar("zero", 0.0);
    graph.scalar("six", 6.0);

    let mut last = "image".to_owned();
    for block in network.blocks() {
        let input = last.clone();
        for (layer, name) in block.chain.layers().iter().zip(&block.names) {
            last = graph.convolution(layer, name, last);
        }
        if block.chain.shortcut() {
            last = graph.node("Add", &format!("{last}_sum"), &[&last, &input], vec![]);
        }
    }
    last = graph.node("GlobalAveragePool", "pool", &[&last], vec![]);
    last = graph.node("Flatten", "embedding", &[&last], vec![int("axis", 1)]);
    let inputs = [&last, CLASSIFIER_WEIGHT, CLASSIFIER_BIAS];
    graph.node("Gemm", "logits", &inputs, vec![int("transB", 1)]);

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
            node: graph.nodes,
            initializer: graph.weights,
            input: vec![value_info("image", &[3, size, size])],
            output: vec![value_info("logits", &[breeds])],
            ..GraphProto::default()
        }),
        ..ModelProto::default()
    };
    Ok(model.encode_to_vec())
}

#[derive(Default)]
struct Graph {
    nodes: Vec<NodeProto>,
    weights: Vec<TensorProto>,
}

impl Graph {
    /// The convolution, and the clamp behind it; gives the name of the result.
    fn convolution(&mut self, layer: &Layer, name: &str, input: String) -> String {
        let (side, stride, groups) = match layer.kernel {
            Kernel::Stem => (3, 2, 1),
            Kernel::Depthwise { stride } => (3, stride as i64, layer.outputs as i64),
            Kernel::Pointwise => (1, 1, 1),
        };
        let attributes = vec![
            ints("kernel_shape", &[side; 2]),
            ints("strides", &[stride; 2]),
            ints("pads", &[side / 2; 4]),
            int("group", groups),
        ];
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let output = self.node("Conv", name, &[&input, &weight, &bias], attributes);
        if !layer.relu6 {
            return output;
        }
        self.node(
            "Clip",
            &format!("{name}_clamped"),
            &[&output, "zero", "six"],
            vec![],
        )
    }

    /// Node and result bear the same name.
    fn node(
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

    fn weight(&mut self, name: &str, tensor: &Tensor) -> Result<()> {
        let dims = tensor.dims().iter().map(|&side| side as i64).collect();
        self.tensor(name, dims, &tensor.flatten_all()?.to_vec1()?);
        Ok(())
    }

    fn scalar(&mut self, name: &str, value: f32) {
        self.tensor(name, vec![], &[value]);
    }

    fn tensor(&mut self, name: &str, dims: Vec<i64>, values: &[f32]) {
        self.weights.push(TensorProto {
            name: name.to_owned(),
            dims,
            data_type: tensor_proto::DataType::Float as i32,
            raw_data: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
            ..TensorProto::default()
        });
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_proto::AttributeType::Int as i32,
        i: value,
        ..AttributeProto::default()
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_proto::AttributeType::Ints as i32,
        ints: values.to_vec(),
        ..AttributeProto::default()
    }
}

/// An f32 tensor of any number of images `N` and these dimensions.
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
        elem_type: tensor_proto::DataType::Float as i32,
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
