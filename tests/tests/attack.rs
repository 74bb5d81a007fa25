//! Strangers without a login attack a kiosk: the short form of `cargo bench --bench desk -- attack`.

use std::time::Duration;

use tests::attack::{SilentCrowd, slow_forms, visit};
use tests::client::Client;
use tests::program::Program;

/// What the attack may cost the kiosk, in 10^6 bytes. Bytes that are kept one by one would cost 250.
const MEMORY: f64 = 50.0;

#[tokio::test]
async fn strangers_neither_fill_the_memory_nor_keep_anybody_waiting() {
    let data = tempfile::tempdir().expect("a folder for the catalogue");
    let kiosk = Program::start(data.path(), &["--camera", "none"]);
    let staff = Client::log_in(&kiosk.login_link()).await;

    let taken = slow_forms(&kiosk, 64, 1000).await;
    assert!(taken.most - taken.before < MEMORY, "{taken:?}");

    let _crowd = SilentCrowd::gather(&kiosk, 400).await;
    let mut times = visit(&staff, 30).await;
    times.sort();
    let median = times[times.len() / 2];
    assert!(median < Duration::from_secs(1), "{times:?}");
}
