//! Finds animals by what people type.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use recognise::text::{fold, key};
use recognise::{BreedId, vocabulary};
use rusqlite::{Connection, OptionalExtension};

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::ids::AnimalId;
use crate::memory::Kept;
use crate::owners::OwnerFields;
use crate::query::{Query, Rank};
use crate::values::{Text, count};
use crate::{Catalogue, CatalogueError, numbers};

impl Catalogue {
    /// The animals that match each word of `query` with the beginning of a word in their name,
    /// contact, breed, tag, warnings or notes, or in an owner's name, telephone numbers or e-mail
    /// address. Breeds are found by all their names. Capitals, accents, apostrophes and hyphens do
    /// not matter; neither does how the digits of a telephone number or the parts of a tag or a name
    /// are grouped.
    ///
    /// Animals whose name is the query come first, then those whose name begins with it, then other
    /// matches, and last those that match but for one typing error in a word; among equals, those
    /// that were seen last. An empty query finds all animals but those that are only known elsewhere.
    /// Returns at most `limit`, after the first `offset`.
    ///
    /// # Errors
    /// When the catalogue cannot be read. Any query is valid.
    pub fn search(
        &self,
        query: &str,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Animal>, CatalogueError> {
        self.connections.read(|connection| {
            if query.trim().is_empty() {
                return all(connection, limit, offset);
            }
            let query = Query::of(query);
            let wanted = offset.saturating_add(limit);
            let snapshot = connection.unchecked_transaction()?;
            let found = (self.searchable).with(&snapshot, |all| matching(all, &query, wanted))?;
            let mut page = Vec::new();
            for id in found.into_iter().skip(offset).take(limit) {
                page.extend(animals::find(&snapshot, id)?);
            }
            Ok(page)
        })
    }
}

fn all(connection: &Connection, limit: usize, offset: usize) -> Result<Vec<Animal>, Fault> {
    let mut found = Vec::new();
    let page = "WHERE a.known_at IS NULL
                ORDER BY a.last_visit DESC, a.id DESC LIMIT ?1 OFFSET ?2";
    animals::each(connection, page, (count(limit), count(offset)), |animal| {
        found.push(animal);
        Ok(())
    })?;
    Ok(found)
}

/// The animals that match, in their order: at least as many as are wanted, if there are enough.
fn matching(
    animals: &HashMap<AnimalId, Searchable>,
    query: &Query,
    wanted: usize,
) -> Vec<AnimalId> {
    let ranked = |rank: fn(&Query, &Searchable) -> Option<Rank>| -> Vec<_> {
        let ranked = animals.iter().filter_map(|(&id, animal)| {
            let rank = rank(query, animal)?;
            Some((rank, Reverse((animal.last_visit, id))))
        });
        ranked.collect()
    };
    let mut found = ranked(Query::rank);
    // Those with a typing error come last, and take longer to find.
    if found.len() < wanted {
        found = ranked(Query::rank_misspelt);
        // Notes have so many words that one of them is always similar.
        if found.iter().any(|(rank, _)| *rank < Rank::TextMisspelt) {
            found.retain(|(rank, _)| *rank < Rank::TextMisspelt);
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, Reverse((_, id)))| id).collect()
}

/// What is kept of an animal to find it: folded words, each with a space before and after it.
pub(crate) struct Searchable {
    pub(crate) name: String,
    /// Breed, contact, owners and tag.
    pub(crate) other: String,
    /// Warnings and notes.
    pub(crate) text: String,
    /// The digits of all its numbers, and its tags without hyphens, with spaces between them.
    pub(crate) digits: String,
    /// In milliseconds.
    last_visit: Option<i64>,
}

impl Kept for Searchable {
    fn read(snapshot: &Connection, animal: AnimalId) -> Result<Option<Self>, Fault> {
        let found = snapshot
            .prepare_cached(
                "SELECT name, breed, breed_name, contact, tag, warnings, notes, last_visit,
                        (SELECT group_concat(tag, ' ') FROM merged WHERE survivor = animal.id),
                        (SELECT group_concat(concat_ws(', ', o.name, o.phones, o.email), ', ')
                         FROM animal_owner l JOIN owner o ON o.id = l.owner
                         WHERE l.animal = animal.id)
                 FROM animal WHERE id = ?1",
            )?
            .query_row([animal], |row| {
                let mut searchable = Self::empty();
                searchable.last_visit = row.get(7)?;
                searchable.add_name(row.get_ref(0)?.as_str()?);
                searchable.add_breed(&row.get::<_, Text<BreedId>>(1)?.0);
                for column in [2, 3, 9] {
                    let text = row.get_ref(column)?.as_str_or_null()?;
                    let text = text.unwrap_or_default();
                    add_text(text, &mut searchable.other, &mut searchable.digits);
                }
                for column in [4, 8] {
                    let tags = row.get_ref(column)?.as_str_or_null()?;
                    searchable.add_tags(tags.unwrap_or_default());
                }
                for column in [5, 6] {
                    let text = row.get_ref(column)?.as_str()?;
                    add_text(text, &mut searchable.text, &mut searchable.digits);
                }
                Ok(searchable)
            })
            .optional()?;
        Ok(found)
    }
}

impl Searchable {
    fn empty() -> Self {
        Self {
            name: begun(),
            other: begun(),
            text: begun(),
            digits: begun(),
            last_visit: None,
        }
    }

    /// An owner's words, to be found as those of an animal are.
    pub(crate) fn of_owner(owner: &OwnerFields) -> Self {
        let mut searchable = Self::empty();
        searchable.add_name(&owner.name);
        for text in owner.phones.iter().chain([&owner.email, &owner.address]) {
            add_text(text, &mut searchable.other, &mut searchable.digits);
        }
        let (text, digits) = (&mut searchable.text, &mut searchable.digits);
        add_text(&owner.notes, text, digits);
        searchable
    }

    fn add_name(&mut self, name: &str) {
        let folded = fold(name);
        add_words(&folded, &mut self.name);
        // `Jeanluc` is found by `Jean Luc`, and the other way round.
        if folded.contains(' ') {
            add_word(&folded.replace([' ', '-'], ""), &mut self.name);
        }
        numbers::add(&folded, &mut self.digits);
    }

    fn add_breed(&mut self, id: &str) {
        match BREEDS.get(id) {
            Some(words) => self.other.push_str(words),
            None => add_words(&fold(id), &mut self.other),
        }
    }

    fn add_tags(&mut self, tags: &str) {
        add_words(&fold(tags), &mut self.other);
        for tag in tags.split(' ') {
            add_word(&key(tag), &mut self.digits);
        }
    }
}

/// The words of all names of each breed of the vocabulary.
static BREEDS: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let breeds = vocabulary::all().iter().map(|breed| {
        let mut words = begun();
        for name in breed.names() {
            let folded = fold(name);
            add_words(&folded, &mut words);
            add_word(&folded.replace([' ', '-'], ""), &mut words);
        }
        let distinct: BTreeSet<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
        let mut words = begun();
        for word in distinct {
            add_word(word, &mut words);
        }
        (breed.id, words)
    });
    breeds.collect()
});

/// No words yet: the space before the first one.
fn begun() -> String {
    " ".to_owned()
}

/// Adds the words of a text, and the digits of its numbers.
fn add_text(text: &str, words: &mut String, digits: &mut String) {
    let folded = fold(&numbers::with_zeros(text));
    add_words(&folded, words);
    numbers::add(&folded, digits);
}

fn add_word(word: &str, words: &mut String) {
    if !word.is_empty() {
        words.push_str(word);
        words.push(' ');
    }
}

/// Adds the words of a folded text. Those with hyphens are added in parts and as one word.
fn add_words(folded: &str, words: &mut String) {
    for word in folded.split(' ') {
        if word.contains('-') {
            for part in word.split('-') {
                add_word(part, words);
            }
            add_word(&word.replace('-', ""), words);
        } else {
            add_word(word, words);
        }
    }
}
