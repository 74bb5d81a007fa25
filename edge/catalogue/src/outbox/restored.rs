//! Takes over the events of a backup: what it has still to send is sent again, under the same ids.

use rusqlite::Connection;
use uuid::Uuid;

use super::{EVENT, EventKind, event, follow, forget_sent};
use crate::connections::Fault;
use crate::values::{NAME_CHARACTERS, check_line};

/// The senders of a catalogue, which are the kiosk's and not a backup's.
pub(crate) struct Senders {
    names: Vec<String>,
    /// The number of the last event.
    last: i64,
}

/// The senders of a catalogue.
pub(crate) fn senders(catalogue: &Connection) -> rusqlite::Result<Senders> {
    let names = catalogue
        .prepare("SELECT name FROM sender ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let last = catalogue.query_row(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)",
        [],
        |row| row.get(0),
    )?;
    Ok(Senders { names, last })
}

/// Prepares the outbox of a backup for the place of another one, which has these senders: they go on with
/// it. The numbers of its events begin after those of the other one, so that a sender that is at work
/// meanwhile does not take an event of the backup for one that it has sent.
pub(crate) fn keep_senders(restored: &Connection, senders: &Senders) -> Result<(), Fault> {
    let Senders { names, last } = senders;
    let transaction = restored.unchecked_transaction()?;
    // In two steps: no two events may have the same number on the way.
    transaction.execute("UPDATE outbox SET seq = -seq", [])?;
    transaction.execute("UPDATE outbox SET seq = ?1 - seq", [last])?;
    transaction.execute("UPDATE sender SET sent = sent + ?1", [last])?;
    let raised = transaction.execute(
        "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'outbox'",
        [last],
    )?;
    if raised == 0 {
        transaction.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?1)",
            [last],
        )?;
    }
    let kept = serde_json::json!(names).to_string();
    transaction.execute(
        "DELETE FROM sender WHERE name NOT IN (SELECT value FROM json_each(?1))",
        [&kept],
    )?;
    for name in names {
        follow(&transaction, name)?;
    }
    forget_sent(&transaction)?;
    Ok(transaction.commit()?)
}

/// Whether a kiosk may have written these events and senders. A fault where they cannot be read.
pub(crate) fn is_possible(connection: &Connection) -> Result<bool, Fault> {
    let mut events = connection.prepare(EVENT)?;
    for found in events.query_map([], event)? {
        let found = found?;
        check_line("by", &found.by, NAME_CHARACTERS)?;
        let is_known = found.kind.parse::<EventKind>().is_ok();
        let are_uids = [&found.id, &found.subject].map(|uid| Uuid::try_parse(uid).is_ok());
        if !is_known || are_uids != [true; 2] || !found.body.is_object() {
            return Ok(false);
        }
    }
    let mut senders = connection.prepare("SELECT name, sent, dropped FROM sender")?;
    let senders = senders.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, u64>(1)?,
            row.get::<_, u64>(2)?,
        ))
    })?;
    for sender in senders {
        let (name, ..) = sender?;
        check_line("sender", &name, NAME_CHARACTERS)?;
    }
    Ok(true)
}
