//! Examines what is kept: its disk, who may read it, the catalogue, and the model bundle.

use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use ::catalogue::Catalogue;
use jiff::Timestamp;
use recognise::{Bundle, Recogniser};
use rustix::fs::statvfs;

use super::{AS_ITS_USER, Finding, backups};
use crate::config::Config;
use crate::models::Models;

/// With less room on the disk than this, in bytes, visits will soon lose their photographs.
const LEAST_ROOM: u64 = 300_000_000;

/// How many writes are measured, and how many bytes each has.
const WRITES: usize = 15;
const WRITE: [u8; 4096] = [0x5A; 4096];

/// A decision is on disk before the screen says so: with slower writes, staff wait.
const SLOW: Duration = Duration::from_millis(200);

/// Of the bytes that are written to the disk since the machine started, the first hours tell nothing of a
/// day: the start itself is among them.
const DAY: f64 = 24.0;

/// More bytes a day than these wear an SD card out within a few years.
const MUCH: f64 = 5e9;

/// What to do about a damaged catalogue.
const VERIFY: &str = "`kiosk catalogue verify` names all that is wrong; restore a backup if the database itself is \
                      damaged";

/// Examines the data folder, and where its backups go.
pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let folder = &config.data;
    if let Err(error) = fs::read_dir(folder) {
        let advice = match error.kind() {
            ErrorKind::NotFound => "start the kiosk once, or name its folder with --data",
            ErrorKind::PermissionDenied => AS_ITS_USER,
            _ => "check the disk",
        };
        let found = format!("{}: {error}", folder.display());
        return vec![Finding::wrong("data", found, advice)];
    }
    let mut findings = vec![
        disk(folder),
        fsync(folder),
        wear(folder),
        permissions(folder),
        catalogue(folder),
    ];
    findings.extend(backups::examine(config, Timestamp::now()));
    findings
}

/// Examines the model bundle that the kiosk runs.
pub(super) fn model(config: &Config) -> Finding {
    let models = Models::of(&config.data);
    let installed = models.current();
    let file = config.model.clone();
    let file = file.or_else(|| installed.exists().then_some(installed));
    let (name, bundle) = match &file {
        Some(path) => (path.display().to_string(), Bundle::read(path)),
        None => ("the built-in one".to_owned(), Bundle::embedded()),
    };
    match bundle.and_then(Recogniser::new) {
        Ok(recogniser) => {
            let metadata = recogniser.metadata();
            let (breeds, when) = (metadata.breeds.len(), &metadata.trained.when);
            let runs = format!("{name}: {breeds} breeds, trained {when}");
            // A bundle that the configuration names is not on probation, and was not taken back.
            if config.model.is_some() {
                return Finding::right("model", runs);
            }
            if models.taken_back().is_some() {
                return Finding::wrong(
                    "model",
                    format!("{runs}; the one that was installed last was taken back"),
                    "`kiosk model show` says why; install another one, or remove models/rejected.onnx",
                );
            }
            let probation = match models.probation() {
                Some(_) => ", on probation",
                None => "",
            };
            Finding::right("model", format!("{runs}{probation}"))
        }
        Err(error) => Finding::wrong(
            "model",
            error,
            "the built-in bundle runs instead; install another one",
        ),
    }
}

fn disk(folder: &Path) -> Finding {
    let disk = match statvfs(folder) {
        Ok(disk) => disk,
        Err(error) => {
            let found = format!("{}: {error}", folder.display());
            return Finding::wrong("disk", found, "check the disk");
        }
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let size = disk.f_blocks.saturating_mul(disk.f_frsize);
    judge_room(free, size)
}

/// Judges by how many bytes of a disk of this size are free.
fn judge_room(free: u64, size: u64) -> Finding {
    let (megabytes, all) = (free / 1_000_000, size / 1_000_000);
    let found = format!("{megabytes} MB of {all} MB are free");
    if free >= LEAST_ROOM {
        return Finding::right("disk", found);
    }
    Finding::wrong(
        "disk",
        found,
        "make room, or keep photographs for fewer days or megabytes (Settings)",
    )
}

/// How long the disk takes to keep a little for good.
fn fsync(folder: &Path) -> Finding {
    let mut times = match measure(folder) {
        Ok(times) => times,
        Err(error) => {
            let found = format!("{}: cannot be written: {error}", folder.display());
            return Finding::wrong(
                "fsync",
                found,
                "let the kiosk's user write there; a card that became read-only is worn out",
            );
        }
    };
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let (median, slowest) = (times[WRITES / 2], times[WRITES - 1]);
    let found = format!(
        "4 KiB are on disk after {:.1} ms; the slowest of {WRITES} times took {:.1} ms",
        ms(median),
        ms(slowest)
    );
    if median <= SLOW {
        return Finding::right("fsync", found);
    }
    Finding::wrong(
        "fsync",
        found,
        "use a faster SD card (A2, high endurance) or a USB disk",
    )
}

/// Writes to a file without a name, which is gone when it is closed.
fn measure(folder: &Path) -> io::Result<[Duration; WRITES]> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times = [Duration::ZERO; WRITES];
    for time in &mut times {
        let start = Instant::now();
        file.write_all(&WRITE)?;
        file.sync_all()?;
        *time = start.elapsed();
    }
    Ok(times)
}

/// How much all programs write to the disk of the data folder: an SD card wears out by it.
fn wear(folder: &Path) -> Finding {
    match written(folder) {
        Some((bytes, hours)) => judge_wear(bytes as f64, hours),
        None => Finding::unknown("wear", "this machine does not say"),
    }
}

/// Judges by how many bytes were written in the hours since the machine started.
fn judge_wear(bytes: f64, hours: f64) -> Finding {
    let mega = |bytes: f64| (bytes / 1e6).round();
    let found = format!(
        "{} MB were written to the disk in the {hours:.1} hours since the machine started",
        mega(bytes)
    );
    if hours < DAY {
        return Finding::unknown("wear", found).advise("after a day there is more to say");
    }
    let daily = bytes / hours * DAY;
    let found = format!("{found}: {} MB a day", mega(daily));
    if daily <= MUCH {
        return Finding::right("wear", found);
    }
    Finding::wrong(
        "wear",
        found,
        "Status on the page says how much of it the kiosk writes, and `sudo iotop -a` which other \
         programs do; an SD card wears out by it",
    )
}

/// The bytes that were written to the disk of a folder since the machine started, and how many hours
/// that is. (Linux, `Documentation/block/stat.rst`.)
fn written(folder: &Path) -> Option<(u64, f64)> {
    let device = fs::metadata(folder).ok()?.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let stat = fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/stat")).ok()?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    (seconds > 0.0).then_some((bytes_written(&stat)?, seconds / 3600.0))
}

/// The bytes that were written to a disk, by the kernel's figures of it, which count in sectors of 512
/// bytes whatever those of the disk are.
fn bytes_written(stat: &str) -> Option<u64> {
    let sectors: u64 = stat.split_whitespace().nth(6)?.parse().ok()?;
    Some(sectors.saturating_mul(512))
}

/// Whether the data folder is closed to others, and its files have the same owner as the folder.
fn permissions(folder: &Path) -> Finding {
    let place = folder.display();
    let about = match fs::metadata(folder) {
        Ok(about) => about,
        Err(error) => {
            let found = format!("{place}: {error}");
            return Finding::wrong("permissions", found, AS_ITS_USER);
        }
    };
    let mode = about.mode() & 0o777;
    if mode & 0o077 != 0 {
        let found = format!("{place}: other users may open it (mode {mode:03o})");
        return Finding::wrong("permissions", found, format!("chmod 700 {place}"));
    }
    let is_foreign = |entry: &DirEntry| {
        let inner = entry.metadata();
        inner.is_ok_and(|inner| inner.uid() != about.uid())
    };
    match entries(folder).find(is_foreign) {
        None => Finding::right(
            "permissions",
            "only the kiosk's user may open the data folder",
        ),
        Some(entry) => {
            let found = format!("{}: belongs to another user", entry.path().display());
            let advice = format!(
                "something ran as another user than the kiosk's: sudo chown -R breed-kiosk: {place}"
            );
            Finding::wrong("permissions", found, advice)
        }
    }
}

fn catalogue(folder: &Path) -> Finding {
    if !Catalogue::exists(folder) {
        return Finding::unknown("catalogue", "there is none yet; the kiosk makes it");
    }
    let faults = match Catalogue::verify_quickly(folder) {
        Ok(faults) => faults,
        Err(error) => return Finding::wrong("catalogue", error, VERIFY),
    };
    match faults.first() {
        None => Finding::right("catalogue", "its tables and pages are whole"),
        Some(fault) => Finding::wrong("catalogue", fault, VERIFY),
    }
}

/// What is in a folder, as far as it can be read.
pub(super) fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_disk_that_wears_out_is_told_by_a_day_of_writing() {
        for (gigabytes, hours, state) in [
            (1.0, 48.0, State::Right),
            (9.9, 48.0, State::Right),
            (10.1, 48.0, State::Wrong),
            // A start writes much in a short time.
            (2.0, 1.0, State::Unknown),
        ] {
            let finding = judge_wear(gigabytes * 1e9, hours);
            assert_eq!(finding.state, state, "{finding:?}");
        }
    }

    #[test]
    fn a_disk_is_full_before_nothing_can_be_written() {
        for (free, state) in [
            (LEAST_ROOM, State::Right),
            (LEAST_ROOM - 1, State::Wrong),
            (0, State::Wrong),
        ] {
            let finding = judge_room(free, 32_000_000_000);
            assert_eq!(finding.state, state, "{finding:?}");
        }
    }

    #[test]
    fn the_kernels_figures_of_a_disk_are_read() {
        let stat =
            "   12345     678   901234    5678     2001      345    40960     1234        0\n";
        assert_eq!(bytes_written(stat), Some(40_960 * 512));
        assert_eq!(bytes_written("1 2 3"), None);
    }
}
