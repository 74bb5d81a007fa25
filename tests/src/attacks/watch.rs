//! What somebody who is logged in sees of a kiosk that is attacked.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::client::Client;
use crate::faults::Findings;
use crate::figures::{Times, median};
use crate::process;
use crate::program::Program;

/// The time between two measurements of the kiosk's memory and files.
const SAMPLED: Duration = Duration::from_millis(20);

/// The pages that a visitor opens in turn, each on a connection of its own.
const PAGES: [&str; 3] = ["/", "/today", "/api/v1/live"];

/// The pause between two pages.
const PAUSE: Duration = Duration::from_millis(100);

/// After this long a page has no answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was seen.
pub(super) struct Seen {
    /// How long the pages took.
    pub(super) pages: Times,
    /// How many of them had no answer.
    pub(super) unanswered: usize,
    /// The most resident memory, in 10^6 bytes.
    pub(super) memory: f64,
    /// How many files and connections it had open, at the median.
    pub(super) files: usize,
    /// Frames of the camera a second.
    frames: f64,
    /// Predictions a second.
    pub(super) predictions: f64,
}

impl Seen {
    /// Adds the figures of an attack.
    pub(super) fn add(&self, attack: &str, findings: &mut Findings) {
        let figures = &mut findings.figures;
        figures.add_times(&format!("{attack}: pages"), &self.pages);
        for (name, unit, value) in [
            ("pages without an answer", "", self.unanswered as f64),
            ("memory at most", "MB", self.memory),
            ("files and connections", "", self.files as f64),
            ("frames from the camera", "/s", self.frames),
            ("predictions", "/s", self.predictions),
        ] {
            figures.add(&format!("{attack}: {name}"), unit, value);
        }
    }
}

/// Opens pages for this long, and sees what the kiosk does meanwhile.
pub(super) async fn watch(kiosk: &Program, staff: &Client, lasts: Duration) -> Seen {
    let (before, start) = (staff.counts().await, Instant::now());
    let end = start + lasts;
    let ((pages, unanswered), (memory, files)) =
        tokio::join!(visit(staff, end), measure(kiosk, end));
    let (after, seconds) = (staff.counts().await, start.elapsed().as_secs_f64());
    let per_second = |count: &str| {
        let [before, after] = [&before, &after].map(|counts| counts[count].as_f64());
        (after.unwrap_or_default() - before.unwrap_or_default()) / seconds
    };
    Seen {
        pages,
        unanswered,
        memory,
        files,
        frames: per_second("frames"),
        predictions: per_second("looks"),
    }
}

/// Opens pages. Returns how long they took, and how many had no answer.
async fn visit(staff: &Client, end: Instant) -> (Times, usize) {
    let (mut times, mut unanswered) = (Times::default(), 0);
    for address in PAGES.iter().cycle() {
        if Instant::now() >= end {
            break;
        }
        let visitor = staff.reconnected();
        let start = Instant::now();
        let answer = timeout(PATIENCE, visitor.try_get(address)).await;
        times.push(start.elapsed());
        let is_answered =
            answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status == 200));
        unanswered += usize::from(!is_answered);
        sleep(PAUSE).await;
    }
    (times, unanswered)
}

/// The most memory that the kiosk has, and how many files and connections it has open at the median: those that make
/// room for others are open for a moment longer.
async fn measure(kiosk: &Program, end: Instant) -> (f64, usize) {
    let (mut most, mut files) = (0.0, Vec::new());
    while Instant::now() < end {
        most = process::memory(kiosk.id()).resident.max(most);
        files.push(process::descriptors(kiosk.id()));
        sleep(SAMPLED).await;
    }
    (most, median(files))
}
