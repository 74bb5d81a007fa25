//! Compares the stored bindings of the kernel's camera interface with those that bindgen makes from
//! this machine's headers.
//!
//! Needs `bindgen` (`cargo install bindgen-cli`) with libclang. Without them the test is skipped,
//! except in CI.

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use tests::{can_run, workspace};

#[test]
fn the_bindings_are_those_of_the_kernels_header() {
    let version = Command::new("bindgen").arg("--version").output();
    let there = version.is_ok_and(|output| output.status.success());
    if !can_run(there, "bindgen") {
        return;
    }
    let folder = workspace().join("edge/v4l2-sys-mit");
    let made = Command::new(folder.join("bindings.sh")).output().unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let made = String::from_utf8(made.stdout).unwrap();
    let ours = fs::read_to_string(folder.join("src/bindings.rs")).unwrap();
    // A newer kernel adds formats, but does not change the existing ones.
    let made: HashSet<&str> = made.lines().collect();
    let missing: Vec<&str> = ours.lines().filter(|line| !made.contains(line)).collect();
    assert!(missing.is_empty(), "not in the header: {missing:#?}");
}
