//! Progress as plain lines, for logs and pipes.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use trainer::cli::progress::in_lines;

/// The first line on a bar of so many steps, 17 of which are done.
fn first_line(steps: u64) -> String {
    let bar = ProgressBar::hidden().with_prefix("training");
    bar.set_length(steps);
    bar.inc(17);
    bar.set_message("epoch 3, loss 0.512");
    let lines = Mutex::new(Vec::new());
    let say = |line: String| lines.lock().expect("no panic").push(line);
    let result = in_lines(&bar, Duration::from_millis(1), say, || {
        let deadline = Instant::now() + Duration::from_secs(60);
        while lines.lock().expect("no panic").is_empty() {
            assert!(Instant::now() < deadline, "no line ever came");
            std::thread::yield_now();
        }
        "done"
    });
    assert_eq!(result, "done");
    lines.into_inner().expect("no panic").swap_remove(0)
}

#[test]
fn while_work_goes_on_a_line_says_how_far_it_is() {
    let line = first_line(50);
    assert!(line.starts_with("training: 34 %, "), "{line}");
    assert!(line.ends_with(", epoch 3, loss 0.512"), "{line}");
}

#[test]
fn a_time_that_cannot_be_right_is_not_said() {
    assert_eq!(
        first_line(u64::MAX / 100),
        "training: 0 %, epoch 3, loss 0.512"
    );
}

#[test]
fn short_work_is_done_without_a_line() {
    let say = |line: String| assert!(line.is_empty(), "said {line}");
    let bar = ProgressBar::hidden();
    assert_eq!(in_lines(&bar, Duration::from_secs(600), say, || 1), 1);
}
