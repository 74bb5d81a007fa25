//! Says that an animal which was known at another site alone has become a guest here too.

use catalogue::{AnimalId, Catalogue, CatalogueError};

use super::words::Words;

/// The address that a form leads to, with a mark that an animal has become a guest here.
pub(super) fn marked(address: &str, animal: AnimalId) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}adopted={animal}")
}

/// What a page says about the animal of this number, by which it was marked; `None` if it is no guest
/// here, for example because the confirmation has been undone.
pub(super) fn message(
    catalogue: &Catalogue,
    words: &Words,
    number: Option<i64>,
) -> Result<Option<String>, CatalogueError> {
    let Some(number) = number else {
        return Ok(None);
    };
    match catalogue.animal(AnimalId(number)) {
        Ok(animal) if animal.known_at.is_none() => Ok(Some(words.with(
            "guest-adopted",
            "name",
            animal.fields.name,
        ))),
        Ok(_) | Err(CatalogueError::NoSuchAnimal(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
