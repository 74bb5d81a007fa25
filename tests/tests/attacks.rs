//! Strangers, and people with a login, attack a kiosk, in short; `cargo run --release -p tests --bin attacks` does more.

use tests::attacks::{self, Plan};
use tests::faults::Findings;

#[tokio::test]
async fn attackers_neither_fill_the_memory_nor_keep_anybody_waiting() {
    let mut findings = Findings::default();
    attacks::play(&Plan::short(), &mut findings).await;
    assert!(findings.problems.is_empty(), "{:#?}", findings.problems);
}
