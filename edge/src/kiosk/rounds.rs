//! Work that is done again and again on a thread of its own. A defect (a panic) ends a round of it, never
//! the thread: what looks after the kiosk does not stop unnoticed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
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

/// Does `work` for what is asked for on a thread of its own, until nobody can ask any more or it returns
/// `None`. The last of several requests does for all of them. One that a defect has interrupted is done
/// again, unless another one has come meanwhile. `what` is its name in the log.
pub(crate) fn serve<T: Clone + Send + 'static>(
    what: &'static str,
    requests: Receiver<T>,
    work: impl FnMut(T) -> Option<()> + Send + 'static,
) {
    start(what, each(requests, work));
}

fn each<T: Clone>(
    requests: Receiver<T>,
    mut work: impl FnMut(T) -> Option<()>,
) -> impl FnMut() -> Option<Duration> {
    let mut wanted = None;
    move || {
        let first = wanted.take().or_else(|| requests.recv().ok())?;
        let last = requests.try_iter().last().unwrap_or(first);
        wanted = Some(last.clone());
        work(last)?;
        wanted = None;
        Some(Duration::ZERO)
    }
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
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_request_at_which_it_panics_is_done_again_unless_another_one_has_come() {
        let (sender, requests) = mpsc::channel();
        for request in ["first", "second"] {
            sender.send(request).unwrap();
        }
        let mut sender = Some(sender);
        let mut done = Vec::new();
        let mut round = each(requests, |request| {
            done.push(request);
            match done.len() {
                1 => panic!("a test"),
                2 => {
                    sender.as_ref().unwrap().send("third").unwrap();
                    panic!("a test");
                }
                _ => sender = None,
            }
            Some(())
        });
        run("a test", Duration::ZERO, &mut round);
        drop(round);
        assert_eq!(done, ["second", "second", "third"]);
    }

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
