//! What Home Assistant makes of the kiosk: its own schemas and templates, if the Python package
//! `homeassistant` is there; else what its documentation asks for.

use std::io::Write;
use std::process::{Command, Stdio};

use rumqttc::Publish;
use serde_json::json;
use tests::{can_run, say_skipped, workspace};

use super::house::{House, Kiosk, eventually};
use super::{open_broker, text};

/// The entities, and what they show of the sample.
const ENTITIES: [(&str, Option<&str>); 13] = [
    ("binary_sensor/camera", Some("ON")),
    ("binary_sensor/display", Some("OFF")),
    ("button/confirm", None),
    ("button/next", None),
    ("event/arrival", None),
    ("image/picture", None),
    ("select/language", Some("en")),
    ("sensor/arrivals", Some("0")),
    ("sensor/breed", Some("None")),
    ("sensor/confidence", Some("90.0")),
    ("sensor/guest", Some("None")),
    ("sensor/in_house", Some("1")),
    ("sensor/needs_call", Some("0")),
];

#[test]
fn home_assistant_takes_the_kiosk_in() {
    let Some(broker) = open_broker() else {
        return;
    };
    let house = House::join(broker.port());
    let kiosk = Kiosk::new();
    let link = kiosk.link(broker.port(), json!({"pictures": true, "commands": true}));
    kiosk.arrival();
    house.eventually_hears(&kiosk.topic("event"), |_| true);
    house.eventually_hears(&kiosk.topic("state"), |_| true);
    eventually("all entities are announced", || {
        announced(&house) == ENTITIES.len()
    });

    let lines: String = (house.heard().iter())
        .filter(|message| !message.topic.ends_with("/picture"))
        .map(|message| format!("{}\t{}\n", message.topic, text(message)))
        .collect();
    if let Some(judgement) = judge(&lines) {
        check(&judgement);
    }

    // Home Assistant was restarted, and says so.
    house.say("homeassistant/status", false, "online");
    eventually("all entities are announced again", || {
        announced(&house) == 2 * ENTITIES.len()
    });
    // Names are in the language of the screen.
    link.change(|state| state.language = "fr".to_owned());
    let topic = format!("homeassistant/sensor/{}/breed/config", kiosk.id);
    house.eventually_hears(&topic, |message| text(message).contains("\"Race\""));
}

/// How many entities were announced, those included that were again.
fn announced(house: &House) -> usize {
    let is_entity = |message: &&Publish| message.topic.ends_with("/config");
    house.heard().iter().filter(is_entity).count()
}

/// The output of `home_assistant.py`; `None` without Python.
fn judge(lines: &str) -> Option<String> {
    let process = Command::new("python3")
        .arg(workspace().join("tests/tools/home_assistant.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    if !can_run(process.is_ok(), "python3") {
        return None;
    }
    let mut process = process.ok()?;
    let mut input = process.stdin.take().expect("a pipe");
    input.write_all(lines.as_bytes()).expect("it reads all");
    drop(input);
    let run = process.wait_with_output().expect("it ends");
    let complaints = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{complaints}");
    Some(String::from_utf8(run.stdout).expect("UTF-8"))
}

fn check(judgement: &str) {
    let (judge, entities) = judgement.split_once('\n').expect("a judge");
    let renders = judge != "documented";
    if !renders {
        say_skipped("the Python package homeassistant not found; judged by its documentation");
    }
    let mut entities: Vec<(&str, &str)> = (entities.lines())
        .map(|line| line.split_once('\t').expect("a value"))
        .collect();
    entities.sort_unstable();
    let names: Vec<&str> = entities.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ENTITIES.map(|(name, _)| name));
    for ((name, shown), (_, expected)) in entities.iter().zip(ENTITIES) {
        if let Some(expected) = expected.filter(|_| renders) {
            assert_eq!(*shown, expected, "{name}");
        }
    }
    if renders {
        let (_, event) = entities[4];
        assert!(event.contains("\"event_type\":\"arrival\""), "{event}");
    }
}
