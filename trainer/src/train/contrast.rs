//! Learns to tell individual animals apart by contrast: of all views in a batch, those of one photograph should be the
//! most alike, and after them those of one breed.
//!
//! The views are compared by projections of the mean and the maximum of the feature map. The projections are thrown
//! away after training: what lies before them generalises better (Chen et al., "A Simple Framework for Contrastive
//! Learning of Visual Representations", ICML 2020).

use candle_core::{D, Device, Result, Tensor, Var};
use candle_nn::ops::log_softmax;
use rand::RngExt;

use super::loader;

/// Similarities are divided by this. The smaller it is, the more the most similar negatives count.
const TEMPERATURE: f64 = 0.1;
/// Numbers of a projected view.
const LENGTH: usize = 192;
/// Added to the similarity of a view with itself, so that it does not count.
const EXCLUDED: f32 = -1e4;
/// Squares of shorter vectors have no direction.
const SHORTEST: f64 = 1e-12;

/// The names of the projections, one to tell photographs apart and one to tell breeds apart.
const NAMES: [&str; 2] = ["contrast.photographs.weight", "contrast.breeds.weight"];

/// The linear maps whose results are compared, without biases: `[LENGTH, pooled]` each.
pub(super) struct Projections {
    variables: Vec<(String, Var)>,
}

impl Projections {
    /// Random projections of `pooled` numbers that depend on the seed alone.
    pub(super) fn new(pooled: usize, seed: u64) -> Result<Self> {
        // Epochs begin with 1.
        let mut rng = loader::rng(seed, 0, 0);
        let bound = (3.0 / pooled as f32).sqrt();
        let variables = NAMES.map(|name| {
            let values = (0..LENGTH * pooled).map(|_| rng.random_range(-bound..=bound));
            let values: Vec<f32> = values.collect();
            let values = Tensor::from_vec(values, (LENGTH, pooled), &Device::Cpu)?;
            Ok((name.to_owned(), Var::from_tensor(&values)?))
        });
        Ok(Self {
            variables: variables.into_iter().collect::<Result<_>>()?,
        })
    }

    /// Their parameters with their names.
    pub(super) fn variables(&self) -> &[(String, Var)] {
        &self.variables
    }

    /// The loss of two views of each photograph: the sum of the contrast between photographs and that between breeds.
    ///
    /// `pooled [2 photographs, ..]` has the mean and the maximum of the first view of each photograph, then those of
    /// the second views.
    pub(super) fn loss(&self, pooled: &Tensor, breeds: &[usize]) -> Result<Tensor> {
        let photographs: Vec<usize> = (0..breeds.len()).collect();
        let mut sum = Tensor::new(0f32, &Device::Cpu)?;
        for ((_, weight), labels) in self.variables.iter().zip([&photographs[..], breeds]) {
            let projected = pooled.matmul(&weight.as_tensor().t()?)?;
            sum = (sum + loss(&directions(&projected)?, &[labels, labels].concat())?)?;
        }
        Ok(sum)
    }
}

/// The rows of a matrix, scaled to length 1. A row without a direction stays short.
pub(super) fn directions(rows: &Tensor) -> Result<Tensor> {
    let squares = rows.sqr()?.sum_keepdim(1)?;
    rows.broadcast_div(&(squares + SHORTEST)?.sqrt()?)
}

/// The supervised contrastive loss, a scalar, of vectors `[rows, numbers]` of length 1 with a label each (Khosla et al.,
/// "Supervised Contrastive Learning", NeurIPS 2020): the mean over the rows, and over the other rows of their label, of
/// the negative log-likelihood of that row among all others. A row that is alone with its label counts as 0.
///
/// With two views of each photograph, and the photographs as labels, it is NT-Xent (Chen et al., "A Simple Framework for
/// Contrastive Learning of Visual Representations", ICML 2020).
///
/// # Errors
/// If there is not one label for each row, or no row.
pub fn loss(vectors: &Tensor, labels: &[usize]) -> Result<Tensor> {
    let rows = labels.len();
    let mut itself = vec![0f32; rows * rows];
    let mut weights = vec![0f32; rows * rows];
    for (row, label) in labels.iter().enumerate() {
        itself[row * rows + row] = EXCLUDED;
        let is_alike = |&other: &usize| other != row && labels[other] == *label;
        let alike: Vec<usize> = (0..rows).filter(is_alike).collect();
        for other in &alike {
            weights[row * rows + other] = 1.0 / (rows * alike.len()) as f32;
        }
    }
    let square = |values: Vec<f32>| Tensor::from_vec(values, (rows, rows), vectors.device());
    let similarities = (vectors.matmul(&vectors.t()?)? / TEMPERATURE)?;
    let log_shares = log_softmax(&(similarities + square(itself)?)?, D::Minus1)?;
    (log_shares * square(weights)?)?.sum_all()?.neg()
}
