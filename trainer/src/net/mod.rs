//! The network: MobileNetV2 without norms on candle, its pretrained weights, and convolutions that are fast enough
//! to train on a processor.

mod architecture;
mod bundle;
mod chain;
mod classifier;
mod discriminant;
mod kernels;
mod means;
mod operation;
mod weights;

pub use architecture::FEATURES;
pub use chain::Chain;
pub use classifier::Classifier;
pub use kernels::{Kernel, Layer};
pub use means::Means;
pub use weights::{Init, WeightsError};

pub(crate) use classifier::mean;
pub(crate) use means::{MEANS, SHORTEST, direction};

pub(crate) use kernels::{Extent, Into, Matrix, add, matmul, vectorised};

use std::collections::HashMap;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{Linear, Module};

/// MobileNetV2 1.0 with a linear classifier, every batch norm folded into the convolution before it.
///
/// Norms that are frozen, as they should be when few photographs are at hand, are nothing but a scale and a shift:
/// folded, they cost nothing, and the network trained is the very network that ships.
pub struct Network {
    breeds: usize,
    blocks: Vec<Block>,
    classifier: Linear,
    variables: Vec<(String, Var)>,
}

/// One operation of the graph, with its own variables in the order the operation wants them.
pub(crate) struct Block {
    pub(crate) chain: Chain,
    /// A layer's convolution in the weight file.
    pub(crate) names: Vec<String>,
    parameters: Vec<Tensor>,
}

impl Network {
    /// A network for `breeds` classes that starts from `init`. The classifier starts at zero.
    ///
    /// # Errors
    /// If the weights cannot be had, or do not fit: the message names the file and the tensor.
    pub fn new(breeds: usize, init: &Init) -> std::result::Result<Self, WeightsError> {
        let architecture = architecture::blocks();
        let mut weights = weights::initial(&architecture, init)?;
        Self::with(breeds, architecture, &mut weights)
    }

    /// Every weight and bias that the architecture names must be there, in its shape. The classifier starts at zero.
    fn with(
        breeds: usize,
        architecture: Vec<architecture::Block>,
        weights: &mut HashMap<String, Tensor>,
    ) -> std::result::Result<Self, WeightsError> {
        for (name, shape) in classifier(breeds) {
            let zeros = Tensor::zeros(&*shape, DType::F32, &Device::Cpu)?;
            weights.insert(name.to_owned(), zeros);
        }
        let mut variables = Vec::new();
        let mut parameter = |name: String| {
            let variable = Var::from_tensor(&weights[&name])?;
            let tensor = variable.as_tensor().clone();
            variables.push((name, variable));
            Ok::<_, WeightsError>(tensor)
        };
        let mut blocks = Vec::new();
        for block in architecture {
            let mut parameters = Vec::new();
            let mut names = Vec::new();
            for convolution in &block.convolutions {
                for part in ["weight", "bias"] {
                    parameters.push(parameter(format!("{}.{part}", convolution.name))?);
                }
                names.push(convolution.name.clone());
            }
            let layers = block.convolutions.iter().map(|c| c.layer).collect();
            blocks.push(Block {
                chain: Chain::new(layers, block.shortcut)?,
                names,
                parameters,
            });
        }
        let weight = parameter(CLASSIFIER_WEIGHT.to_owned())?;
        let bias = parameter(CLASSIFIER_BIAS.to_owned())?;
        let classifier = Linear::new(weight, Some(bias));
        Ok(Self {
            breeds,
            blocks,
            classifier,
            variables,
        })
    }

    /// Normalised pictures `[images, height, width, 3]` to embeddings `[images, FEATURES]`, each at least zero.
    ///
    /// # Errors
    /// If the pictures have another shape.
    pub fn features(&self, pictures: &Tensor) -> Result<Tensor> {
        let mut activations = pictures.clone();
        for block in &self.blocks {
            let flat = block.parameters.iter().map(Tensor::flatten_all);
            let parameters = Tensor::cat(&flat.collect::<Result<Vec<_>>>()?, 0)?;
            activations = block.chain.apply(&activations, &parameters)?;
        }
        let (images, height, width, channels) = activations.dims4()?;
        activations
            .reshape((images, height * width, channels))?
            .mean(1)
    }

    /// Embeddings `[images, FEATURES]` to logits `[images, breeds]`.
    ///
    /// # Errors
    /// If the embeddings have another shape.
    pub fn classify(&self, features: &Tensor) -> Result<Tensor> {
        self.classifier.forward(features)
    }

    /// The classifier's weights `[breeds, FEATURES]` and biases `[breeds]`.
    pub(super) fn classifier(&self) -> Result<[Vec<f32>; 2]> {
        let zero = Tensor::zeros(self.breeds, DType::F32, &Device::Cpu)?;
        let bias = self.classifier.bias().unwrap_or(&zero);
        let flat = |tensor: &Tensor| tensor.flatten_all()?.to_vec1();
        Ok([flat(self.classifier.weight())?, flat(bias)?])
    }

    /// Every parameter under its name, the classifier's two last.
    #[must_use]
    pub fn variables(&self) -> &[(String, Var)] {
        &self.variables
    }

    /// The parameters of the convolutions alone.
    pub(crate) fn convolutions(&self) -> &[(String, Var)] {
        &self.variables[..self.variables.len() - classifier(self.breeds).len()]
    }

    /// How many breeds the classifier tells apart.
    #[must_use]
    pub fn breeds(&self) -> usize {
        self.breeds
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}

/// The classifier's tensors with their shapes.
fn classifier(breeds: usize) -> [(&'static str, Vec<usize>); 2] {
    [
        (CLASSIFIER_WEIGHT, vec![breeds, FEATURES]),
        (CLASSIFIER_BIAS, vec![breeds]),
    ]
}

pub(crate) const CLASSIFIER_WEIGHT: &str = "classifier.weight";
pub(crate) const CLASSIFIER_BIAS: &str = "classifier.bias";
