//! What a catalogue holds, as far as the faults change it.

use std::collections::BTreeMap;

use serde_json::Value;

/// Animals by their names, which are all different, and visits by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub(super) animals: BTreeMap<String, Written>,
    pub(super) visits: BTreeMap<i64, Said>,
}

/// What staff wrote about an animal; empty where they wrote nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) contact: String,
    pub(super) notes: String,
    pub(super) tag: String,
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
        let animals = list("animals").iter().filter_map(|animal| {
            let written = |field: &str| text(&animal[field]).unwrap_or_default();
            let written = Written {
                contact: written("contact"),
                notes: written("notes"),
                tag: written("tag"),
            };
            Some((text(&animal["name"])?, written))
        });
        let visits = list("visits").iter().filter_map(|visit| {
            let said = Said {
                breed: text(&visit["said"]),
                animal: text(&visit["animal"][1]),
            };
            Some((visit["id"].as_i64()?, said))
        });
        Self {
            animals: animals.collect(),
            visits: visits.collect(),
        }
    }

    /// In what a catalogue differs from these records, one line each. It may have further visits:
    /// the kiosk records those of its own accord.
    pub(super) fn differences(&self, now: &Self) -> Vec<String> {
        let animals = self.animals.iter().filter_map(|(name, written)| {
            let found = now.animals.get(name);
            let differs = found != Some(written);
            differs.then(|| format!("{name}: {written:?} was acknowledged, and there is {found:?}"))
        });
        let is_strange = |name: &&String| !self.animals.contains_key(*name);
        let strange = now.animals.keys().filter(is_strange);
        let visits = self.visits.iter().filter_map(|(id, said)| {
            let found = now.visits.get(id);
            let differs = found != Some(said);
            differs
                .then(|| format!("visit {id}: {said:?} was acknowledged, and there is {found:?}"))
        });
        animals
            .chain(strange.map(|name| format!("the animal {name} should not be there")))
            .chain(visits)
            .collect()
    }
}
