//! Lists with a search, shown page by page.

use catalogue::{Catalogue, CatalogueError};
use serde::Deserialize;

use super::words::Words;

/// How many rows a page of a list has.
const ROWS: usize = 25;

/// The longest search, in characters.
const LONGEST_QUERY: usize = 100;

/// What of a list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    q: String,
    page: usize,
    /// Whether something of the list was just deleted for good.
    pub(super) gone: Option<String>,
}

/// A list: its address, and the text that says how many rows a search found.
pub(super) struct List {
    pub(super) address: &'static str,
    pub(super) count: &'static str,
}

/// What stands around the rows of a page.
pub(super) struct Paging {
    /// What was searched.
    pub(super) query: String,
    /// How many were found, as a text.
    pub(super) found: String,
    /// The addresses of the pages before and after.
    pub(super) earlier: Option<String>,
    pub(super) later: Option<String>,
}

impl List {
    /// What `search` finds for a page of the list. It is given what is searched, the most to find, and
    /// how many come on the pages before.
    pub(super) fn read<T>(
        &self,
        query: &ListQuery,
        catalogue: &Catalogue,
        words: &Words,
        search: impl FnOnce(&Catalogue, &str, usize, usize) -> Result<Vec<T>, CatalogueError>,
    ) -> Result<(Vec<T>, Paging), CatalogueError> {
        let text = searched(&query.q);
        let number = query.page.min(1_000_000);
        let mut rows = search(catalogue, &text, ROWS + 1, number * ROWS)?;
        let more = rows.len() > ROWS;
        rows.truncate(ROWS);
        let encoded = askama::filters::urlencode(&text)
            .map(|text| text.to_string())
            .unwrap_or_default();
        let address = |number: usize| format!("{}?q={encoded}&page={number}", self.address);
        let paging = Paging {
            found: if more || number > 0 {
                words.with("animals-many", "page", number + 1)
            } else {
                words.with(self.count, "count", rows.len())
            },
            earlier: number.checked_sub(1).map(address),
            later: more.then(|| address(number + 1)),
            query: text,
        };
        Ok((rows, paging))
    }
}

/// What was typed into a search, cut short if it is too long.
pub(super) fn searched(typed: &str) -> String {
    typed.trim().chars().take(LONGEST_QUERY).collect()
}
