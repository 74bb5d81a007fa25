//! Runs the layers of int8 networks with the instructions that the processor has.
//!
//! Every kernel gives the same bytes as `portable`, which is the definition: an exact sum of products
//! in i32, multiplied by the channel's scale as a fixed-point number of 31 bits, rounded to the nearest integer with
//! ties upwards, shifted by the output's zero point, and clamped to a byte. (Jacob et al., "Quantization and Training of
//! Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018.) ONNX's `QLinearConv` differs from that
//! at ties alone, and where its f32 rounds a product to one.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bytes;
mod channelwise;
mod compare;
mod gather;
mod map;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "aarch64")]
mod neon_dot;
#[cfg(target_arch = "aarch64")]
mod neon_dot_depthwise;
mod pack;
mod pairs;
mod pools;
mod portable;
mod product;
mod table;
#[cfg(test)]
mod tests;
mod wide;
mod window;

pub use bytes::{Quantiser, dequantise, max_pool, pool, quantise, quantise_image};
pub use channelwise::{Channelwise, channelwise};
pub use compare::dots;
pub use gather::gather;
pub use map::{Map, Rows, View};
pub use pack::{Depthwise, Pointwise, Requantise};
pub use pairs::{Addition, Multiplication, add, multiply};
pub use pools::{Averaging, average_windows, max_windows};
pub use product::Product;
pub use table::look_up;
pub use wide::{Wide, wide};
pub use window::Window;

use crate::Isa;

impl Isa {
    /// Whether its activations are signed bytes. Arm's dot product takes signed factors, that of x86
    /// takes unsigned activations; the two forms differ by 128 in values and zero points.
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

    /// The zero point of its activations, given that of unsigned bytes.
    #[must_use]
    pub fn zero(self, unsigned: u8) -> i32 {
        i32::from(unsigned) - if self.signed() { 128 } else { 0 }
    }

    /// How the weights of a pointwise convolution are packed for it.
    fn panel(self) -> Panel {
        let (channels, inputs, runs) = match self {
            Self::Portable => (1, 1, 1),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => (8, 4, 1),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => (16, 4, 1),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => (4, 32, 1),
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

/// The weights that a kernel reads at once.
#[derive(Clone, Copy, Debug)]
struct Panel {
    /// Output channels side by side.
    channels: usize,
    /// For each of them, successive inputs.
    inputs: usize,
    /// How many of these blocks make a group.
    runs: usize,
}

/// Computes each pixel of `to` from the same pixel of `from`.
///
/// # Panics
/// If the maps do not fit each other or the layer.
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

/// Convolves each channel of `from` with its own 3x3 kernel.
///
/// # Panics
/// If the maps do not fit each other or the layer.
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
        Isa::Neon => neon::depthwise(layer, from, to),
        #[cfg(target_arch = "aarch64")]
        Isa::NeonDot => neon_dot_depthwise::depthwise(layer, from, to),
    }
}
