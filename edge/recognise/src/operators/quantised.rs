//! Operators of quantised networks that do not run in int8: real numbers take the integers' place.

use std::ops::RangeInclusive;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::cast::cast;
use tract_onnx::tract_core::ops::math;
use tract_onnx::tract_core::ops::quant::{
    DequantizeLinearF32, quantize_linear_i8, quantize_linear_u8,
};
use tract_onnx::tract_hir::internal::Expansion;
use tract_onnx::tract_hir::ops::activations::Clip;

use super::{Operator, Outlets};

/// What the operator is set to.
struct Parameters {
    scales: Vec<f32>,
    zeros: Vec<i32>,
    /// The integers' type.
    element: DatumType,
    axis: i64,
}

impl Parameters {
    fn real_zeros(&self) -> Vec<f32> {
        self.zeros.iter().map(|&zero| zero as f32).collect()
    }
}

impl Operator<'_> {
    pub(super) fn quantize(&mut self) -> TractResult<Outlets> {
        let parameters = self.parameters()?;
        let (scales, zeros) = (&parameters.scales[..], &parameters.zeros[..]);
        match (scales, zeros, parameters.element) {
            (&[scale], &[zero], DatumType::U8) => {
                self.each(quantize_linear_u8(scale.recip(), zero as u8))
            }
            (&[scale], &[zero], DatumType::I8) => {
                self.each(quantize_linear_i8(scale.recip(), zero as i8))
            }
            (.., DatumType::U8) => self.quantize_along(&parameters, 0.0..=255.0),
            (.., DatumType::I8) => self.quantize_along(&parameters, -128.0..=127.0),
            (.., other) => bail!("it cannot quantise to {other:?}"),
        }
    }

    /// With a scale and a zero point for each index of an axis.
    fn quantize_along(
        &mut self,
        parameters: &Parameters,
        range: RangeInclusive<f32>,
    ) -> TractResult<Outlets> {
        let (input, axis) = (self.input(0)?, parameters.axis);
        let steps = self.along("scales", math::div(), input, &parameters.scales, axis)?;
        let name = |part: &str| format!("{}.{part}", self.name);
        let (whole, clamped) = (name("whole"), name("clamped"));
        let whole = self
            .model
            .wire_node(whole, math::round_half_to_even(), &[steps])?;
        let zeros = parameters.real_zeros();
        let moved = self.along("zeros", math::add(), whole[0], &zeros, axis)?;
        let clip = Clip::new(Some(*range.start()), Some(*range.end()));
        let clamped = clip.wire(&clamped, self.model, &[moved])?;
        self.model
            .wire_node(&self.name, cast(parameters.element), &clamped)
    }

    pub(super) fn dequantize(&mut self) -> TractResult<Outlets> {
        let parameters = self.parameters()?;
        if let (&[scale], &[zero]) = (&parameters.scales[..], &parameters.zeros[..]) {
            return self.each(DequantizeLinearF32::new(scale, zero));
        }
        let (zeros, axis) = (parameters.real_zeros(), parameters.axis);
        let reals = self.each(cast(f32::datum_type()))?[0];
        let reals = self.along("zeros", math::sub(), reals, &zeros, axis)?;
        let reals = self.along("scales", math::mul(), reals, &parameters.scales, axis)?;
        Ok(tvec!(reals))
    }

    fn parameters(&self) -> TractResult<Parameters> {
        let scales = self
            .constant(1)?
            .try_as_plain_ram()?
            .as_slice::<f32>()?
            .to_vec();
        let (zeros, element) = match self.inputs.get(2) {
            Some(Some(_)) => {
                let zeros = self.constant(2)?;
                let values = zeros.cast_to::<i32>()?;
                (
                    values.try_as_plain_ram()?.as_slice::<i32>()?.to_vec(),
                    zeros.datum_type(),
                )
            }
            _ => (vec![0; scales.len()], DatumType::U8),
        };
        let axis = self.node.get_attr_opt("axis")?.unwrap_or(1);
        ensure!(
            !scales.is_empty() && scales.len() == zeros.len(),
            "{} zero points for {} scales",
            zeros.len(),
            scales.len()
        );
        Ok(Parameters {
            scales,
            zeros,
            element,
            axis,
        })
    }
}
