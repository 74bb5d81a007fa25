//! A camera that sends garbage.

use std::fs;
use std::time::Duration;

use recognise::photo;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::{Findings, PAUSE};
use crate::client::Client;
use crate::fuzz;
use crate::program::Program;
use crate::workspace;

/// How many of its photographs are damaged.
const DAMAGED: usize = 200;

/// How long the kiosk may take to recognise the one that is whole.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plays a folder of damaged photographs as the camera, and a whole one at its end.
///
/// # Panics
/// If the kiosk does not start.
pub async fn damaged_photographs(seed: u64, findings: &mut Findings) {
    let fault = "the camera sends garbage";
    let camera = TempDir::new().expect("a folder for photographs");
    let seeds = fuzz::photographs();
    let mutants = (0..).map(|round| fuzz::mutant(&seeds, seed, round));
    let damaged = mutants.filter(|bytes| photo::decode(bytes).is_err());
    for (index, bytes) in damaged.take(DAMAGED).enumerate() {
        let file = camera.path().join(format!("{index:03}.jpg"));
        fs::write(file, bytes).expect("a damaged photograph");
    }
    let whole = workspace().join("edge/examples/chelsea.png");
    fs::copy(whole, camera.path().join("whole.png")).expect("a whole photograph");

    let data = TempDir::new().expect("a folder for the catalogue");
    let folder = camera.path().to_str().expect("a path in UTF-8");
    let mut kiosk = Program::start(data.path(), &["--camera", folder]);
    let client = Client::log_in(&kiosk.login_link()).await;
    let due = Instant::now() + PATIENCE;
    while client.counts().await["answers"].as_u64() < Some(1) {
        if Instant::now() > due {
            return findings.problem(format!("{fault}: the whole photograph has no answer"));
        }
        sleep(PAUSE).await;
    }
    if !kiosk.is_running() {
        return findings.problem(format!("{fault}: the kiosk has ended"));
    }
    let figures = &mut findings.figures;
    figures.add("garbage: damaged photographs", "", DAMAGED as f64);
}
