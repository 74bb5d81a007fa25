//! Reads what a run starts from: a network that the trainer made, whose breeds stay where the data have them, or
//! weights without breeds.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use candle_core::{Device, safetensors};
use recognise::metadata::Breed;
use recognise::{BreedId, Bundle};
use sha2::{Digest, Sha256};

use super::checkpoint::{self, Progress};
use super::epoch::BEST;
use super::recipe::Recipe;
use super::{TrainError, warn};
use crate::dataset::{hex, some};
use crate::net::{Architecture, Former, Init, Network, WeightsError};

/// How many breeds a message names.
const NAMED: usize = 5;

/// What a new run starts from.
#[derive(Clone, Debug)]
pub struct Start {
    init: Init,
    /// The SHA-256 of the file, if it is one.
    digest: Option<String>,
    /// The network in the file, if the trainer made it.
    former: Option<Former>,
}

impl Start {
    /// Reads the file that `init` names, if it is one. A bundle (`.onnx`, in f32 or in int8) and a checkpoint of the
    /// trainer's have a network with its breeds; any other file is one of weights, and is read by [`Network::new`].
    ///
    /// # Errors
    /// If the file cannot be read, if it is a bundle that the kiosk refuses or that `trainer train` did not make, or if
    /// a tensor of the network is missing: the message names the file.
    pub fn new(init: Init) -> Result<Self, TrainError> {
        let read = match &init {
            Init::File(path) => Some(read(path)?),
            Init::Hub | Init::Random(_) => None,
        };
        let (digest, former) = read.unzip();
        Ok(Self {
            init,
            digest,
            former: former.flatten(),
        })
    }

    /// The SHA-256 of the file, in hexadecimal digits, if it is one.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The network that it must be, if the file says which.
    #[must_use]
    pub fn architecture(&self) -> Option<Architecture> {
        self.former.as_ref().map(Former::architecture)
    }

    /// The same for a run with another seed, whose random weights are others.
    pub(super) fn with_seed(&self, seed: u64) -> Self {
        let init = match &self.init {
            Init::Random(_) => Init::Random(seed),
            other => other.clone(),
        };
        Self {
            init,
            ..self.clone()
        }
    }

    /// What the weights are called in a bundle.
    pub(super) fn name(&self, architecture: Architecture) -> String {
        self.init.name(architecture)
    }

    /// The network for these breeds. Says on stderr which breeds stay, which are new, and which are dropped.
    pub(super) fn network(
        &self,
        architecture: Architecture,
        breeds: &[Breed],
    ) -> Result<Network, TrainError> {
        let Some(former) = &self.former else {
            return Ok(Network::new(architecture, breeds.len(), &self.init)?);
        };
        let network = former.network(architecture, breeds)?;
        let name = self.name(architecture);
        let (known, wanted) = (former.breeds(), breeds.iter().map(|breed| &breed.id));
        let (stay, new): (Vec<&BreedId>, Vec<_>) =
            wanted.partition(|id| former.place(id).is_some());
        let stay: HashSet<usize> = stay.into_iter().filter_map(|id| former.place(id)).collect();
        let lost = known.iter().enumerate();
        let lost = lost.filter(|(place, _)| !stay.contains(place));
        let lost: Vec<&BreedId> = lost.map(|(_, id)| id).collect();
        let added = if new.is_empty() {
            String::new()
        } else {
            format!("; new: {}", some(new.iter().map(|id| id.as_str()), NAMED))
        };
        let (all, stay) = (known.len(), stay.len());
        eprintln!("going on from {name}: {stay} of its {all} breeds stay{added}");
        if !lost.is_empty() {
            let lost = some(lost.iter().map(|id| id.as_str()), NAMED);
            warn(&format!(
                "the new network will not know these breeds of {name}: {lost}; to keep them, give photographs of them, \
                 too"
            ));
        }
        Ok(network)
    }
}

/// The digest of a file, and the network in it if the trainer made it.
fn read(path: &Path) -> Result<(String, Option<Former>), TrainError> {
    let extension = path.extension().unwrap_or_default();
    let is_bundle = extension.eq_ignore_ascii_case("onnx");
    // First, so that one that cannot be read is not taken for weights.
    let mut former = is_bundle.then(|| of_bundle(path)).transpose()?;
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, error.into()))?;
    if !is_bundle && let Ok(progress) = checkpoint::progress::<Progress>(&bytes) {
        former = Some(of_checkpoint(path, &bytes, progress)?);
    }
    Ok((hex(&Sha256::digest(&bytes)), former))
}

fn of_bundle(path: &Path) -> Result<Former, TrainError> {
    let bundle = Bundle::read(path)?;
    let recipe = Recipe::from_metadata(&bundle.metadata.trained.recipe);
    let recipe = recipe.map_err(|source| TrainError::NotOurs {
        path: path.to_owned(),
        source,
    })?;
    Ok(Former::from_bundle(recipe.network, &bundle)?)
}

/// The weights of the best epoch so far.
fn of_checkpoint(path: &Path, bytes: &[u8], progress: Progress) -> Result<Former, TrainError> {
    let Progress {
        network, breeds, ..
    } = progress;
    if breeds.is_empty() {
        return Err(TrainError::NoBreeds(path.to_owned()));
    }
    let tensors = safetensors::load_buffer(bytes, &Device::Cpu);
    let tensors = tensors.map_err(|error| unreadable(path, error))?;
    let best = tensors.into_iter().filter_map(|(name, tensor)| {
        let name = name.strip_prefix(BEST)?.strip_prefix('/')?;
        Some((name.to_owned(), tensor))
    });
    let best: HashMap<_, _> = best.collect();
    Ok(Former::from_tensors(path, network, breeds, best)?)
}

fn unreadable(path: &Path, source: candle_core::Error) -> WeightsError {
    WeightsError::Read {
        path: path.to_owned(),
        source,
    }
}
