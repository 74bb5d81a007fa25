//! A kiosk that was offline for a month, and how fast it catches up.

use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::chain::Chain;
use super::simulated::Simulated;
use super::{PATIENCE, compared};
use crate::faults::Findings;
use crate::links::Links;

/// How long it was offline.
const OFFLINE: Duration = Duration::from_hours(30 * 24);

/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(2);

/// Plays check-ins of a month without the hub, and then connects the kiosk.
pub(super) fn catch_up(check_ins: usize, chain: &Chain, folder: &TempDir, findings: &mut Findings) {
    let admitted = chain.admit("Far", &["offline".to_owned()]);
    let settings = admitted.into_iter().next().expect("an admitted kiosk");
    let mut kiosk = Simulated::open(folder.path(), settings);
    let now = Timestamp::now();
    for index in 0..check_ins {
        let before = OFFLINE.mul_f64(1.0 - index as f64 / check_ins as f64);
        let before = SignedDuration::try_from(before).expect("a month");
        let done = kiosk.check_in(now - before);
        done.expect("a check-in without the hub");
    }
    let waiting = kiosk.waiting().expect("the catalogue's backlog");

    let start = Instant::now();
    let links = Links::start(vec![kiosk.link()]);
    while !kiosk.is_sent() {
        if start.elapsed() > PATIENCE {
            findings.problem(format!("a backlog is not sent after {PATIENCE:?}"));
            break;
        }
        thread::sleep(PAUSE);
    }
    let rate = waiting as f64 / start.elapsed().as_secs_f64();
    drop(links);
    let lost = compared::lost(&kiosk.confirmed(folder.path()), chain);
    if lost > 0 {
        findings.problem(format!("{lost} check-ins of a backlog are lost"));
    }
    let figures = &mut findings.figures;
    figures.add("backlog of 30 days: events", "", waiting as f64);
    figures.add("backlog of 30 days: caught up", "events/s", rate);
}
