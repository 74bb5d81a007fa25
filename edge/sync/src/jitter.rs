//! Random pauses, so that not all kiosks reconnect at once.

use std::time::Duration;

/// A random duration between half of `nominal` and all of it.
pub(crate) fn jittered(nominal: Duration) -> Duration {
    // Where the system has no random number to give, all of it.
    let random = getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX));
    retry::jittered(nominal, random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_between_half_of_its_length_and_all_of_it() {
        let second = Duration::from_secs(1);
        let pause = jittered(second);
        assert!((second / 2..=second).contains(&pause), "{pause:?}");
    }
}
