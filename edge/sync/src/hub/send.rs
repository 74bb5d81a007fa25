//! Sends events to the hub, each of them for good before the outbox forgets it.

use catalogue::{Catalogue, EventKind, OutboxEvent};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::client::SENDER;
use super::clock::Clock;
use super::connect::answer;
use super::fault::Fault;
use super::photograph;
use super::read::last_sent;
use super::session::Session;
use crate::envelope;
use crate::link;

/// Adds events, each of them once.
pub(super) const INSERT: &str = "
    INSERT INTO breed_kiosk.event (id, kiosk, schema, kind, at, by, subject, revision, body)
    SELECT e.id, $1::uuid, $2::int4, e.kind, e.at, e.by, e.subject, e.revision, e.body::jsonb
    FROM unnest(
        $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::uuid[], $8::int4[], $9::text[]
    ) AS e (id, kind, at, by, subject, revision, body)
    ON CONFLICT (id) DO NOTHING";

/// Tells the hub of an event that it does not get.
const REFUSED: &str = "
    INSERT INTO breed_kiosk.refused (event, kiosk, reason) VALUES ($1, $2, $3)
    ON CONFLICT (event) DO NOTHING";

/// The most events that are read from the outbox at a time.
const WINDOW: usize = 1000;

/// The most events that are sent in one transaction.
const BATCH: usize = 500;

/// The most bytes that the bodies of a batch have, unless it is of one event.
const BATCH_BYTES: usize = 1 << 20;

/// The most bytes of an event's body.
const EVENT_BYTES: usize = 256 << 10;

/// The most characters of a reason.
const REASON: usize = 500;

/// The number of events refused in a row after which the fault is taken to be the hub's.
const REFUSED_IN_A_ROW: u32 = 20;

/// An event in the hub's types.
#[derive(Debug)]
struct Sendable {
    /// Its place in the outbox.
    seq: i64,
    id: Uuid,
    kind: String,
    at: Timestamp,
    by: String,
    subject: Uuid,
    revision: i32,
    body: String,
}

/// An event that no hub takes.
#[derive(Debug)]
struct Unfit {
    id: String,
    reason: String,
}

impl Session<'_> {
    /// Sends the events that have waited longest. Returns whether more may wait.
    pub(super) async fn send(&mut self) -> Result<bool, Fault> {
        let (clock, has_photographs) = (self.clock(), self.hub.settings.photographs);
        let (last, count, fit, unfit) = self
            .hub
            .catalogue(move |catalogue| {
                let events = catalogue.waiting(SENDER, WINDOW)?;
                let last = events.last().map(|event| event.seq);
                let count = events.len();
                let (mut fit, mut unfit) = (Vec::with_capacity(count), Vec::new());
                for event in events {
                    match sendable(catalogue, clock, has_photographs, event) {
                        Ok(event) => fit.push(event),
                        Err(event) => unfit.push(event),
                    }
                }
                Ok((last, count, fit, unfit))
            })
            .await?;
        let Some(last) = last else {
            return Ok(false);
        };
        // Order counts: one is sent only after the hub has those before it.
        for batch in batches(fit) {
            self.deliver(&batch).await?;
        }
        if !unfit.is_empty() {
            for event in unfit {
                self.refuse(&event.id, &event.reason).await?;
            }
            self.mark(last, None).await?;
        }
        let has_more = count == WINDOW;
        if !has_more {
            self.hub.count_waiting().await?;
        }
        Ok(has_more)
    }

    /// Sends a batch in a transaction of its own. Returns how many of its events the hub did not have.
    async fn insert(&self, batch: &[Sendable]) -> Result<u64, Fault> {
        let ids: Vec<Uuid> = batch.iter().map(|event| event.id).collect();
        let kinds: Vec<&str> = batch.iter().map(|event| event.kind.as_str()).collect();
        let times: Vec<Timestamp> = batch.iter().map(|event| event.at).collect();
        let by: Vec<&str> = batch.iter().map(|event| event.by.as_str()).collect();
        let subjects: Vec<Uuid> = batch.iter().map(|event| event.subject).collect();
        let revisions: Vec<i32> = batch.iter().map(|event| event.revision).collect();
        let bodies: Vec<&str> = batch.iter().map(|event| event.body.as_str()).collect();
        let values: [&(dyn ToSql + Sync); 9] = [
            &self.kiosk,
            &envelope::SCHEMA,
            &ids,
            &kinds,
            &times,
            &by,
            &subjects,
            &revisions,
            &bodies,
        ];
        let inserted = self.connection.client.execute(&self.insert, &values);
        answer(&self.connection.host, inserted).await
    }

    /// Sends a batch, and takes note of what became of it. One that failed because of its content is
    /// halved until the event is found, and that event is passed over.
    async fn deliver(&mut self, batch: &[Sendable]) -> Result<(), Fault> {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let inserted = self.insert(part).await;
            match (inserted, part) {
                (Ok(inserted), _) => self.forget(part, inserted).await?,
                (Err(fault), [event]) if fault.is_of_content() => self.pass(event, &fault).await?,
                (Err(fault), _) if fault.is_of_content() => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.push(second);
                    parts.push(first);
                }
                (Err(fault), _) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Removes events that the hub has from the outbox.
    async fn forget(&mut self, part: &[Sendable], inserted: u64) -> Result<(), Fault> {
        let Some(last) = part.last() else {
            return Ok(());
        };
        let count = part.len() as u64;
        if inserted < count {
            // The hub had some of them, from a connection that broke before it could say so. It does
            // not wait for its standby when a transaction adds nothing, so it is made to.
            self.greet().await?;
        }
        self.hub.refused_in_a_row = 0;
        self.mark(last.seq, Some(last.id)).await?;
        link::update(&self.hub.link, |link| {
            link.sent += count;
            link.waiting = link.waiting.saturating_sub(count);
        });
        Ok(())
    }

    /// Passes over an event that the hub refuses, unless it refuses all of them.
    async fn pass(&mut self, event: &Sendable, fault: &Fault) -> Result<(), Fault> {
        let reason = fault.reason();
        if self.hub.refused_in_a_row >= REFUSED_IN_A_ROW {
            return Err(Fault::Refusing { reason });
        }
        self.refuse(&event.id.to_string(), &reason).await?;
        self.hub.refused_in_a_row += 1;
        self.mark(event.seq, None).await
    }

    /// Removes all events up to a place from the outbox; `sent` is the last of them that the hub has.
    /// Does nothing if the catalogue was restored from a backup meanwhile: its places are those of
    /// other events.
    async fn mark(&mut self, seq: i64, sent: Option<Uuid>) -> Result<(), Fault> {
        let known = self.last_sent;
        let is_same = self
            .hub
            .catalogue(move |catalogue| {
                let expected = known.map(|event| event.to_string());
                match sent.or(known) {
                    Some(event) => {
                        catalogue.mark_sent(SENDER, seq, &event.to_string(), expected.as_deref())
                    }
                    // The hub has none yet, and does not get these either.
                    None if last_sent(catalogue)?.is_some() => Ok(false),
                    None => catalogue.sent(SENDER, seq).map(|()| true),
                }
            })
            .await?;
        if !is_same {
            return Err(Fault::Restored);
        }
        self.last_sent = sent.or(known);
        Ok(())
    }

    /// Says of an event that the hub does not get it.
    async fn refuse(&mut self, id: &str, reason: &str) -> Result<(), Fault> {
        tracing::error!(
            event = id,
            reason,
            "the hub cannot take an event; it is passed over"
        );
        link::update(&self.hub.link, |link| link.refused += 1);
        let Ok(id) = Uuid::parse_str(id) else {
            return Ok(());
        };
        // No character that PostgreSQL does not take.
        let reason: String = reason
            .chars()
            .filter(|char| *char != '\0')
            .take(REASON)
            .collect();
        let values: [&(dyn ToSql + Sync); 3] = [&id, &self.kiosk, &reason];
        let told = self.connection.client.execute(REFUSED, &values);
        match answer(&self.connection.host, told).await {
            Err(fault) if !fault.is_of_content() => Err(fault),
            _ => Ok(()),
        }
    }
}

/// An event in the hub's types and by its clock.
fn sendable(
    catalogue: &Catalogue,
    clock: Clock,
    has_photographs: bool,
    mut event: OutboxEvent,
) -> Result<Sendable, Unfit> {
    let is_decision = matches!(event.kind.parse(), Ok(EventKind::Decision));
    if has_photographs && is_decision {
        // The event is worth more than its photograph.
        if let Err(error) = photograph::add(catalogue, &mut event.body) {
            tracing::warn!(%error, event = event.id, "an event goes without its photograph");
        }
    }
    clock.correct(&mut event.at, &mut event.body);
    let unfit = |reason: &str| Unfit {
        id: event.id.clone(),
        reason: reason.to_owned(),
    };
    let body = event.body.to_string();
    if body.len() > EVENT_BYTES {
        return Err(unfit("the event has more than 256 KiB"));
    }
    let id = Uuid::parse_str(&event.id).map_err(|_| unfit("its id is no UUID"))?;
    let subject = Uuid::parse_str(&event.subject).map_err(|_| unfit("its subject is no UUID"))?;
    Ok(Sendable {
        seq: event.seq,
        id,
        kind: event.kind,
        at: event.at,
        by: event.by,
        subject,
        revision: i32::try_from(event.revision).unwrap_or(i32::MAX),
        body,
    })
}

/// The events in order, in batches that are small enough.
fn batches(events: Vec<Sendable>) -> Vec<Vec<Sendable>> {
    let mut batches: Vec<Vec<Sendable>> = Vec::new();
    let mut bytes = 0;
    for event in events {
        let length = event.body.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes + length <= BATCH_BYTES => {
                bytes += length;
                batch.push(event);
            }
            _ => {
                bytes = length;
                batches.push(vec![event]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(seq: i64, bytes: usize) -> OutboxEvent {
        OutboxEvent {
            seq,
            id: Uuid::from_u64_pair(1, seq as u64).to_string(),
            at: Timestamp::UNIX_EPOCH,
            kind: "arrival".to_owned(),
            subject: Uuid::from_u64_pair(2, seq as u64).to_string(),
            revision: 0,
            by: "kiosk".to_owned(),
            body: json!({"text": "x".repeat(bytes)}),
        }
    }

    fn converted(event: OutboxEvent) -> Result<Sendable, Unfit> {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(folder.path()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        sendable(&catalogue, Clock::new(now, now, now), true, event)
    }

    #[test]
    fn events_that_no_hub_takes_are_named_with_the_reason() {
        let large = converted(event(1, EVENT_BYTES)).unwrap_err();
        assert_eq!(large.reason, "the event has more than 256 KiB");
        assert_eq!(large.id, event(1, 0).id);

        let nameless = OutboxEvent {
            subject: "rex".to_owned(),
            ..event(2, 0)
        };
        assert_eq!(
            converted(nameless).unwrap_err().reason,
            "its subject is no UUID"
        );

        let good = converted(event(3, 10)).unwrap();
        assert_eq!(
            (good.seq, good.body.as_str()),
            (3, r#"{"text":"xxxxxxxxxx"}"#)
        );
    }

    #[test]
    fn batches_keep_the_order_and_both_limits() {
        let sendable = |seq, bytes: usize| Sendable {
            seq,
            id: Uuid::nil(),
            kind: String::new(),
            at: Timestamp::UNIX_EPOCH,
            by: String::new(),
            subject: Uuid::nil(),
            revision: 0,
            body: "x".repeat(bytes),
        };
        let lengths = |events| batches(events).iter().map(Vec::len).collect::<Vec<_>>();

        let small: Vec<Sendable> = (0..1001).map(|seq| sendable(seq, 10)).collect();
        assert_eq!(lengths(small), [500, 500, 1]);
        let large: Vec<Sendable> = (0..5).map(|seq| sendable(seq, EVENT_BYTES)).collect();
        assert_eq!(lengths(large), [4, 1]);
        assert_eq!(lengths(Vec::new()), [0; 0]);

        let some = (0..700).map(|seq| sendable(seq, 3000)).collect();
        let order: Vec<i64> = batches(some)
            .iter()
            .flatten()
            .map(|event| event.seq)
            .collect();
        assert_eq!(order, (0..700).collect::<Vec<i64>>());
    }
}
