//! Operators that look at a window of the picture at a time.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_hir::ops::cnn::{Conv, HirMaxPool, HirSumPool, PaddingSpec, PoolSpec};
use tract_onnx::tract_hir::ops::nn::DataFormat;

use super::{Operator, Outlets};

impl Operator<'_> {
    pub(super) fn convolution(&mut self) -> TractResult<Outlets> {
        let node = self.node;
        let weights = self.model.outlet_fact(self.input(1)?)?.shape.clone();
        if let Some(kernel) = node.get_attr_opt_tvec::<usize>("kernel_shape")? {
            let sizes = weights.as_concrete().and_then(|shape| shape.get(2..));
            ensure!(
                sizes == Some(&kernel[..]),
                "its weights are of another size"
            );
        }
        let convolution = Conv {
            padding: self.padding(PaddingSpec::Explicit)?,
            strides: node.get_attr_opt_tvec("strides")?,
            dilations: node.get_attr_opt_tvec("dilations")?,
            group: node.get_attr_opt("group")?,
            bias_input: matches!(self.inputs[..], [_, _, Some(_)]).then_some(2),
            ..Conv::default()
        };
        self.expand(&convolution)
    }

    pub(super) fn pool(&mut self) -> TractResult<Outlets> {
        let node = self.node;
        let up = node.get_attr_opt("ceil_mode")?.unwrap_or(false);
        let window = PoolSpec::new(
            DataFormat::NCHW,
            node.get_attr_tvec("kernel_shape")?,
            self.padding(|before, after| PaddingSpec::ExplicitOnnxPool(before, after, up))?,
            node.get_attr_opt_tvec("dilations")?,
            node.get_attr_opt_tvec("strides")?,
            // As many channels as there are.
            0,
            0,
        );
        if node.op_type == "MaxPool" {
            return self.expand(&HirMaxPool::new(window, None));
        }
        let padded = node.get_attr_opt("count_include_pad")?.unwrap_or(false);
        self.expand(&HirSumPool::new(window, padded, true))
    }

    /// What is added around the picture; `explicit` makes it of numbers before and after each side.
    fn padding(
        &self,
        explicit: impl FnOnce(TVec<usize>, TVec<usize>) -> PaddingSpec,
    ) -> TractResult<PaddingSpec> {
        let node = self.node;
        Ok(match node.get_attr_opt("auto_pad")?.unwrap_or("NOTSET") {
            "NOTSET" => {
                let sides = self
                    .model
                    .outlet_fact(self.input(0)?)?
                    .rank()
                    .saturating_sub(2);
                let pads = node.get_attr_opt_tvec("pads")?;
                let pads: TVec<usize> = pads.unwrap_or_else(|| tvec!(0; 2 * sides));
                ensure!(
                    pads.len() == 2 * sides,
                    "{} pads for {sides} sides",
                    pads.len()
                );
                let (before, after) = pads.split_at(sides);
                explicit(before.into(), after.into())
            }
            "VALID" => PaddingSpec::Valid,
            "SAME_UPPER" => PaddingSpec::SameUpper,
            "SAME_LOWER" => PaddingSpec::SameLower,
            other => bail!("there is no auto_pad {other}"),
        })
    }
}
