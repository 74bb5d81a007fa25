//! Spreads check-ins evenly over a time and over the simulated kiosks.

use std::thread;
use std::time::Instant;

use jiff::Timestamp;

use super::Plan;
use super::simulated::Simulated;
use crate::faults::Findings;
use crate::figures::Times;

/// The threads that check animals in.
const THREADS: usize = 4;

/// Plays the check-ins of a plan. Each one is a problem that the catalogue does not take.
pub(super) fn pace(plan: &Plan, start: Instant, kiosks: &mut [Simulated], findings: &mut Findings) {
    let count = kiosks.len();
    let share = count.div_ceil(THREADS).max(1);
    let played = thread::scope(|scope| {
        let threads: Vec<_> = kiosks
            .chunks_mut(share)
            .map(|kiosks| {
                let check_ins = plan.check_ins * kiosks.len() / count;
                scope.spawn(move || work(plan, start, check_ins, kiosks))
            })
            .collect();
        let threads = threads.into_iter();
        threads
            .map(|thread| thread.join().expect("no panic"))
            .collect::<Vec<_>>()
    });
    let mut times = Times::default();
    for (taken, problems) in played {
        times.append(taken);
        problems.into_iter().for_each(|line| findings.problem(line));
    }
    let name = "fleet: check-in, arrival and decision";
    findings.figures.add_times(name, &times);
}

/// The check-ins of one thread: how long each took, and what went wrong.
fn work(
    plan: &Plan,
    start: Instant,
    check_ins: usize,
    kiosks: &mut [Simulated],
) -> (Times, Vec<String>) {
    let (mut times, mut problems) = (Times::default(), Vec::new());
    let count = kiosks.len();
    for index in 0..check_ins {
        let moment = plan.lasts.mul_f64(index as f64 / check_ins as f64);
        thread::sleep((start + moment).saturating_duration_since(Instant::now()));
        let before = Instant::now();
        match kiosks[index % count].check_in(Timestamp::now()) {
            Ok(()) => times.push(before.elapsed()),
            Err(error) => problems.push(format!("a check-in was refused: {error}")),
        }
    }
    (times, problems)
}
