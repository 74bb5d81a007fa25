//! Threads: how much faster a picture is recognised on several.

use std::thread;
use std::time::Instant;

use tests::figures::Times;
use tests::law::Line;

use crate::networks::Networks;
use crate::{frame, ms};

/// The most threads that the program's benchmark takes.
const MOST: usize = 4;

/// How often the picture is recognised on each number of threads, and how often before that.
const RUNS: usize = 400;
const WARM_UP: usize = 20;

pub(crate) fn measure() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("\n### Threads for a picture, on {cores} cores\n");
    println!("| threads | recognition, min | median | speed-up of the median |");
    println!("| --- | --- | --- | --- |");
    let mut medians: Vec<f64> = Vec::new();
    for threads in 1..=MOST {
        let times = recognise(threads);
        let median = ms(times.median());
        medians.push(median);
        println!(
            "| {threads}{} | {:.2} ms | {median:.2} ms | {:.2} |",
            if threads > cores {
                " (more than cores)"
            } else {
                ""
            },
            ms(times.min()),
            medians[0] / median,
        );
    }
    medians.truncate(cores);
    say_law(&medians);
}

fn recognise(threads: usize) -> Times {
    let picture = frame::picture();
    let mut networks = Networks::on_threads(threads);
    for _ in 0..WARM_UP {
        networks.recognise(&picture);
    }
    let mut times = Times::default();
    for _ in 0..RUNS {
        let start = Instant::now();
        networks.recognise(&picture);
        times.push(start.elapsed());
    }
    times
}

/// Amdahl's law: a part of the work runs on one thread, and all threads share the rest. `medians` are those of 1, 2,
/// ... threads, at most one for each core.
fn say_law(medians: &[f64]) {
    let costs: Vec<(f64, f64)> = (1..)
        .zip(medians)
        .map(|(threads, &median)| (1.0 / f64::from(threads), median))
        .collect();
    println!();
    let Some(line) = Line::fit(&costs) else {
        return println!("- recognition: too few cores for a law");
    };
    let fit = match costs.len() {
        // A line goes through any two.
        2 => "2 measurements".to_owned(),
        count => format!(
            "residual {:.1} %, {count} measurements",
            line.residual * 100.0
        ),
    };
    println!(
        "- recognition: {:.2} ms on one thread + {:.2} ms / threads ({fit})",
        line.constant, line.slope
    );
}
