//! Login forms that come a byte at a time, and do not end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use super::beside::{Beside, Done};
use crate::program::Program;

/// The pause after forms that were all sent or refused.
const AGAIN: Duration = Duration::from_secs(1);

/// The head of a form that does not say how long it is.
const FORM: &str = "POST /login HTTP/1.1\r\n\
    Host: localhost\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\
    Transfer-Encoding: chunked\r\n\r\n";

/// The first bytes of a form, after which it counts.
const COUNTED: usize = 100;

/// Sends `forms` forms of `bytes` bytes at once, again and again. Counts those of which the kiosk has taken
/// the first bytes.
pub(super) fn send(kiosk: &Program, forms: usize, bytes: usize, done: Done) -> Beside {
    let address: SocketAddr = kiosk.address().parse().expect("an address");
    Beside::start(async move {
        loop {
            let mut sending = JoinSet::new();
            for _ in 0..forms {
                sending.spawn(send_one(address, bytes, done.clone()));
            }
            // Forms that are sent stay open, with whatever the kiosk keeps of them.
            let sent = sending.join_all().await;
            sleep(AGAIN).await;
            drop(sent);
        }
    })
}

/// The connection of a form, if the kiosk has accepted all of it so far.
async fn send_one(kiosk: SocketAddr, bytes: usize, done: Done) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(kiosk).await?;
    stream.set_nodelay(true)?;
    stream.write_all(FORM.as_bytes()).await?;
    for byte in 0..bytes {
        stream.write_all(b"1\r\na\r\n").await?;
        if byte == COUNTED {
            done.note();
        }
        // Others take their turn, so that the kiosk reads each byte by itself.
        yield_now().await;
    }
    Ok(stream)
}
