//! The system's clock is a year behind, or ten years ahead: nothing is deleted for its age.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::sleep;

use super::daycare::Daycare;
use super::kills::record_visits;
use super::{Findings, NO_CAMERA};
use crate::client::Client;
use crate::program::Program;

/// The wrong clocks, as libfaketime takes them.
const CLOCKS: [&str; 2] = ["-365d", "+3650d"];

/// Visits with photographs.
const VISITS: usize = 20;

/// How long the kiosk may delete what it takes for old.
const LASTS: Duration = Duration::from_secs(3);

/// Runs a kiosk by wrong clocks. Skipped where there is no libfaketime (Debian: faketime).
///
/// # Panics
/// If the kiosk does not start.
pub async fn wrong_clock(findings: &mut Findings) {
    let fault = "the clock is wrong";
    for clock in CLOCKS {
        let Some(command) = by_clock(clock) else {
            return findings.skip(fault, "there is no libfaketime (Debian: faketime)");
        };
        let folder = TempDir::new().expect("a folder for the catalogue");
        record_visits(folder.path(), VISITS);
        let kiosk = Program::start_by(command, folder.path(), &NO_CAMERA);
        let client = Client::log_in(&kiosk.login_link()).await;
        let mut daycare = Daycare::default();
        daycare.learn(&client).await;
        sleep(LASTS).await;
        daycare.heals(fault, &client, findings).await;
        let left = photographs(folder.path());
        if left != VISITS {
            findings.problem(format!("{fault} ({clock}): {left} of {VISITS} photographs"));
        }
    }
    let clocks = CLOCKS.len() as f64;
    findings.figures.add("wrong clocks: played", "", clocks);
}

/// A command that runs the program in its arguments by a clock that is off by so much, such as
/// `+3650d`. `None` where there is no libfaketime (Debian: faketime).
#[must_use]
pub fn by_clock(off: &str) -> Option<Command> {
    let mut env = by_time(off)?;
    env.arg("FAKETIME_DONT_FAKE_MONOTONIC=1");
    Some(env)
}

/// A command that runs the program in its arguments so that time passes so many times as fast for it.
/// `None` where there is no libfaketime (Debian: faketime).
pub(super) fn sped_up(times: u32) -> Option<Command> {
    by_time(&format!("+0 x{times}"))
}

fn by_time(time: &str) -> Option<Command> {
    let library = library()?;
    let mut env = Command::new("env");
    env.arg(format!("LD_PRELOAD={}", library.display()))
        .arg(format!("FAKETIME={time}"));
    Some(env)
}

/// How many photographs there are.
fn photographs(folder: &Path) -> usize {
    let entries = fs::read_dir(folder.join("photographs"));
    let entries = entries.expect("the folder of the photographs").flatten();
    let is_jpeg = |path: PathBuf| path.extension().is_some_and(|end| end == "jpg");
    entries.filter(|entry| is_jpeg(entry.path())).count()
}

/// Where Debian has the library.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    let mut files = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    files.find(|file| file.exists())
}
