//! A proxy for TCP that stands for a network: it can be cut, held and slowed.

use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::watch;
use tokio::time::sleep;

use super::free_port;

/// A proxy on a port of 127.0.0.1, on a thread of its own.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    network: watch::Sender<Network>,
    shared: Arc<Shared>,
}

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Open,
    /// How much later what is sent arrives.
    Slow(Duration),
    /// Nothing arrives, and nobody is told.
    Held,
    /// Connections end at once.
    Cut,
}

#[derive(Debug)]
struct Shared {
    target: AtomicU16,
    connections: AtomicUsize,
}

impl Proxy {
    /// Starts a proxy of a port of 127.0.0.1.
    ///
    /// # Panics
    /// If it cannot listen.
    #[must_use]
    pub fn to(target: u16) -> Self {
        let port = free_port();
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket for tokio");
        let shared = Arc::new(Shared {
            target: AtomicU16::new(target),
            connections: AtomicUsize::new(0),
        });
        let (network, state) = watch::channel(Network::Open);
        let serving = Arc::clone(&shared);
        // It ends once the proxy, and with it the sender, is dropped.
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime for the proxy");
            runtime.block_on(serve(listener, state, serving));
        });
        Self {
            port,
            network,
            shared,
        }
    }

    /// The port of 127.0.0.1 that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections it has taken.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Sends new connections to another port of 127.0.0.1.
    pub fn forward_to(&self, target: u16) {
        self.shared.target.store(target, Ordering::Relaxed);
    }

    /// Lets everything through, from now on.
    pub fn open(&self) {
        self.network.send_replace(Network::Open);
    }

    /// Delays everything in both directions.
    pub fn slow(&self, by: Duration) {
        self.network.send_replace(Network::Slow(by));
    }

    /// Keeps connections, and lets nothing through: as a network that was unplugged somewhere.
    pub fn hold(&self) {
        self.network.send_replace(Network::Held);
    }

    /// Ends all connections, and new ones as they come.
    pub fn cut(&self) {
        self.network.send_replace(Network::Cut);
    }
}

/// Takes connections until the proxy is dropped.
async fn serve(listener: StdListener, mut network: watch::Receiver<Network>, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    loop {
        tokio::select! {
            changed = network.changed() => if changed.is_err() {
                return;
            },
            taken = listener.accept() => {
                let Ok((client, _)) = taken else { continue };
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let target = shared.target.load(Ordering::Relaxed);
                tokio::spawn(connection(client, target, network.clone()));
            }
        }
    }
}

/// Forwards one connection until it ends at one side, or is cut.
async fn connection(client: TcpStream, target: u16, network: watch::Receiver<Network>) {
    let forwarded = async {
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            ended = forward(from_client, to_server, network.clone()) => ended,
            ended = forward(from_server, to_client, network.clone()) => ended,
        }
    };
    tokio::select! {
        // Both sides see for themselves that the connection has ended.
        _ = forwarded => {}
        () = cut(network.clone()) => {}
    }
}

/// Returns once the network is cut, or the proxy is dropped.
async fn cut(mut network: watch::Receiver<Network>) {
    let _ = network.wait_for(|now| *now == Network::Cut).await;
}

/// Forwards one direction.
async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut network: watch::Receiver<Network>,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut bytes).await?;
        if length == 0 {
            return Ok(());
        }
        let now = *network.borrow();
        if let Network::Slow(by) = now {
            sleep(by).await;
        }
        // An error says that the proxy was dropped, which ends the connection elsewhere.
        let _ = network.wait_for(|now| *now != Network::Held).await;
        to.write_all(&bytes[..length]).await?;
    }
}
