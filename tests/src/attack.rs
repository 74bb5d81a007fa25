//! Attacks a kiosk's page over the network, as strangers can who have no login.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use crate::client::Client;
use crate::process;
use crate::program::Program;

/// The time between two measurements of the kiosk's memory.
const SAMPLED: Duration = Duration::from_millis(20);

/// The addresses of a crowd.
const ADDRESSES: usize = 20;

/// After this long, a crowd opens again what the kiosk has closed.
const AGAIN: Duration = Duration::from_secs(1);

/// The pages that a visitor opens in turn.
const PAGES: [&str; 3] = ["/", "/today", "/api/v1/live"];

/// The head of a form that does not say how long it is.
const FORM: &str = "POST /login HTTP/1.1\r\n\
    Host: localhost\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\
    Transfer-Encoding: chunked\r\n\r\n";

/// The resident memory of a kiosk that is attacked, in 10^6 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Before the attack.
    pub before: f64,
    /// The most of it during the attack.
    pub most: f64,
}

/// Sends so many login forms of so many bytes at once, a byte at a time, and does not end them.
/// Returns when every form is sent or refused.
///
/// # Panics
/// If the kiosk does not run.
pub async fn slow_forms(kiosk: &Program, forms: usize, bytes: usize) -> Taken {
    let resident = || process::memory(kiosk.id()).resident;
    let before = resident();
    let mut most = before;
    let address: SocketAddr = kiosk.address().parse().expect("an address");
    let mut sending = JoinSet::new();
    for _ in 0..forms {
        sending.spawn(slow_form(address, bytes));
    }
    // Forms that are sent stay open, with whatever the kiosk keeps of them.
    let mut sent = Vec::new();
    while !sending.is_empty() {
        tokio::select! {
            form = sending.join_next() => sent.push(form),
            () = sleep(SAMPLED) => {}
        }
        most = most.max(resident());
    }
    drop(sent);
    Taken { before, most }
}

/// The connection of a form, if the kiosk has accepted all of it so far.
async fn slow_form(kiosk: SocketAddr, bytes: usize) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(kiosk).await?;
    stream.set_nodelay(true)?;
    stream.write_all(FORM.as_bytes()).await?;
    for _ in 0..bytes {
        stream.write_all(b"1\r\na\r\n").await?;
        // Others take their turn, so that the kiosk reads each byte by itself.
        yield_now().await;
    }
    Ok(stream)
}

/// Connections from twenty addresses that say nothing, until this is dropped. What the kiosk closes
/// is opened again within a second.
#[derive(Debug)]
pub struct SilentCrowd(Option<Runtime>);

impl SilentCrowd {
    /// Opens so many connections.
    ///
    /// # Panics
    /// If not all of them can be opened. Each takes a file descriptor here: for more than a thousand,
    /// `ulimit -n` may have to be raised.
    pub async fn gather(kiosk: &Program, connections: usize) -> Self {
        let address: SocketAddr = kiosk.address().parse().expect("an address");
        // On a thread of its own: it must not keep those waiting who measure.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (opened, gathered) = oneshot::channel();
        runtime.spawn(stay(address, connections, opened));
        let crowd = Self(Some(runtime));
        let gathered = gathered.await.expect("a crowd");
        assert_eq!(gathered, connections, "connections; see `ulimit -n`");
        crowd
    }
}

impl Drop for SilentCrowd {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Keeps connections open for ever. Says how many were opened at first.
async fn stay(kiosk: SocketAddr, connections: usize, opened: oneshot::Sender<usize>) {
    let mut crowd = Vec::new();
    for index in 0..connections {
        crowd.push(connect(kiosk, index).await.ok());
    }
    // Nobody waits for it any more if the test has ended.
    let _ = opened.send(crowd.iter().flatten().count());
    loop {
        sleep(AGAIN).await;
        for (index, place) in crowd.iter_mut().enumerate() {
            if !place.as_ref().is_some_and(is_open) {
                *place = connect(kiosk, index).await.ok();
            }
        }
    }
}

/// Connects from one of the addresses of the loopback device.
async fn connect(kiosk: SocketAddr, index: usize) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let last = 2 + (index % ADDRESSES) as u8;
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
    socket.connect(kiosk).await
}

fn is_open(stream: &TcpStream) -> bool {
    let read = stream.try_read(&mut [0]);
    read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// Opens so many pages, each on a connection of its own. Returns how long each took.
///
/// # Panics
/// If one is not answered.
pub async fn visit(client: &Client, pages: usize) -> Vec<Duration> {
    let mut times = Vec::new();
    for address in PAGES.iter().cycle().take(pages) {
        let client = client.reconnected();
        let start = Instant::now();
        let answer = client.get(address).await;
        times.push(start.elapsed());
        assert_eq!(answer.status, 200, "{address}");
    }
    times
}
