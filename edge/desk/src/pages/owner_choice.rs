//! Choosing the owner of an animal, or adding a new one, by what staff type.

use catalogue::{Catalogue, CatalogueError, Owner, OwnerChoice, OwnerFields, OwnerId};
use recognise::text::key;

use crate::contacts::{Contacts, Whose};

/// How many owners are offered to choose from.
const OFFERED: usize = 1000;

/// An owner on the form of an animal.
#[derive(Debug)]
pub(super) struct OwnerBox {
    pub(super) id: OwnerId,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

impl OwnerBox {
    /// The boxes of these owners. Those who are gone have none.
    pub(super) fn of(
        catalogue: &Catalogue,
        owners: &[(OwnerId, bool)],
        contacts: &Contacts,
    ) -> Result<Vec<Self>, CatalogueError> {
        let mut boxes = Vec::new();
        for &(id, is_chosen) in owners {
            match catalogue.owner(id) {
                Ok(owner) => boxes.push(Self {
                    id,
                    name: shown(&owner, contacts),
                    is_chosen,
                }),
                Err(CatalogueError::NoSuchOwner(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(boxes)
    }
}

/// What staff choose from, as they would type it.
pub(super) fn labels(
    catalogue: &Catalogue,
    contacts: &Contacts,
) -> Result<Vec<String>, CatalogueError> {
    let owners = catalogue.owners("", OFFERED, 0)?;
    let labels = owners.iter().map(|owner| shown(owner, contacts));
    Ok(labels.collect())
}

/// The owner that somebody typed: one of the list, else the only one of that name, else a new one with
/// the telephone number. `Ok(Err(()))` if it may be one of several, or an owner of that name with
/// another number: nobody is guessed.
pub(super) fn typed(
    catalogue: &Catalogue,
    text: &str,
    phone: &str,
) -> Result<Result<Option<OwnerChoice>, ()>, CatalogueError> {
    let (text, phone) = (text.trim(), phone.trim());
    if text.is_empty() {
        // A number of nobody is not lost without a word.
        return Ok(if phone.is_empty() { Ok(None) } else { Err(()) });
    }
    let owners = catalogue.owners("", usize::MAX, 0)?;
    let is_theirs =
        |owner: &Owner| phone.is_empty() || owner.fields.phones.iter().any(|known| known == phone);
    let listed: Vec<&Owner> = owners.iter().filter(|owner| label(owner) == text).collect();
    let namesakes: Vec<&Owner> = (owners.iter())
        .filter(|owner| key(&owner.fields.name) == key(text))
        .collect();
    let found = if listed.is_empty() { namesakes } else { listed };
    Ok(match found[..] {
        [] => Ok(Some(OwnerChoice::New(OwnerFields {
            name: text.to_owned(),
            phones: vec![phone.to_owned()],
            ..OwnerFields::default()
        }))),
        [owner] if is_theirs(owner) => Ok(Some(OwnerChoice::Known(owner.id))),
        _ => Err(()),
    })
}

/// The label of an owner, for the page.
fn shown(owner: &Owner, contacts: &Contacts) -> String {
    if !owner.fields.phones.is_empty() {
        contacts.note(Whose::Owner(owner.id));
    }
    label(owner)
}

/// A name with what tells it from others: `Anna Dupont, 079 123 45 67`.
fn label(owner: &Owner) -> String {
    match owner.fields.phones.first() {
        Some(phone) => format!("{}, {phone}", owner.fields.name),
        None => owner.fields.name.clone(),
    }
}
