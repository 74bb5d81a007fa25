//! Checks the description of the kiosk's API with openapi-spec-validator, and a kiosk at work with
//! Schemathesis, which makes requests of the description. Neither shares code with the kiosk.
//!
//! Needs a `python3` with openapi-spec-validator, and the program `schemathesis`. Without one its test is
//! skipped, except in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use tests::can_run;
use tests::client::Client;
use tests::program::Program;

/// What every answer has to be: no failure of the kiosk, and as it is described.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// Operations that are left out: a stream that does not end, one that would have the kiosk call any address, one
/// that replaces the catalogue by a file, and the camera's picture: while no fresh one has come, the answer is
/// 503, which is a failure to Schemathesis.
const LEFT_OUT: [&str; 4] = [
    "follow_live",
    "set_webhook",
    "restore",
    "get_camera_picture",
];

/// Operations that end sessions or change passwords: they are tried last.
const OF_SESSIONS: [&str; 4] = ["set_own_password", "set_password", "end_session", "log_out"];

/// Operations for which nobody is logged in.
const OF_STRANGERS: [&str; 2] = ["log_in", "accept_invitation"];

/// How many records of each kind the demo has at least, with numbers from 1.
const RECORDS: u32 = 3;

/// Writes a description to a folder. Returns the file.
fn write(description: &Value, folder: &TempDir) -> PathBuf {
    let file = folder.path().join("openapi.json");
    fs::write(&file, description.to_string()).expect("the description is written");
    file
}

/// Runs a program in a folder, and asserts that it finds nothing.
fn judged(mut judge: Command, folder: &Path) {
    let run = judge.current_dir(folder).output().expect("it runs");
    assert!(
        run.status.success(),
        "{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}

/// Whether a program can be run with these arguments.
fn is_there(program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program).args(arguments).output();
    run.is_ok_and(|run| run.status.success())
}

/// The description, in which the addresses have numbers of records that there are: with any others, most
/// requests would ask for nobody.
fn description_of_demo() -> Value {
    let mut description = desk::description();
    let paths = description["paths"].as_object_mut().expect("paths");
    let operations = paths.values_mut().filter_map(Value::as_object_mut);
    for operation in operations.flat_map(|operations| operations.values_mut()) {
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if parameter["in"] == "path" && parameter["schema"]["type"] == "integer" {
                parameter["schema"]["minimum"] = 1.into();
                parameter["schema"]["maximum"] = RECORDS.into();
            }
        }
    }
    description
}

#[test]
fn the_description_of_the_api_is_valid_openapi() {
    let there = is_there("python3", &["-c", "import openapi_spec_validator"]);
    if !can_run(there, "python3 with openapi-spec-validator") {
        return;
    }
    let description = desk::description();
    assert_eq!(description["openapi"], "3.1.0");
    let folder = tempfile::tempdir().expect("a folder for the description");
    let mut judge = Command::new("python3");
    judge
        .args(["-m", "openapi_spec_validator"])
        .arg(write(&description, &folder));
    judged(judge, folder.path());
}

#[tokio::test]
async fn the_kiosk_answers_as_it_is_described() {
    if !can_run(is_there("schemathesis", &["--version"]), "schemathesis") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the demo");
    let kiosk = Program::demo(folder.path());
    let owner = Client::log_in(&kiosk.login_link()).await;
    let description = write(&description_of_demo(), &folder);
    let run = |cookie: Option<&str>| {
        let mut judge = Command::new("schemathesis");
        judge
            .arg("run")
            .arg(&description)
            .args(["--url", &kiosk.page])
            .args(["--checks", CHECKS, "--phases", "coverage,fuzzing"])
            .args(["--max-examples", "5", "--seed", "17"])
            .args(["--generation-database", "none"])
            // Wrong tokens would have the kiosk refuse all requests of this address for a while.
            .args(["--generation-with-security-parameters", "false"])
            .args(["--suppress-health-check", "all", "--warnings", "off"])
            .args(["--request-timeout", "60", "--no-color"]);
        if let Some(cookie) = cookie {
            judge.args(["--header", &format!("Cookie: {cookie}")]);
        }
        judge
    };
    let mut most = run(Some(owner.cookie()));
    for operation in [&LEFT_OUT[..], &OF_SESSIONS, &OF_STRANGERS].concat() {
        most.args(["--exclude-operation-id", operation]);
    }
    judged(most, folder.path());
    for (cookie, operations) in [
        (None, &OF_STRANGERS[..]),
        (Some(owner.cookie()), &OF_SESSIONS[..]),
    ] {
        let mut rest = run(cookie);
        for operation in operations {
            rest.args(["--include-operation-id", operation]);
        }
        judged(rest, folder.path());
    }
}
