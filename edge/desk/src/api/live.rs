//! Serves what is on the screen, and obeys the buttons beside it.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};

use super::Problems;
use super::events::{Events, follow};
use super::types::{Button, Live, Press, Refusal};
use crate::addresses::CAMERA;
use crate::body;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::{Command, CommandError};
use crate::problem::Rendered;
use crate::session::{Reader, Session, Watcher};
use crate::upload;

/// What is on the screen
#[utoipa::path(
    get,
    path = "/api/v1/live",
    operation_id = "get_live",
    tag = "live",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, body = Live), Problems)
)]
pub(super) async fn live(State(desk): State<Desk>, _: Reader) -> Json<Live> {
    let live = desk.kiosk().live().borrow().clone();
    Json(Live::from(&*live))
}

/// What happens, as it happens
///
/// Server-sent events: `arrival` with the Arrival in focus as JSON, `others` with an array of the
/// other arrivals, `screen` with the id of the newest picture, `notices` with an array of Notice,
/// `visits` when lists of visits are out of date, `language` when pages may have to be in another one,
/// and `alive` every two seconds while there is nothing else to say. The stream ends with the session.
/// There may be eight streams with one session or token; another one is answered with 429, and asking
/// for `/api/v1/live` now and then does instead.
#[utoipa::path(
    get,
    path = "/api/v1/live/events",
    operation_id = "follow_live",
    tag = "live",
    security(("session" = []), ("token" = ["read", "staff"])),
    responses((status = 200, content_type = "text/event-stream", body = String), Problems)
)]
pub(super) async fn events(
    State(desk): State<Desk>,
    Reader(session): Reader,
) -> Result<Events, DeskError> {
    follow(&desk, session)
}

/// The pixels of the screen
#[utoipa::path(
    get,
    path = "/api/v1/live/screen.png",
    operation_id = "get_screen",
    tag = "live",
    security(("session" = []), ("token" = ["staff"])),
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

/// What the camera sees
///
/// The newest picture, whole, of at most 640x480 pixels. It may show people, so it is never stored. If
/// none has come for a few seconds, the answer is 503. Another kiosk can have this address as its
/// camera: here and everywhere in the API a token may also come as the password of a basic login.
#[utoipa::path(
    get,
    path = CAMERA,
    operation_id = "get_camera_picture",
    tag = "live",
    security(("session" = ["owner", "staff"]), ("token" = ["camera", "staff"])),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), Problems)
)]
pub(super) async fn camera(State(desk): State<Desk>, _: Watcher) -> Result<Response, DeskError> {
    let jpeg = desk.awaited_picture().await?;
    Ok(([(CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

/// Press a button at the screen
///
/// The body says for which arrival it is, and what was shown of that when the button was pressed;
/// without it, the press applies to the arrival in focus as it is now. Either way, a press that comes too
/// late is refused: nobody confirms what they did not see.
#[utoipa::path(
    post,
    path = "/api/v1/press/{button}",
    operation_id = "press_button",
    tag = "live",
    params(("button" = inline(Button), Path, description = "The button")),
    request_body = Option<Press>,
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 202, description = "Pressed, and the screen shows the effect"),
        (status = 409, description = "Something else is on the screen now", body = Refusal),
        Problems
    )
)]
pub(super) async fn press(
    State(desk): State<Desk>,
    _: Session,
    Path(button): Path<Button>,
    request: Request,
) -> Result<Response, DeskError> {
    let press: Press = body::optional(request.into_body()).await?;
    accepted(&desk, desk.press(button.into(), press).await)
}

/// Bring an arrival into focus
///
/// The screen shows it large from now on, and its buttons mean it.
#[utoipa::path(
    post,
    path = "/api/v1/arrivals/{id}/focus",
    operation_id = "focus_arrival",
    tag = "live",
    params(("id" = u64, Path, description = "The arrival's id")),
    security(("session" = []), ("token" = ["staff"])),
    responses(
        (status = 202, description = "The screen shows it"),
        (status = 409, description = "It is gone", body = Refusal),
        Problems
    )
)]
pub(super) async fn focus(
    State(desk): State<Desk>,
    _: Session,
    Path(id): Path<u64>,
) -> Result<Response, DeskError> {
    accepted(&desk, desk.focus(id).await)
}

/// The answer to a command for what is on the screen: if that has changed, what is there now.
fn accepted(desk: &Desk, done: Result<(), DeskError>) -> Result<Response, DeskError> {
    match done {
        Ok(()) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(DeskError::Command(error @ CommandError::Outdated)) => {
            let refusal = Refusal::new(&error, &desk.kiosk().live().borrow());
            let status = StatusCode::CONFLICT;
            Ok((status, Extension(Rendered), Json(refusal)).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Recognise a photograph as if the camera had taken it
///
/// A JPEG or PNG of at most 110 megapixels, or a WebP or GIF of at most 50, of at most 64 MiB: as the
/// body, or as the file `photograph` of a multipart form. If no animal is found in it, the answer is
/// 422. If too many photographs are waiting, the answer is 503: send it again in a moment.
#[utoipa::path(
    post,
    path = "/api/v1/photographs",
    operation_id = "send_photograph",
    tag = "live",
    request_body(content = Vec<u8>, content_type = "image/*"),
    security(("session" = []), ("token" = ["staff"])),
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
    desk.kiosk().ask(Command::Photograph(sent.content)).await?;
    Ok(match sent.next {
        Some(next) => Redirect::to(&next).into_response(),
        None => StatusCode::ACCEPTED.into_response(),
    })
}
