//! The layers of the networks, under timm's names, from a table of stages each: MobileNetV2 (Sandler et al., "Inverted
//! Residuals and Linear Bottlenecks", CVPR 2018), and EfficientNet-Lite0, which is EfficientNet-B0 (Tan and Le,
//! "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019) without squeeze-and-excitation
//! and with ReLU6.

use std::fmt;

use recognise::locate::CHANNELS;
use serde::{Deserialize, Serialize};

use super::kernels::{Kernel, Layer, Padding, Window};

/// A network that can be trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum Architecture {
    /// MobileNetV2 1.0, 3.5 million parameters with ImageNet's 1000 classes
    #[default]
    #[serde(rename = "mobilenetv2_100")]
    #[value(name = "mobilenetv2_100")]
    MobileNetV2,
    /// MobileNetV2 1.4, 6.1 million
    #[serde(rename = "mobilenetv2_140")]
    #[value(name = "mobilenetv2_140")]
    MobileNetV2Wide,
    /// EfficientNet-Lite0, 4.7 million, as timm trained it
    #[serde(rename = "efficientnet_lite0")]
    #[value(name = "efficientnet_lite0")]
    EfficientNetLite0,
    /// EfficientNet-Lite0 for Google's weights, with TensorFlow's padding and normalisation
    #[serde(rename = "tf_efficientnet_lite0")]
    #[value(name = "tf_efficientnet_lite0")]
    TfEfficientNetLite0,
}

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

/// A row of blocks: depthwise, expanding and projecting convolutions.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    /// Side of the depthwise filters.
    pub(super) side: usize,
    /// How many times as wide a block is inside. At 1 there is no expanding convolution.
    pub(super) expansion: usize,
    /// Output channels at a width of 1.
    pub(super) outputs: usize,
    /// Number of blocks.
    pub(super) repeats: usize,
    /// Stride of the first block.
    pub(super) stride: usize,
}

pub(super) const MOBILENETV2: [Stage; 7] = [
    stage(3, 1, 16, 1, 1),
    stage(3, 6, 24, 2, 2),
    stage(3, 6, 32, 3, 2),
    stage(3, 6, 64, 4, 2),
    stage(3, 6, 96, 3, 1),
    stage(3, 6, 160, 3, 2),
    stage(3, 6, 320, 1, 1),
];

pub(super) const EFFICIENTNET_LITE0: [Stage; 7] = [
    stage(3, 1, 16, 1, 1),
    stage(3, 6, 24, 2, 2),
    stage(5, 6, 40, 2, 2),
    stage(3, 6, 80, 3, 2),
    stage(5, 6, 112, 3, 1),
    stage(5, 6, 192, 4, 2),
    stage(3, 6, 320, 1, 1),
];

const fn stage(
    side: usize,
    expansion: usize,
    outputs: usize,
    repeats: usize,
    stride: usize,
) -> Stage {
    Stage {
        side,
        expansion,
        outputs,
        repeats,
        stride,
    }
}

/// Output channels of the first convolution at a width of 1.
const STEM: usize = 32;
/// Those of the last one, and the least that it has at any width.
const HEAD: usize = 1280;

/// Mean and standard deviation of ImageNet's pictures.
const IMAGENET: [[f32; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

impl Architecture {
    /// timm's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MobileNetV2 => "mobilenetv2_100",
            Self::MobileNetV2Wide => "mobilenetv2_140",
            Self::EfficientNetLite0 => "efficientnet_lite0",
            Self::TfEfficientNetLite0 => "tf_efficientnet_lite0",
        }
    }

    /// The pretrained model on Hugging Face.
    #[must_use]
    pub fn hub_model(self) -> &'static str {
        match self {
            Self::MobileNetV2 => "timm/mobilenetv2_100.ra_in1k",
            Self::MobileNetV2Wide => "timm/mobilenetv2_140.ra_in1k",
            Self::EfficientNetLite0 => "timm/efficientnet_lite0.ra_in1k",
            Self::TfEfficientNetLite0 => "timm/tf_efficientnet_lite0.in1k",
        }
    }

    /// Length of the embedding before the classifier: the channels of the last feature map.
    #[must_use]
    pub fn features(self) -> usize {
        widened(HEAD, self.width()).max(HEAD)
    }

    /// Numbers that an embedding of an animal is made of: the mean of each channel of the last feature map, then the
    /// maximum of each. The mean says what the coat is like as a whole, the maximum which marks are somewhere on it.
    #[must_use]
    pub fn pooled(self) -> usize {
        2 * self.features()
    }

    /// Mean and standard deviation of a picture's channels, red, green and blue, that the pretrained weights expect.
    #[must_use]
    pub fn normalisation(self) -> [[f32; 3]; 2] {
        match self {
            Self::MobileNetV2 | Self::MobileNetV2Wide | Self::EfficientNetLite0 => IMAGENET,
            Self::TfEfficientNetLite0 => [[0.5; 3]; 2],
        }
    }

    /// The epsilon of the pretrained norms: PyTorch's default, or that of Google's EfficientNets.
    pub(super) fn norm_epsilon(self) -> f64 {
        match self {
            Self::MobileNetV2 | Self::MobileNetV2Wide | Self::EfficientNetLite0 => 1e-5,
            Self::TfEfficientNetLite0 => 1e-3,
        }
    }

    fn stages(self) -> &'static [Stage; 7] {
        match self {
            Self::MobileNetV2 | Self::MobileNetV2Wide => &MOBILENETV2,
            Self::EfficientNetLite0 | Self::TfEfficientNetLite0 => &EFFICIENTNET_LITE0,
        }
    }

    /// The width, in per cent of the table's.
    fn width(self) -> usize {
        match self {
            Self::MobileNetV2 | Self::EfficientNetLite0 | Self::TfEfficientNetLite0 => 100,
            Self::MobileNetV2Wide => 140,
        }
    }

    fn padding(self) -> Padding {
        match self {
            Self::MobileNetV2 | Self::MobileNetV2Wide | Self::EfficientNetLite0 => {
                Padding::Symmetric
            }
            Self::TfEfficientNetLite0 => Padding::Same,
        }
    }

    /// All blocks from the picture `[.., 3]` to the feature map `[.., features]`, which is 32 times smaller on each side.
    pub(crate) fn blocks(self) -> Vec<Block> {
        let (width, padding) = (self.width(), self.padding());
        let stem = widened(STEM, width);
        let kernel = Kernel::Stem(padding);
        let mut inputs = stem;
        // The stem runs in one operation with the first block.
        let mut before = vec![convolution("", "conv_stem", "bn1", kernel, 3, stem, true)];
        let mut blocks = Vec::new();
        for (index, stage) in self.stages().iter().enumerate() {
            let outputs = widened(stage.outputs, width);
            for repeat in 0..stage.repeats {
                let window = Window {
                    side: stage.side,
                    stride: if repeat == 0 { stage.stride } else { 1 },
                    padding,
                };
                let prefix = format!("blocks.{index}.{repeat}.");
                let shortcut = before.is_empty() && window.stride == 1 && inputs == outputs;
                let mut convolutions = std::mem::take(&mut before);
                let hidden = inputs * stage.expansion;
                convolutions.extend(inverted_residual(&prefix, inputs, hidden, outputs, window));
                blocks.push(Block {
                    convolutions,
                    shortcut,
                });
                inputs = outputs;
            }
        }
        let (kernel, features) = (Kernel::Pointwise, self.features());
        let head = convolution("", "conv_head", "bn2", kernel, inputs, features, true);
        blocks.push(Block {
            convolutions: vec![head],
            shortcut: false,
        });
        blocks
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Channels at a width in per cent: the nearest multiple of 8, but the one above if that is less than nine tenths.
pub(super) fn widened(channels: usize, width: usize) -> usize {
    let hundredths = channels * width;
    let nearest = ((hundredths + 400) / 800 * 8).max(8);
    if nearest * 1000 < hundredths * 9 {
        nearest + 8
    } else {
        nearest
    }
}

/// The stages that a detector's trunk may end with: those behind which the map is 32 times smaller than the picture.
const TRUNKS: std::ops::RangeInclusive<usize> = 5..=6;
/// What the names of the convolutions of a detector's head begin with.
pub(crate) const DETECTOR_HEAD: &str = "detect.";
/// Channels of the map that a detector reads its boxes from.
const DETECTOR_WIDTH: usize = 160;

/// The blocks of a detector: those of MobileNetV2 1.0 up to `blocks.TRUNK`, then one with the head. `None` if a trunk
/// cannot end there.
pub(crate) fn detector(trunk: usize) -> Option<Vec<Block>> {
    if !TRUNKS.contains(&trunk) {
        return None;
    }
    let stages = &MOBILENETV2[..=trunk];
    let inputs = stages[trunk].outputs;
    let mut blocks = Architecture::MobileNetV2.blocks();
    blocks.truncate(stages.iter().map(|stage| stage.repeats).sum());
    let head = |name: &str, kernel, inputs, outputs, relu6| {
        convolution(DETECTOR_HEAD, name, "bn", kernel, inputs, outputs, relu6)
    };
    let depthwise = Kernel::Depthwise(Window {
        side: 3,
        stride: 1,
        padding: Padding::Symmetric,
    });
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

/// The convolutions of a block; without an expanding one if it is not wider inside.
fn inverted_residual(
    prefix: &str,
    inputs: usize,
    hidden: usize,
    outputs: usize,
    window: Window,
) -> Vec<Convolution> {
    let depthwise = Kernel::Depthwise(window);
    let one = |name, norm, kernel, inputs, outputs, relu6| {
        convolution(prefix, name, norm, kernel, inputs, outputs, relu6)
    };
    if hidden == inputs {
        return vec![
            one("conv_dw", "bn1", depthwise, hidden, hidden, true),
            one("conv_pw", "bn2", Kernel::Pointwise, hidden, outputs, false),
        ];
    }
    vec![
        one("conv_pw", "bn1", Kernel::Pointwise, inputs, hidden, true),
        one("conv_dw", "bn2", depthwise, hidden, hidden, true),
        one("conv_pwl", "bn3", Kernel::Pointwise, hidden, outputs, false),
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
