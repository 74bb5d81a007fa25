//! The initial weights of a network: from a file, from the Hugging Face hub, or random.

mod file;
mod names;
mod torch;

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recognise::printable;

use super::Architecture;
use super::architecture::{Block, Convolution};

pub(super) use file::File;

/// The source of the initial weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Init {
    /// A safetensors file or a state dict of PyTorch, with norms folded or not. The names are timm's or, for
    /// [`Architecture::TfEfficientNetLite0`], those of EfficientNet-PyTorch.
    File(PathBuf),
    /// [`Architecture::hub_model`], downloaded once into the cache of Hugging Face's hub.
    Hub,
    /// Random weights with this seed.
    Random(u64),
}

impl Init {
    /// What the weights of a network are called. The name ends up in bundles, which must not reveal the folders of the
    /// machine.
    pub(crate) fn name(&self, network: Architecture) -> String {
        match self {
            Self::File(path) => {
                let name = path.file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            }
            Self::Hub => network.hub_model().to_owned(),
            Self::Random(_) => "none".to_owned(),
        }
    }
}

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file cannot be read, or it is neither a safetensors file nor one of PyTorch.
    #[error("cannot read the weights {path}: {source}; a safetensors file or a state dict of PyTorch (.pth) is needed", path = printable(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: candle_core::Error,
    },
    /// The weights are of another network.
    #[error("the weights {path} are of {found}, not of {network}: give weights of {network}", path = printable(path))]
    Other {
        /// The file.
        path: PathBuf,
        /// What the weights are of.
        found: String,
        /// The network that needs weights.
        network: Architecture,
    },
    /// A bundle or a checkpoint of the trainer's is of another network.
    #[error("{path} is of {found}, not of {network}: train with --network {found}, or start from a file of {network}", path = printable(path))]
    OtherFormer {
        /// The file.
        path: PathBuf,
        /// Its network.
        found: Architecture,
        /// The network that is to be trained.
        network: Architecture,
    },
    /// A tensor is missing.
    #[error("the weights {path} have no tensor {tensor}; a file with timm's names for the network is needed", path = printable(path))]
    Missing {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor has another shape.
    #[error("the weights {path} have {tensor} of shape {found:?} where {expected:?} is needed", path = printable(path))]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that the network needs.
        expected: Vec<usize>,
    },
    /// A tensor contains NaN or infinity.
    #[error("the weights {path} have values in {tensor} that are not finite numbers", path = printable(path))]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// A detector's trunk cannot end with this stage.
    #[error("a detector's trunk ends with stage 5 or 6, not {0}")]
    Trunk(usize),
    /// The hub cannot be reached or refuses the download.
    #[error(
        "cannot download {model} from Hugging Face: {message}; without a network give a file with --init FILE"
    )]
    Hub {
        /// The model.
        model: &'static str,
        /// The cause.
        message: String,
    },
    /// candle fails on tensors that were checked.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// `NAME.weight` and `NAME.bias` of each convolution of these blocks, which are some or all of the network's, with norms
/// folded.
pub(super) fn initial(
    network: Architecture,
    blocks: &[Block],
    init: &Init,
) -> Result<HashMap<String, Tensor>, WeightsError> {
    match init {
        Init::File(path) => File::pretrained(path, network)?.folded(network, blocks),
        Init::Hub => File::pretrained(&download(network)?, network)?.folded(network, blocks),
        Init::Random(seed) => random(blocks, *seed),
    }
}

fn download(network: Architecture) -> Result<PathBuf, WeightsError> {
    let model = network.hub_model();
    let failed = |error: hf_hub::api::sync::ApiError| WeightsError::Hub {
        model,
        message: error.to_string(),
    };
    let api = hf_hub::api::sync::Api::new().map_err(failed)?;
    let file = api.model(model.to_owned()).get("model.safetensors");
    file.map_err(failed)
}

/// Variance-preserving random weights (He et al. 2015) for a network without norms. The last convolution of each
/// residual branch starts at zero, which makes deep networks trainable (Zhang et al., "Fixup Initialization", ICLR
/// 2019).
pub(super) fn random(blocks: &[Block], seed: u64) -> Result<HashMap<String, Tensor>, WeightsError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = HashMap::new();
    for block in blocks {
        for (index, Convolution { name, layer, .. }) in block.convolutions.iter().enumerate() {
            let shape = layer.weight_shape();
            let fan_in: usize = shape[1..].iter().product();
            let gain = if layer.relu6 { 2.0 } else { 1.0 };
            let ends_branch = block.shortcut && index + 1 == block.convolutions.len();
            let deviation = if ends_branch {
                0.0
            } else {
                (gain / fan_in as f32).sqrt()
            };
            let values = uniform(&mut rng, layer.weights(), deviation);
            weights.insert(
                format!("{name}.weight"),
                Tensor::from_vec(values, &shape, &Device::Cpu)?,
            );
            let bias = Tensor::zeros(layer.outputs, DType::F32, &Device::Cpu)?;
            weights.insert(format!("{name}.bias"), bias);
        }
    }
    Ok(weights)
}

fn uniform(rng: &mut impl Rng, len: usize, deviation: f32) -> Vec<f32> {
    let bound = deviation * 3f32.sqrt();
    (0..len)
        .map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound)
        .collect()
}
