//! A chain of daycares on one machine: many kiosks, the hub with its standby, a broker, and faults. It
//! shows that the hub has every check-in that was confirmed once, how late, and what that costs.
//!
//! `cargo run --release -p tests --bin fleet` plays it and prints the figures. Most kiosks are
//! simulated: real catalogues and the real link to the hub, without camera, networks and page. A few
//! are whole programs, which also send to the broker.

mod backlog;
mod chain;
mod compared;
mod cost;
mod heard;
mod pace;
mod simulated;
mod whole;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use chain::Fault;

use crate::faults::Findings;
use crate::links::Links;
use crate::process;
use chain::Chain;
use heard::Heard;
use simulated::Simulated;
use whole::Whole;

/// How many kiosks a site has.
const KIOSKS_OF_SITE: usize = 10;

/// How long the kiosks may take after the end to send what is left.
const PATIENCE: Duration = Duration::from_secs(180);

/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(20);

/// What is played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Simulated kiosks.
    pub kiosks: usize,
    /// Whole kiosks.
    pub whole: usize,
    /// Check-ins of the simulated kiosks.
    pub check_ins: usize,
    /// The time over which they are spread.
    pub lasts: Duration,
    /// The faults, each with its moment as a share of that time.
    pub faults: &'static [(f64, Fault)],
    /// Check-ins of a kiosk that was offline for 30 days.
    pub backlog: usize,
    /// For how long the cost of the senders is measured; not at all if it is zero.
    pub cost: Duration,
}

impl Plan {
    /// All of it.
    #[must_use]
    pub fn full() -> Self {
        Self {
            kiosks: 300,
            whole: 3,
            check_ins: 100_000,
            lasts: Duration::from_secs(3600),
            faults: &[
                (0.10, Fault::Broker),
                (0.20, Fault::Primary),
                (0.30, Fault::Broker),
                (0.40, Fault::Cut),
                (0.50, Fault::Broker),
                (0.55, Fault::Slow),
                (0.65, Fault::Primary),
                (0.75, Fault::Broker),
                (0.80, Fault::Held),
                (0.90, Fault::Broker),
            ],
            backlog: 7_500,
            cost: Duration::from_secs(60),
        }
    }

    /// The same in less than a minute.
    #[must_use]
    pub fn short() -> Self {
        Self {
            kiosks: 6,
            whole: 1,
            check_ins: 300,
            lasts: Duration::from_secs(12),
            faults: &[
                (0.2, Fault::Broker),
                (0.4, Fault::Primary),
                (0.8, Fault::Cut),
            ],
            backlog: 300,
            cost: Duration::ZERO,
        }
    }
}

/// Plays a plan. Skipped where PostgreSQL or mosquitto are not installed.
///
/// # Panics
/// If a server or a kiosk does not start.
pub fn play(plan: &Plan, findings: &mut Findings) {
    let Some(mut chain) = Chain::start() else {
        return findings.skip("the fleet", "PostgreSQL and mosquitto are needed");
    };
    // Every kiosk has a few files and connections open.
    process::allow_many_files();
    let folder = TempDir::new().expect("a folder for catalogues");
    let heard = Heard::listen(chain.broker_port());
    let mut kiosks = simulated(plan, &chain, &folder);
    let links = kiosks.iter().map(Simulated::link).collect();
    let links = Links::start(links);
    let mut whole = Whole::start(plan.whole, &chain);

    let start = Instant::now();
    let is_over = &AtomicBool::new(false);
    thread::scope(|scope| {
        for kiosk in &mut whole {
            scope.spawn(move || kiosk.work(is_over));
        }
        scope.spawn(|| chain.play(plan.faults, start, plan.lasts));
        pace::pace(plan, start, &mut kiosks, findings);
        is_over.store(true, Ordering::Relaxed);
    });
    wait_for_the_rest(&kiosks, &whole, &heard, &chain, findings);
    compared::compare(&kiosks, &folder, &whole, &heard, &chain, findings);
    chain.report(findings);
    drop(links);
    drop(whole);
    backlog::catch_up(plan.backlog, &chain, &folder, findings);
    if !plan.cost.is_zero() {
        cost::of_senders(plan.cost, &chain, findings);
        cost::of_a_dead_hub(findings);
    }
}

/// The simulated kiosks, each with a role on the hub.
fn simulated(plan: &Plan, chain: &Chain, folder: &TempDir) -> Vec<Simulated> {
    let names: Vec<String> = (0..plan.kiosks).map(|index| format!("k{index}")).collect();
    let sites = names.chunks(KIOSKS_OF_SITE).enumerate();
    sites
        .flat_map(|(index, names)| chain.admit(&format!("Site {index}"), names))
        .map(|settings| Simulated::open(folder.path(), settings))
        .collect()
}

/// Waits until the hub and the broker have all that the kiosks had to send.
fn wait_for_the_rest(
    kiosks: &[Simulated],
    whole: &[Whole],
    heard: &Heard,
    chain: &Chain,
    findings: &mut Findings,
) {
    let start = Instant::now();
    let due = start + PATIENCE;
    let is_done = || {
        kiosks.iter().all(Simulated::is_sent)
            && whole.iter().all(Whole::is_sent)
            && heard.missing(&compared::events_of(whole, chain)).is_empty()
    };
    while !is_done() {
        if Instant::now() > due {
            return findings.problem(format!("not all is sent {PATIENCE:?} after the end"));
        }
        thread::sleep(PAUSE);
    }
    let rest = start.elapsed().as_secs_f64();
    findings.figures.add("fleet: sent after the end", "s", rest);
}
