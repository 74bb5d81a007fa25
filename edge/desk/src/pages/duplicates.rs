//! Animals that may be in the catalogue already when somebody adds one.

use catalogue::{Animal, AnimalFields, OwnerChoice};

use super::page::Page;
use super::rows::AnimalRow;
use crate::desk::Desk;
use crate::error::DeskError;

/// The animals that may be the one that is added. None if staff add it `anyway`, or if it has the tag
/// of another animal: then it is refused in any case.
pub(super) async fn of(
    desk: &Desk,
    fields: &AnimalFields,
    owners: &[OwnerChoice],
    anyway: &str,
) -> Result<Vec<Animal>, DeskError> {
    if anyway == "yes" {
        return Ok(Vec::new());
    }
    let (fields, owners) = (fields.clone(), owners.to_vec());
    desk.catalogue(move |catalogue| {
        let tag = fields.tag.as_deref().unwrap_or_default();
        if catalogue.animal_by_tag(tag)?.is_some() {
            return Ok(Vec::new());
        }
        catalogue.likely_duplicates(&fields, &owners, None)
    })
    .await
}

/// Their rows.
pub(super) fn rows(page: &Page, animals: &[Animal]) -> Vec<AnimalRow> {
    let animals = animals.iter();
    animals
        .map(|animal| AnimalRow::new(&page.words, animal))
        .collect()
}
