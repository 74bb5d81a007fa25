//! Slows down guessing: each wrong password doubles the wait before the next attempt.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::secret::Fingerprint;

/// How many wrong passwords from one sender cause no wait.
const FREE: u32 = 3;

/// The longest wait for one sender.
const LONGEST: Duration = Duration::from_mins(5);

/// How many wrong passwords from all senders of a kind together cause no wait.
const FREE_OF_ALL: u32 = 20;

/// The longest wait because of other senders: somebody who guesses from many addresses slows others
/// down, and does not lock them out.
const LONGEST_OF_ALL: Duration = Duration::from_secs(8);

/// Wrong passwords are forgotten after this long without another.
const MEMORY: Duration = Duration::from_mins(30);

/// The most senders of a kind that are remembered.
const MOST: usize = 1024;

/// Who tries to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sender {
    /// A stranger, by the address; of IPv6 its first 64 bits, of which one machine has all the rest.
    Address(IpAddr),
    /// A browser that somebody logged in with before.
    Device(Fingerprint),
}

impl Sender {
    /// A stranger at this address.
    pub(crate) fn stranger(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(six) => {
                let [a, b, c, d, ..] = six.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        })
    }
}

/// Throttles attempts to log in, by sender and altogether. Strangers and known browsers are counted
/// apart: no crowd of strangers keeps those waiting who logged in before.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    strangers: Mutex<Attempts>,
    known: Mutex<Attempts>,
}

#[derive(Debug, Default)]
struct Attempts {
    by_sender: HashMap<Sender, Wrong>,
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
    pub(crate) fn attempt(&self, from: Sender, now: Instant) -> Result<(), Duration> {
        self.of(from).attempt(from, now)
    }

    /// Takes back an attempt whose password was right, and forgets the wrong ones of its sender.
    pub(crate) fn succeeded(&self, from: Sender) {
        let mut attempts = self.of(from);
        attempts.by_sender.remove(&from);
        attempts.together.times = attempts.together.times.saturating_sub(1);
    }

    fn of(&self, sender: Sender) -> MutexGuard<'_, Attempts> {
        let attempts = match sender {
            Sender::Address(_) => &self.strangers,
            Sender::Device(_) => &self.known,
        };
        attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempts {
    fn attempt(&mut self, from: Sender, now: Instant) -> Result<(), Duration> {
        self.by_sender.retain(|_, wrong| !wrong.forgotten(now));
        if self.by_sender.len() >= MOST && !self.by_sender.contains_key(&from) {
            let oldest = self.by_sender.iter().min_by_key(|(_, wrong)| wrong.last);
            if let Some(sender) = oldest.map(|(sender, _)| *sender) {
                self.by_sender.remove(&sender);
            }
        }
        let own = self.by_sender.entry(from).or_default();
        let own_wait = own.wait(FREE, LONGEST, now);
        if self.together.forgotten(now) {
            self.together = Wrong::default();
        }
        let wait = own_wait.max(self.together.wait(FREE_OF_ALL, LONGEST_OF_ALL, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.together.count(now);
        self.by_sender.entry(from).or_default().count(now);
        Ok(())
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
        let from = Sender::stranger([192, 168, 1, 7].into());
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
        let stranger = |n: u32| Sender::stranger((0x0a00_0000 + n).to_be_bytes().into());
        let refused = (0..5000)
            .filter(|n| throttle.attempt(stranger(*n), now).is_err())
            .count();
        assert_eq!(refused, 5000 - FREE_OF_ALL as usize);
        let staff = Sender::stranger([192, 168, 1, 7].into());
        assert!(throttle.attempt(staff, now).is_err());
        assert_eq!(throttle.attempt(staff, now + LONGEST_OF_ALL), Ok(()));
    }

    #[test]
    fn a_browser_that_logged_in_before_waits_for_no_stranger() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let guess = || {
            for n in 0..5000_u32 {
                let _ = throttle.attempt(Sender::stranger(n.to_be_bytes().into()), now);
            }
        };
        let (one, other) = (Sender::Device([1; 32]), Sender::Device([2; 32]));
        for _ in 0..FREE {
            guess();
            assert_eq!(throttle.attempt(one, now), Ok(()));
        }
        assert!(
            throttle.attempt(one, now).is_err(),
            "its own wrong ones count"
        );
        assert_eq!(throttle.attempt(other, now), Ok(()));
    }

    #[test]
    fn a_machine_has_one_turn_however_many_addresses_of_ipv6_it_has() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let from = |text: &str| Sender::stranger(text.parse().unwrap());
        for address in ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:3"] {
            assert_eq!(throttle.attempt(from(address), now), Ok(()));
        }
        assert!(throttle.attempt(from("2001:db8::4"), now).is_err());
        assert_eq!(throttle.attempt(from("2001:db8:0:1::4"), now), Ok(()));
    }

    #[test]
    fn whoever_knows_the_password_does_not_wait_again() {
        let throttle = Throttle::default();
        let from = Sender::stranger([192, 168, 1, 7].into());
        let now = Instant::now();
        for _ in 0..100 {
            assert_eq!(throttle.attempt(from, now), Ok(()));
            throttle.succeeded(from);
        }
    }
}
