//! Measures the age of photographs by a clock that does not follow jumps of the system's clock.
//!
//! A kiosk without a network may start with a wrong time: the last one that it knew, 1970, or
//! whatever a clock module with an empty battery says. Age by that clock would remove photographs
//! that are minutes old once the clock is set right, and all of them while it is years ahead.
//!
//! The catalogue's own clock adds up small steps of the system's clock. A step of more than
//! [`JUMP`], in either direction, means that the kiosk was off or that its clock was set: nothing
//! is removed for its age until somebody, or a source of the exact time, confirms that the system's
//! clock is right, or until it comes back to where it was. A jump forward then counts where the
//! clock had been confirmed before it: the kiosk was off that long. Otherwise the clock may have
//! been wrong before, and the jump counts as nothing: a photograph rather stays too long.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::values::{At, NAME_CHARACTERS, check_line};
use crate::{Catalogue, CatalogueError};

/// A larger step of the system's clock, in either direction, is a jump.
const JUMP: SignedDuration = SignedDuration::from_hours(24);

/// The catalogue's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The system's time when it was last read.
    seen: Timestamp,
    /// This clock's time.
    own: Timestamp,
    /// Whether the system's clock was confirmed, and has not jumped since but for `jump`.
    is_confirmed: bool,
    /// This clock's time when the system's clock last jumped, or when that was confirmed.
    jumped: Option<Timestamp>,
    /// What nobody has confirmed yet.
    jump: Option<Jump>,
}

/// A jump of the system's clock, or several in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Jump {
    /// The system's time before the first one.
    from: Timestamp,
    /// The catalogue's own time at the first one.
    own: Timestamp,
    /// How far the clock is now from where it would be without them.
    by: SignedDuration,
}

impl Catalogue {
    /// The system's time before its clock jumped by more than a day, where nobody has confirmed yet
    /// that the clock is right; `None` where all is well. While there is such a jump, photographs
    /// are not removed for their age. `now` is the system's time.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn clock_jumped_from(&self, now: Timestamp) -> Result<Option<Timestamp>, CatalogueError> {
        self.connections.read(|connection| {
            let clock = read_or_start(connection, now)?.moved_to(now);
            Ok(clock.jump.map(|jump| jump.from))
        })
    }

    /// Confirms that the system's clock is right, `now`. The history keeps who confirmed a jump.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn confirm_clock(&self, now: Timestamp, by: &str) -> Result<(), CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let clock = read_or_start(transaction, now)?.moved_to(now);
            let confirmed = clock.confirmed();
            if let Some(jump) = clock.jump {
                let author = Author { by, at: now };
                let (from, to) = (jump.from.to_string(), now.to_string());
                author.note(
                    transaction,
                    Subject::Settings,
                    "clock",
                    Some(&from),
                    Some(&to),
                )?;
                tracing::info!(%from, %to, by, "the system's clock is confirmed after its jump");
                spare(transaction, jump, confirmed.own.duration_since(clock.own))?;
            }
            write(transaction, confirmed)
        })
    }
}

/// Reads the system's time `now` and moves the catalogue's clock on.
pub(crate) fn tick(connection: &Connection, now: Timestamp) -> Result<Clock, Fault> {
    let before = read_or_start(connection, now)?;
    let after = before.moved_to(now);
    if after.jump.is_some() && before.jump.is_none() {
        tracing::warn!(
            from = %before.seen,
            to = %now,
            "the system's clock jumped; no photograph is removed for its age until the date is \
             confirmed on the page, under Status"
        );
    }
    write(connection, after)?;
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

    /// The time that it certainly is, or a little earlier: the system's time where it was confirmed,
    /// otherwise the earlier one of both clocks. The times of visits and changes compare with this
    /// one.
    pub(crate) fn at_least(self) -> Timestamp {
        if self.is_confirmed {
            self.seen
        } else {
            self.own.min(self.seen)
        }
    }

    /// Whether the system's clock has jumped and nobody has confirmed that it is right.
    pub(crate) fn is_doubtful(self) -> bool {
        self.jump.is_some()
    }

    /// Whether the system's clock has gone on for `time` without a jump: a file that was written
    /// within that time does not seem older.
    pub(crate) fn is_steady_for(self, time: SignedDuration) -> bool {
        (self.jumped).is_none_or(|jumped| self.own.duration_since(jumped) >= time)
    }

    fn moved_to(self, now: Timestamp) -> Self {
        let step = now.duration_since(self.seen);
        if step.abs() > JUMP {
            self.with_jump(step)
        } else if step.is_positive() {
            Self {
                seen: now,
                own: later(self.own, step),
                ..self
            }
        } else {
            // A small correction: the clock stands still until it is made up for.
            self
        }
    }

    fn with_jump(self, step: SignedDuration) -> Self {
        let mut jump = self.jump.unwrap_or(Jump {
            from: self.seen,
            own: self.own,
            by: SignedDuration::ZERO,
        });
        jump.by = jump.by.saturating_add(step);
        let came_back = jump.by.abs() <= JUMP;
        let own = if came_back {
            later(self.own, jump.by.max(SignedDuration::ZERO))
        } else {
            self.own
        };
        Self {
            seen: later(self.seen, step),
            own,
            jumped: Some(own),
            jump: (!came_back).then_some(jump),
            ..self
        }
    }

    /// The system's clock is right.
    fn confirmed(self) -> Self {
        let own = match self.jump {
            Some(jump) if self.is_confirmed && jump.by.is_positive() => later(self.own, jump.by),
            _ => self.own,
        };
        Self {
            own,
            is_confirmed: true,
            jumped: self.jump.map_or(self.jumped, |_| Some(own)),
            jump: None,
            ..self
        }
    }

    fn own_time(self, at: Timestamp) -> Timestamp {
        let then = self.moved_to(at);
        // A moment that lies a little before the last reading.
        later(then.own, at.duration_since(then.seen))
    }
}

/// Keeps the photographs that were taken after a jump, and the events since, from ageing by it.
fn spare(connection: &Connection, jump: Jump, counted: SignedDuration) -> Result<(), Fault> {
    for since in [
        "UPDATE visit SET photograph_since = photograph_since + ?1 WHERE photograph_since >= ?2",
        "UPDATE negative SET since = since + ?1 WHERE since >= ?2",
        "UPDATE outbox SET since = since + ?1 WHERE since >= ?2",
    ] {
        connection.execute(since, (milliseconds(counted), At(jump.own)))?;
    }
    Ok(())
}

/// The catalogue's clock. Where it has none yet, one that starts with the newest visit: a jump since
/// then is noticed. It does not start in the future.
fn read_or_start(connection: &Connection, now: Timestamp) -> Result<Clock, Fault> {
    if let Some(clock) = read(connection)? {
        return Ok(clock);
    }
    let newest: Option<At> =
        connection.query_row("SELECT max(at) FROM visit", [], |row| row.get(0))?;
    let newest = newest.map_or(now, |newest| newest.0);
    Ok(Clock {
        seen: newest,
        own: newest.min(now),
        is_confirmed: false,
        jumped: None,
        jump: None,
    })
}

fn read(connection: &Connection) -> Result<Option<Clock>, Fault> {
    let clock = connection
        .prepare_cached(
            "SELECT seen, own, confirmed, jumped, jump_from, jump_own, jump_by FROM own_clock",
        )?
        .query_row([], |row| {
            let jump = match row.get::<_, Option<At>>(4)? {
                Some(At(from)) => Some(Jump {
                    from,
                    own: row.get::<_, At>(5)?.0,
                    by: SignedDuration::from_millis(row.get(6)?),
                }),
                None => None,
            };
            Ok(Clock {
                seen: row.get::<_, At>(0)?.0,
                own: row.get::<_, At>(1)?.0,
                is_confirmed: row.get(2)?,
                jumped: row.get::<_, Option<At>>(3)?.map(|at| at.0),
                jump,
            })
        })
        .optional()?;
    Ok(clock)
}

fn write(connection: &Connection, clock: Clock) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO own_clock
                 (id, seen, own, confirmed, jumped, jump_from, jump_own, jump_by)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            At(clock.seen),
            At(clock.own),
            clock.is_confirmed,
            clock.jumped.map(At),
            clock.jump.map(|jump| At(jump.from)),
            clock.jump.map(|jump| At(jump.own)),
            clock.jump.map(|jump| milliseconds(jump.by)),
        ))?;
    Ok(())
}

/// At the ends of time it stands still.
fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(if by.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn milliseconds(duration: SignedDuration) -> i64 {
    duration.as_millis().try_into().unwrap_or(i64::MAX)
}
