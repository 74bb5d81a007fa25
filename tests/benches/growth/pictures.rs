//! Pictures a second: how much of a core they take, and how long each waits for its answer.
//!
//! Pictures come at a constant rate, whether or not earlier ones were answered (an open loop). Latency is measured from
//! the time at which a picture was due.

use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;
use tests::figures::Times;
use tests::law::Line;
use tests::process;

use crate::networks::Networks;
use crate::{frame, ms, print_law};

/// Pictures a second that are offered.
const RATES: [u32; 7] = [1, 2, 4, 8, 16, 32, 64];

/// How long pictures are offered at each rate, in seconds.
const SECONDS: u32 = 6;

/// The share of the offered pictures that must be answered in time: at the end, a few may wait for another program.
const IN_TIME: f64 = 0.95;

/// What was measured at a rate.
struct Row {
    offered: u32,
    /// Pictures a second that were answered.
    answered: f64,
    /// Processor time, in % of a core.
    share: f64,
    latencies: Times,
}

pub(crate) fn measure() {
    println!("\n### Pictures a second, on one thread\n");
    println!("| offered | answered | share of a core | latency, p50 | max |");
    println!("| --- | --- | --- | --- | --- |");
    let picture = frame::picture();
    let mut networks = Networks::on_threads(1);
    networks.recognise(&picture);
    let rows = RATES.map(|rate| {
        let row = offer(&mut networks, &picture, rate);
        row.print();
        row
    });
    say_law(&rows);
}

/// Offers pictures for [`SECONDS`]. Those that are not begun by then are not answered.
fn offer(networks: &mut Networks, picture: &RgbImage, rate: u32) -> Row {
    let lasts = Duration::from_secs(SECONDS.into());
    let (mut latencies, mut answered) = (Times::default(), 0);
    let used = process::seconds_of_thread();
    let start = Instant::now();
    for index in 0..SECONDS * rate {
        let due = start + Duration::from_secs(1) * index / rate;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if start.elapsed() >= lasts {
            break;
        }
        networks.recognise(picture);
        latencies.push(due.elapsed());
        answered += 1;
    }
    // After the last picture of a rate that is kept up, there is nothing to do until the next one.
    let seconds = start.elapsed().max(lasts).as_secs_f64();
    Row {
        offered: rate,
        answered: f64::from(answered) / seconds,
        share: (process::seconds_of_thread() - used) / seconds * 100.0,
        latencies,
    }
}

impl Row {
    fn is_saturated(&self) -> bool {
        self.answered < IN_TIME * f64::from(self.offered)
    }

    fn print(&self) {
        println!(
            "| {}{} | {:.1} | {:.1} % | {:.1} ms | {:.1} ms |",
            self.offered,
            if self.is_saturated() {
                " (saturated)"
            } else {
                ""
            },
            self.answered,
            self.share,
            ms(self.latencies.median()),
            ms(self.latencies.max()),
        );
    }
}

/// Says how the share grows until the thread is saturated, and where that is.
fn say_law(rows: &[Row]) {
    let keeps_up = rows.iter().filter(|row| !row.is_saturated());
    let shares: Vec<(f64, f64)> = keeps_up
        .map(|row| (f64::from(row.offered), row.share))
        .collect();
    println!();
    print_law("share of a core", &shares, "%", "a picture a second");
    let saturated = rows.iter().find(|row| row.is_saturated());
    if let Some(row) = saturated {
        println!(
            "- saturated at {} a second: it answers {:.1}",
            row.offered, row.answered
        );
    } else if let Some(line) = Line::fit(&shares) {
        println!(
            "- not saturated; by this law, the thread would be at {:.0} a second",
            (100.0 - line.constant) / line.slope
        );
    }
}
