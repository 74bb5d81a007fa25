//! Somebody at the front desk: what they do is what a kiosk is in the middle of when it is killed, or when its
//! power is cut.

use std::fs;

use hyper::body::Bytes;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use tokio::time::sleep;

use super::daycare::{Animal, Daycare, EXPORT};
use super::records::Records;
use super::{Findings, PAUSE};
use crate::client::{Client, NoAnswer};
use crate::figures::Times;
use crate::program::Program;
use crate::workspace;

/// Visits that are in the catalogue from the beginning. Those with even numbers are corrected again
/// and again; the others get the animals that are merged.
pub(super) const VISITS: usize = 40;

/// Breeds that a visit is corrected to.
pub(super) const BREEDS: [&str; 3] = ["beagle", "pug", "boxer"];

/// Who works, with what they need for it.
pub(super) struct Staff {
    pub(super) daycare: Daycare,
    pub(super) random: SplitMix64,
    photograph: Bytes,
    /// The last backup that was received whole, and what is in it.
    backup: (Bytes, Records),
}

impl Staff {
    pub(super) fn new(seed: u64) -> Self {
        let photograph = fs::read(workspace().join("edge/examples/chelsea.png"));
        Self {
            daycare: Daycare::default(),
            random: SplitMix64::seed_from_u64(seed),
            photograph: photograph.expect("a photograph").into(),
            backup: (Bytes::new(), Records::default()),
        }
    }

    /// Takes the catalogue as it is, and receives its first backup.
    pub(super) async fn begin(&mut self, client: &Client) {
        self.daycare.learn(client).await;
        let backup = client.get("/api/v1/backup").await;
        assert_eq!(backup.status, 200, "{}", backup.text());
        self.backup = (backup.body, self.daycare.kept.clone());
    }

    /// Sends a photograph, and confirms the visit that the screen shows.
    pub(super) async fn check_in(&mut self, client: &Client) -> Result<(), NoAnswer> {
        self.send(client).await?;
        let visit = loop {
            if let Some(visit) = self.shown(client).await? {
                break visit;
            }
            sleep(PAUSE).await;
        };
        self.take_in(client, visit).await
    }

    /// Sends a photograph again and again until it is taken.
    pub(super) async fn send(&self, client: &Client) -> Result<(), NoAnswer> {
        let address = "/api/v1/photographs";
        loop {
            let photograph = self.photograph.clone();
            let sent = client.try_send_file(address, "image/png", photograph);
            if sent.await?.is_done() {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
    }

    /// The visit that the screen shows with its answer, if it is not known yet.
    pub(super) async fn shown(&self, client: &Client) -> Result<Option<i64>, NoAnswer> {
        let live = client.try_get("/api/v1/live").await?.json();
        let arrival = &live["arrival"];
        let visit = (arrival["stage"] == "answered")
            .then(|| arrival["visit"].as_i64())
            .flatten();
        Ok(visit.filter(|visit| !self.daycare.kept.visits.contains_key(visit)))
    }

    /// Confirms a visit that the screen shows.
    pub(super) async fn take_in(&mut self, client: &Client, visit: i64) -> Result<(), NoAnswer> {
        self.daycare.has_arrived(visit);
        self.daycare.confirm(client, visit, BREEDS[0], None).await?;
        let new = client.try_post("/api/v1/press/new", &Value::Null);
        new.await.map(drop)
    }

    /// Adds an animal, corrects a visit, or merges two animals.
    pub(super) async fn change(&mut self, client: &Client) -> Result<(), NoAnswer> {
        match self.below(3) {
            0 => self.daycare.add(client).await.map(drop),
            1 => self.correct(client).await,
            _ => self.merge(client).await,
        }
    }

    /// Corrects a visit.
    pub(super) async fn correct(&mut self, client: &Client) -> Result<(), NoAnswer> {
        let visit = 2 * self.below(VISITS / 2) as i64 + 2;
        let breed = BREEDS[self.below(BREEDS.len())];
        self.daycare.confirm(client, visit, breed, None).await
    }

    /// Adds two animals, and merges the second, which has a visit, into the first.
    pub(super) async fn merge(&mut self, client: &Client) -> Result<(), NoAnswer> {
        let Some(first) = self.daycare.add(client).await? else {
            return Ok(());
        };
        let Some(second) = self.add_with_visit(client).await? else {
            return Ok(());
        };
        self.daycare.merge(client, &second, &first).await
    }

    /// Adds an animal, which gets a visit, and has it forgotten.
    pub(super) async fn forget(&mut self, client: &Client) -> Result<(), NoAnswer> {
        match self.add_with_visit(client).await? {
            Some(animal) => self.daycare.forget(client, &animal).await,
            None => Ok(()),
        }
    }

    async fn add_with_visit(&mut self, client: &Client) -> Result<Option<Animal>, NoAnswer> {
        let animal = self.daycare.add(client).await?;
        if let Some(animal) = &animal {
            let visit = 2 * self.below(VISITS / 2) as i64 + 1;
            let confirmed = self.daycare.confirm(client, visit, BREEDS[0], Some(animal));
            confirmed.await?;
        }
        Ok(animal)
    }

    /// Exports the catalogue as tables and as JSON, and compares that with what was acknowledged.
    pub(super) async fn export(
        &mut self,
        client: &Client,
        findings: &mut Findings,
    ) -> Result<(), NoAnswer> {
        self.daycare.add(client).await?;
        client.try_get("/api/v1/export/visits.csv").await?;
        let export = client.try_get(EXPORT).await?;
        if export.status == 200 {
            let exported = Records::of(&export.json());
            let differences = self.daycare.kept.differences(&exported);
            let lines = differences.iter().map(|line| format!("an export: {line}"));
            lines.for_each(|line| findings.problem(line));
        }
        Ok(())
    }

    /// Receives a backup, and keeps it.
    pub(super) async fn back_up(&mut self, client: &Client) -> Result<(), NoAnswer> {
        self.daycare.add(client).await?;
        let backup = client.try_get("/api/v1/backup").await?;
        if backup.status == 200 {
            self.backup = (backup.body, self.daycare.kept.clone());
        }
        Ok(())
    }

    /// Goes back to the last backup.
    pub(super) async fn restore(&mut self, client: &Client) -> Result<(), NoAnswer> {
        self.daycare.add(client).await?;
        let (file, records) = self.backup.clone();
        self.daycare.restore(client, file, records).await
    }

    /// A random number from 0, less than `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.random.next_u64() % end as u64) as usize
    }
}

/// Logs in as the owner at a kiosk that has just been started, and measures the time to its first answer.
pub(super) async fn log_in(kiosk: &Program, starts: &mut Times) -> Client {
    Client::logged_out(&kiosk.page).get("/health").await;
    starts.push(kiosk.since.elapsed());
    Client::log_in(&kiosk.login_link()).await
}
