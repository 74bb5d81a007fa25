//! Kills the kiosk (SIGKILL) while it starts: in the middle of the migration of an older catalogue, or of
//! the automatic backup that is due.

use std::path::Path;
use std::time::Duration;

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::Rng;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::backups::Backups;
use super::daycare::Daycare;
use super::left::{Left, unfinished};
use super::older;
use super::{Findings, HEALED, NO_CAMERA, PAUSE};
use crate::client::Client;
use crate::program::Program;

/// Kills in the middle of starts.
#[derive(Debug)]
pub(super) struct Starts {
    /// How long a start takes, about. A kiosk is killed within twice that time.
    pub(super) takes: Duration,
    backups: Backups,
}

impl Default for Starts {
    fn default() -> Self {
        Self {
            takes: Duration::from_secs(1),
            backups: Backups::new(),
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
        self.backups.clear();
        let moment = self.moment(random);
        self.backups
            .with_arguments(|arguments| Program::kill_after(moment, data, arguments));
        self.backups.check(findings);
    }

    /// Lets a kiosk make the automatic backup that is due. Then nothing is left of those that were cut off.
    pub(super) async fn back_up(&self, data: &Path, findings: &mut Findings) {
        let backups = &self.backups;
        backups.clear();
        let _kiosk = backups.with_arguments(|arguments| Program::start(data, arguments));
        let due = Instant::now() + HEALED;
        // A backup has its name a moment before what it was made of is removed.
        while backups.made().is_empty() || !unfinished(backups.folder()).is_empty() {
            if Instant::now() > due {
                break;
            }
            sleep(PAUSE).await;
        }
        if backups.made().is_empty() {
            findings.problem("no automatic backup is made after those that were cut off");
        }
        for path in unfinished(backups.folder()) {
            findings.problem(format!("{}: left of a backup", path.display()));
        }
        backups.check(findings);
    }

    /// When a kiosk is killed after its start.
    fn moment(&self, random: &mut SplitMix64) -> Duration {
        let longest = 2 * self.takes.as_millis() as u64;
        Duration::from_millis(random.next_u64() % longest.max(1))
    }
}
