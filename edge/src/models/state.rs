//! What is known about the installed bundle, beside its file.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

/// How often the kiosk may die with a new bundle while the machine goes on.
const DEATHS: u32 = 2;

/// How often the machine may go down while the kiosk runs with a new bundle: most often, somebody has unplugged it.
const FALLS: u32 = 6;

/// Where Linux has an id that is new at each boot (proc_sys_kernel(5)).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// What is known about the installed bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// How a bundle that has not proved itself does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probation: Option<Probation>,
    /// Why the bundle that was installed last was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<TakenBack>,
}

/// How a bundle does that has not proved itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probation {
    /// Which bundle: where a change was cut short, another one may be installed.
    pub bundle: Stamp,
    /// How often the kiosk died with it.
    deaths: u32,
    /// How often the machine went down while the kiosk ran with it.
    falls: u32,
    /// The boot in which the kiosk began to run with it; `None` if it has ended since as it was told to.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs_since: Option<String>,
}

/// Why a bundle was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenBack {
    /// The kiosk died with it this many times.
    Died(u32),
    /// It could not be used, for this reason.
    Failed(String),
}

/// Tells one installed bundle from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    inode: u64,
    length: u64,
    written: (i64, i64),
}

impl Stamp {
    /// That of a bundle in a file that is described like this.
    pub(super) fn of(about: &Metadata) -> Self {
        Self {
            inode: about.ino(),
            length: about.len(),
            written: (about.mtime(), about.mtime_nsec()),
        }
    }
}

impl Probation {
    /// That of a bundle with which no kiosk has run.
    pub(super) fn of(bundle: Stamp) -> Self {
        Self {
            bundle,
            deaths: 0,
            falls: 0,
            runs_since: None,
        }
    }

    /// The kiosk begins to run with the bundle.
    pub(super) fn begin(&mut self) {
        // Without it, every end counts as a death.
        let boot = fs::read_to_string(BOOT_ID).unwrap_or_default();
        let boot = boot.trim_end();
        match self.runs_since.replace(boot.to_owned()) {
            None => {}
            Some(former) if former == boot => self.deaths += 1,
            Some(_) => self.falls += 1,
        }
    }

    /// The kiosk has ended as it was told to.
    pub(super) fn end(&mut self) {
        self.runs_since = None;
    }

    /// How often the kiosk ended otherwise, if that was too often.
    pub(super) fn too_many_ends(&self) -> Option<u32> {
        let is_deadly = self.deaths >= DEATHS || self.falls >= FALLS;
        is_deadly.then(|| self.deaths + self.falls)
    }
}
