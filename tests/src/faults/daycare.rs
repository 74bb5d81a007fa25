//! What the kiosk has acknowledged, and whether it still has it.

use hyper::body::Bytes;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::diary::Diary;
use super::records::{Records, Said, Written};
use super::{Findings, HEALED, PAUSE};
use crate::client::{Answer, Client, NoAnswer};

/// The whole catalogue as JSON.
pub(super) const EXPORT: &str = "/api/v1/export/catalogue.json";

/// The status of what is not there.
const NOT_FOUND: u16 = 404;

/// Somebody who works with a kiosk, and remembers what it has acknowledged.
#[derive(Debug, Default)]
pub(super) struct Daycare {
    /// What it has acknowledged.
    pub(super) kept: Records,
    /// What there would be if it had done what it was asked and has not answered.
    asked: Option<Records>,
    /// Where it is noted how far the kiosk's disk was then, if that can be known.
    pub(super) diary: Option<Diary>,
    /// How many animals were named.
    named: usize,
    pub(super) acknowledged: usize,
    pub(super) refused: usize,
    /// How many records were not as they had been acknowledged.
    pub(super) lost: usize,
}

/// An animal of the catalogue.
#[derive(Debug)]
pub(super) struct Animal {
    id: i64,
    pub(super) name: String,
}

impl Daycare {
    /// Somebody who remembers these records.
    pub(super) fn of(kept: Records) -> Self {
        Self {
            kept,
            ..Self::default()
        }
    }

    /// Somebody who remembers these records, and may have asked for others without an answer.
    pub(super) fn amid(kept: Records, asked: Option<Records>) -> Self {
        Self {
            asked,
            ..Self::of(kept)
        }
    }

    /// Takes the catalogue as it is.
    pub(super) async fn learn(&mut self, client: &Client) {
        let export = client.get(EXPORT).await;
        assert_eq!(export.status, 200, "{}", export.text());
        self.kept = Records::of(&export.json());
    }

    /// Compares the catalogue with what was acknowledged, and takes it as it is from then on.
    pub(super) async fn check(&mut self, client: &Client, findings: &mut Findings) {
        let export = client.get(EXPORT).await;
        if export.status != 200 {
            return findings.problem(format!("no catalogue: {}", export.text()));
        }
        let now = Records::of(&export.json());
        let asked = self.asked.take();
        // What was not answered may have been done or not, but not by halves.
        if !asked.is_some_and(|asked| asked.differences(&now).is_empty()) {
            let differences = self.kept.differences(&now);
            self.lost += differences.len();
            differences
                .into_iter()
                .for_each(|line| findings.problem(line));
        }
        self.kept = now;
    }

    /// Takes note of a visit that the screen shows.
    pub(super) fn has_arrived(&mut self, visit: i64) {
        self.kept.visits.insert(visit, Said::default());
        self.note_acknowledged();
    }

    /// Adds an animal; `None` if that was refused.
    pub(super) async fn add(&mut self, client: &Client) -> Result<Option<Animal>, NoAnswer> {
        self.named += 1;
        let name = format!("Animal {}", self.named);
        let written = Written {
            contact: format!("owner of {name}: 030 555 {:04}", self.named),
            notes: format!("{name} sleeps at noon"),
            tag: format!("TAG-{}", self.named),
        };
        let fields = json!({
            "name": name,
            "species": "dog",
            "breed": "beagle",
            "contact": written.contact,
            "notes": written.notes,
            "tag": written.tag,
        });
        let mut changed = self.kept.clone();
        changed.animals.insert(name.clone(), written);
        let request = client.try_post("/api/v1/animals", &fields);
        let added = self.change(changed, request).await?;
        Ok(added.map(|added| {
            let id = added.json()["id"].as_i64().expect("the animal's number");
            Animal { id, name }
        }))
    }

    /// Confirms a visit, or corrects it.
    pub(super) async fn confirm(
        &mut self,
        client: &Client,
        visit: i64,
        breed: &str,
        animal: Option<&Animal>,
    ) -> Result<(), NoAnswer> {
        let said = Said {
            breed: Some(breed.to_owned()),
            animal: animal.map(|animal| animal.name.clone()),
        };
        let mut changed = self.kept.clone();
        changed.visits.insert(visit, said);
        let decision = json!({ "breed": breed, "animal": animal.map(|animal| animal.id) });
        let address = format!("/api/v1/visits/{visit}/settle");
        let request = client.try_post(&address, &decision);
        self.change(changed, request).await.map(drop)
    }

    /// Merges an animal into another one.
    pub(super) async fn merge(
        &mut self,
        client: &Client,
        other: &Animal,
        into: &Animal,
    ) -> Result<(), NoAnswer> {
        let mut changed = self.kept.clone();
        changed.animals.remove(&other.name);
        for said in changed.visits.values_mut() {
            if said.animal.as_ref() == Some(&other.name) {
                said.animal = Some(into.name.clone());
            }
        }
        let address = format!("/api/v1/animals/{}/merge", into.id);
        let body = json!({ "animal": other.id });
        let request = client.try_post(&address, &body);
        self.change(changed, request).await.map(drop)
    }

    /// Forgets an animal. Its visits stay.
    pub(super) async fn forget(
        &mut self,
        client: &Client,
        animal: &Animal,
    ) -> Result<(), NoAnswer> {
        let mut changed = self.kept.clone();
        changed.animals.remove(&animal.name);
        for said in changed.visits.values_mut() {
            if said.animal.as_ref() == Some(&animal.name) {
                said.animal = None;
            }
        }
        let address = format!("/api/v1/animals/{}", animal.id);
        let request = client.try_delete(&address);
        self.change(changed.clone(), request).await?;
        // An animal whose traces could not be erased is forgotten, too, and the request has failed.
        if client.try_get(&address).await?.status == NOT_FOUND {
            self.kept = changed;
        }
        Ok(())
    }

    /// Imports a table that says on which day an animal is expected.
    pub(super) async fn import(
        &mut self,
        client: &Client,
        animal: &Animal,
    ) -> Result<(), NoAnswer> {
        let table = format!("name,day\n{},2026-05-04\n", animal.name);
        let address = "/api/v1/expected/import?write=true";
        let request = client.try_send_file(address, "text/csv", table.into());
        self.change(self.kept.clone(), request).await.map(drop)
    }

    /// Goes back to a backup of these records.
    pub(super) async fn restore(
        &mut self,
        client: &Client,
        backup: Bytes,
        records: Records,
    ) -> Result<(), NoAnswer> {
        let request = client.try_send_file("/api/v1/restore", "application/x-tar", backup);
        self.change(records, request).await.map(drop)
    }

    /// Sends a request after which the records are to be `changed`. Returns the answer if it is done.
    pub(super) async fn change(
        &mut self,
        changed: Records,
        request: impl Future<Output = Result<Answer, NoAnswer>>,
    ) -> Result<Option<Answer>, NoAnswer> {
        self.asked = Some(changed);
        if let Some(diary) = &mut self.diary {
            diary.note_asked();
        }
        let answer = request.await?;
        let changed = self.asked.take();
        if !answer.is_done() {
            self.refused += 1;
            return Ok(None);
        }
        self.kept = changed.unwrap_or_default();
        self.note_acknowledged();
        Ok(Some(answer))
    }

    fn note_acknowledged(&mut self) {
        self.acknowledged += 1;
        if let Some(diary) = &mut self.diary {
            diary.note_acknowledged(&self.kept);
        }
    }

    /// Waits until the kiosk records something again, and compares all of it then.
    pub(super) async fn heals(&mut self, fault: &str, client: &Client, findings: &mut Findings) {
        let due = Instant::now() + HEALED;
        while !matches!(self.add(client).await, Ok(Some(_))) {
            if Instant::now() > due {
                return findings.problem(format!("{fault}: nothing is recorded after it is over"));
            }
            sleep(PAUSE).await;
        }
        self.check(client, findings).await;
    }

    /// Expects that adding an animal is refused within this many tries.
    pub(super) async fn is_refused(
        &mut self,
        fault: &str,
        tries: usize,
        client: &Client,
        findings: &mut Findings,
    ) {
        for _ in 0..tries {
            match self.add(client).await {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => return findings.problem(format!("{fault}: {error}")),
            }
        }
        findings.problem(format!("{fault}: {tries} animals were added all the same"));
    }
}
