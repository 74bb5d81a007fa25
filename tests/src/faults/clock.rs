//! The system's clock jumps while the kiosk works, a year back or ten years ahead, and then the kiosk is started by
//! that clock: nothing is deleted for its age.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ::catalogue::{AnimalFields, Catalogue, Settings};
use jiff::Timestamp;
use recognise::metadata::Species;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::backups::Backups;
use super::daycare::{Daycare, EXPORT};
use super::kills::record_visits;
use super::{Findings, HEALED, PAUSE};
use crate::client::Client;
use crate::program::Program;

/// How far the clock jumps, as libfaketime takes it.
const JUMPS: [&str; 2] = ["-365d", "+3650d"];

/// The clock before it jumps.
const RIGHT: &str = "+0";

/// How many times as fast the clock goes, and the kiosk's pauses with it: it looks after its backups every minute.
const SPEED: u32 = 20;

/// Visits with photographs.
const VISITS: usize = 20;

/// A photograph that belongs to no visit, and one that was set aside for that.
const STRAYS: [(&str, &str); 2] = [
    ("photographs", "20260501T101503Z-0123456789abcdef.jpg"),
    ("orphans", "20260501T101503Z-fedcba9876543210.jpg"),
];

/// How to reach the household of an animal that does not come any more.
const CONTACT: &str = "079 555 01 02";

/// When backups were made of which only the last one would be kept.
const LONG_AGO: [&str; 2] = ["20200101T080000Z", "20200101T180000Z"];

/// How long a kiosk that has started may delete what it takes for old.
const LASTS: Duration = Duration::from_secs(3);

/// Makes the clocks of two kiosks jump. Skipped where there is no libfaketime (Debian: faketime).
///
/// # Panics
/// If the kiosk does not start.
pub async fn wrong_clock(findings: &mut Findings) {
    for jump in JUMPS {
        let fault = format!("the clock jumps by {jump}");
        if play(jump, &fault, findings).await.is_none() {
            return findings.skip(&fault, "there is no libfaketime (Debian: faketime)");
        }
    }
    let jumps = JUMPS.len() as f64;
    findings.figures.add("wrong clocks: played", "", jumps);
}

/// A command that runs the program in its arguments by a clock that is off by this much, such as
/// `+3650d`. `None` where there is no libfaketime (Debian: faketime).
#[must_use]
pub fn by_clock(off: &str) -> Option<Command> {
    let mut env = by_time(off)?;
    env.arg("FAKETIME_DONT_FAKE_MONOTONIC=1");
    Some(env)
}

/// A command that runs the program in its arguments so that time passes `times` times as fast for it.
/// `None` where there is no libfaketime (Debian: faketime).
pub(super) fn sped_up(times: u32) -> Option<Command> {
    by_time(&format!("+0 x{times}"))
}

fn by_time(time: &str) -> Option<Command> {
    let mut env = with_library()?;
    env.arg(format!("FAKETIME={time}"));
    Some(env)
}

/// A command that runs the program in its arguments by the clock that a file names, whenever that changes.
fn by_file(file: &Path) -> Option<Command> {
    let mut env = with_library()?;
    env.arg(format!("FAKETIME_TIMESTAMP_FILE={}", file.display()))
        .args(["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]);
    Some(env)
}

fn with_library() -> Option<Command> {
    let library = library()?;
    let mut env = Command::new("env");
    env.arg(format!("LD_PRELOAD={}", library.display()));
    Some(env)
}

/// Where Debian has the library.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    let mut files = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    files.find(|file| file.exists())
}

/// Makes the clock of a kiosk jump while it works, and starts the kiosk again by the wrong clock. `None` where there
/// is no libfaketime.
async fn play(jump: &str, fault: &str, findings: &mut Findings) -> Option<()> {
    let house = House::new();
    let mut kiosk = house.start()?;
    let client = Client::log_in(&kiosk.login_link()).await;
    let mut daycare = Daycare::default();
    daycare.learn(&client).await;
    if !has_backed_up(&client).await {
        findings.problem(format!("{fault}: there is no backup before it"));
        return Some(());
    }
    house.copy_backup();
    let before = house.files();

    house.set_clock(jump);
    // By this clock another one is due, and after a new backup the kiosk removes those that are old.
    if !house.has_backups(2 + LONG_AGO.len()).await {
        findings.problem(format!("{fault}: no backup is made by the wrong clock"));
    }
    daycare.heals(fault, &client, findings).await;
    house.compare(&before, fault, &client, findings).await;

    // What goes by its age goes as the kiosk starts, and then every hour.
    kiosk.kill();
    let kiosk = house.start()?;
    let client = Client::log_in(&kiosk.login_link()).await;
    sleep(LASTS).await;
    daycare.heals(fault, &client, findings).await;
    house.compare(&before, fault, &client, findings).await;
    Some(())
}

/// Waits for a limited time until the kiosk says that it has a backup. By then it has removed those that are
/// old: it does so after the new one has its name. Returns whether it says so.
async fn has_backed_up(client: &Client) -> bool {
    let due = Instant::now() + HEALED;
    while client.get("/api/v1/health").await.json()["backups"]["newest"].is_null() {
        if Instant::now() > due {
            return false;
        }
        sleep(PAUSE).await;
    }
    true
}

/// What a kiosk keeps, with something of each kind that goes by its age, and the clock by which it runs.
struct House {
    folder: TempDir,
    backups: Backups,
    /// The folder of the file that names the clock.
    clock: TempDir,
}

impl House {
    fn new() -> Self {
        let [folder, clock] = [(); 2].map(|()| TempDir::new().expect("a temporary folder"));
        let house = Self {
            folder,
            backups: Backups::new(),
            clock,
        };
        house.set_clock(RIGHT);
        house.fill();
        house
    }

    /// Records visits, an animal with a contact, and photographs without a visit.
    fn fill(&self) {
        let folder = self.folder.path();
        record_visits(folder, VISITS);
        let catalogue = Catalogue::open(folder).expect("the catalogue");
        let settings = Settings {
            keep_days: 30,
            contact_months: Some(1),
            ..Settings::default()
        };
        let changed = catalogue.set_settings(&settings, "owner");
        changed.expect("the settings are stored");
        let animal = AnimalFields {
            contact: CONTACT.to_owned(),
            ..AnimalFields::new("Rex", Species::Dog, "pug")
        };
        catalogue.add_animal(&animal, "staff").expect("an animal");
        for (place, name) in STRAYS {
            let place = folder.join(place);
            fs::create_dir_all(&place).expect("a folder of photographs");
            fs::write(place.join(name), "a photograph").expect("a photograph");
        }
        // It knows from now on what time it is, and what was set aside.
        let tidied = catalogue.tidy(Timestamp::now()).expect("it can be tidied");
        assert_eq!((tidied.photographs, tidied.orphans), (0, 0), "{tidied:?}");
    }

    /// Shifts the kiosk's clock by this much from now on. The kiosk never reads half of that.
    fn set_clock(&self, off: &str) {
        let [file, new] = ["time", "new"].map(|name| self.clock.path().join(name));
        fs::write(&new, format!("{off} x{SPEED}\n")).expect("a time");
        fs::rename(&new, file).expect("the clock is set");
    }

    /// Starts the kiosk by its clock.
    fn start(&self) -> Option<Program> {
        let command = by_file(&self.clock.path().join("time"))?;
        let start = |arguments: &[&str]| Program::start_by(command, self.folder.path(), arguments);
        Some(self.backups.with_arguments(start))
    }

    /// Waits for a limited time until there are `count` backups. Returns whether there are.
    async fn has_backups(&self, count: usize) -> bool {
        let due = Instant::now() + HEALED;
        while self.backups.made().len() < count {
            if Instant::now() > due {
                return false;
            }
            sleep(PAUSE).await;
        }
        true
    }

    /// Copies the backup that there is, as if others had been made [`LONG_AGO`].
    fn copy_backup(&self) {
        let made = self.backups.made();
        let backup = made.first().expect("a backup");
        let name = backup.to_str().expect("a path in UTF-8");
        let (start, _) = name.rsplit_once('-').expect("a time in its name");
        for time in LONG_AGO {
            fs::copy(backup, format!("{start}-{time}.tar")).expect("an older backup");
        }
    }

    /// The photographs and the backups.
    fn files(&self) -> BTreeSet<PathBuf> {
        let folders = STRAYS.map(|(place, _)| self.folder.path().join(place));
        let entries = folders.iter().flat_map(|folder| {
            let entries = fs::read_dir(folder).expect("a folder of photographs");
            entries.flatten().map(|entry| entry.path())
        });
        let is_jpeg = |path: &PathBuf| path.extension().is_some_and(|end| end == "jpg");
        let photographs = entries.filter(is_jpeg);
        photographs.chain(self.backups.made()).collect()
    }

    /// Says what is gone of the files that there were before, and of contacts.
    async fn compare(
        &self,
        before: &BTreeSet<PathBuf>,
        fault: &str,
        client: &Client,
        findings: &mut Findings,
    ) {
        let now = self.files();
        for path in before.difference(&now) {
            findings.problem(format!("{fault}: {} is gone", path.display()));
        }
        let export = client.get(EXPORT).await.json();
        let mut animals = export["animals"].as_array().into_iter().flatten();
        if !animals.any(|animal| animal["contact"] == CONTACT) {
            findings.problem(format!("{fault}: a contact is gone"));
        }
    }
}
