//! Sets how long the steps of an arrival last.

use std::time::Duration;

/// How long the steps of an arrival last, and how often the networks run.
///
/// ```
/// use std::time::Duration;
///
/// use checkin::Pace;
///
/// let pace = Pace { thanks: Duration::from_secs(10), ..Pace::default() };
/// assert!(pace.thanks > Pace::default().thanks);
/// assert_eq!(pace.glance, Pace::default().glance);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How long the animal may be out of sight before its visit is over, where nobody can hide it.
    pub away: Duration,
    /// The same for an animal that the detector follows, while somebody is there who may stand in
    /// front of it.
    pub hidden: Duration,
    /// How long the answer for an animal that has left stays on the screen, if nobody else comes.
    pub linger: Duration,
    /// How long "Checked in" is shown.
    pub confirmed: Duration,
    /// How long "Thank you" is shown.
    pub thanks: Duration,
    /// How long the network waits for an animal that moves to hold still: until then its pictures
    /// are blurred, or show half of it.
    pub patience: Duration,
    /// The interval between predictions for an animal once there is an answer: they notice when
    /// another animal takes the place of the first. If all animals there have an answer and stand
    /// still, it is the interval between runs of the detector, too.
    pub glance: Duration,
    /// The interval between runs of the detector while an animal without an answer stands still:
    /// every third frame.
    pub follow: Duration,
    /// The interval between runs of the detector while something is there, and no animal.
    pub search: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            away: Duration::from_millis(1500),
            hidden: Duration::from_secs(5),
            linger: Duration::from_secs(30),
            confirmed: Duration::from_secs(2),
            thanks: Duration::from_secs(3),
            patience: Duration::from_secs(1),
            glance: Duration::from_millis(500),
            // A little less than three frames: cameras are not exact.
            follow: Duration::from_millis(250),
            search: Duration::from_millis(500),
        }
    }
}
