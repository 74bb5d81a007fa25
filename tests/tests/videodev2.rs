//! The bindings of the kernel's interface to cameras, which were made beforehand, against those
//! that bindgen makes of this machine's headers.
//!
//! Needs `bindgen` (cargo install bindgen-cli) with libclang; without them the test is skipped,
//! except in CI.

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use tests::workspace;

#[test]
fn the_bindings_are_those_of_the_kernels_header() {
    let there = Command::new("bindgen").arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "CI needs bindgen");
        println!("skipped: there is no bindgen");
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
    // A newer kernel knows more formats; it says nothing else of those that we know.
    let made: HashSet<&str> = made.lines().collect();
    let missing: Vec<&str> = ours.lines().filter(|line| !made.contains(line)).collect();
    assert!(missing.is_empty(), "not in the header: {missing:#?}");
}
