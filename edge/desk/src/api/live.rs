//! What is on the screen, and the buttons beside it.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::response::{IntoResponse, Redirect, Response};

use super::Problems;
use super::events::{Events, follow};
use super::types::{Button, Live};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::Command;
use crate::session::Session;
use crate::upload;

/// What is on the screen
#[utoipa::path(
    get,
    path = "/api/v1/live",
    security(("session" = [])),
    responses((status = 200, body = Live), Problems)
)]
pub(super) async fn live(State(desk): State<Desk>, _: Session) -> Json<Live> {
    let live = desk.kiosk().live().borrow().clone();
    Json(Live::from(&*live))
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

/// The pixels of the screen
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
    let is_known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known == &*tag);
    let about = [
        (CONTENT_TYPE, "image/png".to_owned()),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
        (ETAG, tag),
    ];
    Ok(if is_known {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, picture.png().to_owned()).into_response()
    })
}

/// Press a button at the screen
#[utoipa::path(
    post,
    path = "/api/v1/press/{button}",
    params(("button" = inline(Button), Path)),
    security(("session" = [])),
    responses((status = 202, description = "Pressed"), Problems)
)]
pub(super) async fn press(
    State(desk): State<Desk>,
    _: Session,
    Path(button): Path<Button>,
) -> Result<StatusCode, DeskError> {
    desk.kiosk().tell(Command::Press(button.into()))?;
    Ok(StatusCode::ACCEPTED)
}

/// Recognise a photograph as if the camera had taken it
///
/// A JPEG, PNG, WebP or GIF of at most 20 MiB and 50 megapixels: as the body, or as the file
/// `photograph` of a multipart form.
#[utoipa::path(
    post,
    path = "/api/v1/photographs",
    request_body(content = Vec<u8>, content_type = "image/*"),
    security(("session" = [])),
    responses(
        (status = 202, description = "The kiosk has it; the answer comes with the events"),
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
