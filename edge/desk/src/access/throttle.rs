//! Slows down guessing: each wrong password doubles the wait before the next attempt.
//!
//! A sender waits for the others that guessed wrong as often, and for those alone. So a crowd that goes on
//! without end is slow, and has soon guessed wrong more often than a user who comes to log in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::secret::Fingerprint;

/// How many wrong passwords from one sender cause no wait.
const FREE: u32 = 3;

/// The longest wait for one sender.
const LONGEST: Duration = Duration::from_mins(5);

/// How many wrong passwords of all senders that guessed wrong as often cause no wait.
const FREE_OF_ALL: u32 = 20;

/// The longest wait because of other senders with fewer than [`FREE`] wrong passwords.
const LONGEST_OF_NEW: Duration = Duration::from_secs(1);

/// The longest wait because of other senders with more.
const LONGEST_OF_ALL: Duration = Duration::from_secs(8);

/// Wrong passwords are forgotten after this long without another: a crowd is not new again every hour.
const MEMORY: Duration = Duration::from_hours(12);

/// The most senders of a kind that are remembered.
const MOST: usize = 4096;

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

/// An attempt that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    from: Sender,
    wrong_before: u32,
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
    /// Those of all senders, by how many wrong passwords the sender had before: none, one... [`FREE`] or more.
    together: [Wrong; FREE as usize + 1],
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
    pub(crate) fn attempt(&self, from: Sender, now: Instant) -> Result<Attempt, Duration> {
        let wrong_before = self.of(from).attempt(from, now)?;
        Ok(Attempt { from, wrong_before })
    }

    /// Takes back an attempt whose password was right, and forgets the wrong ones of its sender.
    pub(crate) fn succeeded(&self, attempt: Attempt) {
        let mut attempts = self.of(attempt.from);
        attempts.by_sender.remove(&attempt.from);
        let together = attempts.together_of(attempt.wrong_before);
        together.times = together.times.saturating_sub(1);
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
    /// Counts an attempt. Returns how many wrong passwords its sender had sent before.
    fn attempt(&mut self, from: Sender, now: Instant) -> Result<u32, Duration> {
        if self.by_sender.len() >= MOST && !self.by_sender.contains_key(&from) {
            let oldest = self.by_sender.iter().min_by_key(|(_, wrong)| wrong.last);
            if let Some(sender) = oldest.map(|(sender, _)| *sender) {
                self.by_sender.remove(&sender);
            }
        }
        let own = self.by_sender.entry(from).or_default();
        own.forget(now);
        let own = *own;
        let longest = if own.times < FREE {
            LONGEST_OF_NEW
        } else {
            LONGEST_OF_ALL
        };
        let together = self.together_of(own.times);
        together.forget(now);
        let wait = (own.wait(FREE, LONGEST, now)).max(together.wait(FREE_OF_ALL, longest, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        together.count(now);
        self.by_sender.entry(from).or_default().count(now);
        Ok(own.times)
    }

    /// Those of all senders with this many wrong passwords.
    fn together_of(&mut self, times: u32) -> &mut Wrong {
        &mut self.together[times.min(FREE) as usize]
    }
}

impl Wrong {
    fn count(&mut self, now: Instant) {
        self.times = self.times.saturating_add(1);
        self.last = Some(now);
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |last| now.saturating_duration_since(last) > MEMORY;
        if self.last.is_some_and(is_old) {
            *self = Self::default();
        }
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
                assert!(throttle.attempt(from, now).is_ok(), "after the wait");
            }
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn guessing_from_many_addresses_is_slowed() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let refused = (0..5000)
            .filter(|n| throttle.attempt(crowd(*n), now).is_err())
            .count();
        assert_eq!(refused, 5000 - FREE_OF_ALL as usize);
    }

    /// All addresses of a local network try again every second, and before anybody else; for an hour
    /// they rest, and are not new after it.
    #[test]
    fn a_crowd_that_goes_on_is_slow_and_locks_out_nobody_who_comes_later() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let person = Sender::stranger([192, 168, 1, 7].into());
        let mut guesses = [0; 4];
        for second in 0..4 * 3600_u32 {
            let now = start + Duration::from_secs(second.into());
            let hour = second as usize / 3600;
            if hour != 2 {
                let tries = |n: &u32| throttle.attempt(crowd(*n), now).is_ok();
                guesses[hour] += (0..250).filter(tries).count();
            }
            if second % 300 == 299 {
                let right = throttle.attempt(person, now);
                throttle.succeeded(right.unwrap_or_else(|_| panic!("second {second}")));
            }
        }
        let [first, second, _, last] = guesses;
        assert!(
            first <= 250 * FREE as usize + 450 + 4 * FREE_OF_ALL as usize
                && second <= 450
                && last <= 450,
            "{guesses:?}"
        );
    }

    /// An address of a crowd.
    fn crowd(n: u32) -> Sender {
        Sender::stranger((0x0a00_0000 + n).to_be_bytes().into())
    }

    #[test]
    fn a_browser_that_logged_in_before_waits_for_no_stranger() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let guess = || {
            for n in 0..5000_u32 {
                let _ = throttle.attempt(crowd(n), now);
            }
        };
        let (one, other) = (Sender::Device([1; 32]), Sender::Device([2; 32]));
        for _ in 0..FREE {
            guess();
            assert!(throttle.attempt(one, now).is_ok());
        }
        assert!(
            throttle.attempt(one, now).is_err(),
            "its own wrong ones count"
        );
        assert!(throttle.attempt(other, now).is_ok());
    }

    #[test]
    fn a_machine_has_one_turn_however_many_addresses_of_ipv6_it_has() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let from = |text: &str| Sender::stranger(text.parse().unwrap());
        for address in ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:3"] {
            assert!(throttle.attempt(from(address), now).is_ok());
        }
        assert!(throttle.attempt(from("2001:db8::4"), now).is_err());
        assert!(throttle.attempt(from("2001:db8:0:1::4"), now).is_ok());
    }

    #[test]
    fn whoever_knows_the_password_does_not_wait_again() {
        let throttle = Throttle::default();
        let from = Sender::stranger([192, 168, 1, 7].into());
        let now = Instant::now();
        for _ in 0..100 {
            throttle.succeeded(throttle.attempt(from, now).unwrap());
        }
    }
}
