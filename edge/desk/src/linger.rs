//! A client that is refused while it still sends hears why.
//!
//! A connection that closes on unread bytes is reset, and the answer is lost on the way: whoever
//! sends too large a photograph would see a broken connection and not the reason. So what is left
//! of a refused request is read and thrown away, within bounds.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};

/// The most bytes that are thrown away.
const MOST: usize = 64 << 20;

/// The longest time that takes.
const LONGEST: Duration = Duration::from_secs(20);

/// A request's body, in the hands of the handler and in ours.
#[derive(Clone)]
struct Shared(Arc<Mutex<BodyDataStream>>);

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_next(context)
    }
}

/// Reads what a handler left of a request that it refused.
pub(super) async fn linger(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = Shared(Arc::new(Mutex::new(body.into_data_stream())));
    let lent = Body::from_stream(body.clone());
    let response = next.run(Request::from_parts(parts, lent)).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        let _ = timeout(LONGEST, discard(body)).await;
    }
    response
}

async fn discard(mut body: Shared) {
    let mut left = MOST;
    while let Some(Ok(chunk)) = body.next().await {
        left = match left.checked_sub(chunk.len()) {
            Some(left) => left,
            None => return,
        };
    }
}
