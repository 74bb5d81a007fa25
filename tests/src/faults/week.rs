//! A week at one kiosk, as fast as it goes: crowds come before its camera one after the other, and staff
//! confirm them. What the kiosk has in memory and open does not grow.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Cursor, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hyper::body::Bytes;
use image::{ImageFormat, Rgb, RgbImage, imageops};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::Findings;
use super::clock::sped_up;
use crate::client::{Client, NoAnswer};
use crate::process;
use crate::program::Program;
use crate::workspace;

/// Arrivals after which the kiosk has all that it needs.
const SETTLED: u64 = 1000;

/// By how much the memory may have grown from then on.
const GROWTH: f64 = 0.05;

/// By how many the descriptors may: the catalogue opens another reader when several pages come at once.
const DESCRIPTORS: usize = 8;

/// The animals of a crowd, in columns and rows.
const COLUMNS: u32 = 3;
const ROWS: u32 = 2;

/// The size of the camera's picture, and of an animal in it. Animals with less room between them are not
/// all found.
const PICTURE: [u32; 2] = [640, 480];
const ANIMAL: u32 = 150;

/// The cat's face on its photograph: the left upper corner, and the side of the square.
const FACE: [u32; 3] = [75, 0, 300];

/// What is behind the animals.
const WALL: [u8; 3] = [210, 205, 195];

/// How many times as fast time passes for the kiosk. What takes longest of a crowd are the six seconds
/// until the last one who was confirmed has been thanked and has gone.
///
/// A camera that gives no picture for five seconds of the kiosk's time is given up. That must not happen:
/// libfaketime does not speed up the kiosk's pause before it opens the camera again, but makes it end
/// too late. So the time of the camera's thread without a processor limits the speed.
const SPEED: u32 = 20;

/// The same for a short week, which other tests accompany.
const SPEED_OF_SHORT: u32 = 5;

/// The time between two pictures for the kiosk, as with other cameras.
const INTERVAL: Duration = Duration::from_millis(100);

/// The time between two looks at what the kiosk says.
const PAUSE: Duration = Duration::from_millis(10);

/// Pages that follow the kiosk's events.
const FOLLOWERS: usize = 2;

/// How long a crowd stays if not all of it is recognised.
const STAYS: Duration = Duration::from_secs(1);

/// After so many frames the kiosk knows what the entrance looks like without anybody.
const FIRST_FRAMES: u64 = 20;

/// How long the kiosk may take to recognise the first of a crowd, or to see that it has gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plays so many arrivals at a kiosk, and compares its memory and its descriptors after the first thousand
/// with those at the end. With fewer than two thousand, it compares the descriptors alone, with those after
/// half of them. Skipped where there is no libfaketime (Debian: faketime).
///
/// # Panics
/// If the kiosk does not start.
pub async fn week(arrivals: u64, findings: &mut Findings) {
    let speed = if arrivals < 2 * SETTLED {
        SPEED_OF_SHORT
    } else {
        SPEED
    };
    let Some(command) = sped_up(speed) else {
        return findings.skip("a week", "there is no libfaketime (Debian: faketime)");
    };
    let folder = TempDir::new().expect("a folder for the catalogue");
    let camera = Camera::start(INTERVAL / speed);
    let kiosk = Program::start_by(command, folder.path(), &["--camera", &camera.address]);
    let client = Client::log_in(&kiosk.login_link()).await;
    // Photographs go as others come.
    let settings = json!({ "keep_days": 1, "quota_mb": 10 });
    let changed = client.put("/api/v1/settings", &settings).await;
    assert!(changed.is_done(), "{}", changed.text());

    // What it sees first is its background: the entrance without anybody.
    let knows = |live: &Value| live["counts"]["frames"].as_u64() >= Some(FIRST_FRAMES);
    if let Err(error) = confirm_until(&client, "it sees nothing", knows).await {
        return findings.problem(format!("a week: {error}"));
    }
    for _ in 0..FOLLOWERS {
        let client = client.clone();
        // They end when the kiosk does.
        tokio::spawn(async move { client.follow().await });
    }
    let start = Instant::now();
    let mut used = Used::of(arrivals);
    let mut seen = 0;
    while seen < arrivals {
        match crowd(&camera, &client, seen).await {
            Ok(answers) => seen = answers,
            Err(error) => return findings.problem(format!("after {seen} arrivals: {error}")),
        }
        used.note(seen, kiosk.id());
    }
    let hours = start.elapsed().as_secs_f64() / 3600.0;
    findings.figures.add("week: arrivals", "", seen as f64);
    findings.figures.add("week: time", "h", hours);
    used.compare(findings);
}

/// A crowd comes, is confirmed and goes. Returns how many arrivals had an answer by then since the start.
async fn crowd(camera: &Camera, client: &Client, before: u64) -> Result<u64, Box<dyn Error>> {
    let all = before + u64::from(COLUMNS * ROWS);
    let start = Instant::now();
    camera.show(true);
    confirm_until(client, "nobody is recognised", |live| {
        let answers = answers(live);
        answers >= all || (answers > before && start.elapsed() > STAYS)
    })
    .await?;
    for address in ["/", "/api/v1/live/screen.png"] {
        client.try_get(address).await?;
    }
    camera.show(false);
    // Whoever comes back before it has left is no new arrival.
    let has_left = |live: &Value| live["arrival"]["stage"] == json!("empty");
    let live = confirm_until(client, "the crowd does not leave", has_left).await?;
    Ok(answers(&live))
}

/// Confirms whoever has an answer, until what the kiosk says is so, but not for ever. Returns what it said
/// last; `otherwise` is what is wrong if it never is.
///
/// Nobody's answer may stay open: it would stay on the screen for half a minute after its animal has gone.
async fn confirm_until(
    client: &Client,
    otherwise: &str,
    is_so: impl Fn(&Value) -> bool,
) -> Result<Value, Box<dyn Error>> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let live = client.try_get("/api/v1/live").await?.json();
        confirm(client, &live).await?;
        if is_so(&live) {
            return Ok(live);
        }
        sleep(PAUSE).await;
    }
    Err(otherwise.into())
}

/// Confirms each arrival that has an answer. One that is refused stays open until the next time.
async fn confirm(client: &Client, live: &Value) -> Result<(), NoAnswer> {
    let others = live["others"].as_array().into_iter().flatten();
    let arrivals = others.chain([&live["arrival"]]);
    let open = arrivals.filter(|arrival| arrival["stage"] == json!("answered"));
    for visit in open.filter_map(|arrival| arrival["visit"].as_i64()) {
        let address = format!("/api/v1/visits/{visit}/settle");
        let decision = json!({ "breed": "siamese" });
        client.try_post(&address, &decision).await?;
    }
    Ok(())
}

/// How many arrivals had an answer since the start.
fn answers(live: &Value) -> u64 {
    live["counts"]["answers"].as_u64().unwrap_or_default()
}

/// What a kiosk uses early and late. Of each it is the least of several looks: what comes and goes does not
/// count.
struct Used {
    arrivals: u64,
    early: Option<Least>,
    late: Option<Least>,
}

/// The least that was used.
#[derive(Clone, Copy)]
struct Least {
    /// Resident memory in 10^6 bytes.
    memory: f64,
    /// Open files and connections.
    descriptors: usize,
}

impl Used {
    fn of(arrivals: u64) -> Self {
        Self {
            arrivals,
            early: None,
            late: None,
        }
    }

    /// Arrivals before the early looks begin.
    fn settled(&self) -> u64 {
        SETTLED.min(self.arrivals / 2)
    }

    /// Looks at the kiosk, if it is time.
    fn note(&mut self, seen: u64, process: u32) {
        let window = self.settled() / 5;
        let now = Least {
            memory: process::memory(process).resident,
            descriptors: process::descriptors(process),
        };
        let is_first = seen > self.settled() && self.early.is_none();
        if is_first || (self.settled()..=self.settled() + window).contains(&seen) {
            self.early = Some(now.or(self.early));
        }
        if seen + window >= self.arrivals {
            self.late = Some(now.or(self.late));
        }
    }

    /// Says what has grown.
    fn compare(&self, findings: &mut Findings) {
        let (Some(early), Some(late)) = (self.early, self.late) else {
            return findings.problem("too few arrivals to compare anything");
        };
        let growth = late.memory / early.memory - 1.0;
        for (name, unit, value) in [
            ("week: resident memory early", "MB", early.memory),
            ("week: resident memory late", "MB", late.memory),
            ("week: growth", "%", 100.0 * growth),
            ("week: descriptors early", "", early.descriptors as f64),
            ("week: descriptors late", "", late.descriptors as f64),
        ] {
            findings.figures.add(name, unit, value);
        }
        if growth > GROWTH && self.arrivals >= 2 * SETTLED {
            let percent = 100.0 * growth;
            findings.problem(format!("a week: the memory has grown by {percent:.1} %"));
        }
        if late.descriptors > early.descriptors + DESCRIPTORS {
            let (early, late) = (early.descriptors, late.descriptors);
            findings.problem(format!("a week: {early} descriptors have become {late}"));
        }
    }
}

impl Least {
    fn or(self, other: Option<Self>) -> Self {
        let other = other.unwrap_or(self);
        Self {
            memory: self.memory.min(other.memory),
            descriptors: self.descriptors.min(other.descriptors),
        }
    }
}

/// A camera on the network, which shows a crowd or nobody. Its threads end with the program.
struct Camera {
    address: String,
    crowd: Bytes,
    nobody: Bytes,
    shown: Arc<Mutex<Bytes>>,
}

impl Camera {
    /// A camera that shows nobody, with a picture in each interval.
    fn start(interval: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("the port's address");
        let nobody = picture(false);
        let shown = Arc::new(Mutex::new(nobody.clone()));
        let shared = Arc::clone(&shown);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let shown = Arc::clone(&shared);
                // It ends when the kiosk does.
                thread::spawn(move || stream_to(stream, interval, &shown));
            }
        });
        Self {
            address: format!("http://{address}/video"),
            crowd: picture(true),
            nobody,
            shown,
        }
    }

    fn show(&self, somebody: bool) {
        let picture = if somebody { &self.crowd } else { &self.nobody };
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = picture.clone();
    }
}

/// Answers a request with what is shown, again and again.
fn stream_to(mut stream: TcpStream, interval: Duration, shown: &Mutex<Bytes>) -> io::Result<()> {
    let mut request = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 {
        line.clear();
    }
    let kind = "multipart/x-mixed-replace; boundary=frame";
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n")?;
    loop {
        let picture = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let length = picture.len();
        write!(
            stream,
            "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
        )?;
        stream.write_all(&picture)?;
        stream.write_all(b"\r\n")?;
        thread::sleep(interval);
    }
}

/// A picture of the entrance, with a crowd or empty.
fn picture(somebody: bool) -> Bytes {
    let [width, height] = PICTURE;
    let mut picture = RgbImage::from_pixel(width, height, Rgb(WALL));
    if somebody {
        let animal = animal();
        let [column, row] = [width / COLUMNS, height / ROWS];
        for place in 0..COLUMNS * ROWS {
            let x = place % COLUMNS * column + (column - ANIMAL) / 2;
            let y = place / COLUMNS * row + (row - ANIMAL) / 2;
            imageops::replace(&mut picture, &animal, x.into(), y.into());
        }
    }
    let mut file = Cursor::new(Vec::new());
    let written = picture.write_to(&mut file, ImageFormat::Jpeg);
    written.expect("a picture");
    file.into_inner().into()
}

/// A cat's face in grey. In grey, the network names a breed after three pictures; in colour it is not sure,
/// and takes eight.
fn animal() -> RgbImage {
    let file = workspace().join("edge/examples/chelsea.png");
    let photograph = image::open(file).expect("a photograph");
    let [x, y, side] = FACE;
    let face = photograph.crop_imm(x, y, side, side);
    face.thumbnail_exact(ANIMAL, ANIMAL).grayscale().to_rgb8()
}
