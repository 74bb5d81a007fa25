//! One connection to the hub, from the greeting to its end.

use std::time::Duration;

use jiff::Timestamp;
use screens::locale::Message;
use tokio::time::{Instant, sleep_until};
use tokio_postgres::types::FromSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::SCHEMA;
use super::client::{Hub, SENDER};
use super::clock::Clock;
use super::connect::{Connection, answer, connect};
use super::fault::Fault;
use super::read::{Position, Reading};
use super::send::INSERT;
use crate::jitter::jittered;
use crate::link::{self, LinkState};

/// This program, as the hub lists it.
const PROGRAM: &str = concat!("kiosk ", env!("CARGO_PKG_VERSION"));

/// Says who this is. As it writes, its commit comes after all that this kiosk has sent before.
const HELLO: &str = "SELECT hub, schema, now, last_event FROM breed_kiosk.hello($1, $2, $3, $4)";

/// Between two greetings.
const GREETING: Duration = Duration::from_secs(30);

/// Between two polls for the guests of other sites, at most.
const POLL: Duration = Duration::from_secs(5);

/// A connection on which the hub has greeted this kiosk.
pub(super) struct Session<'a> {
    pub(super) hub: &'a mut Hub,
    pub(super) connection: Connection,
    /// The statement that adds events.
    pub(super) insert: Statement,
    /// The statements that read guests.
    pub(super) reading: Reading,
    /// This kiosk.
    pub(super) kiosk: Uuid,
    /// The hub's own identity.
    pub(super) id: Uuid,
    /// Both clocks at the last greeting.
    greeting_clock: Clock,
    /// The newest event that both sides remember as sent.
    pub(super) last_sent: Option<Uuid>,
    /// How far the guests are read, after the first poll.
    pub(super) position: Option<Position>,
    /// What is said of the hub while the clocks agree.
    pub(super) note: Option<Message>,
    greeted: Instant,
    poll_at: Instant,
}

/// What the hub says to a greeting.
struct Hello {
    hub: Uuid,
    clock: Clock,
    /// The newest event of this kiosk that the hub has.
    last_event: Option<Uuid>,
}

impl<'a> Session<'a> {
    /// Connects, greets, and finds out whether both sides remember the same.
    pub(super) async fn open(hub: &'a mut Hub) -> Result<Self, Fault> {
        let kiosk = hub
            .catalogue(|catalogue| {
                catalogue.follow(SENDER)?;
                catalogue.kiosk_id()
            })
            .await?;
        let kiosk = Uuid::parse_str(&kiosk).map_err(|error| Fault::Defect {
            reason: format!("the kiosk's id: {error}"),
        })?;
        let connection = connect(&hub.settings.url, hub.settings.tls()).await?;
        let hello = hello(hub, &connection, kiosk).await?;
        let greeted = Instant::now();
        let insert = answer(&connection.host, connection.client.prepare(INSERT)).await?;
        let reading = Reading::prepare(&connection).await?;
        let mut session = Self {
            hub,
            connection,
            insert,
            reading,
            kiosk,
            id: hello.hub,
            greeting_clock: hello.clock,
            last_sent: None,
            position: None,
            note: None,
            greeted,
            poll_at: greeted,
        };
        session.recall(hello.last_event).await?;
        session.show_note();
        session.hub.enter(LinkState::Connected);
        Ok(session)
    }

    /// Works until something fails.
    pub(super) async fn work(mut self) -> Fault {
        loop {
            if let Err(fault) = self.round().await {
                return fault;
            }
        }
    }

    /// Sends a part of what waits, polls for guests where that is due, and waits where there is nothing
    /// to do.
    async fn round(&mut self) -> Result<(), Fault> {
        if self.greeted.elapsed() >= GREETING {
            let last_event = self.greet().await?;
            // The catalogue may have been restored from a backup since.
            self.recall(last_event).await?;
            self.show_note();
        }
        let has_more = self.send().await?;
        if Instant::now() >= self.poll_at {
            self.poll().await?;
            self.poll_at = Instant::now() + jittered(POLL);
        }
        if !has_more {
            tokio::select! {
                () = self.hub.wake.notified() => {}
                () = sleep_until(self.poll_at) => {}
            }
        }
        Ok(())
    }

    /// Greets the hub again. When this returns, all that the hub has said to have is committed as
    /// firmly as the hub ever commits: on its standby, too, where it waits for one. Returns the newest
    /// event of this kiosk that the hub has.
    pub(super) async fn greet(&mut self) -> Result<Option<Uuid>, Fault> {
        let hello = hello(self.hub, &self.connection, self.kiosk).await?;
        self.greeting_clock = hello.clock;
        self.greeted = Instant::now();
        Ok(hello.last_event)
    }

    /// Both clocks now.
    pub(super) fn clock(&self) -> Clock {
        self.greeting_clock
            .later(self.greeted.elapsed(), Timestamp::now())
    }

    fn show_note(&self) {
        let clock = self.clock().message();
        let note = clock.or_else(|| self.note.clone());
        link::update(&self.hub.link, |link| link.note = note);
    }
}

async fn hello(hub: &Hub, connection: &Connection, kiosk: Uuid) -> Result<Hello, Fault> {
    let waiting = hub.count_waiting().await?;
    let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
    let site = &hub.settings.site;
    let row = answer(
        &connection.host,
        connection
            .client
            .query_one(HELLO, &[&kiosk, site, &PROGRAM, &waiting]),
    )
    .await?;
    let found: i32 = column(&row, "schema")?;
    if found != SCHEMA {
        return Err(Fault::Schema { found });
    }
    Ok(Hello {
        hub: column(&row, "hub")?,
        clock: Clock::new(hub.started, Timestamp::now(), column(&row, "now")?),
        last_event: column(&row, "last_event")?,
    })
}

/// A column of an answer.
pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T, Fault> {
    row.try_get(name).map_err(|error| Fault::Answer {
        reason: format!("{name}: {error}"),
    })
}
