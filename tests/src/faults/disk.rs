//! A disk that is full, that takes nothing, or that can only be read.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::Resource;
use tempfile::TempDir;
use tokio::time::sleep;

use super::daycare::Daycare;
use super::kills::record_visits;
use super::limit::Limit;
use super::{Findings, HEALED, NO_CAMERA, PAUSE};
use crate::client::{Client, NoAnswer};
use crate::program::Program;

/// Runs a program whose writes beyond a limit fail, instead of ending it by a signal.
const WITHOUT_SIGNAL: &str = r#"trap "" XFSZ; exec "$@""#;

/// Runs a program for which the first argument is a small disk.
const ON_SMALL_DISK: &str =
    r#"mount -t tmpfs -o size=6m,mode=700 faults "$1" && shift && exec "$@""#;

/// Runs a program for which the first argument can only be read.
const READ_ONLY: &str =
    r#"mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@""#;

/// The most blocks of 4 KiB that are written to fill the small disk: more than it has.
const BLOCKS: usize = 4096;

/// The most animals that a full disk may still have room for.
const TRIES: usize = 500;

/// Each write fails with EFBIG for a while, by a limit of the process (`RLIMIT_FSIZE`).
///
/// # Panics
/// If the kiosk does not start.
pub async fn refused_writes(findings: &mut Findings) {
    let fault = "writes are refused";
    let folder = TempDir::new().expect("a folder for the catalogue");
    let mut shell = Command::new("sh");
    shell.args(["-c", WITHOUT_SIGNAL, "sh"]);
    let mut kiosk = Program::start_by(shell, folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    let mut daycare = Daycare::default();
    daycare.heals("at the start", &client, findings).await;

    let limit = Limit::set(kiosk.id(), Resource::Fsize, 0);
    daycare.is_refused(fault, 1, &client, findings).await;
    let read = client.get("/api/v1/animals").await;
    if read.status != 200 {
        findings.problem(format!("{fault}: nothing can be read: {}", read.text()));
    }
    limit.lift();
    daycare.heals(fault, &client, findings).await;

    kiosk.kill();
    let kiosk = Program::start(folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    daycare.check(&client, findings).await;
    let lost = daycare.lost as f64;
    findings
        .figures
        .add("refused writes: lost records", "", lost);
}

/// A small disk fills up (ENOSPC), and has room again. Skipped where nobody may mount one.
///
/// # Panics
/// If the kiosk does not start.
pub async fn full_disk(findings: &mut Findings) {
    let fault = "the disk is full";
    let folder = TempDir::new().expect("a place for the disk");
    let Some(shell) = mounted(ON_SMALL_DISK, folder.path()) else {
        return findings.skip(fault, "no disk can be mounted here");
    };
    let kiosk = Program::start_by(shell, folder.path(), &NO_CAMERA);
    let client = Client::log_in(&kiosk.login_link()).await;
    let mut daycare = Daycare::default();
    daycare.heals("at the start", &client, findings).await;

    let filling = seen_by(kiosk.id(), folder.path()).join("filling");
    fill(&filling);
    daycare.is_refused(fault, TRIES, &client, findings).await;
    // The kiosk tries the disk every ten seconds.
    let since = Instant::now();
    while since.elapsed() < HEALED && !matches!(health(&client).await, Ok(503)) {
        sleep(PAUSE).await;
    }
    is_unready(fault, &client, findings).await;
    fs::remove_file(&filling).expect("the disk has room again");
    daycare.heals(fault, &client, findings).await;
    let lost = daycare.lost as f64;
    findings.figures.add("full disk: lost records", "", lost);
}

/// The data folder is on a disk that can only be read: the kiosk works on, and its page answers.
/// Skipped where nobody may mount one.
///
/// # Panics
/// If the kiosk does not start.
pub async fn read_only_disk(findings: &mut Findings) {
    let fault = "the disk is read-only";
    let folder = TempDir::new().expect("a folder for the catalogue");
    record_visits(folder.path(), 1);
    let elsewhere = TempDir::new().expect("a folder for what is recorded");
    let Some(shell) = on_read_only_disk(folder.path(), elsewhere.path()) else {
        return findings.skip(fault, "no disk can be mounted here");
    };
    let mut kiosk = Program::start_by(shell, folder.path(), &NO_CAMERA);
    let client = Client::logged_out(&kiosk.page);
    for _ in 0..10 {
        is_unready(fault, &client, findings).await;
        sleep(PAUSE).await;
    }
    if !kiosk.is_running() {
        findings.problem(format!("{fault}: the kiosk has ended"));
    }
    findings.figures.add("read-only disk: played", "", 1.0);
}

/// Whether the kiosk says that no visit can be recorded.
async fn is_unready(fault: &str, client: &Client, findings: &mut Findings) {
    match health(client).await {
        Ok(503) => {}
        Ok(status) => findings.problem(format!("{fault}: /health answers {status}")),
        Err(error) => findings.problem(format!("{fault}: {error}")),
    }
}

/// The status with which `/health` answers.
async fn health(client: &Client) -> Result<u16, NoAnswer> {
    Ok(client.try_get("/health").await?.status)
}

/// A command that runs the program in its arguments so that it can only read `folder`. What it writes goes
/// to the folder `elsewhere`. `None` where nobody may mount a disk.
#[must_use]
pub fn on_read_only_disk(folder: &Path, elsewhere: &Path) -> Option<Command> {
    let mut shell = mounted(READ_ONLY, folder)?;
    shell.env("TMPDIR", elsewhere);
    Some(shell)
}

/// A command that runs `script` with the folder and then a program, which sees what the script has
/// mounted and nobody else does; `None` where that is not allowed.
fn mounted(script: &str, folder: &Path) -> Option<Command> {
    let command = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, "sh"]);
        command.arg(folder);
        command
    };
    let mut probe = command();
    probe
        .arg("true")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let is_allowed = probe.status().is_ok_and(|status| status.success());
    is_allowed.then(command)
}

/// A path as a process sees it.
fn seen_by(process: u32, path: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{process}/root"));
    root.join(path.strip_prefix("/").expect("an absolute path"))
}

/// Fills the disk that a file is on.
fn fill(file: &Path) {
    let mut file = File::create(file).expect("a file that fills the disk");
    let is_full = (0..BLOCKS).any(|_| file.write_all(&[0; 4096]).is_err());
    assert!(is_full, "the disk is larger than it should be");
}
