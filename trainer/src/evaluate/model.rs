//! Opens the bundle to be measured. Unlike the kiosk, it accepts a bundle that was never calibrated.

use std::fs;
use std::path::Path;

use prost::Message;
use recognise::error::Fault;
use recognise::{Bundle, BundleError, Recogniser};
use tract_onnx::pb::{ModelProto, StringStringEntryProto};

use super::Note;

/// The key that may be missing.
const CALIBRATION: &str = "kiosk.calibration";

/// A bundle that is ready to run.
#[derive(Debug)]
pub struct Model {
    /// The name of its file; `embedded` for the one built into the kiosk.
    pub name: String,
    /// The size of its file in bytes.
    pub size: usize,
    /// What the network that names breeds runs in: see [`recognise::Coverage::precision`].
    pub precision: String,
    /// The bundle itself.
    pub bundle: Bundle,
    /// The engine with the bundle loaded.
    pub recogniser: Recogniser,
    /// A note if the bundle has no temperature and 1 is used instead.
    pub note: Option<Note>,
}

impl Model {
    /// Opens the bundle at `path`; without a path the one built into the kiosk.
    ///
    /// # Errors
    /// When it is not a bundle or cannot be run.
    pub fn open(path: Option<&Path>) -> Result<Self, BundleError> {
        let Some(path) = path else {
            return Self::of(Bundle::embedded()?, None);
        };
        match Bundle::read(path) {
            Err(BundleError {
                fault: Fault::NoMetadata { key: CALIBRATION },
                bundle,
            }) => {
                let name = bundle.unwrap_or_default();
                let bundle = with_temperature_1(path, &name)?;
                Self::of(bundle, Some(Note::NotCalibrated { model: name }))
            }
            bundle => Self::of(bundle?, None),
        }
    }

    fn of(bundle: Bundle, note: Option<Note>) -> Result<Self, BundleError> {
        let recogniser = Recogniser::new(bundle.clone())?;
        Ok(Self {
            name: bundle.name.clone(),
            size: bundle.size,
            precision: recogniser.coverage().precision(),
            recogniser,
            bundle,
            note,
        })
    }
}

/// Reads a bundle and adds a temperature of 1.
fn with_temperature_1(path: &Path, name: &str) -> Result<Bundle, BundleError> {
    let fault = |fault| BundleError {
        bundle: Some(name.to_owned()),
        fault,
    };
    let bytes = fs::read(path).map_err(|error| fault(Fault::Unreadable(error)))?;
    let mut proto = ModelProto::decode(&*bytes).map_err(|_| fault(Fault::NotOnnx))?;
    proto.metadata_props.push(StringStringEntryProto {
        key: CALIBRATION.to_owned(),
        value: r#"{"temperature":1.0}"#.to_owned(),
    });
    let mut bundle = Bundle::from_bytes(&proto.encode_to_vec(), name)?;
    bundle.size = bytes.len();
    Ok(bundle)
}
