//! Keeps what happened until all who send it elsewhere have sent it.
//!
//! Each event is written in the transaction of what it tells of ([`tell`]), and only while there is a
//! sender. Senders read the events in order, each at its own pace. An event that all of them have sent
//! is deleted. What an event says is in [`body`]; [`erase`] takes out of waiting events what was
//! forgotten; [`restored`] takes over the events of a backup.

mod body;
mod erase;
mod listeners;
mod restored;
mod tell;

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

use crate::connections::Fault;
use crate::history::{Author, KIOSK};
use crate::ids::AnimalId;
use crate::values::{At, NAME_CHARACTERS, check_line, count, json};
use crate::{Catalogue, CatalogueError, FieldError, clock};

pub(crate) use erase::{animal_deleted, owner_erased, owner_told};
pub(crate) use listeners::OutboxListeners;
pub(crate) use restored::{is_possible, keep_senders, senders};
pub(crate) use tell::{
    Changed, animal, animal_again, animal_uid, parted, taken_over, visit, visit_deleted,
};

/// The sender that needs to know all animals of this site.
const HUB: &str = "hub";

/// What an event tells of. Each says what its body has; times are RFC 3339 in UTC with milliseconds,
/// `id`s are UUIDs.
///
/// A body with a `visit` has its `id`, `number`, time `arrived`, `verdict`, the `breed` that was
/// recognised (null where it was not clear), `confidence`, `candidates` (`breed` and `probability`),
/// what staff `confirmed` (null, or `breed`, `breed_name`, `animal` with `id` and `name`, `at`, `by`),
/// `checked_out` (when the animal left, or when staff said that it had), `model`, `source` and
/// `embedding` (null, or `network` and `bytes` in base64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A visit was recorded: `visit`.
    Arrival,
    /// The answer to an arrival was replaced by a better one: `visit`.
    Answer,
    /// Staff confirmed or corrected a visit, or undid that: `visit`, with the embedding where it has an
    /// animal.
    Decision,
    /// Staff checked the animal of a visit out, or undid that: `visit`.
    CheckOut,
    /// A visit that was none was deleted: `visit`, with its `id` alone.
    VisitDeleted,
    /// An animal was added or changed: `animal` with `id`, `number`, `created` and the shared fields
    /// `name`, `species`, `breed`, `breed_name`, `warnings`, `vaccinations` and `owners` (names);
    /// `changed` with the time of the last change of each of those fields that changed; and
    /// `embeddings` (`network`, `bytes`, `at`) where somebody is first told of an animal that has been
    /// here before.
    Animal,
    /// Two animals are one: `survivor` and `other`, their ids.
    Merge,
    /// Two animals that had been merged are not one: `survivor` and `other`. An event of each follows.
    Split,
    /// An animal was erased for good: `animal`, its id.
    AnimalDeleted,
}

/// The error for a text that is not the name of a kind of event, such as that of a later version.
#[derive(Debug, Error)]
#[error("no kind of event that this version knows")]
pub struct UnknownEventKind;

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Arrival,
        Self::Answer,
        Self::Decision,
        Self::CheckOut,
        Self::VisitDeleted,
        Self::Animal,
        Self::Merge,
        Self::Split,
        Self::AnimalDeleted,
    ];

    /// Its name in events.
    ///
    /// ```
    /// use catalogue::EventKind;
    ///
    /// assert_eq!(EventKind::CheckOut.as_str(), "check_out");
    /// assert_eq!("check_out".parse::<EventKind>()?, EventKind::CheckOut);
    /// # Ok::<(), catalogue::UnknownEventKind>(())
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Answer => "answer",
            Self::Decision => "decision",
            Self::CheckOut => "check_out",
            Self::VisitDeleted => "visit_deleted",
            Self::Animal => "animal",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::AnimalDeleted => "animal_deleted",
        }
    }
}

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(text: &str) -> Result<Self, UnknownEventKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownEventKind)
    }
}

/// An event that waits to be sent.
///
/// ```
/// use catalogue::{AnimalFields, Catalogue, EventKind};
/// use recognise::metadata::Species;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// catalogue.follow("mqtt")?;
/// catalogue.add_animal(&AnimalFields::new("Bella", Species::Dog, "pug"), "ana")?;
///
/// let events = catalogue.waiting("mqtt", 100)?;
/// assert_eq!(events[0].kind, EventKind::Animal.as_str());
/// // Once the other side has it for good:
/// catalogue.sent("mqtt", events[0].seq)?;
/// assert_eq!(catalogue.backlog("mqtt")?.waiting, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxEvent {
    /// Its place in the order of events.
    pub seq: i64,
    /// Its UUID, by which a receiver knows it if it comes twice.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// What it tells of: see [`EventKind::as_str`].
    pub kind: String,
    /// The UUID of the visit or the animal; of two animals, that of the survivor.
    pub subject: String,
    /// The revision of the visit; 0 for animals.
    pub revision: u32,
    /// Who did it: a name that staff use, or `kiosk`.
    pub by: String,
    /// What happened, a JSON object: see [`EventKind`].
    pub body: Value,
}

/// What a sender has still to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many events wait.
    pub waiting: u64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
    /// How many events were dropped before they were sent, since they waited for too long.
    pub dropped: u64,
}

impl Catalogue {
    /// Registers a sender: from now on, events wait for it. One that is registered stays where it is.
    /// When the sender `hub` is registered, an event for each animal of this site is added, with its
    /// embeddings: the chain gets to know the guests that are there already.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for a name that is empty or longer than 200 characters, or when the
    /// catalogue cannot be written.
    pub fn follow(&self, sender: &str) -> Result<(), CatalogueError> {
        if sender.is_empty() {
            return Err(CatalogueError::invalid("sender", FieldError::Empty));
        }
        check_line("sender", sender, NAME_CHARACTERS)?;
        self.connections
            .write(|transaction| follow(transaction, sender))
    }

    /// Adds an event for each animal of this site, as [`Catalogue::follow`] does: for a hub that has lost
    /// what it was told, or that took another's place.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn tell_animals(&self) -> Result<(), CatalogueError> {
        self.connections
            .write(|transaction| tell_animals(transaction))
    }

    /// Forgets a sender, and the events that waited for it alone.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn unfollow(&self, sender: &str) -> Result<(), CatalogueError> {
        self.connections.write(|transaction| {
            transaction.execute("DELETE FROM sender WHERE name = ?1", [sender])?;
            forget_sent(transaction)
        })
    }

    /// The events that a sender has to send next, in order, at most `limit`. None where it is not
    /// registered.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn waiting(&self, sender: &str, limit: usize) -> Result<Vec<OutboxEvent>, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{EVENT} WHERE seq > (SELECT sent FROM sender WHERE name = ?1)
                 ORDER BY seq LIMIT ?2"
            ))?;
            let events = statement.query_map((sender, count(limit)), event)?;
            Ok(events.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes that the other side has all events up to the one with this number for good. Those that
    /// nobody else has to send are deleted.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn sent(&self, sender: &str, seq: i64) -> Result<(), CatalogueError> {
        self.connections
            .write(|transaction| sent(transaction, sender, seq))
    }

    /// What a sender has still to send. Nothing where it is not registered.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn backlog(&self, sender: &str) -> Result<Backlog, CatalogueError> {
        self.connections.read(|connection| {
            let backlog = connection
                .prepare_cached(
                    "SELECT count(o.seq), min(o.at), s.dropped
                     FROM sender s LEFT JOIN outbox o ON o.seq > s.sent
                     WHERE s.name = ?1 GROUP BY s.name",
                )?
                .query_row([sender], |row| {
                    Ok(Backlog {
                        waiting: row.get(0)?,
                        oldest: row.get::<_, Option<At>>(1)?.map(|at| at.0),
                        dropped: row.get(2)?,
                    })
                })
                .optional()?;
            Ok(backlog.unwrap_or_default())
        })
    }

    /// Drops the events that have waited for longer than `keep`, and counts them for each sender that
    /// had not sent them ([`Backlog::dropped`]). Age is by the catalogue's own clock: while the
    /// system's clock has jumped and nobody has confirmed it, nothing is dropped. Returns how many
    /// were.
    ///
    /// That animals were erased, merged or split waits for as long as it takes. Where the sender `hub`
    /// had not sent what is dropped of an animal, an event of that animal as it is now is added.
    ///
    /// # Errors
    /// When the catalogue cannot be written.
    pub fn trim_outbox(&self, keep: SignedDuration) -> Result<u64, CatalogueError> {
        let dropped = self.connections.write(|transaction| {
            let clock = clock::tick(transaction, Timestamp::now())?;
            if clock.is_doubtful() {
                return Ok(0);
            }
            let oldest = clock.now().checked_sub(keep).unwrap_or(Timestamp::MIN);
            drop_before(transaction, oldest)
        })?;
        if dropped > 0 {
            tracing::warn!(
                events = dropped,
                "events that could not be sent for too long were dropped"
            );
        }
        Ok(dropped)
    }

    /// Calls `listener` whenever an event was added, or a backup was restored, once that is on the disk. It is
    /// called by the thread that made the change, which waits for it. Changes by other processes are not
    /// noticed.
    pub fn on_outbox(&self, listener: impl Fn() + Send + Sync + 'static) {
        self.connections.outbox.add(Box::new(listener));
    }
}

/// A new identity of a visit, an animal or an event: a UUID that sorts by the time at which it was made.
pub(crate) fn new_uid() -> String {
    Uuid::now_v7().to_string()
}

/// Registers a sender, unless it is registered.
fn follow(connection: &Connection, sender: &str) -> Result<(), Fault> {
    let added = connection.execute(
        "INSERT OR IGNORE INTO sender (name, sent) VALUES (
             ?1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0))",
        [sender],
    )?;
    if added == 0 || sender != HUB {
        return Ok(());
    }
    tell_animals(connection)
}

/// Adds an event for each animal of this site, with its embeddings.
fn tell_animals(connection: &Connection) -> Result<(), Fault> {
    let animals: Vec<AnimalId> = connection
        .prepare_cached("SELECT id FROM animal WHERE known_at IS NULL ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for animal in animals {
        animal_again(connection, animal, None, true, Author::now(KIOSK))?;
    }
    Ok(())
}

/// Notes what a sender has sent, as [`Catalogue::sent`] does.
pub(crate) fn sent(connection: &Connection, sender: &str, seq: i64) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE sender
             SET sent = max(sent, min(?2, (SELECT coalesce(max(seq), 0) FROM outbox)))
             WHERE name = ?1",
        )?
        .execute((sender, seq))?;
    forget_sent(connection)
}

/// Deletes the events that all senders have sent.
fn forget_sent(connection: &Connection) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "DELETE FROM outbox
             WHERE seq <= (SELECT coalesce(min(sent), 9223372036854775807) FROM sender)",
        )?
        .execute([])?;
    Ok(())
}

/// Which events are dropped that were added before `?1`. The others are no more than UUIDs, and nothing
/// that is told later makes up for them: somebody erased would stay known elsewhere.
const DROPPED: &str =
    "since < ?1 AND kind NOT IN ('visit_deleted', 'animal_deleted', 'merge', 'split')";

/// Drops events older than a time of the catalogue's clock, and returns their number.
fn drop_before(connection: &Connection, oldest: Timestamp) -> Result<u64, Fault> {
    let animals = dropped_animals(connection, oldest)?;
    connection.execute(
        &format!(
            "UPDATE sender
             SET dropped = dropped + (SELECT count(*) FROM outbox
                                      WHERE seq > sender.sent AND {DROPPED})"
        ),
        [At(oldest)],
    )?;
    let dropped =
        connection.execute(&format!("DELETE FROM outbox WHERE {DROPPED}"), [At(oldest)])?;
    for animal in animals {
        animal_again(connection, animal, None, true, Author::now(KIOSK))?;
    }
    Ok(dropped as u64)
}

/// The animals of this site of which events are about to be dropped that the hub does not have. Each event
/// of an animal has the times of its own changes alone, so a later one does not make up for it.
fn dropped_animals(connection: &Connection, oldest: Timestamp) -> Result<Vec<AnimalId>, Fault> {
    let animals = connection
        .prepare_cached(
            "SELECT DISTINCT a.id FROM outbox o
             JOIN sender s ON s.name = ?2 AND o.seq > s.sent
             JOIN animal a ON a.uid = o.subject
             WHERE o.kind = 'animal' AND o.since < ?1 AND a.known_at IS NULL
             ORDER BY a.id",
        )?
        .query_map((At(oldest), HUB), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(animals)
}

/// Selects all columns of an event for [`event`].
const EVENT: &str = "SELECT seq, id, at, kind, subject, revision, by, body FROM outbox";

/// Reads a row of [`EVENT`].
fn event(row: &Row<'_>) -> rusqlite::Result<OutboxEvent> {
    Ok(OutboxEvent {
        seq: row.get(0)?,
        id: row.get(1)?,
        at: row.get::<_, At>(2)?.0,
        kind: row.get(3)?,
        subject: row.get(4)?,
        revision: row.get(5)?,
        by: row.get(6)?,
        body: json(row, 7)?,
    })
}
