//! Each thread of the kiosk is made to panic once, as by a defect: a small library in C (`panicking.c`) lets its next
//! look at a clock fail, at which Rust's standard library panics. The kiosk goes on, with its page, its records and
//! its camera; or it ends and is started again; or systemd's watchdog, whose part is played here, hears nothing more of
//! it and starts it again. Nothing that it acknowledged is lost.
//!
//! Threads that never look at a clock cannot be made to panic in this way.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use super::daycare::Daycare;
use super::left::Left;
use super::preloaded::Preloaded;
use super::watchdog::Watchdog;
use super::week::{answers, confirm_until, crowd, knows_the_entrance};
use super::{Findings, PAUSE};
use crate::client::{Client, NoAnswer};
use crate::network_camera::NetworkCamera;
use crate::program::Program;

/// The time between two pictures of the camera.
const INTERVAL: Duration = Duration::from_millis(50);

/// Of how many threads the library takes note.
const THREADS: usize = 500;

/// Frames after which the camera works again.
const FRAMES: u64 = 5;

/// How long it takes until the watchdog ends a kiosk whose page does not answer, and some more.
const SILENCE: Duration = Duration::from_secs(180);

/// How long a request may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The threads of the page's runtime, and those beside them that may block. A runtime that has lost its threads is
/// replaced by the watchdog alone.
const RUNTIME: &str = "tokio-rt-worker";

/// How long a thread may do nothing before it is the next one's turn.
const PATIENCE: Duration = Duration::from_secs(70);

/// The same in short.
const PATIENCE_OF_SHORT: Duration = Duration::from_secs(2);

/// The least number of threads that must panic: this many look at a clock all the time.
const LEAST: usize = 4;

/// An address at which nothing listens, for what the kiosk tells others.
const NOWHERE: &str = "127.0.0.1:9";

/// Makes each thread panic; in short, only those that are not the runtime's. Skipped where there is no `cc`.
///
/// # Panics
/// If the kiosk does not start.
pub async fn panics(short: bool, findings: &mut Findings) {
    let place = TempDir::new().expect("a folder for library and catalogue");
    let Some(library) = Preloaded::compile("panicking.c", 1 + 2 * THREADS, place.path()) else {
        return findings.skip("each thread panics", "there is no cc");
    };
    let mut suite = Suite {
        watchdog: Watchdog::listen(place.path()),
        place,
        library,
        camera: NetworkCamera::start(INTERVAL),
        short,
        played: BTreeSet::new(),
        daycare: Daycare::default(),
        panics: 0,
        ends: 0,
        silences: 0,
        quiet: 0,
    };
    // A kiosk that ends is followed by another one, whose remaining threads come next.
    while let Some(kiosk) = suite.start(findings).await {
        if !suite.play_all(kiosk, findings).await {
            break;
        }
    }
    suite.report(findings);
}

struct Suite {
    place: TempDir,
    library: Preloaded,
    camera: NetworkCamera,
    watchdog: Watchdog,
    short: bool,
    /// The threads that had their turn.
    played: BTreeSet<Name>,
    daycare: Daycare,
    panics: usize,
    /// How many of these ended the kiosk.
    ends: usize,
    /// After how many of them the watchdog had to end it.
    silences: usize,
    /// How many threads did not look at a clock when it was their turn.
    quiet: usize,
}

/// A thread's name, and its place among those of that name, the eldest first: it is the same after a restart.
type Name = (String, usize);

/// A thread that has looked at a clock.
struct Thread {
    name: Name,
    /// Where it says whether its next reading of a clock fails.
    place: usize,
}

/// A kiosk at work.
struct Kiosk {
    program: Program,
    client: Client,
}

/// What became of the kiosk.
enum Outcome {
    Goes,
    Ended,
    /// The watchdog hears nothing more of it.
    Silent,
    /// It does not work, and says that it goes on.
    Hangs,
}

impl Suite {
    /// Starts a kiosk and waits until all of it works; `None` if it does not.
    async fn start(&mut self, findings: &mut Findings) -> Option<Kiosk> {
        let data = self.place.path().join("data");
        let config = self.place.path().join("kiosk.toml");
        let settings = format!("[mqtt]\nurl = \"mqtt://{NOWHERE}\"\n");
        fs::write(&config, settings).expect("a configuration");
        let config = config.to_str().expect("a path in UTF-8");
        let arguments = ["--config", config, "--camera", &self.camera.address];
        let program = Program::start_by(self.command(), &data, &arguments);
        let client = Client::log_in(&program.login_link()).await;
        let webhook =
            json!({ "url": format!("http://{NOWHERE}/"), "secret": "a-secret-for-a-test" });
        let set = client.put("/api/v1/webhook", &webhook).await;
        assert!(set.is_done(), "{}", set.text());
        self.daycare.check(&client, findings).await;
        Left::default().check(&data, findings);
        if let Err(error) = self.recognises(&client).await {
            findings.problem(format!("each thread panics: {error}"));
            return None;
        }
        self.daycare.learn(&client).await;
        Some(Kiosk { program, client })
    }

    fn command(&self) -> Command {
        // The threads of the former kiosk are gone.
        self.library.tell(&vec![0; 1 + 2 * THREADS], 0);
        let mut command = self.library.command();
        self.watchdog.watch(&mut command);
        command
    }

    /// Lets the threads panic, one after the other. Returns whether the kiosk has ended before all had their turn.
    async fn play_all(&mut self, mut kiosk: Kiosk, findings: &mut Findings) -> bool {
        for thread in self.threads(kiosk.program.id()) {
            let is_left_out = self.short && thread.name.0 == RUNTIME;
            if is_left_out || !self.played.insert(thread.name.clone()) {
                continue;
            }
            let before = match self.panic(&thread, &kiosk).await {
                Ok(Some(frames)) => frames,
                Ok(None) => continue,
                Err(error) => {
                    findings.problem(format!("before a thread panics: {error}"));
                    return false;
                }
            };
            match self.outcome(before, &mut kiosk).await {
                Outcome::Goes => self.daycare.check(&kiosk.client, findings).await,
                Outcome::Ended => {
                    self.ends += 1;
                    return true;
                }
                Outcome::Silent => {
                    self.silences += 1;
                    return true;
                }
                Outcome::Hangs => {
                    let (name, number) = thread.name;
                    findings.problem(format!(
                        "a panic of thread {name} {number}: the kiosk does not work, and nobody restarts it"
                    ));
                    return false;
                }
            }
        }
        if let Err(error) = self.recognises(&kiosk.client).await {
            findings.problem(format!("after all panics: {error}"));
        }
        false
    }

    /// Lets a crowd come, be recognised and go.
    async fn recognises(&self, client: &Client) -> Result<(), Box<dyn Error>> {
        let live = confirm_until(client, "it sees nothing", knows_the_entrance).await?;
        crowd(&self.camera, client, answers(&live)).await?;
        Ok(())
    }

    /// The threads of a process that have looked at a clock.
    fn threads(&self, process: u32) -> Vec<Thread> {
        let numbers = self.library.numbers();
        let (noted, _) = numbers[1..].as_chunks::<2>();
        let alive = noted.iter().enumerate().filter_map(|(index, &[id, _])| {
            let name = fs::read_to_string(format!("/proc/{process}/task/{id}/comm")).ok()?;
            Some((id, name.trim_end().to_owned(), 2 + 2 * index))
        });
        let mut alive: Vec<_> = alive.collect();
        alive.sort();
        let mut threads: Vec<Thread> = Vec::new();
        for (_, name, place) in alive {
            let elder = threads.iter().filter(|thread| thread.name.0 == name);
            let number = elder.count();
            threads.push(Thread {
                name: (name, number),
                place,
            });
        }
        threads
    }

    /// Lets a thread panic, while somebody reads pages. Returns how many frames there were before, or `None` if the
    /// thread did not look at a clock.
    async fn panic(&mut self, thread: &Thread, kiosk: &Kiosk) -> Result<Option<u64>, NoAnswer> {
        let (name, number) = &thread.name;
        println!("thread {name} {number} is to panic");
        let frames = frames(&kiosk.client).await?;
        self.library.tell(&[1], thread.place);
        let patience = if self.short {
            PATIENCE_OF_SHORT
        } else {
            PATIENCE
        };
        let due = Instant::now() + patience;
        while self.library.numbers()[thread.place] == 1 {
            if Instant::now() > due {
                self.library.tell(&[0], thread.place);
                self.quiet += 1;
                println!("it does not look at a clock");
                return Ok(None);
            }
            // The reader may be the one whose thread panics.
            let _ = timeout(ANSWER, kiosk.client.try_get("/api/v1/visits")).await;
            sleep(PAUSE).await;
        }
        println!("thread '{}' has panicked", kiosk.program.panicked());
        self.panics += 1;
        Ok(Some(frames))
    }

    /// Waits until the kiosk works again or ends, or the watchdog hears nothing more of it.
    async fn outcome(&mut self, frames_before: u64, kiosk: &mut Kiosk) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < SILENCE {
            if !kiosk.program.is_running() {
                return Outcome::Ended;
            }
            if self.watchdog.is_silent() {
                return Outcome::Silent;
            }
            let works = self.works(frames_before, &kiosk.client);
            if let Ok(true) = timeout(ANSWER, works).await {
                return Outcome::Goes;
            }
            sleep(PAUSE).await;
        }
        Outcome::Hangs
    }

    /// Whether the kiosk has got frames, and records something.
    async fn works(&mut self, frames_before: u64, client: &Client) -> bool {
        let frames = frames(client).await.unwrap_or_default();
        frames >= frames_before + FRAMES && matches!(self.daycare.add(client).await, Ok(Some(_)))
    }

    fn report(&self, findings: &mut Findings) {
        if self.panics < LEAST {
            findings.problem(format!("only {} threads have panicked", self.panics));
        }
        for (name, number) in [
            ("panics: threads", self.played.len()),
            ("panics: threads that did not look at a clock", self.quiet),
            ("panics", self.panics),
            ("panics: the kiosk has ended", self.ends),
            ("panics: the watchdog has ended it", self.silences),
            ("panics: lost or changed records", self.daycare.lost),
        ] {
            findings.figures.add(name, "", number as f64);
        }
    }
}

async fn frames(client: &Client) -> Result<u64, NoAnswer> {
    let live = client.try_get("/api/v1/live").await?.json();
    Ok(live["counts"]["frames"].as_u64().unwrap_or_default())
}
