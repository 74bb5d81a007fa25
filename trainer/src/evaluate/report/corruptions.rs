//! The accuracy on corrupted pictures in the report, with an example of each corruption.

use std::collections::BTreeMap;

use recognise::photo::{self, PhotoError};

use super::super::Evaluation;
use super::super::robustness::{Robustness, corrupted};
use super::figures::Bar;
use super::thumbnails::Thumbnail;
use crate::corrupt::{Condition, Corruption};

/// A group of corruptions.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
}

/// A corruption.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) example: Option<Thumbnail>,
    /// Top-1 of each bundle.
    pub(super) top1: Vec<Bar>,
}

/// The groups, none if the accuracy was not measured, and why there are no examples, if there are none.
pub(super) fn groups(evaluations: &[&Evaluation]) -> (Vec<Group>, Option<PhotoError>) {
    let measured: Option<Vec<&Robustness>> = (evaluations.iter())
        .map(|evaluation| evaluation.figures.robustness.as_ref())
        .collect();
    let (Some(measured), Some(first)) = (measured, evaluations.first()) else {
        return (Vec::new(), None);
    };
    let (examples, unreadable) = match examples(first) {
        Ok(examples) => (examples, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let mut examples = examples.into_iter();
    let mut row = |name: &str, shares: &dyn Fn(&Robustness) -> &BTreeMap<&'static str, f64>| {
        let top1 = measured.iter().map(|robustness| {
            let share = shares(robustness).get(name).copied();
            Bar::of(share.unwrap_or(f64::NAN))
        });
        Row {
            name: name.replace('_', " "),
            example: examples.next(),
            top1: top1.collect(),
        }
    };
    let mut groups: Vec<Group> = Vec::new();
    for corruption in Corruption::ALL {
        let row = row(corruption.name(), &|robustness| &robustness.corruption);
        let name = corruption.group().name();
        match groups.last_mut() {
            Some(group) if group.name == name => group.rows.push(row),
            _ => groups.push(Group {
                name: name.to_owned(),
                rows: vec![row],
            }),
        }
    }
    let conditions =
        Condition::ALL.map(|condition| row(condition.name(), &|robustness| &robustness.conditions));
    groups.push(Group {
        name: "the kiosk's camera".to_owned(),
        rows: conditions.to_vec(),
    });
    (groups, unreadable)
}

/// The photograph that is recognised with the highest confidence, with each corruption; none if no photograph is
/// recognised.
fn examples(evaluation: &Evaluation) -> Result<Vec<Thumbnail>, PhotoError> {
    let predictions = evaluation.predictions.iter();
    let right = predictions.filter(|labelled| labelled.answer().right);
    let best = right.max_by(|a, b| a.answer().confidence.total_cmp(&b.answer().confidence));
    let Some(best) = best else {
        return Ok(Vec::new());
    };
    let picture = photo::open(&best.path)?;
    let pictures = corrupted(&picture, 0);
    Ok(pictures.map(|picture| Thumbnail::of(&picture)).collect())
}
