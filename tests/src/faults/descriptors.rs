//! The kiosk runs out of file descriptors, because of visitors who keep their connections open.

use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Resource;
use tempfile::TempDir;
use tokio::time::sleep;

use super::daycare::Daycare;
use super::limit::Limit;
use super::{Findings, NO_CAMERA};
use crate::client::Client;
use crate::process;
use crate::program::Program;

/// Connections that say nothing.
const SILENT: usize = 50;

/// Descriptors that are left beyond those in use.
const LEFT: usize = 3;

/// How long there are none.
const LASTS: Duration = Duration::from_secs(3);

/// Takes its descriptors from a kiosk for a while.
///
/// # Panics
/// If the kiosk does not start.
pub async fn no_descriptors(findings: &mut Findings) {
    let fault = "descriptors run out";
    let folder = TempDir::new().expect("a folder for the catalogue");
    let mut kiosk = Program::start(folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    let mut daycare = Daycare::default();
    daycare.heals("at the start", &client, findings).await;

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
    daycare.heals(fault, &client, findings).await;
    let lost = daycare.lost as f64;
    findings
        .figures
        .add("no descriptors: lost records", "", lost);
}
