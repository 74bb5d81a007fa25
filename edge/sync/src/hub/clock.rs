//! Measures how far the kiosk's clock is from the hub's, and converts times between the two.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use screens::locale::Message;
use serde_json::Value;

use crate::envelope;

/// Clocks that differ by no more than this are as good as the same.
const AGREEMENT: SignedDuration = SignedDuration::from_secs(60);

/// The fields of an event's body that are times, wherever they are in it.
const TIMES: [&str; 4] = ["arrived", "at", "checked_out", "created"];

/// The field whose own fields all are times.
const CHANGED: &str = "changed";

/// Both clocks at one moment.
///
/// ```
/// use jiff::Timestamp;
/// use sync::hub::{Clock, EventRow};
/// use uuid::Uuid;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let time = |text: &str| text.parse::<Timestamp>();
/// // The kiosk's clock is ten years ahead of the hub's.
/// let (started, local) = (time("2036-05-01T11:00:00Z")?, time("2036-05-01T12:00:00Z")?);
/// let clock = Clock::new(started, local, time("2026-05-01T12:00:00Z")?);
/// let row = EventRow {
///     id: Uuid::nil(),
///     schema: 1,
///     kind: "arrival".to_owned(),
///     at: time("2026-05-01T11:30:00Z")?,
///     by: "kiosk".to_owned(),
///     subject: Uuid::nil(),
///     revision: 0,
///     body: serde_json::json!({}),
/// };
/// let event = row.event(clock).expect("this program knows the schema");
/// assert_eq!(event.at, time("2036-05-01T11:30:00Z")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// When this program began to send, by the kiosk's clock.
    started: Timestamp,
    /// The kiosk's clock.
    local: Timestamp,
    /// The hub's clock at that moment.
    hub: Timestamp,
}

impl Clock {
    /// `started` and `local` are read from the kiosk's clock, `hub` is what the hub said at `local`.
    #[must_use]
    pub fn new(started: Timestamp, local: Timestamp, hub: Timestamp) -> Self {
        Self {
            started,
            local,
            hub,
        }
    }

    /// Both clocks after `elapsed`, when the kiosk's is at `local`. It may have jumped meanwhile.
    pub(crate) fn later(self, elapsed: Duration, local: Timestamp) -> Self {
        let hub = self.hub.saturating_add(elapsed).unwrap_or(self.hub);
        Self { local, hub, ..self }
    }

    /// How far the hub's clock is ahead of the kiosk's; `None` where they agree.
    pub(crate) fn offset(&self) -> Option<SignedDuration> {
        let offset = self.hub.duration_since(self.local);
        (offset.abs() > AGREEMENT).then_some(offset)
    }

    /// What people are told where the clocks differ.
    pub(crate) fn message(&self) -> Option<Message> {
        let minute = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
        self.offset().map(|_| {
            Message::new("link-hub-clock")
                .with("here", minute(self.local))
                .with("there", minute(self.hub))
        })
    }

    /// A time by the hub's clock. A time that was measured before this program started is as it was:
    /// the clock may have been right then. If it has not come yet, the clock was wrong then too.
    fn corrected(&self, time: Timestamp) -> Timestamp {
        let Some(offset) = self.offset() else {
            // The clock is right now and was ahead when this was recorded.
            return if is_after(time, self.hub) {
                self.hub
            } else {
                time
            };
        };
        let is_of_this_run = self.started <= time && !is_after(time, self.local);
        if is_of_this_run || is_after(time, self.hub) {
            time.saturating_add(offset).unwrap_or(time).min(self.hub)
        } else {
            time
        }
    }

    /// An event's time and its body, by the hub's clock.
    pub(crate) fn correct(&self, at: &mut Timestamp, body: &mut Value) {
        *at = self.corrected(*at);
        change_times(body, false, &|time| self.corrected(time));
    }

    /// A time that the hub tells, by the kiosk's clock, so that it compares with times that the kiosk
    /// measures. One from before this program started is as it was.
    pub(crate) fn local(&self, time: Timestamp) -> Timestamp {
        let Some(offset) = self.offset() else {
            return time;
        };
        let started = self.started.saturating_add(offset).unwrap_or(self.started);
        if time >= started {
            time.saturating_sub(offset).unwrap_or(time)
        } else {
            time
        }
    }

    /// The time and the body of an event that the hub tells, by the kiosk's clock.
    pub(crate) fn localise(&self, at: &mut Timestamp, body: &mut Value) {
        if self.offset().is_some() {
            *at = self.local(*at);
            change_times(body, false, &|time| self.local(time));
        }
    }
}

/// Changes the times in an event's body. What is no time stays as it is; the hub says so.
fn change_times(value: &mut Value, holds_times: bool, change: &dyn Fn(Timestamp) -> Timestamp) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_time = holds_times || TIMES.contains(&name.as_str());
                match value {
                    Value::String(text) if is_time => {
                        if let Ok(time) = text.parse::<Timestamp>() {
                            let changed = change(time);
                            // Most clocks are right: then nothing is rewritten.
                            if changed != time {
                                *text = envelope::time(changed);
                            }
                        }
                    }
                    _ => change_times(value, name == CHANGED, change),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                change_times(value, false, change);
            }
        }
        _ => {}
    }
}

/// Whether a time is clearly later than another.
fn is_after(time: Timestamp, other: Timestamp) -> bool {
    time.duration_since(other) > AGREEMENT
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_of_a_wrong_clock_are_corrected_and_others_are_not() {
        let hub = "2026-05-01T12:00:00Z";
        let ahead = ("2036-05-01T11:00:00Z", "2036-05-01T12:00:00Z");
        let behind = ("2016-05-01T11:00:00Z", "2016-05-01T12:00:00Z");
        let right = ("2026-05-01T11:00:00Z", "2026-05-01T12:00:30Z");
        let cases = [
            (ahead, "2036-05-01T11:30:00Z", "2026-05-01T11:30:00Z"),
            // Recorded before the clock jumped.
            (ahead, "2026-04-30T09:00:00Z", "2026-04-30T09:00:00Z"),
            // Recorded before the last start, with the clock wrong already.
            (ahead, "2036-05-01T10:00:00Z", "2026-05-01T10:00:00Z"),
            (behind, "2016-05-01T11:30:00Z", "2026-05-01T11:30:00Z"),
            (behind, "2026-04-30T09:00:00Z", "2026-04-30T09:00:00Z"),
            (right, "2026-05-01T11:30:00Z", "2026-05-01T11:30:00Z"),
            // Recorded while the clock was ahead, sent now that it is right again.
            (right, "2036-05-01T11:30:00Z", hub),
        ];
        for ((started, local), recorded, expected) in cases {
            let clock = Clock::new(time(started), time(local), time(hub));
            assert_eq!(
                clock.corrected(time(recorded)),
                time(expected),
                "{recorded} {local}"
            );
        }
    }

    #[test]
    fn times_after_the_clocks_were_compared_are_corrected_too_even_if_the_clock_is_set_meanwhile() {
        let (started, local, hub) = (
            "2036-05-01T11:00:00Z",
            "2036-05-01T12:00:00Z",
            "2026-05-01T12:00:00Z",
        );
        let compared = Clock::new(time(started), time(local), time(hub));
        let hour = Duration::from_secs(3600);
        let cases = [
            (
                "2036-05-01T13:00:00Z",
                "2036-05-01T12:59:30Z",
                "2026-05-01T12:59:30Z",
            ),
            (
                "2026-05-01T13:00:00Z",
                "2026-05-01T12:59:30Z",
                "2026-05-01T12:59:30Z",
            ),
        ];
        for (local, recorded, expected) in cases {
            let clock = compared.later(hour, time(local));
            assert_eq!(clock.corrected(time(recorded)), time(expected), "{local}");
        }
    }

    #[test]
    fn times_of_the_hub_since_the_start_are_told_by_the_wrong_clock() {
        let hub = "2026-05-01T12:00:00Z";
        let ahead = ("2036-05-01T11:00:00Z", "2036-05-01T12:00:00Z");
        let behind = ("2016-05-01T11:00:00Z", "2016-05-01T12:00:00Z");
        let right = ("2026-05-01T11:00:00Z", "2026-05-01T12:00:30Z");
        let cases = [
            (ahead, "2026-05-01T11:30:00Z", "2036-05-01T11:30:00Z"),
            (ahead, "2026-05-01T10:59:59Z", "2026-05-01T10:59:59Z"),
            (behind, "2026-05-01T11:00:00Z", "2016-05-01T11:00:00Z"),
            (behind, "2026-04-30T09:00:00Z", "2026-04-30T09:00:00Z"),
            (right, "2026-05-01T11:30:00Z", "2026-05-01T11:30:00Z"),
        ];
        for ((started, local), told, expected) in cases {
            let clock = Clock::new(time(started), time(local), time(hub));
            let (mut at, mut body) = (time(told), json!({"changed": {"name": told}}));
            clock.localise(&mut at, &mut body);
            assert_eq!(at, time(expected), "{told} {local}");
            let name = body["changed"]["name"].as_str().unwrap();
            assert_eq!(time(name), time(expected), "{told} {local}");
        }
    }

    #[test]
    fn the_times_within_an_event_are_corrected_with_it() {
        let clock = Clock::new(
            time("2036-05-01T11:00:00Z"),
            time("2036-05-01T12:00:00Z"),
            time("2026-05-01T12:00:00Z"),
        );
        let mut at = time("2036-05-01T11:30:00Z");
        let mut body = json!({
            "visit": {"arrived": "2036-05-01T11:20:00Z", "confirmed": {"at": "2036-05-01T11:30:00Z"}},
            "animal": {"name": "2036-05-01T11:30:00Z", "created": "2026-01-01T00:00:00.000Z"},
            "changed": {"name": "2036-05-01T11:30:00Z"},
            "embeddings": [{"at": "never"}],
        });
        clock.correct(&mut at, &mut body);
        assert_eq!(at, time("2026-05-01T11:30:00Z"));
        let expected = json!({
            "visit": {"arrived": "2026-05-01T11:20:00.000Z", "confirmed": {"at": "2026-05-01T11:30:00.000Z"}},
            "animal": {"name": "2036-05-01T11:30:00Z", "created": "2026-01-01T00:00:00.000Z"},
            "changed": {"name": "2026-05-01T11:30:00.000Z"},
            "embeddings": [{"at": "never"}],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn only_a_difference_of_more_than_a_minute_counts() {
        let now = time("2026-05-01T12:00:00Z");
        let offset = |seconds| {
            let hub = now
                .saturating_add(SignedDuration::from_secs(seconds))
                .unwrap();
            Clock::new(now, now, hub).offset()
        };
        assert_eq!(offset(60), None);
        assert_eq!(offset(-60), None);
        assert_eq!(offset(61), Some(SignedDuration::from_secs(61)));
    }
}
