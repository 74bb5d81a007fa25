//! Reads a convolution that stands between DequantizeLinear and QuantizeLinear.

use std::borrow::Cow;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{NodeProto, TensorProto};

use super::constants::Constants;
use super::program::{Convolution, Kernel, MAX_BYTES, Tensor, Weights};
use super::refusal::{Refusal, SCALES, SIZES};
use super::window;
use crate::quantisation::{self, Parameters, is_convertible};

/// The most products in a sum of 32 bits that leave room for the bias: with weights of 8 bits, and
/// with wide ones.
const MOST_PRODUCTS: [usize; 2] = [1 << 15, 1 << 14];

/// The largest bias, in units of the sums. Together with the most products it fits 32 bits.
const LARGEST_BIAS: i32 = 1 << 30;

/// The convolution `node` of the tensor `from`, whose result has the scale `output`. Also the
/// result's height and width.
pub(super) fn find<'a>(
    node: &NodeProto,
    constants: &Constants<'a>,
    from: Tensor,
    output: f32,
) -> Result<(Convolution<'a>, [usize; 2]), Refusal> {
    let constant = node.input.get(1).and_then(|name| constants.quantised(name));
    let (weight, parameters) = constant.ok_or("its weights are not held in 8 bits in the file")?;
    let Ok(sides) = <[i64; 4]>::try_from(&weight.dims[..]) else {
        return Err(SIZES);
    };
    let sides = sides.map(|side| usize::try_from(side).unwrap_or(0));
    if sides.contains(&0) {
        return Err(SIZES);
    }
    let [outputs, inputs, rows, columns] = sides;
    let (window, size) = window::find(node, Some([rows, columns]), from)?;
    let kernel = kernel(node, outputs, inputs, from.channels)?;

    let mut scales = each(&parameters.scales, &parameters, outputs).ok_or(SCALE_AXIS)?;
    let units = |scales: &[f32]| -> Option<Vec<f32>> {
        let units: Vec<f32> = scales.iter().map(|scale| from.scale * scale).collect();
        let usable = |all, &unit: &f32| all & is_convertible(unit, output);
        units.iter().fold(true, usable).then_some(units)
    };
    let fine = units(&scales).ok_or(SCALES)?;
    let mut weights = weights(weight, &parameters, outputs)?;
    let bias = bias(node.input.get(2), constants, &fine, output).ok_or(BIAS)?;
    coarsen(&mut scales, &mut weights, &bias, &fine);
    let units = units(&scales).ok_or(BIAS)?;
    if units.iter().fold(0f32, |most, &unit| most.max(unit)) / output >= 1.0 {
        return Err("a step of its products is larger than one of its result");
    }
    let bias = steps(&bias, &units).ok_or(BIAS)?;
    let products = inputs * window.pixels();
    let most = MOST_PRODUCTS[usize::from(matches!(weights, Weights::Wide(_)))];
    if products > most || size[0] * size[1] * products > MAX_BYTES {
        return Err(SIZES);
    }
    let weights = match weights {
        Weights::Bytes(weights) => Weights::Bytes(channel_last(weights, inputs, window.pixels())),
        Weights::Wide(weights) => {
            let weights = channel_last(weights.into(), inputs, window.pixels());
            Weights::Wide(weights.into_owned())
        }
    };
    let convolution = Convolution {
        kernel,
        window,
        weights,
        scales,
        bias,
    };
    Ok((convolution, size))
}

const SCALE_AXIS: Refusal = "its weights have scales along another axis than the output channels";
const BIAS: Refusal = "its bias does not fit the scales of its input and weights";

/// Whether a convolution with a kernel of one pixel is a product over channels.
pub(super) fn is_product(node: &NodeProto) -> bool {
    let [height, width] = [2, 2];
    let map = Tensor {
        height,
        width,
        channels: 1,
        scale: 1.0,
        zero: 0,
    };
    let every_pixel = window::find(node, Some([1, 1]), map).is_ok_and(|(window, size)| {
        (window.stride, window.pads, size) == ([1, 1], [0, 0], [height, width])
    });
    every_pixel && groups(node) == 1
}

/// Makes the weights of the outputs coarser whose bias would not fit their unit. These are outputs whose
/// weights are next to nothing beside the bias: quantisers take scales for them that only just let it fit 32
/// bits. What is rounded off of each product is less than a millionth of the bias.
fn coarsen(scales: &mut [f32], weights: &mut Weights<'_>, bias: &[f64], units: &[f32]) {
    let per_output = weights.len() / scales.len();
    let each = scales.iter_mut().zip(bias.iter().zip(units)).enumerate();
    for (output, (scale, (bias, &unit))) in each {
        let excess = bias.abs() / f64::from(unit) / f64::from(LARGEST_BIAS);
        if excess <= 1.0 {
            continue;
        }
        // A power of two, so that the scale stays exact.
        let times = excess.log2().ceil().exp2() as f32;
        *scale *= times;
        let coarse = |weight: f32| (weight / times).round_ties_even();
        let of_output = output * per_output..(output + 1) * per_output;
        match weights {
            Weights::Bytes(bytes) => {
                let bytes = &mut bytes.to_mut()[of_output];
                (bytes.iter_mut()).for_each(|it| *it = coarse(f32::from(*it)) as i8);
            }
            Weights::Wide(wide) => {
                (wide[of_output].iter_mut()).for_each(|it| *it = coarse(f32::from(*it)) as i16);
            }
        }
    }
}

/// The biases in units of the sums; `None` if one does not fit.
fn steps(bias: &[f64], units: &[f32]) -> Option<Vec<i32>> {
    let bias = bias.iter().zip(units);
    let steps = bias.map(|(bias, &unit)| (bias / f64::from(unit)).round_ties_even());
    let steps: Vec<f64> = steps.collect();
    // Without a branch for each of them.
    let fits = |all, steps: &f64| all & (steps.abs() <= f64::from(LARGEST_BIAS));
    let fit = steps.iter().fold(true, fits);
    fit.then(|| steps.into_iter().map(|steps| steps as i32).collect())
}

/// A convolution's bias, in whichever form the file has it. Each is a number of units, or close to one.
fn bias(
    name: Option<&String>,
    constants: &Constants<'_>,
    units: &[f32],
    output: f32,
) -> Option<Vec<f64>> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Some(vec![0.0; units.len()]);
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
    (bias.len() == units.len()).then_some(bias)
}

fn groups(node: &NodeProto) -> i64 {
    window::attribute(node, "group").map_or(1, |it| it.i)
}

/// Which kernel runs weights of `inputs` channels for each output.
fn kernel(
    node: &NodeProto,
    outputs: usize,
    inputs: usize,
    channels: usize,
) -> Result<Kernel, Refusal> {
    let groups = usize::try_from(groups(node)).unwrap_or(0);
    if groups == channels && outputs == channels && inputs == 1 {
        Ok(Kernel::Depthwise)
    } else if groups == 1 && inputs == channels {
        Ok(Kernel::Dense)
    } else {
        Err("its channels are in groups")
    }
}

/// A parameter for each output: the same for all, or those along the first axis.
fn each<T: Copy>(values: &[T], parameters: &Parameters, outputs: usize) -> Option<Vec<T>> {
    match values {
        &[value] => Some(vec![value; outputs]),
        values if values.len() == outputs && parameters.axis == 0 => Some(values.to_vec()),
        _ => None,
    }
}

/// The weights less their zero points, in as few bits as hold them.
fn weights<'a>(
    weight: &'a TensorProto,
    parameters: &Parameters,
    outputs: usize,
) -> Result<Weights<'a>, Refusal> {
    if parameters.zeros.iter().all(|&zero| zero == 0)
        && let Some(bytes) = quantisation::bytes(weight)
        // Arm's kernels add two products of bytes in 16 bits, which -128 might overflow.
        && least(&bytes) > i8::MIN
    {
        return Ok(Weights::Bytes(bytes));
    }
    let zeros = match &parameters.zeros[..] {
        [] => vec![0; outputs],
        zeros => each(zeros, parameters, outputs).ok_or(SCALE_AXIS)?,
    };
    let (values, element) = quantisation::integers(weight).ok_or(SIZES)?;
    if !matches!(element, DataType::Uint8 | DataType::Int8) {
        return Err("its weights have more than 8 bits");
    }
    let per_output = (values.len() / outputs).max(1);
    let of_output = values.chunks(per_output).zip(&zeros);
    let wide =
        of_output.flat_map(|(values, zero)| values.iter().map(move |it| it.checked_sub(*zero)));
    let wide: Option<Vec<i16>> = wide
        .map(|value| {
            i16::try_from(value?)
                .ok()
                .filter(|it| it.unsigned_abs() <= 255)
        })
        .collect();
    let wide = wide.ok_or(SIZES)?;
    let bytes: Option<Vec<i8>> = wide
        .iter()
        .map(|&value| i8::try_from(value).ok().filter(|&byte| byte > i8::MIN))
        .collect();
    Ok(bytes.map_or(Weights::Wide(wide), |bytes| Weights::Bytes(bytes.into())))
}

/// The smallest of the weights, or 0. A fold takes a tenth of the time of a search.
fn least(weights: &[i8]) -> i8 {
    weights.iter().fold(0, |least, &weight| least.min(weight))
}

/// `[outputs, inputs, pixels]` as `[outputs, pixels, inputs]`.
fn channel_last<T: Copy>(weights: Cow<'_, [T]>, inputs: usize, pixels: usize) -> Cow<'_, [T]> {
    if inputs == 1 || pixels == 1 {
        return weights;
    }
    let mut turned = Vec::with_capacity(weights.len());
    for kernel in weights.chunks_exact(inputs * pixels) {
        for pixel in 0..pixels {
            turned.extend(kernel.iter().skip(pixel).step_by(pixels));
        }
    }
    turned.into()
}
