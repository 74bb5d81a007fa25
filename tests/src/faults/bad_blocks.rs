//! The disk cannot read most of the catalogue any more, while the kiosk is at work. The owner restores a backup on
//! the page: the kiosk replaces the file, keeps what is left of it, and restarts.

use std::fs;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::daycare::Daycare;
use super::kills::record_visits;
use super::refusing::Library;
use super::{Findings, HEALED, NO_CAMERA, PAUSE};
use crate::client::Client;
use crate::program::Program;

const FAULT: &str = "bad blocks";

/// Visits that are in the backup.
const VISITS: usize = 50;

/// Plays it. Skipped where there is no `cc`.
///
/// # Panics
/// If the kiosk does not start.
pub async fn bad_blocks(findings: &mut Findings) {
    let place = TempDir::new().expect("a folder for the library");
    let Some(library) = Library::compile(place.path()) else {
        return findings.skip(FAULT, "there is no cc");
    };
    let folder = TempDir::new().expect("a folder for the catalogue");
    record_visits(folder.path(), VISITS);
    let by = library.loaded(folder.path());
    let kiosk = Program::start_by(by, folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    let mut daycare = Daycare::default();
    daycare.learn(&client).await;
    let records = daycare.kept.clone();
    let backup = client.get("/api/v1/backup").await.body;
    if let Err(error) = daycare.add(&client).await {
        return findings.problem(format!("{FAULT}: {error}"));
    }

    library.lose_blocks(&folder.path().join("catalogue.sqlite"));
    match daycare.restore(&client, backup, records).await {
        Ok(()) if daycare.refused == 0 => {}
        Ok(()) => findings.problem(format!("{FAULT}: the backup is not restored")),
        Err(error) => findings.problem(format!("{FAULT}: {error}")),
    }
    if !ends(kiosk).await {
        return findings.problem(format!("{FAULT}: the kiosk does not restart"));
    }

    let kiosk = Program::start(folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    daycare.check(&client, findings).await;
    daycare.heals(FAULT, &client, findings).await;
    let names = fs::read_dir(folder.path()).expect("the data folder");
    let mut names = names.flatten().map(|entry| entry.file_name());
    if !names.any(|name| name.as_encoded_bytes().starts_with(b"damaged-")) {
        findings.problem(format!("{FAULT}: nothing is left of the damaged catalogue"));
    }
    let lost = daycare.lost as f64;
    findings.figures.add("bad blocks: lost records", "", lost);
}

/// Whether the kiosk ends by itself.
async fn ends(mut kiosk: Program) -> bool {
    let due = Instant::now() + HEALED;
    while kiosk.is_running() && Instant::now() < due {
        sleep(PAUSE).await;
    }
    !kiosk.is_running()
}
