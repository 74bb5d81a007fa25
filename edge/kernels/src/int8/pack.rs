//! Layers in the form that kernels read, checked and packed when the network is loaded.

use super::map::{Rows, View};
use crate::Isa;

/// Channels that depthwise kernels compute at once.
pub(super) const BLOCK: usize = 16;

/// How the sums of a layer are requantised to bytes.
#[derive(Clone, Debug)]
pub struct Requantise {
    /// The instructions that the layer is packed for: the processor has them.
    pub(super) isa: Isa,
    /// The number of output channels.
    pub(super) outputs: usize,
    /// The initial sum of each channel: the bias less the contribution of the input's zero point.
    /// Padded with zeros to a multiple of four [`BLOCK`]s.
    pub(super) start: Vec<i32>,
    /// The factor of each channel's sum in units of 2^-31, padded likewise.
    pub(super) factor: Vec<i32>,
    /// The same as real numbers, which hold it exactly.
    #[cfg(target_arch = "x86_64")]
    pub(super) scale: Vec<f32>,
    /// Whether f32 holds each sum that is not clamped, see [`Requantise::of_products`].
    #[cfg(target_arch = "x86_64")]
    pub(super) exact_in_floats: bool,
    /// The output's zero point.
    pub(super) zero: i32,
    /// The smallest and the largest byte.
    pub(super) range: (i32, i32),
}

/// A factor of 1.
const ONE: f32 = (1_u32 << 31) as f32;

impl Requantise {
    /// The sum of products of each channel starts at its `start` and is multiplied by its `scale`, rounded to a
    /// multiple of 2^-31; `zero` is the output's zero point in unsigned bytes. The layer is packed for the
    /// instructions `isa`.
    ///
    /// # Panics
    /// If there are not as many starts as scales, a scale is not from 0 to less than 1, or the processor lacks the
    /// instructions.
    pub fn new(isa: Isa, start: &[i32], scale: &[f32], zero: u8) -> Self {
        assert!(isa.is_available());
        assert_eq!(start.len(), scale.len());
        assert!(scale.iter().all(|scale| (0.0..1.0).contains(scale)));
        let outputs = start.len();
        let padded = start.len().next_multiple_of(4 * BLOCK);
        let mut start = start.to_vec();
        start.resize(padded, 0);
        // Real numbers below 1 have 24 bits: in units of 2^-31 the largest one is 2^31 - 128.
        let factor = scale.iter().map(|it| (it * ONE).round_ties_even() as i32);
        let mut factor: Vec<i32> = factor.collect();
        factor.resize(padded, 0);
        Self {
            isa,
            outputs,
            start,
            #[cfg(target_arch = "x86_64")]
            scale: factor.iter().map(|&it| it as f32 / ONE).collect(),
            #[cfg(target_arch = "x86_64")]
            exact_in_floats: false,
            factor,
            zero: isa.zero(zero),
            range: if isa.signed() { (-128, 127) } else { (0, 255) },
        }
    }

    /// Completes it for sums of so many products of bytes.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(
            unused_mut,
            unused_variables,
            reason = "other processors multiply integers"
        )
    )]
    pub(super) fn of_products(mut self, products: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            // f32 holds integers up to 2^24. Sums beyond are clamped, unless their factor is below 2^-15.
            let most = products as u64 * 255 * 127;
            let mut channels = self.start.iter().zip(&self.factor).take(self.outputs);
            self.exact_in_floats = channels.all(|(start, &factor)| {
                factor >= 1 << 16 || u64::from(start.unsigned_abs()) + most <= 1 << 24
            });
        }
        self
    }

    /// The byte of a channel's sum: the definition that all kernels must equal.
    #[inline(always)]
    pub(super) fn byte(&self, channel: usize, sum: i32) -> u8 {
        byte(sum, self.factor[channel], self.zero, self.range)
    }
}

/// The byte of a sum that is multiplied by `factor`, in units of 2^-31.
#[inline(always)]
pub(super) fn byte(sum: i32, factor: i32, zero: i32, (low, high): (i32, i32)) -> u8 {
    // Two numbers of 32 bits have a product below 2^62: nothing overflows.
    let scaled = (i64::from(sum) * i64::from(factor) + (1 << 30)) >> 31;
    (scaled as i32).saturating_add(zero).clamp(low, high) as u8
}

/// A 1x1 convolution: a matrix product over channels.
///
/// ```
/// use kernels::Isa;
/// use kernels::int8::{Map, Pointwise, Requantise, Rows, View, pointwise};
///
/// let isa = Isa::Portable;
/// // Two channels become one: 3 a - 2 b + 5, a quarter of that, and the zero point 128.
/// let requantise = Requantise::new(isa, &[5], &[0.25], 128);
/// let layer = Pointwise::new(2, &[3, -2], requantise);
///
/// let map = |channels| Map { height: 1, width: 2, channels, border: 0 };
/// let mut from = vec![0; map(2).buffer()];
/// from[..4].copy_from_slice(&[10, 4, 1, 20]);
/// let mut to = vec![0; map(1).buffer()];
/// let from = View { bytes: &from, map: map(2) };
/// pointwise(&layer, from, &mut Rows::all(&mut to, map(1)));
/// assert_eq!(to[..2], [128 + 7, 128 - 8]);
/// ```
#[derive(Clone, Debug)]
pub struct Pointwise {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// Ordered by panel of output channels, then by run of inputs, then by the panel's channel, then
    /// by the run's input. Panels and groups are padded with zeros.
    pub(super) weights: Vec<i8>,
    /// The number of groups of runs in a panel.
    pub(super) groups: usize,
    /// For the 16-bit sums of [`Isa::Neon`]: whether sums of four products fit them in each group of each panel.
    #[cfg(target_arch = "aarch64")]
    pub(super) chains: Vec<bool>,
    pub(super) requantise: Requantise,
}

impl Pointwise {
    /// The layer of `weights` `[outputs, inputs]`.
    ///
    /// # Panics
    /// If there are no inputs, `weights` and `requantise` differ in the number of outputs, or a
    /// weight is -128.
    pub fn new(inputs: usize, weights: &[i8], requantise: Requantise) -> Self {
        let panel = requantise.isa.panel();
        let outputs = requantise.outputs;
        assert!(inputs > 0 && weights.len() == outputs * inputs);
        assert!(least(weights) > i8::MIN);
        let groups = inputs.div_ceil(panel.inputs * panel.runs);
        let size = groups * panel.runs * panel.channels * panel.inputs;
        let mut packed = vec![0; outputs.div_ceil(panel.channels) * size];
        // With constant sizes, packing takes a fifth of the time.
        let pack = match (panel.channels, panel.inputs) {
            (4, 32) => pack::<4, 32>,
            (8, 4) => pack::<8, 4>,
            (16, 4) => pack::<16, 4>,
            (1, 1) => pack::<1, 1>,
            other => unreachable!("no instructions need panels of {other:?}"),
        };
        let rows = weights.chunks(panel.channels * inputs);
        for (panel, rows) in packed.chunks_exact_mut(size).zip(rows) {
            pack(inputs, rows, panel);
        }
        Self {
            inputs,
            outputs,
            #[cfg(target_arch = "aarch64")]
            chains: match requantise.isa {
                Isa::Neon => chains(&packed),
                _ => Vec::new(),
            },
            weights: packed,
            groups,
            requantise: requantise.of_products(inputs),
        }
    }

    /// Asserts what kernels need in order to stay within bounds.
    pub(super) fn check(&self, from: View<'_>, to: &Rows<'_>) {
        let (map, rows) = (from.map, &to.rows);
        assert_eq!((map.width, map.channels), (to.map.width, self.inputs));
        assert!(rows.end <= map.height && to.map.channels == self.outputs);
        assert!(from.bytes.len() >= map.buffer() && to.is_sound());
    }
}

/// The largest sum of magnitudes of weights whose products fit 16 bits together: each is at most 128 times its weight.
#[cfg(target_arch = "aarch64")]
const LARGEST_SUM: u16 = 255;

/// Whether the sums of four products fit 16 bits in the groups of panels, see [`Pointwise::chains`].
#[cfg(target_arch = "aarch64")]
fn chains(panels: &[i8]) -> Vec<bool> {
    const CHANNELS: usize = 4;
    let groups = panels.as_chunks::<{ CHANNELS * 32 }>().0.iter();
    let fits = groups.map(|group| {
        let mut most = [0; 8];
        for channel in group.as_chunks::<32>().0 {
            for (lane, most) in most.iter_mut().enumerate() {
                let weights = [0, 8, 16, 24].map(|first| channel[first + lane]);
                let sum: u16 = weights.map(|it| u16::from(it.unsigned_abs())).iter().sum();
                *most = sum.max(*most);
            }
        }
        most.iter().all(|&sum| sum <= LARGEST_SUM)
    });
    fits.collect()
}

/// Writes the `rows` of a panel, up to `CHANNELS` of them with `inputs` weights each, by runs of
/// `INPUTS` weights.
fn pack<const CHANNELS: usize, const INPUTS: usize>(inputs: usize, rows: &[i8], panel: &mut [i8]) {
    let whole = inputs / INPUTS;
    let row = |channel: usize| rows.chunks_exact(inputs).nth(channel).unwrap_or_default();
    let runs = panel.chunks_exact_mut(CHANNELS * INPUTS);
    if rows.len() == CHANNELS * inputs {
        let pieces: [&[[i8; INPUTS]]; CHANNELS] =
            std::array::from_fn(|channel| &row(channel).as_chunks().0[..whole]);
        for (index, run) in runs.take(whole).enumerate() {
            let (run, _) = run.as_chunks_mut::<INPUTS>();
            for (channel, pieces) in pieces.iter().enumerate() {
                run[channel] = pieces[index];
            }
        }
    } else {
        // The last panel may have fewer rows.
        for (index, run) in runs.take(whole).enumerate() {
            for (run, row) in run.chunks_exact_mut(INPUTS).zip(rows.chunks_exact(inputs)) {
                run.copy_from_slice(&row[index * INPUTS..][..INPUTS]);
            }
        }
    }
    let rest = whole * INPUTS..inputs;
    let run = &mut panel[whole * CHANNELS * INPUTS..];
    for (run, row) in run.chunks_mut(INPUTS).zip(rows.chunks_exact(inputs)) {
        run[..rest.len()].copy_from_slice(&row[rest.clone()]);
    }
}

/// The smallest of the weights, or 0. A fold takes a tenth of the time of a search.
fn least(weights: &[i8]) -> i8 {
    weights.iter().fold(0, |least, &weight| least.min(weight))
}

/// A 3x3 convolution of each channel by itself, with a padding of one pixel.
///
/// ```
/// use kernels::Isa;
/// use kernels::int8::{Depthwise, Map, Requantise, Rows, View, depthwise};
///
/// // Half the sum of a pixel and its eight neighbours.
/// let requantise = Requantise::new(Isa::Portable, &[0], &[0.5], 0);
/// let layer = Depthwise::new(1, &[1; 9], requantise);
///
/// let map = |border| Map { height: 2, width: 2, channels: 1, border };
/// let mut from = vec![0; map(1).buffer()];
/// for (index, value) in [2, 4, 6, 8].into_iter().enumerate() {
///     from[map(1).at(index / 2, index % 2)] = value;
/// }
/// let mut to = vec![0; map(0).buffer()];
/// let from = View { bytes: &from, map: map(1) };
/// depthwise(&layer, from, &mut Rows::all(&mut to, map(0)));
/// assert_eq!(to[..4], [10; 4]);
/// ```
#[derive(Clone, Debug)]
pub struct Depthwise {
    pub(super) channels: usize,
    pub(super) stride: usize,
    /// Nine taps, each with all channels, padded with zeros to a multiple of [`BLOCK`].
    pub(super) taps: Vec<i8>,
    /// For instructions that add up four products, ordered by block of channels, then by column of taps, then by
    /// channel: three taps and a zero. Empty for others.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub(super) fours: Vec<i8>,
    /// For the 16-bit sums of [`Isa::Neon`]: whether the sums of each of the [`DIAGONALS`] fit them in each block of
    /// channels. Empty for others.
    #[cfg(target_arch = "aarch64")]
    pub(super) chains: Vec<bool>,
    pub(super) requantise: Requantise,
}

impl Depthwise {
    /// The layer of `weights` `[channels, 3, 3]` with a `stride` of 1 or 2.
    ///
    /// # Panics
    /// If the stride is another, `weights` and `requantise` differ in the number of channels, or a
    /// weight is -128.
    pub fn new(stride: usize, weights: &[i8], requantise: Requantise) -> Self {
        let channels = requantise.outputs;
        assert!(matches!(stride, 1 | 2) && weights.len() == 9 * channels);
        assert!(least(weights) > i8::MIN);
        let padded = channels.next_multiple_of(BLOCK);
        let kernels = weights.as_chunks::<9>().0;
        let mut taps = vec![0; 9 * padded];
        for (tap, taps) in taps.chunks_exact_mut(padded.max(1)).enumerate() {
            for (of_channel, kernel) in taps.iter_mut().zip(kernels) {
                *of_channel = kernel[tap];
            }
        }
        Self {
            channels,
            stride,
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            fours: match requantise.isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512Vnni => fours(kernels),
                #[cfg(target_arch = "aarch64")]
                Isa::NeonDot => fours(kernels),
                _ => Vec::new(),
            },
            #[cfg(target_arch = "aarch64")]
            chains: match requantise.isa {
                Isa::Neon => (0..padded)
                    .step_by(BLOCK)
                    .map(|first| diagonals_chain(&taps, padded, first))
                    .collect(),
                _ => Vec::new(),
            },
            taps,
            requantise: requantise.of_products(9),
        }
    }

    /// The distance from a window to the next, in pixels: 1 or 2.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The distance from a tap's weights to those of the next.
    pub(super) fn tap(&self) -> usize {
        self.channels.next_multiple_of(BLOCK)
    }

    /// Asserts what kernels need in order to stay within bounds.
    pub(super) fn check(&self, from: View<'_>, to: &Rows<'_>) {
        let (map, rows) = (from.map, &to.rows);
        assert!(map.border >= 1);
        assert_eq!(map.channels, self.channels);
        assert_eq!(to.map.channels, self.channels);
        let reach = |size: usize| size.saturating_sub(1) * self.stride;
        assert!(reach(to.map.width) < map.width && reach(rows.end) < map.height);
        assert!(from.bytes.len() >= map.buffer() && to.is_sound());
    }
}

/// The taps of a window by diagonals, which continue on its other side.
#[cfg(target_arch = "aarch64")]
pub(super) const DIAGONALS: [[usize; 3]; 3] = [[0, 4, 8], [1, 5, 6], [2, 3, 7]];

/// See [`Depthwise::chains`], for the block of channels that begins with `first`.
#[cfg(target_arch = "aarch64")]
fn diagonals_chain(taps: &[i8], padded: usize, first: usize) -> bool {
    DIAGONALS.iter().all(|diagonal| {
        let mut most = [0; BLOCK];
        for tap in diagonal {
            let weights = &taps[tap * padded + first..][..BLOCK];
            for (most, weight) in most.iter_mut().zip(weights) {
                *most += u16::from(weight.unsigned_abs());
            }
        }
        most.iter().all(|&sum| sum <= LARGEST_SUM)
    })
}

/// See [`Depthwise::fours`].
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn fours(kernels: &[[i8; 9]]) -> Vec<i8> {
    const FOURS: usize = 12 * BLOCK;
    let mut fours = vec![0; FOURS * kernels.len().div_ceil(BLOCK)];
    for (kernels, fours) in kernels.chunks(BLOCK).zip(fours.as_chunks_mut::<FOURS>().0) {
        for (channel, kernel) in kernels.iter().enumerate() {
            for column in 0..3 {
                for row in 0..3 {
                    fours[(column * BLOCK + channel) * 4 + row] = kernel[row * 3 + column];
                }
            }
        }
    }
    fours
}
