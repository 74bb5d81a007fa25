//! Ends the body of a request that arrives too slowly for too long.
//!
//! A client that sends a byte every few seconds never stands still, and would never be done.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_stream::Stream;

use crate::limits::{UPLOAD_GRACE, UPLOAD_PACE};

/// A body that fails once it is later than its pace and the grace allow.
pub(crate) fn paced(body: Body) -> Body {
    let start = Instant::now();
    Body::from_stream(Paced {
        content: body.into_data_stream(),
        start,
        arrived: 0,
        end: Box::pin(sleep_until(start + UPLOAD_GRACE)),
    })
}

struct Paced {
    content: BodyDataStream,
    start: Instant,
    /// How many bytes have arrived.
    arrived: u64,
    /// When more has to have arrived.
    end: Pin<Box<Sleep>>,
}

impl Stream for Paced {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let paced = self.get_mut();
        if let Poll::Ready(chunk) = Pin::new(&mut paced.content).poll_next(context) {
            if let Some(Ok(bytes)) = &chunk {
                paced.arrived += bytes.len() as u64;
                let earned = Duration::from_secs(paced.arrived / UPLOAD_PACE);
                paced
                    .end
                    .as_mut()
                    .reset(paced.start + UPLOAD_GRACE + earned);
            }
            return Poll::Ready(chunk);
        }
        paced.end.as_mut().poll(context).map(|()| {
            let late = Error::from(ErrorKind::TimedOut);
            Some(Err(axum::Error::new(late)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::to_bytes;
    use tokio::time::sleep;
    use tokio_stream::{StreamExt, iter};

    use super::*;

    /// A body of this many chunks of this many bytes, one a second.
    fn body(chunks: usize, bytes: u64) -> Body {
        let chunk = Bytes::from(vec![0; bytes as usize]);
        Body::from_stream(iter(0..chunks).then(move |_| {
            let chunk = chunk.clone();
            async move {
                sleep(Duration::from_secs(1)).await;
                Ok::<_, Infallible>(chunk)
            }
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_be_slow_for_a_while_and_no_longer() {
        let grace = UPLOAD_GRACE.as_secs() as usize;
        for (chunks, bytes, arrives) in [
            (0, 0, true),
            (grace / 2, 1, true),
            (2 * grace, 1, false),
            (20 * grace, 1, false),
            (20 * grace, UPLOAD_PACE, true),
        ] {
            let start = Instant::now();
            let read = to_bytes(paced(body(chunks, bytes)), usize::MAX).await;
            assert_eq!(read.is_ok(), arrives, "{chunks} of {bytes}");
            if !arrives {
                assert_eq!(start.elapsed().as_secs(), UPLOAD_GRACE.as_secs());
            }
        }
    }
}
