//! The kiosk runs out of file descriptors, because of visitors who keep their connections open. Its camera goes on.

use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Resource;
use tempfile::TempDir;
use tokio::time::sleep;

use super::Findings;
use super::daycare::Daycare;
use super::limit::Limit;
use super::week::{confirm_until, knows_the_entrance};
use crate::client::Client;
use crate::network_camera::NetworkCamera;
use crate::process;
use crate::program::Program;

/// Connections that say nothing.
const SILENT: usize = 50;

/// Descriptors that are left beyond those in use.
const LEFT: usize = 3;

/// How long there are none.
const LASTS: Duration = Duration::from_secs(3);

/// The time between two pictures of the camera.
const INTERVAL: Duration = Duration::from_millis(50);

/// How many frames at least come meanwhile.
const FRAMES: u64 = 5;

/// Takes its descriptors from a kiosk for a while.
///
/// # Panics
/// If the kiosk does not start.
pub async fn no_descriptors(findings: &mut Findings) {
    let fault = "descriptors run out";
    let folder = TempDir::new().expect("a folder for the catalogue");
    let camera = NetworkCamera::start(INTERVAL);
    let mut kiosk = Program::start(folder.path(), &["--camera", &camera.address]);
    let client = Client::log_in(&kiosk.login_link()).await;
    let mut daycare = Daycare::default();
    daycare.heals("at the start", &client, findings).await;
    if let Err(error) = confirm_until(&client, "it sees nothing", knows_the_entrance).await {
        return findings.problem(format!("{fault}: before that, {error}"));
    }

    let before = client.counts().await["frames"].as_u64();
    let used = process::descriptors(kiosk.id());
    let limit = Limit::set(kiosk.id(), Resource::Nofile, (used + LEFT) as u64);
    let silent: Vec<_> = (0..SILENT)
        .filter_map(|_| TcpStream::connect(kiosk.address()).ok())
        .collect();
    sleep(LASTS).await;
    let taken = process::descriptors(kiosk.id());
    if taken < used + LEFT {
        findings.problem(format!(
            "{fault}: only {taken} of {} are in use",
            used + LEFT
        ));
    }
    if !kiosk.is_running() {
        return findings.problem(format!("{fault}: the kiosk has ended"));
    }
    drop(silent);
    limit.lift();
    let after = client.counts().await["frames"].as_u64();
    if after < before.map(|frames| frames + FRAMES) {
        findings.problem(format!("{fault}: {before:?} frames have become {after:?}"));
    }
    daycare.heals(fault, &client, findings).await;
    let lost = daycare.lost as f64;
    findings
        .figures
        .add("no descriptors: lost records", "", lost);
}
