//! Applies the retention of photographs, on a thread of its own.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use catalogue::{Catalogue, CatalogueError, Tidied};
use jiff::Timestamp;

use super::synchronised;

/// Between two rounds.
const INTERVAL: Duration = Duration::from_secs(3600);

/// The same while nothing is too old because the clock has jumped: it may be confirmed any moment.
const INTERVAL_WHEN_HELD: Duration = Duration::from_secs(60);

/// What the catalogue's history calls whoever confirms the clock here.
const AUTHOR: &str = "kiosk";

/// Removes photographs that are too old or too many, now and every hour, until the catalogue is
/// closed.
pub(super) fn start(catalogue: &Arc<Catalogue>) {
    let catalogue: Weak<Catalogue> = Arc::downgrade(catalogue);
    thread::spawn(move || {
        while let Some(catalogue) = catalogue.upgrade() {
            let interval = match round(&catalogue) {
                Ok(tidied) => {
                    tracing::debug!(?tidied, "retention applied");
                    if tidied.is_held {
                        INTERVAL_WHEN_HELD
                    } else {
                        INTERVAL
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "old photographs cannot be removed");
                    INTERVAL
                }
            };
            drop(catalogue);
            thread::sleep(interval);
        }
    });
}

fn round(catalogue: &Catalogue) -> Result<Tidied, CatalogueError> {
    let now = Timestamp::now();
    if synchronised::is_right(now.into()) {
        catalogue.confirm_clock(now, AUTHOR)?;
    }
    catalogue.tidy(now)
}
