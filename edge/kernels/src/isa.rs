//! Detects which instructions the processor has.

/// The sets of instructions that kernels are written for.
///
/// ```
/// use kernels::Isa;
///
/// assert!(Isa::detect().is_available());
/// assert!(Isa::available().contains(&Isa::Portable));
/// ```
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
    /// The fastest set that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().last().copied().unwrap_or(Self::Portable)
    }

    /// All sets that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let all = [
            Self::Portable,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni,
            #[cfg(target_arch = "aarch64")]
            Self::Neon,
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot,
        ];
        all.into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// Whether this processor has the set.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot => std::arch::is_aarch64_feature_detected!("dotprod"),
        }
    }

    /// Runs `work`: plain Rust, compiled for these instructions as far as it is inlined.
    ///
    /// # Panics
    /// If the processor does not have them.
    #[inline(always)]
    pub(crate) fn vectorised(self, work: impl FnOnce()) {
        assert!(self.is_available());
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                #[target_feature(enable = "avx2,fma")]
                fn avx2(work: impl FnOnce()) {
                    work();
                }
                // SAFETY: `is_available`, asserted above, includes both features.
                #[expect(unsafe_code, reason = "a call that needs the processor's features")]
                unsafe {
                    avx2(work);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => {
                #[target_feature(enable = "avx2,fma,avx512bw,avx512vl")]
                fn avx512(work: impl FnOnce()) {
                    work();
                }
                // SAFETY: `is_available`, asserted above, includes all four features.
                #[expect(unsafe_code, reason = "a call that needs the processor's features")]
                unsafe {
                    avx512(work);
                }
            }
            // On Arm every instruction set has the same vectors.
            _ => work(),
        }
    }
}
