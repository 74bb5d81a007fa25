//! A web server that fails on demand.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request to the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// The first byte of the requested range.
    pub(crate) from: Option<usize>,
}

/// An answer of the server: `body` under a header that announces `length` bytes.
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) range: Option<String>,
    pub(crate) length: usize,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn ok(body: &[u8]) -> Self {
        Self {
            status: "200 OK",
            range: None,
            length: body.len(),
            body: body.to_vec(),
        }
    }

    pub(crate) fn error(status: &'static str) -> Self {
        let body = b"<html>no</html>";
        Self {
            status,
            ..Self::ok(body)
        }
    }

    pub(crate) fn part(file: &[u8], from: usize) -> Self {
        if from >= file.len() {
            return Self {
                range: Some(format!("bytes */{}", file.len())),
                ..Self::error("416 Range Not Satisfiable")
            };
        }
        let range = format!("bytes {from}-{}/{}", file.len() - 1, file.len());
        Self {
            status: "206 Partial Content",
            range: Some(range),
            ..Self::ok(&file[from..])
        }
    }

    /// The answer of a well-behaved server.
    pub(crate) fn right(file: &[u8], request: &Request) -> Self {
        match request.from {
            Some(from) => Self::part(file, from),
            None => Self::ok(file),
        }
    }

    pub(crate) fn cut_to(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    pub(crate) fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        write!(stream, "HTTP/1.1 {}\r\n", self.status)?;
        if let Some(range) = &self.range {
            write!(stream, "Content-Range: {range}\r\n")?;
        }
        let length = self.length;
        write!(
            stream,
            "Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        stream.write_all(&self.body)
    }
}

/// A web server on a port of its own that records its requests.
pub(crate) struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts a server. `answer` is called with each request and the number of requests before it.
    pub(crate) fn new(answer: impl Fn(&Request, usize) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let request = read_request(&stream);
                let before = log.lock().unwrap().len();
                log.lock().unwrap().push(request.clone());
                // Clients may hang up early.
                let _ = answer(&request, before).write(&mut stream);
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The first byte of each requested range.
    pub(crate) fn asked(&self) -> Vec<Option<usize>> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|request| request.from).collect()
    }
}

fn read_request(stream: &TcpStream) -> Request {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let mut request = Request {
        path: first.split(' ').nth(1).unwrap_or_default().to_owned(),
        from: None,
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        let line = line.to_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            request.from = range.trim_end_matches('-').parse().ok();
        }
    }
    request
}
