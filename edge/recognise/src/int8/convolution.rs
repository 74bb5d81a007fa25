//! Reads a convolution that stands between DequantizeLinear and QuantizeLinear.

use tract_onnx::pb::NodeProto;

use super::constants::Constants;
use super::program::{Convolution, Kernel, MAX_BYTES, Tensor};
use crate::quantisation::{self, is_convertible};

/// The convolution `node` of the tensor `from`, which has the index `input`; its result has the
/// index `output` and the scale `output_scale`. Also the result's height and width.
///
/// `None` if the convolution is not of a form that runs in int8 with the same result.
pub(super) fn find(
    node: &NodeProto,
    constants: &Constants<'_>,
    (input, from): (usize, Tensor),
    (output, output_scale): (usize, f32),
) -> Option<(Convolution, [usize; 2])> {
    let (weight, parameters) = constants.quantised(node.input.get(1)?)?;
    let &[outputs, inputs, side, width] = &weight.dims[..] else {
        return None;
    };
    let [outputs, inputs, side] = [outputs, inputs, side].map(|dim| dim as usize);
    (side == width as usize && outputs * inputs * side > 0).then_some(())?;

    let settings = Settings::of(node, side)?;
    let kernel = settings.kernel([outputs, inputs, side], from.channels)?;
    let out = |size: usize| {
        let padded = size + 2 * settings.pad;
        Some(padded.checked_sub(side)? / settings.stride + 1)
    };
    let size = [out(from.height)?, out(from.width)?];

    let weights = quantisation::bytes(weight)?;
    // Arm's kernels add two products of bytes in 16 bits, which -128 might overflow.
    (least(&weights) > i8::MIN).then_some(())?;
    (parameters.axis == 0 || parameters.scales.len() == 1).then_some(())?;
    let scales = parameters.symmetric(outputs)?;
    let units: Vec<f32> = scales.iter().map(|scale| from.scale * scale).collect();
    let mut convertible = units.iter().map(|&unit| is_convertible(unit, output_scale));
    convertible.all(|it| it).then_some(())?;
    let bias = bias(node.input.get(2), constants, &units, output_scale)?;
    // Sums of so many products fit 32 bits with room for the bias.
    let products = inputs * side * side;
    (products <= 1 << 15 && size[0] * size[1] * products <= MAX_BYTES).then_some(())?;
    let convolution = Convolution {
        input,
        output,
        kernel,
        weights: channel_last(weights, inputs, side * side),
        scales,
        bias,
    };
    Some((convolution, size))
}

/// Whether a convolution with a kernel of one pixel is a product over channels.
pub(super) fn is_product(node: &NodeProto) -> bool {
    Settings::of(node, 1).is_some_and(|it| (it.groups, it.stride, it.pad) == (1, 1, 0))
}

/// A convolution's bias in units of its sums, in whichever form the file has it.
fn bias(
    name: Option<&String>,
    constants: &Constants<'_>,
    units: &[f32],
    output: f32,
) -> Option<Vec<i32>> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Some(vec![0; units.len()]);
    };
    let bias: Vec<f64> = if constants.is_dequantised(name) {
        let (tensor, parameters) = constants.quantised(name)?;
        let (values, _) = quantisation::integers(tensor)?;
        let scales = parameters.symmetric(units.len())?;
        (values.len() == scales.len()).then_some(())?;
        let values = values.into_iter().zip(scales);
        values
            .map(|(value, scale)| f64::from(value) * f64::from(scale))
            .collect()
    } else {
        // Rounded to a coarse unit it would not be the same.
        units.iter().all(|&unit| unit <= output).then_some(())?;
        let values = constants.floats(name)?;
        values.into_iter().map(f64::from).collect()
    };
    (bias.len() == units.len()).then_some(())?;
    let bias = bias.iter().zip(units);
    bias.map(|(bias, &unit)| {
        let steps = (bias / f64::from(unit)).round_ties_even();
        (steps.abs() < f64::from(1 << 30)).then_some(steps as i32)
    })
    .collect()
}

/// A convolution's attributes, each the same for height and width.
struct Settings {
    groups: usize,
    stride: usize,
    pad: usize,
}

impl Settings {
    /// For a kernel of `side` pixels.
    fn of(node: &NodeProto, side: usize) -> Option<Self> {
        let find = |name: &str| node.attribute.iter().find(|it| it.name == name);
        let same = |name: &str, count: usize, default: usize| {
            let Some(attribute) = find(name) else {
                return Some(default);
            };
            let &value = attribute.ints.first()?;
            let whole = attribute.ints == vec![value; count];
            usize::try_from(value).ok().filter(|_| whole)
        };
        let padded = find("auto_pad").is_some_and(|it| it.s != b"NOTSET");
        let plain = same("dilations", 2, 1)? == 1 && same("kernel_shape", 2, side)? == side;
        (plain && !padded).then_some(Self {
            groups: usize::try_from(find("group").map_or(1, |it| it.i)).ok()?,
            stride: same("strides", 2, 1)?,
            pad: same("pads", 4, 0)?,
        })
    }

    /// For weights of `[outputs, inputs, side]`.
    fn kernel(&self, weights: [usize; 3], channels: usize) -> Option<Kernel> {
        let &Self {
            groups,
            stride,
            pad,
        } = self;
        let [outputs, inputs, side] = weights;
        let sane = (1..=8).contains(&stride) && pad < side;
        match (side, stride, pad) {
            (1, 1, 0) if groups == 1 && inputs == channels => Some(Kernel::Pointwise),
            (3, 1 | 2, 1) if groups == channels && outputs == channels && inputs == 1 => {
                Some(Kernel::Depthwise { stride })
            }
            _ if groups == 1 && inputs == channels && sane => {
                Some(Kernel::Dense { side, stride, pad })
            }
            _ => None,
        }
    }
}

/// The smallest of the weights, or 0. A fold takes a tenth of the time of a search.
fn least(weights: &[i8]) -> i8 {
    weights.iter().fold(0, |least, &weight| least.min(weight))
}

/// `[outputs, inputs, pixels]` as `[outputs, pixels, inputs]`.
fn channel_last(weights: Vec<i8>, inputs: usize, pixels: usize) -> Vec<i8> {
    if inputs == 1 || pixels == 1 {
        return weights;
    }
    let mut turned = Vec::with_capacity(weights.len());
    for kernel in weights.chunks_exact(inputs * pixels) {
        for pixel in 0..pixels {
            turned.extend(kernel.iter().skip(pixel).step_by(pixels));
        }
    }
    turned
}
