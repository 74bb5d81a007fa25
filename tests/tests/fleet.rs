//! Plays a small chain of kiosks with real servers; `tests/fleet` plays a large one.

use tests::faults::Findings;
use tests::fleet::{self, Plan};

#[test]
fn the_hub_has_every_check_in_once_whatever_fails() {
    let mut findings = Findings::default();
    fleet::play(&Plan::short(), &mut findings);
    assert!(findings.problems.is_empty(), "{:#?}", findings.problems);
}
