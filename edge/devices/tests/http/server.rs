//! The server of a camera that is played by tests: a thread for each connection.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Answers the request with this head. An error ends the connection.
type Answer = dyn Fn(&str, &mut TcpStream) -> io::Result<()> + Send + Sync;

pub(super) struct Server {
    pub(super) port: u16,
    /// The heads of the requests.
    pub(super) heads: Receiver<String>,
}

impl Server {
    pub(super) fn new(
        answer: impl Fn(&str, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, heads) = channel();
        let answer = Arc::new(answer);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let (answer, sender) = (Arc::clone(&answer), sender.clone());
                thread::spawn(move || serve(stream, &*answer, &sender));
            }
        });
        Self { port, heads }
    }

    /// The address of a path that begins with a slash.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, heads: &Sender<String>) {
    while let Some(head) = read_head(&mut stream) {
        // The test may have ended.
        let _ = heads.send(head.clone());
        if answer(&head, &mut stream).is_err() {
            return;
        }
    }
}

fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes: Vec<u8> = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0u8];
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).ok()
}

/// A header of a request.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = headers.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    Some(value)
}

/// Sends a whole answer; `headers` are whole lines.
pub(super) fn respond(
    stream: &mut TcpStream,
    status: &str,
    headers: &str,
    body: &[u8],
) -> io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

/// Sends a picture.
pub(super) fn send_picture(stream: &mut TcpStream, picture: &[u8]) -> io::Result<()> {
    respond(stream, "200 OK", "Content-Type: image/jpeg\r\n", picture)
}

/// Begins a stream that lasts until the connection ends.
pub(super) fn begin(stream: &mut TcpStream, kind: &str) -> io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n");
    stream.write_all(head.as_bytes())
}

/// Sends nothing until the other side ends the connection.
pub(super) fn hang(stream: &mut TcpStream) -> io::Result<()> {
    let mut bytes = [0u8; 64];
    while stream.read(&mut bytes)? > 0 {}
    Ok(())
}

/// Ends the connection.
pub(super) fn end() -> io::Result<()> {
    Err(io::Error::other("the end"))
}
