//! What was wrong with the input and did not stop the evaluation.

use std::fmt;
use std::path::PathBuf;

use crate::dataset::Split;

/// What whoever reads the figures should know. Its `Display` is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The bundle has no temperature.
    NotCalibrated {
        /// The bundle's name.
        model: String,
    },
    /// Breeds of the dataset of which nothing was seen.
    WithoutPhotograph {
        /// The split.
        split: Split,
        /// Their ids.
        breeds: Vec<String>,
    },
    /// There is no kind of outlier in the folder.
    NoOutliers {
        /// The folder.
        root: PathBuf,
    },
    /// A kind of outlier of which nothing was seen.
    EmptyKind {
        /// The kind.
        kind: String,
        /// The folder of all kinds.
        root: PathBuf,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCalibrated { model } => write!(
                f,
                "model {model}: no metadata `kiosk.calibration`: its probabilities are not calibrated, the kiosk \
                 will not run it"
            ),
            Self::WithoutPhotograph { split, breeds } => write!(
                f,
                "no photograph of the {split} split could be read of {}: left out of the mean per class",
                breeds.join(", ")
            ),
            Self::NoOutliers { root } => write!(
                f,
                "no photograph in the outliers' folder {}: put some there, one folder a kind",
                root.display()
            ),
            Self::EmptyKind { kind, root } => write!(
                f,
                "no photograph of the kind {kind} in {} could be read: the kind is left out",
                root.display()
            ),
        }
    }
}

/// That photographs of the list are not in the folder, where some are not.
pub(super) fn missing(photographs: usize) -> Option<String> {
    match photographs {
        0 => None,
        1 => Some("1 photograph that the list names is not in the folder".to_owned()),
        n => Some(format!(
            "{n} photographs that the list names are not in the folder"
        )),
    }
}
