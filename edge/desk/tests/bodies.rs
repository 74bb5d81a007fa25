//! Forms and JSON that arrive in crumbs, or are larger than anybody without a login needs.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::{STAFF, Served};

const FORM: &str = "application/x-www-form-urlencoded";

/// How a body is sent.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// In chunks of one byte each.
    Chunks,
    /// With its length announced, a byte at a time.
    Bytes,
}

/// Sends a body; the status of the answer.
fn send(served: &Served, path: &str, headers: &str, body: &str, manner: Manner) -> u16 {
    let mut stream = TcpStream::connect(served.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let framing = match manner {
        Manner::Chunks => "Transfer-Encoding: chunked".to_owned(),
        Manner::Bytes => format!("Content-Length: {}", body.len()),
    };
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    match manner {
        Manner::Chunks => {
            let mut chunks = String::new();
            for byte in body.chars() {
                chunks.push_str(&format!("1\r\n{byte}\r\n"));
            }
            chunks.push_str("0\r\n\r\n");
            stream.write_all(chunks.as_bytes()).unwrap();
        }
        Manner::Bytes => {
            for byte in body.as_bytes() {
                stream.write_all(&[*byte]).unwrap();
            }
        }
    }
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    let status = std::str::from_utf8(&status).unwrap();
    status.strip_prefix("HTTP/1.1 ").unwrap().parse().unwrap()
}

#[test]
fn without_a_login_a_form_may_be_small_in_however_many_pieces() {
    let served = Served::new();
    let password = STAFF.replace(' ', "+");
    let check = |filler: usize, manner: Manner, status| {
        let form = format!("password={password}&next=/{}", "a".repeat(filler));
        let kind = format!("Content-Type: {FORM}\r\n");
        let answer = send(&served, "/login", &kind, &form, manner);
        assert_eq!(answer, status, "{filler} in {manner:?}");
    };
    for manner in [Manner::Chunks, Manner::Bytes] {
        check(0, manner, 303);
        check(4000, manner, 303);
        check(4096, manner, 413);
        check(20_000, manner, 413);
    }
    check(250_000, Manner::Chunks, 413);
}

#[test]
fn without_a_login_json_may_be_small_in_however_many_pieces() {
    let served = Served::new();
    let check = |filler: usize, manner: Manner, status| {
        let json = json!({"password": STAFF, "filler": "a".repeat(filler)}).to_string();
        for kind in ["application/json", "Application/Vnd.Kiosk+JSON; v=1"] {
            let kind = format!("Content-Type: {kind}\r\n");
            let answer = send(&served, "/api/v1/login", &kind, &json, manner);
            assert_eq!(answer, status, "{filler} in {manner:?} as {kind}");
        }
    };
    for manner in [Manner::Chunks, Manner::Bytes] {
        check(0, manner, 200);
        check(4000, manner, 200);
        check(4096, manner, 413);
    }
    check(250_000, Manner::Chunks, 413);
}

#[test]
fn without_a_login_other_addresses_read_no_body() {
    let served = Served::new();
    let name = "a".repeat(250_000);
    let (form, json) = (format!("name={name}"), json!({ "name": name }).to_string());
    for (path, kind, body, status) in [
        ("/animals/new", FORM, &form, 303),
        ("/visits/settle", FORM, &form, 303),
        ("/api/v1/animals", "application/json", &json, 401),
        ("/api/v1/restore", "application/x-tar", &json, 401),
        ("/api/v1/photographs", "image/jpeg", &json, 401),
        ("/login", FORM, &form, 413),
        ("/invitation", FORM, &form, 413),
        ("/language", FORM, &form, 413),
        ("/api/v1/login", "application/json", &json, 413),
        ("/api/v1/invitation", "application/json", &json, 413),
        ("/login", "text/plain", &form, 415),
        ("/login", "multipart/form-data; boundary=a", &form, 415),
        ("/api/v1/login", FORM, &form, 413),
        ("/nothing", FORM, &form, 404),
    ] {
        let kind = format!("Content-Type: {kind}\r\n");
        let answer = send(&served, path, &kind, body, Manner::Chunks);
        assert_eq!(answer, status, "{path} {kind}");
    }
}

#[test]
fn somebody_who_is_logged_in_may_send_a_whole_form() {
    let served = Served::new();
    let headers = [("Content-Type", "application/json")];
    let password = json!({ "password": STAFF }).to_string();
    let login = served.anonymous();
    let login = login.ask("POST", "/api/v1/login", &headers, Some(password.as_bytes()));
    let cookie = login.header("set-cookie").split(';').next().unwrap();
    let headers = format!("Content-Type: application/json\r\nCookie: {cookie}\r\n");
    let check = |notes: usize, manner: Manner, status| {
        let animal = json!({
            "name": "Bella", "species": "dog", "breed": "pug", "notes": "a".repeat(notes),
            "contact": "b".repeat(4000), "warnings": "c".repeat(4000),
        });
        let animal = animal.to_string();
        let answer = send(&served, "/api/v1/animals", &headers, &animal, manner);
        assert_eq!(answer, status, "{notes} in {manner:?}");
    };
    check(4000, Manner::Chunks, 201);
    check(4000, Manner::Bytes, 201);
    check(250_000, Manner::Chunks, 422);
    check(256 << 10, Manner::Chunks, 413);
}
