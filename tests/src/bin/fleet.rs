//! Plays a chain of kiosks with real servers and faults, prints the figures, and fails if a check-in was
//! lost or is on the hub twice.
//!
//! ```sh
//! tests/fleet                                               # installs the servers from Debian first
//! cargo run --release -p tests --bin fleet                  # 300 kiosks, an hour
//! cargo run --release -p tests --bin fleet -- --minutes 10  # the same check-ins in less time
//! cargo run --release -p tests --bin fleet -- --short       # 6 kiosks, less than a minute
//! ```
//!
//! Needs PostgreSQL and mosquitto (Debian: postgresql, mosquitto).

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tests::faults::Findings;
use tests::fleet::{self, Plan};
use tests::program;

/// Plays a chain of kiosks with real servers and faults
#[derive(Debug, Parser)]
struct Arguments {
    /// Simulated kiosks [default: 300]
    #[arg(long, value_name = "N")]
    kiosks: Option<usize>,
    /// Whole kiosks [default: 3]
    #[arg(long, value_name = "N")]
    whole: Option<usize>,
    /// Check-ins of the simulated kiosks [default: 100000]
    #[arg(long, value_name = "N")]
    check_ins: Option<usize>,
    /// The time over which they are spread [default: 60]
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
    /// A small fleet: 6 kiosks and 1 whole one, 300 check-ins in 12 seconds
    #[arg(long)]
    short: bool,
}

impl Arguments {
    fn plan(&self) -> Plan {
        let plan = if self.short {
            Plan::short()
        } else {
            Plan::full()
        };
        let lasts = self
            .minutes
            .map(|minutes| Duration::from_secs(60 * minutes));
        Plan {
            kiosks: self.kiosks.unwrap_or(plan.kiosks),
            whole: self.whole.unwrap_or(plan.whole),
            check_ins: self.check_ins.unwrap_or(plan.check_ins),
            lasts: lasts.unwrap_or(plan.lasts),
            ..plan
        }
    }
}

fn main() -> ExitCode {
    let plan = Arguments::parse().plan();
    program::build();
    let mut findings = Findings::default();
    fleet::play(&plan, &mut findings);
    findings.print();
    if findings.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
