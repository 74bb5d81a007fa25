//! The arithmetic of an int8 network, for whatever instructions the processor has.
//!
//! Every kernel gives the same bytes as `portable`, which is the definition: sums of products in
//! i32, exactly; times the channel's scale in f32; rounded to the nearest integer, ties to even;
//! plus the output's zero point; clamped to a byte. (Jacob et al., "Quantization and Training of
//! Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018; scale and rounding
//! as ONNX defines `QLinearConv`.)

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bytes;
mod gather;
mod map;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "aarch64")]
mod neon_dot;
mod pack;
mod portable;
#[cfg(test)]
mod tests;

pub use bytes::{Addition, Quantiser, add, pool, quantise_image};
pub use gather::{Square, gather};
pub use map::{Map, Rows, View};
pub use pack::{Depthwise, Pointwise, Requantise};

use crate::Isa;

impl Isa {
    /// Whether its activations are signed bytes. Arm's dot product wants both factors signed,
    /// that of x86 wants activations unsigned; the two differ by 128 in value and zero point alone.
    #[must_use]
    pub fn signed(self) -> bool {
        match self {
            Self::Portable => false,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 | Self::Avx512Vnni => false,
            #[cfg(target_arch = "aarch64")]
            Self::Neon | Self::NeonDot => true,
        }
    }

    /// A zero point as its activations have it, from that of unsigned bytes.
    #[must_use]
    pub fn zero(self, unsigned: u8) -> i32 {
        i32::from(unsigned) - if self.signed() { 128 } else { 0 }
    }

    /// How it wants a pointwise convolution's weights packed.
    fn panel(self) -> Panel {
        let (channels, inputs, runs) = match self {
            Self::Portable => (1, 1, 1),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => (8, 4, 1),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => (16, 4, 1),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => (4, 16, 1),
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot => (8, 4, 4),
        };
        Panel {
            channels,
            inputs,
            runs,
        }
    }
}

/// Weights that a kernel takes at once.
#[derive(Clone, Copy, Debug)]
struct Panel {
    /// Output channels that stand together.
    channels: usize,
    /// For each of them, inputs in a row.
    inputs: usize,
    /// How many such rows, each of all channels, make a group.
    runs: usize,
}

/// Convolves each pixel of `to` from the same pixel of `from`.
///
/// # Panics
/// Where the maps do not fit each other or the layer.
#[inline(never)]
pub fn pointwise(layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    layer.check(from, to);
    match layer.requantise.isa {
        Isa::Portable => portable::pointwise(layer, from, to),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => avx2::pointwise(layer, from, to),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512Vnni => avx512::pointwise(layer, from, to),
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => neon::pointwise(layer, from, to),
        #[cfg(target_arch = "aarch64")]
        Isa::NeonDot => neon_dot::pointwise(layer, from, to),
    }
}

/// Convolves each channel of `from` by its own 3x3 kernel.
///
/// # Panics
/// Where the maps do not fit each other or the layer.
#[inline(never)]
pub fn depthwise(layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    layer.check(from, to);
    match layer.requantise.isa {
        Isa::Portable => portable::depthwise(layer, from, to),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => avx2::depthwise(layer, from, to),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512Vnni => avx512::depthwise(layer, from, to),
        #[cfg(target_arch = "aarch64")]
        Isa::Neon | Isa::NeonDot => neon::depthwise(layer, from, to),
    }
}
