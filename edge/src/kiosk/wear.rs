//! Counts the bytes that the kiosk writes: an SD card wears out by them.

use std::fs;
use std::time::Duration;

use desk::kiosk::BytesWritten;
use jiff::civil::Date;

/// What the kernel counts of this process. (proc_pid_io(5).)
const FILE: &str = "/proc/self/io";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Counts what is written on each day.
#[derive(Debug, Default)]
pub(crate) struct Wear {
    /// The day of the last reading, and what had been written before it.
    day: Option<(Date, u64)>,
    /// The last reading.
    total: u64,
}

impl Wear {
    /// What has been written on `today` and before, in all the time that the kiosk `ran`; `None` if
    /// the system does not say.
    pub(crate) fn read(&mut self, today: Date, ran: Duration) -> Option<BytesWritten> {
        let text = fs::read_to_string(FILE).ok()?;
        Some(self.count(write_bytes(&text)?, today, ran))
    }

    fn count(&mut self, total: u64, today: Date, ran: Duration) -> BytesWritten {
        let before = match self.day {
            Some((day, before)) if day == today => before,
            Some(_) => self.total,
            None => 0,
        };
        self.day = Some((today, before));
        self.total = total;
        let daily = total as f64 / (ran.as_secs_f64() / DAY.as_secs_f64());
        BytesWritten {
            total,
            today: total.saturating_sub(before),
            daily: (ran >= DAY).then_some(daily as u64),
        }
    }
}

/// The bytes that a process had written to disks.
fn write_bytes(text: &str) -> Option<u64> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix("write_bytes:"))?;
    value.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn bytes_are_counted_by_day_and_for_the_average() {
        let mut wear = Wear::default();
        let hours = |hours: u64| Duration::from_secs(3600 * hours);
        let (first, second, third) = (date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3));
        let mut count = |total, day, ran| {
            let written = wear.count(total, day, ran);
            (written.total, written.today, written.daily)
        };
        assert_eq!(count(0, first, hours(0)), (0, 0, None));
        assert_eq!(count(10_000, first, hours(10)), (10_000, 10_000, None));
        assert_eq!(count(15_000, second, hours(23)), (15_000, 5_000, None));
        assert_eq!(
            count(20_000, second, hours(24)),
            (20_000, 10_000, Some(20_000))
        );
        assert_eq!(
            count(30_000, third, hours(48)),
            (30_000, 10_000, Some(15_000))
        );
        // The clock is set back.
        assert_eq!(count(30_500, second, hours(49)).1, 500);
    }

    #[test]
    fn the_kernels_text_is_read() {
        let text = "rchar: 1\nwchar: 2\nread_bytes: 3\nwrite_bytes: 81920\n\
                    cancelled_write_bytes: 4096\n";
        assert_eq!(write_bytes(text), Some(81_920));
        assert_eq!(write_bytes(""), None);
        assert_eq!(write_bytes("write_bytes: many\n"), None);
    }
}
