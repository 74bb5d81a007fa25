//! Kiosks and the hub of their chain, a real PostgreSQL: what a kiosk may do there, how a guest becomes
//! known elsewhere, that nothing is lost by what a hub or a kiosk cannot take, and what a dashboard shows.
//!
//! Needs Debian's `postgresql`. Without it the tests are skipped, except in CI.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use catalogue::{
    Animal, AnimalFields, AnimalId, Catalogue, Decision, NewVisit, Replace, Subject, VisitId,
};
use jiff::Timestamp;
use recognise::metadata::Species;
use recognise::{Candidate, Source, VerdictKind};
use rusqlite::Connection;
use serde_json::Value;
use sync::hub::Settings;
use sync::{Link, LinkState};
use tempfile::TempDir;
use tests::links::{self, HUB, Links};
use tests::services::{Postgres, query};
use tests::workspace;

/// How long a link may take: after a failure it waits before the next try.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A kiosk of a chain, without its desk.
struct Kiosk {
    catalogue: Arc<Catalogue>,
    settings: Settings,
    folder: TempDir,
}

impl Kiosk {
    /// The only kiosk of a new site.
    fn of(hub: &Postgres, site: &str) -> Self {
        let names = [site.to_lowercase()];
        let admitted = links::admit(&hub.superuser_url(), site, &names);
        let (role, password) = &admitted[0];
        let folder = tempfile::tempdir().expect("a folder for the catalogue");
        let catalogue = Catalogue::open(folder.path()).expect("a new catalogue");
        catalogue.follow(HUB).expect("a sender");
        Self {
            catalogue: Arc::new(catalogue),
            settings: links::settings(&hub.url(role, password), site),
            folder,
        }
    }

    fn connect(&self) -> Links {
        self.connect_with(&self.settings)
    }

    fn connect_with(&self, settings: &Settings) -> Links {
        Links::start(vec![(Arc::clone(&self.catalogue), settings.clone())])
    }

    /// A dog arrives for the first time, and staff say its name.
    fn newcomer(&self, name: &str) -> AnimalId {
        let animal = AnimalFields::new(name, Species::Dog, "beagle");
        let (visit, decision) = (self.arrival(), decision(None));
        let visit = self
            .catalogue
            .confirm_newcomer(visit, &animal, &decision)
            .expect("a newcomer");
        visit.animal.expect("its animal").0
    }

    /// A dog arrives that is known, and staff confirm it.
    fn comes(&self, animal: AnimalId) {
        let visit = self.arrival();
        let confirmed = self.catalogue.confirm(visit, &decision(Some(animal)));
        confirmed.expect("a confirmed visit");
    }

    fn arrival(&self) -> VisitId {
        let recorded = self.catalogue.record(&NewVisit {
            at: Timestamp::now(),
            photograph: None,
            verdict: VerdictKind::Breed,
            candidates: vec![Candidate {
                breed: "beagle".into(),
                probability: 0.9,
            }],
            confidence: 0.9,
            embedding: (0..128).map(|index| (index as f32).sin()).collect(),
            model: "hub".to_owned(),
            source: Source::Camera,
        });
        recorded.expect("a visit on record").visit
    }

    /// Changes what is known of an animal.
    fn change(&self, animal: AnimalId, by: &str, change: impl FnOnce(&mut AnimalFields)) {
        let mut fields = self.catalogue.animal(animal).expect("an animal").fields;
        change(&mut fields);
        let changed = self.catalogue.change_animal(animal, &fields, by);
        changed.expect("a changed animal");
    }

    /// The animals of this name, which no other text has in it.
    fn find(&self, name: &str) -> Vec<Animal> {
        let found = self.catalogue.search(name, 10, 0).expect("a search");
        let is_named = |animal: &Animal| animal.fields.name == name;
        found.into_iter().filter(is_named).collect()
    }

    fn waiting(&self) -> u64 {
        self.catalogue.backlog(HUB).expect("a backlog").waiting
    }

    fn is_sent(&self) -> bool {
        self.waiting() == 0
    }
}

fn decision(animal: Option<AnimalId>) -> Decision {
    Decision {
        breed: "beagle".into(),
        breed_name: None,
        animal,
        by: "ana".to_owned(),
        at: Timestamp::now(),
        revision: Some(0),
    }
}

/// Waits until `is_so`.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let due = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < due, "not within {PATIENCE:?}: {what}");
        thread::sleep(PAUSE);
    }
}

/// Waits until a link is in a state whose text has this key.
fn eventually_says(links: &Links, key: &str) {
    eventually(key, || {
        let Link { state, .. } = links.state(0);
        matches!(&state, LinkState::Failing(said) | LinkState::Refused(said) if said.key == key)
    });
}

#[test]
fn a_kiosk_adds_its_own_events_and_can_do_nothing_else() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let (north, south) = (Kiosk::of(&hub, "North"), Kiosk::of(&hub, "South"));
    north.newcomer("Rex");
    south.newcomer("Bo");
    let links = (north.connect(), south.connect());
    eventually("both are sent", || north.is_sent() && south.is_sent());
    drop(links);

    let own = north.catalogue.kiosk_id().expect("an id");
    let other = south.catalogue.kiosk_id().expect("an id");
    let url = north.settings.url.as_str();
    let insert = |kiosk: &str, column: &str, value: &str| {
        format!(
            "INSERT INTO breed_kiosk.event
                 (id, kiosk, schema, kind, at, by, subject, revision, body{column})
             VALUES (gen_random_uuid(), '{kiosk}', 1, 'note', now(), 'ana', gen_random_uuid(), 0,
                     '{{}}'{value})"
        )
    };
    let before = hub.psql("SELECT count(*) FROM breed_kiosk.event");
    for sql in [
        "DELETE FROM breed_kiosk.event".to_owned(),
        "TRUNCATE breed_kiosk.event".to_owned(),
        "UPDATE breed_kiosk.event SET by = 'ben'".to_owned(),
        "DELETE FROM breed_kiosk.guest".to_owned(),
        "UPDATE breed_kiosk.guest SET deleted = true".to_owned(),
        "UPDATE breed_kiosk.guest_field SET value = '\"Max\"'".to_owned(),
        "DELETE FROM breed_kiosk.kiosk".to_owned(),
        "UPDATE breed_kiosk.version SET schema = 99".to_owned(),
        "SELECT * FROM breed_kiosk.visit".to_owned(),
        "CREATE TABLE breed_kiosk.mine ()".to_owned(),
        insert(&other, "", ""),
        insert(&own, ", role", ", 'kiosk_south'"),
    ] {
        let refused = query(url, &sql).expect_err(&sql);
        let is_forbidden =
            refused.contains("permission denied") || refused.contains("row-level security");
        assert!(is_forbidden, "{sql}: {refused}");
    }
    assert_eq!(hub.psql("SELECT count(*) FROM breed_kiosk.event"), before);

    query(url, &insert(&own, "", "")).expect("an event of its own");
    let kiosks = query(url, "SELECT DISTINCT kiosk FROM breed_kiosk.event");
    assert_eq!(kiosks.expect("events"), own, "it sees no other's events");
    let guests = query(url, "SELECT count(*) FROM breed_kiosk.guest");
    assert_eq!(guests.expect("guests"), "2", "it sees all guests");
}

#[test]
fn a_guest_of_north_is_known_at_south_until_it_is_one_of_theirs_or_erased() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let (north, south) = (Kiosk::of(&hub, "North"), Kiosk::of(&hub, "South"));
    let (rex, zorro) = (north.newcomer("Rex"), north.newcomer("Zorro"));
    let _links = (north.connect(), south.connect());
    eventually("South knows both", || {
        south.catalogue.known_guests().expect("guests") == 2
    });
    let rex_at_south = south.find("Rex").remove(0);
    assert_eq!(rex_at_south.known_at.as_deref(), Some("North"));
    assert_eq!(south.catalogue.totals().expect("totals").animals, 0);

    south.comes(rex_at_south.id);
    assert_eq!(south.find("Rex")[0].known_at, None);
    assert_eq!(south.catalogue.known_guests().expect("guests"), 1);

    // Each site changes another field of the same dog.
    north.change(rex, "ana", |fields| fields.warnings = "bites".to_owned());
    south.change(rex_at_south.id, "ben", |fields| fields.breed = "pug".into());
    let has_both =
        |animal: Animal| animal.fields.warnings == "bites" && animal.fields.breed.as_str() == "pug";
    eventually("both have both changes", || {
        let at_north = north.catalogue.animal(rex).expect("Rex");
        let at_south = south.catalogue.animal(rex_at_south.id).expect("Rex");
        has_both(at_north) && has_both(at_south)
    });
    let history = north.catalogue.history(Subject::Animal(rex));
    let changes = history.expect("a history");
    let change = changes
        .iter()
        .find(|change| change.field == "breed" && change.before.is_some());
    assert_eq!(change.expect("the change of the breed").by, "ben (South)");

    let erased = north.catalogue.delete_animal(zorro, "ana");
    erased.expect("an erased animal");
    eventually("South has forgotten it", || south.find("Zorro").is_empty());
    let traces = "SELECT count(*) FROM breed_kiosk.event WHERE body::text LIKE '%Zorro%'";
    assert_eq!(hub.psql(traces), "0");
    let fields = "SELECT count(*) FROM breed_kiosk.guest_field WHERE value = '\"Zorro\"'";
    assert_eq!(hub.psql(fields), "0");
}

#[test]
fn what_a_hub_refuses_waits_until_it_is_put_right() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let north = Kiosk::of(&hub, "North");
    north.newcomer("Rex");
    let waiting = north.waiting();
    let schema = hub.psql("SELECT schema FROM breed_kiosk.version");
    let wrong = links::settings(&hub.url("kiosk_north", "wrong"), "North");
    let disk_full = "
        CREATE FUNCTION breed_kiosk.no_space() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON breed_kiosk.event
            FOR EACH STATEMENT EXECUTE FUNCTION breed_kiosk.no_space();";
    let set_schema = |version: &str| format!("UPDATE breed_kiosk.version SET schema = {version}");
    let (newer, known) = (set_schema("99"), set_schema(&schema));
    for (settings, fault, mended, said) in [
        (&wrong, "SELECT 1", "SELECT 1", "link-hub-password"),
        (
            &north.settings,
            newer.as_str(),
            known.as_str(),
            "link-hub-newer",
        ),
        (
            &north.settings,
            disk_full,
            "DROP TRIGGER full_disk ON breed_kiosk.event",
            "link-hub-disk-full",
        ),
    ] {
        hub.psql(fault);
        let links = north.connect_with(settings);
        eventually_says(&links, said);
        drop(links);
        assert_eq!(north.waiting(), waiting, "{said}");
        hub.psql(mended);
    }
    let _links = north.connect();
    eventually("all is sent", || north.is_sent());
    let events = hub.psql("SELECT count(*) FROM breed_kiosk.event");
    assert_eq!(events, waiting.to_string());
}

#[test]
fn an_event_that_the_hub_cannot_take_holds_up_no_other() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let north = Kiosk::of(&hub, "North");
    north.newcomer("Rex");
    let large = format!("{{\"animal\": {{\"name\": \"{}\"}}}}", "x".repeat(1 << 20));
    let strange = [
        (
            "0197e0d4-0000-7000-8000-00000000000a",
            "weather",
            "{\"rain\": 1}",
        ),
        (
            "0197e0d4-0000-7000-8000-00000000000b",
            "arrival",
            "{\"visit\": 7}",
        ),
        (
            "0197e0d4-0000-7000-8000-00000000000c",
            "animal",
            large.as_str(),
        ),
    ];
    let database = Connection::open(north.folder.path().join("catalogue.sqlite"));
    let database = database.expect("the catalogue's database");
    for (id, kind, body) in strange {
        let added = database.execute(
            "INSERT INTO outbox (id, at, since, kind, subject, revision, by, body)
             SELECT ?1, at, since, ?2, subject, 0, by, ?3 FROM outbox LIMIT 1",
            (id, kind, body),
        );
        assert_eq!(added.expect("an event"), 1);
    }
    north.newcomer("Bo");

    let _links = north.connect();
    eventually("all is sent or refused", || north.is_sent());
    let confirmed = "SELECT count(*) FROM breed_kiosk.visit WHERE confirmed_at IS NOT NULL";
    assert_eq!(hub.psql(confirmed), "2");
    let [weather, arrival, large] = strange.map(|(id, ..)| id);
    let kept = |id: &str| {
        hub.psql(&format!(
            "SELECT kind FROM breed_kiosk.event WHERE id = '{id}'"
        ))
    };
    let reason = |id: &str| {
        hub.psql(&format!(
            "SELECT reason FROM breed_kiosk.refused WHERE event = '{id}'"
        ))
    };
    assert_eq!(
        (kept(weather).as_str(), reason(weather).as_str()),
        ("weather", "")
    );
    assert_ne!(reason(arrival), "");
    assert_ne!(reason(large), "");
}

#[test]
fn a_kiosk_that_was_restored_from_an_older_backup_gets_back_what_it_lost() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let north = Kiosk::of(&hub, "North");
    let backups = tempfile::tempdir().expect("a folder for backups");
    let backup = backups.path().join("last-week.tar");
    north.newcomer("Rex");
    let links = north.connect();
    eventually("Rex is sent", || north.is_sent());
    let backed_up = north.catalogue.backup(&backup, Replace::Backup);
    backed_up.expect("a backup");
    north.newcomer("Bo");
    eventually("Bo is sent", || north.is_sent());
    drop(links);

    north
        .catalogue
        .restore(&backup)
        .expect("a restored catalogue");
    assert!(north.find("Bo").is_empty(), "the backup is older than Bo");
    // It gets a number that Bo had.
    north.newcomer("Max");
    let _links = north.connect();
    eventually("Bo is back, and Max is sent", || {
        north.find("Bo").len() == 1 && north.is_sent()
    });
    assert_eq!(north.catalogue.totals().expect("totals").visits, 3);
    for name in ["Rex", "Bo", "Max"] {
        let found = north.find(name);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!((found[0].visits, &found[0].known_at), (1, &None), "{name}");
    }
    let visits = "SELECT count(*), count(DISTINCT guest) FROM breed_kiosk.visit";
    assert_eq!(hub.psql(visits), "3|3");
    let guests = "SELECT count(*) FROM breed_kiosk.guest WHERE NOT deleted";
    assert_eq!(hub.psql(guests), "3");
}

/// The time that the dashboard is asked for.
const FROM: &str = "'2020-01-01T00:00:00Z'";
const TO: &str = "'2100-01-01T00:00:00Z'";

/// A query of the dashboard as Grafana sends it: with its macros replaced as Grafana's documentation
/// says, and the variable of the chosen sites.
fn as_sent(sql: &str) -> String {
    let sql = sql
        .replace("$__timeFrom()", FROM)
        .replace("$__timeTo()", TO)
        .replace("$site", "'North','South'");
    let sql = replace_macro(&sql, "$__timeFilter(", |column| {
        format!("{column} BETWEEN {FROM} AND {TO}")
    });
    replace_macro(&sql, "$__timeGroupAlias(", |arguments| {
        let column = arguments.split(',').next().unwrap_or_default();
        format!("floor(extract(epoch FROM {column}) / 3600) * 3600 AS \"time\"")
    })
}

/// Replaces a macro wherever it is, by its arguments.
fn replace_macro(sql: &str, name: &str, replace: impl Fn(&str) -> String) -> String {
    let mut parts = sql.split(name);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (arguments, rest) = part.split_once(')').expect("the end of a macro");
        replaced += &replace(arguments);
        replaced += rest;
    }
    replaced
}

#[test]
fn every_query_of_the_dashboard_runs_and_shows_what_happened() {
    let Some(hub) = Postgres::start() else {
        return;
    };
    let (north, south) = (Kiosk::of(&hub, "North"), Kiosk::of(&hub, "South"));
    north.newcomer("Rex");
    south.newcomer("Bo");
    let _links = (north.connect(), south.connect());
    eventually("both are sent", || north.is_sent() && south.is_sent());
    hub.psql("CREATE ROLE grafana LOGIN PASSWORD 'grafana' IN ROLE breed_kiosk_reader");
    let reader = hub.url("grafana", "grafana");

    let file = workspace().join("edge/sync/grafana/breed-kiosk.json");
    let file = fs::read_to_string(file).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&file).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut shown = Vec::new();
    for panel in list(&dashboard["panels"]) {
        let title = panel["title"].as_str().unwrap_or_default().to_owned();
        for target in list(&panel["targets"]) {
            let sql = as_sent(target["rawSql"].as_str().expect("a query"));
            assert!(!sql.contains('$'), "{title}: {sql}");
            let rows = query(&reader, &sql);
            let rows = rows.unwrap_or_else(|error| panic!("{title}: {sql}: {error}"));
            shown.push((title.clone(), rows));
        }
    }
    for variable in list(&dashboard["templating"]["list"]) {
        if variable["type"] == "query" {
            let sql = variable["query"].as_str().expect("a query");
            let choices = query(&reader, sql).expect("choices");
            assert_eq!(choices, "North\nSouth");
        }
    }
    query(&reader, "SELECT * FROM breed_kiosk.guest_field").expect_err("a guest's data");
    for (title, expected) in [
        ("Arrivals", "2"),
        ("Right answers", "1"),
        ("Kiosks not heard of", "0"),
        ("Breeds", "beagle|2"),
    ] {
        let rows = shown.iter().find(|(panel, _)| panel == title);
        assert_eq!(rows.expect(title).1, expected, "{title}");
    }
}
