//! Single calls to the disk fail while the kiosk starts: while it migrates the catalogue of an older version, and
//! while it makes the automatic backup that is due. After the next start all records are there, and what has the name
//! of a backup is one.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::backups::Backups;
use super::daycare::Daycare;
use super::left::Left;
use super::refusing::{Library, Refusal, name_of, plan};
use super::{Findings, HEALED, NO_CAMERA, PAUSE, older};
use crate::client::Client;
use crate::program::Program;

/// Starts this many kiosks, at each of which a random call to the disk fails, or all from that one on.
/// Without a number there is a start for each call that a start makes, and for each error. Skipped where
/// there is no `cc`.
///
/// # Panics
/// If the kiosk does not start without faults.
pub async fn refused_starts(seed: u64, starts: Option<usize>, findings: &mut Findings) {
    let Some(mut suite) = Suite::prepare() else {
        return findings.skip("calls to the disk fail at the start", "there is no cc");
    };
    let calls = suite.measure(findings).await;
    if calls == 0 {
        return findings.problem("a start makes no call to the disk: the library does not work");
    }
    for fault in plan(seed, starts, calls) {
        suite.play(fault, findings).await;
    }
    suite.report(calls, findings);
}

struct Suite {
    _place: TempDir,
    /// The folder in which calls fail, as /proc shows it.
    disk: PathBuf,
    library: Library,
    backups: Backups,
    /// How long a start takes, with its backup.
    takes: Duration,
    /// How many starts with faults were played.
    starts: usize,
    lost: usize,
    left: Left,
}

impl Suite {
    fn prepare() -> Option<Self> {
        let place = TempDir::new().expect("a folder for the catalogues");
        let library = Library::compile(place.path())?;
        let place_of_all = fs::canonicalize(place.path()).expect("the folder's own path");
        let disk = place_of_all.join("disk");
        fs::create_dir(&disk).expect("a folder in which calls fail");
        Some(Self {
            _place: place,
            backups: Backups::below(&disk),
            disk,
            library,
            takes: HEALED,
            starts: 0,
            lost: 0,
            left: Left::default(),
        })
    }

    /// A data folder with a catalogue of one of the older versions in turn.
    fn older(&self) -> TempDir {
        let data = TempDir::new_in(&self.disk).expect("a folder for the older catalogue");
        older::write(data.path(), 1 + self.starts % older::NEWEST);
        data
    }

    /// Starts a kiosk without faults. Takes note of how long that takes, and returns how many calls it makes.
    async fn measure(&mut self, findings: &mut Findings) -> u64 {
        let data = self.older();
        self.library.arm(None);
        let by = self.library.loaded(&self.disk);
        let start = |arguments: &[&str]| Program::start_by(by, data.path(), arguments);
        let kiosk = self.backups.with_arguments(start);
        let due = Instant::now() + HEALED;
        while self.backups.made().is_empty() {
            if Instant::now() > due {
                findings.problem("a start without faults makes no automatic backup");
                break;
            }
            sleep(PAUSE).await;
        }
        self.takes = kiosk.since.elapsed();
        self.library.disarm()
    }

    /// Starts a kiosk at which calls fail, and kills it. Then another one must have all that there was.
    async fn play(&mut self, fault: (Refusal, u64), findings: &mut Findings) {
        // Said before, since a kiosk that does not start afterwards ends the suite.
        println!("a start {}", name_of(Some(fault)));
        self.backups.clear();
        let data = self.older();
        self.starts += 1;
        let elsewhere = TempDir::new().expect("a folder for the rescue catalogue");
        let mut by = self.library.loaded(&self.disk);
        by.env("TMPDIR", elsewhere.path());
        self.library.arm(Some(fault));
        let lasts = self.takes * 3 / 2;
        let start = |arguments: &[&str]| Program::kill_after_by(by, lasts, data.path(), arguments);
        self.backups.with_arguments(start);
        self.library.disarm();
        self.backups.check(findings);

        let kiosk = Program::start(data.path(), &NO_CAMERA);
        let client = Client::log_in(&kiosk.login_link()).await;
        let mut daycare = Daycare::of(older::records());
        daycare.check(&client, findings).await;
        self.lost += daycare.lost;
        self.left.check(data.path(), findings);
    }

    fn report(&self, calls: u64, findings: &mut Findings) {
        for (name, number) in [
            ("refused starts: calls of a start", calls as f64),
            ("refused starts", self.starts as f64),
            ("refused starts: lost or changed records", self.lost as f64),
            (
                "refused starts: faults of the catalogue",
                self.left.faults as f64,
            ),
            (
                "refused starts: files left over",
                self.left.unfinished as f64,
            ),
        ] {
            findings.figures.add(name, "", number);
        }
    }
}
