//! Finds the products with int8 weights behind the int8 parts, which tract runs with our operator.

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, NodeProto};

use super::constants::Constants;
use super::convolution;
use crate::product::{BIAS, SCALES, TYPE, WEIGHTS};

/// A Gemm or a convolution of single pixels whose weights are int8 as one operator of the type
/// [`TYPE`]; `None` if it is of another form.
pub(super) fn of(node: &NodeProto, constants: &Constants<'_>) -> Option<NodeProto> {
    let is_product = match node.op_type.as_str() {
        "Gemm" => is_plain_gemm(node),
        "Conv" => convolution::is_product(node),
        _ => false,
    };
    is_product.then_some(())?;
    let (weight, parameters) = constants.quantised(node.input.get(1)?)?;
    let &[outputs, inputs, ref single @ ..] = &weight.dims[..] else {
        return None;
    };
    (inputs > 0 && single.iter().all(|&side| side == 1)).then_some(())?;
    let outputs = usize::try_from(outputs).ok()?;
    (parameters.axis == 0 || parameters.scales.len() == 1).then_some(())?;
    (weight.data_type == DataType::Int8 as i32).then_some(())?;
    let bias = match node.input.get(2).filter(|name| !name.is_empty()) {
        None => vec![0.0; outputs],
        Some(name) if constants.is_dequantised(name) => {
            let (bias, parameters) = constants.quantised(name)?;
            parameters.dequantise(bias)?
        }
        Some(name) => constants.floats(name)?,
    };
    (bias.len() == outputs).then_some(())?;
    let floats = |name: &str, floats| AttributeProto {
        name: name.to_owned(),
        floats,
        ..AttributeProto::default()
    };
    Some(NodeProto {
        op_type: TYPE.to_owned(),
        input: vec![node.input.first()?.clone()],
        output: node.output.clone(),
        attribute: vec![
            AttributeProto {
                name: WEIGHTS.to_owned(),
                t: Some(weight.clone()),
                ..AttributeProto::default()
            },
            floats(SCALES, parameters.symmetric(outputs)?),
            floats(BIAS, bias),
        ],
        ..NodeProto::default()
    })
}

/// Whether a Gemm is a product with the weights `[outputs, inputs]`, and a bias.
fn is_plain_gemm(node: &NodeProto) -> bool {
    let transposes = |name: &str| {
        let mut attributes = node.attribute.iter();
        attributes.any(|it| it.name == name && it.i != 0)
    };
    let mut factors = node
        .attribute
        .iter()
        .filter(|it| it.name == "alpha" || it.name == "beta");
    factors.all(|it| it.f == 1.0) && transposes("transB") && !transposes("transA")
}
