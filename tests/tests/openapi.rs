//! Has the description of the kiosk's API judged by openapi-spec-validator, which shares no code with it.
//!
//! Needs a `python3` with openapi-spec-validator. Without one the test is skipped, except in CI.

use std::fs;
use std::process::Command;

use tests::can_run;

#[test]
fn the_description_of_the_api_is_valid_openapi() {
    let import = ["-c", "import openapi_spec_validator"];
    let is_there = Command::new("python3")
        .args(import)
        .output()
        .is_ok_and(|run| run.status.success());
    if !can_run(is_there, "python3 with openapi-spec-validator") {
        return;
    }
    let description = desk::description();
    assert_eq!(description["openapi"], "3.1.0");
    let folder = tempfile::tempdir().expect("a folder for the description");
    let file = folder.path().join("openapi.json");
    fs::write(&file, description.to_string()).expect("the description is written");
    let judge = ["-m", "openapi_spec_validator"];
    let run = Command::new("python3")
        .args(judge)
        .arg(&file)
        .output()
        .expect("python3 runs");
    assert!(
        run.status.success(),
        "{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}
