//! What happens, as it happens: server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use catalogue::VisitId;
use checkin::Stage;
use recognise::Region;
use screens::locale::Message;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;

use super::types;
use crate::desk::{Changes, Desk};
use crate::error::DeskError;
use crate::kiosk::{Arrival, Live, Notice};
use crate::limits::STALL;
use crate::quota::{Full, Place};
use crate::session::Session;

/// How often a silent stream sends a sign of life, and checks that its session goes on. A page that
/// hears nothing for twice as long says so.
const PULSE: Duration = Duration::from_secs(2);

/// A stream of events for one page.
pub(super) type Events = Sse<ReceiverStream<Sent>>;

type Sent = Result<Event, Infallible>;

/// Follows the kiosk for a session, until the page, the session or the desk closes.
///
/// Each event reports the present state, so that a slow reader misses what has passed: nothing
/// queues up, and nobody waits for the reader.
///
/// # Errors
/// [`DeskError::TooManyStreams`] if too many follow with the same session, [`DeskError::Busy`] if too
/// many follow at all.
pub(super) fn follow(desk: &Desk, session: Session) -> Result<Events, DeskError> {
    let place = desk.0.followers.take(&session);
    let place = place.map_err(|full| match full {
        Full::Session => DeskError::TooManyStreams,
        Full::All => DeskError::Busy,
    })?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(report(desk.clone(), session, sender, place));
    Ok(Sse::new(ReceiverStream::new(receiver)))
}

/// Sends what is new, whenever something is.
async fn report(desk: Desk, session: Session, sender: mpsc::Sender<Sent>, _place: Place) {
    let mut live = desk.kiosk().live();
    let mut changes = desk.0.changes.subscribe();
    let mut closing = desk.0.closing.subscribe();
    let mut reported = Reported::default();
    loop {
        let now = Arc::clone(&live.borrow_and_update());
        let changes_now = *changes.borrow_and_update();
        let mut events = reported.update(&now, changes_now);
        if events.is_empty() {
            events.push(Event::default().event("alive").data("yes"));
        }
        for event in events {
            match timeout(STALL, sender.send(Ok(event))).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
        if *closing.borrow() || !desk.is_alive(&session) {
            return;
        }
        let is_over = tokio::select! {
            changed = live.changed() => changed.is_err(),
            changed = changes.changed() => changed.is_err(),
            _ = closing.changed() => true,
            () = sender.closed() => true,
            () = sleep(PULSE) => false,
        };
        if is_over {
            return;
        }
    }
}

/// A visit on the screen, and whether it is confirmed.
type OnScreen = (Option<VisitId>, bool);

/// What was last reported to the page.
#[derive(Default)]
struct Reported {
    arrival: Option<Arrival>,
    others: Option<Vec<Arrival>>,
    screen: String,
    /// With the tag that was read, which the page shows in the same place.
    notices: Option<(Vec<Notice>, Option<Message>)>,
    /// What lists of visits depend on: the visits on the screen, whether each is confirmed, and the
    /// count of changes that the desk made.
    lists: Option<(Vec<OnScreen>, u64)>,
    /// The count of changes of a language.
    language: Option<u64>,
}

impl Reported {
    /// The events for what has changed since.
    fn update(&mut self, live: &Live, changes: Changes) -> Vec<Event> {
        let mut events = Vec::new();
        let arrival = at_rest(&live.arrival);
        if self.arrival.as_ref() != Some(&arrival) {
            events.extend(json("arrival", &types::Arrival::from(&live.arrival)));
            self.arrival = Some(arrival);
        }
        let others: Vec<Arrival> = live.others.iter().map(at_rest).collect();
        if self.others.as_ref() != Some(&others) {
            let sent: Vec<_> = live.others.iter().map(types::Arrival::from).collect();
            events.extend(json("others", &sent));
            self.others = Some(others);
        }
        if self.screen != live.screen_id() {
            live.screen_id().clone_into(&mut self.screen);
            events.push(Event::default().event("screen").data(&self.screen));
        }
        let shown = (live.notices.clone(), live.tag.clone());
        if self.notices.as_ref() != Some(&shown) {
            let notices: Vec<_> = live.notices.iter().map(types::Notice::from).collect();
            events.extend(json("notices", &notices));
            self.notices = Some(shown);
        }
        let mut visits: Vec<_> = (live.arrivals())
            .map(|arrival| {
                let is_confirmed = matches!(arrival.stage, Stage::Confirmed | Stage::Thanks);
                (arrival.visit, is_confirmed)
            })
            .collect();
        // Whichever is in focus.
        visits.sort_unstable();
        let lists = Some((visits, changes.catalogue));
        if self.lists != lists {
            // A page that has just loaded its lists need not reload them.
            if self.lists.is_some() {
                events.push(Event::default().event("visits").data("changed"));
            }
            self.lists = lists;
        }
        let language = self.language.replace(changes.language);
        if language.is_some_and(|known| known != changes.language) {
            events.push(Event::default().event("language").data("changed"));
        }
        events
    }
}

/// The arrival without where it is: animals move all the time, and that alone is no event.
fn at_rest(arrival: &Arrival) -> Arrival {
    Arrival {
        region: Region::WHOLE,
        ..arrival.clone()
    }
}

fn json(name: &str, data: &impl Serialize) -> Option<Event> {
    match Event::default().event(name).json_data(data) {
        Ok(event) => Some(event),
        Err(error) => {
            tracing::error!(event = name, %error, "an event cannot be encoded");
            None
        }
    }
}
