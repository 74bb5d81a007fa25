//! Programs that use the API with tokens.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use desk::kiosk::{Notice, Part};
use recognise::VerdictKind;
use screens::locale::Message;
use serde_json::{Value, json};

use crate::{Answer, Client, OWNER, Served};

/// A program with a token.
struct Program {
    client: Client,
    authorization: String,
}

impl Program {
    fn new(served: &Served, token: &str) -> Self {
        Self {
            client: served.anonymous(),
            authorization: format!("Bearer {token}"),
        }
    }

    /// A program with a new token.
    fn with_scope(served: &Served, name: &str, scope: &str) -> Self {
        let made = make(&served.owner(), name, scope);
        assert_eq!(made.status, 201, "{}", made.text());
        Self::new(served, made.json()["token"].as_str().unwrap())
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let headers = [
            ("Authorization", &*self.authorization),
            ("Content-Type", "application/json"),
        ];
        let body = body.map(Value::to_string);
        self.client
            .ask(method, path, &headers, body.as_deref().map(str::as_bytes))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, Some(body))
    }
}

fn make(owner: &Client, name: &str, scope: &str) -> Answer {
    owner.post("/api/v1/tokens", &json!({ "name": name, "scope": scope }))
}

#[test]
fn a_token_is_shown_once_works_at_once_and_is_worthless_once_revoked() {
    let served = Served::new();
    let owner = served.owner();
    let made = make(&owner, "dashboard", "read").json();
    let (id, secret) = (
        made["id"].as_str().unwrap(),
        made["token"].as_str().unwrap(),
    );
    let program = Program::new(&served, secret);
    let session = program.get("/api/v1/session").json();
    let expect = json!({ "role": "staff", "token": "dashboard", "scope": "read" });
    assert_eq!(session, expect);

    let listed = owner.get("/api/v1/tokens");
    assert!(!listed.text().contains(secret));
    let listed = listed.json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["name"]),
        (&json!(id), &json!("dashboard"))
    );
    for file in fs::read_dir(served.folder.path()).unwrap() {
        let content = fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&content).contains(secret));
    }

    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(owner.say("DELETE", &path, &json!(null)).status, 204);
    let refused = program.get("/api/v1/session");
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (401, "Bearer")
    );
    assert_eq!(refused.error(), "the token is wrong or was revoked");
    assert_eq!(owner.say("DELETE", &path, &json!(null)).status, 404);
}

#[test]
fn the_owner_sees_when_a_token_was_last_used() {
    let served = Served::new();
    let owner = served.owner();
    let used = || owner.get("/api/v1/tokens").json()[0]["last_used"].clone();
    let program = Program::with_scope(&served, "till", "read");
    assert_eq!(used(), json!(null));
    program.get("/api/v1/visits");
    let today = jiff::Zoned::now().date().to_string();
    // It is stored while the request goes on.
    while used() != json!(today) {}
    let again = served.restarted();
    let stored = again.owner().get("/api/v1/tokens").json();
    assert_eq!(stored[0]["last_used"], json!(today), "after a restart");
}

#[test]
fn the_history_names_the_token_that_changed_something() {
    let served = Served::new();
    let program = Program::with_scope(&served, "tablet", "staff");
    let visit = served.unsure_visit();
    let path = format!("/api/v1/visits/{visit}");
    let confirmed = program.post(&format!("{path}/settle"), &json!({ "breed": "pug" }));
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(confirmed.json()["settled_by"], "token tablet");
    let history = program.get(&format!("{path}/history")).json();
    assert_eq!(history[0]["by"], "token tablet");
}

#[test]
fn a_token_to_read_shows_who_came_and_not_how_to_reach_anybody() {
    let served = Served::new();
    let staff = served.staff();
    let owner = json!({ "name": "Zoé Dupont", "phones": ["+33 6 12 34 56 78"] });
    let owner = staff.post("/api/v1/owners", &owner).json()["id"].clone();
    let animal = json!({
        "name": "Rex", "species": "dog", "breed": "pug", "contact": "+33 6 12 34 56 78",
        "notes": "Zoé's", "warnings": "bites", "owner_ids": [owner],
    });
    let id = staff.post("/api/v1/animals", &animal).json()["id"].clone();
    let today = jiff::Zoned::now().date();
    let expected = format!("/api/v1/expected/{today}/{id}");
    assert_eq!(staff.say("PUT", &expected, &json!(null)).status, 204);
    let visit = served.unsure_visit();
    let decision = json!({ "breed": "pug", "animal": id });
    staff.post(&format!("/api/v1/visits/{visit}/settle"), &decision);

    let program = Program::with_scope(&served, "screen", "read");
    let visits = program.get("/api/v1/visits").json();
    assert_eq!(visits[0]["animal"][1], "Rex");
    for list in ["/api/v1/expected", "/api/v1/in-house"] {
        let read = program.get(list).json();
        let shown = &read[0]["animal"];
        assert_eq!(
            (&shown["name"], &shown["warnings"]),
            (&json!("Rex"), &json!("bites")),
            "{list}"
        );
        let hidden = ["contact", "notes", "owners", "owner_ids"].map(|field| &shown[field]);
        let (nothing, nobody) = (json!(""), json!([]));
        assert_eq!(hidden, [&nothing, &nothing, &nobody, &nobody], "{list}");
        let known = staff.get(list).json();
        assert_eq!(known[0]["animal"]["notes"], "Zoé's", "{list}");
        assert_eq!(known[0]["animal"]["owners"][0]["name"], "Zoé Dupont");
    }
    for path in [
        "/api/v1/animals".to_owned(),
        "/api/v1/owners".to_owned(),
        format!("/api/v1/owners/{owner}"),
        format!("/api/v1/visits/{visit}/stay"),
        format!("/api/v1/animals/{id}"),
        format!("/api/v1/visits/{visit}/photograph"),
        format!("/api/v1/visits/{visit}/history"),
        "/api/v1/live/screen.png".to_owned(),
    ] {
        let refused = program.get(&path);
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.error().contains("may only read lists"), "{path}");
    }
}

#[test]
fn wrong_tokens_are_slowed_by_address_and_lock_nobody_else_out() {
    let served = Served::new();
    let right = Program::with_scope(&served, "till", "read");
    let ask = |token: &str| {
        let headers = [
            ("Authorization", token),
            ("X-Forwarded-For", "192.168.1.66"),
        ];
        served
            .anonymous()
            .ask("GET", "/api/v1/visits", &headers, None)
    };
    for wrong in ["Bearer kiosk_guessed", "bearer x", "Bearer kiosk_"] {
        assert_eq!(ask(wrong).status, 401, "{wrong}");
    }
    let slowed = ask("Bearer kiosk_another");
    assert_eq!((slowed.status, slowed.header("retry-after")), (429, "1"));
    assert_eq!(
        ask(&right.authorization).status,
        200,
        "it needs no guessing"
    );
    let login = json!({ "password": OWNER }).to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Forwarded-For", "192.168.1.66"),
    ];
    let client = served.anonymous();
    let person = client.ask("POST", "/api/v1/login", &headers, Some(login.as_bytes()));
    assert_eq!(person.status, 200, "a person at the same address");
    let metrics = served.anonymous().get("/metrics").text();
    assert!(
        metrics.contains("\nkiosk_wrong_tokens_total 4\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("\nkiosk_wrong_passwords_total 0\n"),
        "{metrics}"
    );
}

#[test]
fn a_token_opens_no_page_and_a_cookie_does_not_make_up_for_a_wrong_one() {
    let served = Served::new();
    let program = Program::with_scope(&served, "till", "staff");
    for page in ["/", "/today", "/settings", "/settings/programs"] {
        let answer = program.get(page);
        assert_eq!(answer.status, 303, "{page}");
        assert!(answer.header("location").starts_with("/login"), "{page}");
    }
    let wrong = [("Authorization", "Bearer kiosk_wrong")];
    let owner = served.owner();
    assert_eq!(owner.ask("GET", "/api/v1/visits", &wrong, None).status, 401);
    let other = [("Authorization", "Basic b3duZXI6eA==")];
    assert_eq!(owner.ask("GET", "/api/v1/visits", &other, None).status, 200);
}

#[test]
fn the_metrics_are_for_this_machine_for_people_and_for_tokens() {
    let served = Served::new();
    let program = Program::with_scope(&served, "prometheus", "read");
    let elsewhere = ("X-Forwarded-For", "192.168.1.9");
    let ask = |more: &[(&str, &str)]| {
        let headers: Vec<_> = more.iter().copied().chain([elsewhere]).collect();
        served
            .anonymous()
            .ask("GET", "/metrics", &headers, None)
            .status
    };
    assert_eq!(ask(&[]), 401);
    assert_eq!(ask(&[("Authorization", "Bearer kiosk_wrong")]), 401);
    assert_eq!(ask(&[("Authorization", &program.authorization)]), 200);
    assert_eq!(served.anonymous().get("/metrics").status, 200);
}

#[test]
fn the_metrics_tell_of_camera_display_disk_queues_and_answers() {
    let served = Served::new();
    served.unsure_visit();
    served.live.send_modify(|live| {
        let live = Arc::make_mut(live);
        live.has_camera = true;
        live.counts.answered(VerdictKind::Unsure);
        live.notices.push(Notice {
            part: Part::Display,
            message: Message::new("notice-tag-unknown").with("tag", "CH0042"),
        });
    });
    let text = served.anonymous().get("/metrics").text();
    for line in [
        "kiosk_camera_present 1",
        "kiosk_part_up{part=\"camera\"} 1",
        "kiosk_part_up{part=\"display\"} 0",
        "kiosk_notices{part=\"display\"} 1",
        "kiosk_answers_total 1",
        "kiosk_verdicts_total{verdict=\"unsure\"} 1",
        "kiosk_verdicts_total{verdict=\"breed\"} 0",
        "kiosk_undecided_visits 1",
        "kiosk_jobs{queue=\"catalogue\"} 0",
        "kiosk_webhook_waiting 0",
        "kiosk_commands_waiting 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let bytes = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap().trim().parse::<u64>().unwrap()
    };
    let (size, free) = (
        bytes("kiosk_disk_size_bytes"),
        bytes("kiosk_disk_free_bytes"),
    );
    assert!(free > 0 && free <= size, "{free} of {size}");
}

#[test]
fn tokens_are_the_owners_alone() {
    let served = Served::new();
    let owner = served.owner();
    let program = Program::with_scope(&served, "till", "staff");
    for answer in [
        make(&served.staff(), "mine", "staff"),
        program.post(
            "/api/v1/tokens",
            &json!({ "name": "more", "scope": "staff" }),
        ),
        program.get("/api/v1/tokens"),
        program.get("/api/v1/settings"),
        program.get("/api/v1/backup"),
    ] {
        assert_eq!(answer.error(), "only the owner may do this");
    }
    for (name, scope) in [
        ("till", "read"),
        ("", "read"),
        ("a\nb", "read"),
        ("x", "owner"),
    ] {
        let refused = make(&owner, name, scope);
        assert_eq!(refused.status, 422, "{name} {scope}");
        refused.error();
    }
    assert_eq!(
        owner.get("/api/v1/tokens").json().as_array().unwrap().len(),
        1
    );
}

#[test]
fn the_owner_makes_and_revokes_tokens_on_the_page() {
    let served = Served::new();
    let owner = served.owner();
    let form = |path: &str, body: &str| {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        owner.ask("POST", path, &headers, Some(body.as_bytes()))
    };
    let made = form("/settings/programs/tokens", "name=till&scope=staff");
    assert_eq!(made.status, 200);
    let html = made.text();
    let secret = html.split("value=\"kiosk_").nth(1).unwrap();
    let secret = format!("kiosk_{}", secret.split('"').next().unwrap());
    let program = Program::new(&served, &secret);
    assert_eq!(program.get("/api/v1/animals").status, 200);
    let page = owner.get("/settings/programs").text();
    assert!(page.contains("till") && !page.contains(&secret));
    let again = form("/settings/programs/tokens", "name=till&scope=staff");
    assert_eq!(again.status, 422);

    let id = owner.get("/api/v1/tokens").json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let revoked = form("/settings/programs/revoke", &format!("id={id}"));
    assert_eq!(revoked.status, 303);
    assert_eq!(program.get("/api/v1/animals").status, 401);
}

#[test]
fn a_damaged_file_is_explained_in_the_language_of_the_reader() {
    let served = Served::new();
    let owner = served.owner();
    let write = |name: &str, content: &str| {
        fs::write(served.folder.path().join(name), content).unwrap();
    };
    write("tokens.toml", "token = 7");
    write("webhook.toml", "target = 7");
    for (language, is_damaged) in [("en", "is damaged ("), ("fr", "est endommagé (")] {
        let headers = [("Accept-Language", language)];
        for (path, names) in [
            ("/settings/programs", &["tokens.toml", "webhook.toml"][..]),
            ("/status", &["webhook.toml"]),
        ] {
            let html = owner.ask("GET", path, &headers, None).text();
            for name in names {
                let says = format!("{name} {is_damaged}");
                assert!(html.contains(&says), "{path}: {says}: {html}");
            }
        }
    }
}

#[test]
fn a_token_has_few_streams_of_events_at_a_time() {
    let served = Served::new();
    let one = Program::with_scope(&served, "dashboard", "read");
    let other = Program::with_scope(&served, "till", "read");
    let follow = |program: &Program| {
        let url = format!("{}/api/v1/live/events", program.client.base);
        let request = program.client.agent.get(url);
        let answer = request.header("Authorization", &*program.authorization);
        answer.call().unwrap()
    };
    let streams: Vec<_> = (0..8).map(|_| follow(&one)).collect();
    assert!(streams.iter().all(|stream| stream.status() == 200));
    let refused = one.get("/api/v1/live/events");
    assert_eq!(refused.status, 429);
    let error = refused.error();
    assert!(error.contains("8 streams of events already"), "{error}");
    assert_eq!(follow(&other).status(), 200);

    drop(streams);
    let start = Instant::now();
    while follow(&one).status() != 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "they are closed");
    }
}
