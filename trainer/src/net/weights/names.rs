//! The names of tensors in weight files, and what they tell about the network.

use std::collections::{BTreeMap, HashMap};

use candle_core::Tensor;

use crate::net::Architecture;
use crate::net::architecture::{Convolution, EFFICIENTNET_LITE0, MOBILENETV2, Stage, widened};
use crate::net::kernels::Kernel;

/// Networks that are known by their blocks: the name, the stages, and width and depth in per cent.
const KNOWN: [(&str, &[Stage; 7], usize, usize); 12] = [
    ("mobilenetv2_035", &MOBILENETV2, 35, 100),
    ("mobilenetv2_050", &MOBILENETV2, 50, 100),
    ("mobilenetv2_075", &MOBILENETV2, 75, 100),
    ("mobilenetv2_100", &MOBILENETV2, 100, 100),
    ("mobilenetv2_110d", &MOBILENETV2, 110, 120),
    ("mobilenetv2_120d", &MOBILENETV2, 120, 140),
    ("mobilenetv2_140", &MOBILENETV2, 140, 100),
    ("efficientnet_lite0", &EFFICIENTNET_LITE0, 100, 100),
    ("efficientnet_lite1", &EFFICIENTNET_LITE0, 100, 110),
    ("efficientnet_lite2", &EFFICIENTNET_LITE0, 110, 120),
    ("efficientnet_lite3", &EFFICIENTNET_LITE0, 120, 140),
    ("efficientnet_lite4", &EFFICIENTNET_LITE0, 140, 180),
];

/// What timm's names of networks with TensorFlow's padding begin with.
const TENSORFLOW: &str = "tf_";

/// The side of a block's filters and its output channels.
type Shape = (usize, usize);

/// What the tensors are of, if they are of another network.
///
/// A deeper network has all tensors that a shallower one of its family needs, and one with squeeze-and-excitation all
/// that one without needs. The weights would be useless nevertheless.
pub(super) fn other_network(
    tensors: &HashMap<String, Tensor>,
    network: Architecture,
) -> Option<String> {
    let mut names = tensors.keys();
    if names.any(|name| name.contains(".se.") || name.contains("._se_")) {
        return Some("a network with squeeze-and-excitation".to_owned());
    }
    let converted = has_other_names(tensors);
    let blocks = blocks(tensors)?;
    let known = KNOWN.iter().find(|(_, stages, width, depth)| {
        let shapes = shapes(&stages[..], *width, *depth);
        shapes == blocks
    });
    let found = match known {
        // Files with such names were made of TensorFlow's.
        Some((name, ..)) if converted => Some(format!("{TENSORFLOW}{name}")),
        Some((name, ..)) => {
            // timm's names are the same for both paddings.
            let expected = network.name();
            let expected = expected.strip_prefix(TENSORFLOW).unwrap_or(expected);
            (*name != expected).then(|| (*name).to_owned())
        }
        // The last block of the network is its head.
        None => {
            (blocks.len() > network.blocks().len() - 1).then(|| "an unknown network".to_owned())
        }
    };
    found.filter(|found| found != network.name())
}

/// Whether the names are those of EfficientNet-PyTorch.
fn has_other_names(tensors: &HashMap<String, Tensor>) -> bool {
    tensors.contains_key("_conv_stem.weight")
}

/// The blocks of a network of the table.
fn shapes(stages: &[Stage], width: usize, depth: usize) -> Vec<Shape> {
    let last = stages.len() - 1;
    let of_stage = |(index, stage): (usize, &Stage)| {
        let deeper = (stage.repeats * depth).div_ceil(100);
        // The first and the last stage are as deep in all networks.
        let repeats = if index == 0 || index == last {
            stage.repeats
        } else {
            deeper
        };
        std::iter::repeat_n((stage.side, widened(stage.outputs, width)), repeats)
    };
    stages.iter().enumerate().flat_map(of_stage).collect()
}

/// The blocks that the tensors are of, in order; `None` if one of them lacks a convolution.
fn blocks(tensors: &HashMap<String, Tensor>) -> Option<Vec<Shape>> {
    /// The side of the filters, and the outputs of the pointwise convolution that is the last one by its name.
    type Parts = (Option<usize>, Option<(String, usize)>);
    let mut found: BTreeMap<(usize, usize), Parts> = BTreeMap::new();
    for (name, tensor) in tensors {
        let (Some((block, convolution)), &[outputs, _, _, side]) = (block_of(name), tensor.dims())
        else {
            continue;
        };
        let (filters, last) = found.entry(block).or_default();
        match convolution {
            "conv_dw" | "_depthwise_conv" => *filters = Some(side),
            // `conv_pwl` follows `conv_pw`, if there is one.
            "conv_pw" | "conv_pwl" | "_project_conv"
                if last.as_ref().is_none_or(|(name, _)| &**name < convolution) =>
            {
                *last = Some((convolution.to_owned(), outputs));
            }
            _ => {}
        }
    }
    let shape = |(filters, last): Parts| Some((filters?, last?.1));
    let shapes: Option<Vec<Shape>> = found.into_values().map(shape).collect();
    shapes.filter(|shapes| !shapes.is_empty())
}

/// The place of the block, and the name within it, of the convolution whose weights have this name: stage and index, or
/// the number alone.
fn block_of(name: &str) -> Option<((usize, usize), &str)> {
    let name = name.strip_suffix(".weight")?;
    if let Some(rest) = name.strip_prefix("_blocks.") {
        let (number, convolution) = rest.split_once('.')?;
        return Some(((number.parse().ok()?, 0), convolution));
    }
    let (stage, rest) = name.strip_prefix("blocks.")?.split_once('.')?;
    let (index, convolution) = rest.split_once('.')?;
    Some(((stage.parse().ok()?, index.parse().ok()?), convolution))
}

/// The tensors of a network under timm's names.
pub(super) fn to_timm(
    tensors: HashMap<String, Tensor>,
    network: Architecture,
) -> HashMap<String, Tensor> {
    if !has_other_names(&tensors) {
        return tensors;
    }
    let names = efficientnet_pytorch(network);
    let renamed = tensors.into_iter().map(|(name, tensor)| {
        let timm = name.rsplit_once('.').and_then(|(place, part)| {
            let timm = names.get(place)?;
            Some(format!("{timm}.{part}"))
        });
        (timm.unwrap_or(name), tensor)
    });
    renamed.collect()
}

/// For each name of EfficientNet-PyTorch, of a convolution or a norm, the one of timm. The former counts blocks without
/// regard to stages.
fn efficientnet_pytorch(network: Architecture) -> HashMap<String, String> {
    let mut names = HashMap::new();
    let mut number = 0;
    let blocks = network.blocks();
    for convolution in blocks.iter().flat_map(|block| &block.convolutions) {
        let Convolution { name, norm, layer } = convolution;
        let block = format!("_blocks.{number}.");
        let (prefix, own, own_norm) = match (name.as_str(), layer.kernel) {
            ("conv_stem", _) => ("", "_conv_stem", "_bn0"),
            ("conv_head", _) => ("", "_conv_head", "_bn1"),
            (_, Kernel::Depthwise(_)) => (&*block, "_depthwise_conv", "_bn1"),
            _ if layer.relu6 => (&*block, "_expand_conv", "_bn0"),
            _ => {
                number += 1;
                (&*block, "_project_conv", "_bn2")
            }
        };
        names.insert(format!("{prefix}{own}"), name.clone());
        names.insert(format!("{prefix}{own_norm}"), norm.clone());
    }
    names
}
