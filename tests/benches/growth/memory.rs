//! Animals in memory: how long it takes to read them, how long to compare an arrival with all of them, and how much
//! memory they take.

use std::env;
use std::path::Path;
use std::process::{self, Command};
use std::time::Instant;

use catalogue::{Catalogue, VisitId};
use recognise::metadata::Guests;
use serde_json::{Value, json};
use tests::figures::Times;
use tests::process::memory;

use crate::animals::{Animals, VISITS};
use crate::{ms, print_law};

/// The argument with which the benchmark's program compares an arrival with the animals of a catalogue.
pub(crate) const TASK: &str = "compare-an-arrival";

const COUNTS: [u32; 5] = [1_000, 3_000, 10_000, 30_000, 100_000];

/// How often an arrival is compared with all animals.
const TIMES: usize = 100;

/// Any calibration makes the same work.
const CALIBRATION: Guests = Guests {
    scale: 20.0,
    new: 0.6,
};

pub(crate) fn measure() {
    println!("\n### Animals in memory, {VISITS} embeddings each\n");
    println!("| animals | to read them all | a comparison, min | median | memory |");
    println!("| --- | --- | --- | --- | --- |");
    let folder = tempfile::tempdir().expect("a folder for the catalogue");
    let mut animals = Animals::new(folder.path());
    let arrival = animals.arrival();
    let [mut reading, mut comparing, mut remembering] = [const { Vec::new() }; 3];
    for count in COUNTS {
        animals.grow_to(count);
        let measured = in_another_process(folder.path(), arrival);
        let figure = |name: &str| measured[name].as_f64().expect("a figure");
        let (read, min, median, megabytes) = (
            figure("read_ms"),
            figure("min_ms"),
            figure("median_ms"),
            figure("memory_mb"),
        );
        println!("| {count} | {read:.0} ms | {min:.2} ms | {median:.2} ms | {megabytes:.1} MB |");
        let count = f64::from(count);
        reading.push((count, read * 1e3));
        comparing.push((count, median * 1e3));
        remembering.push((count, megabytes * 1e3));
    }
    println!();
    print_law("to read them all", &reading, "µs", "an animal");
    print_law("a comparison", &comparing, "µs", "an animal");
    print_law("memory", &remembering, "kB", "an animal");
}

/// What [`compare`] prints.
fn in_another_process(folder: &Path, arrival: VisitId) -> Value {
    let output = Command::new(env::current_exe().expect("this program"))
        .arg(TASK)
        .arg(folder)
        .arg(arrival.to_string())
        .output()
        .expect("this program runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("a JSON object")
}

/// Compares an arrival with all animals of the catalogue in `folder`, and prints what that takes. The first comparison
/// reads the animals.
pub(crate) fn compare(folder: &Path, visit: &str) {
    let visit = VisitId(visit.parse().expect("a visit's number"));
    let catalogue = Catalogue::open(folder).expect("the catalogue");
    let compare = || {
        let start = Instant::now();
        let guess = catalogue.guess(visit, &CALIBRATION);
        let time = start.elapsed();
        let guess = guess.expect("a comparison");
        assert!(guess.is_some(), "there are animals to compare with");
        time
    };
    let before = memory(process::id()).anonymous;
    let first = compare();
    let memory_mb = memory(process::id()).anonymous - before;
    let mut times = Times::default();
    for _ in 0..TIMES {
        times.push(compare());
    }
    let measured = json!({
        "read_ms": ms(first.saturating_sub(times.median())),
        "min_ms": ms(times.min()),
        "median_ms": ms(times.median()),
        "memory_mb": memory_mb,
    });
    println!("{measured}");
}
