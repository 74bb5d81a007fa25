//! Forms and JSON are read into one buffer before anybody looks at them.
//!
//! A body that comes byte by byte is a thousand frames, and each frame that is kept holds on to the
//! buffer it was read from: thousands of bytes for one. Copied out as they come they cost what they
//! weigh, and a sender without a login may send little, for a short time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use tokio::time::timeout;
use tokio_stream::StreamExt;

use super::{DeskError, LARGEST_FORM};

/// The most bytes that are taken from somebody who is not logged in: a password and an address.
const LARGEST_STRANGER: usize = 4 << 10;

/// How long a whole body may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// The request's body in one piece, where it is a form or JSON. Photographs and backups stay the
/// streams that they are.
///
/// # Errors
/// [`DeskError::TooLarge`], or [`DeskError::Interrupted`] where it breaks off or takes too long.
pub(super) async fn gather(
    parts: &Parts,
    body: Body,
    is_logged_in: bool,
) -> Result<Body, DeskError> {
    if !is_small(parts) {
        return Ok(body);
    }
    let most = if is_logged_in {
        LARGEST_FORM
    } else {
        LARGEST_STRANGER
    };
    let gathered = timeout(DEADLINE, read(body, most)).await;
    let gathered = gathered.map_err(|_| DeskError::Interrupted)?;
    Ok(Body::from(gathered?))
}

/// Whether it is of a kind that a handler reads whole.
fn is_small(parts: &Parts) -> bool {
    let kind = parts.headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["application/x-www-form-urlencoded", "application/json"]
        .iter()
        .any(|small| kind.eq_ignore_ascii_case(small))
        || kind.to_ascii_lowercase().ends_with("+json")
}

async fn read(body: Body, most: usize) -> Result<Bytes, DeskError> {
    let mut stream = body.into_data_stream();
    let mut gathered = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| DeskError::Interrupted)?;
        if gathered.len() + chunk.len() > most {
            let kilobytes = most as u64 >> 10;
            return Err(DeskError::TooLarge { kilobytes });
        }
        gathered.extend_from_slice(&chunk);
    }
    Ok(gathered.into())
}
