//! Measures the age of photographs by a clock that does not follow jumps of the system's clock.
//!
//! A kiosk without a network may start with a wrong time: the last one that it knew, 1970, or
//! whatever a clock module with an empty battery says. Age by that clock would remove photographs
//! that are minutes old once the clock is set right, and all of them while it is years ahead.
//!
//! The catalogue's own clock adds up small steps of the system's clock. A step back counts as
//! nothing. A step forward of more than [`JUMP`] means that the kiosk was off or that its clock is
//! wrong: at most [`LONGEST_CLOSURE`] of it counts, and only after the clock has then gone on for
//! [`STEADY`]. So a photograph stays too long where the kiosk was off for longer than that, and a
//! wrong clock ages it by a week at most.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::connections::Fault;
use crate::values::At;

/// A larger step of the system's clock, in either direction, is a jump.
const JUMP: SignedDuration = SignedDuration::from_hours(25);

/// How long the system's clock must go on after a jump forward before the jump counts.
const STEADY: SignedDuration = SignedDuration::from_hours(24);

/// The most that a jump forward counts: a kiosk that was switched off for a week.
const LONGEST_CLOSURE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The catalogue's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The system's time when it was last read.
    seen: Timestamp,
    /// This clock's time.
    own: Timestamp,
    /// How far the system's clock jumped forward, until that counts.
    pending: SignedDuration,
    /// How long the system's clock has gone on since that jump.
    steady: SignedDuration,
}

/// Reads the system's time `now` and moves the catalogue's clock on.
pub(crate) fn tick(connection: &Connection, now: Timestamp) -> Result<Clock, Fault> {
    let before = match read(connection)? {
        Some(clock) => clock,
        None => start(connection, now)?,
    };
    let after = before.moved_to(now);
    let step = now.duration_since(before.seen);
    if step.abs() > JUMP {
        tracing::warn!(
            from = %before.seen,
            to = %now,
            "the system's clock jumped; photographs do not age by the jump"
        );
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO clock (id, seen, own, pending, steady)
             VALUES (1, ?1, ?2, ?3, ?4)",
        )?
        .execute((
            At(after.seen),
            At(after.own),
            milliseconds(after.pending),
            milliseconds(after.steady),
        ))?;
    Ok(after)
}

/// The time of the catalogue's clock at the system's time `at`, which is now or not long ago.
pub(crate) fn own_time(connection: &Connection, at: Timestamp) -> Result<Timestamp, Fault> {
    Ok(read(connection)?.map_or(at, |clock| clock.own_time(at)))
}

impl Clock {
    /// This clock's time.
    pub(crate) fn now(self) -> Timestamp {
        self.own
    }

    /// Whether the system's clock has jumped forward and not yet gone on for long enough: files
    /// that were written a moment ago may seem old.
    pub(crate) fn is_doubtful(self) -> bool {
        self.pending.is_positive()
    }

    fn moved_to(self, now: Timestamp) -> Self {
        let step = now.duration_since(self.seen);
        if step < -JUMP {
            Self {
                seen: now,
                pending: SignedDuration::ZERO,
                ..self
            }
        } else if step > JUMP {
            let steady = if self.is_doubtful() {
                self.steady
            } else {
                SignedDuration::ZERO
            };
            Self {
                seen: now,
                pending: self.pending.saturating_add(step).min(LONGEST_CLOSURE),
                steady,
                ..self
            }
        } else if step.is_positive() {
            let steady = self.steady.saturating_add(step);
            let accepted = if steady >= STEADY {
                self.pending
            } else {
                SignedDuration::ZERO
            };
            Self {
                seen: now,
                own: later(self.own, step.saturating_add(accepted)),
                pending: self.pending - accepted,
                steady,
            }
        } else {
            // A small correction: the clock stands still until it is made up for.
            self
        }
    }

    /// The photographs of a moment must not age by a jump that lies behind it, so a pending one is
    /// added in advance.
    fn own_time(self, at: Timestamp) -> Timestamp {
        let then = self.moved_to(at);
        let behind = at.duration_since(then.seen);
        later(then.own, then.pending.saturating_add(behind))
    }
}

/// The clock of a catalogue that has none yet. It starts with the newest visit, as far as that is
/// not in the future.
fn start(connection: &Connection, now: Timestamp) -> Result<Clock, Fault> {
    let newest: Option<At> =
        connection.query_row("SELECT max(at) FROM visit", [], |row| row.get(0))?;
    let start = newest.map_or(now, |newest| newest.0.min(now));
    Ok(Clock {
        seen: start,
        own: start,
        pending: SignedDuration::ZERO,
        steady: SignedDuration::ZERO,
    })
}

fn read(connection: &Connection) -> Result<Option<Clock>, Fault> {
    let clock = connection
        .prepare_cached("SELECT seen, own, pending, steady FROM clock")?
        .query_row([], |row| {
            Ok(Clock {
                seen: row.get::<_, At>(0)?.0,
                own: row.get::<_, At>(1)?.0,
                pending: SignedDuration::from_millis(row.get(2)?),
                steady: SignedDuration::from_millis(row.get(3)?),
            })
        })
        .optional()?;
    Ok(clock)
}

/// At the end of time it stands still.
fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn milliseconds(duration: SignedDuration) -> i64 {
    duration.as_millis().try_into().unwrap_or(i64::MAX)
}
