//! Answers whether the kiosk is alive, and whether it is ready: for monitors, without a login.
//!
//! It is alive while its thread goes on, and ready while a visit can be recorded too: in the catalogue
//! of the data folder, as far as that is whole. Both are read from what the kiosk's thread says, so an
//! answer costs nothing. A reason names no file and no device: strangers may read it.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};
use catalogue::CatalogueError;
use jiff::Timestamp;

use crate::desk::Desk;
use crate::problem::Rendered;

/// How the answer of a kiosk begins that cannot record a visit; after it and a colon comes why.
pub const UNREADY: &str = "not ready";

/// Why a kiosk is not ready whose visits go to another catalogue than the data folder's.
pub const ELSEWHERE: &str = "visits go elsewhere";

/// Why a kiosk is not ready whose catalogue is damaged, whether or not it takes visits.
const DAMAGED: &str = "the catalogue is damaged";

/// The kiosk's thread hangs if it has not gone on for this long. A prediction on a slow machine takes
/// a few seconds, and the disk may keep a record waiting for as long.
const HANGS: Duration = Duration::from_secs(20);

/// The header with the time of the newest automatic backup, as in RFC 3339.
const NEWEST_BACKUP: HeaderName = HeaderName::from_static("x-newest-backup");

pub(crate) fn router() -> Router<Desk> {
    Router::new()
        .route("/health", get(ready))
        .route("/health/live", get(live))
}

/// An answer that is not rendered as a page, which would need the catalogue.
type Answer = (StatusCode, Extension<Rendered>, String);

/// Whether a visit can be recorded; and when the newest automatic backup was made, if there is one.
async fn ready(State(desk): State<Desk>) -> impl IntoResponse {
    let newest = desk.newest_backup();
    let newest = newest.map(|made| [(NEWEST_BACKUP, made.to_string())]);
    (newest, answer(desk.unready(), UNREADY))
}

/// Whether the kiosk goes on at all: a restart helps if it does not.
async fn live(State(desk): State<Desk>) -> Answer {
    answer(desk.stopped(), "not alive")
}

fn answer(reason: Option<&'static str>, what: &str) -> Answer {
    let (status, text) = match reason {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{what}: {reason}\n"),
        ),
    };
    (status, Extension(Rendered), text)
}

impl Desk {
    /// Why no visit can be recorded where it belongs; `None` if one can. The kiosk goes on without a
    /// camera or a display: notices on the page report those.
    pub(crate) fn unready(&self) -> Option<&'static str> {
        self.stopped().or_else(|| {
            let live = self.kiosk().live();
            let live = live.borrow();
            // First, since it is the worst: then visits go nowhere at all.
            let unrecordable = live.unrecordable.as_deref().map(reason);
            let elsewhere = live.rescue.as_ref().map(|_| ELSEWHERE);
            let damaged = live.is_damaged.then_some(DAMAGED);
            unrecordable.or(elsewhere).or(damaged)
        })
    }

    fn newest_backup(&self) -> Option<Timestamp> {
        let live = self.kiosk().live();
        live.borrow().backups.as_ref()?.newest
    }

    /// Why the kiosk's thread does not go on; `None` if it does.
    fn stopped(&self) -> Option<&'static str> {
        let live = self.kiosk().live();
        if live.has_changed().is_err() {
            return Some("the kiosk has stopped");
        }
        let turned = live.borrow().turned;
        let hangs = turned.is_some_and(|turned| turned.elapsed() >= HANGS);
        hangs.then_some("the kiosk hangs")
    }
}

/// Why the catalogue takes no visit, without its details.
fn reason(error: &CatalogueError) -> &'static str {
    match error {
        CatalogueError::Full { .. } => "the disk is full",
        CatalogueError::ReadOnly { .. } => "the catalogue cannot be written",
        CatalogueError::Locked { .. } => "another program has locked the catalogue",
        CatalogueError::Io { .. } => "the disk fails",
        _ => DAMAGED,
    }
}
