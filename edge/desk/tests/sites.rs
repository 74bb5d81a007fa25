//! What pages of other sites cannot do in the name of somebody who is logged in.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::{Client, OWNER, Served};

/// What browsers send along with requests that pages of other sites make.
const FOREIGN: [(&str, &str); 8] = [
    ("Origin", "http://evil.example"),
    ("Origin", "https://evil.example"),
    ("Origin", "null"),
    // Another server on the same machine is the same site, and gets the cookie.
    ("Origin", "http://127.0.0.1:1"),
    ("Origin", "http://127.0.0.1"),
    ("Sec-Fetch-Site", "same-site"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "anything else"),
];

fn press(client: &Client, headers: &[(&str, &str)]) -> u16 {
    let path = "/api/v1/press/next";
    client.ask("POST", path, headers, Some(b"")).status
}

#[test]
fn a_program_that_is_logged_in_needs_nothing_but_its_cookie() {
    let served = Served::new();
    assert_eq!(press(&served.anonymous(), &[]), 401);
    assert_eq!(press(&served.staff(), &[]), 202);
    assert_eq!(served.commands.try_iter().count(), 1);
}

#[test]
fn a_browser_may_change_something_from_a_page_of_the_desk_alone() {
    let served = Served::new();
    let staff = served.staff();
    let own = format!("http://{}", served.address);
    let secure = format!("https://{}", served.address);
    let ours = [
        ("Origin", &*own),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "none"),
    ];
    for header in ours {
        assert_eq!(press(&staff, &[header]), 202, "{header:?}");
        assert_eq!(served.commands.try_iter().count(), 1);
    }
    for header in FOREIGN.into_iter().chain([("Origin", &*secure)]) {
        assert_eq!(press(&staff, &[header]), 403, "{header:?}");
        // What one header says for us does not make up for the other.
        let both = [("Sec-Fetch-Site", "cross-site"), ("Origin", &*own)];
        assert_eq!(press(&staff, &both), 403);
    }
    assert_eq!(served.commands.try_iter().count(), 0);
}

#[test]
fn no_form_of_another_site_does_anything() {
    let served = Served::new();
    let owner = served.owner();
    let animal = json!({"name": "Rex", "species": "dog", "breed": "pug"});
    assert_eq!(owner.post("/api/v1/animals", &animal).status, 201);
    let visit = served.unsure_visit();
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=edge";
    let file = |name: &str| {
        let head = "Content-Disposition: form-data";
        format!("--edge\r\n{head}; name=\"{name}\"; filename=\"a\"\r\n\r\nfile\r\n--edge--\r\n")
    };
    let password = OWNER.replace(' ', "+");
    let confirm = format!("/visits/{visit}/settle");
    let confirm_api = format!("/api/v1{confirm}");
    let (photograph, backup) = (file("photograph"), file("backup"));
    let login = format!("password={password}&next=/");
    let requests: [(&str, &str, &str); 16] = [
        ("/login", form, &login),
        (
            "/api/v1/login",
            "text/plain",
            "{\"password\": \"what only the owner knows\"}",
        ),
        ("/language", form, "language=fr&next=/"),
        ("/logout", form, ""),
        ("/animals/new", form, "name=Max&breed=Pug"),
        ("/animals/1/forget", form, "sure=yes"),
        ("/settings", form, "name=Evil&keep_days=1&quota_mb=10"),
        (
            "/settings/password",
            form,
            "role=owner&password=evil+evil&again=evil+evil",
        ),
        ("/status/clock", form, "now=2026-05-01T08:00:00Z"),
        ("/press/confirm", form, ""),
        (&confirm, form, "breed=pug"),
        (&confirm_api, "text/plain", "{\"breed\": \"pug\"}"),
        ("/api/v1/photographs", multipart, &photograph),
        ("/api/v1/restore", multipart, &backup),
        ("/export", multipart, &backup),
        ("/api/v1/logout", "text/plain", ""),
    ];
    for (path, kind, body) in requests {
        for foreign in FOREIGN {
            let headers = [("Content-Type", kind), foreign];
            let answer = owner.ask("POST", path, &headers, Some(body.as_bytes()));
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
            assert_eq!(answer.header("set-cookie"), "", "{path}");
            let anonymous = served.anonymous();
            let answer = anonymous.ask("POST", path, &headers, Some(body.as_bytes()));
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
            assert_eq!(answer.header("set-cookie"), "", "{path}");
        }
    }
    assert_eq!(owner.get("/api/v1/session").status, 200, "still logged in");
    let animals = owner.get("/api/v1/animals").json();
    assert_eq!(animals.as_array().unwrap().len(), 1);
    assert_eq!(served.catalogue.settings().unwrap().name, "Breed Kiosk");
    assert_eq!(served.catalogue.visit(visit).unwrap().confirmed_breed, None);
    assert!(served.commands.try_recv().is_err());
    served.anonymous().logged_in(OWNER);
}

#[test]
fn json_is_not_what_a_form_of_another_site_can_send() {
    let served = Served::new();
    let staff = served.staff();
    let animal = b"{\"name\": \"Rex\", \"species\": \"dog\", \"breed\": \"pug\"}";
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=edge",
    ] {
        let headers = [("Content-Type", kind)];
        let answer = staff.ask("POST", "/api/v1/animals", &headers, Some(animal));
        assert_eq!(answer.status, 415, "{kind}");
    }
}

#[test]
fn the_page_that_refuses_another_site_says_so() {
    let served = Served::new();
    let foreign = [("Origin", "null"), ("Accept-Language", "en")];
    let answer = served.staff().ask("POST", "/logout", &foreign, None);
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("came from another site"));
    let owners = [("Accept-Language", "en")];
    let answer = served.staff().ask("GET", "/settings", &owners, None);
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("Only the owner"));
}

#[test]
fn a_public_name_that_points_here_is_not_ours() {
    let served = Served::new();
    let check = |host: &str, expect: &str| {
        let mut stream = TcpStream::connect(served.address).unwrap();
        let host = match host {
            "" => String::new(),
            host => format!("Host: {host}\r\n"),
        };
        write!(
            stream,
            "GET /health HTTP/1.1\r\n{host}Connection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expect}")),
            "{host}: {answer}"
        );
    };
    for host in [
        "localhost",
        "127.0.0.1:80",
        "kiosk.local",
        "desk.example.org",
    ] {
        check(host, "200");
    }
    for host in ["evil.example", "desk.example.org.evil.example", ""] {
        check(host, "421");
    }
}

#[test]
fn every_answer_forbids_what_the_page_does_not_need() {
    let served = Served::new();
    let staff = served.staff();
    for path in [
        "/login",
        "/",
        "/health",
        "/api/v1/live",
        "/api/v1/nothing",
        "/nothing",
    ] {
        let answer = staff.get(path);
        let policy = answer.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(
                policy.split("; ").any(|found| found == rule),
                "{path}: {policy}"
            );
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let embedding = answer.header("cross-origin-resource-policy");
        assert_eq!(embedding, "same-origin", "{path}");
        assert!(
            answer
                .header("permissions-policy")
                .contains("camera=(self)")
        );
    }
}

#[test]
fn a_client_that_does_not_finish_its_request_delays_nobody() {
    let served = Served::new();
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(served.address).unwrap();
            stream.write_all(b"GET /health HTTP/1.1\r\nHost: ").unwrap();
            stream
        })
        .collect();
    assert_eq!(served.anonymous().get("/health").status, 200);
    drop(slow);
}
