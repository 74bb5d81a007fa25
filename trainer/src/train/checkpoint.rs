//! Checkpoints: one file with the whole state of a run between two epochs, replaced as a whole or not at all.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use recognise::BreedId;
use safetensors::{SafeTensorError, SafeTensors};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::history::Epoch;
use super::optimiser::Named;
use crate::net::Architecture;
use crate::replace::{WriteError, replace};

/// The file's name in a run folder.
pub const FILE: &str = "checkpoint.safetensors";

/// The file's metadata key for the progress.
const PROGRESS: &str = "progress";

/// The progress of a run of `trainer train`, apart from its tensors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Digest of the photographs.
    pub(super) data_digest: String,
    /// Digest of the table of boxes, if there is one.
    #[serde(default)]
    pub(super) boxes: Option<String>,
    /// The network.
    #[serde(default)]
    pub(super) network: Architecture,
    /// The breeds in the order of the classifier's rows.
    #[serde(default)]
    pub(super) breeds: Vec<BreedId>,
    /// The weights that the network started from.
    pub(super) pretrained: String,
    /// Steps in all epochs so far.
    pub(super) steps: usize,
    /// The results of all epochs so far.
    pub(super) epochs: Vec<Epoch>,
}

impl Progress {
    /// That the checkpoint, of the run in this folder, is of this network.
    pub(super) fn check_network(
        &self,
        run: &Path,
        network: Architecture,
    ) -> Result<(), TrainError> {
        if self.network == network {
            return Ok(());
        }
        Err(TrainError::OtherNetwork {
            run: run.to_owned(),
            found: self.network,
            network,
        })
    }
}

/// Why a checkpoint cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be written, most often because the disk is full.
    #[error("cannot write the checkpoint {path}: {source}; the former one is intact: free some space, then continue with --resume", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: WriteError,
    },
    /// It does not exist or is damaged.
    #[error("cannot resume from {path}: {message}; train into another folder", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        message: String,
    },
}

/// Replaces the checkpoint of the run folder `run`.
///
/// # Errors
/// If it cannot be written. The former one is then left as it was.
pub(crate) fn write(
    run: &Path,
    progress: &impl Serialize,
    tensors: &Named,
) -> Result<(), CheckpointError> {
    let path = run.join(FILE);
    let written = replace(&path, |part| {
        let metadata = HashMap::from([(PROGRESS.to_owned(), serde_json::to_string(progress)?)]);
        let tensors = tensors.iter().map(|(name, tensor)| (name, tensor));
        Ok(safetensors::serialize_to_file(
            tensors,
            Some(metadata),
            part,
        )?)
    });
    written.map_err(|source| CheckpointError::Write { path, source })
}

/// A checkpoint read from its file.
#[derive(Debug)]
pub(crate) struct Checkpoint<P = Progress> {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
    pub(crate) progress: P,
}

impl<P: DeserializeOwned> Checkpoint<P> {
    /// Reads the checkpoint of the run folder `run`.
    pub(crate) fn read(run: &Path) -> Result<Self, CheckpointError> {
        let path = run.join(FILE);
        let read = || -> Result<_, Box<dyn std::error::Error>> {
            let bytes = std::fs::read(&path)?;
            let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?;
            Ok((tensors, progress(&bytes)?))
        };
        match read() {
            Ok((tensors, progress)) => Ok(Self {
                tensors,
                progress,
                path,
            }),
            Err(error) => Err(CheckpointError::Read {
                message: error.to_string(),
                path,
            }),
        }
    }

    /// The tensor of this name, which must have the shape and the type of `like`.
    pub(crate) fn tensor(&self, name: &str, like: &Tensor) -> Result<Tensor, CheckpointError> {
        let path = self.path.clone();
        match self.tensors.get(name) {
            Some(found) if found.shape() == like.shape() && found.dtype() == like.dtype() => {
                Ok(found.clone())
            }
            Some(found) => {
                let message = format!(
                    "{name} is {:?} where {:?} is needed",
                    found.shape(),
                    like.shape()
                );
                Err(CheckpointError::Read { path, message })
            }
            None => Err(CheckpointError::Read {
                path,
                message: format!("it has no tensor {name}"),
            }),
        }
    }
}

/// The progress in the bytes of a checkpoint.
pub(super) fn progress<P: DeserializeOwned>(bytes: &[u8]) -> Result<P, Box<dyn std::error::Error>> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let json = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(PROGRESS));
    Ok(serde_json::from_str(json.ok_or(
        SafeTensorError::InvalidHeaderDeserialization(serde::de::Error::missing_field(PROGRESS)),
    )?)?)
}
