//! What a catalogue holds, as far as the faults change it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Animals by their names, which are all different, and visits by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub(super) animals: BTreeSet<String>,
    pub(super) visits: BTreeMap<i64, Said>,
}

/// What staff said about a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) breed: Option<String>,
    /// The animal's name.
    pub(super) animal: Option<String>,
}

impl Records {
    /// The records of a catalogue that was exported as JSON.
    pub(super) fn of(export: &Value) -> Self {
        let list = |key: &str| {
            export[key]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let animals = list("animals").iter();
        let visits = list("visits").iter().filter_map(|visit| {
            let said = Said {
                breed: text(&visit["said"]),
                animal: text(&visit["animal"][1]),
            };
            Some((visit["id"].as_i64()?, said))
        });
        Self {
            animals: animals.filter_map(|animal| text(&animal["name"])).collect(),
            visits: visits.collect(),
        }
    }

    /// In what a catalogue differs from these records, one line each. It may have further visits:
    /// the kiosk records those of its own accord.
    pub(super) fn differences(&self, now: &Self) -> Vec<String> {
        let lost = self.animals.difference(&now.animals);
        let strange = now.animals.difference(&self.animals);
        let visits = self.visits.iter().filter_map(|(id, said)| {
            let found = now.visits.get(id);
            let differs = found != Some(said);
            differs
                .then(|| format!("visit {id}: {said:?} was acknowledged, and there is {found:?}"))
        });
        lost.map(|name| format!("the animal {name} is lost"))
            .chain(strange.map(|name| format!("the animal {name} should not be there")))
            .chain(visits)
            .collect()
    }
}
