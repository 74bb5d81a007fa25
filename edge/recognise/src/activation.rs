//! Shows where in a picture the network sees a breed, by class activation maps (Zhou et al., "Learning
//! Deep Features for Discriminative Localization", CVPR 2016).
//!
//! Logits are a product of weights with the mean of the last feature map over its positions. The same
//! product with each position by itself says how much that position adds to a logit.

use image::RgbImage;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, ValueInfoProto, attribute_proto};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::bail;

use crate::bundle::Bundle;
use crate::error::{BundleError, EngineError};
use crate::metadata::Resize;
use crate::model;
use crate::preprocess::{Inputs, crop_box};
use crate::region::Region;
use crate::runner::{Part, Runner, floats};

/// The names of the tensors that are added to a graph. No file has them.
const POSITIONS: &str = "kiosk.positions";
const ACTIVATION: &str = "kiosk.activation";

/// The part of a bundle that names breeds, up to its last feature map, ready to run on the engine that
/// the kiosk has.
#[derive(Debug)]
pub struct Activation {
    runner: Runner,
    inputs: Inputs,
    resize: Resize,
    breeds: usize,
}

/// How much each part of a picture adds to the logit of a breed.
///
/// ```
/// use image::RgbImage;
/// use recognise::{Activation, Bundle, Region};
///
/// let activation = Activation::new(&Bundle::embedded()?)?.expect("a mean of a feature map");
/// let map = activation.map(&RgbImage::new(64, 48), Region::WHOLE, 4)?;
/// assert_eq!(map.values.len(), map.side * map.side);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ActivationMap {
    /// The rectangle of the picture that the map covers: left, top, width and height in pixels.
    pub rectangle: [u32; 4],
    /// How many positions a side the map has, at least 1.
    pub side: usize,
    /// What each position adds, row by row from above. The mean of all, divided by the length of the
    /// features where the network scales these to length 1, is the logit without its bias.
    pub values: Vec<f32>,
}

impl Activation {
    /// Prepares the bundle's network. `None` if its logits do not come from the mean of a feature map
    /// by one product with weights.
    ///
    /// # Errors
    /// A [`BundleError`] that names the bundle, if the network cannot be run.
    pub fn new(bundle: &Bundle) -> Result<Option<Self>, BundleError> {
        let mut proto = bundle.proto.clone();
        if proto.graph.as_mut().and_then(classify_positions).is_none() {
            return Ok(None);
        }
        let input = &bundle.metadata.input;
        let breeds = bundle.metadata.breeds.len();
        let part = Part {
            bundle: &bundle.name,
            proto: &proto,
            size: input.size,
        };
        Ok(Some(Self {
            runner: part.load(1, |values| read(values, breeds).map(|_| ()))?,
            inputs: Inputs::new(input.clone()),
            resize: input.resize,
            breeds,
        }))
    }

    /// The map for a breed, by its index in the metadata, of the part of a picture that is recognised.
    ///
    /// # Errors
    /// If the engine fails, or there is no such breed.
    pub fn map(
        &self,
        photo: &RgbImage,
        region: Region,
        breed: usize,
    ) -> Result<ActivationMap, EngineError> {
        let rectangle = region.pixels(photo.width(), photo.height());
        let of_breed = |values: &[TValue]| -> TractResult<(usize, Vec<f32>)> {
            let (side, maps) = read(values, self.breeds)?;
            match maps.chunks_exact(side * side).nth(breed) {
                Some(map) => Ok((side, map.to_vec())),
                None => bail!("there is no breed {breed}"),
            }
        };
        let (side, values) = self
            .inputs
            .with(photo, rectangle, |image| self.runner.run(image, of_breed))?;
        let [left, top, width, height] = rectangle;
        let (inner_left, inner_top, width, height) = crop_box(self.resize, width, height);
        Ok(ActivationMap {
            rectangle: [left + inner_left, top + inner_top, width, height],
            side,
            values,
        })
    }
}

/// The positions a side, and the maps of all breeds one after another.
fn read(values: &[TValue], breeds: usize) -> TractResult<(usize, Vec<f32>)> {
    let maps = floats(values.first())?;
    let positions = maps.len() / breeds.max(1);
    let side = positions.isqrt();
    if side == 0 || side * side * breeds != maps.len() {
        bail!("its last feature map is no square");
    }
    Ok((side, maps))
}

/// Makes what each position of the last feature map adds to each logit, f32 `[breeds, positions]`, the
/// only output of a graph. `None` if the graph has another form; then it stays as it is.
fn classify_positions(graph: &mut GraphProto) -> Option<()> {
    let form: &GraphProto = graph;
    let classifier = model::classifier(form)?;
    let [features, weights, ..] = &classifier.input[..] else {
        return None;
    };
    let number = |name: &str| classifier.attribute.iter().find(|it| it.name == name);
    let is_set = |name: &str| number(name).is_some_and(|it| it.i != 0);
    let is_plain = number("alpha").is_none_or(|alpha| alpha.f == 1.0) && !is_set("transA");
    // The weights come first here, as [breeds, features].
    let transposed = i64::from(!is_set("transB"));
    let map = is_plain.then(|| pooled(form, features)).flatten()?;
    let positions = node("Flatten", POSITIONS, &[map], integer("axis", 2));
    let product = [weights.as_str(), POSITIONS];
    let product = node("Gemm", ACTIVATION, &product, integer("transA", transposed));
    graph.node.extend([positions, product]);
    graph.output = vec![ValueInfoProto {
        name: ACTIVATION.to_owned(),
        ..ValueInfoProto::default()
    }];
    Some(())
}

/// The feature map whose mean the features are, in another shape or length at most.
fn pooled<'a>(graph: &'a GraphProto, features: &'a str) -> Option<&'a str> {
    let mut tensor = features;
    loop {
        let makes = |node: &&NodeProto| node.output.iter().any(|output| output == tensor);
        let node = graph.node.iter().find(makes)?;
        let input = node.input.first()?;
        match node.op_type.as_str() {
            "GlobalAveragePool" => return Some(input),
            "Div" if divides_channels(graph, node) => return None,
            "DequantizeLinear" | "Div" | "Dropout" | "Flatten" | "Identity" | "QuantizeLinear"
            | "Reshape" | "Squeeze" => tensor = input,
            _ => return None,
        }
    }
}

/// Whether it divides each channel by a number of its own, which the map would lack.
fn divides_channels(graph: &GraphProto, node: &NodeProto) -> bool {
    let divisor = node.input.get(1);
    let mut weights = graph.initializer.iter();
    let divisor = weights.find(|weight| Some(&weight.name) == divisor);
    divisor.is_some_and(|weight| weight.dims.iter().product::<i64>() > 1)
}

fn node(kind: &str, output: &str, inputs: &[&str], attribute: AttributeProto) -> NodeProto {
    NodeProto {
        op_type: kind.to_owned(),
        name: output.to_owned(),
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        attribute: vec![attribute],
        ..NodeProto::default()
    }
}

fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_proto::AttributeType::Int as i32,
        i: value,
        ..AttributeProto::default()
    }
}
