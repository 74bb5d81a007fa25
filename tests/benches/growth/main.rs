//! Measures how time and memory grow with the work: with pictures, threads, animals and cameras.
//!
//! ```sh
//! cargo bench --workspace --bench growth
//! ```
//!
//! It prints a Markdown table for each, with the law that its figures follow, and enforces no limits. Run it on an
//! idle machine. Temporary files, up to some 500 MB, are in `TMPDIR`.

mod animals;
mod cameras;
mod frame;
mod memory;
mod networks;
mod pictures;
mod threads;

use std::env;
use std::path::Path;
use std::time::Duration;

use tests::law::Law;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // A process of its own for each number of animals: what another one has freed would be used again.
    if let [task, folder, visit] = &*arguments
        && task == memory::TASK
    {
        return memory::compare(Path::new(folder), visit);
    }
    pictures::measure();
    threads::measure();
    memory::measure();
    cameras::measure();
}

/// Prints the law of `costs` below a table.
fn print_law(name: &str, costs: &[(f64, f64)], unit: &str, each: &str) {
    match Law::fit(costs, unit, each) {
        Some(law) => println!("- {name}: {law}"),
        None => println!("- {name}: no law fits"),
    }
}

/// A duration in milliseconds.
fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
