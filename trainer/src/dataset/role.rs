//! Says what each photograph of a data set is for.

use std::fmt;

use super::{Dataset, Photo, Split};

/// What a photograph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// To train on or to validate on: nothing says which.
    Trainval,
    /// To train on, because the data say which photographs to validate on, and this is none of them.
    Train,
    /// To validate on.
    Validation,
    /// To test on.
    Test,
}

impl Role {
    /// What is done with the photograph, as a verb.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Trainval | Self::Train => "train",
            Self::Validation => "validate",
            Self::Test => "test",
        }
    }

    /// Whether a photograph for the other purpose is on another side of a split. One of which nothing says whether to
    /// validate on it is on the side of those that it looks like.
    #[must_use]
    pub fn is_apart_from(self, other: Self) -> bool {
        match (self.min(other), self.max(other)) {
            (Self::Train, Self::Validation) => true,
            (one, Self::Test) => one != Self::Test,
            _ => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trainval => "trainval",
            Self::Train => "train",
            Self::Validation => "val",
            Self::Test => "test",
        })
    }
}

impl Dataset {
    /// All photographs, each with what it is for: first those of [`Split::Trainval`], in their order.
    pub fn roles(&self) -> impl Iterator<Item = (Role, &Photo)> {
        let trainval = self.split(Split::Trainval).iter().map(|photo| {
            let (path, sides) = (&photo.path, &self.sides);
            let role = if sides.validation.contains(path) {
                Role::Validation
            } else if sides.validation_said.contains(path) {
                Role::Train
            } else {
                Role::Trainval
            };
            (role, photo)
        });
        let test = self.split(Split::Test).iter();
        trainval.chain(test.map(|photo| (Role::Test, photo)))
    }
}
