//! The part of a network that runs in int8: tensors, and the steps between them.

/// Activations of more bytes are not run in int8: supported networks have about a fortieth.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// From a picture to the tensor that the rest of the network begins with.
#[derive(Debug)]
pub(super) struct Program {
    /// The first one is the picture.
    pub(super) tensors: Vec<Tensor>,
    /// In an order in which they can run.
    pub(super) steps: Vec<Step>,
    /// The tensor that the rest of the network reads.
    pub(super) last: usize,
    pub(super) end: End,
}

/// What the rest of the network reads of the last tensor, in real numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The mean of each channel over all pixels: f32 `[1, channels, 1, 1]`.
    Means,
    /// The means, and behind them the maximum of each channel: f32 `[1, 2 channels, 1, 1]`.
    MeansAndMaxima,
    /// All of it: f32 `[1, channels, height, width]`.
    Map,
}

/// Activations: bytes that represent `scale * (byte - zero)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tensor {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) scale: f32,
    /// As unsigned bytes have it: signed ones are taken as unsigned ones that are larger by 128.
    pub(super) zero: u8,
}

#[derive(Debug)]
pub(super) enum Step {
    Convolution(Convolution),
    /// Adds the two tensors `terms`.
    Add {
        terms: [usize; 2],
        sum: usize,
    },
}

#[derive(Debug)]
pub(super) struct Convolution {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) kernel: Kernel,
    /// `[outputs, side, side, inputs]`, with a single input if depthwise; none is -128.
    pub(super) weights: Vec<i8>,
    /// One for each output.
    pub(super) scales: Vec<f32>,
    /// For each output, in units of its sums: input scale times weight scale.
    pub(super) bias: Vec<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// 1x1.
    Pointwise,
    /// 3x3 over a border of one pixel, each channel for itself.
    Depthwise { stride: usize },
    /// Any other square, all channels together.
    Dense {
        side: usize,
        stride: usize,
        pad: usize,
    },
}
