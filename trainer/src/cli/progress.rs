//! The progress of long work on stderr: a bar on a terminal, and anywhere else, as in a log, a line now and then.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Error, Result};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

/// The one style of all bars: what is done, how much of it, and how far it is.
const STYLE: &str = "{prefix} {wide_bar} {percent} %, {eta} left  {msg}";

/// Time between two lines.
const EVERY: Duration = Duration::from_secs(10);

/// No work takes this long.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// Does `work` and shows how far it is. `what` says in a word or two what is done.
///
/// # Errors
/// Those of `work`.
pub(super) fn shown<T, E: Into<Error>>(
    what: &str,
    work: impl FnOnce(&ProgressBar) -> Result<T, E>,
) -> Result<T> {
    let bar = ProgressBar::no_length()
        .with_style(ProgressStyle::with_template(STYLE)?)
        .with_prefix(what.to_owned());
    let done = if bar.is_hidden() {
        in_lines(&bar, EVERY, |line| eprintln!("{line}"), || work(&bar))
    } else {
        work(&bar)
    };
    bar.finish_and_clear();
    done.map_err(Into::into)
}

/// Does `work` and passes a line on the state of the bar to `say` whenever `every` has passed.
pub fn in_lines<T>(
    bar: &ProgressBar,
    every: Duration,
    say: impl Fn(String) + Send,
    work: impl FnOnce() -> T,
) -> T {
    let (working, ended) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                say(line(bar));
            }
        });
        let result = work();
        drop(working);
        result
    })
}

/// The state of the bar, such as `training: 34 %, 2 minutes left, epoch 3, loss 0.512`.
fn line(bar: &ProgressBar) -> String {
    let all = bar.length().unwrap_or(0).max(1);
    let percent = 100 * bar.position().min(all) / all;
    let left = bar.eta();
    // Before anything is done, nothing is known, and little after a pause.
    let is_known = !left.is_zero() && left < LONGEST;
    let left = is_known.then(|| format!("{} left", HumanDuration(left)));
    let parts = [Some(format!("{percent} %")), left, Some(bar.message())];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.collect();
    format!("{}: {}", bar.prefix(), parts.join(", "))
}
