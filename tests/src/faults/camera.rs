//! A camera that sends garbage: damaged pictures, now and then with damage around them, for as long as is wanted.
//! The kiosk answers meanwhile, does not grow, and recognises arrivals once its camera is well again.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::week::{answers, confirm_until, crowd, knows_the_entrance};
use super::{Findings, PAUSE};
use crate::client::Client;
use crate::network_camera::{NetworkCamera, Shown};
use crate::process;
use crate::program::Program;

/// The time between two pictures.
const INTERVAL: Duration = Duration::from_millis(50);

/// By how much the kiosk's memory may grow, in 10^6 bytes. What a stream and the networks need is less.
const GROWTH: f64 = 150.0;

/// Makes a camera send garbage for this long, and whole pictures then.
///
/// # Panics
/// If the kiosk does not start.
pub async fn garbage(seed: u64, lasts: Duration, findings: &mut Findings) {
    let fault = "the camera sends garbage";
    let camera = NetworkCamera::start(INTERVAL);
    let data = TempDir::new().expect("a folder for the catalogue");
    let mut kiosk = Program::start(data.path(), &["--camera", &camera.address]);
    let client = Client::log_in(&kiosk.login_link()).await;
    if let Err(error) = confirm_until(&client, "it sees nothing", knows_the_entrance).await {
        return findings.problem(format!("{fault}: before that, {error}"));
    }

    let before = process::memory(kiosk.id()).resident;
    camera.show(Shown::Garbage(seed));
    let end = Instant::now() + lasts;
    while Instant::now() < end {
        if let Err(error) = client.try_get("/api/v1/live").await {
            return findings.problem(format!("{fault}: {error}"));
        }
        sleep(PAUSE).await;
    }
    let damaged = camera.damaged();
    if damaged == 0 {
        return findings.problem(format!("{fault}: the camera has sent none"));
    }
    camera.show(Shown::Nobody);
    let is_empty = |live: &Value| live["arrival"]["stage"] == "empty";
    let seen = match confirm_until(&client, "the entrance is never empty", is_empty).await {
        Ok(live) => answers(&live),
        Err(error) => return findings.problem(format!("{fault}: after that, {error}")),
    };
    if let Err(error) = crowd(&camera, &client, seen).await {
        return findings.problem(format!("{fault}: after that, {error}"));
    }
    if !kiosk.is_running() {
        return findings.problem(format!("{fault}: the kiosk has ended"));
    }
    let after = process::memory(kiosk.id()).resident;
    if after - before > GROWTH {
        findings.problem(format!("{fault}: {before:.0} MB have become {after:.0} MB"));
    }
    for (name, unit, value) in [
        ("garbage: damaged pictures", "", damaged as f64),
        ("garbage: resident memory before", "MB", before),
        ("garbage: resident memory after", "MB", after),
    ] {
        findings.figures.add(name, unit, value);
    }
}
