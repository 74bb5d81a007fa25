//! How far a kiosk's disk was when the kiosk acknowledged what it was asked for.

use std::sync::Arc;

use super::daycare::Daycare;
use super::device::Device;
use super::records::Records;

/// The changes that a kiosk has acknowledged, one after the other.
#[derive(Debug)]
pub(super) struct Diary {
    disk: Arc<Device>,
    /// What there was before the first change.
    first: Records,
    /// The length of the disk's log when the kiosk was last asked for a change.
    asked: usize,
    changes: Vec<Change>,
}

#[derive(Debug)]
struct Change {
    /// The length of the disk's log before the kiosk was asked for it.
    asked: usize,
    /// The same after the kiosk had acknowledged it.
    acknowledged: usize,
    /// What there is since.
    records: Records,
}

impl Diary {
    /// A diary of a kiosk that has these records, on that disk.
    pub(super) fn new(disk: Arc<Device>, first: Records) -> Self {
        Self {
            asked: disk.entries(),
            disk,
            first,
            changes: Vec::new(),
        }
    }

    /// Notes that the kiosk is asked for a change.
    pub(super) fn note_asked(&mut self) {
        self.asked = self.disk.entries();
    }

    /// Notes that the kiosk has acknowledged a change, after which there are these records.
    pub(super) fn note_acknowledged(&mut self, records: &Records) {
        self.changes.push(Change {
            asked: self.asked,
            acknowledged: self.disk.entries(),
            records: records.clone(),
        });
    }

    /// The length of the disk's log at each acknowledgement.
    pub(super) fn acknowledged(&self) -> Vec<usize> {
        let changes = self.changes.iter();
        changes.map(|change| change.acknowledged).collect()
    }

    /// Somebody who remembers what the kiosk had acknowledged when the disk's log had this length, and what
    /// it had been asked for.
    pub(super) fn at(&self, length: usize) -> Daycare {
        let changes = &self.changes;
        let done = changes.partition_point(|change| change.acknowledged <= length);
        let (before, after) = changes.split_at(done);
        let kept = before.last().map_or(&self.first, |change| &change.records);
        let asked = after.first().filter(|change| change.asked <= length);
        Daycare::amid(kept.clone(), asked.map(|change| change.records.clone()))
    }
}
