//! Stays, owners, bookings, imports and reports by the JSON API.

use catalogue::VisitId;
use serde_json::{Value, json};

use crate::{Client, Served};

fn adds(client: &Client, name: &str) -> i64 {
    let animal = json!({"name": name, "species": "dog", "breed": "pug", "warnings": "bites"});
    let added = client.post("/api/v1/animals", &animal);
    assert_eq!(added.status, 201, "{}", added.text());
    added.json()["id"].as_i64().unwrap()
}

/// A visit of the animal, confirmed.
fn comes(served: &Served, client: &Client, animal: i64) -> VisitId {
    let visit = served.unsure_visit();
    let decision = json!({"breed": "pug", "animal": animal});
    let confirmed = client.post(&format!("/api/v1/visits/{visit}/settle"), &decision);
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    visit
}

#[test]
fn who_came_is_in_the_house_until_it_is_checked_out() {
    let served = Served::new();
    let staff = served.staff();
    let rex = adds(&staff, "Rex");
    assert_eq!(staff.get("/api/v1/in-house").json(), json!([]));
    let visit = comes(&served, &staff, rex);
    let notes = json!({"belongings": "a blanket", "run": "Box 3"});
    let stay = format!("/api/v1/visits/{visit}/stay");
    assert_eq!(staff.say("PUT", &stay, &notes).status, 200);

    let house = staff.get("/api/v1/in-house").json();
    let guest = &house[0];
    assert_eq!(guest["animal"]["name"], "Rex");
    assert_eq!(guest["animal"]["warnings"], "bites");
    let about = (
        &guest["run"],
        &guest["forgotten"],
        &guest["in_house"],
        &guest["visit"],
    );
    assert_eq!(
        about,
        (
            &json!("Box 3"),
            &json!(false),
            &json!(true),
            &json!(visit.0)
        )
    );
    let since = staff.get(&format!("/api/v1/visits/{visit}")).json()["at"].clone();
    assert_eq!(guest["since"], since);

    let out = format!("/api/v1/animals/{rex}/check-out");
    for (body, expect) in [
        (json!({"visit": 999}), 404),
        (json!({"left_at": "2020-01-01T08:00:00Z"}), 422),
        (json!({"left_at": "9999-01-01T08:00:00Z"}), 422),
        (json!({"left": "now"}), 422),
        (json!({"visit": visit.0}), 200),
        (json!(null), 409),
    ] {
        let answer = staff.post(&out, &body);
        assert_eq!(answer.status, expect, "{body}: {}", answer.text());
    }
    assert_eq!(staff.get("/api/v1/in-house").json(), json!([]));
    let gone = staff.get(&stay).json();
    assert_eq!(
        (&gone["in_house"], &gone["run"]),
        (&json!(false), &json!("Box 3"))
    );
    assert_eq!(gone["checked_out_by"], "staff");

    let back = staff.ask("DELETE", &out, &[], None);
    assert_eq!(
        (back.status, back.json()["in_house"].clone()),
        (200, json!(true))
    );
    assert_eq!(staff.ask("DELETE", &out, &[], None).status, 409);
    // Without a body, it left now.
    assert_eq!(staff.ask("POST", &out, &[], None).status, 200);
    let all = staff.ask("POST", "/api/v1/in-house/forgotten/check-out", &[], None);
    assert_eq!(all.json(), json!({"checked_out": 0}));
    assert_eq!(
        staff
            .post("/api/v1/animals/999/check-out", &json!({}))
            .status,
        404
    );
}

#[test]
fn undoing_a_check_out_twice_opens_no_older_stay() {
    let served = Served::new();
    let staff = served.staff();
    let rex = adds(&staff, "Rex");
    let out = format!("/api/v1/animals/{rex}/check-out");
    let visits = [(); 2].map(|()| {
        let visit = comes(&served, &staff, rex);
        assert_eq!(staff.ask("POST", &out, &[], None).status, 200);
        visit
    });
    let undo = |query: &str| staff.ask("DELETE", &format!("{out}{query}"), &[], None);
    let [first, second] = visits.map(|visit| format!("?visit={visit}"));
    for (query, expect) in [
        (&*first, 409),
        ("?visit=999", 404),
        ("?visit=x", 400),
        (&*second, 200),
        (&*second, 409),
        ("", 409),
    ] {
        let undone = undo(query);
        assert_eq!(undone.status, expect, "{query}: {}", undone.text());
    }
    let stay = staff.get(&format!("/api/v1/visits/{}/stay", visits[0]));
    assert_eq!(stay.json()["in_house"], json!(false));
}

#[test]
fn a_check_out_is_not_undone_once_the_guest_is_back() {
    let served = Served::new();
    let staff = served.staff();
    let rex = adds(&staff, "Rex");
    let out = format!("/api/v1/animals/{rex}/check-out");
    let gone = comes(&served, &staff, rex);
    assert_eq!(staff.ask("POST", &out, &[], None).status, 200);
    let back = comes(&served, &staff, rex);
    let undone = staff.ask("DELETE", &format!("{out}?visit={gone}"), &[], None);
    assert_eq!(undone.status, 409, "{}", undone.text());
    undone.error();
    for (visit, is_open) in [(gone, false), (back, true)] {
        let stay = staff.get(&format!("/api/v1/visits/{visit}/stay"));
        assert_eq!(stay.json()["in_house"], json!(is_open), "{visit}");
    }
}

#[test]
fn programs_that_know_less_than_the_catalogue_change_only_what_they_know() {
    let served = Served::new();
    let staff = served.staff();
    let owner = json!({"name": "Anna Dupont", "phones": ["079 123 45 67"]});
    let owner = staff.post("/api/v1/owners", &owner).json()["id"].clone();
    let rabies = json!({"name": "Rabies", "given": "2026-05-01", "valid_until": "2029-04-30"});
    let full = json!({
        "name": "Rex", "species": "dog", "breed": "pug", "feeding": "twice", "medication": "none",
        "vaccinations": [rabies], "owner_ids": [owner],
    });
    let added = staff.post("/api/v1/animals", &full).json();
    assert_eq!(added["vaccinated_until"], "2029-04-30");
    assert_eq!(added["owners"][0]["phones"][0], "079 123 45 67");
    let path = format!("/api/v1/animals/{}", added["id"]);

    // A program of before: it reads what it knows, and writes that back.
    let old = |vaccinated_until: &str| {
        let fields = json!({"name": "Rex", "species": "dog", "breed": "pug", "notes": "new",
                            "vaccinated_until": vaccinated_until});
        staff.say("PUT", &path, &fields)
    };
    let kept = old("2029-04-30").json();
    assert_eq!(
        (&kept["feeding"], &kept["notes"]),
        (&json!("twice"), &json!("new"))
    );
    assert_eq!(
        (&kept["vaccinations"], &kept["owner_ids"]),
        (&json!([rabies]), &json!([owner]))
    );
    let renewed = old("2030-04-30").json();
    let expected = json!([{"name": "Rabies", "given": null, "valid_until": "2030-04-30"}]);
    assert_eq!(renewed["vaccinations"], expected);

    // One that echoes the rest, too.
    let mut echoed = renewed.clone();
    echoed["vaccinated_until"] = json!("2031-04-30");
    let changed = staff.say("PUT", &path, &echoed).json();
    assert_eq!(changed["vaccinations"][0]["valid_until"], "2031-04-30");

    // Of several vaccinations, nobody guesses which one is meant.
    let mut several = changed.clone();
    several["vaccinations"] = json!([rabies, {"name": "Cough", "valid_until": "2027-01-01"}]);
    let several = staff.say("PUT", &path, &several).json();
    assert_eq!(several["vaccinated_until"], "2027-01-01");
    let refused = old("2028-01-01");
    assert_eq!(refused.status, 422);
    assert!(
        refused.error().contains("vaccinations"),
        "{}",
        refused.text()
    );
    assert_eq!(staff.get(&path).json()["vaccinated_until"], "2027-01-01");
    let mut none = several.clone();
    none["vaccinations"] = json!([]);
    let none = staff.say("PUT", &path, &none).json();
    assert_eq!(
        (&none["vaccinations"], &none["vaccinated_until"]),
        (&json!([]), &Value::Null)
    );
}

#[test]
fn owners_are_added_found_changed_and_erased() {
    let served = Served::new();
    let (staff, owner) = (served.staff(), served.owner());
    let anna = json!({"name": "Anna Dupont", "phones": ["+41 79 123 45 67"], "email": "a@b.ch"});
    let added = staff.post("/api/v1/owners", &anna);
    assert_eq!(added.status, 201, "{}", added.text());
    let path = format!("/api/v1/owners/{}", added.json()["id"]);
    for query in ["dupont", "0791234567"] {
        let found = staff.get(&format!("/api/v1/owners?query={query}")).json();
        assert_eq!(found[0]["name"], "Anna Dupont", "{query}");
    }
    let changed = json!({"name": "Anna Leroy"});
    assert_eq!(
        staff.say("PUT", &path, &changed).json()["phones"],
        json!([])
    );
    let animal = json!({"name": "Rex", "species": "dog", "breed": "pug",
                        "owner_ids": [added.json()["id"]]});
    let rex = staff.post("/api/v1/animals", &animal).json();
    assert_eq!(
        staff.get(&format!("{path}/animals")).json()[0]["id"],
        rex["id"]
    );
    assert_eq!(
        staff.get("/api/v1/animals?query=leroy").json()[0]["id"],
        rex["id"]
    );
    let history = staff.get(&format!("{path}/history")).json().to_string();
    assert!(history.contains("Anna Leroy"), "{history}");

    let null = json!(null);
    assert_eq!(
        staff.say("DELETE", &path, &null).status,
        403,
        "the daycare's owner alone"
    );
    assert_eq!(owner.say("DELETE", &path, &null).status, 204);
    assert_eq!(staff.get(&path).status, 404);
    assert_eq!(
        staff.get(&format!("/api/v1/animals/{}", rex["id"])).json()["owners"],
        json!([])
    );
    let unknown = json!({"name": "Rex", "species": "dog", "breed": "pug", "owner_ids": [999]});
    assert_eq!(staff.post("/api/v1/animals", &unknown).status, 404);
    assert_eq!(
        staff.post("/api/v1/owners", &json!({"name": ""})).status,
        422
    );
    let csv = owner.get("/api/v1/export/owners.csv");
    assert_eq!((csv.status, csv.text().lines().count()), (200, 1));
    assert_eq!(staff.get("/api/v1/export/owners.csv").status, 403);
}

#[test]
fn bookings_make_expected_days_and_can_be_imported() {
    let served = Served::new();
    let staff = served.staff();
    let rex = adds(&staff, "Rex");
    let bookings = format!("/api/v1/animals/{rex}/bookings");
    let mondays = json!({"weekdays": ["MO"], "from": "2026-05-04", "exceptions": ["2026-05-11"]});
    let booked = staff.post(&bookings, &mondays);
    assert_eq!(booked.status, 201, "{}", booked.text());
    let on = |day: &str| staff.get(&format!("/api/v1/expected?day={day}")).json();
    assert_eq!(on("2026-05-04")[0]["recurring"], true);
    assert_eq!(on("2026-05-11"), json!([]));
    let drop = format!("/api/v1/expected/2026-05-18/{rex}");
    assert_eq!(staff.say("DELETE", &drop, &json!(null)).status, 204);
    assert_eq!(on("2026-05-18"), json!([]));
    assert_eq!(
        staff.get(&bookings).json()[0]["exceptions"],
        json!(["2026-05-11", "2026-05-18"])
    );
    for wrong in [
        json!({"weekdays": [], "from": "2026-05-04"}),
        json!({"weekdays": ["XX"], "from": "2026-05-04"}),
        json!({"weekdays": ["MO"], "from": "9999-05-04"}),
        json!({"weekdays": ["MO"], "from": "2026-05-04", "until": "2026-05-01"}),
        json!({"weekdays": ["MO"], "from": "2026-05-04", "every": 0}),
    ] {
        let refused = staff.post(&bookings, &wrong);
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.text());
        refused.error();
    }
    let id = staff.get(&bookings).json()[0]["id"].clone();
    let booking = format!("/api/v1/bookings/{id}");
    assert_eq!(staff.say("DELETE", &booking, &json!(null)).status, 204);
    assert_eq!(staff.say("DELETE", &booking, &json!(null)).status, 404);

    let send = |path: &str, table: &[u8]| {
        staff.ask("POST", path, &[("Content-Type", "text/csv")], Some(table))
    };
    let table = b"name,day\nRex,2026-06-01\nNobody,2026-06-01\n";
    let preview = send("/api/v1/expected/import", table).json();
    assert_eq!(
        (&preview["written"], &preview["planned"][0]["animal"]),
        (&Value::Null, &json!(rex))
    );
    assert_eq!(preview["refused"][0]["line"], 3);
    assert_eq!(on("2026-06-01"), json!([]), "a preview writes nothing");
    let written = send("/api/v1/expected/import?write=true", table).json();
    assert_eq!(written["written"], 1);
    assert_eq!(on("2026-06-01")[0]["animal"]["name"], "Rex");
    let foreign = send("/api/v1/expected/import", b"Invoice,Amount\n1,2\n");
    assert_eq!(foreign.status, 422);
    assert!(foreign.error().contains("name / tag"), "{}", foreign.text());
    let large = send("/api/v1/expected/import", &b"x".repeat(5 << 20));
    assert_eq!(large.status, 413, "{}", large.text());
}

#[test]
fn a_report_has_figures_alone() {
    let served = Served::new();
    let staff = served.staff();
    let rex = adds(&staff, "Rex");
    comes(&served, &staff, rex);
    served.unsure_visit();
    let report = staff.get("/api/v1/report").json();
    assert_eq!(
        (&report["arrivals"], &report["wrong"]),
        (&json!(2), &json!(0))
    );
    let unnamed = json!({"unsure": 1, "species": 0, "not_ours": 0});
    assert_eq!(report["unnamed"], unnamed);
    assert_eq!(
        (&report["right"], &report["unconfirmed"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(report["days"].as_array().unwrap().len(), 1);
    assert_eq!(report["hours"].as_array().unwrap().len(), 24);
    assert_eq!(report["from"], report["to"]);
    assert!(!report.to_string().contains("Rex"), "{report}");
    for wrong in [
        "from=2026-01-02&to=2026-01-01",
        "from=2020-01-01&to=2026-01-01",
        "to=9999-01-01",
    ] {
        let refused = staff.get(&format!("/api/v1/report?{wrong}"));
        assert_eq!(refused.status, 422, "{wrong}");
        refused.error();
    }
}

#[test]
fn who_says_what_it_has_read_changes_no_other_state() {
    let served = Served::new();
    let staff = served.staff();
    let rex = adds(&staff, "Rex");
    let anna = staff.post("/api/v1/owners", &json!({"name": "Anna"}));
    let visit = comes(&served, &staff, rex);
    let animal =
        |notes: &str| json!({"name": "Rex", "species": "dog", "breed": "pug", "notes": notes});
    let owner = |notes: &str| json!({"name": "Anna", "notes": notes});
    let stay = |notes: &str| json!({"run": notes});
    let owners = format!("/api/v1/owners/{}", anna.json()["id"]);
    let records = [
        (
            format!("/api/v1/animals/{rex}"),
            &animal as &dyn Fn(&str) -> Value,
        ),
        (owners, &owner as &dyn Fn(&str) -> Value),
        (
            format!("/api/v1/visits/{visit}/stay"),
            &stay as &dyn Fn(&str) -> Value,
        ),
    ];
    for (path, body) in records {
        let put = |text: &str, conditions: &[&str]| {
            let mut headers = vec![("Content-Type", "application/json")];
            headers.extend(conditions.iter().map(|condition| ("If-Match", *condition)));
            let body = body(text).to_string();
            staff.ask("PUT", &path, &headers, Some(body.as_bytes()))
        };
        let tag = || staff.get(&path).header("ETag").to_owned();
        let read = tag();
        assert!(read.starts_with('"') && read.len() == 18, "{path}: {read}");
        let first = put("first", &[&*read]);
        assert_eq!(first.status, 200, "{path}: {}", first.text());
        assert_eq!(first.header("ETag"), tag(), "{path}");
        assert_ne!(first.header("ETag"), read, "{path}");
        // Somebody else was first. What is there already is no other state.
        let weak = format!("W/{}", tag());
        for condition in [&*read, "\"nothing\"", "nonsense", &*weak] {
            let late = put("second", &[condition]);
            assert_eq!(late.status, 412, "{path} {condition}: {}", late.text());
            late.error();
        }
        assert_eq!(put("first", &[&*read]).status, 200, "{path}");
        assert_eq!(first.header("ETag"), tag(), "{path}");
        let either = format!("{read}, {}", tag());
        for (number, condition) in [&*either, "*"].into_iter().enumerate() {
            let text = format!("third {number}");
            assert_eq!(put(&text, &[condition]).status, 200, "{path} {condition}");
        }
        // Several lines are one list.
        let late = put("fourth", &[&*read, "\"nothing\""]);
        assert_eq!(late.status, 412, "{path}: {}", late.text());
        let present = tag();
        let listed = put("fourth", &[&*read, &*present]);
        assert_eq!(listed.status, 200, "{path}: {}", listed.text());
        // Without a condition, nothing is checked.
        assert_eq!(staff.say("PUT", &path, &body("last")).status, 200, "{path}");
    }
    // That an animal comes is no change of what is written down.
    let path = format!("/api/v1/animals/{rex}");
    let before = staff.get(&path);
    comes(&served, &staff, rex);
    let after = staff.get(&path);
    assert_ne!(before.json()["visits"], after.json()["visits"]);
    assert_eq!(before.header("ETag"), after.header("ETag"));
}
