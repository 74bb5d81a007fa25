//! The network: MobileNetV2 or EfficientNet-Lite0 without norms on candle, its pretrained weights, its quantised form,
//! and convolutions that are fast enough to train on a CPU.

mod architecture;
mod bundle;
mod chain;
mod classifier;
mod covariance;
mod detector;
mod discriminant;
mod dot;
mod embedder;
mod former;
pub mod int8;
mod kernels;
mod operation;
mod prototypes;
pub mod short_sums;
mod weights;

pub use architecture::Architecture;
pub(crate) use architecture::DETECTOR_HEAD;
pub use chain::Chain;
pub use classifier::Classifier;
pub use detector::Detector;
pub use embedder::Embedder;
pub use former::Former;
pub use kernels::{Kernel, Layer, Padding, Window};
pub use operation::Chains;
pub use prototypes::Prototypes;
pub use weights::{Init, WeightsError};

pub(crate) use classifier::mean;
pub(crate) use dot::dot;
pub(crate) use embedder::{EMBEDDER_BIAS, EMBEDDER_WEIGHT, EMBEDDING};
pub(crate) use kernels::{Extent, Matrix, Update, add, matmul, vectorised};
pub(crate) use prototypes::{PROTOTYPES, SHORTEST, direction};

use std::collections::HashMap;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{Linear, Module};

/// A network with a linear classifier, every batch norm folded into the convolution before it.
///
/// Frozen norms, which are best with few photographs, are only a scale and a shift. Folded they cost nothing, and the
/// network that is trained is the very network that ships.
///
/// ```
/// use candle_core::{DType, Device, Tensor};
/// use trainer::net::{Architecture, Init, Network};
///
/// let network = Network::new(Architecture::MobileNetV2, 37, &Init::Random(1))?;
/// let pictures = Tensor::zeros((2, 32, 32, 3), DType::F32, &Device::Cpu)?;
/// let embeddings = network.features(&pictures)?;
/// assert_eq!(embeddings.dims(), [2, 1280]);
/// assert_eq!(network.classify(&embeddings)?.dims(), [2, 37]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Network {
    architecture: Architecture,
    breeds: usize,
    blocks: Vec<Block>,
    classifier: Linear,
    variables: Vec<(String, Var)>,
}

/// One operation of the graph with its variables.
pub(crate) struct Block {
    pub(crate) chain: Chain,
    /// The name of each layer's convolution in weight files.
    pub(crate) names: Vec<String>,
    /// The variables in the order of [`Chain::apply`].
    parameters: Vec<Tensor>,
}

impl Block {
    /// The block with its weights, not as variables.
    fn detached(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            names: self.names.clone(),
            parameters: self.parameters.iter().map(Tensor::detach).collect(),
        }
    }

    /// The name and the layer of each convolution, its weight and its bias.
    pub(crate) fn convolutions(&self) -> impl Iterator<Item = (&str, Layer, &[Tensor; 2])> {
        let (parameters, _) = self.parameters.as_chunks::<2>();
        let layers = self.names.iter().zip(self.chain.layers());
        let convolutions = layers.zip(parameters);
        convolutions.map(|((name, &layer), parameters)| (name.as_str(), layer, parameters))
    }
}

impl Network {
    /// A network for `breeds` classes whose convolutions start from `init`. The classifier starts at zero.
    ///
    /// # Errors
    /// If the weights cannot be loaded or do not fit: the message names the file and the tensor.
    pub fn new(
        architecture: Architecture,
        breeds: usize,
        init: &Init,
    ) -> std::result::Result<Self, WeightsError> {
        let mut weights = weights::initial(architecture, &architecture.blocks(), init)?;
        Self::with(architecture, breeds, &mut weights)
    }

    /// Builds the network from `weights`, which must have every weight and bias of the architecture in its shape. The
    /// classifier starts at zero if it is not among them.
    fn with(
        architecture: Architecture,
        breeds: usize,
        weights: &mut HashMap<String, Tensor>,
    ) -> std::result::Result<Self, WeightsError> {
        for (name, shape) in classifier(breeds, architecture.features()) {
            let zeros = Tensor::zeros(&*shape, DType::F32, &Device::Cpu)?;
            weights.entry(name.to_owned()).or_insert(zeros);
        }
        let mut variables = Variables::of(weights);
        let blocks = variables.blocks(architecture.blocks())?;
        let weight = variables.make(CLASSIFIER_WEIGHT.to_owned())?;
        let bias = variables.make(CLASSIFIER_BIAS.to_owned())?;
        let classifier = Linear::new(weight, Some(bias));
        Ok(Self {
            architecture,
            breeds,
            blocks,
            classifier,
            variables: variables.made,
        })
    }

    /// The network with the same weights, whose results have no gradient. It needs less memory: no activations between
    /// its blocks are kept for a backward pass.
    #[must_use]
    pub fn detached(&self) -> Self {
        let (weight, bias) = (self.classifier.weight(), self.classifier.bias());
        Self {
            architecture: self.architecture,
            breeds: self.breeds,
            blocks: self.blocks.iter().map(Block::detached).collect(),
            classifier: Linear::new(weight.detach(), bias.map(Tensor::detach)),
            variables: self.variables.clone(),
        }
    }

    /// Maps normalised pictures `[images, height, width, 3]` to embeddings `[images, features]`, all values at least 0.
    /// [`Architecture::features`] says how many features there are.
    ///
    /// # Errors
    /// If the pictures have another shape.
    pub fn features(&self, pictures: &Tensor) -> Result<Tensor> {
        self.map(pictures)?.mean(1)
    }

    /// The embeddings of [`Network::features`], and beside them the maximum of each channel instead of its mean, also
    /// `[images, features]`.
    ///
    /// candle passes the gradient of a maximum on to every position that has it. Only the bounds of the clamp, where
    /// the gradient ends, are likely to be equal at several.
    ///
    /// # Errors
    /// If the pictures have another shape.
    pub fn pooled(&self, pictures: &Tensor) -> Result<(Tensor, Tensor)> {
        let map = self.map(pictures)?;
        Ok((map.mean(1)?, map.max(1)?))
    }

    /// The last feature map, `[images, positions, features]`.
    fn map(&self, pictures: &Tensor) -> Result<Tensor> {
        let activations = run(&self.blocks, pictures)?;
        let (images, height, width, channels) = activations.dims4()?;
        activations.reshape((images, height * width, channels))
    }

    /// Maps embeddings `[images, features]` to logits `[images, breeds]`.
    ///
    /// # Errors
    /// If the embeddings have another shape.
    pub fn classify(&self, features: &Tensor) -> Result<Tensor> {
        self.classifier.forward(features)
    }

    /// The classifier's weights `[breeds, features]` and biases `[breeds]`.
    pub(super) fn classifier(&self) -> Result<[Vec<f32>; 2]> {
        let zero = Tensor::zeros(self.breeds, DType::F32, &Device::Cpu)?;
        let bias = self.classifier.bias().unwrap_or(&zero);
        let flat = |tensor: &Tensor| tensor.flatten_all()?.to_vec1();
        Ok([flat(self.classifier.weight())?, flat(bias)?])
    }

    /// All parameters with their names; the classifier's two come last.
    #[must_use]
    pub fn variables(&self) -> &[(String, Var)] {
        &self.variables
    }

    /// Which network it is.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The number of breeds that the classifier tells apart.
    #[must_use]
    pub fn breeds(&self) -> usize {
        self.breeds
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }
}

/// Makes variables of weights and keeps them in the order in which they were made.
struct Variables<'a> {
    weights: &'a HashMap<String, Tensor>,
    made: Vec<(String, Var)>,
}

impl<'a> Variables<'a> {
    fn of(weights: &'a HashMap<String, Tensor>) -> Self {
        let made = Vec::new();
        Self { weights, made }
    }

    /// A variable that starts from the weight of this name, which must exist.
    fn make(&mut self, name: String) -> Result<Tensor> {
        let variable = Var::from_tensor(&self.weights[&name])?;
        let tensor = variable.as_tensor().clone();
        self.made.push((name, variable));
        Ok(tensor)
    }

    /// Blocks with their variables.
    fn blocks(&mut self, layers: Vec<architecture::Block>) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        for block in layers {
            let mut parameters = Vec::new();
            let mut names = Vec::new();
            for convolution in &block.convolutions {
                for part in ["weight", "bias"] {
                    parameters.push(self.make(format!("{}.{part}", convolution.name))?);
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
        Ok(blocks)
    }
}

/// Runs blocks, one after another, on pictures `[images, height, width, 3]`.
fn run(blocks: &[Block], pictures: &Tensor) -> Result<Tensor> {
    let parameters = blocks.iter().flat_map(|block| &block.parameters);
    let flat = parameters.map(Tensor::flatten_all);
    let parameters = Tensor::cat(&flat.collect::<Result<Vec<_>>>()?, 0)?;
    let chains = blocks.iter().map(|block| block.chain.clone());
    Chains::apply(chains.collect(), pictures, &parameters)
}

/// Names and shapes of the classifier's tensors.
fn classifier(breeds: usize, features: usize) -> [(&'static str, Vec<usize>); 2] {
    [
        (CLASSIFIER_WEIGHT, vec![breeds, features]),
        (CLASSIFIER_BIAS, vec![breeds]),
    ]
}

pub(crate) const CLASSIFIER_WEIGHT: &str = "classifier.weight";
pub(crate) const CLASSIFIER_BIAS: &str = "classifier.bias";
