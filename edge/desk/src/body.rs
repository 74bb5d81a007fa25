//! Reads forms and JSON into one buffer before a handler sees them.
//!
//! A body that arrives byte by byte is thousands of frames, and a frame that is kept keeps the
//! whole buffer that it was read into: thousands of bytes for one. So frames are copied and dropped
//! as they arrive, up to a limit and within a deadline.

use std::fmt::Display;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};

use crate::error::DeskError;
use crate::limits::{FORM_TIME, PART_BYTES};

/// Reads the body into one buffer of at most `most` bytes if it is a form or JSON. Any other body
/// stays the stream that it is: photographs and backups have handlers that read streams, and
/// nothing reads other types.
///
/// # Errors
/// [`DeskError::TooLarge`], [`DeskError::Interrupted`] or [`DeskError::TooSlow`].
pub(crate) async fn buffer(parts: &Parts, body: Body, most: usize) -> Result<Body, DeskError> {
    if !is_document(parts) {
        return Ok(body);
    }
    if announced(parts).is_some_and(|length| length > most as u64) {
        return Err(DeskError::too_large(most as u64));
    }
    let read = timeout(FORM_TIME, read(body.into_data_stream(), most)).await;
    let read = read.map_err(|_| DeskError::TooSlow)?;
    Ok(Body::from(read?))
}

/// Reads a stream of at most `most` bytes into one buffer.
///
/// # Errors
/// [`DeskError::TooLarge`] or [`DeskError::Interrupted`].
pub(crate) async fn read<E: Display>(
    mut content: impl Stream<Item = Result<Bytes, E>> + Unpin,
    most: usize,
) -> Result<Vec<u8>, DeskError> {
    let mut read = Vec::new();
    while let Some(chunk) = content.next().await {
        let chunk = chunk.map_err(DeskError::interrupted)?;
        if read.len() + chunk.len() > most {
            return Err(DeskError::too_large(most as u64));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// Reads JSON that may be left out: no body and `null` stand for the default.
///
/// # Errors
/// [`DeskError::Invalid`] for anything else, and as [`read`].
pub(crate) async fn optional<T: Default + DeserializeOwned>(body: Body) -> Result<T, DeskError> {
    let body = read(body.into_data_stream(), PART_BYTES).await?;
    if body.is_empty() {
        return Ok(T::default());
    }
    let sent = serde_json::from_slice::<Option<T>>(&body);
    let sent = sent.map_err(|error| DeskError::Invalid(error.to_string()))?;
    Ok(sent.unwrap_or_default())
}

/// Whether a handler would read the body whole. This covers every spelling that axum's `Form` and
/// `Json` accept: `Form` takes any type that begins with its own.
fn is_document(parts: &Parts) -> bool {
    let Some(kind) = parts.headers.get(CONTENT_TYPE) else {
        return false;
    };
    let kind = String::from_utf8_lossy(kind.as_bytes()).to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.starts_with("application/x-www-form-urlencoded")
        || essence == "application/json"
        || essence.ends_with("+json")
}

/// The length that the head announces.
fn announced(parts: &Parts) -> Option<u64> {
    parts
        .headers
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::to_bytes;
    use axum::http::Request;
    use tokio_stream::iter;

    use super::*;

    /// A frame of one byte that keeps a buffer, and the count of buffers that are kept.
    struct Frame(Arc<AtomicUsize>);

    impl Frame {
        fn bytes(kept: &Arc<AtomicUsize>) -> Bytes {
            kept.fetch_add(1, Ordering::Relaxed);
            Bytes::from_owner(Self(Arc::clone(kept)))
        }
    }

    impl AsRef<[u8]> for Frame {
        fn as_ref(&self) -> &[u8] {
            b"a"
        }
    }

    impl Drop for Frame {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn head(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post("/login");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[tokio::test]
    async fn a_body_in_frames_of_one_byte_keeps_none_of_their_buffers() {
        let kept = Arc::new(AtomicUsize::new(0));
        let most_kept = AtomicUsize::new(0);
        let frames = iter(0..100_000).map(|_| {
            let frame = Frame::bytes(&kept);
            most_kept.fetch_max(kept.load(Ordering::Relaxed), Ordering::Relaxed);
            Ok::<_, Infallible>(frame)
        });
        let whole = read(Box::pin(frames), 100_000).await.unwrap();
        assert_eq!(whole, b"a".repeat(100_000));
        assert_eq!(most_kept.into_inner(), 1);
    }

    #[tokio::test]
    async fn forms_and_json_are_read_whole_and_nothing_else_is() {
        for (kind, is_read) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded; charset=utf-8", true),
            ("application/x-www-form-urlencoded-or-so", true),
            ("application/json", true),
            ("application/problem+json;a=b", true),
            ("multipart/form-data; boundary=edge", false),
            ("image/jpeg", false),
            ("text/plain", false),
        ] {
            let parts = head(&[("content-type", kind)]);
            assert_eq!(is_document(&parts), is_read, "{kind}");
        }
        assert!(!is_document(&head(&[])));
        let parts = head(&[("content-type", "text/plain")]);
        let body = buffer(&parts, Body::from("12345"), 4).await.unwrap();
        assert_eq!(to_bytes(body, 100).await.unwrap(), "12345");
    }

    #[tokio::test]
    async fn an_announced_length_is_refused_before_anything_is_read() {
        let json = ("content-type", "application/json");
        let never = || Body::from_stream(tokio_stream::pending::<Result<Bytes, Infallible>>());
        let parts = head(&[json, ("content-length", "5")]);
        let refused = buffer(&parts, never(), 4).await;
        assert!(matches!(refused, Err(DeskError::TooLarge { .. })));
        let refused = buffer(&head(&[json]), Body::from("12345"), 4).await;
        assert!(matches!(refused, Err(DeskError::TooLarge { .. })));
        assert!(buffer(&parts, Body::from("12345"), 5).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let second = std::time::Duration::from_secs(1);
        let frames = iter(0..).then(move |_| async move {
            tokio::time::sleep(second).await;
            Ok::<_, Infallible>(Bytes::from_static(b"a"))
        });
        let parts = head(&[("content-type", "application/json")]);
        let refused = buffer(&parts, Body::from_stream(frames), 1000).await;
        assert!(matches!(refused, Err(DeskError::TooSlow)));
    }
}
