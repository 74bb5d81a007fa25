//! Whose contacts people read: how to reach somebody about an animal, and the telephone numbers and
//! addresses of owners. What they are is in no record, only by whom and of whom they were read.
//!
//! Whatever puts a contact into an answer notes so in the [`Contacts`] of the request. Rows and types
//! that show one do it themselves, so that no page is forgotten. `audit` records what was noted, of each
//! reader and animal or owner at most once in an hour: pages reload their lists all day.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use catalogue::{Animal, AnimalId, Change, Owner, OwnerId};

use crate::desk::Desk;

/// For so long, reading the same contact again is not recorded.
const AGAIN: Duration = Duration::from_secs(3600);

/// The fields of the history that have a contact.
const FIELDS: [&str; 4] = ["contact", "phones", "email", "address"];

/// Whose contact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Whose {
    /// The contact that is written down for an animal.
    Animal(AnimalId),
    /// How to reach an owner.
    Owner(OwnerId),
}

/// Whose contacts the answer to a request shows. Clones are of the same request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contacts(Arc<Mutex<BTreeSet<Whose>>>);

impl Contacts {
    /// The answer shows all that is known of how to reach somebody about an animal.
    pub(crate) fn of_animal(&self, animal: &Animal) {
        if !animal.fields.contact.is_empty() {
            self.note(Whose::Animal(animal.id));
        }
        for owner in animal.owners.iter().filter(|it| !it.phones.is_empty()) {
            self.note(Whose::Owner(owner.id));
        }
    }

    /// The answer shows all that is known of these animals.
    pub(crate) fn of_animals<'a>(&self, animals: impl IntoIterator<Item = &'a Animal>) {
        animals
            .into_iter()
            .for_each(|animal| self.of_animal(animal));
    }

    /// The answer shows an owner with telephone numbers and addresses.
    pub(crate) fn of_owner(&self, owner: &Owner) {
        let fields = &owner.fields;
        if !(fields.phones.is_empty() && fields.email.is_empty() && fields.address.is_empty()) {
            self.note(Whose::Owner(owner.id));
        }
    }

    /// The answer shows a history, which may have former contacts.
    pub(crate) fn of_history(&self, whose: Whose, history: &[Change]) {
        if history.iter().any(|it| FIELDS.contains(&&*it.field)) {
            self.note(whose);
        }
    }

    /// The answer shows this contact.
    pub(crate) fn note(&self, whose: Whose) {
        lock(&self.0).insert(whose);
    }

    /// What was noted.
    pub(crate) fn take(&self) -> BTreeSet<Whose> {
        mem::take(&mut lock(&self.0))
    }
}

impl FromRequestParts<Desk> for Contacts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Who has read which contacts in the last hour.
#[derive(Debug, Default)]
pub(crate) struct Readers(Mutex<HashMap<String, HashMap<Whose, Instant>>>);

impl Readers {
    /// Of the contacts that `reader` has read now, those of which nothing was recorded in the last hour.
    pub(crate) fn news(
        &self,
        reader: &str,
        read: BTreeSet<Whose>,
        now: Instant,
    ) -> BTreeSet<Whose> {
        if read.is_empty() {
            return read;
        }
        let mut readers = lock(&self.0);
        readers.retain(|_, read| {
            read.retain(|_, at| now.saturating_duration_since(*at) < AGAIN);
            !read.is_empty()
        });
        let known = readers.entry(reader.to_owned()).or_default();
        let is_new = |whose: &Whose| !known.contains_key(whose);
        let news: BTreeSet<Whose> = read.into_iter().filter(is_new).collect();
        known.extend(news.iter().map(|whose| (*whose, now)));
        news
    }
}

/// Contacts as the record names them: `animals 1-3, 7; owners 2`.
pub(crate) fn numbers(contacts: &BTreeSet<Whose>) -> String {
    let of = |name: &str, number: fn(&Whose) -> Option<i64>| {
        let ranges = ranges(contacts.iter().filter_map(number));
        (!ranges.is_empty()).then(|| format!("{name} {ranges}"))
    };
    let animals = of("animals", |whose| match whose {
        Whose::Animal(id) => Some(id.0),
        Whose::Owner(_) => None,
    });
    let owners = of("owners", |whose| match whose {
        Whose::Owner(id) => Some(id.0),
        Whose::Animal(_) => None,
    });
    let parts: Vec<String> = [animals, owners].into_iter().flatten().collect();
    parts.join("; ")
}

/// Numbers in ascending order, with those that follow each other as a range.
fn ranges(numbers: impl Iterator<Item = i64>) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let texts = ranges.into_iter().map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn animals(numbers: &[i64]) -> BTreeSet<Whose> {
        let ids = numbers.iter().map(|number| AnimalId(*number));
        ids.map(Whose::Animal).collect()
    }

    #[test]
    fn numbers_that_follow_each_other_are_a_range() {
        let mut contacts = animals(&[7, 1, 3, 2, 9, 10]);
        assert_eq!(numbers(&contacts), "animals 1-3, 7, 9-10");
        contacts.insert(Whose::Owner(OwnerId(2)));
        assert_eq!(numbers(&contacts), "animals 1-3, 7, 9-10; owners 2");
        assert_eq!(numbers(&BTreeSet::new()), "");
    }

    #[test]
    fn each_reader_is_recorded_once_an_hour() {
        let readers = Readers::default();
        let start = Instant::now();
        let news = |reader, numbers: &[i64], minutes: u64| {
            let now = start + Duration::from_secs(60 * minutes);
            readers.news(reader, animals(numbers), now)
        };
        assert_eq!(news("Anna", &[1, 2], 0), animals(&[1, 2]));
        assert_eq!(news("Anna", &[1, 2, 3], 30), animals(&[3]));
        assert_eq!(news("Ben", &[1], 30), animals(&[1]));
        assert_eq!(news("Anna", &[1, 2, 3], 60), animals(&[1, 2]));
        assert_eq!(news("Anna", &[1, 2, 3], 89), animals(&[]));
    }
}
