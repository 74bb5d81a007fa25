//! What other sites' pages cannot do in the name of somebody who is logged in.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::{Client, Served};

fn press(client: &Client, headers: &[(&str, &str)]) -> u16 {
    let path = "/api/v1/press/next";
    client.ask("POST", path, headers, Some(b"")).status
}

#[test]
fn what_changes_something_needs_the_sessions_token() {
    let served = Served::new();
    let (staff, other) = (served.staff(), served.staff());
    assert_eq!(press(&staff, &[]), 403);
    assert_eq!(press(&staff, &[("X-CSRF-Token", "guessed")]), 403);
    assert_eq!(press(&staff, &[("X-CSRF-Token", &other.csrf)]), 403);
    assert_eq!(press(&staff, &[("X-CSRF-Token", &staff.csrf)]), 202);
    assert_eq!(served.commands.try_iter().count(), 1);
}

#[test]
fn a_form_carries_the_token_in_a_field() {
    let served = Served::new();
    let staff = served.staff();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let leave = |form: &str| {
        let answer = staff.ask("POST", "/logout", &kind, Some(form.as_bytes()));
        (answer.status, answer.header("location").to_owned())
    };
    for form in ["", "csrf=", "csrf=guessed", "a=csrf&b=c"] {
        assert_eq!(leave(form).0, 403, "{form}");
    }
    assert_eq!(leave("a=%FF"), (403, String::new()));
    assert_eq!(
        leave(&format!("a=b&csrf={}", staff.csrf)),
        (303, "/login".to_owned())
    );
}

#[test]
fn requests_from_other_sites_are_refused_even_with_the_token() {
    let served = Served::new();
    let staff = served.staff();
    let token = ("X-CSRF-Token", &*staff.csrf);
    let own = format!("http://{}", served.address);
    for (header, value, expect) in [
        ("Origin", &*own, 202),
        ("Origin", "http://evil.example", 403),
        ("Origin", "null", 403),
        ("Origin", "http://127.0.0.1:1", 403),
        ("Sec-Fetch-Site", "same-origin", 202),
        ("Sec-Fetch-Site", "none", 202),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "cross-site", 403),
    ] {
        let status = press(&staff, &[token, (header, value)]);
        assert_eq!(status, expect, "{header}: {value}");
        served.commands.try_iter().count();
    }
}

#[test]
fn no_other_site_logs_somebody_in() {
    let served = Served::new();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", "http://evil.example"),
    ];
    let form = b"password=the+owner's+password";
    let answer = served
        .stranger()
        .ask("POST", "/login", &headers, Some(form));
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("set-cookie"), "");
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
        assert!(
            answer
                .header("permissions-policy")
                .contains("camera=(self)")
        );
    }
}

#[test]
fn a_client_that_does_not_finish_its_request_holds_nothing_up() {
    let served = Served::new();
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(served.address).unwrap();
            stream.write_all(b"GET /health HTTP/1.1\r\nHost: ").unwrap();
            stream
        })
        .collect();
    assert_eq!(served.stranger().get("/health").status, 200);
    drop(slow);
}
