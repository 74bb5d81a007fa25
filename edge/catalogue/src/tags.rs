//! Checks tags: what an animal's collar tag or microchip says.

use rusqlite::{Connection, OptionalExtension};

use crate::connections::Fault;
use crate::error::{CatalogueError, FieldError};
use crate::ids::AnimalId;

/// The longest tag, in characters.
const TAG_CHARACTERS: usize = 32;

/// A tag as it is stored, in capitals and without spaces; `None` where nothing else is in it.
pub(crate) fn normal(tag: Option<&str>) -> Result<Option<String>, CatalogueError> {
    let tag: String = (tag.unwrap_or_default().chars())
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    match tag.len() {
        0 => Ok(None),
        1..=TAG_CHARACTERS if tag.chars().all(is_allowed) => Ok(Some(tag)),
        _ => {
            let longest = TAG_CHARACTERS;
            Err(CatalogueError::invalid(
                "tag",
                FieldError::NotATag { longest },
            ))
        }
    }
}

/// Refuses a tag that another animal has, or had before it was merged into another one.
pub(crate) fn check_free(
    connection: &Connection,
    tag: Option<&str>,
    except: Option<AnimalId>,
) -> Result<(), Fault> {
    let holder: Option<(AnimalId, String)> = connection
        .prepare_cached(
            "SELECT id, name FROM animal WHERE tag = ?1 AND id IS NOT ?2
             UNION ALL SELECT a.id, a.name FROM merged m JOIN animal a ON a.id = m.survivor
                       WHERE m.tag = ?1 AND a.id IS NOT ?2",
        )?
        .query_row((tag, except), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match holder {
        Some((animal, name)) => {
            let reason = FieldError::TagTaken { animal, name };
            Err(CatalogueError::invalid("tag", reason).into())
        }
        None => Ok(()),
    }
}

/// Takes a tag that is [free](check_free) for an animal from those that were merged into it: it is
/// the animal's own from now on.
pub(crate) fn take(connection: &Connection, tag: Option<&str>) -> Result<(), Fault> {
    connection
        .prepare_cached("UPDATE merged SET tag = NULL WHERE tag = ?1")?
        .execute([tag])?;
    Ok(())
}
