//! The verdicts on known breeds and on each kind of outlier in the report.

use super::super::headline::Unit;
use super::super::outliers::OTHER_DOGS;
use super::super::{Evaluation, Verdicts};
use super::figures::Bar;

/// A row of the table of verdicts.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The kind of photograph.
    pub(super) kind: String,
    /// The name of the bundle.
    pub(super) bundle: String,
    pub(super) images: usize,
    /// Area under the ROC curve; `None` for the known breeds.
    pub(super) auroc: Option<String>,
    /// Its confidence interval.
    pub(super) interval: Option<String>,
    /// The shares of the verdicts breed, species, unsure and not ours.
    pub(super) verdicts: [Bar; 4],
}

/// The rows of the known breeds, then those of each kind of outlier, for each bundle.
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
            verdicts: bars(&figures.verdicts),
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
                verdicts: bars(&outliers.verdicts),
            });
        }
    }
    rows
}

fn bars(shares: &Verdicts) -> [Bar; 4] {
    [shares.breed, shares.species, shares.unsure, shares.not_ours].map(Bar::of)
}

/// Sentences on how well cats and dogs are told apart.
pub(super) fn species(evaluation: &Evaluation) -> Vec<String> {
    let species = &evaluation.figures.species;
    let of = |what: &str, accuracy: f64, ece: f64| {
        format!(
            "The species is right for {} of {what}; its probability is off by {} on average.",
            Unit::Share.text(accuracy),
            Unit::Share.text(ece)
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
