//! Slows down guessing: each wrong password doubles the wait before the next attempt.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many wrong passwords from one address cause no wait.
const FREE: u32 = 3;

/// The longest wait for one address.
const LONGEST: Duration = Duration::from_mins(5);

/// How many wrong passwords from all addresses together cause no wait.
const FREE_OF_ALL: u32 = 20;

/// The longest wait because of other addresses: somebody who guesses from many addresses slows the
/// staff down, and does not lock them out.
const LONGEST_OF_ALL: Duration = Duration::from_secs(8);

/// Wrong passwords are forgotten after this long without another.
const MEMORY: Duration = Duration::from_mins(30);

/// The most addresses that are remembered.
const MOST: usize = 1024;

/// Throttles attempts to log in, by address and altogether.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Attempts>);

#[derive(Debug, Default)]
struct Attempts {
    by_address: HashMap<IpAddr, Wrong>,
    together: Wrong,
}

/// Wrong passwords in a row.
#[derive(Clone, Copy, Debug, Default)]
struct Wrong {
    times: u32,
    last: Option<Instant>,
}

impl Throttle {
    /// Counts an attempt before its password is checked, so that simultaneous attempts count too.
    /// `Err` says how long to wait instead.
    pub(crate) fn attempt(&self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let by_address = &mut attempts.by_address;
        by_address.retain(|_, wrong| !wrong.forgotten(now));
        if by_address.len() >= MOST && !by_address.contains_key(&from) {
            let oldest = by_address.iter().min_by_key(|(_, wrong)| wrong.last);
            if let Some(address) = oldest.map(|(address, _)| *address) {
                by_address.remove(&address);
            }
        }
        let own = by_address.entry(from).or_default();
        let own_wait = own.wait(FREE, LONGEST, now);
        if attempts.together.forgotten(now) {
            attempts.together = Wrong::default();
        }
        let wait = own_wait.max(attempts.together.wait(FREE_OF_ALL, LONGEST_OF_ALL, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        attempts.together.count(now);
        attempts.by_address.entry(from).or_default().count(now);
        Ok(())
    }

    /// Takes back an attempt whose password was right, and forgets the wrong ones of its address.
    pub(crate) fn succeeded(&self, from: IpAddr) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.by_address.remove(&from);
        attempts.together.times = attempts.together.times.saturating_sub(1);
    }
}

impl Wrong {
    fn count(&mut self, now: Instant) {
        self.times = self.times.saturating_add(1);
        self.last = Some(now);
    }

    fn forgotten(&self, now: Instant) -> bool {
        self.last
            .is_none_or(|last| now.saturating_duration_since(last) > MEMORY)
    }

    /// How long from `now` until the next attempt: 1, 2, 4... seconds after the last one.
    fn wait(&self, free: u32, longest: Duration, now: Instant) -> Duration {
        let Some(last) = self.last.filter(|_| self.times >= free) else {
            return Duration::ZERO;
        };
        let seconds = 1_u64.checked_shl(self.times - free).unwrap_or(u64::MAX);
        let pause = Duration::from_secs(seconds).min(longest);
        pause.saturating_sub(now.saturating_duration_since(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_password_doubles_the_wait_up_to_five_minutes() {
        let throttle = Throttle::default();
        let from = IpAddr::from([192, 168, 1, 7]);
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..14 {
            let wait = throttle.attempt(from, now).err().unwrap_or_default();
            waits.push(wait.as_secs());
            now += wait;
            if !wait.is_zero() {
                assert_eq!(throttle.attempt(from, now), Ok(()), "after the wait");
            }
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn guessing_from_many_addresses_is_slowed_and_locks_nobody_out() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let refused = (0..5000_u32)
            .map(|n| throttle.attempt(IpAddr::from((0x0a00_0000 + n).to_be_bytes()), now))
            .filter(Result::is_err)
            .count();
        assert_eq!(refused, 5000 - FREE_OF_ALL as usize);
        let staff = IpAddr::from([192, 168, 1, 7]);
        assert!(throttle.attempt(staff, now).is_err());
        assert_eq!(throttle.attempt(staff, now + LONGEST_OF_ALL), Ok(()));
    }

    #[test]
    fn whoever_knows_the_password_does_not_wait_again() {
        let throttle = Throttle::default();
        let from = IpAddr::from([192, 168, 1, 7]);
        let now = Instant::now();
        for _ in 0..100 {
            assert_eq!(throttle.attempt(from, now), Ok(()));
            throttle.succeeded(from);
        }
    }
}
