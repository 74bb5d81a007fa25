//! What stands on the screen, and the buttons beside it.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problems;
use crate::live::{Events, follow, picture_id};
use crate::{Desk, DeskError, Session, upload};
use crate::kiosk::{Arrival, Button, Command, Counts, Notice};

/// What stands on the screen.
#[derive(Serialize, ToSchema)]
pub(super) struct LiveBody {
    /// The course of the arrival before the camera.
    arrival: Arrival,
    /// The id of the screen's picture: it changes with its pixels.
    screen: String,
    /// What is wrong or missing; empty when all is well.
    notices: Vec<Notice>,
    /// What happened since the kiosk started.
    counts: Counts,
}

/// What stands on the screen
#[utoipa::path(
    get,
    path = "/api/v1/live",
    security(("session" = [])),
    responses((status = 200, body = LiveBody), Problems)
)]
pub(super) async fn live(State(desk): State<Desk>, _: Session) -> Json<LiveBody> {
    let live = desk.kiosk().live().borrow().clone();
    Json(LiveBody {
        arrival: live.arrival.clone(),
        screen: picture_id(&live).to_owned(),
        notices: live.notices.clone(),
        counts: live.counts,
    })
}

/// What happens, as it happens
///
/// Server-sent events: `arrival` with an Arrival as JSON, `screen` with the id of the newest
/// picture, `notices` with an array of Notice, `visits` when lists of visits are out of date.
#[utoipa::path(
    get,
    path = "/api/v1/live/events",
    security(("session" = [])),
    responses((status = 200, content_type = "text/event-stream", body = String), Problems)
)]
pub(super) async fn events(
    State(desk): State<Desk>,
    session: Session,
) -> Result<Events, DeskError> {
    follow(&desk, session.id)
}

/// The very pixels of the screen
#[utoipa::path(
    get,
    path = "/api/v1/live/screen.png",
    security(("session" = [])),
    responses(
        (status = 200, content_type = "image/png", body = Vec<u8>),
        (status = 304, description = "Still the picture of If-None-Match"),
        Problems
    )
)]
pub(super) async fn screen(
    State(desk): State<Desk>,
    _: Session,
    headers: HeaderMap,
) -> Result<Response, DeskError> {
    let picture = desk.kiosk().live().borrow().screen.clone();
    let picture = picture.ok_or(DeskError::Missing("picture yet"))?;
    let tag = format!("\"{}\"", picture.id());
    let known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known == &*tag);
    let about = [
        (CONTENT_TYPE, "image/png".to_owned()),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
        (ETAG, tag),
    ];
    Ok(match known {
        true => (StatusCode::NOT_MODIFIED, about).into_response(),
        false => (about, picture.png().to_owned()).into_response(),
    })
}

/// A button at the screen.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ButtonName {
    /// It is the breed that is shown.
    Confirm,
    /// Show the next likely breed.
    Next,
    /// A new guest: forget this one.
    New,
}

/// Press a button at the screen
#[utoipa::path(
    post,
    path = "/api/v1/press/{button}",
    params(("button" = inline(ButtonName), Path)),
    security(("session" = [])),
    responses((status = 202, description = "Pressed"), Problems)
)]
pub(super) async fn press(
    State(desk): State<Desk>,
    _: Session,
    Path(button): Path<ButtonName>,
) -> Result<StatusCode, DeskError> {
    let button = match button {
        ButtonName::Confirm => Button::Confirm,
        ButtonName::Next => Button::Next,
        ButtonName::New => Button::New,
    };
    desk.kiosk().tell(Command::Press(button))?;
    Ok(StatusCode::ACCEPTED)
}

/// A photograph that goes the same way as a frame of the camera
///
/// A JPEG, PNG, WebP or GIF of at most 20 MiB and 50 megapixels: as the body, or as the file
/// `photograph` of a multipart form.
#[utoipa::path(
    post,
    path = "/api/v1/photographs",
    request_body(content = Vec<u8>, content_type = "image/*"),
    security(("session" = [])),
    responses(
        (status = 202, description = "The kiosk looks at it; the answer comes with the events"),
        (status = 303, description = "The same, for a form with a field `next`"),
        Problems
    )
)]
pub(super) async fn photograph(
    State(desk): State<Desk>,
    _: Session,
    request: Request,
) -> Result<Response, DeskError> {
    let sent = upload::photograph(&desk, request).await?;
    desk.kiosk().tell(Command::Photograph(sent.content))?;
    Ok(match sent.next {
        Some(next) => Redirect::to(&next).into_response(),
        None => StatusCode::ACCEPTED.into_response(),
    })
}
