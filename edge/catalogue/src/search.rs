//! Finding an animal by a few letters.

use super::values::count;
use super::{Animal, Catalogue, CatalogueError, animals};

/// Words of a query that count.
const WORDS: usize = 8;

/// Those with the words ?1, first those with the words ?2, which look in the name alone. The page is
/// found before the wide rows are read.
const MATCHING: &str = "
    JOIN (SELECT b.id AS found,
                 b.id IN (SELECT rowid FROM animal_text WHERE animal_text MATCH ?2) AS named
          FROM animal b
          WHERE b.id IN (SELECT rowid FROM animal_text WHERE animal_text MATCH ?1)
          ORDER BY named DESC, b.last_visit DESC, b.id DESC
          LIMIT ?3 OFFSET ?4) ON a.id = found
    ORDER BY named DESC, a.last_visit DESC, a.id DESC";

impl Catalogue {
    /// The animals that have a word beginning with each word of `query`, whatever the accents, in
    /// their name, contact, breed, notes or tag: those named so first, then the most recently seen
    /// first. An empty query finds all.
    ///
    /// # Errors
    /// When the catalogue cannot be read. No query is an error.
    pub fn search(
        &self,
        query: &str,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Animal>, CatalogueError> {
        self.connections.read(|connection| {
            let mut found = Vec::new();
            let push = |animal| {
                found.push(animal);
                Ok(())
            };
            if query.trim().is_empty() {
                let all = "ORDER BY a.last_visit DESC, a.id DESC LIMIT ?1 OFFSET ?2";
                animals::each(connection, all, (count(limit), count(offset)), push)?;
            } else if let Some(words) = full_text(query) {
                let named = format!("name : ({words})");
                animals::each(
                    connection,
                    MATCHING,
                    (words, named, count(limit), count(offset)),
                    push,
                )?;
            }
            Ok(found)
        })
    }
}

/// The query in FTS5's language (<https://sqlite.org/fts5.html#full_text_query_syntax>): each word
/// quoted, so that none of its signs means anything there, and as a prefix. `None` where nothing in
/// it can be looked up.
fn full_text(query: &str) -> Option<String> {
    let words: Vec<String> = query
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| word.contains(char::is_alphanumeric))
        .take(WORDS)
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
