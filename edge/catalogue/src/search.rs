//! Finds animals by a few letters.

use crate::animals::{self, Animal};
use crate::values::count;
use crate::{Catalogue, CatalogueError};

/// Further words of a query are ignored.
const WORDS: usize = 8;

/// Finds the animals with the words ?1; those with the words ?2, which are searched for in names
/// only, come first. The inner query selects the page before the outer one reads the wide rows.
const MATCHING: &str = "
    JOIN (SELECT b.id AS found,
                 b.id IN (SELECT rowid FROM animal_text WHERE animal_text MATCH ?2) AS named
          FROM animal b
          WHERE b.id IN (SELECT rowid FROM animal_text WHERE animal_text MATCH ?1)
          ORDER BY named DESC, b.last_visit DESC, b.id DESC
          LIMIT ?3 OFFSET ?4) ON a.id = found
    ORDER BY named DESC, a.last_visit DESC, a.id DESC";

impl Catalogue {
    /// The animals that match each word of `query` with the beginning of a word in their name,
    /// contact, breed, notes or tag; accents do not matter. Those whose name matches come first,
    /// then those that were seen last. An empty query finds all animals. Returns at most `limit`,
    /// after the first `offset`.
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
/// is a prefix, and quoted so that punctuation has no meaning. `None` where there is no word to
/// search for.
fn full_text(query: &str) -> Option<String> {
    let words: Vec<String> = query
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| word.contains(char::is_alphanumeric))
        .take(WORDS)
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
