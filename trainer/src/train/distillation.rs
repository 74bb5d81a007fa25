//! Keeps what the start weights know: the features of the network that learns are to stay like those that the start
//! weights give for the same picture.
//!
//! Fine-tuning on few breeds forgets what tells all others apart, on which learnt breeds and guests rest. (Distilling a
//! network into its own successor: Li and Hoiem, "Learning without Forgetting", ECCV 2016; by features instead of
//! answers: Li et al., "DELTA: DEep Learning Transfer using Feature Map with Attention for Convolutional Networks",
//! ICLR 2019.)

use candle_core::{Result, Tensor, Var};

use super::contrast::directions;
use crate::net::Network;

/// A smaller deviation is none.
const LEAST: f64 = 1e-12;
/// This share of the mean deviation is added to that of each channel: one that hardly ever responds would have too large
/// a weight.
const LEAST_SHARE: f64 = 0.1;

/// The network of the start weights. It learns nothing.
pub(super) struct Teacher {
    network: Network,
}

impl Teacher {
    /// The teacher of this network, which has its start weights.
    pub(super) fn new(network: Network) -> Self {
        Self { network }
    }

    /// Its parameters with their names.
    pub(super) fn variables(&self) -> &[(String, Var)] {
        self.network.variables()
    }

    /// The loss of the learning network's means and maxima `[pictures, features]` of the same pictures: see [`loss`].
    pub(super) fn loss(&self, pictures: &Tensor, [means, maxima]: [&Tensor; 2]) -> Result<Tensor> {
        let (own_means, own_maxima) = self.network.detached().pooled(pictures)?;
        (loss(means, &own_means)? + loss(maxima, &own_maxima)?)? / 2.0
    }
}

/// How far the directions of `features [pictures, numbers]` are from those of the teacher's, a scalar: one minus the mean
/// cosine, 0 where they agree. Both are centred and scaled by the teacher's mean and deviation over these pictures, as
/// what all of them share tells nothing.
///
/// # Errors
/// If the shapes differ.
pub fn loss(features: &Tensor, of_teacher: &Tensor) -> Result<Tensor> {
    let of_teacher = of_teacher.detach();
    let mean = of_teacher.mean_keepdim(0)?;
    let deviation = of_teacher
        .broadcast_sub(&mean)?
        .sqr()?
        .mean_keepdim(0)?
        .sqrt()?;
    let least = (deviation.mean_all()? * LEAST_SHARE)?;
    let scale = (deviation.broadcast_add(&least)? + LEAST)?.recip()?;
    let direction =
        |features: &Tensor| directions(&features.broadcast_sub(&mean)?.broadcast_mul(&scale)?);
    let cosines = (direction(features)? * direction(&of_teacher)?)?.sum(1)?;
    1.0 - cosines.mean_all()?
}
