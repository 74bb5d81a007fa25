//! The map from a picture's feature map to the embedding by which individual animals are told apart.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use recognise::Bundle;

use super::bundle::file;
use super::covariance::Covariance;
use super::dot::dot;
use super::{Matrix, Prototypes, SHORTEST, Update, WeightsError, add, matmul};

/// Numbers of an embedding.
const LENGTH: usize = 192;

/// An affine map of the means and the maxima of a feature map; the result, scaled to length 1, is the embedding. Of how
/// many numbers it is made, [`super::Architecture::pooled`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedder {
    /// Weights `[length, pooled]`.
    pub weight: Vec<f32>,
    /// Biases `[length]`: one for each number of an embedding.
    pub bias: Vec<f32>,
}

/// The tensors' names in a bundle.
pub(crate) const EMBEDDER_WEIGHT: &str = "embedder.weight";
pub(crate) const EMBEDDER_BIAS: &str = "embedder.bias";

/// The name of a bundle's output of embeddings.
pub(crate) const EMBEDDING: &str = "embedding";

/// Numbers are divided by their standard deviation, but by no less than this.
const LEAST_DEVIATION: f64 = 1e-3;
/// Nor by less than this share of the median one: a channel that hardly ever responds would have a weight so large that
/// int8 left nothing of the others.
const LEAST_SHARE: f64 = 0.1;
/// Iterations for the principal components. The first ones are exact long before. Which of the last ones, all of about
/// the same variance, are taken matters little.
const ITERATIONS: usize = 20;
/// The vectors are summed in this many parts, whatever the number of cores, so that the sums are the same on every
/// machine.
const PARTS: usize = 16;
/// A direction of which less than this share remains without those before it is rounding error.
const LEAST_REST: f32 = 1e-5;
/// The iteration starts from the same directions in every run.
const SEED: u64 = 1;

impl Embedder {
    /// The embedder for pictures like those that these vectors of `pooled` numbers are of: means, and as many maxima.
    /// Each number is centred and divided by its standard deviation, and the result projected to the principal
    /// components (Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space", Philosophical Magazine 2,
    /// 1901).
    ///
    /// An embedding has 192 numbers. If the vectors span fewer dimensions, the rest of the numbers are 0.
    ///
    /// # Errors
    /// That of `go_on`, which is called before each step of a few tenths of a second at most.
    pub fn of<E>(
        pooled: usize,
        vectors: &[Vec<f32>],
        go_on: impl Fn() -> Result<(), E>,
    ) -> Result<Self, E> {
        let mean = means(vectors, |value, _| value, &vec![0.0; pooled]);
        let variance = means(vectors, |value, mean| (value - mean).powi(2), &mean);
        let deviation: Vec<f64> = variance.iter().map(|variance| variance.sqrt()).collect();
        let scale = scales(&deviation);
        let mut standardised = Vec::with_capacity(vectors.len() * pooled);
        for vector in vectors {
            let values = vector.iter().zip(&mean).zip(&scale);
            let values = values.map(|((&value, mean), scale)| (f64::from(value) - mean) * scale);
            standardised.extend(values.map(|value| value as f32));
        }
        let mut weight = components(&standardised, pooled, go_on)?;
        let mut bias = Vec::with_capacity(LENGTH);
        for row in weight.chunks_exact_mut(pooled) {
            let mut offset = 0.0;
            for ((value, mean), scale) in row.iter_mut().zip(&mean).zip(&scale) {
                *value = (f64::from(*value) * scale) as f32;
                offset -= f64::from(*value) * mean;
            }
            bias.push(offset as f32);
        }
        Ok(Self { weight, bias })
    }

    /// The same embedder, but what photographs of one breed differ in counts for less. Much of it is not the animal: pose,
    /// light and what stands around it. `vectors` are those that it was made of, each with its breed, of `breeds` ones.
    ///
    /// The covariance within breeds and the identity have equal shares in what it is divided by. (Fisher's discriminant,
    /// regularised: see [`super::Classifier::discriminant`].)
    #[must_use]
    pub fn discriminating(mut self, vectors: &[Vec<f32>], labels: &[usize], breeds: usize) -> Self {
        let embeddings: Vec<Vec<f32>> = vectors.par_iter().map(|it| self.embed(it)).collect();
        let labelled = embeddings
            .iter()
            .map(Vec::as_slice)
            .zip(labels.iter().copied());
        let prototypes = Prototypes::of(breeds, LENGTH, labelled.clone());
        let within = Covariance::within(&prototypes, labelled);
        let columns = self.weight.len() / LENGTH;
        within.whiten(&mut self.weight, columns);
        within.whiten(&mut self.bias, 1);
        self
    }

    /// The embedding that it makes of means and maxima, of length 1; zeros if they have no direction.
    #[must_use]
    pub fn embed(&self, pooled: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(pooled.len()).zip(&self.bias);
        let mut embedding: Vec<f32> = rows.map(|(row, bias)| bias + dot(row, pooled)).collect();
        let length = embedding.iter().map(|value| value * value).sum::<f32>();
        let length = length.sqrt().max(SHORTEST);
        embedding.iter_mut().for_each(|value| *value /= length);
        embedding
    }

    /// The embedder of an f32 bundle that the trainer exported; `None` if the bundle has no output `embedding`.
    ///
    /// # Errors
    /// If the bundle has that output, but lacks the tensors or has them in another shape: the message names the bundle
    /// and the tensor.
    pub fn from_bundle(bundle: &Bundle) -> Result<Option<Self>, WeightsError> {
        let Some(graph) = &bundle.proto.graph else {
            return Ok(None);
        };
        if graph.output.iter().all(|output| output.name != EMBEDDING) {
            return Ok(None);
        }
        let mut tensors = graph.initializer.iter();
        let bias = tensors.find(|tensor| tensor.name == EMBEDDER_BIAS);
        let length = bias.and_then(|tensor| tensor.dims.first()).copied();
        let length = length.map_or(1, |length| length.max(1) as usize);
        let file = file(bundle)?;
        let pooled = 2 * file.features()?;
        let values = |name, shape: &[usize]| {
            let tensor = file.tensor(name, shape)?;
            Ok::<_, WeightsError>(tensor.flatten_all()?.to_vec1()?)
        };
        Ok(Some(Self {
            weight: values(EMBEDDER_WEIGHT, &[length, pooled])?,
            bias: values(EMBEDDER_BIAS, &[length])?,
        }))
    }
}

/// For each number the mean over the vectors of what `of` makes of it and of its entry in `with`.
fn means(vectors: &[Vec<f32>], of: impl Fn(f64, f64) -> f64, with: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; with.len()];
    for vector in vectors {
        for ((sum, &value), &with) in sums.iter_mut().zip(vector).zip(with) {
            *sum += of(f64::from(value), with);
        }
    }
    let count = vectors.len().max(1) as f64;
    sums.iter().map(|sum| sum / count).collect()
}

/// What each number is multiplied with. Means and maxima are of different size, so each kind has its own median.
fn scales(deviation: &[f64]) -> Vec<f64> {
    let kinds = deviation.chunks(deviation.len() / 2);
    kinds
        .flat_map(|kind| {
            let mut sorted = kind.to_vec();
            sorted.sort_by(f64::total_cmp);
            let least = LEAST_SHARE * sorted[sorted.len() / 2];
            let scale = move |deviation: &f64| 1.0 / (deviation.max(least) + LEAST_DEVIATION);
            kind.iter().map(scale)
        })
        .collect()
}

/// The first principal components `[LENGTH, pooled]` of centred rows: orthogonal, of length 1, or 0 where the rows span
/// fewer dimensions. By simultaneous iteration (Rutishauser, "Computational Aspects of F. L. Bauer's Simultaneous
/// Iteration Method", Numerische Mathematik 13, 1969): the directions are multiplied with the covariance, and made
/// orthogonal, again and again.
fn components<E>(
    rows: &[f32],
    pooled: usize,
    go_on: impl Fn() -> Result<(), E>,
) -> Result<Vec<f32>, E> {
    let count = rows.len() / pooled;
    // Centred rows have one dimension less.
    let rank = LENGTH.min(count.saturating_sub(1));
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let random = (0..rank * pooled).map(|_| rng.random_range(-1.0f32..=1.0));
    let mut directions: Vec<f32> = random.collect();
    orthonormalise(&mut directions, pooled);
    if rank > 0 {
        for _ in 0..ITERATIONS {
            go_on()?;
            directions = multiplied(&directions, rows, pooled);
            orthonormalise(&mut directions, pooled);
        }
    }
    directions.resize(LENGTH * pooled, 0.0);
    Ok(directions)
}

/// The directions, at least one, multiplied with the sum of the products of each two numbers of a row, on all cores.
fn multiplied(directions: &[f32], rows: &[f32], pooled: usize) -> Vec<f32> {
    let rank = directions.len() / pooled;
    let transposed = Matrix::new(directions, pooled).transposed();
    let part = |rows: &[f32]| {
        let mut shares = vec![0.0; rows.len() / pooled * rank];
        let rows = Matrix::new(rows, pooled);
        matmul(&mut shares, Update::Overwrite, rows, transposed);
        let mut product = vec![0.0; rank * pooled];
        let shares = Matrix::new(&shares, rank).transposed();
        matmul(&mut product, Update::Overwrite, shares, rows);
        product
    };
    let count = rows.len() / pooled;
    let parts = rows.par_chunks(count.div_ceil(PARTS).max(1) * pooled);
    let parts: Vec<Vec<f32>> = parts.map(part).collect();
    let mut product = vec![0.0; rank * pooled];
    parts.iter().for_each(|part| add(&mut product, part));
    product
}

/// Makes rows of `pooled` numbers orthogonal and of length 1, from the first to the last (Gram and Schmidt). Each is
/// freed of those before it twice, since once leaves rounding errors. A row of which nothing remains becomes 0.
fn orthonormalise(rows: &mut [f32], pooled: usize) {
    for index in 0..rows.len() / pooled {
        let (before, rest) = rows.split_at_mut(index * pooled);
        let row = &mut rest[..pooled];
        let length = dot(row, row).sqrt();
        for _ in 0..2 {
            for other in before.chunks_exact(pooled) {
                let share = dot(other, row);
                let values = row.iter_mut().zip(other);
                values.for_each(|(value, other)| *value -= share * other);
            }
        }
        let remaining = dot(row, row).sqrt();
        let factor = if remaining > LEAST_REST * length {
            1.0 / remaining
        } else {
            0.0
        };
        row.iter_mut().for_each(|value| *value *= factor);
    }
}
