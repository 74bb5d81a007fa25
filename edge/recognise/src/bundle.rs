//! Reads and checks model bundles: one ONNX file holds the network and says how to use it.
//!
//! A [`Bundle`] that exists is sound: everything is checked while it is read, and every error
//! names the file.

use std::fs;
use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;
use tract_onnx::pb::{GraphProto, ModelProto};

use crate::error::{BundleError, Fault};
use crate::exporter::Exporter;
use crate::graph::{ANIMALS, CHANNELS, FRAME, IMAGE, STRIDE};
use crate::metadata::{Metadata, Method};
use crate::names::printable;
use crate::{graph, operators, parts, quantisation, zero_points};

/// The bundle that is built into the kiosk.
static EMBEDDED: &[u8] = include_bytes!("../../models/breeds.onnx");

/// The largest bundle that is read, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// A checked model bundle.
///
/// See the [crate's example](crate) for how it becomes a [`Recogniser`](crate::Recogniser).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bundle {
    /// Its file's name, for messages; `embedded` for the kiosk's own.
    pub name: String,
    /// How to use the network.
    pub metadata: Metadata,
    /// The part of the network that names breeds: input `image` f32 `[N, 3, S, S]`, outputs `logits`
    /// and, if it has them, `similarity`, both f32 `[N, breeds]`, and `embedding`, f32 `[N, D]`. It
    /// may have zero points that the file leaves out.
    pub proto: ModelProto,
    /// The part that finds animals, if there is one: input `frame` f32 `[N, 3, S, S]`, output
    /// `animals` f32 `[N, 24, S / 32, S / 32]`, see [`locate`](crate::locate). It shares nothing with
    /// the other part.
    pub detector: Option<ModelProto>,
    /// The file's size in bytes.
    pub size: usize,
}

impl Bundle {
    /// Reads and checks the bundle at `path`.
    ///
    /// # Errors
    /// A [`BundleError`] if the file cannot be read or is not a sound bundle.
    pub fn read(path: &Path) -> Result<Self, BundleError> {
        let name = printable(path);
        let result = read(path).and_then(|bytes| Self::decode(bytes.into(), &name));
        result.map_err(|fault| fault.of(&name))
    }

    /// Checks the bundle in `bytes`; messages call it `name`.
    ///
    /// # Errors
    /// A [`BundleError`] if they are not a sound bundle.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, BundleError> {
        Self::decode(Bytes::copy_from_slice(bytes), name).map_err(|fault| fault.of(name))
    }

    /// The bundle that is built into the kiosk.
    ///
    /// # Errors
    /// A [`BundleError`] if the build embedded something that is not a sound bundle.
    pub fn embedded() -> Result<Self, BundleError> {
        let name = "embedded";
        Self::decode(Bytes::from_static(EMBEDDED), name).map_err(|fault| fault.of(name))
    }

    /// Whether the part that names breeds is quantised. How much of it runs in int8 is another
    /// question: see [`Coverage`](crate::Coverage).
    #[must_use]
    pub fn is_quantised(&self) -> bool {
        let quantises = |graph: &GraphProto| {
            let mut nodes = graph.node.iter();
            nodes.any(|node| node.op_type == "QuantizeLinear")
        };
        self.proto.graph.as_ref().is_some_and(quantises)
    }

    fn decode(bytes: Bytes, name: &str) -> Result<Self, Fault> {
        let size = bytes.len();
        let mut proto = ModelProto::decode(bytes).map_err(|_| Fault::NotOnnx)?;
        let graph = proto.graph.as_mut().ok_or(Fault::NotOnnx)?;
        graph::rename_former_similarity(graph);

        // What takes another export comes first, but for the names of ports: metadata would be lost by it.
        let exporter = Exporter::of(&proto.producer_name);
        let opset = graph::check_opset(&proto.opset_import, exporter)?;
        graph::check_storage(graph, exporter)?;
        graph::check_logits(graph, exporter)?;
        operators::check(graph)?;

        let props = &proto.metadata_props;
        let pairs = props
            .iter()
            .map(|prop| (prop.key.as_str(), prop.value.as_str()));
        let metadata = Metadata::from_props(pairs).map_err(|error| error.fault)?;

        check_ports(graph, &metadata)?;
        graph::check_weights(graph)?;
        operators::check_attributes(graph, opset)?;
        zero_points::write_out(graph)?;
        graph::check_wiring(graph)?;
        quantisation::check(graph)?;
        let (breeds, animals) = parts::split(std::mem::take(graph))?;
        let part = |graph| ModelProto {
            ir_version: proto.ir_version,
            opset_import: proto.opset_import.clone(),
            graph: Some(graph),
            ..ModelProto::default()
        };
        Ok(Self {
            name: name.to_owned(),
            metadata,
            proto: part(breeds),
            detector: animals.map(part),
            size,
        })
    }
}

/// The network must have the input and the outputs that its metadata promise.
fn check_ports(graph: &GraphProto, metadata: &Metadata) -> Result<(), Fault> {
    check_detector(graph, metadata)?;
    graph::check_input(graph, IMAGE, metadata.input.size)?;
    graph::check_outputs(graph, metadata.breeds.len())?;
    check_embedding(graph, metadata)?;
    match metadata.unknown.method {
        Method::PrototypeSimilarity { .. } if !graph::has_similarity(graph) => {
            Err(Fault::NoSimilarity)
        }
        _ => Ok(()),
    }
}

/// A detector takes an input, an output and metadata: all of them, or none.
fn check_detector(graph: &GraphProto, metadata: &Metadata) -> Result<(), Fault> {
    let parts = [
        (
            graph.input.iter().any(|it| it.name == FRAME),
            "the input `frame`",
        ),
        (
            graph.output.iter().any(|it| it.name == ANIMALS),
            "the output `animals`",
        ),
        (metadata.animals.is_some(), "metadata `kiosk.animals`"),
    ];
    let missing = parts.iter().find(|(is_there, _)| !is_there);
    match (&metadata.animals, missing) {
        (Some(animals), None) => {
            let size = animals.input.size;
            graph::check_input(graph, FRAME, size)?;
            graph::check_animals(graph, [CHANNELS, size / STRIDE])
        }
        (_, Some(&(_, missing))) if parts.iter().any(|&(is_there, _)| is_there) => {
            Err(Fault::HalfDetector { missing })
        }
        _ => Ok(()),
    }
}

/// Embeddings take an output and metadata: both, or neither.
fn check_embedding(graph: &GraphProto, metadata: &Metadata) -> Result<(), Fault> {
    let missing = match (graph::embedding_length(graph), &metadata.embedding) {
        (Some(length), Some(spec)) => return spec.check_numbers(length),
        (None, None) => return Ok(()),
        (Some(_), None) => "metadata `kiosk.embedding`",
        (None, Some(_)) => "the output `embedding`",
    };
    Err(Fault::HalfEmbedding { missing })
}

#[expect(
    clippy::disallowed_methods,
    reason = "one of the two places where this crate reads a file: a bundle"
)]
fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let about = path.metadata().map_err(Fault::Unreadable)?;
    if !about.is_file() {
        return Err(Fault::NotAFile);
    }
    let bytes = about.len();
    if bytes > MAX_BYTES {
        let limit = MAX_BYTES;
        return Err(Fault::TooManyBytes { bytes, limit });
    }
    fs::read(path).map_err(Fault::Unreadable)
}
