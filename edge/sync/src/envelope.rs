//! Wraps an event with its sender and its schema.

use catalogue::OutboxEvent;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The version of the events' schema, `events.schema.json`.
pub(crate) const SCHEMA: i32 = 1;

/// An event in its envelope: the fields of its body, and beside them `event`, `schema`, `kind`,
/// `at`, `by`, `kiosk`, `site` (where it is known), `subject` and `revision`.
pub(crate) fn envelope(event: &OutboxEvent, kiosk: &str, site: Option<&str>) -> Value {
    let mut fields = match &event.body {
        Value::Object(body) => body.clone(),
        _ => Map::new(),
    };
    // After the body's, so that no body can pass for another event.
    fields.insert("event".to_owned(), event.id.clone().into());
    fields.insert("schema".to_owned(), SCHEMA.into());
    fields.insert("kind".to_owned(), event.kind.clone().into());
    fields.insert("at".to_owned(), time(event.at).into());
    fields.insert("by".to_owned(), event.by.clone().into());
    fields.insert("kiosk".to_owned(), kiosk.into());
    if let Some(site) = site {
        fields.insert("site".to_owned(), site.into());
    }
    fields.insert("subject".to_owned(), event.subject.clone().into());
    fields.insert("revision".to_owned(), event.revision.into());
    Value::Object(fields)
}

/// A time as events have it: RFC 3339, UTC, with milliseconds.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> OutboxEvent {
        OutboxEvent {
            seq: 7,
            id: "0197e0d4-0000-7000-8000-000000000001".to_owned(),
            at: "2026-05-01T10:15:03.5Z".parse().unwrap(),
            kind: "check_out".to_owned(),
            subject: "0197e0d4-0000-7000-8000-000000000002".to_owned(),
            revision: 3,
            by: "ana".to_owned(),
            body: json!({"visit": {"number": 12}, "event": "another"}),
        }
    }

    #[test]
    fn an_envelope_says_who_sends_what() {
        let expected = json!({
            "event": "0197e0d4-0000-7000-8000-000000000001",
            "schema": 1,
            "kind": "check_out",
            "at": "2026-05-01T10:15:03.500Z",
            "by": "ana",
            "kiosk": "k",
            "site": "North",
            "subject": "0197e0d4-0000-7000-8000-000000000002",
            "revision": 3,
            "visit": {"number": 12},
        });
        assert_eq!(envelope(&event(), "k", Some("North")), expected);
    }

    #[test]
    fn a_site_that_is_not_known_is_left_out() {
        assert_eq!(envelope(&event(), "k", None).get("site"), None);
    }
}
