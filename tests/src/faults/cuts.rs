//! Cuts the power of a kiosk's disk at random moments of its work, and starts the kiosk on what the disk had then.
//! All that was acknowledged by then must be there, the catalogue must be whole, and nothing unfinished may lie
//! about.
//!
//! The disk is in memory ([`Device`]). FUSE shows it as a file, a loop device makes a disk of the file, and the
//! kiosk works on an ext4 file system on that. The disk notes each write and each flush, so that one kiosk's work
//! gives as many cuts as are wanted: each is the disk as of some write, with or without what was not flushed by
//! then. A kill shows less: what a program has written it finds again, flushed or not.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::device::{Device, Unflushed};
use super::diary::Diary;
use super::kills::record_visits;
use super::left::Left;
use super::mounts::{Mounted, ext4, lack, on_disk, write_image};
use super::staff::{Staff, VISITS, log_in};
use super::{Findings, NO_CAMERA, PAUSE, fuse};
use crate::client::{Client, NoAnswer};
use crate::figures::Times;
use crate::program::Program;

/// The data folder on the disk.
const DATA: &str = "data";

/// How many cuts one kiosk's work is good for.
const CUTS_OF_ONE: usize = 25;

/// How often a kiosk's work is backed up, changed, restored and changed again.
const RESTORES: usize = 2;

/// How many changes are made each time.
const CHANGES: usize = 15;

/// How many animals arrive after that.
const ARRIVALS: usize = 2;

/// How long all of that may take.
const LONGEST: Duration = Duration::from_secs(120);

/// When the power is cut.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// At any write.
    Any,
    /// Before a flush, when most can be lost.
    BeforeFlush,
    /// As soon as something is acknowledged.
    Acknowledged,
}

/// One after the other, again and again.
const CUTS: [(Moment, Unflushed); 5] = [
    (Moment::BeforeFlush, Unflushed::Mixed),
    (Moment::Acknowledged, Unflushed::Lost),
    (Moment::Any, Unflushed::Written),
    (Moment::BeforeFlush, Unflushed::Lost),
    (Moment::Any, Unflushed::Mixed),
];

/// Cuts the power this many times, at moments that depend on the seed and on the machine. Skipped where
/// nobody may mount a disk of that kind.
///
/// # Panics
/// If there is no disk although it is allowed, or the kiosk does not start.
pub async fn cuts(seed: u64, times: usize, findings: &mut Findings) {
    if let Some(lack) = lack() {
        return findings.skip("cuts of a disk's power", lack);
    }
    let mut suite = Suite::new(seed);
    while suite.cuts < times {
        let Some(worked) = suite.work(findings).await else {
            break;
        };
        for _ in 0..CUTS_OF_ONE.min(times - suite.cuts) {
            suite.cut(&worked, findings).await;
        }
    }
    suite.report(findings);
}

/// A kiosk's work, and the disk on which it was done.
struct Worked {
    disk: Arc<Device>,
    diary: Diary,
}

struct Suite {
    random: SplitMix64,
    starts: Times,
    left: Left,
    cuts: usize,
    /// How many entries the disks' logs had, how many of them were flushes, and how many changes the kiosks had
    /// acknowledged.
    entries: usize,
    flushes: usize,
    acknowledged: usize,
    /// How many blocks the disks had not written when the power was cut.
    blocks: usize,
    /// How many records were not as they had been acknowledged.
    lost: usize,
}

impl Suite {
    fn new(seed: u64) -> Self {
        Self {
            random: SplitMix64::seed_from_u64(seed),
            starts: Times::default(),
            left: Left::default(),
            cuts: 0,
            entries: 0,
            flushes: 0,
            acknowledged: 0,
            blocks: 0,
            lost: 0,
        }
    }

    /// Lets a kiosk work on a disk of its own; `None` if there is nothing in that to cut.
    async fn work(&mut self, findings: &mut Findings) -> Option<Worked> {
        let disk = Arc::new(Device::new(formatted().expect("a disk")));
        let folder = TempDir::new().expect("where the kiosk has the disk");
        let mounted = Mounted::with(Arc::clone(&disk)).expect("a disk in a file");
        let image = mounted.path().join(fuse::FILE);
        let data = folder.path().join(DATA);
        let kiosk = Program::start_by(on_disk(&image, folder.path()), &data, &NO_CAMERA);
        // The loop device has it open, and the kiosk's end is that of the loop device. Even if this process is
        // killed nothing stays mounted.
        drop(mounted);

        let client = Client::log_in(&kiosk.login_link()).await;
        let mut staff = Staff::new(self.random.next_u64());
        staff.begin(&client).await;
        let diary = Diary::new(Arc::clone(&disk), staff.daycare.kept.clone());
        staff.daycare.diary = Some(diary);
        match timeout(LONGEST, all_day(&mut staff, &client)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => findings.problem(format!("on the disk to be cut: {error}")),
            Err(_) => findings.problem("on the disk to be cut: the work does not end"),
        }
        let diary = staff.daycare.diary.take()?;
        let (flushes, acknowledged) = (disk.flushes().len(), diary.acknowledged().len());
        self.entries += disk.entries();
        self.flushes += flushes;
        self.acknowledged += acknowledged;
        if flushes == 0 || acknowledged == 0 {
            findings.problem(format!(
                "a kiosk's work gave {acknowledged} changes and {flushes} flushes of the disk"
            ));
            return None;
        }
        Some(Worked { disk, diary })
    }

    /// Cuts the power at a random moment of the work, and starts the kiosk on what is left.
    async fn cut(&mut self, worked: &Worked, findings: &mut Findings) {
        let Worked { disk, diary } = worked;
        let (moment, unflushed) = CUTS[self.cuts % CUTS.len()];
        self.cuts += 1;
        let moments: Vec<usize> = match moment {
            Moment::Any => (0..=disk.entries()).collect(),
            Moment::BeforeFlush => disk.flushes(),
            Moment::Acknowledged => diary.acknowledged(),
        };
        let length = moments[(self.random.next_u64() % moments.len() as u64) as usize];
        let remains = disk.cut(length, unflushed, &mut self.random);
        self.blocks += remains.lost;

        // Said before, since a kiosk that does not start ends the suite.
        let entries = disk.entries();
        println!("a cut after {length} of {entries} writes and flushes: {moment:?}, {unflushed:?}");
        let judged = self.judge(&remains.content, length, diary, findings);
        match timeout(LONGEST, judged).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                findings.problem(format!("a disk that was cut cannot be used: {error}"));
            }
            Err(_) => findings.problem("a kiosk does not answer on a disk that was cut"),
        }
    }

    /// Starts a kiosk on an image, and compares what it has with what was acknowledged when the disk's log had
    /// this length.
    async fn judge(
        &mut self,
        content: &[u8],
        length: usize,
        diary: &Diary,
        findings: &mut Findings,
    ) -> io::Result<()> {
        let folder = TempDir::new()?;
        let image = folder.path().join("image");
        write_image(&image, content)?;
        let mounted = Mounted::image(&image)?;
        let data = mounted.path().join(DATA);
        let kiosk = Program::start(&data, &NO_CAMERA);
        let client = log_in(&kiosk, &mut self.starts).await;
        let mut daycare = diary.at(length);
        daycare.check(&client, findings).await;
        self.lost += daycare.lost;
        self.left.check(&data, findings);
        Ok(())
    }

    fn report(&self, findings: &mut Findings) {
        let figures = &mut findings.figures;
        for (name, number) in [
            ("cuts", self.cuts),
            ("cuts: writes and flushes of the disks", self.entries),
            ("cuts: flushes of the disks", self.flushes),
            ("cuts: blocks that the disks lost", self.blocks),
            ("cuts: acknowledged writes", self.acknowledged),
            ("cuts: lost or changed records", self.lost),
            ("cuts: faults of the catalogue", self.left.faults),
            ("cuts: files left over", self.left.unfinished),
        ] {
            figures.add(name, "", number as f64);
        }
        findings.add_starts("cuts", &self.starts);
    }
}

/// Does all that staff do, for a while.
async fn all_day(staff: &mut Staff, client: &Client) -> Result<(), NoAnswer> {
    for _ in 0..RESTORES {
        staff.back_up(client).await?;
        changes(staff, client).await?;
        staff.restore(client).await?;
        changes(staff, client).await?;
    }
    // Only now: a visit that is under way while a backup is restored goes with what was there before.
    for _ in 0..ARRIVALS {
        staff.send(client).await?;
        let visit = loop {
            if let Some(visit) = staff.shown(client).await? {
                break visit;
            }
            staff.change(client).await?;
            sleep(PAUSE).await;
        };
        staff.take_in(client, visit).await?;
    }
    Ok(())
}

async fn changes(staff: &mut Staff, client: &Client) -> Result<(), NoAnswer> {
    for _ in 0..CHANGES {
        staff.change(client).await?;
    }
    Ok(())
}

/// The image of a disk with a kiosk's data folder.
fn formatted() -> io::Result<Vec<u8>> {
    let files = TempDir::new()?;
    record_visits(&files.path().join(DATA), VISITS);
    ext4(files.path())
}
