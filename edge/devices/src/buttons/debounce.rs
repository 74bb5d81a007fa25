//! Debounces contacts.

use std::time::Duration;

/// The longest time for which a contact bounces: an edge that follows another one sooner is no
/// press. (Ganssle, "A Guide to Debouncing": most switches bounce for less than 10 ms, some for
/// more.)
pub const REST: Duration = Duration::from_millis(30);

/// One contact, open at first.
///
/// ```
/// use std::time::Duration;
/// use devices::buttons::debounce::Debounce;
///
/// let ms = Duration::from_millis;
/// let mut contact = Debounce::default();
/// assert!(contact.edge(ms(0), true));
/// assert!(!contact.edge(ms(2), false), "it bounces");
/// assert!(!contact.edge(ms(3), true));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Debounce {
    is_closed: bool,
    /// When it last opened or closed.
    last: Option<Duration>,
}

impl Debounce {
    /// Takes in an edge: the contact closed or opened at `at`, by any clock that only grows. Returns
    /// whether that is a press, which counts at once.
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
