//! Applies the retention of photographs, on a thread of its own.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use catalogue::Catalogue;
use jiff::Timestamp;

/// Between two rounds.
const INTERVAL: Duration = Duration::from_secs(3600);

/// Removes photographs that are too old or too many, now and every hour, until the catalogue is
/// closed.
pub(super) fn start(catalogue: &Arc<Catalogue>) {
    let catalogue: Weak<Catalogue> = Arc::downgrade(catalogue);
    thread::spawn(move || {
        while let Some(catalogue) = catalogue.upgrade() {
            match catalogue.tidy(Timestamp::now()) {
                Ok(tidied) => tracing::debug!(?tidied, "retention applied"),
                Err(error) => tracing::error!(%error, "old photographs cannot be removed"),
            }
            drop(catalogue);
            thread::sleep(INTERVAL);
        }
    });
}
