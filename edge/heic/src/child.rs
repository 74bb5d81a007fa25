//! Runs a program in a folder, within bounds of time, memory and disk.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use recognise::photo::{Fault, MAX_BYTES};
use recognise::printable;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::Failure;

/// The most memory that a program may have of its own, in bytes: several pictures of 108 megapixels,
/// and less than half of a Raspberry Pi with 2 GB.
const MEMORY: u64 = 768 << 20;

/// The most bytes that a program may have in its folder: a photograph and its pictures.
const DISK: u64 = 2 * MAX_BYTES;

/// The most bytes that are read of what a program prints.
const PRINTED: u64 = 64 << 10;

/// The pause between two checks of a program.
const PAUSE: Duration = Duration::from_millis(10);

/// What a program prints goes to these files of its folder.
const OUTPUT: &str = "output";
const ERRORS: &str = "errors";

/// A program that runs. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Neither fails unless the program has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program of the folders of `path` in `folder`.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] if it is not installed, or what the system says.
pub(crate) fn start(
    name: &str,
    arguments: &[&str],
    folder: &Path,
    path: &OsStr,
) -> io::Result<Running> {
    let child = Command::new(name)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(File::create(folder.join(OUTPUT))?)
        .stderr(File::create(folder.join(ERRORS))?)
        .spawn()?;
    let child = Running(child);
    let limit = Rlimit {
        current: Some(MEMORY),
        maximum: Some(MEMORY),
    };
    prlimit(Some(Pid::from_child(&child.0)), Resource::Data, limit)?;
    Ok(child)
}

/// Waits for the end of a program in `folder`, and returns what it printed.
///
/// # Errors
/// [`Fault::Damaged`] if it fails, takes longer than until the deadline, or writes too much.
pub(crate) fn finish(
    mut child: Running,
    folder: &Path,
    deadline: Duration,
) -> Result<String, Failure> {
    let start = Instant::now();
    let status = loop {
        // The size is looked at once more after the end.
        let status = child.0.try_wait()?;
        if size(folder)? > DISK {
            return Err(damaged("it becomes too large when it is decoded"));
        }
        if let Some(status) = status {
            break status;
        }
        if start.elapsed() >= deadline {
            return Err(damaged("it takes too long to decode"));
        }
        thread::sleep(PAUSE);
    };
    if status.success() {
        return Ok(printed(&folder.join(OUTPUT))?);
    }
    let errors = printed(&folder.join(ERRORS))?;
    let reason = errors.lines().find(|line| !line.trim().is_empty());
    Err(reason.map_or_else(|| damaged(&status.to_string()), damaged))
}

/// The bytes of all files in a folder.
fn size(folder: &Path) -> io::Result<u64> {
    let length = |entry: io::Result<DirEntry>| -> io::Result<u64> { Ok(entry?.metadata()?.len()) };
    fs::read_dir(folder)?.map(length).sum()
}

/// What a program printed to a file.
fn printed(file: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(file)?.take(PRINTED).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is wrong with the photograph, by a line that may be the program's.
fn damaged(reason: &str) -> Failure {
    let reason: String = reason.trim().chars().take(200).collect();
    Fault::Damaged(printable(Path::new(&reason))).into()
}
