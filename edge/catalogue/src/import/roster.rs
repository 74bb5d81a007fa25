//! Finds the animal that a row is about.

use std::collections::HashMap;

use recognise::text::{fold, key};
use rusqlite::Connection;

use super::{RowError, Wanted};
use crate::animals;
use crate::connections::Fault;
use crate::ids::AnimalId;
use crate::tags;

/// The animals of the catalogue, by what rows call them.
pub(super) struct Roster {
    animals: HashMap<AnimalId, Entry>,
    by_tag: HashMap<String, AnimalId>,
    by_name: HashMap<String, Vec<AnimalId>>,
}

/// An animal.
pub(super) struct Entry {
    pub(super) id: AnimalId,
    pub(super) name: String,
    has_tag: bool,
    /// The words of its contact and of its owners' names, each between spaces.
    people: String,
}

impl Roster {
    pub(super) fn read(snapshot: &Connection) -> Result<Self, Fault> {
        let mut roster = Self {
            animals: HashMap::new(),
            by_tag: HashMap::new(),
            by_name: HashMap::new(),
        };
        let ours = "WHERE a.known_at IS NULL ORDER BY a.id";
        animals::each(snapshot, ours, [], |animal| {
            let id = animal.id;
            let mut people = fold(&animal.fields.contact);
            for owner in &animal.owners {
                people.push(' ');
                people.push_str(&fold(&owner.name));
            }
            if let Some(tag) = &animal.fields.tag {
                roster.by_tag.insert(tag.clone(), id);
            }
            let names = roster.by_name.entry(key(&animal.fields.name));
            names.or_default().push(id);
            roster.animals.insert(
                id,
                Entry {
                    id,
                    has_tag: animal.fields.tag.is_some(),
                    name: animal.fields.name,
                    people: format!(" {people} "),
                },
            );
            Ok(())
        })?;
        let mut merged =
            snapshot.prepare("SELECT tag, survivor FROM merged WHERE tag IS NOT NULL")?;
        for row in merged.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (tag, survivor) = row?;
            roster.by_tag.insert(tag, survivor);
        }
        Ok(roster)
    }

    /// The animal with the tag, else the only one with the name, among those of the owner where there
    /// is one. A name may be a tag, too. A tag that no animal has may be new: then an animal without a
    /// tag may have the name.
    pub(super) fn find(&self, wanted: &Wanted) -> Result<&Entry, RowError> {
        let has_tag = !wanted.tag.trim().is_empty();
        let name = key(&wanted.name);
        let tagged = self.tagged(if has_tag { &wanted.tag } else { &wanted.name });
        match tagged {
            Some(entry) if has_tag && !name.is_empty() && key(&entry.name) != name => {
                return Err(RowError::OtherName(entry.name.clone()));
            }
            Some(entry) if has_tag => return Ok(entry),
            None if has_tag && name.is_empty() => return Err(RowError::NoSuchAnimal),
            _ if name.is_empty() => return Err(RowError::Nobody),
            _ => {}
        }
        let namesakes = self.by_name.get(&name).into_iter().flatten();
        let mut found: Vec<&Entry> = namesakes
            .filter_map(|id| self.animals.get(id))
            .filter(|entry| !(has_tag && entry.has_tag) && entry.belongs_to(&wanted.owner))
            .collect();
        found.extend(tagged.filter(|tagged| found.iter().all(|entry| entry.id != tagged.id)));
        match found[..] {
            [] => Err(RowError::NoSuchAnimal),
            [entry] => Ok(entry),
            _ => {
                let ids = found.iter().map(|entry| entry.id);
                Err(RowError::SeveralAnimals(ids.collect()))
            }
        }
    }

    fn tagged(&self, tag: &str) -> Option<&Entry> {
        let tag = tags::normal(Some(tag)).ok().flatten()?;
        self.animals.get(self.by_tag.get(&tag)?)
    }
}

impl Entry {
    /// Whether its contact or the names of its owners have all words of a name.
    fn belongs_to(&self, owner: &str) -> bool {
        let words = fold(owner);
        let mut words = words.split(' ').filter(|word| !word.is_empty());
        words.all(|word| self.people.contains(&format!(" {word} ")))
    }
}
