//! The metadata of a bundle in the report.

use recognise::metadata::{Breed, InputSpec, Measured, Method, Resize, Species};

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
        let recipe = serde_json::to_string_pretty(&metadata.trained.recipe);
        Self {
            name: model.name.clone(),
            facts: facts(model),
            recipe: recipe.unwrap_or_default(),
        }
    }
}

fn facts(model: &Model) -> Vec<(&'static str, String)> {
    let metadata = model.recogniser.metadata();
    let trained = &metadata.trained;
    let megabytes = model.size as f64 / 1e6;
    let mut facts = vec![
        (
            "file",
            format!("{}, {megabytes:.2} MB, {}", model.name, model.precision),
        ),
        ("breeds", breeds(&metadata.breeds)),
        ("input", input(&metadata.input)),
        (
            "temperature",
            format!("{:.3}", metadata.calibration.temperature),
        ),
        (
            "breed named",
            format!("from a probability of {}", metadata.unknown.threshold),
        ),
        ("outliers detected", detection(&metadata.unknown.method)),
        (
            "trained",
            format!("{}, on {} photographs", trained.when, trained.images),
        ),
        ("digest of the data", trained.data_digest.clone()),
        ("initial weights", trained.pretrained.clone()),
    ];
    let measured = metadata.measured.as_ref();
    facts.extend(measured.map(|measured| ("measured when trained", figures(measured))));
    facts
}

fn breeds(breeds: &[Breed]) -> String {
    let of = |species| {
        let breeds = breeds.iter();
        breeds.filter(|breed| breed.species == species).count()
    };
    format!("{} of cats, {} of dogs", of(Species::Cat), of(Species::Dog))
}

fn input(input: &InputSpec) -> String {
    let resize = match input.resize {
        Resize::Squash => "the whole picture squashed to a square",
        Resize::Crop => "the largest centred square",
    };
    format!("{0} × {0} pixels, {resize}", input.size)
}

/// How photographs of none of the breeds are detected.
fn detection(method: &Method) -> String {
    match method {
        Method::MaxProbability => "by the largest probability".to_owned(),
        Method::PrototypeSimilarity { animal, breed } => format!(
            "by prototype similarity: none of the breeds below {animal:.3}, no breed named below {breed:.3}"
        ),
    }
}

fn figures(measured: &Measured) -> String {
    format!(
        "top-1 {:.1} %, top-3 {:.1} %, mean per class {:.1} % on {} photographs of {}",
        measured.top1 * 100.0,
        measured.top3 * 100.0,
        measured.mean_per_class * 100.0,
        measured.images,
        measured.split
    )
}
