//! What the kiosk says to each kind of photograph.

use super::super::figures::OTHER_DOGS;
use super::super::{Evaluation, Verdicts};
use super::figures::{Bar, percent};

/// A kind of photograph.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The kind, and the bundle's name where there are two.
    pub(super) kind: String,
    pub(super) bundle: String,
    pub(super) images: usize,
    /// Area under the ROC curve with its interval; none for what is known.
    pub(super) auroc: Option<String>,
    pub(super) interval: Option<String>,
    /// A breed, a species, unsure, not ours.
    pub(super) said: [Bar; 4],
}

/// The known breeds, then each kind of stranger, of each bundle.
pub(super) fn rows(bundles: &[(String, &Evaluation)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, evaluation) in bundles {
        let figures = &evaluation.figures;
        rows.push(Row {
            kind: "known breeds".to_owned(),
            bundle: name.clone(),
            images: figures.images,
            auroc: None,
            interval: None,
            said: bars(&figures.verdicts),
        });
    }
    let kinds = bundles
        .first()
        .map(|(_, evaluation)| evaluation.figures.outliers.keys());
    for kind in kinds.into_iter().flatten() {
        for (name, evaluation) in bundles {
            let figures = &evaluation.figures;
            let Some(outliers) = figures.outliers.get(kind) else {
                continue;
            };
            let interval = figures.intervals.auroc.get(kind).copied().flatten();
            rows.push(Row {
                kind: kind.clone(),
                bundle: name.clone(),
                images: outliers.images,
                auroc: figures.auroc.get(kind).map(|auroc| format!("{auroc:.3}")),
                interval: interval.map(|[low, high]| format!("{low:.3} to {high:.3}")),
                said: bars(&outliers.verdicts),
            });
        }
    }
    rows
}

fn bars(said: &Verdicts) -> [Bar; 4] {
    [said.breed, said.species, said.unsure, said.not_ours].map(Bar::of)
}

/// Sentences on how cats and dogs are told apart.
pub(super) fn species(evaluation: &Evaluation) -> Vec<String> {
    let species = &evaluation.figures.species;
    let of = |what: &str, accuracy: f64, ece: f64| {
        format!(
            "Of {what} {} are taken for the right species; its probability is off by {} on average.",
            percent(accuracy),
            percent(ece)
        )
    };
    let known = of(
        "the known breeds",
        species.known.accuracy,
        species.known.ece,
    );
    let others = species.other_dogs.map(|others| {
        let what = format!("dogs of other breeds ({OTHER_DOGS})");
        of(&what, others.accuracy, others.ece)
    });
    [known].into_iter().chain(others).collect()
}
