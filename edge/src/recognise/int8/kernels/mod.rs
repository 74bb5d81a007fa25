//! The arithmetic of an int8 network, for whatever instructions the processor has.
//!
//! Every kernel gives the same bytes as [`portable`], which is the definition: sums of products in
//! i32, exactly; times the channel's scale in f32; rounded to the nearest integer, ties to even;
//! plus the output's zero point; clamped to a byte. (Jacob et al., "Quantization and Training of
//! Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018; scale and rounding
//! as ONNX defines `QLinearConv`.)

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bytes;
mod map;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "aarch64")]
mod neon_dot;
mod pack;
mod portable;
#[cfg(test)]
mod tests;

pub(super) use bytes::{Addition, Quantiser, add, pool, quantise_image};
pub(super) use map::{Map, Rows, View};
pub(super) use pack::{Depthwise, Pointwise, Requantise};

/// The instructions that kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// Plain Rust, on any processor.
    Portable,
    /// x86-64 with AVX2 and FMA: Haswell, Zen and later.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 VNNI and VBMI: Ice Lake, Zen 4 and later.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// Any 64-bit Arm, such as the Cortex-A72 of a Raspberry Pi 4.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// 64-bit Arm with the dot product extension, such as the Cortex-A76 of a Raspberry Pi 5.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
}

impl Isa {
    /// The fastest that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().last().copied().unwrap_or(Self::Portable)
    }

    /// Everything that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut available = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                available.push(Self::Avx2);
            }
            if is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("avx512vnni")
                && available.contains(&Self::Avx2)
            {
                available.push(Self::Avx512Vnni);
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            available.push(Self::Neon);
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                available.push(Self::NeonDot);
            }
        }
        available
    }

    /// Whether its activations are signed bytes. Arm's dot product wants both factors signed,
    /// that of x86 wants activations unsigned; the two differ by 128 in value and zero point alone.
    pub(super) fn signed(self) -> bool {
        match self {
            Self::Portable => false,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 | Self::Avx512Vnni => false,
            #[cfg(target_arch = "aarch64")]
            Self::Neon | Self::NeonDot => true,
        }
    }

    /// A zero point as its activations have it, from that of unsigned bytes.
    pub(super) fn zero(self, unsigned: u8) -> i32 {
        i32::from(unsigned) - if self.signed() { 128 } else { 0 }
    }

    /// How it wants a pointwise convolution's weights packed: output channels that stand together,
    /// and for each of them inputs in a row.
    fn panel(self) -> (usize, usize) {
        match self {
            Self::Portable => (1, 1),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => (8, 4),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => (16, 4),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => (4, 16),
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot => (8, 4),
        }
    }
}

/// Convolves each pixel of `to` from the same pixel of `from`.
///
/// # Panics
/// Where the maps do not fit each other or the layer.
pub(super) fn pointwise(isa: Isa, layer: &Pointwise, from: View<'_>, to: &mut Rows<'_>) {
    layer.check(from, to);
    match isa {
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
pub(super) fn depthwise(isa: Isa, layer: &Depthwise, from: View<'_>, to: &mut Rows<'_>) {
    layer.check(from, to);
    match isa {
        Isa::Portable => portable::depthwise(layer, from, to),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => avx2::depthwise(layer, from, to),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512Vnni => avx512::depthwise(layer, from, to),
        #[cfg(target_arch = "aarch64")]
        Isa::Neon | Isa::NeonDot => neon::depthwise(layer, from, to),
    }
}
