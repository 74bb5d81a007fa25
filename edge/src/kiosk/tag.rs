//! The tag that was scanned last: whose visit this is, or will be.

use std::time::Duration;

use catalogue::{Animal, Catalogue, CatalogueError};
use screens::locale::Message;

/// The animal may come before the camera, and be recognised, this long after its tag was scanned.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// How long a tag that no animal has is reported.
const REPORTED: Duration = Duration::from_secs(5);

/// The result of the last scan, and when it was.
#[derive(Debug, Default)]
pub(super) enum ScannedTag {
    /// Nothing that still matters.
    #[default]
    None,
    /// An animal, whose visit is still to be confirmed.
    Animal(Duration, Box<Animal>),
    /// A tag that no animal has.
    Unknown(Duration, String),
}

impl ScannedTag {
    /// Finds the animal of a tag that is scanned at `now`.
    pub(super) fn find(
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
            Self::Animal(at, animal) if now <= *at + ARRIVES_WITHIN => Some(animal),
            _ => None,
        }
    }

    /// What staff are told about it.
    pub(super) fn message(&self, now: Duration) -> Option<Message> {
        match self {
            Self::Unknown(at, tag) if now <= *at + REPORTED => {
                Some(Message::new("notice-tag-unknown").with("tag", tag))
            }
            _ => None,
        }
    }
}
