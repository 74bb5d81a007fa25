//! What others hear: each change is an event, written with what it tells of, and kept until all senders
//! have sent it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use catalogue::{
    AnimalFields, AnimalId, Backlog, Catalogue, CatalogueError, CheckOut, NoVisit, OutboxEvent,
    OwnerChoice, OwnerFields, Subject, VisitId,
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Daycare, arrival, decision, embedding, pug, time};

/// A daycare with a sender.
fn followed() -> Daycare {
    let daycare = Daycare::new();
    daycare.catalogue.follow("mqtt").unwrap();
    daycare
}

/// What waits for a sender.
fn waiting(catalogue: &Catalogue, sender: &str) -> Vec<OutboxEvent> {
    catalogue.waiting(sender, 999).unwrap()
}

/// Sends all that waits, and says what it was.
fn sends(catalogue: &Catalogue, sender: &str) -> Vec<String> {
    let events = waiting(catalogue, sender);
    if let Some(last) = events.last() {
        catalogue.sent(sender, last.seq).unwrap();
    }
    events.into_iter().map(|event| event.kind).collect()
}

/// The only event that waits.
fn only(catalogue: &Catalogue) -> OutboxEvent {
    let mut events = waiting(catalogue, "mqtt");
    assert_eq!(events.len(), 1, "{events:?}");
    catalogue.sent("mqtt", events[0].seq).unwrap();
    events.remove(0)
}

fn warned(name: &str, warnings: &str) -> AnimalFields {
    AnimalFields {
        warnings: warnings.to_owned(),
        ..pug(name)
    }
}

fn owner(name: &str) -> OwnerFields {
    OwnerFields {
        name: name.to_owned(),
        ..OwnerFields::default()
    }
}

fn database(daycare: &Daycare) -> Connection {
    Connection::open(daycare.at("catalogue.sqlite")).unwrap()
}

fn rows(daycare: &Daycare, table: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table}");
    let database = database(daycare);
    database.query_row(&count, [], |row| row.get(0)).unwrap()
}

fn uid_of(daycare: &Daycare, animal: AnimalId) -> String {
    let uid = "SELECT uid FROM animal WHERE id = ?1";
    let database = database(daycare);
    database.query_row(uid, [animal], |row| row.get(0)).unwrap()
}

#[test]
fn each_change_is_told_in_the_order_in_which_it_happens() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let told = |expected: &[&str]| assert_eq!(sends(catalogue, "mqtt"), expected);

    let rex = daycare.adds(&pug("Rex"));
    told(&["animal"]);
    let visit = daycare.arrives(&arrival("unsure", "boxer"));
    catalogue.revise(visit, &arrival("breed", "pug")).unwrap();
    told(&["arrival", "answer"]);
    daycare.confirms(visit, "pug", Some(rex));
    told(&["decision"]);
    catalogue.take_guest_off(visit, None, "ana").unwrap();
    catalogue.undo(visit, None, "ana").unwrap();
    told(&["decision", "decision"]);

    let others = [(); 2].map(|()| daycare.arrives(&arrival("unsure", "boxer")));
    told(&["arrival", "arrival"]);
    let both = others.map(|visit| (visit, None::<u32>));
    catalogue.confirm_all(&both, "boxer", None, "ana").unwrap();
    told(&["decision", "decision"]);
    let newcomer = decision("boxer", None);
    let confirmed = catalogue.confirm_newcomer(others[0], &pug("Bella"), &newcomer);
    let (bella, _) = confirmed.unwrap().animal.unwrap();
    told(&["animal", "decision"]);

    let leaves = CheckOut {
        visit: None,
        left_at: None,
        by: "bo".to_owned(),
        at: time("2026-05-01T08:30:00Z"),
    };
    catalogue.check_out(rex, &leaves).unwrap();
    let undone = catalogue.undo_check_out(rex, Some(visit), "bo");
    assert_eq!(undone.unwrap().visit, visit);
    told(&["check_out", "check_out"]);
    let next_week = time("2026-05-08T08:00:00Z");
    catalogue.check_out_overdue("bo", next_week).unwrap();
    told(&["check_out", "check_out"]);

    let warned_rex = warned("Rex", "bites");
    catalogue.change_animal(rex, &warned_rex, "ana").unwrap();
    told(&["animal"]);
    let owners = [OwnerChoice::New(owner("Ana Silva"))];
    let changed = catalogue.change_owned_animal(rex, &warned_rex, &owners, None, "ana");
    let silva = changed.unwrap().owners[0].id;
    told(&["animal"]);
    catalogue
        .change_owner(silva, &owner("Ana Sousa"), None, "ana")
        .unwrap();
    told(&["animal"]);
    let known = [OwnerChoice::Known(silva)];
    catalogue
        .add_owned_animal(&pug("Milo"), &known, "ana")
        .unwrap();
    told(&["animal"]);
    catalogue.erase_owner(silva, "ana").unwrap();
    told(&["animal", "animal"]);

    // Bella gets Rex's warnings, and loses them again.
    catalogue.merge_animals(bella, rex, "ana").unwrap();
    told(&["merge", "animal"]);
    catalogue.split_animal(bella, rex, "ana").unwrap();
    told(&["split", "animal", "animal"]);
    catalogue
        .delete_visit(others[1], NoVisit::Mistake, None, "ana")
        .unwrap();
    told(&["visit_deleted"]);
    catalogue.delete_animal(rex, "ana").unwrap();
    told(&["animal_deleted"]);
}

#[test]
fn what_fails_or_changes_nothing_is_not_told() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let visit = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(visit, "pug", Some(rex));
    sends(catalogue, "mqtt");

    // What is known already, and what others do not know.
    daycare.confirms(visit, "pug", Some(rex));
    catalogue.change_animal(rex, &pug("Rex"), "ana").unwrap();
    let private = AnimalFields {
        notes: "likes cheese".to_owned(),
        contact: "555 0100".to_owned(),
        feeding: "twice".to_owned(),
        ..pug("Rex")
    };
    catalogue.change_animal(rex, &private, "ana").unwrap();

    let mut outdated = decision("boxer", None);
    outdated.revision = Some(0);
    assert!(catalogue.confirm(visit, &outdated).is_err());
    // The animal comes first, and goes with the decision.
    assert!(
        catalogue
            .confirm_newcomer(visit, &pug("Bella"), &outdated)
            .is_err()
    );
    let known = (visit, None);
    let unknown = (VisitId(99), None);
    assert!(
        catalogue
            .confirm_all(&[known, unknown], "boxer", None, "ana")
            .is_err()
    );
    assert!(catalogue.add_animal(&pug(""), "ana").is_err());
    assert!(catalogue.merge_animals(rex, AnimalId(99), "ana").is_err());
    let nobody = [OwnerChoice::Known(catalogue::OwnerId(99))];
    assert!(
        catalogue
            .add_owned_animal(&pug("Milo"), &nobody, "ana")
            .is_err()
    );
    assert_eq!(waiting(catalogue, "mqtt"), []);
}

#[test]
fn an_event_says_what_others_need_and_no_more() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let fields = AnimalFields {
        notes: "secret".to_owned(),
        contact: "secret".to_owned(),
        feeding: "secret".to_owned(),
        medication: "secret".to_owned(),
        tag: Some("SECRET".to_owned()),
        ..warned("Rex", "bites")
    };
    let phone = OwnerFields {
        phones: vec!["secret".to_owned()],
        ..owner("Ana Silva")
    };
    let owners = [OwnerChoice::New(phone)];
    let rex = catalogue.add_owned_animal(&fields, &owners, "ana").unwrap();
    let event = only(catalogue);
    let created = format!("{:.3}", catalogue.animal(rex).unwrap().created);
    let uid = uid_of(&daycare, rex);
    assert_eq!(
        event.body,
        json!({
            "animal": {
                "id": uid, "number": rex.0, "created": created, "name": "Rex", "species": "dog",
                "breed": "pug", "breed_name": null, "warnings": "bites", "vaccinations": [],
                "owners": ["Ana Silva"],
            },
            "changed": {
                "name": created, "species": created, "breed": created, "breed_name": created,
                "warnings": created, "vaccinations": created, "owners": created,
            },
        })
    );
    assert_eq!(
        (&event.subject, event.revision, &*event.by),
        (&uid, 0, "ana")
    );
    assert_eq!(Uuid::parse_str(&event.id).unwrap().get_version_num(), 7);

    catalogue
        .change_animal(rex, &warned("Rex", "bites men"), "bo")
        .unwrap();
    let event = only(catalogue);
    let at = format!("{:.3}", event.at);
    assert_eq!(event.body["changed"], json!({ "warnings": at }));
    assert_eq!(event.body["animal"]["warnings"], "bites men");

    let visit = daycare.arrives(&arrival("breed", "pug"));
    let mut event = only(catalogue);
    assert_eq!(event.at, time("2026-05-01T08:00:00.123Z"));
    assert_eq!(event.by, "kiosk");
    let visit_uid = event.subject.clone();
    let mut expected = json!({
        "visit": {
            "id": visit_uid, "number": visit.0, "arrived": "2026-05-01T08:00:00.123Z",
            "verdict": "breed", "breed": "pug", "confidence": 0.75,
            "candidates": [
                { "breed": "pug", "probability": 0.75 },
                { "breed": "beagle", "probability": 0.125 },
            ],
            "confirmed": null, "checked_out": null, "model": "v1", "source": "camera",
            "embedding": null,
        },
    });
    assert_eq!(event.body, expected);

    daycare.confirms(visit, "beagle", Some(rex));
    event = only(catalogue);
    let embedding = event.body["visit"]["embedding"].take();
    assert_eq!(embedding["network"], "v1");
    // 128 bytes.
    assert_eq!(embedding["bytes"].as_str().unwrap().len(), 172);
    expected["visit"]["confirmed"] = json!({
        "breed": "beagle", "breed_name": null, "animal": { "id": uid, "name": "Rex" },
        "at": "2026-05-01T08:05:00.000Z", "by": "ana",
    });
    assert_eq!(event.body, expected);
    assert_eq!((event.subject, event.revision), (visit_uid, 1));
    assert_eq!(event.at, time("2026-05-01T08:05:00Z"));

    let leaves = CheckOut {
        visit: None,
        left_at: None,
        by: "bo".to_owned(),
        at: time("2026-05-01T08:30:00Z"),
    };
    catalogue.check_out(rex, &leaves).unwrap();
    expected["visit"]["checked_out"] = json!("2026-05-01T08:30:00.000Z");
    assert_eq!(only(catalogue).body, expected);
}

#[test]
fn without_a_sender_nothing_waits() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let visit = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(visit, "pug", Some(rex));
    assert_eq!(rows(&daycare, "outbox"), 0);
    assert_eq!(waiting(catalogue, "mqtt"), []);
    assert_eq!(catalogue.backlog("mqtt").unwrap(), Backlog::default());
    // Whoever comes later hears what happens from then on.
    catalogue.follow("mqtt").unwrap();
    assert_eq!(waiting(catalogue, "mqtt"), []);
    assert!(matches!(
        catalogue.follow(""),
        Err(CatalogueError::Invalid { .. })
    ));
}

#[test]
fn senders_go_at_their_own_pace_and_what_all_have_sent_is_forgotten() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    catalogue.follow("bell").unwrap();
    for _ in 0..3 {
        daycare.arrives(&arrival("breed", "pug"));
    }
    let events = waiting(catalogue, "mqtt");
    assert_eq!(catalogue.waiting("mqtt", 2).unwrap(), events[..2]);
    catalogue.sent("mqtt", events[1].seq).unwrap();
    assert_eq!(waiting(catalogue, "mqtt"), events[2..]);
    assert_eq!(waiting(catalogue, "bell"), events);
    assert_eq!(rows(&daycare, "outbox"), 3);
    let backlog = Backlog {
        waiting: 3,
        oldest: Some(events[0].at),
        dropped: 0,
    };
    assert_eq!(catalogue.backlog("bell").unwrap(), backlog);

    // To register again, or to report again what was sent, changes nothing.
    catalogue.follow("mqtt").unwrap();
    catalogue.sent("mqtt", events[0].seq).unwrap();
    assert_eq!(waiting(catalogue, "mqtt"), events[2..]);
    catalogue.sent("bell", events[0].seq).unwrap();
    assert_eq!(rows(&daycare, "outbox"), 2);

    // What another process has sent is known here.
    sends(&daycare.again(), "mqtt");
    assert_eq!(waiting(catalogue, "mqtt"), []);
    // A sender that is gone leaves nothing behind, and holds nobody up.
    catalogue.unfollow("bell").unwrap();
    assert_eq!(rows(&daycare, "outbox"), 0);

    // Nobody can have sent what has not happened yet.
    catalogue.sent("mqtt", i64::MAX).unwrap();
    daycare.arrives(&arrival("breed", "pug"));
    assert_eq!(sends(catalogue, "mqtt"), ["arrival"]);
}

#[test]
fn what_waits_for_too_long_is_dropped_and_counted() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let now = Timestamp::now();
    catalogue.follow("bell").unwrap();
    catalogue.tidy(now).unwrap();
    for _ in 0..2 {
        daycare.arrives(&arrival("breed", "pug"));
    }
    let first = waiting(catalogue, "bell")[0].seq;
    catalogue.sent("bell", first).unwrap();
    // The catalogue's clock goes on. It does not go back with the system's.
    catalogue.tidy(now + 20.hours()).unwrap();

    let kept = catalogue.trim_outbox(SignedDuration::from_hours(24));
    assert_eq!((kept.unwrap(), rows(&daycare, "outbox")), (0, 2));
    let dropped = catalogue.trim_outbox(SignedDuration::from_hours(10));
    assert_eq!((dropped.unwrap(), rows(&daycare, "outbox")), (2, 0));
    for (sender, dropped) in [("mqtt", 2), ("bell", 1)] {
        let expected = Backlog {
            dropped,
            ..Backlog::default()
        };
        assert_eq!(catalogue.backlog(sender).unwrap(), expected, "{sender}");
    }
    daycare.arrives(&arrival("breed", "pug"));
    assert_eq!(sends(catalogue, "mqtt"), ["arrival"]);
}

#[test]
fn the_hub_is_told_again_of_animals_that_were_dropped_and_hears_of_all_that_are_gone() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    catalogue.follow("hub").unwrap();
    let now = Timestamp::now();
    catalogue.tidy(now).unwrap();
    let [rex, bella, milo, max] =
        ["Rex", "Bella", "Milo", "Max"].map(|name| daycare.adds(&pug(name)));
    let visit = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(visit, "pug", Some(rex));
    catalogue.merge_animals(bella, milo, "ana").unwrap();
    catalogue.delete_animal(max, "ana").unwrap();
    catalogue.tidy(now + 20.hours()).unwrap();

    // Three animals, the arrival and the decision. What waited of Max went when it was erased.
    let keep = SignedDuration::from_hours(10);
    assert_eq!(catalogue.trim_outbox(keep).unwrap(), 5);
    assert_eq!(catalogue.backlog("hub").unwrap().dropped, 5);
    let events = waiting(catalogue, "hub");
    let kinds: Vec<&str> = events.iter().map(|event| &*event.kind).collect();
    assert_eq!(kinds, ["merge", "animal_deleted", "animal", "animal"]);
    let subjects = [2, 3].map(|at| events[at].subject.clone());
    assert_eq!(subjects, [rex, bella].map(|id| uid_of(&daycare, id)));
    let body = &events[2].body;
    assert_eq!(body["changed"].as_object().unwrap().len(), 7);
    assert_eq!(body["embeddings"].as_array().unwrap().len(), 1);
    assert_eq!(sends(catalogue, "hub").len(), 4);
    assert_eq!(rows(&daycare, "outbox"), 0);
}

#[test]
fn nothing_is_dropped_while_the_clock_is_in_doubt() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let now = Timestamp::now();
    catalogue.tidy(now - 720.hours()).unwrap();
    daycare.arrives(&arrival("breed", "pug"));
    // Anything is older than this.
    let keep = SignedDuration::from_hours(-1);
    assert_eq!(catalogue.trim_outbox(keep).unwrap(), 0);
    catalogue.confirm_clock(now, "owner").unwrap();
    assert_eq!(catalogue.trim_outbox(keep).unwrap(), 1);
}

#[test]
fn the_hub_gets_to_know_the_animals_that_are_there_already() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let bella = daycare.adds(&pug("Bella"));
    for _ in 0..9 {
        let visit = daycare.arrives(&arrival("breed", "pug"));
        daycare.confirms(visit, "pug", Some(rex));
    }
    catalogue
        .change_animal(rex, &warned("Rex", "bites"), "ana")
        .unwrap();
    let history = catalogue.history(Subject::Animal(rex)).unwrap();
    let change = history.iter().find(|change| change.field == "warnings");
    let changed = change.unwrap().at;
    sends(catalogue, "mqtt");

    catalogue.follow("hub").unwrap();
    let events = waiting(catalogue, "hub");
    let subjects: Vec<&str> = events.iter().map(|event| &*event.subject).collect();
    assert_eq!(subjects, [rex, bella].map(|id| uid_of(&daycare, id)));
    let body = &events[0].body;
    let embeddings = body["embeddings"].as_array().unwrap();
    assert_eq!(embeddings.len(), 8);
    assert_eq!(embeddings[0]["network"], "v1");
    assert_eq!(embeddings[0]["at"], "2026-05-01T08:00:00.123Z");
    assert_eq!(events[1].body["embeddings"], json!([]));
    // Each field has the time of its last change.
    assert_eq!(body["changed"]["warnings"], json!(format!("{changed:.3}")));
    assert_eq!(body["changed"]["name"], body["animal"]["created"]);
    assert_eq!(body["changed"].as_object().unwrap().len(), 7);

    catalogue.follow("hub").unwrap();
    assert_eq!(sends(catalogue, "hub"), ["animal", "animal"]);
    assert_eq!(sends(catalogue, "hub"), [""; 0]);
    // A hub that has lost what it was told.
    catalogue.tell_animals().unwrap();
    assert_eq!(sends(catalogue, "hub"), ["animal", "animal"]);
}

#[test]
fn an_identity_stays_over_merging_splitting_and_restoring() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let [rex, bella] = ["Rex", "Bella"].map(|name| daycare.adds(&pug(name)));
    let uids = [rex, bella].map(|id| uid_of(&daycare, id));
    assert_ne!(uids[0], uids[1]);
    sends(catalogue, "mqtt");
    catalogue.merge_animals(bella, rex, "ana").unwrap();
    let both = json!({ "survivor": uids[1], "other": uids[0] });
    assert_eq!(only(catalogue).body, both);
    daycare.backs_up();
    catalogue.split_animal(bella, rex, "ana").unwrap();
    let events = waiting(catalogue, "mqtt");
    assert_eq!(events[0].body, both);
    let subjects = [1, 2].map(|at| events[at].subject.clone());
    assert_eq!(subjects, [uids[1].clone(), uids[0].clone()]);
    assert_eq!([rex, bella].map(|id| uid_of(&daycare, id)), uids);

    let elsewhere = Daycare::new();
    elsewhere.catalogue.restore(&daycare.backup_file()).unwrap();
    assert_eq!(uid_of(&elsewhere, bella), uids[1]);
    elsewhere.catalogue.split_animal(bella, rex, "ana").unwrap();
    assert_eq!(uid_of(&elsewhere, rex), uids[0]);
}

#[test]
fn what_a_backup_had_still_to_send_is_sent_again_under_the_same_ids() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    daycare.arrives(&arrival("breed", "pug"));
    let before = waiting(catalogue, "mqtt");
    daycare.backs_up();
    catalogue.follow("bell").unwrap();
    daycare.arrives(&arrival("breed", "boxer"));
    let last = waiting(catalogue, "mqtt")[1].seq;
    catalogue.sent("mqtt", last).unwrap();

    catalogue.restore(&daycare.backup_file()).unwrap();
    let after = waiting(catalogue, "mqtt");
    let ids = |events: &[OutboxEvent]| -> Vec<String> {
        events.iter().map(|event| event.id.clone()).collect()
    };
    assert_eq!(ids(&after), ids(&before));
    // A sender that was at work meanwhile says so late.
    catalogue.sent("mqtt", last).unwrap();
    assert_eq!(waiting(catalogue, "mqtt"), after);
    // Who follows is the kiosk's, not the backup's.
    daycare.arrives(&arrival("breed", "boxer"));
    assert_eq!(sends(catalogue, "bell"), ["arrival"]);
    assert_eq!(sends(catalogue, "mqtt"), ["arrival", "arrival"]);
    assert_eq!(rows(&daycare, "outbox"), 0);
    let elsewhere = Daycare::new();
    elsewhere.catalogue.restore(&daycare.backup_file()).unwrap();
    assert_eq!(rows(&elsewhere, "sender") + rows(&elsewhere, "outbox"), 0);
}

#[test]
fn a_backup_with_events_that_no_kiosk_writes_is_refused() {
    for forged in [
        "UPDATE outbox SET kind = 'nonsense'",
        "UPDATE outbox SET body = '[]'",
        "UPDATE outbox SET subject = '------------------------------------'",
        "UPDATE outbox SET at = 4000000000000000",
        "UPDATE sender SET dropped = -1",
        "UPDATE visit SET uid = NULL",
        "INSERT INTO guest_photograph (animal, jpeg) VALUES (1, x'00')",
    ] {
        let daycare = followed();
        daycare.adds(&pug("Rex"));
        daycare.arrives(&arrival("breed", "pug"));
        database(&daycare).execute_batch(forged).unwrap();
        daycare.backs_up();
        let fresh = Daycare::new();
        let result = fresh.catalogue.restore(&daycare.backup_file());
        let is_refused = matches!(result, Err(CatalogueError::NotABackup { .. }));
        assert!(is_refused, "{forged}: {result:?}");
    }
}

#[test]
fn what_is_erased_does_not_wait_to_be_told() {
    let daycare = followed();
    let catalogue = &daycare.catalogue;
    let owners = [OwnerChoice::New(owner("Ana Silva"))];
    let rex = catalogue
        .add_owned_animal(&pug("Rexalot"), &owners, "bo")
        .unwrap();
    let silva = catalogue.animal(rex).unwrap().owners[0].id;
    let known = [OwnerChoice::Known(silva)];
    let bella = catalogue
        .add_owned_animal(&pug("Bella"), &known, "bo")
        .unwrap();
    let other = daycare.adds(&pug("Rexaminor"));
    let visit = daycare.arrives(&arrival("breed", "pug"));
    daycare.confirms(visit, "pug", Some(rex));
    catalogue.merge_animals(rex, other, "bo").unwrap();
    // Nobody owns Bella when her former owner is erased.
    catalogue
        .change_owned_animal(bella, &pug("Bella"), &[], None, "bo")
        .unwrap();
    let uids = [other, rex].map(|id| {
        let both =
            "SELECT uid FROM animal WHERE id = ?1 UNION ALL SELECT uid FROM merged WHERE id = ?1";
        let uid = database(&daycare).query_row(both, [id], |row| row.get::<_, String>(0));
        uid.unwrap()
    });

    let all = || -> String {
        let events = waiting(catalogue, "mqtt").into_iter();
        events.map(|event| event.body.to_string()).collect()
    };
    assert!(all().contains("Rexalot") && all().contains("Rexaminor"));
    catalogue.delete_animal(rex, "bo").unwrap();
    assert!(!all().contains("Rexa"), "{}", all());
    let events = waiting(catalogue, "mqtt");
    let told = events[events.len() - 2..].iter();
    let told: Vec<&Value> = told.map(|event| &event.body["animal"]).collect();
    assert_eq!(told, [&json!(uids[0]), &json!(uids[1])]);
    // Its visit is told of without it.
    let decided = events
        .iter()
        .find(|event| event.kind == "decision")
        .unwrap();
    assert_eq!(decided.body["visit"]["confirmed"]["animal"], Value::Null);
    assert_eq!(decided.body["visit"]["embedding"], Value::Null);

    assert!(all().contains("Ana Silva"));
    catalogue.erase_owner(silva, "bo").unwrap();
    assert!(!all().contains("Ana Silva"), "{}", all());
    let last = waiting(catalogue, "mqtt").pop().unwrap();
    assert_eq!(last.body["animal"]["name"], "Bella");
    assert_eq!(last.body["animal"]["owners"], json!([]));
    assert!(last.body["changed"]["owners"].is_string());
}

#[test]
fn listeners_are_called_once_an_event_is_on_the_disk() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let other = daycare.again();
    // They may read the catalogue.
    catalogue.on_outbox(move || {
        let waiting = other.backlog("mqtt").unwrap().waiting;
        counted.store(u32::try_from(waiting).unwrap(), Ordering::SeqCst);
    });
    let called = || calls.swap(0, Ordering::SeqCst);

    daycare.adds(&pug("Rex"));
    assert_eq!(called(), 0);
    catalogue.follow("mqtt").unwrap();
    daycare.adds(&pug("Rex"));
    assert_eq!(called(), 1);
    assert!(catalogue.add_animal(&pug(""), "ana").is_err());
    catalogue.expect(AnimalId(1), super::DAY).unwrap();
    assert_eq!(called(), 0);
    daycare.arrives(&arrival("breed", "pug"));
    assert_eq!(called(), 2);
}

#[test]
fn what_a_rescue_catalogue_took_is_told_when_it_comes_back() {
    let daycare = followed();
    let folder = tempfile::tempdir().unwrap();
    let rescue = Catalogue::open(&folder.path().join("rescue")).unwrap();
    let visit = rescue.record(&arrival("breed", "pug")).unwrap().visit;
    let rex = rescue.add_animal(&pug("Rex"), "ana").unwrap();
    rescue.confirm(visit, &decision("pug", Some(rex))).unwrap();
    drop(rescue);
    let folder = folder.path().join("rescue");
    let taken = daycare.catalogue.take_over(&folder, Timestamp::now());
    assert!(taken.unwrap().is_some());
    let events = waiting(&daycare.catalogue, "mqtt");
    let kinds: Vec<&str> = events.iter().map(|event| &*event.kind).collect();
    assert_eq!(kinds, ["animal", "arrival", "decision"]);
    assert_eq!(
        (&*events[2].by, events[2].at),
        ("ana", time("2026-05-01T08:05:00Z"))
    );
    assert_eq!(
        events[2].body["visit"]["confirmed"]["animal"]["id"],
        json!(events[0].subject)
    );
}

#[test]
fn a_kiosk_keeps_its_uuid_and_shares_it_with_nobody() {
    let daycare = Daycare::new();
    // Both links ask for it when the kiosk first starts.
    let asked = thread::scope(|scope| {
        let asking = [(); 8].map(|()| scope.spawn(|| daycare.catalogue.kiosk_id().unwrap()));
        asking.map(|thread| thread.join().unwrap())
    });
    let id = asked[0].clone();
    assert_eq!(asked, [(); 8].map(|()| id.clone()));
    assert!(Uuid::parse_str(&id).is_ok());
    assert_eq!(daycare.again().kiosk_id().unwrap(), id);
    let file = daycare.at("kiosk-id");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    daycare.backs_up();
    let other = Daycare::new();
    other.catalogue.restore(&daycare.backup_file()).unwrap();
    assert_ne!(other.catalogue.kiosk_id().unwrap(), id);
    daycare.catalogue.restore(&daycare.backup_file()).unwrap();
    assert_eq!(daycare.catalogue.kiosk_id().unwrap(), id);

    fs::write(&file, "").unwrap();
    let made_anew = daycare.catalogue.kiosk_id().unwrap();
    assert_ne!(made_anew, id);
    assert_eq!(daycare.catalogue.kiosk_id().unwrap(), made_anew);
}

#[test]
fn an_embedding_that_cannot_be_compared_is_not_told() {
    let daycare = followed();
    let rex = daycare.adds(&pug("Rex"));
    for (embedding, is_told) in [(Vec::new(), false), (embedding(1), true)] {
        let visit = daycare.arrives(&catalogue::NewVisit {
            embedding,
            ..arrival("breed", "pug")
        });
        daycare.confirms(visit, "pug", Some(rex));
        let event = waiting(&daycare.catalogue, "mqtt").pop().unwrap();
        assert_eq!(event.body["visit"]["embedding"].is_object(), is_told);
    }
}
