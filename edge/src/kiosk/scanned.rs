//! The tag that was scanned last: whose visit this is, or will be.

use std::time::Duration;

use catalogue::{Animal, Catalogue, CatalogueError};

/// The animal of a tag may come before the camera, and be recognised, so long after its tag was
/// scanned.
const COMES: Duration = Duration::from_secs(30);

/// A tag that no animal has is said for so long.
const SAID: Duration = Duration::from_secs(5);

/// What came of the last tag, and when it was scanned.
#[derive(Debug, Default)]
pub(super) enum Scanned {
    /// Nothing that still matters.
    #[default]
    Nothing,
    /// An animal, whose visit is still to be settled.
    Animal(Duration, Box<Animal>),
    /// A tag that no animal has.
    Unknown(Duration, String),
}

impl Scanned {
    /// Looks a tag up that is scanned at `now`.
    pub(super) fn look_up(
        catalogue: &Catalogue,
        tag: &str,
        now: Duration,
    ) -> Result<Self, CatalogueError> {
        Ok(match catalogue.animal_by_tag(tag)? {
            Some(animal) => Self::Animal(now, Box::new(animal)),
            None => Self::Unknown(now, tag.to_owned()),
        })
    }

    /// The animal that is here or about to come.
    pub(super) fn animal(&self, now: Duration) -> Option<&Animal> {
        match self {
            Self::Animal(at, animal) if now <= *at + COMES => Some(animal),
            _ => None,
        }
    }

    /// What staff are told about it.
    pub(super) fn trouble(&self, now: Duration) -> Option<String> {
        match self {
            Self::Unknown(at, tag) if now <= *at + SAID => Some(format!(
                "no animal has the tag {tag}; give it one on its page"
            )),
            _ => None,
        }
    }
}
