//! Notes whose contacts people read: how to reach somebody about an animal, and the telephone numbers and
//! addresses of owners. The record says who read whose contacts, not the contacts themselves.
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

use crate::desk::{Desk, Which};

/// How long repeated reads of one contact go unrecorded.
const AGAIN: Duration = Duration::from_secs(3600);

/// From this many characters on, the rest of a list of numbers is only counted: entries that grow without
/// bounds would push out others.
const LONGEST: usize = 200;

/// What the record puts before the numbers of the former catalogue.
pub(crate) const FORMER: &str = "former: ";

/// What the record puts around the number of those that it does not list.
pub(crate) const MORE: [&str; 2] = [" and ", " more"];

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

/// A contact: the numbers of one catalogue mean others than those of another one.
pub(crate) type Contact = (Which, Whose);

/// Whose contacts the answer to a request shows. Clones are of the same request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contacts {
    /// The catalogue whose contacts are noted.
    of: Which,
    noted: Arc<Mutex<BTreeSet<Contact>>>,
}

impl Contacts {
    /// Those of the same request, for contacts of the former catalogue.
    pub(crate) fn of_former(&self) -> Self {
        Self {
            of: Which::Former,
            ..self.clone()
        }
    }

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
        lock(&self.noted).insert((self.of, whose));
    }

    /// What was noted.
    pub(crate) fn take(&self) -> BTreeSet<Contact> {
        mem::take(&mut lock(&self.noted))
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
pub(crate) struct Readers(Mutex<HashMap<String, HashMap<Contact, Instant>>>);

impl Readers {
    /// Of the contacts that `reader` has read now, those of which nothing was recorded in the last hour.
    pub(crate) fn news(
        &self,
        reader: &str,
        read: BTreeSet<Contact>,
        now: Instant,
    ) -> BTreeSet<Contact> {
        if read.is_empty() {
            return read;
        }
        let mut readers = lock(&self.0);
        readers.retain(|_, read| {
            read.retain(|_, at| now.saturating_duration_since(*at) < AGAIN);
            !read.is_empty()
        });
        let known = readers.entry(reader.to_owned()).or_default();
        let is_new = |contact: &Contact| !known.contains_key(contact);
        let news: BTreeSet<Contact> = read.into_iter().filter(is_new).collect();
        known.extend(news.iter().map(|contact| (*contact, now)));
        news
    }
}

/// An animal or owner of the catalogue as the record names it: `animals 7`.
pub(crate) fn number(whose: Whose) -> String {
    numbers(&BTreeSet::from([(Which::Present, whose)]))
}

/// Contacts as the record names them: `animals 1-3, 7; owners 2`, those of the former catalogue as
/// `former: animals 1-3 and 12 more`.
pub(crate) fn numbers(contacts: &BTreeSet<Contact>) -> String {
    let mut parts = Vec::new();
    for (which, mark) in [(Which::Present, ""), (Which::Former, FORMER)] {
        let of = |name: &str, number: fn(&Whose) -> Option<i64>| {
            let contacts = contacts.iter().filter(|(of, _)| *of == which);
            let list = list(contacts.filter_map(|(_, whose)| number(whose)));
            (!list.is_empty()).then(|| format!("{mark}{name} {list}"))
        };
        parts.extend(of("animals", |whose| match whose {
            Whose::Animal(id) => Some(id.0),
            Whose::Owner(_) => None,
        }));
        parts.extend(of("owners", |whose| match whose {
            Whose::Owner(id) => Some(id.0),
            Whose::Animal(_) => None,
        }));
    }
    parts.join("; ")
}

/// Numbers in ascending order, with those that follow each other as a range.
fn list(numbers: impl Iterator<Item = i64>) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let mut listed: Vec<String> = Vec::new();
    let (mut length, mut left) = (0, 0);
    for (first, last) in ranges {
        if length >= LONGEST {
            left += last - first + 1;
            continue;
        }
        let range = if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        };
        length += range.len() + 2;
        listed.push(range);
    }
    let listed = listed.join(", ");
    let [and, more] = MORE;
    match left {
        0 => listed,
        left => format!("{listed}{and}{left}{more}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn animals(numbers: &[i64]) -> BTreeSet<Contact> {
        let ids = numbers.iter().map(|number| AnimalId(*number));
        ids.map(|id| (Which::Present, Whose::Animal(id))).collect()
    }

    fn former(contacts: BTreeSet<Contact>) -> BTreeSet<Contact> {
        let of_former = |(_, whose)| (Which::Former, whose);
        contacts.into_iter().map(of_former).collect()
    }

    #[test]
    fn numbers_that_follow_each_other_are_a_range() {
        let mut contacts = animals(&[7, 1, 3, 2, 9, 10]);
        assert_eq!(numbers(&contacts), "animals 1-3, 7, 9-10");
        contacts.insert((Which::Present, Whose::Owner(OwnerId(2))));
        assert_eq!(numbers(&contacts), "animals 1-3, 7, 9-10; owners 2");
        contacts.extend(former(animals(&[1, 2])));
        assert_eq!(
            numbers(&contacts),
            "animals 1-3, 7, 9-10; owners 2; former: animals 1-2"
        );
        assert_eq!(numbers(&BTreeSet::new()), "");
    }

    #[test]
    fn a_long_list_is_cut_and_the_rest_of_it_counted() {
        let odd: Vec<i64> = (0..10_000).map(|number| 2 * number + 1).collect();
        let text = numbers(&animals(&odd));
        assert!(text.len() < LONGEST + 60, "{text}");
        let [and, more] = MORE;
        let (shown, left) = text.strip_suffix(more).unwrap().split_once(and).unwrap();
        assert!(shown.starts_with("animals 1, 3, 5, "), "{text}");
        let shown = shown.split(", ").count();
        assert_eq!(shown + left.parse::<usize>().unwrap(), odd.len(), "{text}");

        // The longest numbers that there can be.
        let wide: Vec<i64> = (0..100).map(|number| i64::MAX - 2 * number).collect();
        assert!(numbers(&animals(&wide)).len() < LONGEST + 60);
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
        // The same numbers of another catalogue are others.
        let now = start + Duration::from_secs(60 * 89);
        let of_former = || former(animals(&[1]));
        assert_eq!(readers.news("Anna", of_former(), now), of_former());
        assert_eq!(readers.news("Anna", of_former(), now), animals(&[]));
    }
}
