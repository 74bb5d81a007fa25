//! The initial weights of a network: from a file, from the Hugging Face hub, or random.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor, safetensors};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::architecture::{Block, Convolution};
use super::kernels::{Kernel, Layer};

/// The model that [`Init::Hub`] downloads: MobileNetV2 1.0, trained on ImageNet by timm.
const HUB_MODEL: &str = "timm/mobilenetv2_100.ra_in1k";

/// The epsilon of the pretrained norms, PyTorch's default.
const NORM_EPSILON: f64 = 1e-5;

/// The source of the initial weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Init {
    /// A safetensors file with timm's names, with norms folded or not.
    File(PathBuf),
    /// `timm/mobilenetv2_100.ra_in1k` on Hugging Face, downloaded once into the hub's cache.
    Hub,
    /// Random weights with this seed.
    Random(u64),
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The name ends up in bundles, which must not reveal the folders of the machine.
            Self::File(path) => {
                f.write_str(&path.file_name().unwrap_or_default().to_string_lossy())
            }
            Self::Hub => f.write_str(HUB_MODEL),
            Self::Random(_) => f.write_str("none"),
        }
    }
}

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file cannot be read or is not a safetensors file.
    #[error("cannot read the weights {path}: {source}; a safetensors file is needed", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: candle_core::Error,
    },
    /// A tensor is missing.
    #[error("the weights {path} have no tensor {tensor}; a file with timm's names for mobilenetv2_100 is needed", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor has another shape.
    #[error("the weights {path} have {tensor} of shape {found:?} where {expected:?} is needed", path = path.display())]
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
    #[error("the weights {path} have values in {tensor} that are not finite numbers", path = path.display())]
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
        "cannot download {HUB_MODEL} from Hugging Face: {0}; without a network give a file with --init FILE"
    )]
    Hub(String),
    /// candle fails on tensors that were checked.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// `NAME.weight` and `NAME.bias` of each convolution, with norms folded.
pub(super) fn initial(
    blocks: &[Block],
    init: &Init,
) -> Result<HashMap<String, Tensor>, WeightsError> {
    let convolutions = blocks.iter().flat_map(|block| &block.convolutions);
    match init {
        Init::File(path) => File::read(path)?.folded(convolutions),
        Init::Hub => File::read(&download()?)?.folded(convolutions),
        Init::Random(seed) => random(blocks, *seed),
    }
}

fn download() -> Result<PathBuf, WeightsError> {
    let api =
        hf_hub::api::sync::Api::new().map_err(|error| WeightsError::Hub(error.to_string()))?;
    let file = api.model(HUB_MODEL.to_owned()).get("model.safetensors");
    file.map_err(|error| WeightsError::Hub(error.to_string()))
}

/// The tensors of a weight file or of a bundle.
pub(super) struct File<'a> {
    path: &'a Path,
    tensors: HashMap<String, Tensor>,
}

impl<'a> File<'a> {
    /// A file with these tensors; messages call it `path`.
    pub(super) fn new(path: &'a Path, tensors: HashMap<String, Tensor>) -> Self {
        Self { path, tensors }
    }

    pub(super) fn read(path: &'a Path) -> Result<Self, WeightsError> {
        let failed = |source| WeightsError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::read(path).map_err(|error| failed(error.into()))?;
        let tensors = safetensors::load_buffer(&bytes, &Device::Cpu).map_err(failed)?;
        Ok(Self::new(path, tensors))
    }

    /// `NAME.weight` and `NAME.bias` of each convolution, with norms folded.
    pub(super) fn folded<'b>(
        &self,
        convolutions: impl Iterator<Item = &'b Convolution>,
    ) -> Result<HashMap<String, Tensor>, WeightsError> {
        let mut folded = HashMap::new();
        for convolution in convolutions {
            let (weight, bias) = self.fold(convolution)?;
            folded.insert(format!("{}.weight", convolution.name), weight);
            folded.insert(format!("{}.bias", convolution.name), bias);
        }
        Ok(folded)
    }

    /// Weights and biases of a convolution. With `scale = gamma / sqrt(variance + epsilon)` of its norm, weights are
    /// multiplied by `scale` and the bias is `beta - mean * scale`.
    fn fold(&self, convolution: &Convolution) -> Result<(Tensor, Tensor), WeightsError> {
        let Convolution { name, norm, layer } = convolution;
        let weight = self.tensor(&format!("{name}.weight"), &weight_shape(layer))?;
        let bias_name = format!("{name}.bias");
        if self.tensors.contains_key(&bias_name) {
            return Ok((weight, self.tensor(&bias_name, &[layer.outputs])?));
        }
        let part = |part| self.tensor(&format!("{norm}.{part}"), &[layer.outputs]);
        let scale = (part("weight")? / (part("running_var")? + NORM_EPSILON)?.sqrt()?)?;
        if !is_finite(&scale)? {
            return Err(self.not_finite(&format!("{norm}.running_var")));
        }
        let weight = weight.broadcast_mul(&scale.reshape((layer.outputs, 1, 1, 1))?)?;
        let bias = (part("bias")? - (part("running_mean")? * scale)?)?;
        Ok((weight, bias))
    }

    fn not_finite(&self, tensor: &str) -> WeightsError {
        WeightsError::NotFinite {
            path: self.path.to_owned(),
            tensor: tensor.to_owned(),
        }
    }

    /// The tensor of this name, which must have this shape and only finite values.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor, WeightsError> {
        let (path, tensor) = (self.path.to_owned(), name.to_owned());
        let Some(found) = self.tensors.get(name) else {
            return Err(WeightsError::Missing { path, tensor });
        };
        if found.dims() != shape {
            let (found, expected) = (found.dims().to_vec(), shape.to_vec());
            return Err(WeightsError::Shape {
                path,
                tensor,
                found,
                expected,
            });
        }
        let found = found.to_dtype(DType::F32)?;
        if !is_finite(&found)? {
            return Err(self.not_finite(name));
        }
        Ok(found)
    }
}

/// Whether every value is a finite number.
fn is_finite(tensor: &Tensor) -> candle_core::Result<bool> {
    let values = tensor.flatten_all()?.to_vec1::<f32>()?;
    Ok(values.iter().all(|value| value.is_finite()))
}

/// Variance-preserving random weights (He et al. 2015) for a network without norms. The last convolution of each
/// residual branch starts at zero, which makes deep networks trainable (Zhang et al., "Fixup Initialization", ICLR
/// 2019).
pub(super) fn random(blocks: &[Block], seed: u64) -> Result<HashMap<String, Tensor>, WeightsError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = HashMap::new();
    for block in blocks {
        for (index, Convolution { name, layer, .. }) in block.convolutions.iter().enumerate() {
            let shape = weight_shape(layer);
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
                Tensor::from_vec(values, shape, &Device::Cpu)?,
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

fn weight_shape(layer: &Layer) -> Vec<usize> {
    match layer.kernel {
        Kernel::Stem => vec![layer.outputs, layer.inputs, 3, 3],
        Kernel::Depthwise { .. } => vec![layer.outputs, 1, 3, 3],
        Kernel::Pointwise => vec![layer.outputs, layer.inputs, 1, 1],
    }
}
