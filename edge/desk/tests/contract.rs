//! The names in the JSON of the API, on which programs rely.

use std::collections::BTreeSet;
use std::sync::Arc;

use checkin::Stage;
use desk::kiosk::{Notice, Part};
use recognise::VerdictKind;
use screens::locale::Message;
use serde_json::{Value, json};

use crate::Served;
use crate::api::animal;

/// The names of an object's fields.
fn fields(object: &Value) -> BTreeSet<&str> {
    let object = object.as_object().unwrap_or_else(|| panic!("{object}"));
    object.keys().map(String::as_str).collect()
}

#[test]
fn the_names_of_fields_are_a_contract() {
    let served = Served::new();
    let owner = served.owner();
    let id = served.unsure_visit();
    let animal = owner.post("/api/v1/animals", &animal("Rex")).json();
    let decision = json!({"breed": "beagle", "animal": animal["id"]});
    let visit = owner.post(&format!("/api/v1/visits/{id}/settle"), &decision);
    let visit = visit.json();
    assert_eq!(visit["animal"], json!([animal["id"], "Rex"]));
    assert_eq!(visit["verdict"], "unsure");
    assert_eq!(visit["source"], "camera");
    assert_eq!(visit["settled_by"], "owner");
    served.live.send_modify(|live| {
        let live = Arc::make_mut(live);
        live.arrival.stage = Stage::Predicting;
        live.arrival.verdict = Some(VerdictKind::NotOurs);
        live.notices.push(Notice {
            part: Part::Tag,
            message: Message::new("notice-tag-unknown").with("tag", "CH0042"),
        });
    });
    let live = owner.get("/api/v1/live").json();
    assert_eq!(live["arrival"]["stage"], "looking");
    assert_eq!(live["arrival"]["verdict"], "not_ours");
    let health = owner.get("/api/v1/health").json();
    let suggestions = format!("/api/v1/visits/{id}/suggestions?breed=beagle");
    let suggestions = owner.get(&suggestions).json();
    let settings = owner.get("/api/v1/settings").json();
    let history = owner.get(&format!("/api/v1/visits/{id}/history")).json();
    let breeds = owner.get("/api/v1/breeds").json();
    let house = owner.get("/api/v1/in-house").json();
    let anna = owner
        .post("/api/v1/owners", &json!({"name": "Anna"}))
        .json();
    let bookings = format!("/api/v1/animals/{}/bookings", animal["id"]);
    let mondays = json!({"weekdays": ["MO"], "from": "2026-05-04"});
    let booking = owner.post(&bookings, &mondays).json();
    let expected = owner.get("/api/v1/expected?day=2026-05-04").json();
    let report = owner.get("/api/v1/report").json();
    let counts = "answers frames look_ms looks uptime_s";
    for (object, expect) in [
        (
            &visit,
            "animal at breed breed_name candidates confidence has_photograph id model revision \
             said settled_at settled_by source state verdict",
        ),
        (&visit["candidates"][0], "breed probability"),
        (
            &animal,
            "breed breed_name contact created duplicates feeding id known_at last_visit medication \
             name notes owner_ids owners species tag vaccinated_until vaccinations visits warnings",
        ),
        (&suggestions[0], "animal expected similarity"),
        (
            &house[0],
            "animal belongings checked_out_at checked_out_by forgotten in_house left_at run since \
             visit",
        ),
        (&anna, "address animals created email id name notes phones"),
        (
            &booking,
            "animal every exceptions from id unit until weekdays",
        ),
        (&expected[0], "animal arrived recurring"),
        (
            &report,
            "arrivals breeds days from hours right to unconfirmed unnamed wrong",
        ),
        (&live, "arrival counts notices others screen"),
        (
            &live["arrival"],
            "candidates guess id learnt number region revision selected selected_guest stage verdict \
             visit",
        ),
        (&live["notices"][0], "message part"),
        (&live["counts"], counts),
        (
            &health,
            "backups counts links machine model notices totals version works",
        ),
        (&health["links"], "hub mqtt"),
        (
            &health["machine"],
            "address clock time_zone written_bytes written_bytes_daily written_bytes_today",
        ),
        (
            &health["totals"],
            "animals photograph_bytes unconfirmed visits",
        ),
        (&health["counts"], counts),
        (
            &settings,
            "camera contact_months keep_days keep_photographs language name night_from night_to \
             quota_mb time_zone vaccination_days whole_frames",
        ),
        (&history[0], "after at before by field"),
        (&breeds[0], "aliases id name species"),
    ] {
        assert_eq!(
            fields(object),
            expect.split_whitespace().collect(),
            "{object}"
        );
    }
}
