//! Tags: what an animal wears at its collar or under its skin, and whose it is.

use rusqlite::{Connection, OptionalExtension};

use super::connections::Fault;
use super::{Animal, AnimalId, Catalogue, CatalogueError, animals};

/// The longest tag, in characters.
const TAG_CHARACTERS: usize = 32;

impl Catalogue {
    /// The animal with this tag, however it is written: in small letters, with spaces. `None` where
    /// no animal has it, or no animal could.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn animal_by_tag(&self, tag: &str) -> Result<Option<Animal>, CatalogueError> {
        let Ok(Some(tag)) = normal(Some(tag)) else {
            return Ok(None);
        };
        self.connections.read(|connection| {
            let mut found = None;
            animals::each(connection, "WHERE a.tag = ?1", [tag], |animal| {
                found = Some(animal);
                Ok(())
            })?;
            Ok(found)
        })
    }
}

/// A tag as it is kept, in capitals and without spaces; `None` where there is nothing else.
pub(super) fn normal(tag: Option<&str>) -> Result<Option<String>, CatalogueError> {
    let tag: String = (tag.unwrap_or_default().chars())
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let is_known = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    match tag.len() {
        0 => Ok(None),
        1..=TAG_CHARACTERS if tag.chars().all(is_known) => Ok(Some(tag)),
        _ => Err(CatalogueError::invalid(
            "tag",
            format!("not 1 to {TAG_CHARACTERS} letters A to Z, digits and hyphens"),
        )),
    }
}

/// Refuses a tag that another animal has.
pub(super) fn check_free(
    connection: &Connection,
    tag: Option<&str>,
    except: Option<AnimalId>,
) -> Result<(), Fault> {
    let holder: Option<(AnimalId, String)> = connection
        .prepare_cached("SELECT id, name FROM animal WHERE tag = ?1 AND id IS NOT ?2")?
        .query_row((tag, except), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match holder {
        Some((id, name)) => {
            let reason = format!("{name} has it already (animal {id})");
            Err(CatalogueError::invalid("tag", reason).into())
        }
        None => Ok(()),
    }
}
