//! Builds a small quantised network in QDQ form, as ONNX quantisers write it: a stem, depthwise and
//! pointwise convolutions, two branches that are added, pooling, and a classifier. It may make
//! embeddings too. A detector may stand beside it: more convolutions, and one whose result is not
//! quantised.
//!
//! A layer `stem` makes the tensors `stem` (the operator's result), `stem_clamped`,
//! `stem_quantised` and `stem_real`, from the weights `stem_scale`, `stem_zero`,
//! `stem_weight` and `stem_bias`; each of the last two has a `_scale`, `_zero` and `_real` again.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use crate::common::{Draft, SIZE};
use crate::onnx::{self, int, ints};

/// The forms in which a network may be and still run in int8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Pixels of the picture's side.
    pub(crate) size: i64,
    /// Activations are i8, not u8.
    pub(crate) signed: bool,
    /// Weights have a scale for each output channel, not one for all.
    pub(crate) per_channel: bool,
    pub(crate) bias: Bias,
    /// The operator between a convolution and its quantisation: `Relu` or `Clip`.
    pub(crate) clamp: Option<&'static str>,
    /// The classifier's input and weights are quantised too.
    pub(crate) quantised_head: bool,
    pub(crate) opset: u64,
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
            opset: 17,
        }
    }
}

/// Name, input, weights `[outputs, inputs, side]`, stride, and whether the result is clamped. With a
/// single input it is depthwise.
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
/// The detector's, which halve the picture five times.
const DETECTOR: [Layer; 7] = [
    ("first", "frame", [8, 3, 3], 2, true),
    ("second", "first", [8, 1, 3], 2, true),
    ("third", "second", [20, 8, 1], 1, true),
    ("fourth", "third", [20, 1, 3], 2, true),
    ("fifth", "fourth", [12, 20, 1], 1, false),
    ("sixth", "fifth", [12, 1, 3], 2, true),
    ("last", "sixth", [37, 12, 3], 2, true),
];
const MAP: usize = 37;
const CELLS: usize = 24;
const FEATURES: usize = 24;
const BREEDS: usize = 3;
/// As many as in [`Draft::with_embedding`], whose metadata it has.
const EMBEDDING: usize = 16;

/// The upper bound of every `Clip`, and so of all that is clamped.
const MOST: f32 = 4.0;
/// Of activations that are clamped, of others, and of the picture.
const CLAMPED_SCALE: f32 = MOST / 255.0;
const LINEAR_SCALE: f32 = 8.0 / 255.0;
const IMAGE_SCALE: f32 = 1.0 / 64.0;
/// One step of the tensor that is pooled. The classifier's weights are at most about 1, so a step in
/// one channel of every pixel changes a logit by at most about this.
pub(crate) const STEP: f32 = 12.0 / 255.0;

/// The network. A test changes the part that it is about.
pub(crate) struct Quantised {
    pub(crate) form: Form,
    pub(crate) graph: GraphProto,
    /// Pixels of the detector's input, if there is one.
    frame: Option<i64>,
    /// Whether it makes embeddings.
    embeds: bool,
    numbers: Numbers,
}

impl Quantised {
    pub(crate) fn new(form: Form) -> Self {
        let graph = GraphProto {
            name: "quantised".to_owned(),
            input: vec![onnx::port("image", &[3, form.size, form.size])],
            output: vec![onnx::port("logits", &[BREEDS as i64])],
            ..GraphProto::default()
        };
        let mut network = Self {
            form,
            graph,
            frame: None,
            embeds: false,
            numbers: Numbers::new(7),
        };
        network.floats("least", &[], &[0.0]);
        network.floats("most", &[], &[MOST]);
        network.quantise("image", "image", IMAGE_SCALE, 126);
        for layer in LAYERS {
            network.convolution(layer);
        }
        network.push("Add", &["left_real", "right_real"], "sum");
        network.quantise("sum", "sum", STEP, 130);
        if form.quantised_head {
            network.quantised_head();
        } else {
            network.real_head();
        }
        network
    }

    /// The same with a detector for frames of `size` pixels a side.
    pub(crate) fn with_detector(form: Form, size: i64) -> Self {
        let mut network = Self::new(form);
        network.frame = Some(size);
        let frame = onnx::port("frame", &[3, size, size]);
        network.graph.input.push(frame);
        network.quantise("frame", "frame", IMAGE_SCALE, 126);
        for layer in DETECTOR {
            network.convolution(layer);
        }
        let weights = network.numbers.integers(CELLS * MAP, 127.0);
        let dims = [CELLS as i64, MAP as i64, 1, 1];
        let scales = vec![1.0 / 127.0; CELLS];
        network.constant("cells", &dims, DataType::Int8, &weights, &scales);
        let offsets: Vec<f32> = (0..CELLS).map(|_| network.numbers.next()).collect();
        network.floats("offsets", &[CELLS as i64], &offsets);
        network.push("Conv", &["last_real", "cells_real", "offsets"], "animals");
        let animals = onnx::port("animals", &[CELLS as i64, size / 32, size / 32]);
        network.graph.output.push(animals);
        network
    }

    /// The same with embeddings, which are made of the means and the maxima of what is pooled.
    pub(crate) fn with_embedding(form: Form) -> Self {
        let mut network = Self::new(form);
        network.embeds = true;
        network.push("GlobalMaxPool", &["sum_real"], "maxima");
        network.push("Concat", &["pooled", "maxima"], "pools");
        network.set("pools", int("axis", 1));
        network.push("Flatten", &["pools"], "rows");
        let dims = [EMBEDDING as i64, 2 * FEATURES as i64];
        let weights = network.numbers.integers(EMBEDDING * 2 * FEATURES, 127.0);
        let scales = vec![1.0 / 127.0; EMBEDDING];
        network.constant("embedder", &dims, DataType::Int8, &weights, &scales);
        let shift: Vec<f32> = (0..EMBEDDING).map(|_| network.numbers.next()).collect();
        network.floats("shift", &dims[..1], &shift);
        network.push("Gemm", &["rows", "embedder_real", "shift"], "projection");
        network.set("projection", int("transB", 1));
        network.push("ReduceL2", &["projection"], "length");
        network.set("length", ints("axes", &[1]));
        network.push("Div", &["projection", "length"], "embedding");
        let embedding = onnx::port("embedding", &dims[..1]);
        network.graph.output.push(embedding);
        network
    }

    /// The bundle.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut draft = Draft::default();
        if let Some(size) = self.frame {
            draft = Draft::with_detector();
            draft.prop("kiosk.animals")["input"]["size"] = size.into();
        }
        if self.embeds {
            let spec = Draft::with_embedding().prop("kiosk.embedding").take();
            draft.props.push(("kiosk.embedding", spec));
        }
        draft.prop("kiosk.input")["size"] = self.form.size.into();
        draft.opset = self.form.opset;
        onnx::model(&draft, self.graph.clone())
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

    /// Puts an operator before the one that makes `name`, whose first input becomes the new
    /// operator's result `output`.
    pub(crate) fn insert(&mut self, name: &str, kind: &str, inputs: &[&str], output: &str) {
        let index = self.index(name);
        output.clone_into(&mut self.graph.node[index].input[0]);
        self.push(kind, inputs, output);
        self.graph.node[index..].rotate_right(1);
    }

    /// Puts an operator before the one that makes `name`, as [`Quantised::insert`] does, with its
    /// result quantised. Also returns its name in real numbers.
    pub(crate) fn insert_quantised(
        &mut self,
        name: &str,
        kind: &str,
        inputs: &[&str],
        output: &str,
        parameters: (f32, i32),
    ) -> String {
        let index = self.index(name);
        let behind = self.graph.node.split_off(index);
        self.push(kind, inputs, output);
        self.quantise(output, output, parameters.0, parameters.1);
        self.graph.node.extend(behind);
        let real = format!("{output}_real");
        real.clone_into(&mut self.node(name).input[0]);
        real
    }

    /// Changes the length of a weight's `axis` to `size`; values are left out or repeated.
    pub(crate) fn resize(&mut self, name: &str, axis: usize, size: i64) {
        let weight = self.weight(name);
        let elements = |dims: &[i64]| dims.iter().product::<i64>() as usize;
        let width = weight.raw_data.len() / elements(&weight.dims);
        weight.dims[axis] = size;
        let bytes = elements(&weight.dims) * width;
        weight.raw_data = weight
            .raw_data
            .iter()
            .copied()
            .cycle()
            .take(bytes)
            .collect();
    }

    /// Adds a weight.
    pub(crate) fn floats(&mut self, name: &str, dims: &[i64], values: &[f32]) {
        let weight = onnx::floats(name, dims, values);
        self.graph.initializer.push(weight);
    }

    fn integers(&mut self, name: &str, dims: &[i64], element: DataType, values: &[i32]) {
        let weight = onnx::integers(name, dims, element, values);
        self.graph.initializer.push(weight);
    }

    fn push(&mut self, kind: &str, inputs: &[&str], output: &str) {
        self.graph.node.push(onnx::node(kind, inputs, output));
    }

    fn index(&self, name: &str) -> usize {
        let mut nodes = self.graph.node.iter();
        nodes.position(|node| node.name == name).expect(name)
    }

    fn convolution(&mut self, layer: Layer) {
        let (name, input, [outputs, inputs, side], stride, clamped) = layer;
        let fan = inputs * side * side;
        // Results fill about half of their range, whatever the layer's size.
        let scale = 0.02 / (fan as f32).sqrt();
        let scales: Vec<f32> = if self.form.per_channel {
            let factors = (0..outputs).map(|output| 0.6 + 0.2 * (output % 5) as f32);
            factors.map(|factor| scale * factor).collect()
        } else {
            vec![scale]
        };
        let weight = format!("{name}_weight");
        let values = self.numbers.integers(outputs * fan, 127.0);
        let dims = [outputs, inputs, side, side].map(|dim| dim as i64);
        self.constant(&weight, &dims, DataType::Int8, &values, &scales);

        let terms = [format!("{input}_real"), format!("{weight}_real")];
        let bias = self.bias(input, name, outputs, &scales);
        let terms: Vec<&str> = terms.iter().chain(&bias).map(String::as_str).collect();
        self.push("Conv", &terms, name);
        let group = if inputs == 1 { outputs as i64 } else { 1 };
        self.set(name, ints("strides", &[stride; 2]));
        self.set(name, ints("pads", &[side as i64 / 2; 4]));
        self.set(name, int("group", group));

        let mut output = name.to_owned();
        if let Some(kind) = self.form.clamp.filter(|_| clamped) {
            output.push_str("_clamped");
            let wanted = if kind == "Relu" { 1 } else { 3 };
            self.push(kind, &[name, "least", "most"][..wanted], &output);
        }
        if clamped {
            self.quantise(&output, name, CLAMPED_SCALE, 0);
        } else {
            // The terms of a sum must not have the same parameters.
            let scale = LINEAR_SCALE * (1.0 + 0.05 * side as f32);
            self.quantise(&output, name, scale, 120 + side as i32);
        }
    }

    /// The name of the bias of the layer `name`, if the form has one.
    fn bias(&mut self, input: &str, name: &str, outputs: usize, scales: &[f32]) -> Option<String> {
        let (bias, dims) = (format!("{name}_bias"), [outputs as i64]);
        match self.form.bias {
            Bias::None => None,
            Bias::Real => {
                let values: Vec<f32> = (0..outputs).map(|_| 0.5 * self.numbers.next()).collect();
                self.floats(&bias, &dims, &values);
                Some(bias)
            }
            Bias::Quantised => {
                let input = &self.weight(&format!("{input}_scale")).raw_data[..];
                let input = f32::from_le_bytes(input.try_into().expect("one float"));
                let steps: Vec<f32> = scales.iter().map(|scale| scale * input).collect();
                let values = self.numbers.integers(outputs, 0.5 / steps[0]);
                self.constant(&bias, &dims, DataType::Int32, &values, &steps);
                Some(format!("{bias}_real"))
            }
        }
    }

    fn real_head(&mut self) {
        let count = BREEDS * FEATURES;
        let weights: Vec<f32> = (0..count).map(|_| self.numbers.next()).collect();
        self.floats("classifier", &[BREEDS as i64, FEATURES as i64], &weights);
        self.floats("offset", &[BREEDS as i64], &[0.1, 0.2, 0.3]);
        self.push("GlobalAveragePool", &["sum_real"], "pooled");
        self.push("Flatten", &["pooled"], "features");
        self.push("Gemm", &["features", "classifier", "offset"], "logits");
        self.set("logits", int("transB", 1));
    }

    fn quantised_head(&mut self) {
        let weights = self.numbers.integers(BREEDS * FEATURES, 127.0);
        let dims = [FEATURES as i64, BREEDS as i64];
        self.constant("classifier", &dims, DataType::Int8, &weights, &[0.01]);
        self.push("GlobalAveragePool", &["sum_real"], "pooled");
        self.quantise("pooled", "pooled", STEP, 130);
        self.push("Flatten", &["pooled_real"], "features");
        self.push("MatMul", &["features", "classifier_real"], "logits");
    }

    /// Quantises `input` and dequantises it again, to `{name}_real`.
    fn quantise(&mut self, input: &str, name: &str, scale: f32, zero: i32) {
        let [scale_name, zero_name] = ["scale", "zero"].map(|it| format!("{name}_{it}"));
        self.floats(&scale_name, &[], &[scale]);
        if self.form.signed {
            self.integers(&zero_name, &[], DataType::Int8, &[zero - 128]);
        } else {
            self.integers(&zero_name, &[], DataType::Uint8, &[zero]);
        }
        let [quantised, real] = ["quantised", "real"].map(|it| format!("{name}_{it}"));
        self.push(
            "QuantizeLinear",
            &[input, &scale_name, &zero_name],
            &quantised,
        );
        self.push(
            "DequantizeLinear",
            &[&quantised, &scale_name, &zero_name],
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
        let [scale, zero, real] = ["scale", "zero", "real"].map(|it| format!("{name}_{it}"));
        self.integers(name, dims, element, values);
        self.floats(&scale, &axis, scales);
        self.integers(&zero, &axis, element, &vec![0; scales.len()]);
        self.push("DequantizeLinear", &[name, &scale, &zero], &real);
        if !axis.is_empty() {
            self.set(&real, int("axis", 0));
        }
    }
}

/// Uniformly distributed numbers, the same in every run.
pub(crate) struct Numbers(SplitMix64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SplitMix64::from_seed(seed.to_le_bytes()))
    }

    /// From -1 to 1.
    pub(crate) fn next(&mut self) -> f32 {
        (self.0.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn integers(&mut self, count: usize, most: f32) -> Vec<i32> {
        (0..count).map(|_| (most * self.next()) as i32).collect()
    }
}
