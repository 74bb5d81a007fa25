//! What a fault has left behind in a catalogue's folder: damage, and files that nobody finished.

use std::fs;
use std::path::{Path, PathBuf};

use ::catalogue::Catalogue;

use super::Findings;

/// What the names of unfinished files begin with.
const UNFINISHED: [&str; 5] = [
    ".unfinished-",
    ".backup-",
    ".kiosk-id-",
    ".private-",
    ".tmp",
];

/// The folder of files in transfer, which is empty after a start.
const TRANSFER: &str = "transfer";

/// How much was found, one start after the other.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) faults: usize,
    pub(super) unfinished: usize,
}

impl Left {
    /// Checks the folder of a kiosk that has started, and removes what is left over, so that it is counted
    /// once.
    pub(super) fn check(&mut self, folder: &Path, findings: &mut Findings) {
        self.verify(folder, findings);
        if Catalogue::exists(&folder.join("rescue")) {
            findings.problem("visits have gone to the rescue catalogue");
        }
        for path in unfinished(folder) {
            self.unfinished += 1;
            findings.problem(format!("{}: left over", path.display()));
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }

    /// Checks the catalogue alone.
    fn verify(&mut self, folder: &Path, findings: &mut Findings) {
        let faults = match Catalogue::verify(folder) {
            Ok(faults) => faults,
            Err(error) => vec![error.to_string()],
        };
        self.faults += faults.len();
        faults.into_iter().for_each(|fault| findings.problem(fault));
    }
}

/// The unfinished files and folders in a folder and below it.
pub(super) fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // One that is gone by now has nothing left over.
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            let path = entry.path();
            if folder.ends_with(TRANSFER) || is_unfinished(&path) {
                found.push(path);
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    UNFINISHED.iter().any(|start| name.starts_with(start))
}
