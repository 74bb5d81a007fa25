//! What is left of the accuracy on spoilt pictures, with one photograph as an example of each.

use std::collections::BTreeMap;

use recognise::photo;

use super::super::Evaluation;
use super::super::robustness::{Robustness, spoilt};
use super::figures::Bar;
use super::thumbnails::Thumbnail;
use crate::corrupt::{Condition, Corruption};

/// Ways to spoil a picture that belong together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
}

/// One way to spoil a picture.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) example: Option<Thumbnail>,
    /// Top-1 of each bundle.
    pub(super) top1: Vec<Bar>,
}

/// The groups; none where that was not measured.
pub(super) fn groups(evaluations: &[&Evaluation]) -> Vec<Group> {
    let measured: Option<Vec<&Robustness>> = (evaluations.iter())
        .map(|evaluation| evaluation.figures.robustness.as_ref())
        .collect();
    let (Some(measured), Some(first)) = (measured, evaluations.first()) else {
        return Vec::new();
    };
    let mut examples = examples(first).into_iter();
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
    groups
}

/// The photograph that is recognised best, in every way spoilt.
fn examples(evaluation: &Evaluation) -> Vec<Thumbnail> {
    let right = evaluation.looks.iter().filter(|look| look.answer().right);
    let best = right.max_by(|a, b| a.answer().confidence.total_cmp(&b.answer().confidence));
    let picture = best.and_then(|look| photo::open(&look.path).ok());
    let pictures = picture.iter().flat_map(|picture| spoilt(picture, 0));
    pictures
        .filter_map(|picture| Thumbnail::of(&picture))
        .collect()
}
