//! Connections: so many at a time, none of them for ever.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time;
use tower_service::Service;

use super::Desk;

/// The most connections at a time; more wait in the system's queue.
const MOST: usize = 512;

/// How long a request's head may take, and an idle connection wait for its next request.
const HEAD: Duration = Duration::from_secs(15);

/// How long a body may stand still, either way.
pub(super) const STALL: Duration = Duration::from_secs(30);

/// How long requests may take to finish once the desk closes.
const CLOSING: Duration = Duration::from_secs(5);

/// The most bytes of a request's head.
const LONGEST_HEAD: usize = 64 << 10;

impl Desk {
    /// Serves until `closed`, then lets requests finish, for five seconds at most.
    ///
    /// # Errors
    /// Where the listener cannot be used.
    pub async fn serve(
        self,
        listener: TcpListener,
        closed: impl Future<Output = ()>,
    ) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let router = self.router();
        let room = Arc::new(Semaphore::new(MOST));
        let open = GracefulShutdown::new();
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_header_size(LONGEST_HEAD);

        let mut closed = std::pin::pin!(closed);
        loop {
            let accept = async {
                let seat = Arc::clone(&room).acquire_owned().await;
                (seat, listener.accept().await)
            };
            let (seat, accepted) = tokio::select! {
                accepted = accept => accepted,
                () = &mut closed => break,
            };
            let Ok((stream, from)) = accepted else {
                // Out of file descriptors, most likely: some come back as connections end.
                time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let _ = TcpStream::set_nodelay(&stream, true);
            let router = router.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(from));
                router.clone().call(request)
            });
            let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                // A connection that breaks is its client's affair.
                let _ = connection.await;
                drop(seat);
            });
        }
        self.0.closing.send_replace(true);
        let _ = time::timeout(CLOSING, open.shutdown()).await;
        Ok(())
    }
}
