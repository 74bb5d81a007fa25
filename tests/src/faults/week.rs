//! A week at one kiosk, as fast as it goes: crowds come before its camera one after the other, and staff
//! confirm them. What the kiosk has in memory and open does not grow.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::clock::sped_up;
use super::staff::log_in;
use super::{Findings, NO_CAMERA};
use crate::client::{Client, NoAnswer};
use crate::figures::{Times, median};
use crate::network_camera::{CROWD, NetworkCamera, Shown};
use crate::process;
use crate::program::Program;

/// Arrivals after which the kiosk has all that it needs.
const WARM: u64 = 1000;

/// By how much the memory may have grown from then on.
const GROWTH: f64 = 0.05;

/// By how many the descriptors may: the catalogue opens another reader when several pages come at once.
const DESCRIPTORS: usize = 8;

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

/// The pause between two checks of what the kiosk says.
const PAUSE: Duration = Duration::from_millis(10);

/// Pages that follow the kiosk's events.
const FOLLOWERS: usize = 2;

/// How long a crowd stays if not all of it is recognised.
const STAYS: Duration = Duration::from_secs(1);

/// The number of frames after which the kiosk knows the empty entrance.
const FIRST_FRAMES: u64 = 20;

/// How often it is killed and started again in the end.
const STARTS: usize = 5;

/// How long the kiosk may take to recognise the first of a crowd, or to see that it has gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plays this many arrivals at a kiosk that allocates memory as the service does, and compares its memory and
/// its descriptors after the first thousand with those at the end. With fewer than two thousand, it compares
/// the descriptors alone, with those after half of them. Skipped where there is no libfaketime (Debian:
/// faketime).
///
/// # Panics
/// If the kiosk does not start.
pub async fn week(arrivals: u64, findings: &mut Findings) {
    let speed = if arrivals < 2 * WARM {
        SPEED_OF_SHORT
    } else {
        SPEED
    };
    let Some(command) = sped_up(speed) else {
        return findings.skip("a week", "there is no libfaketime (Debian: faketime)");
    };
    let folder = TempDir::new().expect("a folder for the catalogue");
    let camera = NetworkCamera::start(INTERVAL / speed);
    let mut kiosk = Program::start_by(command, folder.path(), &["--camera", &camera.address]);
    let client = Client::log_in(&kiosk.login_link()).await;
    // Photographs go as others come.
    let settings = json!({ "keep_days": 1, "quota_mb": 10 });
    let changed = client.put("/api/v1/settings", &settings).await;
    assert!(changed.is_done(), "{}", changed.text());

    if let Err(error) = confirm_until(&client, "it sees nothing", knows_the_entrance).await {
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

    // With all that it has recorded.
    let mut starts = Times::default();
    for _ in 0..STARTS {
        kiosk.kill();
        kiosk = Program::start(folder.path(), &NO_CAMERA);
        log_in(&kiosk, &mut starts).await;
    }
    findings.add_starts("week", &starts);
}

/// Whether the kiosk has seen enough to know what is behind an arrival: what it sees first is its background.
pub(super) fn knows_the_entrance(live: &Value) -> bool {
    live["counts"]["frames"].as_u64() >= Some(FIRST_FRAMES)
}

/// A crowd comes, is confirmed and goes. Returns how many arrivals had an answer by then since the start.
pub(super) async fn crowd(
    camera: &NetworkCamera,
    client: &Client,
    before: u64,
) -> Result<u64, Box<dyn Error>> {
    let all = before + u64::from(CROWD);
    let start = Instant::now();
    camera.show(Shown::Crowd);
    confirm_until(client, "nobody is recognised", |live| {
        let answers = answers(live);
        answers >= all || (answers > before && start.elapsed() > STAYS)
    })
    .await?;
    for address in ["/", "/api/v1/live/screen.png"] {
        client.try_get(address).await?;
    }
    camera.show(Shown::Nobody);
    // An animal that comes back before it has left is no new arrival.
    let has_left = |live: &Value| live["arrival"]["stage"] == json!("empty");
    let live = confirm_until(client, "the crowd does not leave", has_left).await?;
    Ok(answers(&live))
}

/// Confirms each arrival that has an answer, until what the kiosk says is so, or the time is up. Returns what
/// it said last; `otherwise` is what is wrong if it never is.
///
/// Nobody's answer may stay open: it would stay on the screen for half a minute after its animal has gone.
pub(super) async fn confirm_until(
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
pub(super) fn answers(live: &Value) -> u64 {
    live["counts"]["answers"].as_u64().unwrap_or_default()
}

/// What a kiosk uses early and late.
struct Used {
    arrivals: u64,
    early: Samples,
    late: Samples,
}

/// What was used at several moments.
#[derive(Default)]
struct Samples {
    /// Resident memory in 10^6 bytes.
    memory: Vec<f64>,
    /// Open files and connections.
    descriptors: Vec<usize>,
}

impl Used {
    fn of(arrivals: u64) -> Self {
        Self {
            arrivals,
            early: Samples::default(),
            late: Samples::default(),
        }
    }

    /// Arrivals before the early moments begin.
    fn warm(&self) -> u64 {
        WARM.min(self.arrivals / 2)
    }

    /// Takes samples, if it is time.
    fn note(&mut self, seen: u64, process: u32) {
        let window = self.warm() / 2;
        let is_first = seen > self.warm() && self.early.memory.is_empty();
        if is_first || (self.warm()..=self.warm() + window).contains(&seen) {
            self.early.take(process);
        }
        if seen + window >= self.arrivals {
            self.late.take(process);
        }
    }

    /// Says what has grown.
    fn compare(&self, findings: &mut Findings) {
        let (early, late) = (&self.early, &self.late);
        if early.memory.is_empty() || late.memory.is_empty() {
            return findings.problem("too few arrivals to compare anything");
        }
        let [memory_early, memory_late] = [early, late].map(Samples::memory);
        let [early, late] = [early, late].map(Samples::descriptors);
        let growth = memory_late / memory_early - 1.0;
        for (name, unit, value) in [
            ("week: resident memory early", "MB", memory_early),
            ("week: resident memory late", "MB", memory_late),
            ("week: growth", "%", 100.0 * growth),
            ("week: descriptors early", "", early as f64),
            ("week: descriptors late", "", late as f64),
        ] {
            findings.figures.add(name, unit, value);
        }
        if growth > GROWTH && self.arrivals >= 2 * WARM {
            let percent = 100.0 * growth;
            findings.problem(format!("a week: the memory has grown by {percent:.1} %"));
        }
        if late > early + DESCRIPTORS {
            findings.problem(format!("a week: {early} descriptors have become {late}"));
        }
    }
}

impl Samples {
    fn take(&mut self, process: u32) {
        self.memory.push(process::memory(process).resident);
        self.descriptors.push(process::descriptors(process));
    }

    /// The median: with each crowd the memory goes up and down by a tenth.
    fn memory(&self) -> f64 {
        median(self.memory.clone())
    }

    /// The fewest: connections come and go.
    fn descriptors(&self) -> usize {
        self.descriptors.iter().min().copied().unwrap_or_default()
    }
}
