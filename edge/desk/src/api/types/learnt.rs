//! The breeds that the kiosk learns.

use catalogue::LearntBreed;
use serde::Serialize;
use utoipa::ToSchema;

/// A breed that the kiosk has learnt, or was told to forget.
#[derive(Serialize, ToSchema)]
pub(crate) struct LearntBreedState {
    /// The breed's id.
    breed: String,
    /// From how many pictures it is learnt.
    pictures: usize,
    /// Of how many animals they are.
    animals: usize,
    /// Whether the kiosk was told to forget it: then it does not name it.
    forgotten: bool,
}

impl From<LearntBreed> for LearntBreedState {
    fn from(learnt: LearntBreed) -> Self {
        Self {
            breed: learnt.breed.to_string(),
            pictures: learnt.pictures,
            animals: learnt.animals,
            forgotten: learnt.forgotten,
        }
    }
}
