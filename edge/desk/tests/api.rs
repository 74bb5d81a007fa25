//! The JSON API: whatever the page can do, programs can do.

use std::thread;

use catalogue::{AnimalFields, Catalogue};
use desk::kiosk::{Arrival, Command, Live};
use recognise::metadata::Species;
use serde_json::{Value, json};

use crate::{OWNER, Served};

/// A beagle.
pub(crate) fn animal(name: &str) -> Value {
    json!({"name": name, "species": "dog", "breed": "beagle"})
}

#[test]
fn what_staff_decide_about_a_visit_is_on_disk_and_on_the_screen() {
    let served = Served::new();
    let staff = served.staff();
    let id = served.unsure_visit();
    let arrival = Arrival {
        id: 1,
        visit: Some(id),
        ..Arrival::default()
    };
    served.live.send_replace(
        Live {
            arrival,
            ..Live::default()
        }
        .into(),
    );
    let queue = staff.get("/api/v1/visits/needs-call").json();
    assert_eq!(queue[0]["id"], id.0);

    let path = format!("/api/v1/visits/{id}/settle");
    let confirmed = staff.post(&path, &json!({"breed": "pug"}));
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(confirmed.json()["said"], "pug");
    let command = served.commands.recv().unwrap();
    assert!(
        matches!(command, Command::Confirmed(visit) if visit == id),
        "{command:?}"
    );
    assert_eq!(staff.get("/api/v1/visits/needs-call").json(), json!([]));
    assert_eq!(staff.get("/api/v1/visits").json()[0]["breed"], "pug");

    // Another breed after all: the former decision stays on record.
    staff.post(&path, &json!({"breed": "beagle"}));
    let history = staff.get(&format!("/api/v1/visits/{id}/history")).json();
    let said = |change: &Value| change["field"] == "said" && change["after"] == "beagle";
    let change = history
        .as_array()
        .unwrap()
        .iter()
        .find(|change| said(change));
    let change = change.unwrap_or_else(|| panic!("{history}"));
    assert_eq!(
        (&change["before"], &change["by"]),
        (&json!("pug"), &json!("staff"))
    );

    let another = Catalogue::open(served.folder.path()).unwrap();
    assert_eq!(
        another.visit(id).unwrap().confirmed_breed.as_deref(),
        Some("beagle")
    );
}

#[test]
fn the_kiosk_learns_from_decisions_about_earlier_visits() {
    let served = Served::new();
    let staff = served.staff();
    let id = served.unsure_visit();
    let path = format!("/api/v1/visits/{id}/settle");
    let settled = staff.post(&path, &json!({"breed": "pug"}));
    assert_eq!(settled.status, 200, "{}", settled.text());
    assert!(matches!(served.commands.recv(), Ok(Command::Taught)));
}

#[test]
fn a_visit_and_an_animal_can_be_of_any_breed() {
    let served = Served::new();
    let staff = served.staff();
    let id = served.unsure_visit();
    let path = format!("/api/v1/visits/{id}/settle");
    let check = |decision: Value, expect: (u16, Value, Value)| {
        let answer = staff.post(&path, &decision);
        let visit = staff.get(&format!("/api/v1/visits/{id}")).json();
        let said = (
            answer.status,
            visit["said"].clone(),
            visit["breed_name"].clone(),
        );
        assert_eq!(said, expect, "{decision}: {}", answer.text());
    };
    let labrador = json!("labrador_retriever");
    check(
        json!({"breed": labrador}),
        (200, labrador.clone(), Value::Null),
    );
    // Any of its names stands for it.
    for name in [
        "Labrador",
        "lab",
        "LABRADOR RETRIEVER",
        "Retriever du Labrador",
    ] {
        check(json!({"breed": "pug"}), (200, json!("pug"), Value::Null));
        check(json!({"breed": name}), (200, labrador.clone(), Value::Null));
        let mut fields = animal("Rex");
        fields["breed"] = json!(name);
        let added = staff.post("/api/v1/animals", &fields).json();
        assert_eq!(added["breed"], labrador, "{name}");
    }
    let other = json!({"breed": "Autre race ou croisement"});
    check(other, (200, json!("other"), Value::Null));
    check(
        json!({"breed": "lab"}),
        (200, labrador.clone(), Value::Null),
    );
    let long = "x".repeat(101);
    for refused in [
        json!({"breed": "unicorn"}),
        json!({"breed": "labradro"}),
        json!({"breed": "pug", "breed_name": "Griffon"}),
        json!({"breed": "other", "breed_name": "two\nlines"}),
        json!({"breed": "other", "breed_name": long}),
    ] {
        check(refused, (422, labrador.clone(), Value::Null));
    }
    let named = json!({"breed": "other", "breed_name": " Griffon "});
    check(named, (200, json!("other"), json!("Griffon")));
    let renamed = json!({"breed": "other", "breed_name": "Griffon and Spitz"});
    check(renamed, (200, json!("other"), json!("Griffon and Spitz")));
    check(json!({"breed": "pug"}), (200, json!("pug"), Value::Null));
    let history = staff.get(&format!("/api/v1/visits/{id}/history")).json();
    let history = history.to_string();
    assert!(
        history.contains("said_name") && history.contains("Griffon and Spitz"),
        "{history}"
    );

    let mut fields = animal("Rex");
    fields["breed"] = json!("other");
    fields["breed_name"] = json!("Griffon");
    let added = staff.post("/api/v1/animals", &fields).json();
    assert_eq!(added["breed_name"], "Griffon");
    assert_eq!(
        staff.get("/api/v1/animals?query=grifon").json()[0]["id"],
        added["id"]
    );
    fields["breed"] = json!("pug");
    let path = format!("/api/v1/animals/{}", added["id"]);
    assert_eq!(
        staff.say("PUT", &path, &fields).status,
        422,
        "a pug is no Griffon"
    );
}

#[test]
fn many_visits_are_corrected_all_or_none() {
    let served = Served::new();
    let staff = served.staff();
    let ids: Vec<i64> = (0..3).map(|_| served.unsure_visit().0).collect();
    let mut with_unknown = ids.clone();
    with_unknown.push(999);
    let path = "/api/v1/visits/settle";
    let refused = staff.post(path, &json!({"visits": with_unknown, "breed": "pug"}));
    assert_eq!(refused.status, 404, "{}", refused.text());
    assert_eq!(
        staff
            .get("/api/v1/visits/needs-call")
            .json()
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let confirmed = staff.post(path, &json!({"visits": ids, "breed": "pug"}));
    assert_eq!(confirmed.json(), json!({"settled": 3}));
    assert_eq!(staff.get("/api/v1/visits/needs-call").json(), json!([]));
}

#[test]
fn an_animal_is_added_found_changed_expected_and_forgotten() {
    let served = Served::new();
    let (staff, owner) = (served.staff(), served.owner());
    let added = staff.post("/api/v1/animals", &animal("Médor"));
    assert_eq!(added.status, 201, "{}", added.text());
    let id = added.json()["id"].as_i64().unwrap();
    let path = format!("/api/v1/animals/{id}");
    assert_eq!(staff.get("/api/v1/animals?query=med").json()[0]["id"], id);

    let mut fields = animal("Médor");
    fields["warnings"] = json!("bites postmen");
    fields["tag"] = json!("ch 0042");
    assert_eq!(staff.say("PUT", &path, &fields).status, 200);
    assert_eq!(staff.get(&path).json()["warnings"], "bites postmen");
    assert_eq!(staff.get(&path).json()["tag"], "CH0042");
    assert_eq!(staff.get("/api/v1/animals?query=ch00").json()[0]["id"], id);
    let twin = staff.post("/api/v1/animals", &fields);
    assert_eq!(twin.status, 422, "a tag is one animal's alone");
    assert!(
        twin.text().contains("Médor has it already"),
        "{}",
        twin.text()
    );
    let history = staff.get(&format!("{path}/history")).json().to_string();
    assert!(history.contains("bites postmen"), "{history}");
    assert_eq!(staff.get(&format!("{path}/visits")).json(), json!([]));

    let expected = format!("/api/v1/expected/2026-03-04/{id}");
    assert_eq!(staff.say("PUT", &expected, &json!(null)).status, 204);
    let day = "/api/v1/expected?day=2026-03-04";
    assert_eq!(staff.get(day).json()[0]["animal"]["name"], "Médor");
    assert_eq!(staff.say("DELETE", &expected, &json!(null)).status, 204);
    assert_eq!(staff.get(day).json(), json!([]));

    assert_eq!(owner.say("DELETE", &path, &json!(null)).status, 204);
    assert_eq!(staff.get(&path).status, 404);
}

#[test]
fn the_owner_changes_the_settings() {
    let served = Served::new();
    let owner = served.owner();
    let mut settings = owner.get("/api/v1/settings").json();
    settings["name"] = json!("Happy Paws");
    settings["keep_days"] = json!(30);
    settings["contact_months"] = json!(24);
    let changed = owner.say("PUT", "/api/v1/settings", &settings);
    assert_eq!(changed.json(), settings);
    assert_eq!(served.catalogue.settings().unwrap().keep_days, 30);
    settings["keep_days"] = json!(0);
    let refused = owner.say("PUT", "/api/v1/settings", &settings);
    assert_eq!(refused.status, 422);
    assert_eq!(served.catalogue.settings().unwrap().keep_days, 30);
}

#[test]
fn absurd_input_gives_a_clear_line_and_changes_nothing() {
    let served = Served::new();
    let owner = served.owner();
    let visit = served.unsure_visit();
    let confirm = format!("/api/v1/visits/{visit}/settle");
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let huge = animal(&"x".repeat(1 << 20)).to_string();
    let long = animal(&"x".repeat(101)).to_string();
    let wide = json!({"visits": vec![1; 1001], "breed": "pug"}).to_string();
    for (method, path, body, expect) in [
        ("POST", "/api/v1/animals", &*huge, 413),
        ("POST", "/api/v1/animals", &long, 422),
        (
            "POST",
            "/api/v1/animals",
            "{\"name\": \"\", \"species\": \"dog\", \"breed\": \"pug\"}",
            422,
        ),
        (
            "POST",
            "/api/v1/animals",
            "{\"name\": \"Rex\", \"species\": \"fish\", \"breed\": \"pug\"}",
            422,
        ),
        ("POST", "/api/v1/animals", "{\"name\": 7}", 422),
        (
            "POST",
            "/api/v1/animals",
            "{\"name\": \"Rex\", \"species\": \"dog\", \"breed\": \"pug\", \"vaccinated_until\": \"9999-01-01\"}",
            422,
        ),
        (
            "POST",
            "/api/v1/animals",
            "{\"name\": \"Rex\", \"species\": \"dog\", \"breed\": \"pug\", \"vaccinated_until\": \"2026-02-30\"}",
            422,
        ),
        ("POST", "/api/v1/animals", &deep, 422),
        ("POST", "/api/v1/animals", "not json", 400),
        ("POST", "/api/v1/animals", "", 400),
        (
            "PUT",
            "/api/v1/animals/999",
            "{\"name\": \"Rex\", \"species\": \"dog\", \"breed\": \"pug\"}",
            404,
        ),
        ("DELETE", "/api/v1/animals/999", "", 404),
        ("POST", &confirm, "{\"breed\": \"unicorn\"}", 422),
        (
            "POST",
            &confirm,
            "{\"breed\": \"pug\", \"animal\": 999}",
            404,
        ),
        ("POST", &confirm, "{\"breed\": [\"pug\"]}", 422),
        (
            "POST",
            "/api/v1/visits/999/settle",
            "{\"breed\": \"pug\"}",
            404,
        ),
        ("POST", "/api/v1/visits/settle", &wide, 422),
        ("POST", "/api/v1/press/explode", "", 400),
        ("PUT", "/api/v1/expected/2026-01-01/999", "", 404),
        ("PUT", "/api/v1/expected/0001-01-01/1", "", 422),
        ("PUT", "/api/v1/expected/tomorrow/1", "", 400),
        ("GET", "/api/v1/visits/999", "", 404),
        ("GET", "/api/v1/visits/-1", "", 404),
        ("GET", "/api/v1/visits/99999999999999999999", "", 400),
        ("GET", "/api/v1/visits/one", "", 400),
        ("GET", "/api/v1/visits/999/history", "", 404),
        ("GET", "/api/v1/visits/999/photograph", "", 404),
        ("GET", "/api/v1/visits/999/suggestions?breed=pug", "", 404),
        ("GET", "/api/v1/visits?day=0001-01-01", "", 422),
        ("GET", "/api/v1/visits?day=2026-13-45", "", 400),
        ("GET", "/api/v1/animals?limit=-1", "", 400),
        (
            "GET",
            "/api/v1/animals?offset=18446744073709551615",
            "",
            422,
        ),
        ("GET", "/api/v1/owners?offset=18446744073709551615", "", 422),
        ("GET", "/api/v1/animals/999/visits", "", 404),
        ("GET", "/api/v1/nothing", "", 404),
        ("PATCH", "/api/v1/animals", "", 405),
    ] {
        let headers = [("Content-Type", "application/json")];
        let body = (method != "GET").then_some(body.as_bytes());
        let answer = owner.ask(method, path, &headers, body);
        assert_eq!(answer.status, expect, "{method} {path}: {}", answer.text());
        answer.error();
    }
    for query in [
        "%00",
        "%22%22*(",
        "a%20OR%20b*%20NEAR",
        "%F0%9F%90%95",
        &"x".repeat(900),
    ] {
        let answer = owner.get(&format!("/api/v1/animals?query={query}"));
        assert_eq!((answer.status, answer.json()), (200, json!([])), "{query}");
    }
    assert_eq!(served.catalogue.totals().unwrap().animals, 0);
    assert_eq!(served.catalogue.visit(visit).unwrap().confirmed_breed, None);
}

#[test]
fn ninety_at_once_are_all_answered() {
    // One session may have 32 connections, and one address 64 beside them.
    let served = Served::new();
    let staff = served.staff();
    served.unsure_visit();
    let threads: Vec<_> = (0..90)
        .map(|n| {
            let staff = staff.clone();
            thread::spawn(move || {
                let path = ["/api/v1/visits", "/api/v1/animals", "/api/v1/live", "/"][n % 4];
                staff.get(path).status
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 200);
    }
    served.anonymous().logged_in(OWNER);
}

#[test]
fn a_breed_of_a_former_network_stays_even_if_another_one_has_that_name() {
    let served = Served::new();
    let staff = served.staff();
    let fields = AnimalFields::new("Rex", Species::Dog, "lab");
    let rex = served.catalogue.add_animal(&fields, "staff").unwrap();
    let path = format!("/api/v1/animals/{rex}");
    let read = staff.get(&path).json();
    assert_eq!(read["breed"], "lab");
    let put = staff.say("PUT", &path, &read);
    assert_eq!((put.status, put.json()), (200, read));
}
