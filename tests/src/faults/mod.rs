//! Plays faults on the real kiosk, and says what it has lost: the program is killed, the power of its disk is cut,
//! the disk takes nothing, refuses single calls or cannot be read, its descriptors or its memory run out, its threads
//! panic, its camera sends garbage, its clock jumps. A week of arrivals shows whether it grows.
//!
//! `cargo run --release -p tests --bin faults` plays all of them and prints the figures.

mod backups;
mod bad_blocks;
mod camera;
mod clock;
mod cuts;
mod daycare;
mod descriptors;
mod device;
mod diary;
mod disk;
mod fuse;
mod kills;
mod left;
mod limit;
mod memory;
mod mounts;
mod older;
mod panics;
mod preloaded;
mod records;
mod refusals;
mod refused_backups;
mod refused_starts;
mod refusing;
mod staff;
mod starts;
mod watchdog;
mod week;

use std::time::Duration;

pub use bad_blocks::bad_blocks;
pub use camera::garbage;
pub use clock::{by_clock, wrong_clock};
pub use cuts::cuts;
pub use descriptors::no_descriptors;
pub use disk::{full_disk, on_read_only_disk, read_only_disk, refused_writes};
pub use kills::kills;
pub(crate) use kills::record_visits;
pub use memory::no_memory;
pub use mounts::LACKS;
pub use panics::panics;
pub use refusals::refused_calls;
pub use refused_backups::refused_backups;
pub use refused_starts::refused_starts;
pub use week::week;

use crate::figures::{Figures, Times};

/// The arguments of a kiosk that waits for photographs on its page.
const NO_CAMERA: [&str; 2] = ["--camera", "none"];

/// How long a kiosk may take to work again after the fault is over.
const HEALED: Duration = Duration::from_secs(20);

/// The time between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// How long 99 of 100 starts may take until the first answer, where the kiosk is a release build.
const START: Duration = Duration::from_millis(500);

/// What the faults have shown.
#[derive(Debug, Default)]
pub struct Findings {
    /// The figures.
    pub figures: Figures,
    /// What must not be: empty where all is well.
    pub problems: Vec<String>,
    /// What could not be played on this machine, and why.
    pub skipped: Vec<String>,
}

impl Findings {
    /// Prints all of it.
    pub fn print(&self) {
        self.figures.print();
        for line in &self.skipped {
            println!("skipped: {line}");
        }
        for line in &self.problems {
            println!("PROBLEM: {line}");
        }
        println!("{} problems", self.problems.len());
    }

    /// Adds how long starts took until the first answer. It is a problem if that is too long.
    fn add_starts(&mut self, after: &str, starts: &Times) {
        self.figures
            .add_times(&format!("{after}: start to first answer"), starts);
        let p99 = starts.p99();
        if !cfg!(debug_assertions) && p99 > START {
            self.problem(format!("{after}: 99 of 100 starts take up to {p99:.0?}"));
        }
    }

    /// Notes what could not be played, and why.
    pub fn skip(&mut self, what: &str, why: &str) {
        self.skipped.push(format!("{what}: {why}"));
    }

    /// Notes what must not be.
    pub fn problem(&mut self, what: impl Into<String>) {
        let what = what.into();
        println!("PROBLEM: {what}");
        self.problems.push(what);
    }
}
