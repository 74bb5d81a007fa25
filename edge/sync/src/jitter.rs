//! Random pauses, so that not all kiosks reconnect at once.

use std::time::Duration;

/// A random duration between half of `nominal` and all of it.
pub(crate) fn jittered(nominal: Duration) -> Duration {
    // Where the system has no random number to give, all of it.
    let random = getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX));
    between(nominal, random)
}

/// The duration between half of `nominal` and all of it that `random`, from 0 to 1, decides on.
fn between(nominal: Duration, random: f64) -> Duration {
    nominal.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_between_half_of_its_length_and_all_of_it() {
        let second = Duration::from_secs(1);
        for (random, milliseconds) in [(0.0, 500), (0.5, 750), (1.0, 1000), (7.0, 1000)] {
            assert_eq!(between(second, random).as_millis(), milliseconds);
        }
        let pause = jittered(second);
        assert!((second / 2..=second).contains(&pause), "{pause:?}");
    }
}
