//! The OpenAPI description of the API (<https://spec.openapis.org/oas/v3.1.0>): what the handlers say
//! about themselves, and what holds for all of them.

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::WebhookEvent;

/// How programs use the API.
const ABOUT: &str = "The owner makes a token for a program on the page of the settings. The \
    program sends it with every request, as `Authorization: Bearer TOKEN`, or as the password of a \
    basic login with any user. What a token of scope `read` or `staff` may do is said with each \
    operation; one of scope `camera` may fetch the camera's picture and nothing else. Settings, \
    passwords, tokens, exports, backups, restoring, and erasing animals or people are the owner's \
    alone. A program of the owner's can also POST the password to `/api/v1/login` and send the cookie \
    that it sets. An account with the role `viewer` reads what staff read, except for the camera's \
    picture, and changes nothing but its own password and sessions.\n\n\
    Until the owner has a password, a kiosk that other machines reach answers everything here with \
    403: it is set up on the page `/setup` first.\n\n\
    Errors are `{\"error\": \"one line\"}`. More than a few wrong passwords or tokens are \
    answered with 429 and `Retry-After`. `/metrics` has figures for Prometheus: without a login \
    on the kiosk itself, else with a token of scope `read` or `staff`.";

/// What the kiosk sends to the webhook, and how to check that it is the kiosk.
const WEBHOOK: &str = "The kiosk sends this to the address that the owner set, whenever a visit is \
    recorded, gets a better answer, is decided about or deleted. Any status of success says that it \
    was received. Otherwise it is sent again, with growing pauses; redirects are not followed. One \
    event is sent after the other. Events wait in memory, at most 1000 for at most a day: after a \
    restart, read the visits of the day.\n\n\
    Nothing is sent when animals are checked out, merged or split. `GET /api/v1/in-house` says who is \
    there. A receiver that keeps the numbers of animals asks for them: `GET /api/v1/animals/{id}` \
    answers 404 for an animal that was merged, with `merged_into`, the number of the animal that it is \
    now.\n\n\
    To check the signature, compute HMAC-SHA256 with the secret as the key over the value of `t`, a \
    full stop and the body as it came; compare the hexadecimal digits with `v1` in constant time; \
    and refuse a `t` that is more than a few minutes away from your clock.";

/// The subjects of the operations.
const TAGS: [(&str, &str); 10] = [
    ("session", "Logging in and out"),
    ("live", "What is on the screen, and its buttons"),
    (
        "visits",
        "Who came, what staff decide about it, and who is in the house",
    ),
    ("animals", "The animals of the catalogue, and their owners"),
    ("expected", "Which animals are expected"),
    ("settings", "The settings of the daycare"),
    (
        "people",
        "Accounts, invitations, sessions, and what people did",
    ),
    ("programs", "Tokens and the webhook"),
    ("files", "Export, backup and restore"),
    ("kiosk", "The kiosk about itself"),
];

/// The OpenAPI description of all routes.
///
/// ```
/// let description = desk::description();
/// assert_eq!(description["info"]["title"], "Breed Kiosk");
/// assert!(description["paths"]["/api/v1/login"]["post"].is_object());
/// ```
#[must_use]
pub fn description() -> Value {
    let mut described = super::all().description();
    let schemas = &mut described.components.get_or_insert_default().schemas;
    let mut of_webhook = vec![(WebhookEvent::name().into_owned(), WebhookEvent::schema())];
    WebhookEvent::schemas(&mut of_webhook);
    schemas.extend(of_webhook);

    let mut description = json!(described);
    description["info"] = json!({
        "title": "Breed Kiosk",
        "version": env!("CARGO_PKG_VERSION"),
        "description": ABOUT,
        "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
    });
    description["tags"] = (TAGS.iter())
        .map(|(name, about)| json!({ "name": name, "description": about }))
        .collect();
    description["components"]["securitySchemes"] = json!({
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "kiosk_session",
            "description": "A person who logged in.",
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A program with a token of scope `read`, `staff` or `camera`.",
        },
    });
    for path in objects(&mut description["paths"]) {
        for (method, operation) in path {
            if let Some(operation) = operation.as_object_mut() {
                finish(method, operation);
            }
        }
    }
    for schema in values(&mut description["components"]["schemas"]) {
        describe_fields(schema);
    }
    description["webhooks"] = json!({ "visit": { "post": webhook() } });
    description
}

/// The operation of the webhook, in which the kiosk is the client.
fn webhook() -> Value {
    json!({
        "operationId": "report_visit",
        "tags": ["programs"],
        "summary": "Something has happened to a visit",
        "description": WEBHOOK,
        "parameters": [{
            "name": "X-Kiosk-Signature",
            "in": "header",
            "required": true,
            "description": "`t=TIME,v1=SIGNATURE`: seconds since 1970, and hexadecimal digits.",
            "schema": { "type": "string" },
        }],
        "requestBody": {
            "required": true,
            "description": "What has happened.",
            "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/WebhookEvent" } },
            },
        },
        "responses": { "2XX": { "description": "It was received." } },
    })
}

/// Adds to an operation who may use it, and what its answers are where the handler left that out: for
/// GET that is what the operation is about.
fn finish(method: &str, operation: &mut Map<String, Value>) {
    let audience = audience(operation.get("security"));
    let about = match operation.get("description").and_then(Value::as_str) {
        Some(about) => format!("{about}\n\n{audience}"),
        None => audience,
    };
    operation.insert("description".to_owned(), about.into());
    if let Some(body) = operation.get_mut("requestBody") {
        leave_bytes_open(body);
    }
    let summary = operation
        .get("summary")
        .cloned()
        .filter(|_| method == "get");
    let Some(responses) = operation.get_mut("responses") else {
        return;
    };
    for response in values(responses) {
        leave_bytes_open(response);
        if let (Some(response), Some(summary)) = (response.as_object_mut(), &summary) {
            response
                .entry("description")
                .or_insert_with(|| summary.clone());
        }
    }
}

/// Who may use an operation, by its security requirements.
fn audience(security: Option<&Value>) -> String {
    let ways = security.and_then(Value::as_array);
    let roles = |way: &str| {
        let mut roles = ways.into_iter().flatten().filter_map(|ways| ways.get(way));
        let roles = roles.find_map(Value::as_array)?.iter();
        Some(roles.filter_map(Value::as_str).collect::<Vec<&str>>())
    };
    let Some(people) = roles("session") else {
        return "Nobody needs to be logged in for it.".to_owned();
    };
    let (whom, alone) = if people.is_empty() {
        ("everybody who is logged in".to_owned(), "")
    } else {
        (format!("the {}", people.join(" and ")), " alone")
    };
    match roles("token") {
        Some(scopes) => {
            let scopes = scopes.join("` or `");
            format!("For {whom}, and for programs with a token of scope `{scopes}`.")
        }
        None => format!("For {whom}{alone}."),
    }
}

/// Removes the schema of content that is neither JSON nor text: it is bytes, which a schema cannot
/// describe.
fn leave_bytes_open(body: &mut Value) {
    let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else {
        return;
    };
    for (kind, content) in content {
        if kind != "application/json" && !kind.starts_with("text/") {
            *content = json!({});
        }
    }
}

/// Moves the description of a field that may be null to where it is for other fields: from the first
/// of its alternatives to the field itself.
fn describe_fields(schema: &mut Value) {
    for field in schema.get_mut("properties").map_or_else(Vec::new, values) {
        let about = field.pointer("/oneOf/0/description").cloned();
        if let (Some(field), Some(about)) = (field.as_object_mut(), about) {
            field.entry("description").or_insert(about);
        }
        describe_fields(field);
    }
    for combined in ["allOf", "oneOf", "anyOf"] {
        let parts = schema.get_mut(combined).and_then(Value::as_array_mut);
        parts.into_iter().flatten().for_each(describe_fields);
    }
}

/// The values of an object.
fn values(object: &mut Value) -> Vec<&mut Value> {
    let object = object.as_object_mut();
    object.map_or_else(Vec::new, |object| object.values_mut().collect())
}

/// The objects in an object.
fn objects(object: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    values(object).into_iter().filter_map(Value::as_object_mut)
}
