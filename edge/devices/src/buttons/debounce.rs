//! Presses out of the edges of a contact that bounces.

use std::time::Duration;

/// A contact bounces for so long at most: an edge that comes sooner after the last one is no press.
/// (Ganssle, "A Guide to Debouncing": most switches bounce for less than 10 ms, some for more.)
pub const REST: Duration = Duration::from_millis(30);

/// One contact, open at first.
#[derive(Clone, Debug, Default)]
pub struct Debounce {
    is_closed: bool,
    /// When it last opened or closed.
    last: Option<Duration>,
}

impl Debounce {
    /// Takes in an edge: that the contact closed or opened at `at`, of any clock that grows. Whether
    /// the button was pressed, which counts at once.
    pub fn edge(&mut self, at: Duration, is_closed: bool) -> bool {
        // Drivers read the level after the edge: it may be the same one as before.
        if is_closed == self.is_closed {
            return false;
        }
        let rested = self.last.is_none_or(|last| at.saturating_sub(last) >= REST);
        self.is_closed = is_closed;
        self.last = Some(at);
        is_closed && rested
    }
}
