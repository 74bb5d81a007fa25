//! Cameras on the network, as ffmpeg feeds and reads them: MJPEG over HTTP, and RTSP.
//!
//! Needs Debian's `ffmpeg`. Without it the tests are skipped, except in CI.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use devices::camera::picture::Settings;
use devices::camera::rtsp::Rtsp;
use devices::camera::video::Video;
use devices::camera::{self, Camera, Choice};
use tests::can_run;
use tests::services::free_port;

const COLOUR: [u8; 3] = [230, 120, 40];

/// How long a picture may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn has_ffmpeg() -> bool {
    let is_there = Command::new("ffmpeg").arg("-version").output().is_ok();
    can_run(is_there, "ffmpeg (Debian: ffmpeg)")
}

/// A camera that ffmpeg plays: ten pictures of one colour a second, sent to an address.
struct Feed {
    address: String,
    arguments: &'static [&'static str],
    process: Child,
}

impl Feed {
    fn new(address: String, arguments: &'static [&'static str]) -> Self {
        let process = Self::start(&address, arguments);
        Self {
            address,
            arguments,
            process,
        }
    }

    fn start(address: &str, arguments: &[&str]) -> Child {
        let [red, green, blue] = COLOUR;
        let source = format!("color=c=0x{red:02x}{green:02x}{blue:02x}:size=640x480:rate=10");
        Command::new("ffmpeg")
            .args(["-nostdin", "-loglevel", "error"])
            .args(["-re", "-f", "lavfi", "-i", source.as_str()])
            .args(arguments)
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("ffmpeg starts")
    }

    /// Starts it again if it has ended, as it does where nobody listens yet or nobody looks any more.
    fn keep_up(&mut self) {
        let has_ended = self.process.try_wait().expect("its status").is_some();
        if has_ended {
            self.process = Self::start(&self.address, self.arguments);
        }
    }

    fn end(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits for a picture of the feed.
fn wait_for_picture(camera: &mut dyn Camera, feed: &mut Feed) {
    let start = Instant::now();
    let mut errors = Vec::new();
    while start.elapsed() < PATIENCE {
        feed.keep_up();
        match camera.frame(Duration::from_millis(200)) {
            Ok(Some(mut frame)) => {
                let picture = frame.picture().unwrap();
                assert_eq!(picture.dimensions(), (640, 480));
                let colour = picture.get_pixel(320, 240).0;
                let is_near = |(a, b): (&u8, u8)| a.abs_diff(b) < 20;
                assert!(colour.iter().zip(COLOUR).all(is_near), "{colour:?}");
                return;
            }
            Ok(None) => {}
            Err(error) => errors.push(error.to_string()),
        }
    }
    errors.dedup();
    panic!("no picture in {PATIENCE:?}: {errors:#?}");
}

#[test]
fn mjpeg_over_http_is_read_and_read_again_after_an_interruption() {
    if !has_ffmpeg() {
        return;
    }
    let address = format!("http://127.0.0.1:{}/video", free_port());
    let choice: Choice = address.parse().expect("an address");
    let mut feed = Feed::new(
        address,
        &[
            "-codec:v",
            "mjpeg",
            "-f",
            "mpjpeg",
            "-listen",
            "1",
            "-content_type",
            "multipart/x-mixed-replace;boundary=ffmpeg",
        ],
    );
    let mut camera = camera::open(&choice, &Settings::default()).expect("a camera");
    wait_for_picture(&mut *camera, &mut feed);
    feed.end();
    let start = Instant::now();
    while camera.frame(Duration::from_millis(200)).is_ok() {
        assert!(start.elapsed() < PATIENCE, "nobody notices that it is gone");
    }
    wait_for_picture(&mut *camera, &mut feed);
}

#[test]
fn rtsp_is_read_by_ffmpeg() {
    if !has_ffmpeg() {
        return;
    }
    // Without a server, the side that reads has to listen.
    let folder = tempfile::tempdir().expect("a folder for a program");
    let program = folder.path().join("ffmpeg");
    let script = "#!/bin/sh\nexec ffmpeg -rtsp_flags listen -listen_timeout 60 \"$@\"\n";
    fs::write(&program, script).expect("a program");
    fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("a program to run");
    let address = format!("rtsp://127.0.0.1:{}/live", free_port());
    let mut camera = Video::new(Rtsp::by(&program, address.parse().expect("an address")));
    let mut feed = Feed::new(
        address,
        &[
            "-codec:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "zerolatency",
            "-g",
            "10",
            "-pix_fmt",
            "yuv420p",
            "-f",
            "rtsp",
            "-rtsp_transport",
            "tcp",
        ],
    );
    wait_for_picture(&mut camera, &mut feed);
}

/// Why the camera at an address gives no pictures.
fn error(address: &str) -> String {
    let choice: Choice = address.parse().expect("an address");
    let mut camera = camera::open(&choice, &Settings::default()).expect("a camera");
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Err(error) = camera.frame(Duration::from_millis(200)) {
            return error.to_string();
        }
    }
    panic!("{address}: no error in {PATIENCE:?}");
}

#[test]
fn what_ffmpeg_complains_of_is_said_in_plain_words() {
    if !has_ffmpeg() {
        return;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its number").port();
    thread::spawn(move || listener.incoming().flatten().for_each(|it| refuse(&it)));
    let said = error(&format!("rtsp://desk:secret@127.0.0.1:{port}/live"));
    let expected = format!("rtsp://desk:***@127.0.0.1:{port}/live: the camera refuses the login");
    assert!(said.starts_with(&expected), "{said}");

    let said = error(&format!("rtsp://127.0.0.1:{}/live", free_port()));
    assert!(said.contains("nothing answers there"), "{said}");
    let said = error("rtsp://nowhere.invalid/live");
    assert!(said.contains("no machine has this name"), "{said}");
}

/// Refuses whatever a client of RTSP asks for.
fn refuse(client: &TcpStream) {
    let (mut answers, mut sequence) = (client, String::new());
    for line in BufReader::new(client).lines() {
        let Ok(line) = line else { return };
        if line.starts_with("CSeq:") {
            sequence = line;
        } else if line.is_empty() {
            let login = "WWW-Authenticate: Basic realm=\"camera\"";
            let answer = format!("RTSP/1.0 401 Unauthorized\r\n{sequence}\r\n{login}\r\n\r\n");
            // A client that has left needs no answer.
            let _ = answers.write_all(answer.as_bytes());
        }
    }
}
