//! Kills the kiosk (SIGKILL) at random moments of its work. After each start all that it had
//! acknowledged must be there, the catalogue must be whole, and nothing unfinished may lie about.

use std::path::Path;
use std::time::{Duration, Instant};

use ::catalogue::{Catalogue, NewVisit};
use image::{Rgb, RgbImage};
use jiff::Timestamp;
use rand_xoshiro::rand_core::Rng;
use recognise::{Candidate, Source, VerdictKind};
use tempfile::TempDir;
use tokio::time::sleep;

use super::left::Left;
use super::staff::{BREEDS, Staff, VISITS, log_in};
use super::starts::Starts;
use super::{Findings, NO_CAMERA};
use crate::client::Client;
use crate::figures::Times;
use crate::program::Program;

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
    Forgetting,
}

/// In this order, again and again.
const MOMENTS: [Moment; 9] = [
    Moment::Work(Work::CheckIns),
    Moment::Work(Work::Corrections),
    Moment::Migration,
    Moment::Work(Work::Exports),
    Moment::Work(Work::Backups),
    Moment::AutomaticBackup,
    Moment::Work(Work::Restores),
    Moment::Work(Work::Merges),
    Moment::Work(Work::Forgetting),
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

/// Kills a kiosk this many times, at moments that depend on the seed and on the machine.
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
                (suite.at_start).kill_in_backup(folder, &mut suite.staff.random, findings);
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
    staff: Staff,
    starts: Times,
    at_start: Starts,
    left: Left,
}

impl Suite {
    /// A catalogue with visits, and its first backup.
    async fn prepare(seed: u64) -> Self {
        let mut suite = Self {
            folder: TempDir::new().expect("a folder for the catalogue"),
            staff: Staff::new(seed),
            starts: Times::default(),
            at_start: Starts::default(),
            left: Left::default(),
        };
        record_visits(suite.folder.path(), VISITS);
        let start = Instant::now();
        let (kiosk, client) = suite.start().await;
        suite.at_start.takes = start.elapsed();
        suite.staff.begin(&client).await;
        drop(kiosk);
        suite
    }

    /// Starts the kiosk, and measures the time to its first answer.
    async fn start(&mut self) -> (Program, Client) {
        let kiosk = Program::start(self.folder.path(), &NO_CAMERA);
        let client = log_in(&kiosk, &mut self.starts).await;
        (kiosk, client)
    }

    /// Starts the kiosk, checks what the former round has left, and kills it in the middle of work.
    async fn kill_in(&mut self, work: Work, findings: &mut Findings) {
        let (mut kiosk, client) = self.start().await;
        self.check(&client, findings).await;
        let longest = work.longest().as_millis() as u64;
        let moment = Duration::from_millis(self.staff.random.next_u64() % longest);
        let killed = async {
            sleep(moment).await;
            kiosk.kill();
        };
        tokio::join!(self.work(work, &client, findings), killed);
    }

    /// Kills a kiosk that migrates the catalogue of an older version.
    async fn kill_in_migration(&mut self, findings: &mut Findings) {
        let (random, left) = (&mut self.staff.random, &mut self.left);
        let lost = self.at_start.kill_in_migration(random, left, findings);
        self.staff.daycare.lost += lost.await;
    }

    /// Works until the kiosk answers no more.
    async fn work(&mut self, work: Work, client: &Client, findings: &mut Findings) {
        let staff = &mut self.staff;
        loop {
            let done = match work {
                Work::CheckIns => staff.check_in(client).await,
                Work::Corrections => staff.correct(client).await,
                Work::Exports => staff.export(client, findings).await,
                Work::Backups => staff.back_up(client).await,
                Work::Restores => staff.restore(client).await,
                Work::Merges => staff.merge(client).await,
                Work::Forgetting => staff.forget(client).await,
            };
            if done.is_err() {
                return;
            }
        }
    }

    /// Checks what the kiosk has after its start.
    async fn check(&mut self, client: &Client, findings: &mut Findings) {
        self.staff.daycare.check(client, findings).await;
        self.left.check(self.folder.path(), findings);
    }

    fn report(&self, times: usize, findings: &mut Findings) {
        let figures = &mut findings.figures;
        let daycare = &self.staff.daycare;
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
        findings.add_starts("kills", &self.starts);
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
