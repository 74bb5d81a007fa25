//! Finds out where the system's time comes from: whether systemd-timesyncd has compared it, and whether
//! there is a clock that goes on while the machine is off.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use desk::kiosk::ClockSource;

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

/// Where the time of the machine whose files are below `root` comes from.
pub(crate) fn source(root: &Path, now: SystemTime) -> ClockSource {
    if is_right(now) {
        ClockSource::Network
    } else if has_clock_module(root, now) {
        ClockSource::Hardware
    } else {
        ClockSource::Neither
    }
}

/// Whether there is a clock that goes on while the machine is off, and that has the same time. One
/// without a battery began in 1970 when the machine started. (rtc(4).)
pub(crate) fn has_clock_module(root: &Path, now: SystemTime) -> bool {
    let text = fs::read_to_string(root.join("sys/class/rtc/rtc0/since_epoch"));
    let seconds = text.ok().and_then(|text| text.trim().parse().ok());
    let time = seconds.and_then(|seconds| {
        let since = Duration::from_secs(seconds);
        SystemTime::UNIX_EPOCH.checked_add(since)
    });
    time.is_some_and(|time| is_near(time, now))
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
    fn a_clock_module_counts_if_it_has_the_time() {
        // No time server has compared a clock that shows 2001.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for (text, expected) in [
            (None, ClockSource::Neither),
            (Some("1000000007\n"), ClockSource::Hardware),
            // It has no battery.
            (Some("42\n"), ClockSource::Neither),
            (Some("18446744073709551615\n"), ClockSource::Neither),
            (Some("?\n"), ClockSource::Neither),
        ] {
            let root = tempfile::tempdir().unwrap();
            let clock = root.path().join("sys/class/rtc/rtc0");
            fs::create_dir_all(&clock).unwrap();
            if let Some(text) = text {
                fs::write(clock.join("since_epoch"), text).unwrap();
            }
            assert_eq!(source(root.path(), now), expected, "{text:?}");
        }
    }

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
