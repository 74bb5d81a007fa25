//! Operators that multiply and add weights.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::change_axes::wire_with_rank_broadcast;
use tract_onnx::tract_core::ops::math;
use tract_onnx::tract_hir::internal::Expansion;
use tract_onnx::tract_hir::ops::matmul::MatMulInference;

use super::{Operator, Outlets};

impl Operator<'_> {
    /// `alpha * A * B + beta * C`.
    pub(super) fn gemm(&mut self) -> TractResult<Outlets> {
        let node = self.node;
        let factors = [self.input(0)?, self.input(1)?];
        for factor in factors {
            let rank = self.model.outlet_fact(factor)?.rank();
            ensure!(rank == 2, "a factor has {rank} axes, not 2");
        }
        let product = MatMulInference::default()
            .with_a_trans(node.get_attr_opt("transA")?.unwrap_or(false))
            .with_b_trans(node.get_attr_opt("transB")?.unwrap_or(false));
        let product = product.wire(&self.name, self.model, &factors)?[0];
        let product = self.scaled("alpha", product)?;
        match self.inputs.get(2) {
            Some(&Some(term)) => {
                let term = self.scaled("beta", term)?;
                let name = format!("{}.sum", self.name);
                wire_with_rank_broadcast(name, self.model, math::add(), &[product, term])
            }
            _ => Ok(tvec!(product)),
        }
    }

    /// A tensor times the attribute `by`, which is 1 unless it is there.
    fn scaled(&mut self, by: &str, tensor: OutletId) -> TractResult<OutletId> {
        match self.node.get_attr_opt(by)?.unwrap_or(1.0f32) {
            1.0 => Ok(tensor),
            factor => self.with_numbers(by, math::mul(), tensor, tensor0(factor)),
        }
    }

    /// What a network was trained with, as one product and one sum for each channel.
    pub(super) fn batch_normalization(&mut self) -> TractResult<Outlets> {
        let epsilon = self.node.get_attr_opt("epsilon")?.unwrap_or(1e-5f32);
        let numbers = |index: usize| -> TractResult<Vec<f32>> {
            let constant = self.constant(index)?;
            Ok(constant.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
        };
        let (scale, bias, mean, variance) = (numbers(1)?, numbers(2)?, numbers(3)?, numbers(4)?);
        let fits = [&bias, &mean, &variance].map(|it| it.len() == scale.len());
        ensure!(fits == [true; 3], "it has not as many numbers of each kind");
        let factors = scale.iter().zip(&variance);
        let factors = factors.map(|(scale, variance)| scale / (variance + epsilon).sqrt());
        let factors: Vec<f32> = factors.collect();
        let terms = bias.iter().zip(&mean).zip(&factors);
        let terms: Vec<f32> = terms
            .map(|((bias, mean), factor)| bias - mean * factor)
            .collect();
        let input = self.input(0)?;
        let product = self.along("factors", math::mul(), input, &factors, 1)?;
        self.along("terms", math::add(), product, &terms, 1)
            .map(|sum| tvec!(sum))
    }

    /// An operation on a tensor with a number for each index of its `axis`.
    pub(super) fn along(
        &mut self,
        part: &str,
        operation: impl Into<Box<dyn TypedOp>>,
        tensor: OutletId,
        numbers: &[f32],
        axis: i64,
    ) -> TractResult<OutletId> {
        let sides = self.model.outlet_fact(tensor)?.shape.clone();
        let mut shape = tvec![1; sides.rank()];
        let axis = self.axis(axis, sides.rank())?;
        shape[axis] = numbers.len();
        let (side, count) = (&sides[axis], numbers.len());
        ensure!(
            *side == count.to_dim(),
            "{count} {part} for a side of {side}"
        );
        self.with_numbers(
            part,
            operation,
            tensor,
            Tensor::from_shape(&shape, numbers)?,
        )
    }

    fn with_numbers(
        &mut self,
        part: &str,
        operation: impl Into<Box<dyn TypedOp>>,
        tensor: OutletId,
        numbers: Tensor,
    ) -> TractResult<OutletId> {
        let name = format!("{}.{part}", self.name);
        let numbers = self.model.add_const(&name, numbers)?;
        let name = self.model.unique_name(name).into_owned();
        let wires = wire_with_rank_broadcast(name, self.model, operation, &[tensor, numbers])?;
        Ok(wires[0])
    }
}
