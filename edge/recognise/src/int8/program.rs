//! A part of a network that runs in int8: tensors, and the steps between them.

use std::borrow::Cow;

use kernels::int8::Window;

/// Activations of more bytes are not run in int8: supported networks have about a fortieth.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// The sum of as many bytes fits 32 bits.
pub(super) const MAX_PIXELS: usize = 1 << 23;

/// From real numbers to real numbers, with nothing but bytes between them.
#[derive(Debug)]
pub(super) struct Program<'a> {
    /// Those that are quantised from real numbers come first: f32 `[1, channels, height, width]`
    /// each, of the same order.
    pub(super) tensors: Vec<Tensor>,
    /// How many these are.
    pub(super) entries: usize,
    /// In an order in which they can run.
    pub(super) steps: Vec<Step<'a>>,
    /// What the rest of the network reads, in this order: a tensor each, and what of it.
    pub(super) exits: Vec<(usize, End)>,
}

/// What the rest of the network reads of a tensor, in real numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The mean of each channel over all pixels: f32 `[1, channels, 1, 1]`.
    Means,
    /// The maximum of each channel: f32 `[1, channels, 1, 1]`.
    Maxima,
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

impl Tensor {
    /// Height, width and channels.
    pub(super) fn shape(&self) -> [usize; 3] {
        [self.height, self.width, self.channels]
    }

    /// The byte that represents a real number, or the nearest one.
    pub(super) fn byte(&self, real: f32) -> u8 {
        // What is no number becomes the least byte.
        ((real / self.scale).round_ties_even() + f32::from(self.zero)).clamp(0.0, 255.0) as u8
    }

    /// The real number that a byte represents.
    pub(super) fn real(&self, byte: u8) -> f32 {
        (f32::from(byte) - f32::from(self.zero)) * self.scale
    }
}

/// Makes the tensor `output` of the tensors `inputs`.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) inputs: Vec<usize>,
    pub(super) output: usize,
    pub(super) work: Work<'a>,
}

#[derive(Debug)]
pub(super) enum Work<'a> {
    Convolution(Convolution<'a>),
    /// Adds two tensors of one size, or the only pixel of the second one to each of the first one.
    Add,
    /// Multiplies them likewise.
    Multiply,
    /// The mean over each window. Pixels beyond the map count as zeros, or as nothing.
    Average {
        window: Window,
        counts_padding: bool,
    },
    /// The maximum over each window. The output has the input's scale and zero point.
    Max(Window),
    /// Replaces each byte. Bytes are unsigned.
    Table(Box<[u8; 256]>),
    /// Puts the channels of all inputs side by side.
    Concat,
}

impl Step<'_> {
    /// How many products of a weight and an activation it adds up.
    pub(super) fn multiply_adds(&self, tensors: &[Tensor]) -> u64 {
        let Work::Convolution(convolution) = &self.work else {
            return 0;
        };
        let output = tensors[self.output];
        (output.height * output.width * convolution.weights.len()) as u64
    }
}

#[derive(Debug)]
pub(super) struct Convolution<'a> {
    pub(super) kernel: Kernel,
    pub(super) window: Window,
    /// `[outputs, rows, columns, inputs]`, with a single input if depthwise.
    pub(super) weights: Weights<'a>,
    /// One for each output.
    pub(super) scales: Vec<f32>,
    /// For each output, in units of its sums: input scale times weight scale.
    pub(super) bias: Vec<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// Each channel for itself.
    Depthwise,
    /// All channels together.
    Dense,
}

#[derive(Debug)]
pub(super) enum Weights<'a> {
    /// None is -128. Most are those of the file, and not copied.
    Bytes(Cow<'a, [i8]>),
    /// From -255 to 255.
    Wide(Vec<i16>),
}

impl Weights<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bytes(weights) => weights.len(),
            Self::Wide(weights) => weights.len(),
        }
    }
}
