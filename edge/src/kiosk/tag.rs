//! The tag that was scanned last: whose visit this is, or will be.

use std::mem;
use std::time::Duration;

use catalogue::{Animal, Catalogue, CatalogueError};
use checkin::ArrivalId;
use screens::locale::Message;

/// The animal may come in front of the camera, and be recognised, this long after its tag was scanned.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// How long screen and page show a tag that was scanned.
const SHOWN: Duration = Duration::from_secs(5);

/// The result of the last scan.
#[derive(Debug, Default)]
pub(super) enum ScannedTag {
    /// Nothing that still matters.
    #[default]
    None,
    /// An animal, whose visit is still to be confirmed.
    Animal(Scan, Box<Animal>),
    /// An animal, by its name, whose visit is confirmed.
    Confirmed(Scan, String),
    /// A tag that no animal has.
    Unknown(Scan),
}

/// A tag as it was read, and when.
#[derive(Debug)]
pub(super) struct Scan {
    tag: String,
    at: Duration,
    /// The arrival that it was scanned for; `None` where none was shown.
    arrival: Option<ArrivalId>,
    /// The newest arrival at that time.
    newest: Option<ArrivalId>,
}

impl ScannedTag {
    /// Finds the animal of a tag that is scanned at `now` for an `arrival`, if one is shown. `newest` is
    /// the newest one that is there.
    pub(super) fn find(
        catalogue: &Catalogue,
        tag: &str,
        now: Duration,
        arrival: Option<ArrivalId>,
        newest: Option<ArrivalId>,
    ) -> Result<Self, CatalogueError> {
        let scan = Scan {
            tag: tag.to_owned(),
            at: now,
            arrival,
            newest,
        };
        Ok(match catalogue.animal_by_tag(tag)? {
            Some(animal) => Self::Animal(scan, Box::new(animal)),
            None => Self::Unknown(scan),
        })
    }

    /// The animal that is here or about to come.
    pub(super) fn animal(&self, now: Duration) -> Option<&Animal> {
        match self {
            Self::Animal(scan, animal) if now <= scan.at + ARRIVES_WITHIN => Some(animal),
            _ => None,
        }
    }

    /// The arrival that the animal's tag was scanned for.
    pub(super) fn arrival(&self) -> Option<ArrivalId> {
        match self {
            Self::Animal(scan, _) => scan.arrival,
            _ => None,
        }
    }

    /// Whether the animal's tag was scanned before this arrival came.
    pub(super) fn is_before(&self, arrival: ArrivalId) -> bool {
        match self {
            Self::Animal(scan, _) => scan.newest < Some(arrival),
            _ => false,
        }
    }

    /// Takes note that the animal's visit is confirmed: the tag says nothing about the next animal.
    pub(super) fn confirmed(&mut self) {
        *self = match mem::take(self) {
            Self::Animal(scan, animal) => Self::Confirmed(scan, animal.fields.name),
            other => other,
        };
    }

    /// The tag that was read and its animal. If the scanner types the characters of another layout,
    /// staff see that it is not what is printed on the tag.
    pub(super) fn read(&self, now: Duration) -> Option<Message> {
        let (scan, name) = match self {
            Self::Animal(scan, animal) => (scan, &animal.fields.name),
            Self::Confirmed(scan, name) => (scan, name),
            Self::None | Self::Unknown(_) => return None,
        };
        let message = Message::new("screen-tag").with("tag", &scan.tag);
        scan.is_shown(now).then(|| message.with("name", name))
    }

    /// What staff are told about a tag that no animal has.
    pub(super) fn message(&self, now: Duration) -> Option<Message> {
        match self {
            Self::Unknown(scan) if scan.is_shown(now) => {
                Some(Message::new("notice-tag-unknown").with("tag", &scan.tag))
            }
            _ => None,
        }
    }
}

impl Scan {
    fn is_shown(&self, now: Duration) -> bool {
        now <= self.at + SHOWN
    }
}
