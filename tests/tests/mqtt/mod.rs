//! The link of a kiosk to an MQTT broker, a real mosquitto: what the house hears, whatever happens to the
//! broker, and that nobody commands the kiosk who may not.
//!
//! Needs Debian's `mosquitto`. Without it the tests are skipped, except in CI.

mod certificates;
mod home_assistant;
mod house;
mod schema;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use rumqttc::Publish;
use serde_json::{Value, json};
use tests::services::{Mosquitto, Proxy};

use certificates::{Authority, Certificate};
use house::{House, Kiosk, eventually};
use schema::complaint;

/// A broker that lets everybody in.
fn open_broker() -> Option<Mosquitto> {
    Mosquitto::start("allow_anonymous true\n")
}

/// A broker with users, all with the same password, and what they may do.
fn broker_with_users(folder: &Path, access: &str) -> Option<Mosquitto> {
    let (passwords, list) = (folder.join("passwords"), folder.join("access"));
    fs::write(&list, access).expect("a file");
    fs::write(&passwords, "").expect("a file");
    for user in ["kiosk", "house"] {
        let added = Command::new("mosquitto_passwd")
            .arg("-b")
            .arg(&passwords)
            .args([user, "sesame"])
            .status();
        // It comes with the broker.
        if !added.is_ok_and(|status| status.success()) {
            break;
        }
    }
    Mosquitto::start(&format!(
        "allow_anonymous false\npassword_file {}\nacl_file {}\n",
        passwords.display(),
        list.display()
    ))
}

/// What HOME_ASSISTANT.md has the broker allow.
const ACCESS: &str = "\
user house
topic readwrite #
user kiosk
topic write breed-kiosk/#
topic read breed-kiosk/+/set/#
topic write homeassistant/#
topic read homeassistant/status
";

fn text(message: &Publish) -> &str {
    str::from_utf8(&message.payload).expect("UTF-8")
}

fn is(expected: &str) -> impl Fn(&Publish) -> bool {
    move |message| text(message) == expected
}

#[test]
fn the_house_hears_who_arrives() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(broker) = broker_with_users(folder.path(), ACCESS) else {
        return;
    };
    let house = House::join_as(broker.port(), Some(("house", "sesame")));
    let kiosk = Kiosk::new();
    let password = folder.path().join("password");
    fs::write(&password, "sesame\n").expect("a file");
    let login = json!({"user": "kiosk", "password_file": password});
    let link = kiosk.link(broker.port(), login);
    house.eventually_hears(&kiosk.topic("status"), is("online"));

    let visit = kiosk.arrival();
    let heard = house.eventually_hears(&kiosk.topic("event"), |_| true);
    let event: Value = serde_json::from_str(text(&heard)).expect("JSON");
    assert_eq!(complaint(&event), None);
    assert_eq!(event["kind"], "arrival");
    assert_eq!(event["kiosk"], kiosk.id.as_str());
    assert_eq!(event["site"], "North");
    assert_eq!(event["visit"]["number"], visit);
    assert!(!text(&heard).contains("embedding"), "{}", text(&heard));
    eventually("the outbox is empty", || kiosk.waiting() == 0);
    eventually("the link counts", || link.now().sent == 1);
    assert_eq!(link.now().note, None);

    // Whoever comes later sees what is the case, and not what happened.
    link.change(|state| state.in_house = 2);
    let is_new = |message: &Publish| text(message).contains("\"in_house\":2");
    house.eventually_hears(&kiosk.topic("state"), is_new);
    let late = House::join_as(broker.port(), Some(("house", "sesame")));
    let state = late.eventually_hears(&kiosk.topic("state"), is_new);
    assert!(state.retain);
    assert!(late.events(&kiosk).is_empty());

    drop(link);
    house.eventually_hears(&kiosk.topic("status"), is("offline"));
}

#[test]
fn a_broker_that_does_not_let_the_kiosk_in_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let without_events = ACCESS.replace("breed-kiosk/#", "breed-kiosk/+/state");
    let Some(broker) = broker_with_users(folder.path(), &without_events) else {
        return;
    };
    let kiosk = Kiosk::new();
    let wrong = json!({"user": "kiosk", "password": "simsim"});
    let link = kiosk.link(broker.port(), wrong);
    link.eventually_says("link-mqtt-login");
    assert!(link.is_refused());

    // What the broker throws away is not sent.
    let kiosk = Kiosk::new();
    kiosk.arrival();
    let right = json!({"user": "kiosk", "password": "sesame"});
    let link = kiosk.link(broker.port(), right);
    link.eventually_says("link-mqtt-forbidden");
    assert!(link.is_refused());
    assert_eq!(kiosk.waiting(), 1);
    assert_eq!(link.now().sent, 0);
}

/// A broker that shows a certificate, and wants to see one of the authority.
fn tls_broker(authority: &Authority, shows: &Certificate) -> Option<Mosquitto> {
    Mosquitto::start(&format!(
        "allow_anonymous true\ncafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true\n",
        authority.file().display(),
        shows.certificate.display(),
        shows.key.display()
    ))
}

#[test]
fn certificates_are_checked_on_both_sides() {
    let (authority, stranger) = (Authority::new("daycare"), Authority::new("stranger"));
    let own = authority.issue("kiosk", 2090);
    let shown = json!({"ca": authority.file(), "certificate": own.certificate, "key": own.key});
    let cases = [
        (authority.issue("127.0.0.1", 2090), None),
        (authority.issue("127.0.0.1", 2021), Some("link-tls-expired")),
        (
            authority.issue("broker.example", 2090),
            Some("link-tls-name"),
        ),
        (stranger.issue("127.0.0.1", 2090), Some("link-tls-issuer")),
    ];
    for (certificate, refused_as) in cases {
        let Some(broker) = tls_broker(&authority, &certificate) else {
            return;
        };
        let kiosk = Kiosk::new();
        kiosk.arrival();
        let url = format!("mqtts://127.0.0.1:{}", broker.port());
        let link = kiosk.link_to(&url, shown.clone());
        match refused_as {
            None => eventually("the outbox is empty", || kiosk.waiting() == 0),
            Some(key) => {
                link.eventually_says(key);
                assert!(link.is_refused());
                assert_eq!(kiosk.waiting(), 1);
            }
        }
    }

    // The broker does not take a kiosk without a certificate.
    let certificate = authority.issue("127.0.0.1", 2091);
    let Some(broker) = tls_broker(&authority, &certificate) else {
        return;
    };
    let kiosk = Kiosk::new();
    let url = format!("mqtts://127.0.0.1:{}", broker.port());
    let link = kiosk.link_to(&url, json!({"ca": authority.file()}));
    link.eventually_fails();
    assert_eq!(link.now().sent, 0);
}

#[test]
fn nothing_is_lost_while_the_broker_is_down() {
    let Some(mut broker) = open_broker() else {
        return;
    };
    let proxy = Proxy::to(broker.port());
    let house = House::join(broker.port());
    let kiosk = Kiosk::new();
    let link = kiosk.link(proxy.port(), json!({}));
    let mut visits = vec![kiosk.arrival()];
    house.eventually_hears(&kiosk.topic("event"), |_| true);

    for round in 1..=3 {
        proxy.cut();
        broker.kill();
        visits.extend((0..100).map(|_| kiosk.arrival()));
        link.eventually_fails();
        broker.restart();
        // A broker keeps nothing for somebody whom it does not know.
        house.eventually_joins(1 + round);
        proxy.open();
        eventually("the outbox is empty", || kiosk.waiting() == 0);
        eventually("the house hears all", || numbers(&house, &kiosk) == visits);
    }
}

/// The visits of which the house heard, in this order: each once, although events may come twice.
fn numbers(house: &House, kiosk: &Kiosk) -> Vec<i64> {
    let mut known = BTreeMap::new();
    let mut numbers = Vec::new();
    for event in house.events(kiosk) {
        let id = event["event"].as_str().expect("an id").to_owned();
        let number = event["visit"]["number"].as_i64().expect("a number");
        match known.insert(id, event.clone()) {
            None => numbers.push(number),
            Some(before) => assert_eq!(before, event, "another event with the same id"),
        }
    }
    numbers
}

#[test]
fn a_broker_that_lost_its_disk_is_told_again() {
    let Some(mut broker) = open_broker() else {
        return;
    };
    let kiosk = Kiosk::new();
    let link = kiosk.link(broker.port(), json!({"pictures": true}));
    link.change(|state| state.picture = Some(Arc::new(vec![0xFF, 0xD8, 0xFF])));
    link.eventually_connects();

    // It keeps what is retained in memory.
    broker.kill();
    link.eventually_fails();
    broker.restart();
    let first = House::join(broker.port());
    let discovery = format!("homeassistant/sensor/{}/in_house/config", kiosk.id);
    let retained = ["status", "state", "picture"].map(|end| kiosk.topic(end));
    let retained = retained.iter().chain([&discovery]);
    for topic in retained.clone() {
        first.eventually_hears(topic, |message| !message.payload.is_empty());
    }
    let second = House::join(broker.port());
    for topic in retained {
        let message = second.eventually_hears(topic, |_| true);
        assert!(message.retain, "{topic}");
    }
    assert_eq!(
        second.heard_on(&kiosk.topic("picture"))[0].payload,
        [0xFF, 0xD8, 0xFF].as_slice()
    );
}

#[test]
fn a_picture_is_published_only_where_it_is_allowed_and_taken_off_again() {
    let Some(broker) = open_broker() else {
        return;
    };
    let kiosk = Kiosk::new();
    let picture = kiosk.topic("picture");
    let house = House::join(broker.port());
    let allowed = kiosk.link(broker.port(), json!({"pictures": true}));
    allowed.change(|state| state.picture = Some(Arc::new(vec![0xFF, 0xD8, 0xFF])));
    house.eventually_hears(&picture, |message| message.payload.len() == 3);
    drop(allowed);
    house.eventually_hears(&kiosk.topic("status"), is("offline"));

    let before = house.heard_on(&picture).len();
    let forbidden = kiosk.link(broker.port(), json!({}));
    eventually("the picture is taken off", || {
        house.heard_on(&picture).len() > before
    });
    forbidden.change(|state| {
        state.picture = Some(Arc::new(vec![0xFF, 0xD8, 0xFF]));
        state.in_house = 7;
    });
    let is_later = |message: &Publish| text(message).contains("\"in_house\":7");
    house.eventually_hears(&kiosk.topic("state"), is_later);
    let since = house.heard_on(&picture).split_off(before);
    assert!(since.iter().all(|message| message.payload.is_empty()));
    let late = House::join(broker.port());
    late.eventually_hears(&kiosk.topic("state"), |_| true);
    assert!(late.heard_on(&picture).is_empty());
}

#[test]
fn a_broker_that_never_acknowledges_is_noticed() {
    // It lets everybody in, answers to pings, and acknowledges nothing.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let takes = Arc::clone(&taken);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else {
                return;
            };
            let number = {
                let mut takes = takes.lock().expect("no panic");
                takes.push(String::new());
                takes.len() - 1
            };
            let mut buffer = [0; 65536];
            let mut is_greeted = false;
            while let Ok(count @ 1..) = connection.read(&mut buffer) {
                let read = &buffer[..count];
                takes.lock().expect("no panic")[number] += &String::from_utf8_lossy(read);
                let answer: &[u8] = match read {
                    _ if !is_greeted => &[0x20, 3, 0, 0, 0],
                    [.., 0xC0, 0] => &[0xD0, 0],
                    _ => &[],
                };
                is_greeted = true;
                // A kiosk that has gone sends nothing more.
                let _ = connection.write_all(answer);
            }
        }
    });

    let kiosk = Kiosk::new();
    kiosk.arrival();
    let event = kiosk.catalogue.waiting("mqtt", 1).expect("an event");
    let id = &event[0].id;
    let link = kiosk.link(port, json!({"keep_alive_seconds": 5}));
    link.eventually_says("link-mqtt-silent");
    eventually("the event is sent again", || {
        let taken = taken.lock().expect("no panic");
        taken.iter().filter(|read| read.contains(id)).count() >= 2
    });
    assert_eq!(kiosk.waiting(), 1);
    assert_eq!(link.now().sent, 0);
}

#[test]
fn an_event_that_the_broker_cannot_take_does_not_stop_the_others() {
    let Some(broker) = Mosquitto::start("allow_anonymous true\nmax_packet_size 1500\n") else {
        return;
    };
    let house = House::join(broker.port());
    let kiosk = Kiosk::new();
    kiosk.arrival_seen_by(&"\u{1f415}".repeat(200));
    let second = kiosk.arrival();
    let link = kiosk.link(broker.port(), json!({}));
    eventually("the house hears the second", || {
        numbers(&house, &kiosk) == [second]
    });
    eventually("the first is counted", || link.now().refused == 1);
    assert_eq!(kiosk.waiting(), 0);
    let note = link.now().note.expect("a note");
    assert_eq!(note.key, "link-mqtt-too-large");
}

#[test]
fn commands_are_obeyed_only_where_they_are_allowed() {
    let Some(broker) = open_broker() else {
        return;
    };
    let house = House::join(broker.port());
    let say_all = |kiosk: &Kiosk| {
        house.say(&kiosk.topic("set/confirm"), false, vec![b' '; 300]);
        house.say(
            &kiosk.topic("set/confirm"),
            true,
            "retained while it listens",
        );
        house.say(&kiosk.topic("set/language"), false, "de");
        house.say(&kiosk.topic("set/next"), false, "PRESS");
        house.say(&kiosk.topic("set/language"), false, "fr");
    };

    let deaf = Kiosk::new();
    let deaf_link = deaf.link(broker.port(), json!({}));
    house.eventually_hears(&deaf.topic("status"), is("online"));
    say_all(&deaf);

    let kiosk = Kiosk::new();
    house.say(
        &kiosk.topic("set/confirm"),
        true,
        "retained before it listens",
    );
    house.eventually_hears(&kiosk.topic("set/confirm"), |_| true);
    let link = kiosk.link(broker.port(), json!({"commands": true}));
    // It subscribes before it says that it is there.
    house.eventually_hears(&kiosk.topic("status"), is("online"));
    say_all(&kiosk);
    eventually("the last command is obeyed", || {
        link.obeyed().contains(&"fr".to_owned())
    });
    assert_eq!(link.obeyed(), ["next", "fr"]);

    assert!(deaf_link.obeyed().is_empty());
}
