//! A convolution between DequantizeLinear and QuantizeLinear: what its operator and weights say.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::{Finder, MAX_BYTES, ratio};
use crate::int8::qdq::{self, Parameters};

#[derive(Debug)]
pub(in super::super) struct Convolution {
    pub(in super::super) input: usize,
    pub(in super::super) output: usize,
    pub(in super::super) kernel: Kernel,
    /// `[outputs, side, side, inputs]`, where depthwise ones have a single input; none is -128.
    pub(in super::super) weights: Vec<i8>,
    /// One for each output.
    pub(in super::super) scales: Vec<f32>,
    /// For each output, in units of its sums: input scale times weight scale.
    pub(in super::super) bias: Vec<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kernel {
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

impl<'a> Finder<'a> {
    /// The convolution with its output's height and width.
    pub(super) fn convolution(
        &self,
        node: &NodeProto,
        output: usize,
        output_scale: f32,
    ) -> Option<(Convolution, [usize; 2])> {
        let input = self.real(node.input.first()?)?;
        let from = self.tensors[input];
        let constant = self.constants.get(node.input.get(1)?.as_str())?;
        let (weight, parameters) = self.constant(constant)?;
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

        let weights = qdq::bytes(weight)?;
        // Arm's kernels add two products of bytes in 16 bits, which -128 might overflow.
        (!weights.contains(&i8::MIN)).then_some(())?;
        (parameters.axis == 0 || parameters.scales.len() == 1).then_some(())?;
        let scales = parameters.symmetric(outputs)?;
        let units: Vec<f32> = scales.iter().map(|scale| from.scale * scale).collect();
        units
            .iter()
            .all(|&unit| ratio(unit, output_scale))
            .then_some(())?;
        let bias = self.bias(node.input.get(2), &units, output_scale)?;
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

    /// A convolution's bias in units of its sums, whatever form the file has it in.
    fn bias(&self, name: Option<&String>, units: &[f32], output: f32) -> Option<Vec<i32>> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Some(vec![0; units.len()]);
        };
        let bias: Vec<f64> = match self.constants.get(name.as_str()) {
            Some(node) => {
                let (tensor, parameters) = self.constant(node)?;
                let (values, _) = qdq::integers(tensor)?;
                let scales = parameters.symmetric(units.len())?;
                (values.len() == scales.len()).then_some(())?;
                let values = values.into_iter().zip(scales);
                values
                    .map(|(value, scale)| f64::from(value) * f64::from(scale))
                    .collect()
            }
            None => {
                // Rounded to a coarse unit it would not be the same.
                units.iter().all(|&unit| unit <= output).then_some(())?;
                let values = qdq::floats(self.weights.get(name.as_str())?)?;
                values.into_iter().map(f64::from).collect()
            }
        };
        (bias.len() == units.len()).then_some(())?;
        let bias = bias.iter().zip(units);
        bias.map(|(bias, &unit)| {
            let steps = (bias / f64::from(unit)).round_ties_even();
            (steps.abs() < f64::from(1 << 30)).then_some(steps as i32)
        })
        .collect()
    }

    /// A dequantised weight with its parameters.
    fn constant(&self, node: &NodeProto) -> Option<(&'a TensorProto, Parameters)> {
        let weight = self.weights.get(node.input.first()?.as_str())?;
        Some((weight, Parameters::of(node, &self.weights).ok()?))
    }
}

/// A convolution's attributes, each side alike.
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
