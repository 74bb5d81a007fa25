//! Single calls to the disk fail while the kiosk works: the disk is full for one file alone, a block cannot
//! be written, a file system turns read-only. What was acknowledged is there after a restart.
//!
//! A small library in C (`refusing.c`), compiled with `cc` and loaded by `LD_PRELOAD`, refuses the calls
//! that make, write, sync, rename or remove files below the data folder. The few that Rust programs make
//! without the C library, such as those that give finished temporary files their names, are not seen.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use hyper::body::Bytes;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rustix::io::Errno;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::daycare::{Daycare, EXPORT};
use super::kills::record_visits;
use super::left::Left;
use super::records::Records;
use super::starts::check_backup;
use super::{Findings, HEALED, NO_CAMERA, PAUSE};
use crate::client::{Client, NoAnswer};
use crate::program::Program;
use crate::workspace;

/// Visits that are in the catalogue from the beginning.
const VISITS: usize = 8;

/// What a decision may be.
const BREEDS: [&str; 3] = ["beagle", "pug", "boxer"];

/// What calls fail with.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    name: &'static str,
    error: Errno,
    /// Whether all calls fail from the first one on, for the rest of the day.
    lasts: bool,
}

const REFUSALS: [Refusal; 3] = [
    Refusal {
        name: "ENOSPC",
        error: Errno::NOSPC,
        lasts: true,
    },
    Refusal {
        name: "EIO",
        error: Errno::IO,
        lasts: false,
    },
    Refusal {
        name: "EROFS",
        error: Errno::ROFS,
        lasts: true,
    },
];

/// Plays short days, so many, in each of which a random call to the disk fails, or all from that one on. Without
/// a number there is a day for each call that a day makes, and for each error. Skipped where there is no `cc`.
///
/// # Panics
/// If the kiosk does not start.
pub async fn refused_calls(seed: u64, days: Option<usize>, findings: &mut Findings) {
    let Some(mut suite) = Suite::prepare() else {
        return findings.skip("single calls to the disk fail", "there is no cc");
    };
    let calls = suite.play(None, findings).await;
    if calls == 0 {
        return findings.problem("a day makes no call to the disk: the library does not work");
    }
    let plan = match days {
        Some(days) => sample(seed, days, calls),
        None => (1..=calls)
            .flat_map(|call| REFUSALS.map(|refusal| (refusal, call)))
            .collect(),
    };
    let days = plan.len();
    for day in plan {
        suite.play(Some(day), findings).await;
    }
    suite.report(calls, days, findings);
}

/// Random calls of so many, with one error after the other.
fn sample(seed: u64, days: usize, calls: u64) -> Vec<(Refusal, u64)> {
    let mut random = SplitMix64::seed_from_u64(seed);
    let refusals = REFUSALS.into_iter().cycle().take(days);
    refusals
        .map(|refusal| (refusal, 1 + random.next_u64() % calls))
        .collect()
}

/// A catalogue, and who works with it from day to day.
struct Suite {
    _place: TempDir,
    /// The data folder, as /proc shows it.
    folder: PathBuf,
    library: Library,
    daycare: Daycare,
    photograph: Bytes,
    /// How many days were played.
    days: usize,
    /// How many of them had a request that was refused.
    noticed: usize,
    left: Left,
}

impl Suite {
    fn prepare() -> Option<Self> {
        let place = TempDir::new().expect("a folder for the catalogue");
        let library = Library::compile(place.path())?;
        let place_of_all = fs::canonicalize(place.path()).expect("the folder's own path");
        let folder = place_of_all.join("data");
        record_visits(&folder, VISITS);
        let photograph = fs::read(workspace().join("edge/examples/chelsea.png"));
        Some(Self {
            _place: place,
            folder,
            library,
            daycare: Daycare::default(),
            photograph: photograph.expect("a photograph").into(),
            days: 0,
            noticed: 0,
            left: Left::default(),
        })
    }

    /// Plays a day, in which calls fail from one on; then the kiosk heals, is killed, and is started without
    /// the library. Returns how many calls the day made.
    async fn play(&mut self, day: Option<(Refusal, u64)>, findings: &mut Findings) -> u64 {
        let fault = match day {
            Some((refusal, call)) => format!("{} at call {call}", refusal.name),
            None => "a day without faults".to_owned(),
        };
        let mut kiosk =
            Program::start_by(self.library.loaded(&self.folder), &self.folder, &NO_CAMERA);
        let client = Client::log_in(&kiosk.login_link()).await;
        if self.days == 0 {
            self.daycare.learn(&client).await;
        }
        self.days += 1;
        let refused = self.daycare.refused;
        self.library.arm(day);
        let worked = self.work(&client, findings).await;
        let calls = self.library.disarm();
        match worked {
            Ok(arrives) => {
                self.daycare.heals(&fault, &client, findings).await;
                if arrives && let Err(error) = self.check_in(&fault, &client, findings).await {
                    findings.problem(format!("{fault}: {error}"));
                }
            }
            Err(error) => findings.problem(format!("{fault}: {error}")),
        }
        self.noticed += usize::from(self.daycare.refused > refused);
        kiosk.kill();
        self.check(findings).await;
        calls
    }

    /// A short day: somebody arrives, animals come, a visit is corrected, and all of it is exported and backed
    /// up. Returns whether the kiosk has taken in the picture of who arrives.
    async fn work(&mut self, client: &Client, findings: &mut Findings) -> Result<bool, NoAnswer> {
        let photograph = self.photograph.clone();
        let sent = client.try_send_file("/api/v1/photographs", "image/png", photograph);
        let arrives = sent.await?.is_done();
        let animal = self.daycare.add(client).await?;
        let breed = BREEDS[self.days % BREEDS.len()];
        let confirmed = self.daycare.confirm(client, 1, breed, animal.as_ref());
        confirmed.await?;
        self.daycare.confirm(client, 2, breed, None).await?;
        self.export(client, findings).await?;
        self.back_up(client, findings).await?;
        if arrives {
            // It is on record with its answer, or that was refused.
            answered(client).await?;
        }
        Ok(arrives)
    }

    /// What is exported is what was acknowledged, or nothing is.
    async fn export(&self, client: &Client, findings: &mut Findings) -> Result<(), NoAnswer> {
        let export = client.try_get(EXPORT).await?;
        if export.status == 200 {
            let differences = self.daycare.kept.differences(&Records::of(&export.json()));
            let lines = differences.iter().map(|line| format!("an export: {line}"));
            lines.for_each(|line| findings.problem(line));
        }
        Ok(())
    }

    /// What is called a backup is one.
    async fn back_up(&self, client: &Client, findings: &mut Findings) -> Result<(), NoAnswer> {
        let backup = client.try_get("/api/v1/backup").await?;
        if backup.status == 200 {
            let folder = TempDir::new().expect("a folder for the backup");
            let file = folder.path().join("backup.tar");
            fs::write(&file, backup.body).expect("the backup is written");
            check_backup(&file, findings);
        }
        Ok(())
    }

    /// The arrival is on record once the disk works again, and staff confirm it.
    async fn check_in(
        &mut self,
        fault: &str,
        client: &Client,
        findings: &mut Findings,
    ) -> Result<(), NoAnswer> {
        let due = Instant::now() + HEALED;
        let visit = loop {
            let arrival = client.try_get("/api/v1/live").await?.json()["arrival"].take();
            if let Some(visit) = arrival["visit"].as_i64() {
                break visit;
            }
            if Instant::now() > due {
                findings.problem(format!("{fault}: the arrival is not on record: {arrival}"));
                return Ok(());
            }
            sleep(PAUSE).await;
        };
        self.daycare.has_arrived(visit);
        self.daycare.confirm(client, visit, BREEDS[0], None).await
    }

    /// Starts the kiosk as it is, without the library, and compares all that it has.
    async fn check(&mut self, findings: &mut Findings) {
        let kiosk = Program::start(&self.folder, &NO_CAMERA);
        let client = Client::log_in(&kiosk.login_link()).await;
        self.daycare.check(&client, findings).await;
        self.left.check(&self.folder, findings);
    }

    fn report(&self, calls: u64, days: usize, findings: &mut Findings) {
        for (name, number) in [
            ("refused calls: calls of a day", calls as f64),
            ("refused calls: days", days as f64),
            (
                "refused calls: days with a refused request",
                self.noticed as f64,
            ),
            (
                "refused calls: lost or changed records",
                self.daycare.lost as f64,
            ),
            (
                "refused calls: faults of the catalogue",
                self.left.faults as f64,
            ),
            (
                "refused calls: files left over",
                self.left.unfinished as f64,
            ),
        ] {
            findings.figures.add(name, "", number);
        }
    }
}

/// Waits until somebody who arrives has an answer, for as long as that may take.
async fn answered(client: &Client) -> Result<(), NoAnswer> {
    let due = Instant::now() + HEALED;
    while Instant::now() < due {
        let live = client.try_get("/api/v1/live").await?.json();
        if live["arrival"]["stage"] == json!("answered") {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// The library that refuses calls, and the file by which it is told which ones.
struct Library {
    file: PathBuf,
    control: PathBuf,
}

impl Library {
    /// Compiles the library into a folder; `None` where there is no compiler.
    fn compile(folder: &Path) -> Option<Self> {
        let [file, control] = ["refusing.so", "control"].map(|name| folder.join(name));
        let mut compiler = Command::new("cc");
        compiler
            .args(["-shared", "-fPIC", "-O1", "-U_FORTIFY_SOURCE", "-o"])
            .arg(&file)
            .arg(workspace().join("tests/src/faults/refusing.c"))
            .arg("-ldl");
        let compiled = compiler.status().ok()?;
        assert!(compiled.success(), "cc does not compile refusing.c");
        fs::write(&control, [0; 32]).expect("a file of numbers");
        Some(Self { file, control })
    }

    /// What runs a program with the library, for the files below a folder.
    fn loaded(&self, folder: &Path) -> Command {
        let mut env = Command::new("env");
        for (name, path) in [
            ("LD_PRELOAD", &*self.file),
            ("FAULTS_CONTROL", &*self.control),
            ("FAULTS_FOLDER", folder),
        ] {
            env.arg(format!("{name}={}", path.display()));
        }
        env
    }

    /// Counts the calls anew, and has them fail from one on.
    fn arm(&self, day: Option<(Refusal, u64)>) {
        let numbers = match day {
            Some((refusal, call)) => {
                let last = if refusal.lasts { u64::MAX } else { call };
                [
                    0,
                    call,
                    last,
                    refusal.error.raw_os_error().unsigned_abs().into(),
                ]
            }
            None => [0; 4],
        };
        self.tell(&numbers, 0);
    }

    /// Lets all calls succeed. Returns how many there were.
    fn disarm(&self) -> u64 {
        // The number of calls stays.
        self.tell(&[0; 3], 8);
        let mut calls = [0; 8];
        let read = self.open().read_exact_at(&mut calls, 0);
        read.expect("the number of calls");
        u64::from_ne_bytes(calls)
    }

    fn tell(&self, numbers: &[u64], at: u64) {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        let written = self.open().write_all_at(&bytes, at);
        written.expect("the library is told");
    }

    fn open(&self) -> File {
        let opened = File::options().read(true).write(true).open(&self.control);
        opened.expect("the file of numbers")
    }
}
