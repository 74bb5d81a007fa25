//! Reports what became of the last update of the program.

use std::path::Path;

use super::Finding;
use crate::cli::one_line;
use crate::cli::update::kept::{Kept, Step};

/// Examines what the last update left in its folder; nothing where there was none.
pub(super) fn examine(folder: &Path) -> Option<Finding> {
    let state = match Kept::at(folder).state() {
        Ok(state) => state?,
        Err(error) => return Some(Finding::unknown("update", one_line(&error))),
    };
    Some(match state.step {
        Step::Done => Finding::right("update", state),
        Step::Installing | Step::Watching | Step::GoingBack => Finding::unknown("update", state),
        Step::WentBack | Step::Stuck => Finding::wrong(
            "update",
            state,
            "journalctl -u breed-kiosk-update says more; another update puts an end to this message",
        ),
    })
}
