//! Each call to the disk fails once while `kiosk catalogue backup` works: whatever has the name of a backup then can
//! be restored.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::Findings;
use super::backups::check_backup;
use super::kills::record_visits;
use super::refusing::{Library, Refusal, name_of, plan};
use crate::program;

/// Visits that are in the catalogue.
const VISITS: usize = 3;

/// Makes a backup for each call that a backup makes, and for each error. Skipped where there is no `cc`.
///
/// # Panics
/// If no backup is made without faults.
pub fn refused_backups(findings: &mut Findings) {
    let Some(suite) = Suite::prepare() else {
        return findings.skip("calls to the disk fail during a backup", "there is no cc");
    };
    assert!(suite.back_up(None), "a backup without faults");
    let calls = suite.library.disarm();
    if calls == 0 {
        return findings.problem("a backup makes no call to the disk: the library does not work");
    }
    let plan = plan(1, None, calls);
    let backups = plan.len();
    let mut made = 0;
    for fault in plan {
        let before = findings.problems.len();
        made += usize::from(suite.back_up(Some(fault)));
        suite.library.disarm();
        if suite.backup.exists() {
            check_backup(&suite.backup, findings);
        }
        if findings.problems.len() > before {
            println!("after a backup {}", name_of(Some(fault)));
            // Found once is enough.
            fs::remove_file(&suite.backup).expect("the backup is removed");
        }
    }
    for (name, number) in [
        ("refused backups: calls of a backup", calls as f64),
        ("refused backups", backups as f64),
        ("refused backups: made all the same", made as f64),
    ] {
        findings.figures.add(name, "", number);
    }
}

struct Suite {
    _place: TempDir,
    /// The folder in which calls fail, as /proc shows it.
    disk: PathBuf,
    /// The catalogue's folder and the backup, both in that.
    data: PathBuf,
    backup: PathBuf,
    library: Library,
}

impl Suite {
    fn prepare() -> Option<Self> {
        let place = TempDir::new().expect("a folder for catalogue and backup");
        let library = Library::compile(place.path())?;
        let disk = fs::canonicalize(place.path()).expect("the folder's own path");
        let disk = disk.join("disk");
        let [data, backup] = ["data", "backup.tar"].map(|name| disk.join(name));
        record_visits(&data, VISITS);
        Some(Self {
            _place: place,
            disk,
            data,
            backup,
            library,
        })
    }

    /// Makes a backup in place of the former one; says whether the kiosk calls it made.
    fn back_up(&self, fault: Option<(Refusal, u64)>) -> bool {
        self.library.arm(fault);
        let mut command = self.library.loaded(&self.disk);
        command
            .arg(program::path())
            .args(["catalogue", "backup"])
            .arg(&self.backup)
            .arg("--data")
            .arg(&self.data);
        let done = command.output().expect("the kiosk starts");
        done.status.success()
    }
}
