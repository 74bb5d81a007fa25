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
        let mut numbers = Vec::new();
        for index in 1..5 {
            let constant = self.constant(index)?;
            numbers.push(constant.try_as_plain_ram()?.as_slice::<f32>()?.to_vec());
        }
        let input = self.input(0)?;
        let channels = self
            .model
            .outlet_fact(input)?
            .shape
            .get(1)
            .and_then(|it| it.to_usize().ok());
        let fits = numbers.iter().all(|it| Some(it.len()) == channels);
        ensure!(fits, "it has not as many numbers as there are channels");
        let (mut factors, mut terms) = (Vec::new(), Vec::new());
        for channel in 0..numbers[0].len() {
            let [scale, bias, mean, variance] = [0, 1, 2, 3].map(|i: usize| numbers[i][channel]);
            let factor = scale / (variance + epsilon).sqrt();
            factors.push(factor);
            terms.push(bias - mean * factor);
        }
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
        let rank = self.model.outlet_fact(tensor)?.rank();
        let mut shape = tvec![1; rank];
        shape[self.axis(axis, rank)?] = numbers.len();
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
