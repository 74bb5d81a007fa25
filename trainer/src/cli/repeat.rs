//! `trainer train --folds` and `--seeds`: the figures of every run, their spread, and what to do next.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Result;

use super::progress;
use super::train::figures;
use crate::metrics::{Spread, percent};
use crate::net::Init;
use crate::train::repeat::{Plan, Repeats, repeat};
use crate::train::{BUNDLE, Options};

/// Trains several times and prints the figures of every run, and their mean and spread.
///
/// # Errors
/// When the settings, the weights, the data or the run folder cannot be used, and when a run is stopped.
pub(super) fn run(options: &Options, plan: Plan, init: &Init, stop: &AtomicBool) -> Result<()> {
    let repeats = progress::shown("training", |bar| repeat(options, plan, init, bar, stop))?;
    for run in &repeats.runs {
        println!("{}: {}", run.name, figures(&run.measured, &run.intervals));
    }
    println!(
        "mean of {}: top-1 {}, top-3 {}, mean per class {} (95 % intervals of the mean)",
        match plan {
            Plan::Folds(count) => format!("{count} folds"),
            Plan::Seeds(count) => format!("{count} seeds"),
        },
        with_spread(repeats.spread(|measured| measured.top1)),
        with_spread(repeats.spread(|measured| measured.top3)),
        with_spread(repeats.spread(|measured| measured.mean_per_class)),
    );
    eprintln!("{}", next(&repeats, &options.run, init));
    Ok(())
}

/// A mean share: `90.8 % (89.1 to 92.5, standard deviation 1.4)`.
fn with_spread(spread: Spread) -> String {
    let known = spread.interval.zip(spread.deviation);
    let known = known.map(|([low, high], deviation)| {
        let [low, high, deviation] = [low, high, deviation].map(|share| 100.0 * share);
        format!(" ({low:.1} to {high:.1}, standard deviation {deviation:.1})")
    });
    format!("{}{}", percent(spread.mean), known.unwrap_or_default())
}

/// What to do with the bundles: none of them is chosen.
fn next(repeats: &Repeats, folder: &Path, init: &Init) -> String {
    let folders = repeats.runs.iter().map(|run| folder.join(&run.name));
    let folders: Vec<String> = folders.map(|run| run.display().to_string()).collect();
    match (repeats.plan, init) {
        (Plan::Folds(_), _) => "these bundles are for these figures only: each lacks the photographs of its fold. Train \
             that for the kiosk with the same options, but without --folds and with another --out"
            .to_owned(),
        (Plan::Seeds(_), Init::Random(_)) => format!(
            "no bundle is chosen, since differences like the standard deviation are chance: use any of them, such as \
             {}/{BUNDLE}",
            folders.first().map_or("", String::as_str)
        ),
        (Plan::Seeds(_), _) => format!(
            "no bundle is chosen, since differences like the standard deviation are chance: make one of all with \
             `trainer average {} --out RUN` and the same --data, --extra and --boxes",
            folders.join(" ")
        ),
    }
}
