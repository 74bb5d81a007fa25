//! The API for what came too late, was wrong, or was there twice.

use std::sync::Arc;

use desk::kiosk::{Arrival, Command, Live};
use serde_json::{Value, json};

use crate::{Client, Served};

fn get(client: &Client, path: &str) -> Value {
    let answer = client.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

#[test]
fn a_decision_for_another_revision_is_refused_with_the_visit_as_it_is() {
    let served = Served::new();
    let (ana, bo) = (served.staff(), served.owner());
    let [visit, other] = [0, 1].map(|_| served.unsure_visit().0);
    let settle = format!("/api/v1/visits/{visit}/settle");
    let confirmed = ana.post(&settle, &json!({"breed": "pug", "revision": 0}));
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(confirmed.json()["revision"], 1);
    assert_eq!(confirmed.json()["state"], "confirmed");

    let both = [
        json!({"id": other, "revision": 0}),
        json!({"id": visit, "revision": 0}),
    ];
    for (method, path, body) in [
        (
            "POST",
            settle.clone(),
            json!({"breed": "beagle", "revision": 0}),
        ),
        (
            "POST",
            "/api/v1/visits/settle".to_owned(),
            json!({"visits": both, "breed": "beagle"}),
        ),
        (
            "POST",
            format!("/api/v1/visits/{visit}/undo?revision=0"),
            json!(null),
        ),
        (
            "DELETE",
            format!("/api/v1/visits/{visit}/animal?revision=0"),
            json!(null),
        ),
        (
            "DELETE",
            format!("/api/v1/visits/{visit}?revision=0"),
            json!(null),
        ),
        (
            "POST",
            format!("/api/v1/visits/{visit}/no-animal?revision=0"),
            json!(null),
        ),
    ] {
        let late = bo.say(method, &path, &body);
        assert_eq!(late.status, 409, "{method} {path}: {}", late.text());
        assert!(late.error().contains("has changed"), "{}", late.text());
        assert_eq!(late.json()["visit"], confirmed.json(), "{path}");
        assert_eq!(
            get(&bo, &format!("/api/v1/visits/{visit}")),
            confirmed.json()
        );
    }
    assert_eq!(
        get(&bo, &format!("/api/v1/visits/{other}"))["state"],
        "unconfirmed"
    );
    let mixed = json!({"visits": [other, {"id": visit, "revision": 1}], "breed": "beagle"});
    let corrected = bo.post("/api/v1/visits/settle", &mixed);
    assert_eq!(corrected.json(), json!({"settled": 2}));
    // Errors about anything else have no visit.
    assert!(bo.get("/api/v1/visits/999").json().get("visit").is_none());
}

#[test]
fn decisions_are_undone_guests_taken_off_and_visits_deleted() {
    let served = Served::new();
    let staff = served.staff();
    let visit = served.unsure_visit();
    served.live.send_replace(Arc::new(Live {
        arrival: Arrival {
            id: 1,
            visit: Some(visit),
            ..Arrival::default()
        },
        ..Live::default()
    }));
    let is_told = || matches!(served.commands.recv(), Ok(Command::Confirmed(id)) if id == visit);
    let path = format!("/api/v1/visits/{visit}");
    let never = staff.post(&format!("{path}/undo"), &json!(null));
    assert_eq!(never.status, 422, "{}", never.text());
    assert!(never.error().contains("no decision"));
    let nobody = staff.say("DELETE", &format!("{path}/animal"), &json!(null));
    assert_eq!(nobody.status, 422);
    nobody.error();

    let rex = json!({"name": "Rex", "species": "dog", "breed": "pug"});
    let rex = staff.post("/api/v1/animals", &rex).json()["id"].clone();
    staff.post(
        &format!("{path}/settle"),
        &json!({"breed": "pug", "animal": rex}),
    );
    assert!(is_told());
    let taken = staff.say("DELETE", &format!("{path}/animal?revision=1"), &json!(null));
    assert_eq!(taken.json()["animal"], json!(null));
    assert_eq!(taken.json()["said"], "pug");
    assert!(is_told());
    let undone = staff.post(&format!("{path}/undo?revision=2"), &json!(null));
    assert_eq!(undone.json()["animal"][1], "Rex");
    assert!(is_told());
    assert_eq!(get(&staff, &format!("/api/v1/animals/{rex}"))["visits"], 1);

    let health = get(&staff, "/api/v1/health");
    assert_eq!(health["totals"]["unconfirmed"], 0);
    let gone = staff.post(
        &format!("{path}/no-animal?revision=3&keep_photograph=true"),
        &json!(null),
    );
    assert_eq!(gone.status, 204, "{}", gone.text());
    assert!(is_told());
    assert_eq!(staff.get(&path).status, 404);
    assert_eq!(staff.say("DELETE", &path, &json!(null)).status, 404);
    let history = get(&staff, &format!("{path}/history"));
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["field"], &last["by"]),
        (&json!("deleted"), &json!("staff"))
    );
    assert_eq!(get(&staff, &format!("/api/v1/animals/{rex}"))["visits"], 0);
    assert!(served.folder.path().join("training/no_animal").is_dir());
}

#[test]
fn animals_that_are_there_twice_are_pointed_out_merged_and_split() {
    let served = Served::new();
    let staff = served.staff();
    let add = |name: &str, tag: &str| {
        let animal = json!({"name": name, "species": "dog", "breed": "pug", "tag": tag});
        let added = staff.post("/api/v1/animals", &animal);
        assert_eq!(added.status, 201, "{}", added.text());
        added.json()
    };
    let zoe = add("Zoé", "CH-1");
    assert_eq!(zoe["duplicates"], json!([]));
    let twin = add("ZOE", "");
    assert_eq!(twin["duplicates"][0]["id"], zoe["id"]);
    let (path, other) = (format!("/api/v1/animals/{}", twin["id"]), &zoe["id"]);
    let duplicates = get(&staff, &format!("{path}/duplicates"));
    assert_eq!(duplicates[0]["id"], *other);

    for (name, body, status) in [
        ("merge", json!({"animal": twin["id"]}), 422),
        ("merge", json!({"animal": 999}), 404),
        ("merge", json!({}), 422),
        ("split", json!({"animal": other}), 422),
    ] {
        let refused = staff.post(&format!("{path}/{name}"), &body);
        assert_eq!(refused.status, status, "{name} {body}: {}", refused.text());
        refused.error();
    }
    let merged = staff.post(&format!("{path}/merge"), &json!({"animal": other}));
    assert_eq!(merged.json()["tag"], "CH-1", "{}", merged.text());
    let gone = staff.get(&format!("/api/v1/animals/{other}"));
    assert_eq!(
        (gone.status, &gone.json()["merged_into"]),
        (404, &twin["id"])
    );
    assert!(gone.error().contains("was merged into"), "{}", gone.text());
    let nobody = staff.get("/api/v1/animals/999");
    assert_eq!(
        (nobody.status, &nobody.json()["merged_into"]),
        (404, &json!(null))
    );
    let parts = get(&staff, &format!("{path}/merged"));
    assert_eq!((&parts[0]["id"], &parts[0]["name"]), (other, &json!("Zoé")));
    let again = staff.post(&format!("{path}/merge"), &json!({"animal": other}));
    assert_eq!(again.status, 404, "it is gone");

    let back = staff.post(&format!("{path}/split"), &json!({"animal": other}));
    assert_eq!(
        (&back.json()["id"], &back.json()["tag"]),
        (other, &json!("CH-1"))
    );
    assert_eq!(get(&staff, &path)["tag"], json!(null));
    assert_eq!(get(&staff, &format!("{path}/merged")), json!([]));
}
