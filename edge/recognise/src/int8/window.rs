//! Reads the windows of convolutions and pools.

use kernels::int8::Window;
use tract_onnx::pb::{AttributeProto, NodeProto};

use super::program::{MAX_BYTES, Tensor};
use super::refusal::{Refusal, SIZES};

/// An operator's attribute.
pub(super) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|it| it.name == name)
}

/// A whole number among an operator's attributes, 0 if it is absent.
pub(super) fn number(node: &NodeProto, name: &str) -> i64 {
    attribute(node, name).map_or(0, |it| it.i)
}

/// The window of a convolution whose weights have this many rows and columns, or of a pool, on the
/// tensor `from`; and the height and width of its result.
pub(super) fn find(
    node: &NodeProto,
    taps: Option<[usize; 2]>,
    from: Tensor,
) -> Result<(Window, [usize; 2]), Refusal> {
    let by_rule = attribute(node, "auto_pad").is_some_and(|it| it.s != b"NOTSET");
    if by_rule {
        return Err("its padding is a rule (auto_pad), not numbers");
    }
    let shape = values(node, "kernel_shape")?;
    let taps = taps.or(shape).ok_or(SIZES)?;
    let dilation = values(node, "dilations")?.unwrap_or([1; 2]);
    let stride = values(node, "strides")?.unwrap_or([1; 2]);
    let [top, left, bottom, right] = values(node, "pads")?.unwrap_or([0; 4]);
    let positive = [taps, dilation, stride]
        .as_flattened()
        .iter()
        .all(|&it| it > 0);
    if !positive || shape.is_some_and(|shape| shape != taps) {
        return Err(SIZES);
    }
    let window = Window {
        taps,
        dilation,
        stride,
        pads: [top, left],
    };
    let size = |axis: usize, size: usize, pads: usize| {
        let span = (size + pads).checked_sub(window.extent()[axis])?;
        Some(span / stride[axis] + 1)
    };
    let height = size(0, from.height, top + bottom).ok_or(SIZES)?;
    let width = size(1, from.width, left + right).ok_or(SIZES)?;
    // The border that the tensor needs takes memory, too.
    let border = 2 * top.max(left).max(bottom).max(right);
    if (from.height + border) * (from.width + border) * from.channels > MAX_BYTES {
        return Err(SIZES);
    }
    Ok((window, [height, width]))
}

/// The window of a pool. Each of its windows has a pixel of the map.
pub(super) fn pool(node: &NodeProto, from: Tensor) -> Result<(Window, [usize; 2]), Refusal> {
    let (window, size) = find(node, None, from)?;
    let pads = values::<4>(node, "pads")?.unwrap_or([0; 4]);
    let [rows, columns] = window.taps;
    let narrow = pads[0].max(pads[2]) < rows && pads[1].max(pads[3]) < columns;
    let odd = window.dilation != [1, 1]
        || number(node, "ceil_mode") != 0
        || number(node, "storage_order") != 0;
    if odd || !narrow {
        return Err("it pools with gaps, with wide padding or with ceil_mode");
    }
    Ok((window, size))
}

/// The whole of a tensor.
pub(super) fn whole(from: Tensor) -> Window {
    Window {
        taps: [from.height, from.width],
        dilation: [1, 1],
        stride: [1, 1],
        pads: [0, 0],
    }
}

/// The numbers of an attribute; `None` if it is absent.
fn values<const N: usize>(node: &NodeProto, name: &str) -> Result<Option<[usize; N]>, Refusal> {
    let Some(attribute) = attribute(node, name) else {
        return Ok(None);
    };
    let values: Vec<usize> = (attribute.ints.iter())
        .map(|&value| usize::try_from(value).map_err(|_| SIZES))
        .collect::<Result<_, _>>()?;
    let values = <[usize; N]>::try_from(values).map_err(|_| SIZES)?;
    Ok(Some(values))
}
