//! Turns the operators that have an int8 form into the layers that make one quantised tensor of others.

use kernels::int8::{Addition, Window};
use tract_onnx::pb::NodeProto;

use super::constants::Constants;
use super::convolution;
use super::function;
use super::program::{Tensor, Work};
use super::refusal::{Refusal, SCALES, UNKNOWN};
use super::window::{self, attribute, number};
use crate::quantisation::is_convertible;

/// A tensor, and how it is made.
pub(super) struct Made<'a> {
    pub(super) tensor: Tensor,
    /// Which of the inputs are read, in this order.
    pub(super) order: Vec<usize>,
    pub(super) work: Work<'a>,
}

/// Whether an operator of this type may have an int8 form.
pub(super) fn is_known(node: &NodeProto) -> bool {
    matches!(
        node.op_type.as_str(),
        "Add"
            | "AveragePool"
            | "Clip"
            | "Concat"
            | "Conv"
            | "Elu"
            | "GlobalAveragePool"
            | "GlobalMaxPool"
            | "HardSigmoid"
            | "HardSwish"
            | "LeakyRelu"
            | "MaxPool"
            | "Mul"
            | "ReduceMean"
            | "Relu"
            | "Sigmoid"
            | "Tanh"
    )
}

/// The names of the activations that an operator reads; its other inputs are settings and weights.
pub(super) fn activations(node: &NodeProto) -> Vec<&str> {
    let count = match node.op_type.as_str() {
        "Add" | "Mul" => 2,
        "Concat" => node.input.len(),
        _ => 1,
    };
    let names = node.input.iter().map(String::as_str);
    names.take(count).collect()
}

/// What the operator makes of the tensors `from`, its activations. The tensor has the scale and zero
/// point that are given, unless the kernel keeps those of its input.
pub(super) fn make<'a>(
    node: &NodeProto,
    constants: &Constants<'a>,
    from: &[Tensor],
    (scale, zero): (f32, u8),
) -> Result<Made<'a>, Refusal> {
    let &[first, ref others @ ..] = from else {
        return Err(UNKNOWN);
    };
    let with = |[height, width, channels]: [usize; 3]| Tensor {
        height,
        width,
        channels,
        scale,
        zero,
    };
    let of_one = |tensor: Tensor, work: Work<'a>| Made {
        tensor,
        order: vec![0],
        work,
    };
    let made = match node.op_type.as_str() {
        "Conv" => {
            let (convolution, [height, width]) = convolution::find(node, constants, first, scale)?;
            let tensor = with([height, width, convolution.scales.len()]);
            of_one(tensor, Work::Convolution(convolution))
        }
        "Add" | "Mul" => pair(node, [first, *others.first().ok_or(UNKNOWN)?], with)?,
        "Concat" => concat(node, from, with)?,
        "MaxPool" => {
            let (window, size) = window::pool(node, first)?;
            of_one(sized(first, size), Work::Max(window))
        }
        "GlobalMaxPool" => of_one(sized(first, [1, 1]), Work::Max(window::whole(first))),
        "AveragePool" => {
            let (window, size) = window::pool(node, first)?;
            let counts_padding = number(node, "count_include_pad") != 0;
            average(
                first,
                window,
                counts_padding,
                sized(with(first.shape()), size),
            )?
        }
        "GlobalAveragePool" | "ReduceMean" => {
            if node.op_type == "ReduceMean" && !is_mean_of_pixels(node, constants) {
                return Err("it does not reduce height and width to 1");
            }
            let to = sized(with(first.shape()), [1, 1]);
            average(first, window::whole(first), false, to)?
        }
        _ => {
            let function = function::of(node, constants).ok_or(UNKNOWN)?;
            let to = with(first.shape());
            let table = function::table(first, to, function);
            of_one(to, Work::Table(Box::new(table)))
        }
    };
    Ok(made)
}

/// The tensor with another height and width.
fn sized(tensor: Tensor, [height, width]: [usize; 2]) -> Tensor {
    Tensor {
        height,
        width,
        ..tensor
    }
}

fn average(
    from: Tensor,
    window: Window,
    counts_padding: bool,
    to: Tensor,
) -> Result<Made<'static>, Refusal> {
    if !is_convertible(from.scale / window.pixels() as f32, to.scale) {
        return Err(SCALES);
    }
    Ok(Made {
        tensor: to,
        order: vec![0],
        work: Work::Average {
            window,
            counts_padding,
        },
    })
}

/// A sum or product of two tensors of one size, or of a tensor and a single pixel.
fn pair(
    node: &NodeProto,
    from: [Tensor; 2],
    with: impl Fn([usize; 3]) -> Tensor,
) -> Result<Made<'static>, Refusal> {
    let [a, b] = from.map(|it| it.shape());
    let is_pixel = |[height, width, _]: [usize; 3]| [height, width] == [1, 1];
    let (shape, order) = match (a == b, a[2] == b[2]) {
        (true, _) => (a, vec![0, 1]),
        (false, true) if is_pixel(b) => (a, vec![0, 1]),
        (false, true) if is_pixel(a) => (b, vec![1, 0]),
        _ => return Err("what it reads differs in size"),
    };
    let tensor = with(shape);
    let [a, b] = from.map(|it| it.scale);
    let (work, fits) = if node.op_type == "Add" {
        let convertible = [a, b].iter().all(|&it| is_convertible(it, tensor.scale));
        let addition = Addition::new([(a, 0), (b, 0)], (tensor.scale, 0));
        (Work::Add, convertible && addition.is_some())
    } else {
        (Work::Multiply, is_convertible(a * b, tensor.scale))
    };
    fits.then_some(Made {
        tensor,
        order,
        work,
    })
    .ok_or(SCALES)
}

/// The channels of all tensors side by side.
fn concat(
    node: &NodeProto,
    from: &[Tensor],
    with: impl Fn([usize; 3]) -> Tensor,
) -> Result<Made<'static>, Refusal> {
    if !matches!(number(node, "axis"), 1 | -3) {
        return Err("it joins along another axis than the channels");
    }
    let [height, width, _] = from[0].shape();
    if from
        .iter()
        .any(|it| [it.height, it.width] != [height, width])
    {
        return Err("what it reads differs in size");
    }
    let channels = from.iter().map(|it| it.channels).sum();
    Ok(Made {
        tensor: with([height, width, channels]),
        order: (0..from.len()).collect(),
        work: Work::Concat,
    })
}

/// Whether a ReduceMean gives the mean of each channel, f32 `[1, channels, 1, 1]`.
fn is_mean_of_pixels(node: &NodeProto, constants: &Constants<'_>) -> bool {
    // The axes are an attribute up to opset 17, and an input from opset 18 on.
    let axes = match &node.input[..] {
        [_] => attribute(node, "axes").map(|it| it.ints.clone()),
        [_, axes] => constants.integers(axes),
        _ => None,
    };
    let of_pixels = matches!(axes.as_deref(), Some([2, 3] | [-2, -1] | [3, 2] | [-1, -2]));
    let keeps = attribute(node, "keepdims").is_none_or(|it| it.i != 0);
    of_pixels && keeps
}
