//! The room on the disk of the data folder.

use std::path::Path;

use rustix::fs::statvfs;

use crate::desk::Desk;
use crate::work::blocking;

/// The room on a disk, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk {
    /// All of it.
    pub(crate) size: u64,
    /// What is free for the kiosk.
    pub(crate) free: u64,
}

impl Desk {
    /// The room on the disk of the data folder; `None` if the system does not say, which is logged.
    pub(crate) async fn disk(&self) -> Option<Disk> {
        let desk = self.clone();
        blocking(move || Disk::of(&desk.0.options.folder))
            .await
            .ok()?
    }
}

impl Disk {
    fn of(folder: &Path) -> Option<Self> {
        match statvfs(folder) {
            Ok(disk) => Some(Self {
                size: disk.f_blocks.saturating_mul(disk.f_frsize),
                free: disk.f_bavail.saturating_mul(disk.f_frsize),
            }),
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "the disk does not answer");
                None
            }
        }
    }
}
