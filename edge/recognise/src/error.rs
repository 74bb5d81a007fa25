//! What can be wrong with a model bundle, and with a run of its network.

use std::fmt;
use std::io;

use thiserror::Error;

/// Why a bundle cannot be used, and which bundle it is.
#[derive(Debug)]
pub struct BundleError {
    /// The bundle's name; `None` if its metadata was read alone.
    pub bundle: Option<String>,
    /// What is wrong with it.
    pub fault: Fault,
}

impl std::error::Error for BundleError {}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names come from the file: whatever they contain, the message stays on one line.
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

/// What can be wrong with a bundle. Each message is one line; it ends with a hint if the remedy is not
/// obvious.
#[derive(Debug, Error)]
pub enum Fault {
    /// The file does not exist, or the system refused to read it.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The path names a directory, a device or a pipe.
    #[error("not a file; name the bundle's .onnx file")]
    NotAFile,
    /// The file is bigger than any bundle.
    #[error("the file has {} MiB; at most {} are read", .bytes.div_ceil(1 << 20), .limit >> 20)]
    TooManyBytes {
        /// The file's size in bytes.
        bytes: u64,
        /// The largest size that is read, in bytes.
        limit: u64,
    },
    /// The content is not an ONNX model.
    #[error("not an ONNX model, or cut short; copy the file again")]
    NotOnnx,
    /// An ONNX model that does not say how to use it.
    #[error(
        "no metadata `{key}`: an ONNX model, but not a bundle; add what is missing as trainer/TRAINING.md says under \"Networks made elsewhere\""
    )]
    NoMetadata {
        /// The key that is missing.
        key: &'static str,
    },
    /// A metadata value has the wrong form or is out of range.
    #[error("metadata `{key}`: {reason}")]
    Metadata {
        /// The value's key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The model uses an ONNX operator set that is too old.
    #[error("opset {found}, but {least} or later is needed; export it again: {hint}")]
    Opset {
        /// The operator set that the model names; 0 if it names none.
        found: i64,
        /// The oldest one that is read.
        least: i64,
        /// What to type in the exporter.
        hint: &'static str,
    },
    /// The network computes with numbers of 16 bits.
    #[error(
        "tensor `{tensor}` is {precision}, but only f32 and QDQ networks are run; export it in f32: {hint}"
    )]
    HalfPrecision {
        /// The tensor's name.
        tensor: String,
        /// The type of its elements as ONNX calls it.
        precision: &'static str,
        /// What to type in the exporter.
        hint: &'static str,
    },
    /// Some of the network's weights are in another file.
    #[error("tensor `{tensor}` has its data in another file; export all into one: {hint}")]
    ExternalData {
        /// The tensor's name.
        tensor: String,
        /// What to type in the exporter.
        hint: &'static str,
    },
    /// The network's input is not the one that every bundle has.
    #[error("its input must be `{name}`, {expected}, but is {found}")]
    Input {
        /// The input's name.
        name: &'static str,
        /// Type and shape that it should have.
        expected: String,
        /// What it has.
        found: String,
    },
    /// The network's outputs are not those that every bundle has.
    #[error(
        "its output must be `logits`, {expected}, and may be followed by `similarity` and an `embedding` of 16 to 1024 numbers alone, but is {found}"
    )]
    Output {
        /// Type and shape that it should have.
        expected: String,
        /// What it has.
        found: String,
    },
    /// The output of the part that finds animals has another type or shape.
    #[error("its output `animals` must be {expected}, but is {found}")]
    Animals {
        /// Type and shape that it should have.
        expected: String,
        /// What it has.
        found: String,
    },
    /// Finding animals takes an input, an output and metadata, but the bundle does not have all three.
    #[error(
        "it lacks {missing}, without which the rest of its detector is of no use; export it again"
    )]
    HalfDetector {
        /// What is missing.
        missing: &'static str,
    },
    /// Embeddings take an output and metadata, but the bundle has only one of them.
    #[error("it lacks {missing}, without which its embeddings are of no use; export it again")]
    HalfEmbedding {
        /// What is missing.
        missing: &'static str,
    },
    /// An output that is computed from the input of the network's other part.
    #[error(
        "its output `{output}` depends on the input `{input}`, which is that of the other part"
    )]
    OtherInput {
        /// The output's name.
        output: String,
        /// The input's name.
        input: &'static str,
    },
    /// An operator's result that both parts of the network read.
    #[error(
        "tensor `{tensor}`: the part that names breeds and the part that finds animals both need it; they may share weights alone"
    )]
    Shared {
        /// The tensor's name.
        tensor: String,
    },
    /// The metadata relies on an output that the network lacks.
    #[error(
        "metadata `kiosk.unknown`: method `prototype_similarity` needs an output `similarity`; export it again"
    )]
    NoSimilarity,
    /// The network ends in an operator whose results are no logits, such as probabilities.
    #[error("its logits come out of a {operator}; export the network without it: {hint}")]
    NotLogits {
        /// The operator's type.
        operator: String,
        /// What to type in the exporter.
        hint: &'static str,
    },
    /// An operator of a quantised network in another form than QDQ.
    #[error(
        "operator `{node}` is of {form}; export in QDQ form: `quantize_static(\"f32.onnx\", \"breeds.onnx\", reader, quant_format=QuantFormat.QDQ)`"
    )]
    NotQdq {
        /// The operator's type and name.
        node: String,
        /// The form that it belongs to.
        form: &'static str,
    },
    /// An operator that image classifiers do not need.
    #[error("operator `{node}` is not supported; export an image classifier that does without it")]
    UnsupportedOperator {
        /// The operator's type and name.
        node: String,
    },
    /// An operator's input, or the network's output, that nothing provides.
    #[error("tensor `{tensor}` is missing: `{wanted_by}` needs it")]
    MissingTensor {
        /// The tensor's name.
        tensor: String,
        /// The operator that names it.
        wanted_by: String,
    },
    /// A tensor whose data does not fit its shape or cannot be used.
    #[error("tensor `{tensor}`: {reason}")]
    BadTensor {
        /// The tensor's name.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An operator's attribute has an impossible value, such as a stride of 0 pixels.
    #[error("attribute `{name}` must {rule}")]
    BadAttribute {
        /// Operator and attribute.
        name: String,
        /// The rule that its value breaks.
        rule: &'static str,
    },
    /// An operator that runs another graph.
    #[error("operator `{node}` contains a graph of its own; only plain networks are run")]
    Subgraph {
        /// The operator's type and name.
        node: String,
    },
    /// The engine cannot prepare the network, or its trial run failed.
    #[error("the engine cannot run it: {0}")]
    Engine(String),
}

impl Fault {
    /// This fault, found in the bundle called `name`.
    pub(crate) fn of(self, name: &str) -> BundleError {
        BundleError {
            bundle: Some(name.to_owned()),
            fault: self,
        }
    }
}

/// Why a run failed.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The input is not of the network's size.
    #[error("the network takes {expected} values, not {found}")]
    InputSize {
        /// How many values the network takes.
        expected: usize,
        /// How many values were given.
        found: usize,
    },
    /// An operator failed.
    #[error("the network failed: {0}")]
    Run(String),
}
