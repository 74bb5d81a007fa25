//! Notes on problems with the input that did not stop the evaluation.

use std::fmt;
use std::path::PathBuf;

use recognise::{BreedId, printable};

use crate::dataset::Split;

/// Something that readers of the figures should know. Its `Display` is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The bundle has no temperature.
    NotCalibrated {
        /// The bundle's name.
        model: String,
    },
    /// Breeds of the dataset have no readable photograph.
    WithoutPhotograph {
        /// The split.
        split: Split,
        /// The breeds.
        breeds: Vec<BreedId>,
    },
    /// The folder of outliers has no photographs.
    NoOutliers {
        /// The folder.
        root: PathBuf,
    },
    /// A kind of outlier has no readable photograph.
    EmptyKind {
        /// The kind.
        kind: String,
        /// The folder of outliers.
        root: PathBuf,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCalibrated { model } => write!(
                f,
                "model {model}: no metadata `kiosk.calibration`: its probabilities are not calibrated, and the \
                 kiosk will not run it"
            ),
            Self::WithoutPhotograph { split, breeds } => {
                let breeds: Vec<&str> = breeds.iter().map(BreedId::as_str).collect();
                write!(
                    f,
                    "no photograph of the {split} split could be read of {}: left out of the mean per class",
                    breeds.join(", ")
                )
            }
            Self::NoOutliers { root } => write!(
                f,
                "no photograph in the outliers' folder {}: add photographs, one folder for each kind",
                printable(root)
            ),
            Self::EmptyKind { kind, root } => write!(
                f,
                "no photograph of the kind {kind} in {} could be read: the kind is left out",
                printable(root)
            ),
        }
    }
}

/// The line that says how many photographs of the list are not in the folder, if any are not.
pub(super) fn missing(photographs: usize) -> Option<String> {
    match photographs {
        0 => None,
        1 => Some("1 listed photograph is not in the folder".to_owned()),
        n => Some(format!("{n} listed photographs are not in the folder")),
    }
}
