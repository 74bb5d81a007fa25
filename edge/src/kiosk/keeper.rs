//! Looks after the photographs that are kept, on a thread of its own.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use catalogue::Catalogue;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(3600);

/// Removes what is too old or too much, now and every hour, until the catalogue is closed.
pub(super) fn start(catalogue: &Arc<Catalogue>) {
    let catalogue: Weak<Catalogue> = Arc::downgrade(catalogue);
    thread::spawn(move || {
        while let Some(catalogue) = catalogue.upgrade() {
            if let Err(error) = catalogue.tidy(Timestamp::now()) {
                eprintln!("kiosk: old photographs could not be removed: {error}");
            }
            drop(catalogue);
            thread::sleep(ROUND);
        }
    });
}
