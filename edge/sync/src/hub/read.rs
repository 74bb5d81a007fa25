//! Reads the guests of other sites from the hub, and what this kiosk itself has told and lost.

use std::time::Duration;

use catalogue::{Catalogue, CatalogueError, ChainGuest, OutboxEvent};
use screens::locale::Message;
use tokio::time::Instant;
use tokio_postgres::{IsolationLevel, Row, Statement};
use uuid::Uuid;

use super::client::Hub;
use super::clock::Clock;
use super::connect::{Connection, answer};
use super::fault::Fault;
use super::rows::{EventRow, GuestRow};
use super::session::{Session, column};
use crate::link;

/// Where the changes end that are certainly all there.
const HORIZON: &str = "SELECT breed_kiosk.horizon()::text AS horizon";

/// All guests that have changed since.
const GUESTS: &str = "
    SELECT id, site, created, deleted, merged_into, fields, embeddings, photograph
    FROM breed_kiosk.guests_after($1::text::xid8, 2147483647)";

/// What this kiosk has told, after an event.
const OWN_EVENTS: &str = "
    SELECT id, schema, kind, at, by, subject, revision, body
    FROM breed_kiosk.own_events($1::uuid)";

/// Whether the hub has an event.
const HAS: &str = "SELECT EXISTS (SELECT FROM breed_kiosk.event WHERE id = $1::uuid) AS has";

/// Guests at a time.
const GUEST_PAGE: i32 = 200;

/// Events at a time.
const EVENT_PAGE: i32 = 500;

/// The cursor before the first change.
const BEGINNING: &str = "0";

/// While nothing changes, the cursor is stored this often.
const STORED: Duration = Duration::from_secs(600);

/// How far this session has read the guests. What is not stored is read again by the next one.
pub(super) struct Position {
    /// The cursor that the catalogue has. One that was restored from a backup has another.
    stored: String,
    stored_at: Instant,
    /// The end of the last poll.
    horizon: String,
}

/// The statements that read guests.
pub(super) struct Reading {
    horizon: Statement,
    guests: Statement,
}

impl Reading {
    pub(super) async fn prepare(connection: &Connection) -> Result<Self, Fault> {
        let (host, client) = (&connection.host, &connection.client);
        Ok(Self {
            horizon: answer(host, client.prepare(HORIZON)).await?,
            guests: answer(host, client.prepare(GUESTS)).await?,
        })
    }
}

impl Session<'_> {
    /// Takes in the guests that have changed since the last poll, page by page. All pages are of one
    /// moment. The cursor moves after the last of them: if this fails before, all are read again.
    pub(super) async fn poll(&mut self) -> Result<(), Fault> {
        let known = self
            .hub
            .catalogue(|catalogue| catalogue.hub_cursor())
            .await?;
        let reached = (self.position.take())
            .filter(|position| known.as_deref() == Some(position.stored.as_str()));
        let after = match &reached {
            Some(position) => position.horizon.clone(),
            None => position(known.as_deref(), self.id)
                .unwrap_or(BEGINNING)
                .to_owned(),
        };
        let (position, has_changed) = self.take_changed(reached.as_ref(), &after).await?;
        self.position = Some(position);
        if has_changed || known.is_none() {
            self.count_guests().await?;
        }
        Ok(())
    }

    /// Takes in the guests that have changed after a cursor, and moves it. Returns how far the guests are
    /// read then, and whether any has changed.
    async fn take_changed(
        &mut self,
        reached: Option<&Position>,
        after: &str,
    ) -> Result<(Position, bool), Fault> {
        let host = &self.connection.host;
        let clock = self.clock();
        let snapshot = (self.connection.client.build_transaction())
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start();
        let snapshot = answer(host, snapshot).await?;
        let horizon = answer(host, snapshot.query_one(&self.reading.horizon, &[])).await?;
        let horizon: String = column(&horizon, "horizon")?;
        let portal = answer(host, snapshot.bind(&self.reading.guests, &[&after])).await?;
        let mut has_changed = false;
        let position = loop {
            let page = answer(host, snapshot.query_portal(&portal, GUEST_PAGE)).await?;
            if let Some(position) = reached
                && page.is_empty()
                && !has_changed
                && position.stored_at.elapsed() < STORED
            {
                break Position {
                    stored: position.stored.clone(),
                    stored_at: position.stored_at,
                    horizon,
                };
            }
            has_changed |= !page.is_empty();
            let is_last = page.len() < GUEST_PAGE as usize;
            let cursor = cursor(if is_last { &horizon } else { after }, self.id);
            let stored = cursor.clone();
            keep(self.hub, guests(&page, clock)?, cursor).await?;
            if is_last {
                break Position {
                    stored,
                    stored_at: Instant::now(),
                    horizon,
                };
            }
        };
        answer(host, snapshot.commit()).await?;
        Ok((position, has_changed))
    }

    async fn count_guests(&self) -> Result<(), Fault> {
        let guests = self
            .hub
            .catalogue(|catalogue| catalogue.known_guests())
            .await?;
        link::update(&self.hub.link, |link| link.guests = guests);
        Ok(())
    }

    /// Finds out whether the hub and this catalogue remember the same, and makes good what one of them
    /// has lost: what a catalogue that was restored from a backup does not have any more, it takes back
    /// from the hub; what a hub that was restored or replaced does not know, it is told again.
    /// `last_event` is the newest event of this kiosk that the hub has.
    pub(super) async fn recall(&mut self, last_event: Option<Uuid>) -> Result<(), Fault> {
        let (known, last_sent) = self
            .hub
            .catalogue(|catalogue| Ok((catalogue.hub_cursor()?, last_sent(catalogue)?)))
            .await?;
        let is_other = known.is_some() && position(known.as_deref(), self.id).is_none();
        self.count_guests().await?;
        self.last_sent = last_sent;
        if last_sent == last_event && !is_other {
            return Ok(());
        }
        let has_last_sent = self.has(last_sent).await?;
        if has_last_sent {
            // A hub that lacks it was itself restored, and has nothing that this kiosk lacks.
            self.take_back(last_sent).await?;
        }
        if is_other || !has_last_sent {
            tracing::warn!(
                "the hub does not have what this kiosk has told; it is told the guests again"
            );
            let key = if is_other {
                "link-hub-replaced"
            } else {
                "link-hub-restored"
            };
            self.note = Some(Message::new(key).with("host", &self.connection.host));
            self.hub
                .catalogue(|catalogue| catalogue.tell_animals())
                .await?;
        }
        let beginning = is_other.then(|| cursor(BEGINNING, self.id));
        self.hub
            .catalogue(move |catalogue| {
                if let Some(beginning) = beginning {
                    catalogue.take_guests(&[], &beginning)?;
                }
                if let Some(last_event) = last_event {
                    catalogue.set_last_sent(&last_event.to_string())?;
                }
                Ok(())
            })
            .await?;
        self.last_sent = last_event.or(last_sent);
        Ok(())
    }

    /// Whether the hub has an event; certainly, where there is none to ask for.
    async fn has(&self, event: Option<Uuid>) -> Result<bool, Fault> {
        let Some(event) = event else {
            return Ok(true);
        };
        let host = &self.connection.host;
        let found = answer(host, self.connection.client.query_one(HAS, &[&event])).await?;
        column(&found, "has")
    }

    /// Takes back what this kiosk has told after an event, or all of it.
    async fn take_back(&mut self, after: Option<Uuid>) -> Result<(), Fault> {
        let host = &self.connection.host;
        let clock = self.clock();
        let reading = (self.connection.client.build_transaction())
            .read_only(true)
            .start();
        let reading = answer(host, reading).await?;
        let portal = answer(host, reading.bind(OWN_EVENTS, &[&after])).await?;
        let mut taken = 0;
        loop {
            let page = answer(host, reading.query_portal(&portal, EVENT_PAGE)).await?;
            let events = own_events(&page, clock)?;
            taken += self
                .hub
                .catalogue(move |catalogue| catalogue.take_back(&events))
                .await?;
            if page.len() < EVENT_PAGE as usize {
                break;
            }
        }
        answer(host, reading.commit()).await?;
        if taken > 0 {
            tracing::warn!(
                events = taken,
                "this catalogue had lost what it told the hub; it has taken it back"
            );
        }
        Ok(())
    }
}

/// The newest event that a catalogue remembers as sent.
pub(super) fn last_sent(catalogue: &Catalogue) -> Result<Option<Uuid>, CatalogueError> {
    let event = catalogue.last_sent()?;
    Ok(event.and_then(|event| Uuid::parse_str(&event).ok()))
}

/// Where a cursor stands, if it is one of this hub.
fn position(cursor: Option<&str>, hub: Uuid) -> Option<&str> {
    let (position, of) = cursor?.strip_prefix("xid:")?.split_once('@')?;
    let is_number = !position.is_empty() && position.bytes().all(|byte| byte.is_ascii_digit());
    let is_of_hub = Uuid::parse_str(of).is_ok_and(|of| of == hub);
    (is_number && is_of_hub).then_some(position)
}

fn cursor(position: &str, hub: Uuid) -> String {
    format!("xid:{position}@{hub}")
}

/// Has the catalogue keep guests, and the cursor after them.
async fn keep(hub: &Hub, guests: Vec<ChainGuest>, cursor: String) -> Result<(), Fault> {
    let taken = hub
        .catalogue(move |catalogue| catalogue.take_guests(&guests, &cursor))
        .await?;
    for (guest, reason) in taken.refused {
        tracing::warn!(guest, reason, "a guest of another site cannot be kept");
    }
    Ok(())
}

/// The guests of a page. One that this program cannot read never stops the others.
fn guests(page: &[Row], clock: Clock) -> Result<Vec<ChainGuest>, Fault> {
    let mut guests = Vec::with_capacity(page.len());
    for row in page {
        let id: Uuid = column(row, "id")?;
        match guest(row, id, clock) {
            Ok(guest) => guests.push(guest),
            Err(fault) => {
                let reason = fault.reason();
                tracing::warn!(guest = %id, reason, "a guest of another site cannot be read");
            }
        }
    }
    Ok(guests)
}

fn guest(row: &Row, id: Uuid, clock: Clock) -> Result<ChainGuest, Fault> {
    let row = GuestRow {
        id,
        site: column(row, "site")?,
        created: column(row, "created")?,
        deleted: column(row, "deleted")?,
        merged_into: column(row, "merged_into")?,
        fields: column(row, "fields")?,
        embeddings: column(row, "embeddings")?,
        photograph: column(row, "photograph")?,
    };
    row.guest(clock).map_err(|error| Fault::Answer {
        reason: error.to_string(),
    })
}

/// The events of a page, without those in a schema that this program does not know.
fn own_events(page: &[Row], clock: Clock) -> Result<Vec<OutboxEvent>, Fault> {
    let mut events = Vec::with_capacity(page.len());
    for row in page {
        let row = EventRow {
            id: column(row, "id")?,
            schema: column(row, "schema")?,
            kind: column(row, "kind")?,
            at: column(row, "at")?,
            by: column(row, "by")?,
            subject: column(row, "subject")?,
            revision: column(row, "revision")?,
            body: column(row, "body")?,
        };
        events.extend(row.event(clock));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_counts_only_at_the_hub_that_gave_it() {
        let hub = Uuid::from_u64_pair(1, 2);
        let given = cursor("740", hub);
        assert_eq!(position(Some(&given), hub), Some("740"));
        assert_eq!(position(Some(&given), Uuid::nil()), None);
        for other in ["", "740", "xid:@", "xid:740", "xid:-1@", "xid:x@"] {
            let other = format!("{other}{hub}");
            assert_eq!(position(Some(&other), hub), None, "{other}");
        }
        assert_eq!(position(None, hub), None);
    }
}
