//! The links to the rest of the daycare and of its chain: the real program with a hub and a broker that
//! nobody reaches, and what people are told of them.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use desk::kiosk::Part;
use edge::kiosk::links::notice;
use jiff::{SignedDuration, Timestamp};
use screens::locale::Message;
use serde_json::Value;
use sync::{Link, LinkState};
use tempfile::TempDir;

use crate::run::Running;

/// Settings with a hub and a broker at a port at which nobody listens.
fn settings(port: u16) -> String {
    format!(
        "[hub]\nurl = \"postgresql://kiosk_desk:secret@127.0.0.1:{port}/daycare?sslmode=disable\"\n\
         site = \"North\"\n\
         [mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\nuser = \"kiosk\"\npassword = \"secret\"\n"
    )
}

/// A port at which nobody listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn kiosk(arguments: &[&str], config: &Path) -> Output {
    let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
    kiosk.args(arguments).arg("--config").arg(config);
    kiosk.output().unwrap()
}

fn json(running: &Running, path: &str) -> Value {
    serde_json::from_str(&running.page(path)).unwrap()
}

#[test]
fn a_kiosk_whose_hub_and_broker_cannot_be_reached_works_as_always() {
    let folder = TempDir::new().unwrap();
    let (config, data) = (folder.path().join("kiosk.toml"), folder.path().join("data"));
    let port = free_port();
    fs::write(&config, settings(port)).unwrap();
    let mut running = Running::new(&data, &["--config", config.to_str().unwrap()]);
    assert!(!running.has_said("secret"), "{:?}", running.said);
    let start = Instant::now();
    let health = loop {
        let health = json(&running, "/api/v1/health");
        let links = [&health["links"]["hub"], &health["links"]["mqtt"]];
        if links.iter().all(|link| link["message"].is_string()) {
            break health;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{health}");
        thread::sleep(Duration::from_millis(50));
    };
    for link in ["hub", "mqtt"] {
        let link = &health["links"][link];
        assert_eq!(link["connected"], false, "{link}");
        assert!(
            link["host"].as_str().unwrap().starts_with("127.0.0.1"),
            "{link}"
        );
        assert!(!link.to_string().contains("secret"), "{link}");
    }
    // A short cut is no alarm.
    assert_eq!(
        (&health["works"], &health["notices"]),
        (&Value::Bool(true), &Value::Array(Vec::new()))
    );
    assert!(running.page("/status").contains("127.0.0.1"));
    assert_eq!(json(&running, "/api/v1/live")["arrival"]["stage"], "empty");

    let stopping = Instant::now();
    running.terminate();
    assert!(stopping.elapsed() < Duration::from_secs(10));
}

#[test]
fn without_links_none_is_shown() {
    let data = TempDir::new().unwrap();
    let running = Running::new(data.path(), &[]);
    let health = json(&running, "/api/v1/health");
    let links = &health["links"];
    assert_eq!(
        (&links["hub"], &links["mqtt"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_desk_is_told_of_what_lasts_and_of_what_a_person_must_change() {
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
    let message = Message::new("notice-hub");
    let failing = LinkState::Failing(message.clone());
    let refused = LinkState::Refused(message.clone());
    for (state, seconds, is_told) in [
        (LinkState::Connecting, 600, false),
        (LinkState::Connected, 600, false),
        (failing.clone(), 59, false),
        (failing.clone(), 60, true),
        // The clock was set back meanwhile.
        (failing, -600, true),
        (refused, 0, true),
    ] {
        let link = Link {
            state,
            ..Link::new(now - SignedDuration::from_secs(seconds))
        };
        let told = notice(Part::Hub, &link, now);
        assert_eq!(told.is_some(), is_told, "{link:?}");
        if let Some(told) = told {
            assert_eq!((told.part, told.message), (Part::Hub, message.clone()));
        }
    }
}

#[test]
fn settings_of_links_are_checked_before_the_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    let check = |text: &str| {
        fs::write(&file, text).unwrap();
        let output = kiosk(&["run", "--check"], &file);
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let (code, said) = check(&settings(9));
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("every user of this machine can read it") && !said.contains("secret"),
        "{said}"
    );
    assert!(
        said.ends_with("kiosk: the configuration is good\n"),
        "{said}"
    );
    let (code, said) = check("[hub]\nsite = \"North\"\nurl = \"mysql://hub.example/d\"\n");
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("line 1: [hub] url: "), "{said}");
}

#[test]
fn the_doctor_says_whether_hub_and_broker_can_be_reached() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let examine = |text: String| {
        fs::write(&file, text).unwrap();
        String::from_utf8(kiosk(&["doctor"], &file).stdout).unwrap()
    };
    let line = |said: &str, about: &str| {
        let mut lines = said.lines();
        let is_about = |line: &&str| line.split_whitespace().any(|word| word == about);
        lines.find(is_about).unwrap_or_default().to_owned()
    };
    let said = examine(settings(port));
    for about in ["hub", "mqtt"] {
        assert!(line(&said, about).starts_with("right"), "{said}");
    }
    let said = examine(settings(free_port()));
    for about in ["hub", "mqtt"] {
        assert!(line(&said, about).starts_with("NOT RIGHT"), "{said}");
    }
    let said = examine(settings(port) + "password_file = \"gone\"\n");
    assert!(said.contains("settings"), "two passwords: {said}");
    let no_ca = "[mqtt]\nurl = \"mqtts://127.0.0.1\"\nca = \"gone.pem\"\n";
    let said = examine(no_ca.to_owned());
    assert!(line(&said, "mqtt").contains("gone.pem: "), "{said}");
}

#[test]
fn the_status_of_a_hub_that_cannot_be_reached_is_one_clear_line() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    let port = free_port();
    fs::write(&file, settings(port)).unwrap();
    let url = format!("postgresql://owner:secret@127.0.0.1:{port}/daycare?sslmode=disable");
    let given = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .args(["hub", "status", &url])
        .output()
        .unwrap();
    let in_environment = Command::new(env!("CARGO_BIN_EXE_kiosk"))
        .args(["hub", "status"])
        .env("KIOSK_HUB_URL", &url)
        .output()
        .unwrap();
    let configured = kiosk(&["hub", "status", "--json"], &file);
    for output in [given, in_environment, configured] {
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.contains("127.0.0.1") && !said.contains("secret"),
            "{said}"
        );
        assert!(output.stdout.is_empty());
    }
    // Without an address there is nothing to ask.
    fs::write(&file, "# nothing").unwrap();
    let said = String::from_utf8(kiosk(&["hub", "status"], &file).stderr).unwrap();
    assert!(said.contains("no [hub]"), "{said}");
}

#[test]
fn the_url_of_the_hub_may_be_in_the_environment() {
    let folder = TempDir::new().unwrap();
    let no_bundle = folder.path().join("gone.onnx");
    let no_bundle = no_bundle.to_str().unwrap();
    let hub = |arguments: &[&str], url: Option<&str>| {
        let mut kiosk = Command::new(env!("CARGO_BIN_EXE_kiosk"));
        kiosk.arg("hub").args(arguments).env_remove("KIOSK_HUB_URL");
        if let Some(url) = url {
            kiosk.env("KIOSK_HUB_URL", url);
        }
        let output = kiosk.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        said
    };
    let url = format!(
        "postgresql://owner:se/cr?et@127.0.0.1:{}/daycare?sslmode=disable",
        free_port()
    );
    for (arguments, expected) in [
        (&["status"][..], "127.0.0.1"),
        (&["init", "--site", "North"][..], "127.0.0.1"),
        // The bundle is read before the hub is called.
        (&["publish", no_bundle][..], "gone.onnx: "),
    ] {
        let said = hub(arguments, Some(&url));
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("owner") && !said.contains("cr?et"), "{said}");
        for nothing in [None, Some("")] {
            let said = hub(arguments, nothing);
            let names_both = said.contains("give its URL") && said.contains("KIOSK_HUB_URL");
            assert!(names_both, "{said}");
        }
    }
    let said = hub(&["publish", url.as_str(), no_bundle], None);
    assert!(said.contains("gone.onnx: "), "{said}");
}
