//! What happens, as it happens: server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;

use super::access::SessionId;
use super::serve::STALL;
use super::{Desk, DeskError};
use catalogue::VisitId;
use crate::kiosk::{Arrival, Live, Notice, Picture, Stage};

/// How often a silent stream says that it is still there, and sees whether its session is.
const PULSE: Duration = Duration::from_secs(15);

/// A stream of events for one page.
pub(super) type Events = Sse<axum::response::sse::KeepAliveStream<ReceiverStream<Sent>>>;

type Sent = Result<Event, Infallible>;

/// Follows the kiosk for a session, until the page, the session or the desk closes.
///
/// Each event tells what stands now, so that whoever reads slowly skips what has passed: nothing
/// queues up, and nobody waits for the reader.
///
/// # Errors
/// [`DeskError::Busy`] where too many follow.
pub(super) fn follow(desk: &Desk, session: SessionId) -> Result<Events, DeskError> {
    let followers = Arc::clone(&desk.0.followers);
    let seat = followers.try_acquire_owned().map_err(|_| DeskError::Busy)?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(pass_on(desk.clone(), session, sender, seat));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(PULSE)))
}

/// Which picture stands on the screen; empty before there is one.
pub(super) fn picture_id(live: &Live) -> &str {
    live.screen.as_deref().map_or("", Picture::id)
}

async fn pass_on(
    desk: Desk,
    session: SessionId,
    sender: mpsc::Sender<Sent>,
    _seat: OwnedSemaphorePermit,
) {
    let mut live = desk.kiosk().live();
    let mut changes = desk.0.changes.subscribe();
    let mut closing = desk.0.closing.subscribe();
    let mut told = Told::default();
    loop {
        let now = Arc::clone(&live.borrow_and_update());
        let changes_now = *changes.borrow_and_update();
        for event in told.news(&now, changes_now) {
            match timeout(STALL, sender.send(Ok(event))).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
        if *closing.borrow() || !desk.0.sessions.lives(session) {
            return;
        }
        let ended = tokio::select! {
            changed = live.changed() => changed.is_err(),
            changed = changes.changed() => changed.is_err(),
            _ = closing.changed() => true,
            () = sender.closed() => true,
            () = sleep(PULSE) => false,
        };
        if ended {
            return;
        }
    }
}

/// What the page knows.
#[derive(Default)]
struct Told {
    arrival: Option<Arrival>,
    screen: String,
    notices: Option<Vec<Notice>>,
    /// The visit on the screen, whether it is settled, and the changes made by pages.
    lists: Option<(Option<VisitId>, bool, u64)>,
}

impl Told {
    /// What it does not know yet.
    fn news(&mut self, live: &Live, changes: u64) -> Vec<Event> {
        let mut news = Vec::new();
        if self.arrival.as_ref() != Some(&live.arrival) {
            news.extend(Event::default().event("arrival").json_data(&live.arrival));
            self.arrival = Some(live.arrival.clone());
        }
        let screen = picture_id(live);
        if self.screen != screen {
            news.push(Event::default().event("screen").data(screen));
            self.screen = screen.to_owned();
        }
        if self.notices.as_ref() != Some(&live.notices) {
            news.extend(Event::default().event("notices").json_data(&live.notices));
            self.notices = Some(live.notices.clone());
        }
        let arrival = &live.arrival;
        let is_confirmed = matches!(arrival.stage, Stage::Settled | Stage::Thanks);
        let lists = Some((arrival.visit, is_confirmed, changes));
        if self.lists != lists {
            // A page that has just loaded its lists needs no telling.
            if self.lists.is_some() {
                news.push(Event::default().event("visits").data("changed"));
            }
            self.lists = lists;
        }
        news
    }
}
