//! Forms that come in crumbs, or are larger than anybody without a login has to say.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::{Served, STAFF};

/// Sends a form in chunks of one byte each; the status of the answer.
fn in_crumbs(served: &Served, path: &str, cookie: &str, form: &str) -> u16 {
    let mut stream = TcpStream::connect(served.address).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{cookie}\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut crumbs = String::new();
    for byte in form.chars() {
        crumbs.push_str(&format!("1\r\n{byte}\r\n"));
    }
    crumbs.push_str("0\r\n\r\n");
    stream.write_all(crumbs.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer[9..12].parse().unwrap()
}

#[test]
fn somebody_without_a_login_may_say_little_in_however_many_pieces() {
    let served = Served::new();
    let password = STAFF.replace(' ', "+");
    let check = |filler: usize, status| {
        let form = format!("password={password}&next=/{}", "a".repeat(filler));
        assert_eq!(in_crumbs(&served, "/login", "", &form), status, "{filler}");
    };
    check(0, 303);
    check(4000, 303);
    check(4096, 413);
    check(250_000, 413);
}

#[test]
fn somebody_who_is_logged_in_may_say_as_much_as_a_form_holds() {
    let served = Served::new();
    let staff = served.staff();
    let notes = serde_json::json!({
        "name": "Bella", "species": "dog", "breed": "pug", "notes": "a".repeat(4000),
        "contact": "b".repeat(4000), "warnings": "c".repeat(4000),
    });
    let answer = staff.post("/api/v1/animals", &notes);
    assert_eq!(answer.status, 201, "{}", answer.text());
}
