//! An event as others get it.

use catalogue::OutboxEvent;
use serde_json::Value;

use crate::envelope::envelope;

/// The JSON of an event: its envelope without what only another kiosk can use, an embedding, and
/// without photographs, which never go out with events.
pub(super) fn json(event: &OutboxEvent, kiosk: &str, site: &str) -> String {
    let mut value = envelope(event, kiosk, Some(site));
    for part in ["/visit", "/animal", ""] {
        if let Some(Value::Object(fields)) = value.pointer_mut(part) {
            for private in ["embedding", "embeddings", "photograph"] {
                fields.remove(private);
            }
        }
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_goes_out_without_embeddings_and_photographs() {
        let bodies = [
            (
                json!({"visit": {"number": 12, "embedding": {"network": "n", "bytes": "AAAA"}}}),
                json!({"visit": {"number": 12}}),
            ),
            (
                json!({"animal": {"name": "Rex", "photograph": "/9j/"}, "embeddings": [{"bytes": "AA"}]}),
                json!({"animal": {"name": "Rex"}}),
            ),
        ];
        for (body, expected) in bodies {
            let event = OutboxEvent {
                seq: 1,
                id: "e".to_owned(),
                at: jiff::Timestamp::UNIX_EPOCH,
                kind: "decision".to_owned(),
                subject: "s".to_owned(),
                revision: 2,
                by: "ana".to_owned(),
                body,
            };
            let mut read: Value = serde_json::from_str(&json(&event, "k", "North")).unwrap();
            let fields = read.as_object_mut().unwrap();
            assert_eq!(fields.remove("event"), Some(json!("e")));
            assert_eq!(fields.remove("site"), Some(json!("North")));
            for around in ["schema", "kind", "at", "by", "kiosk", "subject", "revision"] {
                assert!(fields.remove(around).is_some(), "{around}");
            }
            assert_eq!(read, expected);
        }
    }
}
