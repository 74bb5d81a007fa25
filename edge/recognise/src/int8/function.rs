//! Functions of a single number, such as activations, as tables from byte to byte.

use tract_onnx::pb::NodeProto;

use super::constants::Constants;
use super::program::Tensor;
use super::window::attribute;

type Function = Box<dyn Fn(f32) -> f32>;

/// The function that an operator computes of each number; `None` if it is none.
pub(super) fn of(node: &NodeProto, constants: &Constants<'_>) -> Option<Function> {
    let parameter = |name: &str, default: f32| attribute(node, name).map_or(default, |it| it.f);
    let function: Function = match node.op_type.as_str() {
        "Relu" | "Clip" => {
            let [low, high] = bounds(node, constants)?;
            Box::new(move |x: f32| x.max(low).min(high))
        }
        "LeakyRelu" => {
            let alpha = parameter("alpha", 0.01);
            Box::new(move |x: f32| if x < 0.0 { alpha * x } else { x })
        }
        "Elu" => {
            let alpha = parameter("alpha", 1.0);
            Box::new(move |x: f32| if x < 0.0 { alpha * x.exp_m1() } else { x })
        }
        "HardSigmoid" => {
            let (alpha, beta) = (parameter("alpha", 0.2), parameter("beta", 0.5));
            Box::new(move |x: f32| hard_sigmoid(x, alpha, beta))
        }
        "HardSwish" => Box::new(|x: f32| x * hard_sigmoid(x, 1.0 / 6.0, 0.5)),
        "Sigmoid" => Box::new(|x: f32| 1.0 / (1.0 + (-x).exp())),
        "Tanh" => Box::new(f32::tanh),
        _ => return None,
    };
    Some(function)
}

/// The bounds of a Relu or a Clip; `None` if they are not in the file.
pub(super) fn bounds(node: &NodeProto, constants: &Constants<'_>) -> Option<[f32; 2]> {
    if node.op_type == "Relu" {
        return Some([0.0, f32::INFINITY]);
    }
    let bound = |index: usize, default| match node.input.get(index) {
        Some(name) if !name.is_empty() => constants.number(name),
        _ => Some(default),
    };
    Some([bound(1, f32::NEG_INFINITY)?, bound(2, f32::INFINITY)?])
}

/// For each byte of the tensor `from` that of the function's result in the tensor `to`.
pub(super) fn table(from: Tensor, to: Tensor, function: impl Fn(f32) -> f32) -> [u8; 256] {
    let mut table = [0; 256];
    for (out, byte) in table.iter_mut().zip(0..=u8::MAX) {
        *out = to.byte(function(from.real(byte)));
    }
    table
}

/// Lets bytes of a tensor stay within bounds in real numbers; `None` if they always do.
pub(super) fn clamp(tensor: Tensor, [low, high]: [f32; 2]) -> Option<[u8; 256]> {
    // Rounding keeps the order of numbers: bytes are clamped to the bytes of the bounds.
    let [low, high] = [low, high].map(|bound| tensor.byte(bound));
    ((low, high) != (0, u8::MAX)).then(|| {
        let mut table = [0; 256];
        for (out, byte) in table.iter_mut().zip(0..=u8::MAX) {
            *out = byte.max(low).min(high);
        }
        table
    })
}

fn hard_sigmoid(x: f32, alpha: f32, beta: f32) -> f32 {
    (alpha * x + beta).clamp(0.0, 1.0)
}
