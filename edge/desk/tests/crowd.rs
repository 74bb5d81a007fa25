//! Many clients at once: silent connections, streams of events, slow uploads.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use image::ImageFormat;
use tokio::net::TcpSocket;

use crate::live::follow;
use crate::uploads::{picture, send};
use crate::{Client, Served};

/// How long the desk may take to notice that something has ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// The cookies of somebody who is logged in.
fn cookies(client: &Client) -> String {
    let jar = client.agent.cookie_jar_lock();
    let cookies = jar.iter();
    let pairs = cookies.map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
    pairs.collect::<Vec<_>>().join("; ")
}

/// A connection from one of the addresses of the loopback device, that with this last number.
fn connect(served: &Served, last: u8) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        let from = SocketAddr::from(([127, 0, 0, last], 0));
        socket.bind(from).unwrap();
        let stream = socket.connect(served.address).await.unwrap();
        let stream = stream.into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        stream
    })
}

/// Waits until so many jobs of a queue run or wait.
fn wait_for_jobs(served: &Served, queue: &str, count: usize) {
    let says = format!("kiosk_jobs{{queue=\"{queue}\"}} {count}\n");
    let start = Instant::now();
    loop {
        let metrics = served.anonymous().get("/metrics").text();
        if metrics.contains(&says) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{says}{metrics}");
    }
}

#[test]
fn silent_connections_take_no_place_of_somebody_who_is_logged_in() {
    let served = Served::new();
    let staff = served.staff();
    let cookies = cookies(&staff);
    let mut events = follow(&staff);
    events.next().unwrap();

    let mut silent: Vec<TcpStream> = (0..220).map(|n| connect(&served, 2 + n % 5)).collect();
    for path in ["/", "/today", "/api/v1/live"].repeat(5) {
        // On a connection of its own each.
        let answer = (served.anonymous()).ask("GET", path, &[("Cookie", &*cookies)], None);
        assert_eq!(answer.status, 200, "{path}");
    }
    served
        .live
        .send_modify(|live| Arc::make_mut(live).arrival.revision = 7);
    assert!(events.any(|(name, data)| name == "arrival" && data.contains("\"revision\":7")));

    // Long before its head would be due, the oldest had to go, and the newest is there.
    let soon = Some(Duration::from_secs(5));
    silent[0].set_read_timeout(soon).unwrap();
    let read = silent[0].read(&mut [0]);
    assert!(matches!(read, Ok(0)), "{read:?}");
    let newest = silent.last_mut().unwrap();
    newest
        .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut status = [0; 12];
    newest.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}

#[test]
fn one_address_takes_no_place_of_another_one() {
    let served = Served::new();
    let mut reader = connect(&served, 2);
    let crowd: Vec<TcpStream> = (0..250).map(|_| connect(&served, 3)).collect();
    // Nobody who is logged in, and silent for longer than the others.
    reader
        .write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut status = [0; 12];
    reader.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    drop(crowd);
}

#[test]
fn a_session_has_few_streams_of_events_and_may_ask_instead() {
    let served = Served::new();
    let (one, other) = (served.staff(), served.owner());
    let follow = |client: &Client| {
        let url = format!("{}/api/v1/live/events", client.base);
        client.agent.get(url).call().unwrap()
    };
    let streams: Vec<_> = (0..8).map(|_| follow(&one)).collect();
    assert!(streams.iter().all(|stream| stream.status() == 200));
    let refused = one.get("/api/v1/live/events");
    assert_eq!(refused.status, 429);
    let error = refused.error();
    assert!(error.contains("8 streams of events already"), "{error}");
    assert_eq!(one.get("/api/v1/live").status, 200);
    assert_eq!(follow(&other).status(), 200);

    drop(streams);
    let start = Instant::now();
    while follow(&one).status() != 200 {
        assert!(start.elapsed() < PATIENCE, "they are closed");
    }
}

#[test]
fn slow_uploads_keep_nobody_waiting() {
    let served = Served::new();
    let (owner, staff) = (served.owner(), served.staff());
    let cookies = cookies(&owner);
    let begin = |path: &str, kind: &str| {
        let mut stream = TcpStream::connect(served.address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\
             Content-Type: {kind}\r\nContent-Length: 1000000\r\n\r\nslow"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let slow = [
        begin("/api/v1/restore", "application/x-tar"),
        begin("/api/v1/photographs", "image/jpeg"),
        begin("/api/v1/photographs", "image/jpeg"),
        begin("/api/v1/expected/import", "text/csv"),
    ];
    wait_for_jobs(&served, "uploads", slow.len());

    let photograph = picture(64, 48, ImageFormat::Jpeg);
    let refused = send(&owner, &photograph);
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"));
    assert_eq!(send(&staff, &photograph).status, 202);
    let bookings = [("Content-Type", "text/csv")];
    let table = Some(&b"name,day\n"[..]);
    let imported = staff.ask("POST", "/api/v1/expected/import", &bookings, table);
    assert_ne!(imported.status, 503, "{}", imported.text());
    assert_eq!(owner.get("/api/v1/backup").status, 200);

    drop(slow);
    wait_for_jobs(&served, "uploads", 0);
    assert_eq!(send(&owner, &photograph).status, 202);
}
