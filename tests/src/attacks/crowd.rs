//! Connections from twenty addresses that are silent, say a byte a second, read one, or follow the arrivals. What the
//! kiosk closes is opened again within a second.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::beside::Beside;
use crate::program::Program;

/// The addresses of a crowd.
const ADDRESSES: usize = 20;

/// After this long, a crowd says or reads its next byte, and opens again what the kiosk has closed.
const AGAIN: Duration = Duration::from_secs(1);

/// What the slow ones say. It goes on without end with its last byte.
const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: a";

/// What those ask for in turn who read slowly: the page of many visits, and a backup with their photographs.
const LARGE: [&str; 2] = ["/today", "/api/v1/backup"];

/// How a photograph is announced that does not come to its end.
const PHOTOGRAPH: &str = "Content-Type: image/jpeg\r\nContent-Length: 8000000\r\n";

/// The most bytes of events that are read at a time.
const EVENTS: usize = 1 << 14;

/// What a crowd does.
#[derive(Clone, Debug)]
pub(super) enum Manner {
    Silent,
    /// Says a byte a second.
    Slow,
    /// Is logged in with this cookie, asks for what is large, and reads a byte a second.
    Reads(String),
    /// Is logged in with this cookie, and sends a large photograph at a byte a second.
    Uploads(String),
    /// Is logged in with this cookie, and follows the arrivals.
    Follows(String),
}

impl Manner {
    /// The name of the attack.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Silent => "silent connections",
            Self::Slow => "slow connections",
            Self::Reads(_) => "slow readers",
            Self::Uploads(_) => "slow uploads",
            Self::Follows(_) => "event streams",
        }
    }
}

/// Not all connections of a crowd could be opened.
#[derive(Clone, Copy, Debug, Error)]
#[error(
    "{opened} of {wanted} connections were opened; each takes a file descriptor here: see `ulimit -Hn`"
)]
pub(super) struct TooFew {
    opened: usize,
    wanted: usize,
}

/// Opens this many connections.
pub(super) async fn gather(
    kiosk: &Program,
    connections: usize,
    manner: &Manner,
) -> Result<Beside, TooFew> {
    let address: SocketAddr = kiosk.address().parse().expect("an address");
    let (opened, gathered) = oneshot::channel();
    let crowd = Beside::start(stay(address, connections, manner.clone(), opened));
    let opened = gathered.await.expect("a crowd");
    if opened < connections {
        return Err(TooFew {
            opened,
            wanted: connections,
        });
    }
    Ok(crowd)
}

/// Keeps connections open without end. Says how many were opened at first.
async fn stay(
    kiosk: SocketAddr,
    connections: usize,
    manner: Manner,
    opened: oneshot::Sender<usize>,
) {
    let mut crowd = Vec::new();
    for index in 0..connections {
        crowd.push(Visitor::connect(kiosk, index, &manner).await.ok());
    }
    // Nobody waits for it any more if the attack has ended.
    let _ = opened.send(crowd.iter().flatten().count());
    loop {
        sleep(AGAIN).await;
        for (index, place) in crowd.iter_mut().enumerate() {
            let stays = |visitor: &mut Visitor| visitor.goes_on(&manner);
            if !place.as_mut().is_some_and(stays) {
                *place = Visitor::connect(kiosk, index, &manner).await.ok();
            }
        }
    }
}

/// Connects from one of the addresses of the loopback device.
pub(super) async fn connect(kiosk: SocketAddr, index: usize) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let last = 2 + (index % ADDRESSES) as u8;
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
    socket.connect(kiosk).await
}

/// One of a crowd.
struct Visitor {
    stream: TcpStream,
    /// How many bytes it has said.
    said: usize,
}

impl Visitor {
    /// Connects, and asks for something if it is logged in.
    async fn connect(kiosk: SocketAddr, index: usize, manner: &Manner) -> io::Result<Self> {
        let mut stream = connect(kiosk, index).await?;
        let request = match manner {
            Manner::Silent | Manner::Slow => None,
            Manner::Reads(cookie) => Some(("GET", LARGE[index % LARGE.len()], cookie, "")),
            Manner::Uploads(cookie) => Some(("POST", "/api/v1/photographs", cookie, PHOTOGRAPH)),
            Manner::Follows(cookie) => Some(("GET", "/api/v1/live/events", cookie, "")),
        };
        if let Some((method, address, cookie, more)) = request {
            let head = format!(
                "{method} {address} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{more}\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
        }
        Ok(Self { stream, said: 0 })
    }

    /// Says or reads the next byte, unless it is silent; all of them, if it follows the arrivals. Returns whether that
    /// was possible.
    fn goes_on(&mut self, manner: &Manner) -> bool {
        let mut bytes = [0; EVENTS];
        let most = if matches!(manner, Manner::Follows(_)) {
            EVENTS
        } else {
            1
        };
        let read = self.stream.try_read(&mut bytes[..most]);
        let is_waiting = (read.as_ref()).is_err_and(|it| it.kind() == io::ErrorKind::WouldBlock);
        match manner {
            // An answer is the kiosk's last word to both.
            Manner::Silent => is_waiting,
            Manner::Slow | Manner::Uploads(_) => is_waiting && self.says(),
            Manner::Reads(_) | Manner::Follows(_) => {
                is_waiting || read.is_ok_and(|bytes| bytes > 0)
            }
        }
    }

    fn says(&mut self) -> bool {
        let at = self.said.min(HEAD.len() - 1);
        self.said += 1;
        self.stream.try_write(&HEAD[at..=at]).is_ok()
    }
}
