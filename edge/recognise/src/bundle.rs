//! The model bundle: one ONNX file that holds the network and says what it needs to be used.
//!
//! A [`Bundle`] that exists is sound: everything is checked while it is read, and what is wrong
//! is said with the file's name.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;
use tract_onnx::pb::{GraphProto, ModelProto};
use tract_onnx::prelude::Framework;

use super::graph;
use super::int8::qdq;
use super::metadata::{Metadata, Method};

/// The bundle that the kiosk brings along.
static EMBEDDED: &[u8] = include_bytes!("../../models/breeds.onnx");

/// The biggest bundle that is read, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// A checked model bundle.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bundle {
    /// Its file's name, for messages; `embedded` for the kiosk's own.
    pub name: String,
    /// What it says about itself.
    pub metadata: Metadata,
    /// The network: input `image` f32 `[N, 3, S, S]`, outputs `logits` and, where it has that,
    /// `similarity`, both f32 `[N, breeds]`.
    pub proto: ModelProto,
    /// The file's size in bytes.
    pub size: usize,
}

impl Bundle {
    /// Reads and checks the bundle at `path`.
    ///
    /// # Errors
    /// A [`BundleError`] where the file cannot be read or is no sound bundle.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let name = path.display().to_string();
        let result = open(path).and_then(|(mut file, size)| Self::decode(&mut file, size, &name));
        result.map_err(|fault| fault.of(&name))
    }

    /// Checks the bundle that `bytes` hold; `name` is what messages call it.
    ///
    /// # Errors
    /// A [`BundleError`] where they are no sound bundle.
    pub fn from_bytes(mut bytes: &[u8], name: &str) -> Result<Self, BundleError> {
        let size = bytes.len();
        Self::decode(&mut bytes, size, name).map_err(|fault| fault.of(name))
    }

    /// The bundle that the kiosk brings along.
    ///
    /// # Errors
    /// A [`BundleError`] where a build embedded what is no sound bundle.
    pub fn embedded() -> Result<Self, BundleError> {
        Self::from_bytes(EMBEDDED, "embedded")
    }

    /// `int8` where the network is quantised, else `f32`.
    #[must_use]
    pub fn precision(&self) -> &'static str {
        let quantises = |graph: &GraphProto| {
            let mut nodes = graph.node.iter();
            nodes.any(|node| node.op_type == "QuantizeLinear")
        };
        match self.proto.graph.as_ref().is_some_and(quantises) {
            true => "int8",
            false => "f32",
        }
    }

    fn decode(reader: &mut dyn Read, size: usize, name: &str) -> Result<Self, Fault> {
        let proto = tract_onnx::Onnx::default()
            .proto_model_for_read(reader)
            .map_err(|error| match error.downcast::<io::Error>() {
                Ok(error) => Fault::Unreadable(error),
                Err(_) => Fault::NotOnnx,
            })?;
        let graph = proto.graph.as_ref().ok_or(Fault::NotOnnx)?;

        let props = &proto.metadata_props;
        let pairs = props
            .iter()
            .map(|prop| (prop.key.as_str(), prop.value.as_str()));
        let metadata = Metadata::from_props(pairs).map_err(|error| error.fault)?;

        graph::check_opset(&proto.opset_import)?;
        graph::check_input(graph, metadata.input.size)?;
        graph::check_outputs(graph, metadata.breeds.len())?;
        if matches!(metadata.unknown.method, Method::PrototypeSimilarity { .. }) && !graph::has_similarity(graph)
        {
            return Err(Fault::NoSimilarity);
        }
        graph::check_weights(graph)?;
        graph::check_attributes(graph)?;
        graph::check_wiring(graph)?;
        qdq::check(graph)?;
        Ok(Self {
            name: name.to_owned(),
            metadata,
            proto,
            size,
        })
    }
}

fn open(path: &Path) -> Result<(File, usize), Fault> {
    let about = path.metadata().map_err(Fault::Unreadable)?;
    if !about.is_file() {
        return Err(Fault::NotAFile);
    }
    if about.len() > MAX_BYTES {
        return Err(Fault::TooManyBytes(about.len()));
    }
    let file = File::open(path).map_err(Fault::Unreadable)?;
    Ok((file, about.len() as usize))
}

/// Why a bundle cannot be used, and which.
#[derive(Debug)]
pub struct BundleError {
    /// The bundle's name; `None` where its metadata was read alone.
    pub bundle: Option<String>,
    /// What is wrong with it.
    pub fault: Fault,
}

impl std::error::Error for BundleError {}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names come from the file: whatever they hold, the message stays on one line.
        let fault = self.fault.to_string().replace(char::is_control, "?");
        match &self.bundle {
            Some(bundle) => write!(f, "model {bundle}: {fault}"),
            None => f.write_str(&fault),
        }
    }
}

impl From<Fault> for BundleError {
    fn from(fault: Fault) -> Self {
        Self {
            bundle: None,
            fault,
        }
    }
}

/// What can be wrong with a bundle.
#[derive(Debug, Error)]
pub enum Fault {
    /// The file is not there, or the system refused to read it.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The path names a directory, a device or a pipe.
    #[error("not a file; name the bundle's .onnx file")]
    NotAFile,
    /// The file is bigger than any bundle.
    #[error("the file has {} MiB; at most {} are read", .0.div_ceil(1 << 20), MAX_BYTES >> 20)]
    TooManyBytes(u64),
    /// The content is no ONNX model.
    #[error("not an ONNX model, or cut short; copy the file again")]
    NotOnnx,
    /// An ONNX model that does not say how to use it.
    #[error("no metadata `{key}`: an ONNX model, but not a bundle; export it with the trainer")]
    NoMetadata {
        /// The key that is missing.
        key: &'static str,
    },
    /// A value of the metadata is not what it should be.
    #[error("metadata `{key}`: {reason}")]
    Metadata {
        /// The value's key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Written for older operators.
    #[error(
        "opset {found}, but {} or later is needed; export it again",
        graph::MIN_OPSET
    )]
    Opset {
        /// The opset that it names; 0 where it names none.
        found: i64,
    },
    /// The network's input is not the one agreed upon.
    #[error("its input must be `image`, {expected}, but is {found}")]
    Input {
        /// Type and shape it should have.
        expected: String,
        /// What it has.
        found: String,
    },
    /// The network's output is not the one agreed upon.
    #[error(
        "its output must be `logits`, {expected}, and may be followed by `similarity` alone, but is {found}"
    )]
    Output {
        /// Type and shape it should have.
        expected: String,
        /// What it has.
        found: String,
    },
    /// The metadata counts on what the network does not give.
    #[error(
        "metadata `kiosk.unknown`: method `prototype_similarity` needs an output `similarity`; export it again"
    )]
    NoSimilarity,
    /// An operator's input, or the network's output, that nothing provides.
    #[error("tensor `{tensor}` is missing: `{wanted_by}` needs it")]
    MissingTensor {
        /// The tensor's name.
        tensor: String,
        /// Who names it.
        wanted_by: String,
    },
    /// A tensor whose data does not fit its shape or is of no use here.
    #[error("tensor `{tensor}`: {reason}")]
    BadTensor {
        /// The tensor's name.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An operator is set to what cannot be, such as steps of 0 pixels.
    #[error("attribute `{name}` must be at least 1")]
    BadAttribute {
        /// Operator and attribute.
        name: String,
    },
    /// An operator that runs another graph.
    #[error("operator `{node}` holds a graph of its own; only plain networks are run")]
    Subgraph {
        /// The operator's name.
        node: String,
    },
    /// The engine cannot make the network ready, or its trial run failed.
    #[error("the engine cannot run it: {0}")]
    Engine(String),
}

impl Fault {
    /// This fault, found in the bundle called `name`.
    pub(super) fn of(self, name: &str) -> BundleError {
        BundleError {
            bundle: Some(name.to_owned()),
            fault: self,
        }
    }
}
