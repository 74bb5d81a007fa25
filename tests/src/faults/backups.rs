//! Where a kiosk puts its automatic backups, and the settings that say so.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use ::catalogue::{Catalogue, Stop};
use tempfile::TempDir;

use super::Findings;

/// What the names of automatic backups begin with.
const BACKUP: &str = "breed-kiosk-";

/// A folder for automatic backups.
#[derive(Debug)]
pub(super) struct Backups {
    folder: TempDir,
    /// The folder of `kiosk.toml`.
    settings: TempDir,
}

impl Backups {
    /// A folder without any.
    pub(super) fn new() -> Self {
        Self::below(&env::temp_dir())
    }

    /// A folder without any, below another one.
    pub(super) fn below(parent: &Path) -> Self {
        let folder = TempDir::new_in(parent).expect("a folder for backups");
        let settings = TempDir::new().expect("a folder for the settings");
        let content = format!("[backup]\nfolder = {:?}\n", folder.path());
        let file = settings.path().join("kiosk.toml");
        fs::write(file, content).expect("a configuration");
        Self { folder, settings }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Calls with the arguments of a kiosk that makes automatic backups.
    pub(super) fn with_arguments<T>(&self, call: impl FnOnce(&[&str]) -> T) -> T {
        let file = self.settings.path().join("kiosk.toml");
        let file = file.to_str().expect("a path in UTF-8");
        call(&["--camera", "none", "--config", file])
    }

    /// The automatic backups.
    pub(super) fn made(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder()).expect("the folder of backups");
        let paths = entries.flatten().map(|entry| entry.path());
        let is_backup = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with(BACKUP)
        };
        paths.filter(is_backup).collect()
    }

    /// Removes them, so that another one is due.
    pub(super) fn clear(&self) {
        for backup in self.made() {
            fs::remove_file(backup).expect("the backup is removed");
        }
    }

    /// What has the name of a backup is whole.
    pub(super) fn check(&self, findings: &mut Findings) {
        for backup in self.made() {
            check_backup(&backup, findings);
        }
    }
}

/// Restores a backup to a new folder.
pub(super) fn check_backup(backup: &Path, findings: &mut Findings) {
    let scratch = TempDir::new().expect("a folder for a backup");
    let restored =
        Catalogue::restore_to(&scratch.path().join("restored"), backup, &Stop::default());
    if let Err(error) = restored {
        findings.problem(format!("a backup that cannot be restored: {error}"));
    }
}
