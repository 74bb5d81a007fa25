//! The commands that the kiosk accepts, and what they are given for.

use catalogue::{AnimalId, VisitId};
use image::RgbImage;
use recognise::BreedId;
use screens::Button;
use thiserror::Error;
use tokio::sync::oneshot;

/// A command from the page, a program, a button or a scanner.
#[derive(Debug)]
pub enum Command {
    /// A button at the screen, or the same on the page, for the arrival that was shown.
    Press(Button),
    /// The buttons mean the arrival of this id from now on. It is refused if that is gone, or has
    /// nothing to be confirmed while another one has.
    Focus(u64),
    /// A photograph that was dropped on the page; it is treated like a frame of the camera. It is
    /// refused if no animal is found in it.
    Photograph(RgbImage),
    /// Staff decided about a visit on the page, took that back or deleted the visit, and the
    /// catalogue has stored it.
    Confirmed(VisitId),
    /// Staff decided about earlier visits or changed animals, or the owner had a breed forgotten or
    /// learnt again, and the catalogue has stored it: the kiosk learns from it.
    Taught,
    /// The tag of the animal that was shown, or else is about to come, was scanned or typed.
    Tag(String),
    /// The settings have changed, and the catalogue has stored them.
    Settings,
}

/// What was on the screen when a command was given. A command that depends on it is refused if that
/// has changed: nobody confirms what they did not see.
///
/// ```
/// use desk::kiosk::Arrival;
/// use recognise::Candidate;
/// use screens::Button;
///
/// let candidate = |breed: &str| Candidate { breed: breed.into(), probability: 0.4 };
/// let seen = Arrival {
///     id: 1,
///     candidates: vec![candidate("beagle"), candidate("pug")],
///     ..Arrival::default()
/// };
/// // Meanwhile somebody else has selected the second breed.
/// let now = Arrival { selected: 1, ..seen.clone() };
/// assert!(seen.shown().allows(Button::Next, &now.shown()));
/// assert!(!seen.shown().allows(Button::Confirm, &now.shown()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The arrival's id; 0 where nobody was there.
    pub arrival: u64,
    /// Its visit; `None` before the arrival was on record.
    pub visit: Option<VisitId>,
    /// The visit's revision. `None` for a button at the screen: what is selected says what it meant,
    /// and an answer that has only become surer since is still the answer that was seen.
    pub revision: Option<u32>,
    /// The selected breed; `None` where there was no answer, or an animal was selected.
    pub breed: Option<BreedId>,
    /// The selected animal; `None` where a breed was.
    pub animal: Option<AnimalId>,
}

impl Shown {
    /// Whether a press of a button applies to what is shown of the arrival now. What is selected
    /// matters to the confirm button alone.
    #[must_use]
    pub fn allows(&self, button: Button, now: &Self) -> bool {
        let selects_the_same = self.breed == now.breed && self.animal == now.animal;
        let is_the_same_visit = self.visit == now.visit && self.revision == now.revision;
        self.arrival == now.arrival
            && (self.revision.is_none() || is_the_same_visit)
            && (button != Button::Confirm || selects_the_same)
    }
}

/// A command on its way to the kiosk's thread.
#[derive(Debug)]
pub struct Order {
    /// What is to be done.
    pub command: Command,
    /// What was on the screen when the command was given.
    pub shown: Shown,
    /// Where the outcome goes to.
    pub reply: Reply,
}

impl Order {
    /// A command whose outcome nobody waits for.
    #[must_use]
    pub fn new(command: Command, shown: Shown) -> Self {
        Self {
            command,
            shown,
            reply: Reply(None),
        }
    }

    /// A command whose outcome is waited for.
    pub(super) fn with_reply(
        command: Command,
        shown: Shown,
    ) -> (Self, oneshot::Receiver<Result<(), CommandError>>) {
        let (sender, outcome) = oneshot::channel();
        let order = Self {
            command,
            shown,
            reply: Reply(Some(sender)),
        };
        (order, outcome)
    }
}

/// Takes the outcome of a command to its caller, if one waits for it.
#[derive(Debug)]
pub struct Reply(Option<oneshot::Sender<Result<(), CommandError>>>);

impl Reply {
    /// Sends the outcome.
    pub fn send(self, outcome: Result<(), CommandError>) {
        if let Some(sender) = self.0 {
            // The caller that waited may have gone away.
            let _ = sender.send(outcome);
        }
    }
}

/// Why the kiosk does not accept a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// The screen shows something else now than when the command was given.
    #[error("the screen shows something else now; look at it and decide again")]
    Outdated,
    /// Too many photographs are waiting; try again in a moment.
    #[error("too many photographs are waiting; try again in a moment")]
    Busy,
    /// No animal is found in the photograph.
    #[error("no animal is found in the photograph; send one that shows it closer")]
    NoAnimal,
    /// It has stopped.
    #[error("the kiosk has stopped")]
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_means_the_answer_that_was_seen() {
        let seen = |revision, breed: &str| Shown {
            arrival: 1,
            visit: Some(VisitId(7)),
            revision,
            breed: Some(breed.into()),
            animal: None,
        };
        let unrecorded = Shown {
            visit: None,
            ..seen(None, "beagle")
        };
        let gone = Shown {
            arrival: 2,
            ..seen(None, "beagle")
        };
        let now = seen(Some(3), "beagle");
        // What was seen, and whether the buttons confirm, next and new apply.
        let cases = [
            (seen(Some(3), "beagle"), [true, true, true]),
            (seen(Some(3), "boxer"), [false, true, true]),
            (seen(Some(2), "beagle"), [false, false, false]),
            (seen(None, "beagle"), [true, true, true]),
            (seen(None, "boxer"), [false, true, true]),
            (unrecorded, [true, true, true]),
            (gone, [false, false, false]),
        ];
        for (shown, expected) in cases {
            let buttons = [Button::Confirm, Button::Next, Button::New];
            let allowed = buttons.map(|button| shown.allows(button, &now));
            assert_eq!(allowed, expected, "{shown:?}");
        }
    }
}
