//! Checks events by `events.schema.json`. Of JSON Schema it knows what that file uses.

use std::fs;

use serde_json::{Value, json};
use tests::workspace;

/// The schema of events.
pub(super) fn schema() -> Value {
    let file = workspace().join("edge/sync/events.schema.json");
    let text = fs::read_to_string(file).expect("the schema");
    serde_json::from_str(&text).expect("JSON")
}

/// Why an event is not what the schema says.
pub(super) fn complaint(event: &Value) -> Option<String> {
    let schema = schema();
    check(&schema, &schema, event).err()
}

fn check(root: &Value, rule: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = rule["$ref"].as_str() {
        let place = reference.trim_start_matches('#');
        check(root, root.pointer(place).expect("a definition"), value)?;
    }
    let is_known = |kind: &Value| is_of_type(kind, value);
    let is_typed = match &rule["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(is_known),
        kind => is_known(kind),
    };
    let is_listed = (rule["enum"].as_array()).is_none_or(|allowed| allowed.contains(value));
    let is_fixed = rule.get("const").is_none_or(|only| only == value);
    let bound = |name: &str| rule[name].as_f64();
    let number = value.as_f64().unwrap_or_default();
    let is_bounded = bound("minimum").is_none_or(|least| number >= least)
        && bound("maximum").is_none_or(|most| number <= most);
    if !(is_typed && is_listed && is_fixed && is_bounded) {
        return Err(format!("{value} is not as {rule}"));
    }
    for name in rule["required"].as_array().into_iter().flatten() {
        let name = name.as_str().expect("a name");
        value
            .get(name)
            .ok_or(format!("{name} is missing in {value}"))?;
    }
    for (name, rule) in rule["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            check(root, rule, value)?;
        }
    }
    for item in value.as_array().into_iter().flatten() {
        check(root, &rule["items"], item)?;
    }
    if let Some(any) = rule["anyOf"].as_array() {
        let mut results = any.iter().map(|rule| check(root, rule, value));
        let fits = results.any(|result| result.is_ok());
        fits.then_some(())
            .ok_or(format!("{value} fits none of {any:?}"))?;
    }
    for rule in rule["allOf"].as_array().into_iter().flatten() {
        check(root, rule, value)?;
    }
    if let Some(condition) = rule.get("if")
        && check(root, condition, value).is_ok()
    {
        check(root, &rule["then"], value)?;
    }
    Ok(())
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other}: no type that is used"),
    }
}

#[test]
fn each_kind_of_event_has_an_example_that_fits() {
    let schema = schema();
    let examples = schema["examples"].as_array().expect("examples");
    for example in examples {
        assert_eq!(complaint(example), None);
    }
    for kind in catalogue::EventKind::ALL.map(catalogue::EventKind::as_str) {
        let has_one = examples.iter().any(|example| example["kind"] == kind);
        assert!(has_one, "{kind} has no example");
    }
}

#[test]
fn what_is_no_event_does_not_fit() {
    let example = schema()["examples"][0].clone();
    let changes = [
        ("/schema", json!(2)),
        ("/revision", json!(-1)),
        ("/visit", json!({"id": 3})),
        ("/visit/verdict", json!("perhaps")),
        ("/visit/confidence", json!(1.5)),
        ("/visit/candidates/0", json!({"breed": "beagle"})),
        ("/visit/confirmed", json!({"breed": "beagle"})),
    ];
    for (place, value) in changes {
        let mut event = example.clone();
        *event.pointer_mut(place).expect("a field") = value;
        assert!(complaint(&event).is_some(), "{place}");
    }
    // Readers ignore what they do not know.
    let mut newer = example;
    newer["kind"] = json!("something_new");
    newer["more"] = json!({"of": "it"});
    assert_eq!(complaint(&newer), None);
}
