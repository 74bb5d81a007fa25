//! Cameras at http addresses: streams and still pictures, and servers that send something else.

mod logins;
mod messages;
mod refusals;
mod server;

use std::io::{self, Cursor, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use devices::camera::http::Http;
use devices::camera::pixels::Decoder;
use devices::camera::video::{Open, Stream, Video};
use devices::camera::{Camera, CameraError};
use image::{ImageFormat, Rgb, RgbImage};

use crate::pixels::{closed_early, is_orange, jpeg};
use crate::video::only_whole_pictures;
use server::{Server, begin, end, hang, respond, send_picture};

const MULTIPART: &str = "multipart/x-mixed-replace; boundary=frame";

/// What stands before each picture of a stream.
const PART: &[u8] = b"\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n";

fn http(url: &str) -> Http {
    Http::new(url.parse().unwrap())
}

fn open(url: &str) -> Result<Box<dyn Stream>, CameraError> {
    http(url).open()
}

/// The error of a camera that cannot be opened.
fn refusal(url: &str) -> String {
    open(url).err().expect("it is refused").to_string()
}

fn next(stream: &mut dyn Stream) -> Vec<u8> {
    stream.next().unwrap().bytes.to_vec()
}

/// The error of an open camera, whose pictures before it are passed over.
fn failure(stream: &mut dyn Stream) -> String {
    loop {
        if let Err(error) = stream.next() {
            return error.to_string();
        }
    }
}

/// Waits for a picture of an open or opening camera.
fn wait_for_picture(camera: &mut Video) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        if let Ok(Some(mut frame)) = camera.frame(Duration::from_millis(100)) {
            assert!(is_orange(&frame.picture().unwrap()));
            return;
        }
    }
    panic!("no picture");
}

#[test]
fn the_pictures_of_a_stream_are_found_whatever_stands_between_them() {
    let picture = jpeg(64, 48);
    let length = picture.len();
    for (kind, between) in [
        (
            "multipart/x-mixed-replace; boundary=frame",
            format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"),
        ),
        (
            "multipart/x-mixed-replace;boundary=\"a frame\"",
            format!("--a frame\r\nContent-Length: {length}\r\n\r\n"),
        ),
        (
            "multipart/x-mixed-replace; boundary=--frame",
            "--frame\r\n\r\n".to_owned(),
        ),
        (
            "multipart/x-mixed-replace; boundary=another",
            "--frame\r\nContent-Length: 7\r\n\r\n".to_owned(),
        ),
        (
            "Multipart/X-Mixed-Replace",
            "--frame\nContent-Length: 99999999999999999999\n\n".to_owned(),
        ),
        (MULTIPART, String::new()),
    ] {
        let sent = picture.clone();
        let server = Server::new(move |_, stream: &mut TcpStream| {
            begin(stream, kind)?;
            for _ in 0..3 {
                stream.write_all(&[between.as_bytes(), &sent, b"\r\n"].concat())?;
            }
            hang(stream)
        });
        let mut stream = open(&server.url("/stream")).unwrap();
        let mode = stream.agreed().mode();
        assert_eq!((mode.width, mode.height), (64, 48), "{kind}");
        for _ in 0..3 {
            assert_eq!(next(&mut *stream), picture, "{kind}");
        }
    }
}

#[test]
fn half_a_picture_is_passed_over() {
    let server = Server::new(|_, stream: &mut TcpStream| {
        let picture = jpeg(64, 48);
        begin(stream, MULTIPART)?;
        let half = &picture[..picture.len() - 30];
        stream.write_all(&[PART, half, PART, &picture].concat())?;
        hang(stream)
    });
    let mut stream = open(&server.url("/")).unwrap();
    assert_eq!(next(&mut *stream), jpeg(64, 48));
}

#[test]
fn a_picture_that_is_closed_too_early_is_no_frame_while_somebody_is_there() {
    let stream = Server::new(|_, stream: &mut TcpStream| {
        begin(stream, MULTIPART)?;
        let both = [PART, &closed_early(64, 48), PART, &jpeg(64, 48)].concat();
        loop {
            stream.write_all(&both)?;
        }
    });
    let asked = AtomicUsize::new(0);
    let still = Server::new(move |_, stream: &mut TcpStream| {
        let is_cut = asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        let picture = if is_cut { closed_early } else { jpeg };
        send_picture(stream, &picture(64, 48))
    });
    for server in [stream, still] {
        only_whole_pictures(Video::new(http(&server.url("/"))));
    }
}

#[test]
fn a_stream_that_ends_within_a_picture_says_so() {
    let server = Server::new(|_, stream: &mut TcpStream| {
        let picture = jpeg(64, 48);
        begin(stream, MULTIPART)?;
        stream.write_all(&[PART, &picture, PART, &picture[..100]].concat())?;
        end()
    });
    let mut stream = open(&server.url("/")).unwrap();
    let error = failure(&mut *stream);
    assert!(error.contains("has ended the connection"), "{error}");
}

#[test]
fn a_still_picture_is_asked_for_at_most_ten_times_a_second() {
    let server = Server::new(|_, stream: &mut TcpStream| send_picture(stream, &jpeg(64, 48)));
    let start = Instant::now();
    let mut stream = open(&server.url("/still.jpg")).unwrap();
    for _ in 0..4 {
        assert_eq!(next(&mut *stream), jpeg(64, 48));
    }
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(server.heads.try_iter().count(), 4);
}

#[test]
fn a_still_picture_may_come_without_its_length_and_over_a_new_connection_each_time() {
    let server = Server::new(|_, stream: &mut TcpStream| {
        begin(stream, "image/jpg")?;
        stream.write_all(&jpeg(64, 48))?;
        end()
    });
    let mut stream = open(&server.url("/still.jpg")).unwrap();
    for _ in 0..3 {
        assert_eq!(next(&mut *stream), jpeg(64, 48));
    }
}

#[test]
fn a_still_picture_may_be_a_png() {
    let mut png = Cursor::new(Vec::new());
    let orange = RgbImage::from_pixel(64, 48, Rgb([230, 120, 40]));
    orange.write_to(&mut png, ImageFormat::Png).unwrap();
    let png = png.into_inner();
    let server = Server::new(move |_, stream: &mut TcpStream| {
        respond(stream, "200 OK", "Content-Type: image/png\r\n", &png)
    });
    let mut stream = open(&server.url("/still.png")).unwrap();
    let mut decoder = Decoder::new(stream.agreed());
    let picture = decoder.decode(stream.next().unwrap()).unwrap();
    assert!(is_orange(&picture));
}

/// Sends something in small pieces, again and again.
fn dribble(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        stream.write_all(b"--frame\r\n")?;
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_camera_that_stalls_is_noticed_after_five_seconds() {
    type Stall = fn(&mut TcpStream) -> io::Result<()>;
    let cases: [(&str, Stall); 4] = [
        ("before it answers", hang),
        ("before the first picture", |stream| {
            begin(stream, MULTIPART)?;
            dribble(stream)
        }),
        ("after a picture", |stream| {
            begin(stream, MULTIPART)?;
            stream.write_all(&[PART, &jpeg(64, 48), PART].concat())?;
            hang(stream)
        }),
        ("within a still picture", |stream| {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 9000\r\n\r\n";
            stream.write_all(head.as_bytes())?;
            stream.write_all(&jpeg(64, 48)[..100])?;
            hang(stream)
        }),
    ];
    // All at the same time.
    thread::scope(|scope| {
        for (what, answer) in cases {
            scope.spawn(move || {
                let server = Server::new(move |_, stream: &mut TcpStream| answer(stream));
                let start = Instant::now();
                let error = match open(&server.url("/")) {
                    Ok(mut stream) => failure(&mut *stream),
                    Err(error) => error.to_string(),
                };
                assert!(error.contains("no picture comes"), "{what}: {error}");
                let seconds = start.elapsed().as_secs_f32();
                assert!((4.9..8.0).contains(&seconds), "{what}: {seconds}");
            });
        }
    });
}

#[test]
fn a_stream_that_ends_is_back_within_three_seconds_of_its_return() {
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    let server = Server::new(move |_, stream: &mut TcpStream| {
        begin(stream, MULTIPART)?;
        stream.write_all(&[PART, &jpeg(64, 48)].concat())?;
        // Until the test has seen the picture.
        let _ = receiver.lock().unwrap().recv();
        end()
    });
    let mut camera = Video::new(http(&server.url("/")));
    for _ in 0..3 {
        wait_for_picture(&mut camera);
        sender.send(()).unwrap();
    }
    assert!(server.heads.try_iter().count() >= 3);
}

#[test]
fn a_camera_that_is_dropped_ends_its_connection() {
    let (sender, receiver) = channel();
    let server = Server::new(move |_, stream: &mut TcpStream| {
        begin(stream, MULTIPART)?;
        while stream.write_all(&[PART, &jpeg(64, 48)].concat()).is_ok() {
            thread::sleep(Duration::from_millis(30));
        }
        let _ = sender.send(());
        end()
    });
    let mut camera = Video::new(http(&server.url("/")));
    wait_for_picture(&mut camera);
    drop(camera);
    let ended = receiver.recv_timeout(Duration::from_secs(2));
    assert!(ended.is_ok(), "the connection goes on");
}
