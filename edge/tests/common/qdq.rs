//! A small quantised network in QDQ form, as ONNX quantisers write it: a stem, depthwise and
//! pointwise convolutions, two branches that are added, pooling, and a classifier in real numbers.
//!
//! A layer `stem` leaves the tensors `stem` (what the operator gives), `stem_clamped`,
//! `stem_quantised` and `stem_real`, made with the weights `stem_scale`, `stem_zero`,
//! `stem_weight` and `stem_bias`; each of the last two again has its `_scale`, `_zero` and `_real`.

use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_shape_proto, type_proto,
};

use super::{Draft, SIZE};

/// What a network may look like and still run in int8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Pixels of the picture's side.
    pub(crate) size: i64,
    /// Activations are i8, not u8.
    pub(crate) signed: bool,
    /// Weights have a scale for each output channel, not one for all.
    pub(crate) per_channel: bool,
    pub(crate) bias: Bias,
    /// What stands between a convolution and its quantisation: `Relu` or `Clip`.
    pub(crate) clamp: Option<&'static str>,
    /// The classifier's input and weights are quantised too.
    pub(crate) quantised_head: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bias {
    None,
    Real,
    /// i32 behind a DequantizeLinear.
    Quantised,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            size: SIZE,
            signed: false,
            per_channel: true,
            bias: Bias::Quantised,
            clamp: Some("Clip"),
            quantised_head: false,
        }
    }
}

/// Name, input, weights `[outputs, inputs, side]`, stride, and whether the result is clamped. A
/// single input: depthwise.
type Layer = (&'static str, &'static str, [usize; 3], i64, bool);

const LAYERS: [Layer; 7] = [
    ("stem", "image", [16, 3, 3], 2, true),
    ("spread", "stem", [16, 1, 3], 1, true),
    ("narrow", "spread", [16, 16, 1], 1, false),
    ("widen", "narrow", [40, 16, 1], 1, true),
    ("shrink", "widen", [40, 1, 3], 2, true),
    ("left", "shrink", [24, 40, 1], 1, false),
    ("right", "shrink", [24, 40, 5], 1, false),
];
const FEATURES: usize = 24;
const BREEDS: usize = 3;

/// What [`Form`]'s `Clip` clamps to, and thereby the range of what is clamped.
const MOST: f32 = 4.0;
/// Of activations that are clamped, of others, and of the picture.
const CLAMPED_SCALE: f32 = MOST / 255.0;
const LINEAR_SCALE: f32 = 8.0 / 255.0;
const IMAGE_SCALE: f32 = 1.0 / 64.0;
/// One step of the tensor that is pooled, in real numbers.
pub(crate) const SUM_SCALE: f32 = 12.0 / 255.0;

/// The network. A test spoils what it is about.
pub(crate) struct Quantised {
    pub(crate) graph: GraphProto,
    form: Form,
    numbers: Numbers,
}

impl Quantised {
    pub(crate) fn new(form: Form) -> Self {
        let mut network = Self {
            graph: GraphProto {
                name: "quantised".to_owned(),
                input: vec![port("image", &[3, form.size, form.size])],
                output: vec![port("logits", &[BREEDS as i64])],
                ..GraphProto::default()
            },
            form,
            numbers: Numbers(7),
        };
        network.floats("least", &[], &[0.0]);
        network.floats("most", &[], &[MOST]);
        network.quantise("image", "image", IMAGE_SCALE, 126);
        for layer in LAYERS {
            network.convolution(layer);
        }
        network.push("Add", &["left_real", "right_real"], "sum");
        network.quantise("sum", "sum", SUM_SCALE, 130);
        match form.quantised_head {
            true => network.quantised_head(),
            false => network.real_head(),
        }
        network
    }

    pub(crate) fn weight(&mut self, name: &str) -> &mut TensorProto {
        let mut weights = self.graph.initializer.iter_mut();
        weights.find(|weight| weight.name == name).expect(name)
    }

    /// The operator that makes the tensor `name`.
    pub(crate) fn node(&mut self, name: &str) -> &mut NodeProto {
        let index = self.index(name);
        &mut self.graph.node[index]
    }

    /// Sets an attribute of the operator that makes `name`.
    pub(crate) fn set(&mut self, name: &str, attribute: AttributeProto) {
        let node = self.node(name);
        node.attribute.retain(|it| it.name != attribute.name);
        node.attribute.push(attribute);
    }

    /// Puts an operator before the one that makes `name`.
    pub(crate) fn insert(&mut self, name: &str, kind: &str, inputs: &[&str], output: &str) {
        let index = self.index(name);
        self.push(kind, inputs, output);
        self.graph.node[index..].rotate_right(1);
    }

    pub(crate) fn floats(&mut self, name: &str, dims: &[i64], values: &[f32]) {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        self.tensor(name, dims, DataType::Float, raw.collect());
    }

    /// The bundle.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut draft = Draft::default();
        draft.prop("kiosk.input")["size"] = self.form.size.into();
        let props = draft.props.iter();
        let model = ModelProto {
            ir_version: 8,
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: draft.opset as i64,
            }],
            metadata_props: props
                .map(|(key, value)| StringStringEntryProto {
                    key: (*key).to_owned(),
                    value: value.to_string(),
                })
                .collect(),
            graph: Some(self.graph.clone()),
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }

    fn convolution(&mut self, layer: Layer) {
        let (name, input, [outputs, inputs, side], stride, clamped) = layer;
        let fan = inputs * side * side;
        // So that results spread over about a third of their range, whatever the layer's size.
        let scale = 0.02 / (fan as f32).sqrt();
        let scales: Vec<f32> = match self.form.per_channel {
            true => (0..outputs)
                .map(|output| scale * (0.6 + 0.2 * (output % 5) as f32))
                .collect(),
            false => vec![scale],
        };
        let (weight, bias) = (format!("{name}_weight"), format!("{name}_bias"));
        let values = self.integers(outputs * fan, 127.0);
        let dims = [outputs, inputs, side, side].map(|dim| dim as i64);
        self.constant(&weight, &dims, DataType::Int8, &values, &scales);

        let mut terms = vec![format!("{input}_real"), format!("{weight}_real")];
        let steps = scales.iter().map(|scale| scale * self.scale(input));
        let steps: Vec<f32> = steps.collect();
        match self.form.bias {
            Bias::None => {}
            Bias::Real => {
                let values: Vec<f32> = (0..outputs).map(|_| 0.5 * self.numbers.next()).collect();
                self.floats(&bias, &[outputs as i64], &values);
                terms.push(bias);
            }
            Bias::Quantised => {
                let values = self.integers(outputs, 0.5 / steps[0]);
                self.constant(&bias, &[outputs as i64], DataType::Int32, &values, &steps);
                terms.push(format!("{bias}_real"));
            }
        }
        let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
        self.push("Conv", &terms, name);
        self.set(name, ints("strides", &[stride; 2]));
        self.set(name, ints("pads", &[side as i64 / 2; 4]));
        self.set(
            name,
            int("group", if inputs == 1 { outputs as i64 } else { 1 }),
        );

        let output = match self.form.clamp {
            Some(kind) if clamped => {
                let inputs = [name, "least", "most"];
                let inputs = if kind == "Relu" {
                    &inputs[..1]
                } else {
                    &inputs
                };
                self.push(kind, inputs, &format!("{name}_clamped"));
                format!("{name}_clamped")
            }
            _ => name.to_owned(),
        };
        match clamped {
            true => self.quantise(&output, name, CLAMPED_SCALE, 0),
            false => self.quantise(&output, name, LINEAR_SCALE, 120),
        }
    }

    fn real_head(&mut self) {
        let weights: Vec<f32> = (0..BREEDS * FEATURES)
            .map(|_| self.numbers.next())
            .collect();
        self.floats("classifier", &[BREEDS as i64, FEATURES as i64], &weights);
        self.floats("offset", &[BREEDS as i64], &[0.1, 0.2, 0.3]);
        self.push("GlobalAveragePool", &["sum_real"], "pooled");
        self.push("Flatten", &["pooled"], "features");
        self.push("Gemm", &["features", "classifier", "offset"], "logits");
        self.set("logits", int("transB", 1));
    }

    fn quantised_head(&mut self) {
        let weights = self.integers(BREEDS * FEATURES, 127.0);
        let dims = [FEATURES as i64, BREEDS as i64];
        self.constant("classifier", &dims, DataType::Int8, &weights, &[0.01]);
        self.push("GlobalAveragePool", &["sum_real"], "pooled");
        self.quantise("pooled", "pooled", SUM_SCALE, 130);
        self.push("Flatten", &["pooled_real"], "features");
        self.push("MatMul", &["features", "classifier_real"], "logits");
    }

    /// Quantises `input` and dequantises it again, to `{name}_real`.
    fn quantise(&mut self, input: &str, name: &str, scale: f32, zero: i32) {
        let parameters = [format!("{name}_scale"), format!("{name}_zero")];
        let [scale_name, zero_name] = [&parameters[0], &parameters[1]];
        self.floats(scale_name, &[], &[scale]);
        match self.form.signed {
            true => self.whole(zero_name, &[], DataType::Int8, &[zero - 128]),
            false => self.whole(zero_name, &[], DataType::Uint8, &[zero]),
        }
        let (quantised, real) = (format!("{name}_quantised"), format!("{name}_real"));
        self.push(
            "QuantizeLinear",
            &[input, scale_name, zero_name],
            &quantised,
        );
        self.push(
            "DequantizeLinear",
            &[&quantised, scale_name, zero_name],
            &real,
        );
    }

    /// A quantised weight, dequantised as `{name}_real`.
    fn constant(
        &mut self,
        name: &str,
        dims: &[i64],
        element: DataType,
        values: &[i32],
        scales: &[f32],
    ) {
        let axis = match scales {
            [_] => vec![],
            _ => vec![scales.len() as i64],
        };
        let parameters = [format!("{name}_scale"), format!("{name}_zero")];
        self.whole(name, dims, element, values);
        self.floats(&parameters[0], &axis, scales);
        self.whole(&parameters[1], &axis, element, &vec![0; scales.len()]);
        let inputs = [name, &parameters[0], &parameters[1]];
        let real = format!("{name}_real");
        self.push("DequantizeLinear", &inputs, &real);
        if !axis.is_empty() {
            self.set(&real, int("axis", 0));
        }
    }

    /// The scale of an activation.
    fn scale(&mut self, name: &str) -> f32 {
        let bytes = &self.weight(&format!("{name}_scale")).raw_data[..];
        f32::from_le_bytes(bytes.try_into().expect("one float"))
    }

    fn integers(&mut self, count: usize, most: f32) -> Vec<i32> {
        let mut integer = || (most * self.numbers.next()) as i32;
        (0..count).map(|_| integer()).collect()
    }

    fn whole(&mut self, name: &str, dims: &[i64], element: DataType, values: &[i32]) {
        let width = if element == DataType::Int32 { 4 } else { 1 };
        let raw = values
            .iter()
            .flat_map(|value| value.to_le_bytes().into_iter().take(width));
        self.tensor(name, dims, element, raw.collect());
    }

    fn tensor(&mut self, name: &str, dims: &[i64], element: DataType, raw_data: Vec<u8>) {
        self.graph.initializer.push(TensorProto {
            name: name.to_owned(),
            dims: dims.to_vec(),
            data_type: element as i32,
            raw_data,
            ..TensorProto::default()
        });
    }

    fn push(&mut self, kind: &str, inputs: &[&str], output: &str) {
        self.graph.node.push(NodeProto {
            op_type: kind.to_owned(),
            name: output.to_owned(),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        });
    }

    fn index(&self, name: &str) -> usize {
        let mut nodes = self.graph.node.iter();
        nodes.position(|node| node.name == name).expect(name)
    }
}

/// Evenly distributed and the same at each run. (Steele et al., "Fast Splittable Pseudorandom
/// Number Generators", OOPSLA 2014.)
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// From -1 to 1.
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed >> 40) as f32 / (1 << 23) as f32 - 1.0
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

/// An f32 tensor of any number of pictures and these dimensions.
fn port(name: &str, dims: &[i64]) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let sizes = dims.iter().map(|&size| Value::DimValue(size));
    let dim = std::iter::once(Value::DimParam("N".to_owned())).chain(sizes);
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto {
            dim: dim
                .map(|value| Dimension {
                    value: Some(value),
                    ..Dimension::default()
                })
                .collect(),
        }),
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
