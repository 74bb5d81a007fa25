//! A small but complete model bundle, encoded byte by byte in protobuf's wire format: any ONNX
//! exporter could have made it. The tests of other crates share this file.

#![allow(dead_code, reason = "not every test binary uses all of it")]

use serde_json::{Value, json};

/// What a bundle is made of. The default one is sound; a test changes the part that it is about.
pub(crate) struct Draft {
    pub(crate) opset: u64,
    /// Name, element type and dimensions; a negative dimension is the symbol `N`.
    pub(crate) input: (&'static str, u64, Vec<i64>),
    /// The input of the detector, if there is one.
    pub(crate) frame: Option<(&'static str, u64, Vec<i64>)>,
    pub(crate) outputs: Vec<(&'static str, u64, Vec<i64>)>,
    /// Name, dimensions and data of each weight, f32.
    pub(crate) weights: Vec<(&'static str, Vec<u64>, Vec<f32>)>,
    /// The same for weights in i8.
    pub(crate) int8_weights: Vec<(&'static str, Vec<u64>, Vec<i8>)>,
    /// Operator, inputs and output of each node.
    pub(crate) nodes: Vec<(&'static str, Vec<&'static str>, &'static str)>,
    /// Attributes of the first node: name and integers.
    pub(crate) attributes: Vec<(&'static str, Vec<u64>)>,
    pub(crate) props: Vec<(&'static str, Value)>,
}

pub(crate) const SIZE: i64 = 32;
pub(crate) const F32: u64 = 1;
pub(crate) const U8: u64 = 2;
const I8: u64 = 3;

impl Default for Draft {
    /// Three breeds that differ in the picture's mean colour: `red_cat`, `green_dog`, `blue_dog`.
    fn default() -> Self {
        let identity = vec![9., 0., 0., 0., 9., 0., 0., 0., 9.];
        Self {
            opset: 17,
            input: ("image", F32, vec![-1, 3, SIZE, SIZE]),
            frame: None,
            outputs: vec![("logits", F32, vec![-1, 3])],
            weights: vec![("weight", vec![3, 3], identity)],
            int8_weights: vec![],
            nodes: vec![
                ("GlobalAveragePool", vec!["image"], "pooled"),
                ("Flatten", vec!["pooled"], "features"),
                ("MatMul", vec!["features", "weight"], "logits"),
            ],
            attributes: vec![],
            props: props(),
        }
    }
}

fn props() -> Vec<(&'static str, Value)> {
    vec![
        (
            "kiosk.breeds",
            json!([
                {"id": "red_cat", "species": "cat"},
                {"id": "green_dog", "species": "dog"},
                {"id": "blue_dog", "species": "dog"},
            ]),
        ),
        (
            "kiosk.input",
            json!({"size": SIZE, "resize": "squash", "mean": [0., 0., 0.], "std": [1., 1., 1.]}),
        ),
        ("kiosk.calibration", json!({"temperature": 1.0})),
        (
            "kiosk.unknown",
            json!({"method": "max_probability", "threshold": 0.5}),
        ),
        (
            "kiosk.trained",
            json!({"when": "2024-05-01", "images": 12, "data_digest": "abc",
                   "pretrained": "none", "recipe": {"epochs": 1}}),
        ),
    ]
}

impl Draft {
    /// The similarity to a breed is the share of its colour in the picture, 0 to 1. A picture is
    /// in distribution if that is at least 0.3 for any breed; a breed is named from 0.6 on.
    pub(crate) fn with_similarity() -> Self {
        let mut draft = Self::default();
        let identity = vec![1., 0., 0., 0., 1., 0., 0., 0., 1.];
        draft.weights.push(("prototypes", vec![3, 3], identity));
        let similarity = ("MatMul", vec!["features", "prototypes"], "similarity");
        draft.nodes.push(similarity);
        draft.outputs.push(("similarity", F32, vec![-1, 3]));
        *draft.prop("kiosk.unknown") = json!({"method": "prototype_similarity", "threshold": 0.5,
            "animal": 0.3, "breed": 0.6});
        draft
    }

    /// Makes embeddings of 16 numbers, of which the first three are the picture's mean colour. The
    /// prototype of each breed is its colour.
    pub(crate) fn with_embedding() -> Self {
        let prototype = |breed: usize| -> Vec<f32> {
            let numbers = 0..16;
            numbers.map(|it| f32::from(it == breed)).collect()
        };
        let prototypes = [prototype(0), prototype(1), prototype(2)];
        let mut draft = Self::with_similarity();
        let embedder = prototypes.concat();
        draft.weights.push(("embedder", vec![3, 16], embedder));
        let embedding = ("MatMul", vec!["features", "embedder"], "embedding");
        draft.nodes.push(embedding);
        draft.outputs.push(("embedding", F32, vec![-1, 16]));
        let guests = json!({"scale": 20.0, "new": 0.6});
        let spec = json!({"prototypes": prototypes, "guests": guests});
        draft.props.push(("kiosk.embedding", spec));
        draft
    }

    /// Quantised in QDQ form: two convolutions that change nothing, of equal cost, and between them an
    /// operator that has no int8 form, whose result is not quantised. So only the first convolution runs
    /// in int8.
    pub(crate) fn quantised() -> Self {
        let identity = vec![127, 0, 0, 0, 127, 0, 0, 0, 127];
        let mut draft = Self {
            int8_weights: vec![("mix", vec![3, 3, 1, 1], identity)],
            ..Self::default()
        };
        draft.weights.extend([
            ("step", vec![], vec![1.0 / 255.0]),
            ("mix_step", vec![], vec![1.0 / 127.0]),
            ("one", vec![], vec![1.0]),
        ]);
        draft.nodes[0].1 = vec!["colours"];
        let convolutions = [
            ("QuantizeLinear", vec!["image", "step"], "image_bytes"),
            ("DequantizeLinear", vec!["image_bytes", "step"], "pixels"),
            ("DequantizeLinear", vec!["mix", "mix_step"], "mixer"),
            ("Conv", vec!["pixels", "mixer"], "mixed"),
            ("QuantizeLinear", vec!["mixed", "step"], "mixed_bytes"),
            ("DequantizeLinear", vec!["mixed_bytes", "step"], "same"),
            ("Div", vec!["same", "one"], "divided"),
            ("Conv", vec!["divided", "mixer"], "colours"),
        ];
        draft.nodes = convolutions.into_iter().chain(draft.nodes).collect();
        draft
    }

    /// Finds a cat in the left half of every picture that is red enough, and a dog in the right half of
    /// every one that is green enough: their logits are 40 times that colour's share of the whole
    /// picture, 0 to 1, less 15. Recognises what is in the box.
    pub(crate) fn with_detector() -> Self {
        let (quarter, three_quarters) = (0.5f32.ln(), 1.5f32.ln());
        let absent = [-20.0, -20.0, 0.0, 0.0, 0.0, 0.0];
        // The cells of a grid of 2 x 2: the centres of the upper ones are a quarter from above and
        // from the side. Distances are in units of a cell.
        let half = [quarter, quarter, quarter, three_quarters];
        let cat = [&[-15.0, -20.0][..], &half].concat();
        let dog = [&[-20.0, -15.0][..], &half].concat();
        let mut weights = vec![0.0; 24 * 3];
        // Of the cat's logit in the first cell, and of the dog's in the second one.
        (weights[0], weights[7 * 3 + 1]) = (40.0, 40.0);
        let mut draft = Self {
            frame: Some(("frame", F32, vec![-1, 3, SIZE, SIZE])),
            ..Self::default()
        };
        draft.outputs.push(("animals", F32, vec![-1, 24, 1, 1]));
        draft.weights.extend([
            ("cells", vec![24, 3, 1, 1], weights),
            (
                "offsets",
                vec![24],
                [cat, dog, absent.to_vec(), absent.to_vec()].concat(),
            ),
        ]);
        draft.nodes.extend([
            ("GlobalAveragePool", vec!["frame"], "colour"),
            ("Conv", vec!["colour", "cells", "offsets"], "animals"),
        ]);
        let animals = json!({
            "input": {"size": SIZE, "resize": "squash", "mean": [0., 0., 0.], "std": [1., 1., 1.]},
            "margin": 0.0,
            "shape": "tight",
            "trained": {"images": 8, "recipe": {"epochs": 1}},
        });
        draft.props.push(("kiosk.animals", animals));
        draft
    }

    /// The same with a detector that takes a tenth of a second or more on any processor.
    pub(crate) fn with_slow_detector() -> Self {
        /// So many channels are handed on unchanged, so often.
        const CHANNELS: usize = 256;
        const LAYERS: usize = 32;
        let unchanged = |outputs: usize, inputs: usize| -> Vec<f32> {
            let places =
                (0..outputs).flat_map(|output| (0..inputs).map(move |input| (output, input)));
            places
                .map(|(output, input)| f32::from(output == input))
                .collect()
        };
        let mut draft = Self::with_detector();
        for (name, outputs, inputs) in [
            ("widened", CHANNELS, 3),
            ("handed_on", CHANNELS, CHANNELS),
            ("narrowed", 3, CHANNELS),
        ] {
            let dims = vec![outputs as u64, inputs as u64, 1, 1];
            draft.weights.push((name, dims, unchanged(outputs, inputs)));
        }
        // Its own two operators come last.
        let mut detector = draft.nodes.split_off(draft.nodes.len() - 2);
        detector[0].1 = vec!["same_frame"];
        let mut former: &'static str = "frame";
        for layer in 0..LAYERS {
            let weight = if layer == 0 { "widened" } else { "handed_on" };
            let output: &'static str = Box::leak(format!("layer_{layer}").into_boxed_str());
            draft.nodes.push(("Conv", vec![former, weight], output));
            former = output;
        }
        let narrow = ("Conv", vec![former, "narrowed"], "same_frame");
        draft.nodes.push(narrow);
        draft.nodes.extend(detector);
        draft
    }

    /// The metadata value of `key`, to be changed.
    pub(crate) fn prop(&mut self, key: &str) -> &mut Value {
        let found = self.props.iter_mut().find(|(name, _)| *name == key);
        &mut found.expect("a key of every bundle").1
    }

    /// The ONNX file. Field numbers: onnx.proto.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        for (index, (op, inputs, output)) in self.nodes.iter().enumerate() {
            let inputs: Vec<u8> = inputs.iter().flat_map(|name| text(1, name)).collect();
            let mut node = [inputs, text(2, output), text(3, output), text(4, op)].concat();
            for (name, values) in self.attributes.iter().filter(|_| index == 0) {
                let values: Vec<u8> = values.iter().flat_map(|&value| number(8, value)).collect();
                node.extend(message(5, &[text(1, name), number(20, 7), values].concat()));
            }
            graph.extend(message(1, &node));
        }
        for (name, dims, data) in &self.weights {
            let data: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
            graph.extend(message(5, &tensor(name, dims, F32, &data)));
        }
        for (name, dims, data) in &self.int8_weights {
            let data: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
            graph.extend(message(5, &tensor(name, dims, I8, &data)));
        }
        for input in [&self.input].into_iter().chain(&self.frame) {
            graph.extend(message(11, &port(input)));
        }
        for output in &self.outputs {
            graph.extend(message(12, &port(output)));
        }

        let mut model = [number(1, 8), message(7, &graph)].concat();
        model.extend(message(8, &[text(1, ""), number(2, self.opset)].concat()));
        for (key, value) in &self.props {
            let prop = [text(1, key), text(2, &value.to_string())].concat();
            model.extend(message(14, &prop));
        }
        model
    }
}

fn tensor(name: &str, dims: &[u64], element: u64, data: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&dim| number(1, dim)).collect();
    [dims, number(2, element), text(8, name), message(9, data)].concat()
}

fn port((name, element, dims): &(&str, u64, Vec<i64>)) -> Vec<u8> {
    let dim = |&dim: &i64| match u64::try_from(dim) {
        Ok(value) => message(1, &number(1, value)),
        Err(_) => message(1, &text(2, "N")),
    };
    let shape: Vec<u8> = dims.iter().flat_map(dim).collect();
    let tensor = [number(1, *element), message(2, &shape)].concat();
    [text(1, name), message(2, &message(1, &tensor))].concat()
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn text(field: u64, value: &str) -> Vec<u8> {
    message(field, value.as_bytes())
}

fn message(field: u64, value: &[u8]) -> Vec<u8> {
    let length = varint(value.len() as u64);
    [varint(field << 3 | 2), length, value.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
