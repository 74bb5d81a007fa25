//! Knows whether the system's clock is right, from systemd-timesyncd.

use std::fs;
use std::time::{Duration, SystemTime};

/// systemd-timesyncd touches this file whenever it has compared the clock with a server's, which it
/// does at least every 34 minutes. (systemd-timesyncd.service(8), `PollIntervalMaxSec=` in
/// timesyncd.conf(5).)
const FILE: &str = "/run/systemd/timesync/synchronized";

/// How far the clock may be from where it was compared: less than a jump that would go unnoticed.
const LIMIT: Duration = Duration::from_secs(12 * 3600);

/// Whether the system's clock, `now`, is right. `false` where it is not known.
pub(crate) fn is_right(now: SystemTime) -> bool {
    let compared = fs::metadata(FILE).and_then(|about| about.modified());
    compared.is_ok_and(|compared| is_near(compared, now))
}

/// A clock that was set since it was compared is far from that time.
fn is_near(compared: SystemTime, now: SystemTime) -> bool {
    let distance = match now.duration_since(compared) {
        Ok(later) => later,
        Err(earlier) => earlier.duration(),
    };
    distance <= LIMIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_right_that_has_gone_on_since_it_was_compared() {
        let compared = SystemTime::UNIX_EPOCH + Duration::from_secs(1_777_600_000);
        let hours = |hours: u64| Duration::from_secs(3600 * hours);
        for now in [
            compared,
            compared + hours(1),
            compared + hours(12),
            compared - hours(1),
        ] {
            assert!(is_near(compared, now), "{now:?}");
        }
        // Set by hand, or an empty battery.
        for now in [
            compared + hours(24),
            compared + hours(20 * 365 * 24),
            compared - hours(24),
            SystemTime::UNIX_EPOCH,
        ] {
            assert!(!is_near(compared, now), "{now:?}");
        }
    }
}
