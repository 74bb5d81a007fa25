//! Accepts a limited number of connections at a time, and lets none last for ever.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task;
use tokio::time::{self, MissedTickBehavior};
use tower_service::Service;

use crate::connections::Connections;
use crate::desk::Desk;
use crate::router::router;
use crate::tls::{self, Secure};

/// How long the first byte and the handshake of a connection may take with TLS, then the head of a
/// request, and how long an idle connection waits for its next request.
const HEAD: Duration = Duration::from_secs(15);

/// How long requests may take to finish after the desk closes.
const CLOSING: Duration = Duration::from_secs(5);

/// The most bytes of a request's head.
const LONGEST_HEAD: usize = 64 << 10;

/// The most bytes that a connection buffers.
const LARGEST_BUFFER: usize = 128 << 10;

impl Desk {
    /// Serves until `closed`, then lets requests finish, for five seconds at most.
    ///
    /// # Errors
    /// If the listener cannot be used.
    pub async fn serve(
        self,
        listener: TcpListener,
        closed: impl Future<Output = ()>,
    ) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let server = Server::new(&self);
        let start = time::Instant::now() + tls::RENEWAL;
        let mut renewal = time::interval_at(start, tls::RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);

        let mut closed = std::pin::pin!(closed);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = renewal.tick() => {
                    self.renew_certificate();
                    continue;
                }
                () = &mut closed => break,
            };
            match accepted {
                Ok((stream, from)) => server.spawn(stream, from),
                Err(error) => {
                    // Most likely out of file descriptors: some come back as connections end.
                    tracing::warn!(%error, "a connection cannot be accepted");
                    time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        self.finish(server.graceful).await;
        Ok(())
    }

    /// Ends what would never end, and lets requests finish.
    async fn finish(&self, graceful: GracefulShutdown) {
        self.0.closing.send_replace(true);
        // The program ends only once it is done with everything that blocks.
        let kiosk = self.kiosk();
        kiosk.catalogue.stop_restoring();
        if let Some(rescue) = kiosk.rescue() {
            rescue.stop_restoring();
        }
        if time::timeout(CLOSING, graceful.shutdown()).await.is_err() {
            tracing::warn!("the desk closes with requests unfinished");
        }
    }

    /// Checks the certificate and renews it if it is due, off the threads that serve.
    fn renew_certificate(&self) {
        if let Some(tls) = self.0.options.tls.clone() {
            task::spawn_blocking(move || tls.renew(Timestamp::now()));
        }
    }
}

/// What connections are served with.
struct Server {
    desk: Desk,
    http: http1::Builder,
    router: Router,
    connections: Arc<Connections>,
    graceful: GracefulShutdown,
}

impl Server {
    fn new(desk: &Desk) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_header_size(LONGEST_HEAD)
            .max_buf_size(LARGEST_BUFFER);
        Self {
            desk: desk.clone(),
            http,
            router: router(desk),
            connections: Arc::default(),
            graceful: GracefulShutdown::new(),
        }
    }

    /// Serves a connection on a task of its own, until it ends or has to make room for another one.
    fn spawn(&self, stream: TcpStream, from: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%from, %error, "a connection sends its packets late");
        }
        let (open, closing) = self.connections.admit(from.ip(), Instant::now());
        let (http, router) = (self.http.clone(), self.router.clone());
        let tls = self.desk.0.options.tls.clone();
        let ended = ended(self.desk.0.closing.subscribe());
        let watcher = self.graceful.watcher();
        let served = async move {
            let accepted = tokio::select! {
                accepted = tls::accept(tls.as_ref(), stream, HEAD) => accepted,
                () = ended => return,
            };
            let stream = match accepted {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::debug!(%from, %error, "a connection did not begin");
                    return;
                }
            };
            let is_secure = stream.is_secure();
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(from));
                request.extensions_mut().insert(open.clone());
                if is_secure {
                    request.extensions_mut().insert(Secure);
                }
                router.clone().call(request)
            });
            let connection = http.serve_connection(TokioIo::new(stream), service);
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%from, %error, "a connection broke");
            }
        };
        tokio::spawn(async move {
            tokio::select! {
                () = served => {}
                _ = closing => tracing::debug!(%from, "a connection made room for another one"),
            }
        });
    }
}

/// Ends when the desk closes.
async fn ended(mut closing: watch::Receiver<bool>) {
    let _ = closing.wait_for(|is_closing| *is_closing).await;
}
