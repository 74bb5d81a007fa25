//! The hub's own part, in SQL on a real PostgreSQL: who is admitted, what becomes of events, which guests
//! a cursor finds, and model bundles.
//!
//! Needs Debian's `postgresql`. Without it the tests are skipped, except in CI.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sync::hub::{HubError, admin, models};
use tests::links;
use tests::services::{Postgres, query};
use tokio::runtime;

/// Two kiosks, and the animals and the visit that they tell of.
const KIOSK: &str = "11111111-0000-4000-8000-000000000001";
const OTHER: &str = "22222222-0000-4000-8000-000000000002";
const REX: &str = "a0000000-0000-4000-8000-000000000001";
const BO: &str = "a0000000-0000-4000-8000-000000000002";
const VISIT: &str = "b0000000-0000-4000-8000-000000000001";

/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A hub with one kiosk, which has said hello. Returns the URL of the kiosk.
fn hub_with_a_kiosk(hub: &Postgres) -> String {
    let admitted = links::admit(&hub.superuser_url(), "North", &["desk".to_owned()]);
    let (role, password) = &admitted[0];
    let url = hub.url(role, password);
    let hello = format!("SELECT FROM breed_kiosk.hello('{KIOSK}', 'North', 'kiosk test', 0)");
    query(&url, &hello).expect("a greeting");
    url
}

/// An event as a kiosk adds it.
fn event(kind: &str, subject: &str, revision: u32, body: &Value) -> String {
    let body = body.to_string().replace('\'', "''");
    format!(
        "(gen_random_uuid(), '{KIOSK}', 1, '{kind}', now(), 'ana', '{subject}', {revision}, '{body}')"
    )
}

/// The statement that adds events.
fn insert(events: &[String]) -> String {
    format!(
        "INSERT INTO breed_kiosk.event
             (id, kiosk, schema, kind, at, by, subject, revision, body)
         VALUES {} ON CONFLICT (id) DO NOTHING",
        events.join(", ")
    )
}

fn animal(id: &str, name: &str, at: &str) -> String {
    let body = json!({
        "animal": {"id": id, "name": name, "species": "dog", "created": "2026-01-01T10:00:00.000Z"},
        "changed": {"name": at},
    });
    event("animal", id, 0, &body)
}

/// A decision that a visit is of an animal, with its embedding.
fn decision(revision: u32, animal: Option<&str>, embedding: &str) -> String {
    let confirmed = animal.map(|id| {
        json!({
            "breed": "pug",
            "animal": {"id": id, "name": "secret"},
            "at": "2026-01-02T10:01:00.000Z",
            "by": "ana",
        })
    });
    let body = json!({"visit": {
        "id": VISIT,
        "number": 1,
        "arrived": "2026-01-02T10:00:00.000Z",
        "verdict": "breed",
        "breed": "beagle",
        "confidence": 0.9,
        "confirmed": confirmed,
        "embedding": animal.map(|_| json!({"network": "n", "bytes": embedding})),
    }});
    event("decision", VISIT, revision, &body)
}

/// The name and the embeddings of an animal, as kiosks read them.
fn guest(hub: &Postgres, id: &str) -> String {
    hub.psql(&format!(
        "SELECT fields -> 'name' ->> 'value', jsonb_path_query_array(embeddings, '$[*].bytes')
         FROM breed_kiosk.guests_after('0', 1000) WHERE id = '{id}'"
    ))
}

fn run<T>(task: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(task)
}

#[test]
fn a_second_init_adds_kiosks_and_leaves_the_others_alone() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let admin = hub.superuser_url();
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let first = run(admin::init(&admin, None, "North", &names(&["desk"]))).expect("a hub");
    let second = run(admin::init(
        &admin,
        None,
        "North",
        &names(&["desk", "door"]),
    ))
    .expect("a hub");

    let added: Vec<_> = second.iter().map(|kiosk| kiosk.role.as_str()).collect();
    assert_eq!(added, ["kiosk_door"]);
    for kiosk in first.iter().chain(&second) {
        let url = hub.url(&kiosk.role, &kiosk.password);
        let toml = format!("[hub]\nurl = \"{url}\"\nsite = \"North\"\n");
        assert_eq!(kiosk.toml, toml);
        query(&url, "SELECT hub FROM breed_kiosk.version").expect("a log-in");
    }

    hub.psql("CREATE ROLE kiosk_taken");
    let taken = run(admin::init(
        &admin,
        None,
        "South",
        &names(&["new", "taken"]),
    ));
    assert!(matches!(taken, Err(HubError::RoleTaken(role)) if role == "kiosk_taken"));
    let moved = run(admin::init(&admin, None, "South", &names(&["new", "desk"])));
    let moved = moved.expect_err("a kiosk of another site").to_string();
    assert!(
        moved.contains("\"North\"") && moved.contains("\"South\""),
        "{moved}"
    );
    let injected = run(admin::init(
        &admin,
        None,
        "South",
        &names(&["a\"; DROP ROLE kiosk_door; --"]),
    ));
    assert!(matches!(injected, Err(HubError::Name(_))));
    hub.psql("UPDATE breed_kiosk.version SET schema = 99");
    let newer = run(admin::init(&admin, None, "South", &names(&["new"])));
    assert!(matches!(newer, Err(HubError::Newer { found: 99 })));
    let accounts = hub.psql("SELECT role, site FROM breed_kiosk.account ORDER BY role");
    assert_eq!(accounts, "kiosk_desk|North\nkiosk_door|North");
}

#[test]
fn a_copied_card_is_told_that_its_kiosk_is_another_role() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let desk = hub_with_a_kiosk(&hub);
    let admitted = links::admit(&hub.superuser_url(), "South", &["door".to_owned()]);
    let (role, password) = &admitted[0];
    let door = hub.url(role, password);
    let of_desk = format!("SELECT FROM breed_kiosk.hello('{KIOSK}', 'South', 'kiosk test', 0)");
    query(&desk, &of_desk).expect("its own");
    let copied = query(&door, &of_desk).expect_err("another's");
    assert!(copied.contains("belongs to another role"), "{copied}");
    // The role of somebody else is no kiosk at all.
    hub.psql("CREATE ROLE guest LOGIN PASSWORD 'guest' IN ROLE breed_kiosk_kiosk");
    let stranger = query(&hub.url("guest", "guest"), &of_desk).expect_err("a stranger");
    assert!(stranger.contains("none of the kiosks"), "{stranger}");
}

#[test]
fn a_kiosk_of_another_hub_on_the_server_sees_nothing() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let desk = hub_with_a_kiosk(&hub);
    let at = "2026-01-01T10:00:00.000Z";
    query(
        &desk,
        &insert(&[animal(REX, "Rex", at), decision(1, Some(REX), "AAAA")]),
    )
    .expect("a visit");
    hub.psql(&format!(
        "INSERT INTO breed_kiosk.guest_photograph VALUES ('{REX}', now(), 'JPEG', '{VISIT}')"
    ));
    let published = run(admin::publish(
        &hub.superuser_url(),
        None,
        "stable",
        b"bundle",
        "signed",
    ));
    published.expect("a bundle");
    hub.psql("CREATE ROLE stranger LOGIN PASSWORD 'stranger' IN ROLE breed_kiosk_kiosk");
    let stranger = hub.url("stranger", "stranger");
    for from in [
        "guest",
        "guest_field",
        "guest_embedding",
        "guest_photograph",
        "model",
        "kiosks",
        "kiosk",
        "event",
        "guests_after('0', 10)",
        "own_events(NULL)",
    ] {
        let any = format!("SELECT count(*) > 0 FROM breed_kiosk.{from}");
        assert_eq!(query(&desk, &any).expect(from), "t", "{from}");
        assert_eq!(query(&stranger, &any).expect(from), "f", "{from}");
    }
    let refusal = format!(
        "INSERT INTO breed_kiosk.refused (event, kiosk, reason)
         VALUES (gen_random_uuid(), '{KIOSK}', 'mine')"
    );
    for sql in [insert(&[animal(BO, "Bo", at)]), refusal] {
        let refused = query(&stranger, &sql).expect_err(&sql);
        assert!(refused.contains("row-level security"), "{sql}: {refused}");
    }
}

#[test]
fn a_former_owner_is_in_no_event() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let url = hub_with_a_kiosk(&hub);
    let told = |owners: &[&str], changed: Value| {
        let animal = json!({
            "id": REX,
            "name": "Rex",
            "owners": owners,
            "created": "2026-01-01T10:00:00.000Z",
        });
        let body = json!({"animal": animal, "changed": changed});
        query(&url, &insert(&[event("animal", REX, 0, &body)])).expect("an event");
    };
    let first = "2026-01-01T10:00:00.000Z";
    let both = ["secret", "Ben"];
    told(&both, json!({"name": first, "owners": first}));
    told(&["Ben"], json!({"owners": "2026-01-03T10:00:00.000Z"}));
    // Those of a kiosk that did not know of it yet.
    told(&both, json!({"name": "2026-01-02T10:00:00.000Z"}));
    told(&both, json!({"owners": "2026-01-02T10:00:00.000Z"}));

    let owners = "SELECT body #>> '{animal,owners}' FROM breed_kiosk.event ORDER BY seq";
    let owners = hub.psql(owners);
    let owners: Vec<&str> = owners.split('\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(owners, ["[\"Ben\"]"]);
    let traces = "SELECT count(*) FROM breed_kiosk.event WHERE body::text LIKE '%secret%'";
    assert_eq!(hub.psql(traces), "0");
    let names = "SELECT count(*) FROM breed_kiosk.event WHERE body #>> '{animal,name}' = 'Rex'";
    assert_eq!(hub.psql(names), "4");
}

#[test]
fn what_cannot_be_applied_is_kept_and_said_and_holds_up_nothing() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let url = hub_with_a_kiosk(&hub);
    let visit = |fields: Value| {
        let mut visit =
            json!({"id": VISIT, "arrived": "2026-01-02T10:00:00.000Z", "verdict": "breed"});
        for (name, value) in fields.as_object().expect("fields") {
            visit[name] = value.clone();
        }
        event("arrival", VISIT, 1, &json!({ "visit": visit }))
    };
    let told = |body: Value| event("animal", BO, 0, &body);
    let bad = [
        (
            event("arrival", VISIT, 1, &json!([])),
            "not a visit of its subject",
        ),
        (visit(json!({"id": REX})), "not a visit of its subject"),
        (visit(json!({"arrived": null})), "without a time of arrival"),
        (visit(json!({"arrived": "soon"})), "invalid input syntax"),
        (visit(json!({"confidence": "high"})), "invalid input syntax"),
        (
            visit(json!({"model": "m".repeat(70_000)})),
            "more than 64 KiB",
        ),
        (
            visit(json!({"confirmed": {"animal": {"id": "rex"}}})),
            "invalid input syntax",
        ),
        (
            told(json!({"animal": {"id": BO, "name": 7}, "changed": {}})),
            "without a name",
        ),
        (
            told(json!({"animal": {"id": BO, "name": "Bo"}})),
            "without what has changed",
        ),
        (
            told(json!({"animal": {"id": BO, "name": "Bo"}, "changed": {}, "embeddings": 7})),
            "cannot extract elements",
        ),
        (
            event("merge", REX, 0, &json!({"survivor": REX, "other": REX})),
            "an animal and itself",
        ),
        (event("animal_deleted", REX, 0, &json!({})), "no animal"),
    ];
    let unknown = event("dance", REX, 0, &json!({"partner": 7}));
    let mut events: Vec<String> = bad.iter().map(|(event, _)| event.clone()).collect();
    events.push(animal(REX, "Rex", "2026-01-01T10:00:00.000Z"));
    events.push(unknown);
    query(&url, &insert(&events)).expect("all of them");

    assert_eq!(guest(&hub, REX), "Rex|[]");
    assert_eq!(guest(&hub, BO), "");
    assert_eq!(hub.psql("SELECT count(*) FROM breed_kiosk.visit"), "0");
    let reasons =
        "SELECT reason FROM breed_kiosk.refused JOIN breed_kiosk.event ON id = event ORDER BY seq";
    let reasons = hub.psql(reasons);
    let reasons: Vec<&str> = reasons.lines().collect();
    assert_eq!(reasons.len(), bad.len(), "{reasons:#?}");
    for (reason, (event, expected)) in reasons.iter().zip(&bad) {
        assert!(
            reason.contains(expected),
            "{reason}, not {expected}: {event:.200}"
        );
    }

    let status = run(admin::status(&url, None)).expect("the hub's status");
    assert_eq!(status.refused.len(), bad.len());
    assert_eq!((status.events, status.unknown), (events.len() as u64, 1));
    assert_eq!(status.kiosks[0].refused, bad.len() as u64);
}

#[test]
fn the_later_change_of_a_field_stands_and_no_clock_wins_for_ever() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let url = hub_with_a_kiosk(&hub);
    for (name, at, expected) in [
        ("Rex", "2026-01-02T10:00:00.000Z", "Rex"),
        ("Older", "2026-01-01T10:00:00.000Z", "Rex"),
        ("Newer", "2026-01-03T10:00:00.000Z", "Newer"),
        (
            "Of a clock ten years ahead",
            "2096-01-01T10:00:00.000Z",
            "Of a clock ten years ahead",
        ),
    ] {
        query(&url, &insert(&[animal(REX, name, at)])).expect("a change");
        assert_eq!(guest(&hub, REX), format!("{expected}|[]"));
    }
    let now =
        hub.psql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    query(&url, &insert(&[animal(REX, "Later", &now)])).expect("a change");
    assert_eq!(guest(&hub, REX), "Later|[]");
}

#[test]
fn an_embedding_follows_its_visit_and_an_older_revision_changes_nothing() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let url = hub_with_a_kiosk(&hub);
    let at = "2026-01-01T10:00:00.000Z";
    query(
        &url,
        &insert(&[animal(REX, "Rex", at), animal(BO, "Bo", at)]),
    )
    .expect("two animals");
    for (revision, of, embedding, expected) in [
        (2, Some(REX), "AAAA", ("Rex|[\"AAAA\"]", "Bo|[]")),
        (1, Some(BO), "BBBB", ("Rex|[\"AAAA\"]", "Bo|[]")),
        (3, Some(BO), "CCCC", ("Rex|[]", "Bo|[\"CCCC\"]")),
        (4, None, "", ("Rex|[]", "Bo|[]")),
        (5, Some(BO), "DDDD", ("Rex|[]", "Bo|[\"DDDD\"]")),
    ] {
        query(&url, &insert(&[decision(revision, of, embedding)])).expect("a decision");
        let found = (guest(&hub, REX), guest(&hub, BO));
        assert_eq!((found.0.as_str(), found.1.as_str()), expected, "{revision}");
    }
    let deleted = event("visit_deleted", VISIT, 6, &json!({"visit": {"id": VISIT}}));
    query(&url, &insert(&[deleted, decision(7, Some(BO), "EEEE")])).expect("events");
    assert_eq!(guest(&hub, BO), "Bo|[]");
    assert_eq!(hub.psql("SELECT count(*) FROM breed_kiosk.arrivals"), "0");
}

#[test]
fn a_deleted_guest_leaves_no_trace_and_does_not_come_back() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let url = hub_with_a_kiosk(&hub);
    let at = "2026-01-01T10:00:00.000Z";
    let merge = event("merge", REX, 0, &json!({"survivor": REX, "other": BO}));
    let circle = event("merge", BO, 0, &json!({"survivor": BO, "other": REX}));
    let events = [
        animal(REX, "secret", at),
        animal(BO, "secret", at),
        merge,
        circle,
    ];
    query(&url, &insert(&events)).expect("two animals");
    query(&url, &insert(&[decision(1, Some(BO), "AAAA")])).expect("a decision");
    // What was merged into an animal counts as its own, and is erased with it.
    assert_eq!(guest(&hub, REX), "secret|[\"AAAA\"]");
    let deleted = event("animal_deleted", REX, 0, &json!({"animal": REX}));
    query(&url, &insert(&[deleted])).expect("a deletion");
    let late = [
        animal(BO, "secret", "2026-02-01T10:00:00.000Z"),
        decision(2, Some(BO), "AAAA"),
    ];
    query(&url, &insert(&late)).expect("late events");

    let left = "SELECT count(*), bool_and(deleted), bool_and(fields = '{}' AND embeddings = '[]')
                FROM breed_kiosk.guests_after('0', 1000)";
    assert_eq!(hub.psql(left), "2|t|t");
    for table in [
        "event",
        "guest_field",
        "guest_embedding",
        "refused",
        "visit",
    ] {
        let traces = format!(
            "SELECT count(*) FROM breed_kiosk.{table} AS t
             WHERE t::text LIKE '%secret%' OR t::text LIKE '%AAAA%'"
        );
        assert_eq!(hub.psql(&traces), "0", "{table}");
    }
    assert_eq!(hub.psql("SELECT count(*) FROM breed_kiosk.arrivals"), "1");
}

#[test]
fn a_cursor_skips_no_guest_whose_commit_comes_late() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let url = hub_with_a_kiosk(&hub);
    let admitted = links::admit(&hub.superuser_url(), "South", &["door".to_owned()]);
    let (role, password) = &admitted[0];
    let other = hub.url(role, password);
    let hello = format!("SELECT FROM breed_kiosk.hello('{OTHER}', 'South', 'kiosk test', 0)");
    query(&other, &hello).expect("a greeting");
    hub.psql("CREATE TABLE public.gate (); GRANT SELECT ON public.gate TO PUBLIC");
    let after = |cursor: &str| {
        hub.psql(&format!(
            "SELECT string_agg(fields -> 'name' ->> 'value', ' ' ORDER BY id)
             FROM breed_kiosk.guests_after('{cursor}', 1000)"
        ))
    };
    let horizon = || hub.psql("SELECT breed_kiosk.horizon()");
    let at = "2026-01-01T10:00:00.000Z";
    let late = format!(
        "BEGIN;
         {};
         DO $$ BEGIN
             WHILE NOT EXISTS (SELECT FROM public.gate) LOOP PERFORM pg_sleep(0.01); END LOOP;
         END $$;
         COMMIT",
        insert(&[animal(REX, "Late", at)]).replace(KIOSK, OTHER)
    );
    thread::scope(|scope| {
        let writer = scope.spawn(|| query(&other, &late));
        let begun = "SELECT count(*) FROM pg_locks
                     WHERE relation = 'breed_kiosk.guest'::regclass AND mode = 'RowExclusiveLock'";
        let due = Instant::now() + PATIENCE;
        while hub.psql(begun) == "0" {
            assert!(Instant::now() < due, "the late transaction has begun");
        }
        query(&url, &insert(&[animal(BO, "Early", at)])).expect("an event");
        let cursor = horizon();
        assert_eq!(after("0"), "", "nothing is certain beyond the horizon");
        hub.psql("INSERT INTO public.gate DEFAULT VALUES");
        writer.join().expect("the thread").expect("a late commit");
        assert_eq!(after(&cursor), "Late Early");
        assert_eq!(after(&horizon()), "");
    });

    // As after a failover or a restore: transaction numbers that kiosks have passed may come again.
    let cursor = horizon();
    hub.psql("UPDATE breed_kiosk.version SET place = 'another server'");
    let hello = format!("SELECT FROM breed_kiosk.hello('{KIOSK}', 'North', 'kiosk test', 0)");
    query(&url, &hello).expect("a greeting");
    let passed = hub.psql(&format!("SELECT breed_kiosk.horizon() > '{cursor}'::xid8"));
    let jump = hub.psql("SELECT shift FROM breed_kiosk.version");
    assert_eq!((passed.as_str(), jump.as_str()), ("t", "1099511627776"));
    query(
        &url,
        &insert(&[animal(BO, "Again", "2026-02-01T10:00:00.000Z")]),
    )
    .expect("an event");
    assert_eq!(after(&cursor), "Again");
}

#[test]
fn the_newest_bundle_of_a_channel_reaches_a_kiosk_once() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let url = hub_with_a_kiosk(&hub);
    let mut settings = links::settings(&url, "North");
    assert_eq!(
        run(models::newest(&settings, None)).expect("an answer"),
        None
    );
    settings.models = Some("stable".to_owned());
    assert_eq!(
        run(models::newest(&settings, None)).expect("an answer"),
        None
    );

    let admin = hub.superuser_url();
    let publish = |channel: &str, bundle: &[u8]| {
        run(admin::publish(&admin, None, channel, bundle, "signed")).expect("a bundle")
    };
    let first = publish("stable", b"first");
    let second = publish("stable", b"second");
    publish("beta", b"third");
    let newest = |known: Option<&str>| run(models::newest(&settings, known)).expect("an answer");
    let bundle = newest(Some(&first)).expect("a newer bundle");
    assert_eq!(
        (bundle.version.as_str(), bundle.bytes.as_slice()),
        (&*second, &b"second"[..])
    );
    assert_eq!(bundle.signature, "signed");
    assert_eq!(newest(Some(&second)), None);

    // To go back, the former bundle is published again.
    assert_eq!(publish("stable", b"first"), first);
    assert_eq!(newest(Some(&second)).expect("the former").bytes, b"first");
    let empty = run(admin::publish(&admin, None, "stable", b"", "signed"));
    assert!(matches!(empty, Err(HubError::Size(0))));
}
