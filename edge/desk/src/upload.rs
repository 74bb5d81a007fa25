//! Photographs, backups and tables that are uploaded: as the body, or in a multipart form.

use std::borrow::Cow;
use std::fs;

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use heic::Reader;
use image::RgbImage;
use recognise::photo::{self, Fault, Kind};
use screens::locale::Message;
use tokio::task::yield_now;
use tokio_stream::{StreamExt, iter};

use crate::addresses;
use crate::body;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::limits::{BACKUP_BYTES, IMPORT_BYTES, PART_BYTES, PHOTOGRAPH_BYTES};
use crate::pace::paced;
use crate::session::Session;
use crate::transfer::{self, Received};
use crate::work::blocking;

/// The longest side that a photograph keeps, in pixels: far more than the network sees or the
/// catalogue stores, and a sixteenth of the memory of the largest photograph.
const LONGEST_SIDE: u32 = 2048;

/// An uploaded file.
pub(crate) struct Upload<T> {
    pub(crate) content: T,
    /// Where a page without a script goes on to.
    pub(crate) next: Option<String>,
    /// What a backup is encrypted with, as typed.
    pub(crate) passphrase: Option<String>,
}

/// Reads and decodes a photograph.
///
/// # Errors
/// [`DeskError::Photo`] for what is not a whole picture, and as [`receive`].
pub(crate) async fn photograph(
    desk: &Desk,
    request: Request,
) -> Result<Upload<RgbImage>, DeskError> {
    let most = PHOTOGRAPH_BYTES as u64;
    let Upload { content, next, .. } = receive(desk, request, "photograph", most).await?;
    let reader = desk.0.options.photographs.clone();
    let decode = move || decode(&reader, &content);
    let content = desk.0.queues.pictures.run(decode).await??;
    Ok(Upload {
        content,
        next,
        passphrase: None,
    })
}

/// Reads a table or a calendar of bookings.
///
/// # Errors
/// As [`receive`].
pub(crate) async fn bookings(desk: &Desk, request: Request) -> Result<Vec<u8>, DeskError> {
    let sent = receive(desk, request, "bookings", IMPORT_BYTES as u64).await?;
    Ok(blocking(move || fs::read(&sent.content.path)).await??)
}

/// Receives a backup.
///
/// # Errors
/// As [`receive`].
pub(crate) async fn backup(desk: &Desk, request: Request) -> Result<Upload<Received>, DeskError> {
    receive(desk, request, "backup", BACKUP_BYTES).await
}

/// Writes a file of at most `most` bytes to disk: the body, or the file called `name` of a multipart
/// form. While it arrives it takes no memory, and nobody's turn.
///
/// # Errors
/// [`DeskError::TooLarge`], [`DeskError::Interrupted`] if it breaks off or is too slow,
/// [`DeskError::Busy`] if too many arrive, or if the disk is full.
async fn receive(
    desk: &Desk,
    request: Request,
    name: &str,
    most: u64,
) -> Result<Upload<Received>, DeskError> {
    let session = request.extensions().get::<Session>();
    let session = session.ok_or(DeskError::LoginNeeded)?;
    let place = desk.0.queues.uploads.take(session);
    let _place = place.map_err(|_| DeskError::Busy)?;
    let request = request.map(paced);
    if is_form(&request) {
        return file(desk, request, name, most).await;
    }
    let content = request.into_body().into_data_stream();
    let content = transfer::receive(desk, content, most).await?;
    Ok(Upload {
        content,
        next: None,
        passphrase: None,
    })
}

/// Receives the file called `name` of a multipart form, and the fields `next` and `passphrase` if they come
/// before.
async fn file(
    desk: &Desk,
    request: Request,
    name: &str,
    most: u64,
) -> Result<Upload<Received>, DeskError> {
    let form = Multipart::from_request(request.map(ending_apart), &()).await;
    let mut form = form.map_err(|refused| DeskError::Invalid(refused.body_text()))?;
    let (mut next, mut passphrase) = (None, None);
    loop {
        let field = form.next_field().await;
        let field = field.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => DeskError::too_large(most),
            _ => DeskError::interrupted(error.body_text()),
        })?;
        let Some(field) = field else {
            return Err(DeskError::Invalid(format!("the form has no `{name}`")));
        };
        if field.name() == Some(name) {
            let content = transfer::receive(desk, field, most).await?;
            return Ok(Upload {
                content,
                next,
                passphrase,
            });
        }
        match field.name() {
            Some("next") => {
                let address = text(field).await?;
                next = Some(addresses::own(&address).unwrap_or("/").to_owned());
            }
            Some("passphrase") => {
                passphrase = Some(text(field).await?).filter(|text| !text.is_empty());
            }
            _ => {}
        }
    }
}

/// The same body, whose end comes with a poll of its own.
///
/// The reader of forms takes one for cut off if all of it and its end come at once, just after there was
/// nothing yet: <https://github.com/rwf2/multer/pull/70>.
fn ending_apart(body: Body) -> Body {
    let end = iter([Bytes::new()]).then(async |nothing| {
        yield_now().await;
        Ok(nothing)
    });
    Body::from_stream(body.into_data_stream().chain(end))
}

/// The text of a field.
async fn text(field: Field<'_>) -> Result<String, DeskError> {
    let text = body::read(field, PART_BYTES).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn decode(reader: &Reader, sent: &Received) -> Result<RgbImage, DeskError> {
    let picture = reader.decode(&fs::read(&sent.path)?)?;
    let smaller = match photo::shrink(&picture, LONGEST_SIDE) {
        Cow::Owned(smaller) => Some(smaller),
        Cow::Borrowed(_) => None,
    };
    Ok(smaller.unwrap_or(picture))
}

/// What is wrong with a photograph and what to do about it, for people.
pub(crate) fn reason(fault: &Fault) -> Message {
    match fault {
        Fault::Empty => Message::new("photograph-empty"),
        Fault::NotRead(Kind::Heic) => Message::new("photograph-heic"),
        Fault::NotRead(Kind::Pdf) => Message::new("photograph-pdf"),
        Fault::NotRead(Kind::Video) => Message::new("photograph-video"),
        Fault::NotRead(Kind::Format(format)) => {
            Message::new("photograph-format").with("format", format)
        }
        Fault::NotRead(Kind::Variant { format, .. }) => {
            Message::new("photograph-variant").with("format", format)
        }
        Fault::TooManyPixels {
            width,
            height,
            most,
        } => Message::new("photograph-too-large")
            .with("width", width)
            .with("height", height)
            .with("most", most / 1_000_000),
        Fault::Truncated => Message::new("photograph-cut-short"),
        Fault::Damaged(_) => Message::new("photograph-damaged"),
        // The others are about files on the kiosk itself.
        Fault::NotAPicture
        | Fault::Missing
        | Fault::NotAFile
        | Fault::Unreadable(_)
        | Fault::TooManyBytes(_) => Message::new("photograph-not-a-picture"),
    }
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"bookings\"\r\n\r\n\
        name,day\nRex,2030-02-03\n\r\n--b--\r\n";

    /// The form, cut in three, of which each part comes only at the second time of asking.
    fn request(cuts: [usize; 2]) -> Request {
        let [first, second] = cuts;
        let parts = [&FORM[..first], &FORM[first..second], &FORM[second..]];
        let parts = iter(parts).then(async |part| {
            yield_now().await;
            Ok::<_, Infallible>(part)
        });
        Request::builder()
            .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(ending_apart(Body::from_stream(parts)))
            .expect("a request")
    }

    #[tokio::test]
    async fn a_form_is_read_however_its_parts_arrive() {
        for first in 0..=FORM.len() {
            for second in first..=FORM.len() {
                let form = Multipart::from_request(request([first, second]), &()).await;
                let mut form = form.expect("a form");
                let field = form.next_field().await;
                let field = field.unwrap_or_else(|error| panic!("{first} {second}: {error}"));
                let text = field.expect("a field").text().await.expect("its text");
                assert_eq!(text, "name,day\nRex,2030-02-03\n", "{first} {second}");
            }
        }
    }
}
