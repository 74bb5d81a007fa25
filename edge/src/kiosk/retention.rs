//! Applies the retention of photographs, on a thread of its own.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, CatalogueError, Tidied};
use jiff::Timestamp;

use super::{rounds, synchronised};

/// Between two rounds.
const INTERVAL: Duration = Duration::from_secs(3600);

/// How often a round is looked forward to: while nothing is too old because the clock has jumped, the clock may
/// be confirmed any moment.
const PAUSE: Duration = Duration::from_secs(60);

/// The author that the catalogue's history names where the clock is confirmed here.
const AUTHOR: &str = "kiosk";

/// Removes photographs that are too old or too many, now and every hour, until the catalogue is
/// closed.
pub(super) fn start(catalogue: &Arc<Catalogue>) {
    let catalogue: Weak<Catalogue> = Arc::downgrade(catalogue);
    let mut last: Option<Instant> = None;
    let mut is_held = false;
    rounds::start("retention", move || {
        let catalogue = catalogue.upgrade()?;
        let is_due = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if is_due || (is_held && is_right_again(&catalogue)) {
            is_held = match round(&catalogue) {
                Ok(tidied) => {
                    tracing::debug!(?tidied, "retention applied");
                    tidied.is_held
                }
                Err(error) => {
                    tracing::error!(%error, "old photographs cannot be removed");
                    false
                }
            };
            last = Some(Instant::now());
        }
        Some(PAUSE)
    });
}

/// Whether the clock that had jumped is right now, or somebody says so. It only reads: a round each minute
/// would wear the disk.
fn is_right_again(catalogue: &Catalogue) -> bool {
    let now = Timestamp::now();
    synchronised::is_right(now.into()) || matches!(catalogue.clock_jumped_from(now), Ok(None))
}

fn round(catalogue: &Catalogue) -> Result<Tidied, CatalogueError> {
    let now = Timestamp::now();
    if synchronised::is_right(now.into()) {
        catalogue.confirm_clock(now, AUTHOR)?;
    }
    catalogue.tidy(now)
}
