//! Products of int8 weights with real numbers, for what a network computes behind its int8 part.

use crate::Isa;

/// How many sums of a product are kept at once. They are added up at the end.
const LANES: usize = 16;

/// A matrix of weights, each a byte times the scale of its output, and a bias for each output.
///
/// ```
/// use kernels::Isa;
/// use kernels::int8::Product;
///
/// // Two numbers become one: half of 3 a - 2 b, and 1.
/// let product = Product::new(2, vec![3, -2], vec![0.5], vec![1.0]);
/// let mut out = [0.0];
/// product.run(Isa::Portable, 1, &[4.0, 2.0], &mut out);
/// assert_eq!(out, [0.5 * (12.0 - 4.0) + 1.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Product {
    inputs: usize,
    /// `[outputs, inputs]`.
    weights: Vec<i8>,
    scales: Vec<f32>,
    bias: Vec<f32>,
}

impl Product {
    /// The matrix of `weights` `[outputs, inputs]`.
    ///
    /// # Panics
    /// If there are no inputs, or `weights`, `scales` and `bias` differ in the number of outputs.
    #[must_use]
    pub fn new(inputs: usize, weights: Vec<i8>, scales: Vec<f32>, bias: Vec<f32>) -> Self {
        assert!(inputs > 0 && weights.len() == scales.len() * inputs);
        assert_eq!(scales.len(), bias.len());
        Self {
            inputs,
            weights,
            scales,
            bias,
        }
    }

    /// The number of rows of what it is multiplied with.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of rows of the result.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.scales.len()
    }

    /// Replaces `out`, f32 `[outputs, columns]`, by the product with `from`, f32 `[inputs, columns]`,
    /// and the bias.
    ///
    /// # Panics
    /// If `from` or `out` are of another size.
    #[inline(never)]
    pub fn run(&self, isa: Isa, columns: usize, from: &[f32], out: &mut [f32]) {
        assert_eq!(from.len(), self.inputs * columns);
        assert_eq!(out.len(), self.outputs() * columns);
        if columns == 0 {
            return;
        }
        isa.vectorised(|| {
            let rows = self.weights.chunks_exact(self.inputs);
            let affine = self.scales.iter().zip(&self.bias);
            let rows = rows.zip(affine).zip(out.chunks_exact_mut(columns));
            for ((weights, (scale, bias)), out) in rows {
                if let [out] = out {
                    *out = dot(weights, from) * scale + bias;
                } else {
                    mix(weights, from, out);
                    out.iter_mut().for_each(|sum| *sum = *sum * scale + bias);
                }
            }
        });
    }
}

/// The sum of the products of weights with numbers.
#[inline(always)]
fn dot(weights: &[i8], from: &[f32]) -> f32 {
    let (weights, weights_rest) = weights.as_chunks::<LANES>();
    let (from, from_rest) = from.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (weights, from) in weights.iter().zip(from) {
        for lane in 0..LANES {
            sums[lane] = add_product(sums[lane], f32::from(weights[lane]), from[lane]);
        }
    }
    let rest = weights_rest.iter().zip(from_rest);
    let rest: f32 = rest.map(|(&weight, from)| f32::from(weight) * from).sum();
    sums.iter().sum::<f32>() + rest
}

/// Replaces `out` by the sum of the rows of `from`, each times its weight.
#[inline(always)]
fn mix(weights: &[i8], from: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    for (&weight, row) in weights.iter().zip(from.chunks_exact(out.len())) {
        let weight = f32::from(weight);
        for (sum, from) in out.iter_mut().zip(row) {
            *sum = add_product(*sum, weight, *from);
        }
    }
}

/// The sum with a product. Every 64-bit Arm can do that at once; x86 cannot without features that the portable kernels
/// do without.
#[inline(always)]
fn add_product(sum: f32, a: f32, b: f32) -> f32 {
    if cfg!(target_arch = "aarch64") {
        a.mul_add(b, sum)
    } else {
        sum + a * b
    }
}
