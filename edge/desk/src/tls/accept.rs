//! Tells TLS from plain HTTP by a connection's first byte, and does the handshake.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time;
use tokio_rustls::server::TlsStream;

use super::Tls;

/// The first byte of a TLS connection: a record of the handshake (RFC 8446, 5.1). No method of HTTP
/// begins with it.
const HANDSHAKE: u8 = 0x16;

/// Marks a request that came over the desk's own TLS.
#[derive(Clone, Copy)]
pub(crate) struct Secure;

/// A connection on which HTTP is spoken.
pub(crate) enum Stream {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// Begins a connection. Without TLS, every one is plain.
///
/// # Errors
/// If the handshake fails, or it or the first byte takes longer than `longest`.
pub(crate) async fn accept(
    tls: Option<&Tls>,
    stream: TcpStream,
    longest: Duration,
) -> io::Result<Stream> {
    let Some(tls) = tls else {
        return Ok(Stream::Plain(stream));
    };
    let accepted = async {
        let mut first = [0];
        // Nothing, if the other end has closed: then the server of HTTP sees the same.
        stream.peek(&mut first).await?;
        if first[0] != HANDSHAKE {
            return Ok(Stream::Plain(stream));
        }
        let secure = tls.acceptor().accept(stream).await?;
        Ok::<_, io::Error>(Stream::Secure(Box::new(secure)))
    };
    match time::timeout(longest, accepted).await {
        Ok(accepted) => accepted,
        Err(_) => Err(io::Error::new(ErrorKind::TimedOut, "it took too long")),
    }
}

impl Stream {
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self, Self::Secure(_))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Secure(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Secure(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            Self::Secure(stream) => Pin::new(stream).poll_write_vectored(context, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Secure(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Secure(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::tls::Hosts;

    #[tokio::test]
    async fn a_connection_that_stalls_is_ended_when_its_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let find_hosts = Box::new(Hosts::default);
        let tls = Tls::made(folder.path(), find_hosts, Timestamp::now()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Nothing at all, and the beginning of a handshake.
        let begun: [&[u8]; 2] = [&[], &[0x16, 3, 1, 2, 0, 1]];
        for begun in begun {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(begun).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let accepted = accept(Some(&tls), stream, Duration::from_millis(100));
            let accepted = time::timeout(Duration::from_secs(10), accepted).await;
            let kind = accepted.unwrap().err().map(|error| error.kind());
            assert_eq!(kind, Some(ErrorKind::TimedOut));
            // Whether it is closed or reset.
            let read = client.read(&mut [0; 64]).await;
            assert!(read.is_err() || matches!(read, Ok(0)), "{read:?}");
        }
    }
}
