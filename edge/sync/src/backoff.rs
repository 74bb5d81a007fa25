//! The pauses between attempts to connect: each about twice as long as the one before, and no two
//! kiosks' alike, so that a hub that comes back is not met by all of them at once.

use std::time::Duration;

/// The pauses after failures in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BackOff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl BackOff {
    /// Pauses from the first to the longest.
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The pause that is due now, between half of its nominal length and all of it. `random` decides
    /// where between: see [`random`].
    pub(crate) fn pause(&mut self, random: f64) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        jittered(pause, random)
    }

    /// Begins with the first pause again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

/// A duration between half of `nominal` and all of it.
pub(crate) fn jittered(nominal: Duration, random: f64) -> Duration {
    nominal.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// A random number from 0 up to 1; 1 where the system has none to give.
pub(crate) fn random() -> f64 {
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew() {
        let mut back_off = BackOff::new(Duration::from_secs(1), Duration::from_secs(5));
        let pauses: Vec<u64> = (0..5).map(|_| back_off.pause(1.0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);

        back_off.reset();
        assert_eq!(back_off.pause(1.0), Duration::from_secs(1));
    }

    #[test]
    fn a_pause_is_between_half_of_its_length_and_all_of_it() {
        let second = Duration::from_secs(1);
        for (random, milliseconds) in [(0.0, 500), (0.5, 750), (1.0, 1000), (7.0, 1000)] {
            assert_eq!(jittered(second, random).as_millis(), milliseconds);
        }
        let any = random();
        assert!((0.0..=1.0).contains(&any), "{any}");
    }
}
