//! What the kiosk says about itself: its breeds, its figures, its health.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue::CatalogueError;
use desk::kiosk::{Backups, BytesWritten, ClockSource, Live, Machine, Rescue};
use serde_json::json;

use crate::Served;
use crate::api::animal;

#[test]
fn breeds_come_in_the_language_that_is_asked_for() {
    let served = Served::new();
    let staff = served.staff();
    let name = |headers: &[(&str, &str)]| {
        let breeds = staff.ask("GET", "/api/v1/breeds", headers, None).json();
        let breeds = breeds.as_array().unwrap().clone();
        assert!(breeds.iter().any(|breed| breed["id"] == "other"));
        assert!(
            breeds
                .iter()
                .any(|breed| breed["id"] == "labrador_retriever")
        );
        let ids: BTreeSet<&str> = breeds
            .iter()
            .filter_map(|breed| breed["id"].as_str())
            .collect();
        assert_eq!(ids.len(), breeds.len(), "each of them once");
        let mut labrador = breeds.iter().filter(|it| it["id"] == "labrador_retriever");
        let aliases = labrador.next().unwrap()["aliases"].to_string();
        assert!(aliases.contains("\"Lab\""), "{aliases}");
        assert!(!aliases.contains("labrador_retriever"), "{aliases}");
        let other = breeds.iter().find(|breed| breed["id"] == "other").unwrap();
        let names = format!("{} {}", other["name"], other["aliases"]);
        assert!(
            names.contains("Another breed") && names.contains("Autre race"),
            "{names}"
        );
        let cat = breeds.iter().find(|breed| breed["id"] == "abyssinian");
        cat.unwrap()["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name(&[("Accept-Language", "en-GB,en;q=0.9")]), "Abyssinian");
    assert_eq!(name(&[("Accept-Language", "de, fr-CH;q=0.8")]), "Abyssin");
    assert_eq!(name(&[]), "Abyssinian", "as the daycare's settings say");
    let chosen = [("Cookie", "language=fr")];
    let page = served.anonymous().ask("GET", "/login", &chosen, None);
    assert!(page.text().contains("lang=\"fr\""), "{}", page.text());
}

#[test]
fn metrics_are_figures_that_name_nobody() {
    let served = Served::new();
    let staff = served.staff();
    staff.post("/api/v1/animals", &animal("Secretive Rex"));
    staff.get("/api/v1/animals?query=Secretive");
    let answer = served.anonymous().get("/metrics");
    assert_eq!(answer.status, 200, "on this machine");
    let text = answer.text();
    assert!(text.contains("kiosk_animals 1"), "{text}");
    assert!(
        text.contains("kiosk_http_requests_total{route=\"/api/v1/animals\",status=\"201\"} 1"),
        "{text}"
    );
    assert!(!text.contains("Secretive"), "{text}");
    for name in [
        "looks_total",
        "look_seconds",
        "predicting_seconds_total",
        "detector_runs_total",
        "detector_seconds_total",
        "frames_total",
        "frames_skipped_total",
        "frames_deferred_total",
    ] {
        assert!(text.contains(&format!("\nkiosk_{name} ")), "{name}: {text}");
    }
    let elsewhere = [("X-Forwarded-For", "192.168.1.9")];
    let refused = served.anonymous().ask("GET", "/metrics", &elsewhere, None);
    assert_ne!(refused.status, 200, "from elsewhere");
    assert_eq!(staff.ask("GET", "/metrics", &elsewhere, None).status, 200);
}

#[test]
fn the_health_says_when_the_kiosk_has_stopped() {
    let mut served = Served::new();
    let staff = served.staff();
    assert_eq!(staff.get("/api/v1/health").json()["works"], true);
    let (other, _) = tokio::sync::watch::channel(Arc::default());
    drop(std::mem::replace(&mut served.live, other));
    assert_eq!(staff.get("/health").status, 503);
    let health = staff.get("/api/v1/health");
    assert_eq!(
        (health.status, &health.json()["works"]),
        (503, &json!(false))
    );
}

#[test]
fn a_kiosk_that_records_no_visit_is_alive_but_not_ready() {
    let served = Served::new();
    let (anonymous, staff) = (served.anonymous(), served.staff());
    let file = || PathBuf::from("/secret/catalogue.sqlite");
    for (error, reason) in [
        (CatalogueError::Full { file: file() }, "the disk is full"),
        (
            CatalogueError::ReadOnly { file: file() },
            "the catalogue cannot be written",
        ),
        (
            CatalogueError::Corrupt {
                file: file(),
                reason: "a page".to_owned(),
            },
            "the catalogue is damaged",
        ),
    ] {
        served.live.send_replace(Arc::new(Live {
            unrecordable: Some(Arc::new(error)),
            turned: Some(Instant::now()),
            ..Live::default()
        }));
        let ready = anonymous.get("/health");
        let expected = format!("not ready: {reason}\n");
        assert_eq!((ready.status, ready.text()), (503, expected));
        assert_eq!(anonymous.get("/health/live").status, 200, "{reason}");
        assert_eq!(staff.get("/api/v1/health").status, 503, "{reason}");
    }
    served.live.send_replace(Arc::default());
    assert_eq!(anonymous.get("/health").text(), "ok\n");
}

#[test]
fn a_kiosk_whose_own_catalogue_is_not_whole_or_not_in_use_is_not_ready() {
    let served = Served::new();
    let anonymous = served.anonymous();
    let rescue = || Some(Rescue::new(Path::new("/secret")));
    let full = CatalogueError::Full {
        file: PathBuf::from("/secret/catalogue.sqlite"),
    };
    for (live, reason) in [
        (
            Live {
                rescue: rescue(),
                ..Live::default()
            },
            "visits go elsewhere",
        ),
        (
            Live {
                is_damaged: true,
                ..Live::default()
            },
            "the catalogue is damaged",
        ),
        (
            Live {
                rescue: rescue(),
                unrecordable: Some(Arc::new(full)),
                ..Live::default()
            },
            "the disk is full",
        ),
    ] {
        served.live.send_replace(Arc::new(live));
        let ready = anonymous.get("/health");
        let expected = format!("not ready: {reason}\n");
        assert_eq!((ready.status, ready.text()), (503, expected));
        assert_eq!(anonymous.get("/health/live").status, 200, "{reason}");
    }
}

#[test]
fn a_kiosk_whose_thread_hangs_is_not_alive() {
    let served = Served::new();
    let anonymous = served.anonymous();
    for (seconds, alive, ready) in [
        (0, (200, "ok\n"), (200, "ok\n")),
        (
            60,
            (503, "not alive: the kiosk hangs\n"),
            (503, "not ready: the kiosk hangs\n"),
        ),
    ] {
        served.live.send_replace(Arc::new(Live {
            turned: Instant::now().checked_sub(Duration::from_secs(seconds)),
            ..Live::default()
        }));
        for (path, expected) in [("/health/live", alive), ("/health", ready)] {
            let answer = anonymous.get(path);
            assert_eq!((answer.status, &*answer.text()), expected, "{path}");
        }
    }
}

#[test]
fn a_monitor_is_told_when_the_newest_backup_was_made() {
    let served = Served::new();
    let anonymous = served.anonymous();
    let made = "2026-05-01T10:15:03Z";
    let of = |newest: Option<&str>| Backups {
        newest: newest.map(|made| made.parse().unwrap()),
        ..Backups::default()
    };
    for (backups, expected) in [
        (None, ""),
        (Some(of(None)), ""),
        (Some(of(Some(made))), made),
    ] {
        served.live.send_replace(Arc::new(Live {
            backups,
            ..Live::default()
        }));
        let ready = anonymous.get("/health");
        assert_eq!(ready.header("X-Newest-Backup"), expected);
        assert_eq!((ready.status, &*ready.text()), (200, "ok\n"));
    }
}

#[test]
fn where_the_kiosk_runs_is_told_to_people_to_programs_and_in_the_metrics() {
    let served = Served::new();
    let (anonymous, staff) = (served.anonymous(), served.staff());
    served.live.send_replace(Arc::new(Live {
        turned: Some(Instant::now()),
        machine: Machine {
            address: Some("http://kiosk.local:8080".to_owned()),
            numeric: None,
            hint: None,
            clock: ClockSource::Hardware,
            written: Some(BytesWritten {
                total: 9_000_000,
                today: 2_000_000,
                daily: Some(41_000_000),
            }),
        },
        ..Live::default()
    }));
    let english = [("Accept-Language", "en")];
    let status = staff.ask("GET", "/status", &english, None).text();
    for text in [
        "http://kiosk.local:8080",
        "a clock module",
        "Written within a day",
    ] {
        assert!(status.contains(text), "{text}: {status}");
    }
    let machine = staff.get("/api/v1/health").json()["machine"].clone();
    assert_eq!(machine["address"], "http://kiosk.local:8080");
    assert_eq!(machine["clock"], "hardware");
    assert_eq!(machine["written_bytes_today"], 2_000_000);
    assert_eq!(machine["written_bytes_daily"], 41_000_000);
    let metrics = anonymous.get("/metrics").text();
    for figure in [
        "kiosk_written_bytes_total 9000000",
        "kiosk_clock_synchronised 0",
    ] {
        assert!(metrics.contains(figure), "{figure}: {metrics}");
    }
}
