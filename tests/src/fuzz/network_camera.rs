//! A camera on the network that answers with what a fuzzer gives it.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use url::Url;

/// What stands between the answer to one request and the answer to the next. The last one is that to
/// all further requests.
pub(super) const NEXT: &[u8] = b"\0next\0";

/// The answers that are still to come.
type Answers = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// A camera on this machine. Each connection ends after one answer.
pub(super) struct NetworkCamera {
    /// Its address, with a login.
    pub(super) url: Url,
    answers: Answers,
}

impl NetworkCamera {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port for the camera");
        let port = listener.local_addr().expect("its number").port();
        let url = format!("http://desk:secret@127.0.0.1:{port}/picture");
        let answers = Answers::default();
        let to_come = Arc::clone(&answers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // The other side may have enough of an answer before its end.
                let _ = serve(stream, &to_come);
            }
        });
        Self {
            url: url.parse().expect("an address"),
            answers,
        }
    }

    /// Has it answer with these bytes from now on.
    pub(super) fn answer_with(&self, bytes: &[u8]) {
        let mut parts = VecDeque::new();
        let mut rest = bytes;
        while let Some(at) = (rest.windows(NEXT.len())).position(|part| part == NEXT) {
            parts.push_back(rest[..at].to_vec());
            rest = &rest[at + NEXT.len()..];
        }
        parts.push_back(rest.to_vec());
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = parts;
    }
}

/// Answers one request.
fn serve(mut stream: TcpStream, answers: &Answers) -> io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 4 << 10];
    while !head.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        head.extend_from_slice(&buffer[..count]);
    }
    let answer = next_of(answers);
    stream.write_all(&answer)?;
    stream.shutdown(Shutdown::Write)
}

fn next_of(answers: &Answers) -> Vec<u8> {
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    let next = match answers.len() {
        0 | 1 => answers.front().cloned(),
        _ => answers.pop_front(),
    };
    next.unwrap_or_default()
}
