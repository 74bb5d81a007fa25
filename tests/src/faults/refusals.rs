//! Single calls to the disk fail while the kiosk works: the disk is full for one file alone, a block cannot
//! be written, a file system turns read-only. What was acknowledged is there after a restart.

use std::fs;
use std::path::PathBuf;

use hyper::body::Bytes;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::backups::check_backup;
use super::daycare::{Daycare, EXPORT};
use super::kills::record_visits;
use super::left::Left;
use super::records::Records;
use super::refusing::{Library, Refusal, name_of, plan};
use super::{Findings, HEALED, NO_CAMERA, PAUSE};
use crate::client::{Client, NoAnswer};
use crate::program::Program;
use crate::workspace;

/// Visits that are in the catalogue from the beginning.
const VISITS: usize = 8;

/// How many days a catalogue serves. Each adds to it, and all of it is compared each time.
const DAYS: usize = 50;

/// What a decision may be.
const BREEDS: [&str; 3] = ["beagle", "pug", "boxer"];

/// Plays this many short days, in each of which a random call to the disk fails, or all from that one on.
/// Without a number there is a day for each call that a day makes, and for each error. Skipped where there is
/// no `cc`.
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
    let plan = plan(seed, days, calls);
    let days = plan.len();
    for day in plan {
        suite.play(Some(day), findings).await;
    }
    suite.report(calls, days, findings);
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
        let fault = name_of(day);
        println!("a day {fault}");
        let is_new = self.days.is_multiple_of(DAYS);
        if is_new {
            // There is none on the first day.
            let _ = fs::remove_dir_all(&self.folder);
            record_visits(&self.folder, VISITS);
        }
        let mut kiosk =
            Program::start_by(self.library.loaded(&self.folder), &self.folder, &NO_CAMERA);
        let client = Client::log_in(&kiosk.login_link()).await;
        if is_new {
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

    /// A short day: the catalogue is backed up, animals come, are merged and forgotten, and all of that is taken
    /// back. Then somebody arrives, and a visit is corrected and exported. Returns whether the kiosk has taken in the
    /// picture of who arrives.
    async fn work(&mut self, client: &Client, findings: &mut Findings) -> Result<bool, NoAnswer> {
        let records = self.daycare.kept.clone();
        let backup = self.back_up(client, findings).await?;
        let breed = BREEDS[self.days % BREEDS.len()];
        self.change_animals(client, breed).await?;
        if let Some(backup) = backup {
            self.daycare.restore(client, backup, records).await?;
        }
        // Only now: a visit that is under way while a backup is restored goes with what was there before.
        let photograph = self.photograph.clone();
        let sent = client.try_send_file("/api/v1/photographs", "image/png", photograph);
        let arrives = sent.await?.is_done();
        let animal = self.daycare.add(client).await?;
        let confirmed = self.daycare.confirm(client, 1, breed, animal.as_ref());
        confirmed.await?;
        self.daycare.confirm(client, 2, breed, None).await?;
        self.export(client, findings).await?;
        if arrives {
            // It is on record with its answer, or that was refused.
            answered(client).await?;
        }
        Ok(arrives)
    }

    /// One animal turns out to be another one, and a third one, which is expected, is forgotten.
    async fn change_animals(&mut self, client: &Client, breed: &str) -> Result<(), NoAnswer> {
        let daycare = &mut self.daycare;
        let first = daycare.add(client).await?;
        if let (Some(first), Some(second)) = (first, daycare.add(client).await?) {
            daycare.confirm(client, 3, breed, Some(&second)).await?;
            daycare.merge(client, &second, &first).await?;
        }
        if let Some(third) = daycare.add(client).await? {
            daycare.confirm(client, 4, breed, Some(&third)).await?;
            daycare.import(client, &third).await?;
            daycare.forget(client, &third).await?;
        }
        Ok(())
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

    /// What is called a backup is one. Returns it; `None` if it was refused.
    async fn back_up(
        &self,
        client: &Client,
        findings: &mut Findings,
    ) -> Result<Option<Bytes>, NoAnswer> {
        let backup = client.try_get("/api/v1/backup").await?;
        if backup.status != 200 {
            return Ok(None);
        }
        let folder = TempDir::new().expect("a folder for the backup");
        let file = folder.path().join("backup.tar");
        fs::write(&file, &backup.body).expect("the backup is written");
        check_backup(&file, findings);
        Ok(Some(backup.body))
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
