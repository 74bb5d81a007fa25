//! What comes from the other sides of the links: commands of the broker, and rows of the hub.

use std::path::Path;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Publish;
use serde_json::{Value, json};
use sync::hub::{Clock, EventRow, GuestRow};
use sync::mqtt::{Commands, Topics, obey};

use super::daycare::Daycare;
use super::renewed::{House, Renewed};

/// The topic of the settings.
const TOPIC: &str = "breed-kiosk";

/// The kiosk's UUID.
const KIOSK: &str = "0197e0d4-0000-7000-8000-000000000001";

/// The languages of the screen.
const LANGUAGES: [&str; 2] = ["en", "fr"];

/// The most bytes of a command that is obeyed.
const COMMAND_BYTES: usize = 256;

/// How far the kiosk's clock is behind the hub's.
const BEHIND: SignedDuration = SignedDuration::from_hours(30);

thread_local! {
    static CHAIN: Renewed<Daycare> = const { Renewed::new() };
}

/// What the kiosk was told to do.
#[derive(Default)]
struct Obeyed(Mutex<Vec<String>>);

impl Obeyed {
    fn note(&self, command: &str) {
        let mut commands = self.0.lock().expect("nobody has panicked");
        commands.push(command.to_owned());
    }
}

impl Commands for Obeyed {
    fn confirm(&self) {
        self.note("confirm");
    }

    fn next(&self) {
        self.note("next");
    }

    fn language(&self, id: &str) {
        self.note(id);
    }
}

/// A message of the broker: a flag, the topic up to the end of the line, and the payload. It is one
/// command at most, and none if it is retained, too large, or in a language that the screen lacks.
///
/// # Panics
/// If it is more.
#[must_use]
pub fn mqtt(bytes: &[u8]) -> bool {
    let [flag, rest @ ..] = bytes else {
        return false;
    };
    let mut parts = rest.splitn(2, |byte| *byte == b'\n');
    let topic = parts.next().unwrap_or_default();
    let payload = parts.next().unwrap_or_default().to_vec();
    let mut message = Publish::new("", QoS::AtMostOnce, payload, None);
    message.topic = topic.to_vec().into();
    message.retain = flag & 1 == 1;
    let obeyed = Obeyed::default();
    let languages = LANGUAGES.map(str::to_owned);
    obey(&obeyed, &Topics::new(TOPIC, KIOSK), &languages, &message);
    let commands = obeyed.0.into_inner().expect("nobody has panicked");
    match commands.as_slice() {
        [] => false,
        [command] => {
            let is_known = ["confirm", "next"].contains(&command.as_str())
                || LANGUAGES.contains(&command.as_str());
            let may_be = is_known && !message.retain && message.payload.len() <= COMMAND_BYTES;
            assert!(may_be, "{command}");
            true
        }
        several => panic!("{several:?}"),
    }
}

/// A row of the hub as JSON, a `guest` or an `event`: whatever another kiosk wrote there, it stops
/// nothing that comes after it. Accepted is what is taken.
///
/// # Panics
/// If the catalogue fails, or is damaged after many of them.
#[must_use]
pub fn hub(bytes: &[u8]) -> bool {
    let Ok(mut row) = serde_json::from_slice::<Value>(bytes) else {
        return false;
    };
    let now = Timestamp::now();
    let started = now - SignedDuration::from_hours(24 * 365 * 20);
    let clock = Clock::new(started, now, now + BEHIND);
    let mut part = |name: &str| row.get_mut(name).map(Value::take).unwrap_or_default();
    if let Ok(guest) = serde_json::from_value::<GuestRow>(part("guest")) {
        let Ok(guest) = guest.guest(clock) else {
            return false;
        };
        let taken = CHAIN.with(|chain| {
            chain.with(|daycare| daycare.catalogue.take_guests(&[guest], "xid:7@hub"))
        });
        return taken.expect("the others are taken").refused.is_empty();
    }
    let event = serde_json::from_value::<EventRow>(part("event"));
    let Some(event) = event.ok().and_then(|event| event.event(clock)) else {
        return false;
    };
    let taken = CHAIN.with(|chain| chain.with(|daycare| daycare.catalogue.take_back(&[event])));
    taken.expect("the others are taken back") > 0
}

impl House for Daycare {
    fn open() -> Self {
        Self::new()
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Each command.
pub(super) fn messages() -> Vec<Vec<u8>> {
    let commands = [("confirm", "PRESS"), ("next", ""), ("language", "fr")];
    let message =
        |(command, payload)| format!("\0{TOPIC}/{KIOSK}/set/{command}\n{payload}").into_bytes();
    commands.map(message).to_vec()
}

/// A guest, and events of an animal and of a visit.
pub(super) fn rows() -> Vec<Vec<u8>> {
    let at = "2026-05-01T08:00:00Z";
    let field = |value: Value| json!({ "value": value, "at": at, "by": "ana", "site": "North" });
    let guest = json!({ "guest": {
        "id": "0197e0d4-0000-7000-8000-000000000002", "site": "North", "created": at,
        "deleted": false, "merged_into": null,
        "fields": {
            "name": field(json!("Rex")), "species": field(json!("dog")),
            "breed": field(json!("other")), "breed_name": field(json!("Lurcher")),
            "warnings": field(json!("bites")), "vaccinations": field(json!([])),
            "owners": field(json!(["Ana Silva"])),
        },
        "embeddings": [{ "network": "v1", "bytes": "f4F/gX+Bf4F/gX+Bf4F/gQ==", "at": at }],
        "photograph": [0xFF, 0xD8, 0xFF, 0xE0],
    }});
    let event = |kind: &str, id: u32, body: Value| {
        json!({ "event": {
            "id": format!("0197e0d4-0000-7000-8000-0000000001{id:02}"), "schema": 1, "kind": kind,
            "at": at, "by": "ana", "revision": id,
            "subject": format!("0197e0d4-0000-7000-8000-0000000002{id:02}"), "body": body,
        }})
    };
    let animal = json!({ "animal": {
        "number": 7, "created": at, "name": "Nero", "species": "dog", "breed": "pug",
        "breed_name": null, "warnings": "", "vaccinations": [], "owners": ["Zoé"],
    }, "changed": { "name": at } });
    let visit = json!({ "visit": {
        "number": 9, "arrived": at, "verdict": "breed", "confidence": 0.9,
        "candidates": [{ "breed": "pug", "probability": 0.9 }],
        "confirmed": {
            "breed": "pug", "breed_name": null, "at": at, "by": "ana",
            "animal": { "id": "0197e0d4-0000-7000-8000-000000000201" },
        },
        "checked_out": at, "model": "v1", "source": "camera",
        "embedding": { "network": "v1", "bytes": "f4F/gX+Bf4F/gX+Bf4F/gQ==" },
    }});
    let rows = [
        guest,
        event("animal", 1, animal),
        event("check_out", 2, visit),
    ];
    rows.map(|row| row.to_string().into_bytes()).to_vec()
}
