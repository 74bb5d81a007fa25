//! The owners of animals.

use catalogue::OwnerId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What staff write down about an owner of animals.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnerFields {
    /// The owner's name, 1 to 200 characters.
    name: String,
    /// Telephone numbers, at most 10 of at most 100 characters; the one to try first comes first.
    #[serde(default)]
    phones: Vec<String>,
    /// The e-mail address, at most 200 characters.
    #[serde(default)]
    email: String,
    /// The postal address in one line of at most 200 characters.
    #[serde(default)]
    address: String,
    /// Anything worth knowing, at most 4000 characters.
    #[serde(default)]
    notes: String,
}

impl From<OwnerFields> for catalogue::OwnerFields {
    fn from(fields: OwnerFields) -> Self {
        Self {
            name: fields.name,
            phones: fields.phones,
            email: fields.email,
            address: fields.address,
            notes: fields.notes,
        }
    }
}

impl From<catalogue::OwnerFields> for OwnerFields {
    fn from(fields: catalogue::OwnerFields) -> Self {
        Self {
            name: fields.name,
            phones: fields.phones,
            email: fields.email,
            address: fields.address,
            notes: fields.notes,
        }
    }
}

/// An owner of animals.
#[derive(Serialize, ToSchema)]
pub(crate) struct Owner {
    /// The owner's number, which tells him or her from others of the same name.
    #[schema(value_type = i64)]
    id: OwnerId,
    /// What staff wrote down.
    #[serde(flatten)]
    fields: OwnerFields,
    /// When the owner was added.
    created: Timestamp,
    /// How many animals the owner has.
    animals: u32,
}

impl From<catalogue::Owner> for Owner {
    fn from(owner: catalogue::Owner) -> Self {
        Self {
            id: owner.id,
            fields: owner.fields.into(),
            created: owner.created,
            animals: owner.animals,
        }
    }
}

/// An owner of an animal, in short.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnimalOwner {
    /// The owner's number.
    #[schema(value_type = i64)]
    id: OwnerId,
    /// The owner's name.
    name: String,
    /// Telephone numbers.
    phones: Vec<String>,
}

impl From<catalogue::AnimalOwner> for AnimalOwner {
    fn from(owner: catalogue::AnimalOwner) -> Self {
        Self {
            id: owner.id,
            name: owner.name,
            phones: owner.phones,
        }
    }
}
