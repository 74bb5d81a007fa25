//! Describes the kiosk to Home Assistant, which shows it as a device: one retained message an entity,
//! `<discovery>/<component>/<kiosk>/<entity>/config`. All its versions since 2023.8, which brought
//! events, know this form; the one with a message a device came later.

use catalogue::EventKind;
use recognise::Language;
use screens::Locale;
use serde_json::{Map, Value, json};

use super::settings::Settings;
use super::state::State;
use super::topics::{Topics, identity};

/// The message of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Announcement {
    /// Where it belongs.
    pub(super) topic: String,
    /// What it says: JSON, or nothing for an entity that is not there, which removes one that was.
    pub(super) payload: String,
}

/// An event with its kind under the name that Home Assistant looks for.
const EVENT: &str = "{{ dict(value_json, event_type=value_json.kind) | to_json }}";

/// A probability in per cent; `None` is its word for nothing.
const PER_CENT: &str =
    "{{ None if value_json.confidence is none else (value_json.confidence * 100) | round(1) }}";

const NAMES: &str = "{{ {'names': value_json.names_in_house} | to_json }}";

/// The messages of all entities, those included that are not there. None where discovery is off.
pub(super) fn announcements(
    settings: &Settings,
    topics: &Topics,
    kiosk: &str,
    state: &State,
) -> Vec<Announcement> {
    if settings.discovery.is_empty() {
        return Vec::new();
    }
    let language = Language::of_tag(&state.language).unwrap_or_default();
    let shared = shared(settings, topics, kiosk);
    entities(settings, topics, state)
        .into_iter()
        .map(|entity| {
            let Entity {
                component, name, ..
            } = entity;
            let topic = format!("{}/{component}/{kiosk}/{name}/config", settings.discovery);
            let payload = match entity.fields {
                Value::Object(fields) => describe(kiosk, name, language, &shared, fields),
                _ => String::new(),
            };
            Announcement { topic, payload }
        })
        .collect()
}

/// The topic on which Home Assistant says that it has started.
pub(super) fn birth(settings: &Settings) -> String {
    format!("{}/status", settings.discovery)
}

/// An entity.
struct Entity {
    /// Its kind, as Home Assistant calls it.
    component: &'static str,
    /// Its name in topics and keys.
    name: &'static str,
    /// What only this kind has; null for an entity that is not there.
    fields: Value,
}

impl Entity {
    fn new(component: &'static str, name: &'static str, fields: Value) -> Self {
        Self {
            component,
            name,
            fields,
        }
    }

    /// One that is there only where the settings allow it.
    fn where_allowed(self, is_allowed: bool) -> Self {
        if is_allowed {
            self
        } else {
            let fields = Value::Null;
            Self { fields, ..self }
        }
    }
}

fn entities(settings: &Settings, topics: &Topics, state: &State) -> Vec<Entity> {
    let mut all = vec![arrival(topics)];
    all.extend(counts(topics));
    all.extend(answer(topics));
    all.extend(parts(topics));
    all.push(picture(topics).where_allowed(settings.pictures));
    let commands = buttons(topics).into_iter().chain([language(topics, state)]);
    all.extend(commands.map(|command| command.where_allowed(settings.commands)));
    all
}

/// The event of an arrival.
fn arrival(topics: &Topics) -> Entity {
    let fields = json!({
        "state_topic": topics.event,
        "event_types": EventKind::ALL.map(EventKind::as_str),
        "value_template": EVENT,
        "icon": "mdi:paw",
    });
    Entity::new("event", "arrival", fields)
}

/// How many animals are in the house or in front of the camera, and how many visits wait for staff.
fn counts(topics: &Topics) -> [Entity; 3] {
    let mut in_house = count(topics, "in_house", "mdi:home-heart");
    in_house["json_attributes_topic"] = topics.state.clone().into();
    in_house["json_attributes_template"] = NAMES.into();
    let needs_call = count(topics, "needs_call", "mdi:account-question");
    let arrivals = count(topics, "arrivals", "mdi:dog-side");
    [
        Entity::new("sensor", "in_house", in_house),
        Entity::new("sensor", "needs_call", needs_call),
        Entity::new("sensor", "arrivals", arrivals),
    ]
}

/// What the screen shows of an arrival, and how sure the kiosk is of it.
fn answer(topics: &Topics) -> [Entity; 3] {
    let sensor = |name: &'static str, icon: &str| {
        let value = format!("{{{{ value_json.{name} }}}}");
        let fields = json!({"state_topic": topics.state, "value_template": value, "icon": icon});
        Entity::new("sensor", name, fields)
    };
    let confidence = json!({
        "state_topic": topics.state,
        "value_template": PER_CENT,
        "unit_of_measurement": "%",
        "suggested_display_precision": 0,
        "icon": "mdi:percent",
    });
    [
        sensor("breed", "mdi:dog"),
        sensor("guest", "mdi:paw"),
        Entity::new("sensor", "confidence", confidence),
    ]
}

/// Whether the parts of the kiosk work.
fn parts(topics: &Topics) -> [Entity; 2] {
    ["camera", "display"].map(|name| {
        let value = format!("{{{{ 'ON' if value_json.{name} else 'OFF' }}}}");
        let fields = json!({
            "state_topic": topics.state,
            "value_template": value,
            "device_class": "connectivity",
            "entity_category": "diagnostic",
        });
        Entity::new("binary_sensor", name, fields)
    })
}

/// The picture of the last arrival.
fn picture(topics: &Topics) -> Entity {
    let fields = json!({"image_topic": topics.picture, "content_type": "image/jpeg"});
    Entity::new("image", "picture", fields)
}

/// The buttons of the screen that Home Assistant may press.
fn buttons(topics: &Topics) -> [Entity; 2] {
    [
        ("confirm", &topics.confirm, "mdi:check"),
        ("next", &topics.next, "mdi:skip-next"),
    ]
    .map(|(name, topic, icon)| {
        let fields = json!({"command_topic": topic, "icon": icon});
        Entity::new("button", name, fields)
    })
}

/// The choice of the screen's language.
fn language(topics: &Topics, state: &State) -> Entity {
    let fields = json!({
        "command_topic": topics.language,
        "state_topic": topics.state,
        "value_template": "{{ value_json.language }}",
        "options": state.languages,
        "entity_category": "config",
        "icon": "mdi:translate",
    });
    Entity::new("select", "language", fields)
}

/// A sensor of a number in the state.
fn count(topics: &Topics, name: &str, icon: &str) -> Value {
    json!({
        "state_topic": topics.state,
        "value_template": format!("{{{{ value_json.{name} }}}}"),
        "state_class": "measurement",
        "icon": icon,
    })
}

/// What all entities say: which device they are of, and whether it is there.
fn shared(settings: &Settings, topics: &Topics, kiosk: &str) -> Map<String, Value> {
    let version = env!("CARGO_PKG_VERSION");
    let shared = json!({
        "availability": [{"topic": topics.status}],
        "qos": 1,
        "origin": {"name": "Breed Kiosk", "sw_version": version},
        "device": {
            "identifiers": [identity(kiosk)],
            "name": settings.name,
            "manufacturer": "Breed Kiosk",
            "model": "Check-in kiosk",
            "sw_version": version,
        },
    });
    match shared {
        Value::Object(shared) => shared,
        _ => Map::new(),
    }
}

/// The JSON of an entity.
fn describe(
    kiosk: &str,
    name: &str,
    language: Language,
    shared: &Map<String, Value>,
    mut fields: Map<String, Value>,
) -> String {
    let key = format!("link-mqtt-entity-{}", name.replace('_', "-"));
    fields.insert("name".to_owned(), Locale::of(language).text(&key).into());
    let id = format!("{}-{name}", identity(kiosk));
    fields.insert("unique_id".to_owned(), id.into());
    fields.extend(shared.clone());
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(settings: Value, language: &str) -> Vec<Announcement> {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let state = State {
            language: language.to_owned(),
            languages: vec!["en".to_owned(), "fr".to_owned()],
            ..State::default()
        };
        announcements(&settings, &Topics::new("breed-kiosk", "k"), "k", &state)
    }

    /// The entities that are there, as `component/entity`.
    fn there(announced: &[Announcement]) -> Vec<String> {
        (announced.iter())
            .filter(|announcement| !announcement.payload.is_empty())
            .map(|announcement| {
                let levels: Vec<&str> = announcement.topic.split('/').collect();
                assert_eq!(
                    (levels[0], levels[2], levels[4]),
                    ("homeassistant", "k", "config")
                );
                format!("{}/{}", levels[1], levels[3])
            })
            .collect()
    }

    const ALWAYS: [&str; 9] = [
        "event/arrival",
        "sensor/in_house",
        "sensor/needs_call",
        "sensor/arrivals",
        "sensor/breed",
        "sensor/guest",
        "sensor/confidence",
        "binary_sensor/camera",
        "binary_sensor/display",
    ];

    #[test]
    fn pictures_and_commands_are_entities_only_where_they_are_allowed() {
        let plain = announced(json!({"url": "mqtt://b"}), "en");
        assert_eq!(there(&plain), ALWAYS);

        let all = json!({"url": "mqtt://b", "pictures": true, "commands": true});
        let all = announced(all, "en");
        let further = [
            "image/picture",
            "button/confirm",
            "button/next",
            "select/language",
        ];
        assert_eq!(there(&all), [&ALWAYS[..], &further[..]].concat());

        // What is not there any more is removed: the topics are the same.
        let topics = |announced: &[Announcement]| -> Vec<String> {
            let topics = announced
                .iter()
                .map(|announcement| announcement.topic.clone());
            topics.collect()
        };
        assert_eq!(topics(&plain), topics(&all));
        assert!(announced(json!({"url": "mqtt://b", "discovery": ""}), "en").is_empty());
    }

    #[test]
    fn entities_have_a_name_in_the_language_of_the_screen_and_an_identity_without() {
        let read = |announced: Vec<Announcement>| -> Vec<Value> {
            let all = announced
                .iter()
                .filter(|announcement| !announcement.payload.is_empty());
            all.map(|announcement| serde_json::from_str(&announcement.payload).unwrap())
                .collect()
        };
        let all = json!({"url": "mqtt://b", "pictures": true, "commands": true});
        let english = read(announced(all.clone(), "en"));
        let french = read(announced(all, "fr"));

        assert_eq!(english[1]["name"], "In the house");
        assert_eq!(french[1]["name"], "Dans la maison");
        for (english, french) in english.iter().zip(&french) {
            assert_eq!(english["unique_id"], french["unique_id"]);
            for entity in [english, french] {
                let name = entity["name"].as_str().unwrap();
                assert!(!name.contains("mqtt"), "{name} is a key without a text");
                assert_eq!(entity["availability"][0]["topic"], "breed-kiosk/k/status");
                assert_eq!(entity["device"]["identifiers"][0], identity("k"));
            }
        }
    }
}
