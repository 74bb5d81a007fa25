//! The layers of MobileNetV2 (Sandler et al., "Inverted Residuals and Linear Bottlenecks", CVPR 2018), width 1.0, under
//! the names of timm's `mobilenetv2_100`.

use recognise::locate::CHANNELS;

use super::kernels::{Kernel, Layer};

/// Length of the embedding before the classifier.
pub const FEATURES: usize = 1280;

/// A convolution with its names in weight files.
pub(crate) struct Convolution {
    /// The prefix of `NAME.weight` and, in files with folded norms, of `NAME.bias`.
    pub(crate) name: String,
    /// The prefix of the batch norm behind it in timm's files: `NORM.{weight,bias,running_mean,running_var}`.
    pub(crate) norm: String,
    pub(crate) layer: Layer,
}

/// Convolutions that run as one operation.
pub(crate) struct Block {
    pub(crate) convolutions: Vec<Convolution>,
    pub(crate) shortcut: bool,
}

/// The stages: output channels, number of inverted residuals, stride of the first. Each expands its input six times.
const STAGES: [(usize, usize, usize); 6] = [
    (24, 2, 2),
    (32, 3, 2),
    (64, 4, 2),
    (96, 3, 1),
    (160, 3, 2),
    (320, 1, 1),
];

/// All blocks from the picture `[.., 3]` to the feature map `[.., FEATURES]`, which is 32 times smaller on each side.
pub(crate) fn blocks() -> Vec<Block> {
    let mut inputs = 16;
    let mut stem = vec![convolution(
        "",
        "conv_stem",
        "bn1",
        Kernel::Stem,
        3,
        32,
        true,
    )];
    stem.extend(inverted_residual("blocks.0.0.", 32, 32, inputs, 1));
    let mut blocks = vec![Block {
        convolutions: stem,
        shortcut: false,
    }];
    for (stage, (outputs, repeats, first_stride)) in (1..).zip(STAGES) {
        for index in 0..repeats {
            let stride = if index == 0 { first_stride } else { 1 };
            let prefix = format!("blocks.{stage}.{index}.");
            blocks.push(Block {
                convolutions: inverted_residual(&prefix, inputs, inputs * 6, outputs, stride),
                shortcut: stride == 1 && inputs == outputs,
            });
            inputs = outputs;
        }
    }
    let head = convolution(
        "",
        "conv_head",
        "bn2",
        Kernel::Pointwise,
        inputs,
        FEATURES,
        true,
    );
    blocks.push(Block {
        convolutions: vec![head],
        shortcut: false,
    });
    blocks
}

/// The stages that a detector's trunk may end with: those behind which the map is 32 times smaller than the picture.
const TRUNKS: std::ops::RangeInclusive<usize> = 5..=6;
/// What the names of the convolutions of a detector's head begin with.
pub(crate) const DETECTOR_HEAD: &str = "detect.";
/// Channels of the map that a detector reads its boxes from.
const DETECTOR_WIDTH: usize = 160;

/// The blocks of a detector: those of the network up to `blocks.TRUNK`, then one with the head. `None` if a trunk cannot
/// end there.
pub(crate) fn detector(trunk: usize) -> Option<Vec<Block>> {
    if !TRUNKS.contains(&trunk) {
        return None;
    }
    let stages = &STAGES[..trunk];
    let residuals: usize = stages.iter().map(|&(_, repeats, _)| repeats).sum();
    let (inputs, ..) = stages[trunk - 1];
    let mut blocks = blocks();
    blocks.truncate(1 + residuals);
    let head = |name: &str, kernel, inputs, outputs, relu6| {
        convolution(DETECTOR_HEAD, name, "bn", kernel, inputs, outputs, relu6)
    };
    let depthwise = Kernel::Depthwise { stride: 1 };
    blocks.push(Block {
        convolutions: vec![
            head("dw", depthwise, inputs, inputs, true),
            head("pw", Kernel::Pointwise, inputs, DETECTOR_WIDTH, true),
            head("out", Kernel::Pointwise, DETECTOR_WIDTH, CHANNELS, false),
        ],
        shortcut: false,
    });
    Some(blocks)
}

fn inverted_residual(
    prefix: &str,
    inputs: usize,
    hidden: usize,
    outputs: usize,
    stride: usize,
) -> Vec<Convolution> {
    let depthwise = Kernel::Depthwise { stride };
    if hidden == inputs {
        return vec![
            convolution(prefix, "conv_dw", "bn1", depthwise, hidden, hidden, true),
            convolution(
                prefix,
                "conv_pw",
                "bn2",
                Kernel::Pointwise,
                hidden,
                outputs,
                false,
            ),
        ];
    }
    vec![
        convolution(
            prefix,
            "conv_pw",
            "bn1",
            Kernel::Pointwise,
            inputs,
            hidden,
            true,
        ),
        convolution(prefix, "conv_dw", "bn2", depthwise, hidden, hidden, true),
        convolution(
            prefix,
            "conv_pwl",
            "bn3",
            Kernel::Pointwise,
            hidden,
            outputs,
            false,
        ),
    ]
}

fn convolution(
    prefix: &str,
    name: &str,
    norm: &str,
    kernel: Kernel,
    inputs: usize,
    outputs: usize,
    relu6: bool,
) -> Convolution {
    Convolution {
        name: format!("{prefix}{name}"),
        norm: format!("{prefix}{norm}"),
        layer: Layer {
            kernel,
            inputs,
            outputs,
            relu6,
        },
    }
}
