//! Work that is done again and again on a thread of its own. A defect (a panic) ends a round of it, never
//! the thread: what looks after the kiosk does not stop unnoticed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

/// The pause after a round that ended by a defect.
const AFTER_DEFECT: Duration = Duration::from_secs(60);

/// Does `round` again and again on a thread of its own. Each says how long the pause before the next one
/// is, and the last one `None`. `what` is its name in the log.
pub(crate) fn start(
    what: &'static str,
    mut round: impl FnMut() -> Option<Duration> + Send + 'static,
) {
    thread::spawn(move || run(what, AFTER_DEFECT, &mut round));
}

fn run(what: &'static str, after_defect: Duration, round: &mut impl FnMut() -> Option<Duration>) {
    loop {
        // A transaction is rolled back, and no lock of the kiosk minds a panic.
        let pause = match catch_unwind(AssertUnwindSafe(&mut *round)) {
            Ok(None) => return,
            Ok(Some(pause)) => pause,
            Err(_) => {
                tracing::error!(what, "a defect has interrupted this; it is tried again");
                after_defect
            }
        };
        thread::sleep(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_panics_is_followed_by_the_next_one() {
        let mut rounds = 0;
        run("a test", Duration::ZERO, &mut || {
            rounds += 1;
            match rounds {
                1 => Some(Duration::ZERO),
                2 => panic!("a test"),
                3 => Some(Duration::ZERO),
                _ => None,
            }
        });
        assert_eq!(rounds, 4);
    }
}
