//! Photographs and backups that somebody sends: as they are, or in a multipart form.

use std::pin::Pin;

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use image::RgbImage;
use image::imageops;

use super::transfer::{self, Received};
use super::{Desk, DeskError, login};
use recognise::photo;

/// The biggest photograph that is taken, in bytes.
pub(super) const LARGEST_PHOTOGRAPH: usize = 20 << 20;

/// The biggest backup that is taken, in bytes.
pub(super) const LARGEST_BACKUP: u64 = 2 << 30;

/// The longest side on which a photograph goes on, in pixels: far more than the network sees or
/// the catalogue keeps, and a sixteenth of the memory of the largest.
const LONGEST_SIDE: u32 = 2048;

/// What came with a file.
pub(super) struct Sent<T> {
    pub(super) content: T,
    /// Where a page without a script wants to go afterwards.
    pub(super) next: Option<String>,
}

/// Reads and decodes a photograph.
///
/// # Errors
/// [`DeskError::Photo`] for what is no whole picture, [`DeskError::TooLarge`].
pub(super) async fn photograph(desk: &Desk, request: Request) -> Result<Sent<RgbImage>, DeskError> {
    // Whoever waits holds no memory yet.
    let _turn = desk.0.lanes.uploads.turn().await?;
    let sent = match is_form(&request) {
        false => {
            let content = Bytes::from_request(request, &()).await;
            let content =
                content.map_err(|refused| refusal(refused.status(), LARGEST_PHOTOGRAPH))?;
            Sent {
                content,
                next: None,
            }
        }
        true => {
            let bytes = file(request, "photograph", |field| {
                Box::pin(async move {
                    let bytes = field.bytes().await;
                    bytes.map_err(|error| refusal(error.status(), LARGEST_PHOTOGRAPH))
                })
            });
            bytes.await?
        }
    };
    let Sent { content, next } = sent;
    if content.len() > LARGEST_PHOTOGRAPH {
        return Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, LARGEST_PHOTOGRAPH));
    }
    let decode = move || decode(&content);
    let content = desk.0.lanes.pictures.run(decode).await??;
    Ok(Sent { content, next })
}

/// Writes a backup to disk.
///
/// # Errors
/// [`DeskError::TooLarge`], [`DeskError::Interrupted`], or where the disk takes no more.
pub(super) async fn backup(desk: &Desk, request: Request) -> Result<Sent<Received>, DeskError> {
    if !is_form(&request) {
        let content = request.into_body().into_data_stream();
        let content = transfer::receive(desk, content, LARGEST_BACKUP).await?;
        let next = None;
        return Ok(Sent { content, next });
    }
    let desk = desk.clone();
    let to_disk = file(request, "backup", |field| {
        Box::pin(async move { transfer::receive(&desk, field, LARGEST_BACKUP).await })
    });
    to_disk.await
}

/// What is made of the file in a form.
type Taken<'a, T> = Pin<Box<dyn Future<Output = Result<T, DeskError>> + Send + 'a>>;

/// Takes the file called `name` out of a form, and the field `next` where it stands before it.
async fn file<T>(
    request: Request,
    name: &str,
    take: impl FnOnce(Field<'_>) -> Taken<'_, T>,
) -> Result<Sent<T>, DeskError> {
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|refused| DeskError::Invalid(refused.body_text()))?;
    let mut next = None;
    loop {
        let field = form.next_field().await;
        let field = field.map_err(|error| refusal(error.status(), LARGEST_PHOTOGRAPH))?;
        let Some(field) = field else {
            return Err(DeskError::Invalid(format!("the form has no `{name}`")));
        };
        if field.name() == Some(name) {
            let content = take(field).await?;
            return Ok(Sent { content, next });
        }
        if field.name() == Some("next") {
            let path = field.bytes().await;
            let path = path.map_err(|error| refusal(error.status(), LARGEST_PHOTOGRAPH))?;
            // A path of ours is ASCII: to read it as text of any encoding would take a table of each.
            let path = String::from_utf8_lossy(&path);
            next = Some(login::local(&path).to_owned());
        }
    }
}

fn decode(content: &[u8]) -> Result<RgbImage, DeskError> {
    let picture = photo::decode(content)?;
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return Ok(picture);
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(LONGEST_SIDE) / u64::from(longest);
        u32::try_from(side).unwrap_or(LONGEST_SIDE).max(1)
    };
    Ok(imageops::thumbnail(&picture, scaled(width), scaled(height)))
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

/// What a status of axum's own means, where `most` bytes are taken.
pub(super) fn refusal(status: StatusCode, most: usize) -> DeskError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => DeskError::TooLarge {
            kilobytes: most as u64 >> 10,
        },
        _ => DeskError::Interrupted,
    }
}
