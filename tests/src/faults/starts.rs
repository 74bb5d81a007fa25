//! Kills the kiosk (SIGKILL) while it starts: in the middle of the migration of an older catalogue, or of
//! the automatic backup that is due.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::catalogue::Catalogue;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::Rng;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::daycare::Daycare;
use super::left::{Left, unfinished};
use super::older;
use super::{Findings, HEALED, NO_CAMERA, PAUSE};
use crate::client::Client;
use crate::program::Program;

/// What the names of automatic backups begin with.
const BACKUP: &str = "breed-kiosk-";

/// Kills in the middle of starts.
#[derive(Debug)]
pub(super) struct Starts {
    /// How long a start takes, about. A kiosk is killed within twice that time.
    pub(super) takes: Duration,
    /// Where automatic backups go.
    backups: TempDir,
    /// The folder of `kiosk.toml`.
    settings: TempDir,
}

impl Default for Starts {
    fn default() -> Self {
        let [backups, settings] = [(); 2].map(|()| TempDir::new().expect("a temporary folder"));
        let content = format!("[backup]\nfolder = {:?}\n", backups.path());
        let file = settings.path().join("kiosk.toml");
        fs::write(file, content).expect("a configuration");
        Self {
            takes: Duration::from_secs(1),
            backups,
            settings,
        }
    }
}

impl Starts {
    /// Kills a kiosk that migrates a catalogue of a random older version, and returns how many of its records
    /// are not there after the next start.
    pub(super) async fn kill_in_migration(
        &self,
        random: &mut SplitMix64,
        left: &mut Left,
        findings: &mut Findings,
    ) -> usize {
        let folder = TempDir::new().expect("a folder for the older catalogue");
        let version = 1 + random.next_u64() as usize % older::NEWEST;
        older::write(folder.path(), version);
        Program::kill_after(self.moment(random), folder.path(), &NO_CAMERA);
        let kiosk = Program::start(folder.path(), &NO_CAMERA);
        let client = Client::log_in(&kiosk.login_link()).await;
        let mut daycare = Daycare::of(older::records());
        daycare.check(&client, findings).await;
        left.check(folder.path(), findings);
        daycare.lost
    }

    /// Kills a kiosk that makes an automatic backup. What has the name of one is whole.
    pub(super) fn kill_in_backup(
        &self,
        data: &Path,
        random: &mut SplitMix64,
        findings: &mut Findings,
    ) {
        for backup in self.made() {
            fs::remove_file(backup).expect("the backup is removed: another one is due");
        }
        let moment = self.moment(random);
        self.with_arguments(|arguments| Program::kill_after(moment, data, arguments));
        for backup in self.made() {
            check_backup(&backup, findings);
        }
    }

    /// Lets a kiosk make the automatic backup that is due. Then nothing is left of those that were cut off.
    pub(super) async fn back_up(&self, data: &Path, findings: &mut Findings) {
        for backup in self.made() {
            fs::remove_file(backup).expect("the backup is removed: another one is due");
        }
        let _kiosk = self.with_arguments(|arguments| Program::start(data, arguments));
        let due = Instant::now() + HEALED;
        // A backup has its name a moment before what it was made of is removed.
        while self.made().is_empty() || !unfinished(self.backups.path()).is_empty() {
            if Instant::now() > due {
                break;
            }
            sleep(PAUSE).await;
        }
        if self.made().is_empty() {
            findings.problem("no automatic backup is made after those that were cut off");
        }
        for path in unfinished(self.backups.path()) {
            findings.problem(format!("{}: left of a backup", path.display()));
        }
        for backup in self.made() {
            check_backup(&backup, findings);
        }
    }

    /// Calls with the arguments of a kiosk that makes automatic backups.
    fn with_arguments<T>(&self, call: impl FnOnce(&[&str]) -> T) -> T {
        let file = self.settings.path().join("kiosk.toml");
        let file = file.to_str().expect("a path in UTF-8");
        call(&["--camera", "none", "--config", file])
    }

    /// The automatic backups.
    fn made(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.backups.path()).expect("the folder of backups");
        let paths = entries.flatten().map(|entry| entry.path());
        let is_backup = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with(BACKUP)
        };
        paths.filter(is_backup).collect()
    }

    /// When a kiosk is killed after its start.
    fn moment(&self, random: &mut SplitMix64) -> Duration {
        let longest = 2 * self.takes.as_millis() as u64;
        Duration::from_millis(random.next_u64() % longest.max(1))
    }
}

/// Restores a backup to a new folder.
pub(super) fn check_backup(backup: &Path, findings: &mut Findings) {
    let scratch = TempDir::new().expect("a folder for a backup");
    let restored = Catalogue::restore_to(&scratch.path().join("restored"), backup);
    if let Err(error) = restored {
        findings.problem(format!("a backup that cannot be restored: {error}"));
    }
}
