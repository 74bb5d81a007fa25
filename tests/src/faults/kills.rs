//! Kills the kiosk (SIGKILL) at random moments of its work. After each start all that it had
//! acknowledged must be there, the catalogue must be whole, and nothing unfinished may lie about.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use ::catalogue::{Catalogue, NewVisit};
use hyper::body::Bytes;
use image::{Rgb, RgbImage};
use jiff::Timestamp;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use recognise::{Candidate, Source, VerdictKind};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

use super::daycare::{Daycare, EXPORT};
use super::left::Left;
use super::records::Records;
use super::starts::Starts;
use super::{Findings, NO_CAMERA, PAUSE};
use crate::client::{Client, NoAnswer};
use crate::figures::Times;
use crate::program::Program;
use crate::workspace;

/// Visits that are in the catalogue from the beginning. Those with even numbers are corrected again
/// and again; the others get the animals that are merged.
const VISITS: usize = 40;

/// Breeds that a visit is corrected to.
const BREEDS: [&str; 3] = ["beagle", "pug", "boxer"];

/// What the kiosk is killed in the middle of.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// What somebody asks for.
    Work(Work),
    /// The migration of an older catalogue, as the kiosk starts.
    Migration,
    /// The automatic backup that is due as the kiosk starts.
    AutomaticBackup,
}

/// What somebody asks for again and again.
#[derive(Clone, Copy, Debug)]
enum Work {
    CheckIns,
    Corrections,
    Exports,
    Backups,
    Restores,
    Merges,
}

/// In this order, again and again.
const MOMENTS: [Moment; 8] = [
    Moment::Work(Work::CheckIns),
    Moment::Work(Work::Corrections),
    Moment::Migration,
    Moment::Work(Work::Exports),
    Moment::Work(Work::Backups),
    Moment::AutomaticBackup,
    Moment::Work(Work::Restores),
    Moment::Work(Work::Merges),
];

impl Work {
    /// The time after which the kiosk has been killed: an arrival takes seconds.
    fn longest(self) -> Duration {
        match self {
            Self::CheckIns => Duration::from_secs(5),
            _ => Duration::from_millis(700),
        }
    }
}

/// Kills a kiosk so often, at moments that depend on the seed and on the machine.
///
/// # Panics
/// If the kiosk does not start.
pub async fn kills(seed: u64, times: usize, findings: &mut Findings) {
    let mut suite = Suite::prepare(seed).await;
    for round in 0..times {
        match MOMENTS[round % MOMENTS.len()] {
            Moment::Work(work) => suite.kill_in(work, findings).await,
            Moment::Migration => suite.kill_in_migration(findings).await,
            Moment::AutomaticBackup => {
                let folder = suite.folder.path();
                (suite.at_start).kill_in_backup(folder, &mut suite.random, findings);
            }
        }
    }
    let (kiosk, client) = suite.start().await;
    suite.check(&client, findings).await;
    drop(kiosk);
    suite.at_start.back_up(suite.folder.path(), findings).await;
    suite.report(times, findings);
}

struct Suite {
    folder: TempDir,
    random: SplitMix64,
    daycare: Daycare,
    photograph: Bytes,
    /// The last backup that was received whole, and what is in it.
    backup: (Bytes, Records),
    starts: Times,
    at_start: Starts,
    left: Left,
}

impl Suite {
    /// A catalogue with visits, and its first backup.
    async fn prepare(seed: u64) -> Self {
        let photograph = fs::read(workspace().join("edge/examples/chelsea.png"));
        let mut suite = Self {
            folder: TempDir::new().expect("a folder for the catalogue"),
            random: SplitMix64::seed_from_u64(seed),
            daycare: Daycare::default(),
            photograph: photograph.expect("a photograph").into(),
            backup: (Bytes::new(), Records::default()),
            starts: Times::default(),
            at_start: Starts::default(),
            left: Left::default(),
        };
        record_visits(suite.folder.path(), VISITS);
        let start = Instant::now();
        let (kiosk, client) = suite.start().await;
        suite.at_start.takes = start.elapsed();
        suite.daycare.learn(&client).await;
        let backup = client.get("/api/v1/backup").await;
        assert_eq!(backup.status, 200, "{}", backup.text());
        suite.backup = (backup.body, suite.daycare.kept.clone());
        drop(kiosk);
        suite
    }

    /// Starts the kiosk, and measures the time to its first answer.
    async fn start(&mut self) -> (Program, Client) {
        let kiosk = Program::start(self.folder.path(), &NO_CAMERA);
        Client::logged_out(&kiosk.page).get("/health").await;
        self.starts.push(kiosk.since.elapsed());
        let client = Client::log_in(&kiosk.login_link()).await;
        (kiosk, client)
    }

    /// Starts the kiosk, checks what the former round has left, and kills it in the middle of work.
    async fn kill_in(&mut self, work: Work, findings: &mut Findings) {
        let (mut kiosk, client) = self.start().await;
        self.check(&client, findings).await;
        let longest = work.longest().as_millis() as u64;
        let moment = Duration::from_millis(self.random.next_u64() % longest);
        let killed = async {
            sleep(moment).await;
            kiosk.kill();
        };
        tokio::join!(self.work(work, &client, findings), killed);
    }

    /// Kills a kiosk that migrates the catalogue of an older version.
    async fn kill_in_migration(&mut self, findings: &mut Findings) {
        let (random, left) = (&mut self.random, &mut self.left);
        let lost = self.at_start.kill_in_migration(random, left, findings);
        self.daycare.lost += lost.await;
    }

    /// Works until the kiosk answers no more.
    async fn work(&mut self, work: Work, client: &Client, findings: &mut Findings) {
        let ended = match work {
            Work::CheckIns => self.check_in(client).await,
            Work::Corrections => self.correct(client).await,
            Work::Exports => self.export(client, findings).await,
            Work::Backups => self.back_up(client).await,
            Work::Restores => self.restore(client).await,
            Work::Merges => self.merge(client).await,
        };
        let Err(NoAnswer { .. }) = ended;
    }

    /// Sends photographs, and confirms the visits that the screen shows.
    async fn check_in(&mut self, client: &Client) -> Result<Infallible, NoAnswer> {
        let address = "/api/v1/photographs";
        loop {
            let photograph = self.photograph.clone();
            let sent = client.try_send_file(address, "image/png", photograph);
            if !sent.await?.is_done() {
                sleep(PAUSE).await;
                continue;
            }
            let visit = self.arrival(client).await?;
            self.daycare.has_arrived(visit);
            self.daycare.confirm(client, visit, BREEDS[0], None).await?;
            client.try_post("/api/v1/press/new", &Value::Null).await?;
        }
    }

    /// Waits until the screen shows a visit that is not known yet.
    async fn arrival(&self, client: &Client) -> Result<i64, NoAnswer> {
        loop {
            let live = client.try_get("/api/v1/live").await?.json();
            let arrival = &live["arrival"];
            let visit = arrival["visit"].as_i64();
            if arrival["stage"] == "answered"
                && let Some(visit) = visit
                && !self.daycare.kept.visits.contains_key(&visit)
            {
                return Ok(visit);
            }
            sleep(PAUSE).await;
        }
    }

    /// Corrects one visit after the other.
    async fn correct(&mut self, client: &Client) -> Result<Infallible, NoAnswer> {
        loop {
            let visit = 2 * self.below(VISITS / 2) as i64 + 2;
            let breed = BREEDS[self.below(BREEDS.len())];
            self.daycare.confirm(client, visit, breed, None).await?;
        }
    }

    /// Exports the catalogue as tables and as JSON, and compares that with what was acknowledged.
    async fn export(
        &mut self,
        client: &Client,
        findings: &mut Findings,
    ) -> Result<Infallible, NoAnswer> {
        loop {
            self.daycare.add(client).await?;
            client.try_get("/api/v1/export/visits.csv").await?;
            let export = client.try_get(EXPORT).await?;
            if export.status == 200 {
                let exported = Records::of(&export.json());
                let differences = self.daycare.kept.differences(&exported);
                let lines = differences.iter().map(|line| format!("an export: {line}"));
                lines.for_each(|line| findings.problem(line));
            }
        }
    }

    /// Makes backups, and keeps the last one.
    async fn back_up(&mut self, client: &Client) -> Result<Infallible, NoAnswer> {
        loop {
            self.daycare.add(client).await?;
            let backup = client.try_get("/api/v1/backup").await?;
            if backup.status == 200 {
                self.backup = (backup.body, self.daycare.kept.clone());
            }
        }
    }

    /// Goes back to the last backup again and again.
    async fn restore(&mut self, client: &Client) -> Result<Infallible, NoAnswer> {
        loop {
            self.daycare.add(client).await?;
            let (file, records) = self.backup.clone();
            let request = client.try_send_file("/api/v1/restore", "application/x-tar", file);
            self.daycare.change(records, request).await?;
        }
    }

    /// Adds animals two by two, and merges the second, which has a visit, into the first.
    async fn merge(&mut self, client: &Client) -> Result<Infallible, NoAnswer> {
        loop {
            let (first, second) = (
                self.daycare.add(client).await?,
                self.daycare.add(client).await?,
            );
            let (Some(first), Some(second)) = (first, second) else {
                continue;
            };
            let visit = 2 * self.below(VISITS / 2) as i64 + 1;
            let confirmed = self
                .daycare
                .confirm(client, visit, BREEDS[0], Some(&second));
            confirmed.await?;
            self.daycare.merge(client, &second, &first).await?;
        }
    }

    /// Checks what the kiosk has after its start.
    async fn check(&mut self, client: &Client, findings: &mut Findings) {
        self.daycare.check(client, findings).await;
        self.left.check(self.folder.path(), findings);
    }

    fn report(&self, times: usize, findings: &mut Findings) {
        let figures = &mut findings.figures;
        let daycare = &self.daycare;
        for (name, number) in [
            ("kills", times),
            ("kills: acknowledged writes", daycare.acknowledged),
            ("kills: refused requests", daycare.refused),
            ("kills: lost or changed records", daycare.lost),
            ("kills: faults of the catalogue", self.left.faults),
            ("kills: files left over", self.left.unfinished),
        ] {
            figures.add(name, "", number as f64);
        }
        figures.add_times("kills: start to first answer", &self.starts);
    }

    /// A random number from 0, less than `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.random.next_u64() % end as u64) as usize
    }
}

/// Records visits with photographs in a new catalogue: numbers from 1.
pub(crate) fn record_visits(folder: &Path, visits: usize) {
    let catalogue = Catalogue::open(folder).expect("a new catalogue");
    for visit in 0..visits {
        let colour = Rgb([visit as u8, 120, 90]);
        let recorded = catalogue.record(&NewVisit {
            at: Timestamp::now(),
            photograph: Some(RgbImage::from_pixel(64, 48, colour)),
            verdict: VerdictKind::Unsure,
            candidates: vec![Candidate {
                breed: BREEDS[0].into(),
                probability: 0.4,
            }],
            confidence: 0.4,
            embedding: vec![0.1; 128],
            model: "faults".to_owned(),
            source: Source::Camera,
        });
        recorded.expect("a visit on record");
    }
}
