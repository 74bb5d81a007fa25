//! The description of the API: whole, and true.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{Client, Served};

/// The addresses of the API that anybody may use.
pub(crate) const OPEN: [&str; 2] = ["/api/v1/login", "/api/v1/invitation"];

/// Every operation, those of the webhook included: method, path and what is said about it.
fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for paths in ["paths", "webhooks"] {
        for (path, methods) in description[paths].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                operations.push((method.clone(), path.clone(), operation.clone()));
            }
        }
    }
    operations
}

/// The text of a key, which must not be empty.
fn text<'a>(object: &'a Value, key: &str, about: &str) -> &'a str {
    let text = object[key].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "{about} has no {key}: {object}");
    text
}

#[test]
fn every_operation_has_an_id_of_its_own_and_says_what_it_does() {
    let description = desk::description();
    let tags: BTreeSet<&str> = (description["tags"].as_array().unwrap().iter())
        .map(|tag| {
            text(tag, "description", "a tag");
            text(tag, "name", "a tag")
        })
        .collect();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&description) {
        let about = format!("{method} {path}");
        let id = text(&operation, "operationId", &about).to_owned();
        let is_snake = id.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(is_snake, "{about}: {id}");
        assert!(ids.insert(id.clone()), "{id} twice");
        text(&operation, "summary", &about);
        text(&operation, "description", &about);
        let of_it = operation["tags"].as_array().unwrap();
        assert!(
            of_it.iter().all(|tag| tags.contains(tag.as_str().unwrap())),
            "{about}: {of_it:?}"
        );
        assert_eq!(of_it.len(), 1, "{about}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            text(response, "description", &format!("{about}: {status}"));
        }
    }
    // Programs are made from these: they are stable.
    for id in [
        "list_visits",
        "get_visit",
        "confirm_visit",
        "follow_live",
        "make_token",
    ] {
        assert!(ids.contains(id), "{id}");
    }
}

#[test]
fn every_parameter_is_described() {
    for (method, path, operation) in operations(&desk::description()) {
        let about = format!("{method} {path}");
        let none = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&none);
        let mut in_path = BTreeSet::new();
        for parameter in parameters {
            let name = text(parameter, "name", &about);
            text(parameter, "description", &format!("{about}: {name}"));
            assert!(parameter["schema"].is_object(), "{about}: {name}");
            if parameter["in"] == "path" {
                in_path.insert(name.to_owned());
            }
        }
        let named: BTreeSet<String> = (path.split('{').skip(1))
            .map(|rest| rest.split('}').next().unwrap().to_owned())
            .collect();
        assert_eq!(in_path, named, "{about}");
    }
}

/// Checks that a schema's fields are described.
fn check_fields(name: &str, schema: &Value) {
    let none = serde_json::Map::new();
    for (field, about) in schema["properties"].as_object().unwrap_or(&none) {
        text(about, "description", &format!("{name}.{field}"));
        check_fields(&format!("{name}.{field}"), about);
    }
    for combined in ["allOf", "oneOf", "anyOf"] {
        for part in schema[combined].as_array().into_iter().flatten() {
            check_fields(name, part);
        }
    }
}

#[test]
fn every_schema_and_every_field_is_described() {
    let description = desk::description();
    let schemas = description["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("WebhookEvent"));
    for (name, schema) in schemas {
        text(schema, "description", name);
        check_fields(name, schema);
    }
}

#[test]
fn the_description_covers_the_api_and_refers_to_nothing_that_it_lacks() {
    let served = Served::new();
    let staff = served.staff();
    let description = staff.get("/api/v1/openapi.json").json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"").skip(1) {
        let path = reference.split('"').next().unwrap();
        let pointer = path.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{path}");
    }
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let about = operation["summary"].as_str().unwrap_or_default();
            assert!(!about.is_empty(), "{method} {path} says what it does");
            assert!(operation["responses"]["4XX"].is_object(), "{method} {path}");
            assert_eq!(
                operation["security"].is_array(),
                !OPEN.contains(&&**path),
                "{method} {path}"
            );
        }
    }
    for path in [
        "/api/v1/visits/{id}/settle",
        "/api/v1/backup",
        "/api/v1/live/events",
    ] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
    let values = |schema: &str| &description["components"]["schemas"][schema]["enum"];
    for (schema, expect) in [
        (
            "Stage",
            json!([
                "empty", "somebody", "looking", "answered", "settled", "thanks"
            ]),
        ),
        ("Verdict", json!(["breed", "species", "unsure", "not_ours"])),
        (
            "Part",
            json!([
                "camera",
                "display",
                "buttons",
                "catalogue",
                "model",
                "tag",
                "backup",
                "page",
                "https",
                "access",
                "hub",
                "mqtt",
                "update",
                "settings"
            ]),
        ),
        ("Source", json!(["camera", "page"])),
        ("Species", json!(["cat", "dog"])),
        ("Language", json!(["en", "fr"])),
        ("Role", json!(["viewer", "staff", "owner"])),
        ("Scope", json!(["read", "staff", "camera"])),
    ] {
        assert_eq!(*values(schema), expect, "{schema}");
    }
}

/// A path of the description with values in place of its parameters, of things that do not exist.
pub(crate) fn filled_in(path: &str) -> String {
    path.replace("{id}", "999")
        .replace("{button}", "next")
        .replace("{day}", "2026-01-02")
        .replace("{animal}", "999")
        .replace("{name}", "nobody")
}

/// What a program with a token gets, by operation; streams that do not end are left out.
fn tried(served: &Served, token: &str) -> Vec<(String, Value, u16)> {
    let program = served.anonymous();
    let authorization = format!("Bearer {token}");
    let mut tried = Vec::new();
    for (method, path, operation) in operations(&desk::description()) {
        let is_stream = path.ends_with("/events");
        if !path.starts_with("/api/") || is_stream || OPEN.contains(&&*path) {
            continue;
        }
        let path = filled_in(&path);
        let method = method.to_uppercase();
        let headers = [
            ("Authorization", &*authorization),
            ("Content-Type", "application/json"),
        ];
        let body = matches!(&*method, "POST" | "PUT").then_some(&b"{}"[..]);
        let answer = program.ask(&method, &path, &headers, body);
        tried.push((
            format!("{method} {path}"),
            operation["security"].clone(),
            answer.status,
        ));
    }
    assert!(tried.len() > 40, "{}", tried.len());
    tried
}

fn token(owner: &Client, scope: &str) -> String {
    let made = owner.post("/api/v1/tokens", &json!({ "name": scope, "scope": scope }));
    made.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_said_about_tokens_is_true() {
    let served = Served::new();
    let owner = served.owner();
    for scope in ["read", "staff", "camera"] {
        for (operation, security, status) in tried(&served, &token(&owner, scope)) {
            let ways = security.as_array().unwrap();
            let roles = ways.iter().find_map(|way| way["token"].as_array());
            let may = roles.is_some_and(|roles| roles.contains(&json!(scope)));
            let is_refused = match &*operation {
                // Nobody else may revoke a token, itself included.
                "POST /api/v1/logout" => matches!(status, 403 | 422),
                _ => status == 403,
            };
            assert_eq!(is_refused, !may, "{scope}: {operation}: {status}");
            assert_ne!(status, 401, "{operation}");
        }
    }
    let left = owner.get("/api/v1/tokens").json();
    assert_eq!(left.as_array().unwrap().len(), 3);
}
