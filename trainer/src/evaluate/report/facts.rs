//! The metadata of a bundle in the report.

use recognise::metadata::{Method, Resize, Species};

use super::super::Model;

/// The metadata of a bundle.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) name: String,
    /// Terms with their values.
    pub(super) facts: Vec<(&'static str, String)>,
    /// The recipe as JSON.
    pub(super) recipe: String,
}

impl About {
    pub(super) fn of(model: &Model) -> Self {
        let metadata = model.recogniser.metadata();
        let of = |species| {
            let breeds = metadata.breeds.iter();
            breeds.filter(|breed| breed.species == species).count()
        };
        let resize = match metadata.input.resize {
            Resize::Squash => "the whole picture squashed to a square",
            Resize::Crop => "the largest centred square",
        };
        let unknown = match metadata.unknown.method {
            Method::MaxProbability => "by the largest probability".to_owned(),
            Method::PrototypeSimilarity { animal, breed } => format!(
                "by prototype similarity: none of the breeds below {animal:.3}, no breed named below {breed:.3}"
            ),
        };
        let trained = &metadata.trained;
        let mut facts = vec![
            (
                "file",
                format!(
                    "{}, {:.2} MB, {}",
                    model.name,
                    model.size as f64 / 1e6,
                    model.precision
                ),
            ),
            (
                "breeds",
                format!("{} of cats, {} of dogs", of(Species::Cat), of(Species::Dog)),
            ),
            (
                "input",
                format!("{0} × {0} pixels, {resize}", metadata.input.size),
            ),
            (
                "temperature",
                format!("{:.3}", metadata.calibration.temperature),
            ),
            (
                "breed named",
                format!("from a probability of {}", metadata.unknown.threshold),
            ),
            ("outliers detected", unknown),
            (
                "trained",
                format!("{}, on {} photographs", trained.when, trained.images),
            ),
            ("digest of the data", trained.data_digest.clone()),
            ("initial weights", trained.pretrained.clone()),
        ];
        if let Some(measured) = &metadata.measured {
            facts.push((
                "measured when trained",
                format!(
                    "top-1 {:.1} %, top-3 {:.1} %, mean per class {:.1} % on {} photographs of {}",
                    measured.top1 * 100.0,
                    measured.top3 * 100.0,
                    measured.mean_per_class * 100.0,
                    measured.images,
                    measured.split
                ),
            ));
        }
        Self {
            name: model.name.clone(),
            facts,
            recipe: serde_json::to_string_pretty(&trained.recipe).unwrap_or_default(),
        }
    }
}
