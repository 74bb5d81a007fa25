//! Reads the rest of a request that was refused while its client still sends.
//!
//! A connection that closes on unread bytes is reset, and the answer is lost: a client that sends
//! too large a photograph would see a broken connection instead of the reason. So the rest is read
//! and discarded, within bounds. A request that was refused for being too slow is cut off.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};

use crate::session::Session;

/// The most bytes that are discarded of somebody who is logged in: a photograph that is too large.
const MOST: usize = 64 << 20;

/// The most bytes that are discarded of anybody else.
const MOST_OF_STRANGER: usize = 1 << 20;

/// How long bytes are discarded at most.
const LONGEST: Duration = Duration::from_secs(20);

/// A request's body, which the handler and this middleware share.
#[derive(Clone)]
struct Shared(Arc<Mutex<BodyDataStream>>);

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_next(context)
    }
}

/// Discards what a handler left of a request that it refused.
pub(crate) async fn drain(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = Shared(Arc::new(Mutex::new(body.into_data_stream())));
    let lent = Body::from_stream(body.clone());
    let response = next.run(Request::from_parts(parts, lent)).await;
    let status = response.status();
    let is_refused = status.is_client_error() || status.is_server_error();
    if is_refused && status != StatusCode::REQUEST_TIMEOUT {
        let is_logged_in = response.extensions().get::<Session>().is_some();
        let most = if is_logged_in { MOST } else { MOST_OF_STRANGER };
        // Whether the rest came or not: the answer is the same.
        let _ = timeout(LONGEST, discard(body, most)).await;
    }
    response
}

async fn discard(mut body: Shared, most: usize) {
    let mut left = most;
    while let Some(Ok(chunk)) = body.next().await {
        left = match left.checked_sub(chunk.len()) {
            Some(left) => left,
            None => return,
        };
    }
}
