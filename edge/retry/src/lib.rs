//! The pauses between attempts at what failed: exponential back-off, the same for devices, links,
//! the page, the webhook and downloads.
//!
//! Nothing here waits or reads a clock.

use std::time::Duration;

/// The pauses between attempts: the first one, then each twice as long as the one before, up to the
/// longest.
///
/// ```
/// use std::time::Duration;
///
/// use retry::BackOff;
///
/// let mut back_off = BackOff::new(Duration::from_secs(1), Duration::from_secs(30));
/// assert_eq!(back_off.pause(), Duration::from_secs(1));
/// assert_eq!(back_off.pause(), Duration::from_secs(2));
/// back_off.reset();
/// assert_eq!(back_off.pause(), Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl BackOff {
    /// Pauses from the first to the longest.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The pause that is due now.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        pause
    }

    /// Begins with the first pause again.
    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// Takes note of how long an attempt lasted before it ended. After one that outlasted the
    /// longest pause, a failure has nothing to do with those before it.
    pub fn lasted(&mut self, time: Duration) {
        if time >= self.longest {
            self.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn pauses(back_off: &mut BackOff, count: usize) -> Vec<u128> {
        (0..count).map(|_| back_off.pause().as_millis()).collect()
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut back_off = BackOff::new(ms(250), ms(4000));
        assert_eq!(
            pauses(&mut back_off, 7),
            [250, 500, 1000, 2000, 4000, 4000, 4000]
        );
        let mut back_off = BackOff::new(ms(1000), ms(30_000));
        assert_eq!(
            pauses(&mut back_off, 7),
            [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
        );
        let mut back_off = BackOff::new(Duration::MAX, Duration::MAX);
        assert_eq!(
            [back_off.pause(), back_off.pause()],
            [Duration::MAX, Duration::MAX]
        );
    }

    #[test]
    fn an_attempt_that_outlasts_the_longest_pause_resets_the_pause() {
        let mut back_off = BackOff::new(ms(1000), ms(30_000));
        pauses(&mut back_off, 4);
        back_off.lasted(ms(29_999));
        assert_eq!(pauses(&mut back_off, 1), [16_000]);
        back_off.lasted(ms(30_000));
        assert_eq!(pauses(&mut back_off, 2), [1000, 2000]);
        back_off.reset();
        assert_eq!(pauses(&mut back_off, 1), [1000]);
    }
}
