//! The webhook, with a receiver that is a real server.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

use crate::{Answer, Client, Served};

const SECRET: &str = "a-secret-of-both";

/// A server that answers each request with the next of its answers, and the last one for ever.
struct Receiver {
    url: String,
    requests: mpsc::Receiver<Received>,
}

/// A request that arrived.
#[derive(Debug)]
struct Received {
    head: Vec<String>,
    body: String,
}

impl Receiver {
    /// Each answer is what follows `HTTP/1.1`.
    fn answering(answers: &[&str]) -> Self {
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/visits?key=1", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let received = Received::read(&stream);
                let answer = &answers[number.min(answers.len() - 1)];
                let rest = "Content-Length: 0\r\nConnection: close\r\n\r\n";
                if write!(stream, "HTTP/1.1 {answer}\r\n{rest}").is_err()
                    || sender.send(received).is_err()
                {
                    return;
                }
            }
        });
        Self { url, requests }
    }

    fn next(&self) -> Received {
        self.requests.recv_timeout(Duration::from_secs(30)).unwrap()
    }
}

impl Received {
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let body = String::new();
        let mut received = Self { head, body };
        let mut body = vec![0; received.header("content-length").parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        received.body = String::from_utf8(body).unwrap();
        received
    }

    fn header(&self, name: &str) -> &str {
        let lines = self.head.iter().filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        values.next().map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Checks that the kiosk signed it a moment ago.
    fn check_signature(&self) {
        let signature = self.header("X-Kiosk-Signature");
        let (at, signed) = (signature.strip_prefix("t="))
            .and_then(|rest| rest.split_once(",v1="))
            .unwrap_or_else(|| panic!("{signature}"));
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let tag = hmac::sign(&key, format!("{at}.{}", self.body).as_bytes());
        let expect: String = tag
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(signed, expect);
        let at: i64 = at.parse().unwrap();
        assert!((Timestamp::now().as_second() - at).abs() < 60, "{at}");
    }
}

fn set(owner: &Client, url: &str) -> Answer {
    let webhook = json!({ "url": url, "secret": SECRET });
    owner.say("PUT", "/api/v1/webhook", &webhook)
}

/// What the owner sees of the webhook, once that is as expected.
fn until(owner: &Client, is_expected: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let webhook = owner.get("/api/v1/webhook").json();
        if is_expected(&webhook) {
            return webhook;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{webhook}");
    }
}

#[test]
fn arrivals_and_decisions_are_reported_in_order_signed_and_without_names() {
    let served = Served::new();
    let owner = served.owner();
    let receiver = Receiver::answering(&["204 No Content"]);
    assert_eq!(set(&owner, &receiver.url).status, 200);
    let animal = json!({ "name": "Secretive Rex", "species": "dog", "breed": "pug" });
    let animal = owner.post("/api/v1/animals", &animal).json()["id"].clone();

    let visit = served.unsure_visit();
    let path = format!("/api/v1/visits/{visit}");
    let decision = json!({ "breed": "pug", "animal": animal });
    owner.post(&format!("{path}/settle"), &decision);
    owner.post(&format!("{path}/undo"), &json!(null));
    owner.say("DELETE", &path, &json!(null));

    let none = json!(null);
    for (event, state, breed, animal, revision) in [
        ("arrival", "unconfirmed", &none, &none, 0),
        ("decision", "confirmed", &json!("pug"), &animal, 1),
        ("decision", "unconfirmed", &none, &none, 2),
        ("deletion", "unconfirmed", &none, &none, 2),
    ] {
        let received = receiver.next();
        assert_eq!(received.head[0], "POST /visits?key=1 HTTP/1.1");
        assert_eq!(received.header("content-type"), "application/json");
        assert!(received.header("user-agent").starts_with("breed-kiosk/"));
        received.check_signature();
        let json = received.json();
        assert_eq!(
            (&json["event"], &json["visit"]["id"]),
            (&json!(event), &json!(visit))
        );
        let about = &json["visit"];
        assert_eq!(
            (&about["state"], &about["verdict"]),
            (&json!(state), &json!("unsure"))
        );
        assert_eq!(
            (&about["breed"], &about["animal"]),
            (breed, animal),
            "{json}"
        );
        assert_eq!(about["revision"], revision);
        for text in [&json["at"], &about["at"]] {
            text.as_str().unwrap().parse::<Timestamp>().unwrap();
        }
        for person in ["Secretive", "owner", "photograph", SECRET] {
            assert!(!received.body.contains(person), "{}", received.body);
        }
    }
    let webhook = until(&owner, |webhook| webhook["delivered"] == 4);
    assert_eq!(
        (&webhook["waiting"], &webhook["failure"]),
        (&json!(0), &json!(null))
    );
}

#[test]
fn names_are_sent_if_the_owner_asks_for_them() {
    let served = Served::new();
    let owner = served.owner();
    let receiver = Receiver::answering(&["200 OK"]);
    let webhook = json!({ "url": receiver.url, "secret": SECRET, "names": true });
    owner.say("PUT", "/api/v1/webhook", &webhook);
    let animal = json!({ "name": "Rex", "species": "dog", "breed": "pug" });
    let animal = owner.post("/api/v1/animals", &animal).json()["id"].clone();
    let visit = served.unsure_visit();
    let decision = json!({ "breed": "pug", "animal": animal });
    owner.post(&format!("/api/v1/visits/{visit}/settle"), &decision);
    assert_eq!(receiver.next().json()["event"], "arrival");
    let about = receiver.next().json()["visit"].clone();
    assert_eq!(
        (&about["animal_name"], &about["settled_by"]),
        (&json!("Rex"), &json!("owner"))
    );
}

#[test]
fn what_the_receiver_refuses_is_sent_again_before_what_comes_next() {
    let served = Served::new();
    let owner = served.owner();
    let receiver = Receiver::answering(&["500 Oh", "503 Busy", "200 OK"]);
    set(&owner, &receiver.url);
    let (first, second) = (served.unsure_visit(), served.unsure_visit());
    let bodies: Vec<String> = (0..3)
        .map(|_| {
            let received = receiver.next();
            received.check_signature();
            assert_eq!(received.json()["visit"]["id"], json!(first));
            received.body
        })
        .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(receiver.next().json()["visit"]["id"], json!(second));
    let webhook = until(&owner, |webhook| webhook["delivered"] == 2);
    assert_eq!(
        (&webhook["failures"], &webhook["given_up"]),
        (&json!(2), &json!(0))
    );
}

#[test]
fn a_receiver_that_hangs_holds_up_nobody() {
    let served = Served::new();
    let owner = served.owner();
    // It accepts connections, by the system's queue, and never reads or answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    set(
        &owner,
        &format!("http://{}/", listener.local_addr().unwrap()),
    );
    let start = Instant::now();
    for _ in 0..5 {
        let visit = served.unsure_visit();
        let confirmed = owner.post(
            &format!("/api/v1/visits/{visit}/settle"),
            &json!({ "breed": "pug" }),
        );
        assert_eq!(confirmed.status, 200);
    }
    // Far less than the ten seconds for which the kiosk waits for the receiver once.
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    let webhook = owner.get("/api/v1/webhook").json();
    assert_eq!(
        (&webhook["waiting"], &webhook["delivered"]),
        (&json!(10), &json!(0))
    );
    assert_eq!(owner.get("/status").status, 200);
    let metrics = owner.get("/metrics").text();
    assert!(
        metrics.contains("\nkiosk_webhook_waiting 10\n"),
        "{metrics}"
    );
}

#[test]
fn a_failure_is_seen_on_the_page_in_the_api_and_in_the_metrics() {
    let served = Served::new();
    let owner = served.owner();
    let elsewhere = Receiver::answering(&["200 OK"]);
    let moved = format!("302 Found\r\nLocation: {}", elsewhere.url);
    let receiver = Receiver::answering(&[&moved]);
    set(&owner, &receiver.url);
    served.unsure_visit();
    let webhook = until(&owner, |webhook| webhook["failure"].is_string());
    assert_eq!(webhook["failure"], "the receiver answered 302");
    let page = owner
        .ask("GET", "/status", &[("Accept-Language", "en")], None)
        .text();
    assert!(page.contains("The receiver answered 302"), "{page}");
    assert!(!page.contains("key=1"), "the address may be a secret");
    let metrics = owner.get("/metrics").text();
    let failures = metrics
        .lines()
        .find_map(|line| line.strip_prefix("kiosk_webhook_failures_total "));
    assert!(failures.unwrap().parse::<u64>().unwrap() > 0, "{metrics}");
    let is_alone = elsewhere.requests.try_recv().is_err();
    assert!(is_alone, "no redirect is followed");

    // What waits goes to a new address at once.
    set(&owner, &elsewhere.url);
    assert_eq!(elsewhere.next().json()["event"], "arrival");
    let webhook = until(&owner, |webhook| webhook["waiting"] == 0);
    assert_eq!(webhook["failure"], json!(null));
}

#[test]
fn the_secret_stays_with_the_kiosk() {
    let served = Served::new();
    let owner = served.owner();
    let receiver = Receiver::answering(&["200 OK"]);
    let answer = set(&owner, &receiver.url);
    let shown = [
        answer.text(),
        owner.get("/api/v1/webhook").text(),
        owner.get("/settings/programs").text(),
        owner.get("/api/v1/export/catalogue.json").text(),
        String::from_utf8_lossy(&owner.get("/api/v1/backup").body).into_owned(),
    ];
    assert!(shown.iter().all(|text| !text.contains(SECRET)), "{shown:?}");
    let file = served.folder.path().join("webhook.toml");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // Without another one, it stays.
    let again = json!({ "url": receiver.url, "names": true });
    assert_eq!(
        owner.say("PUT", "/api/v1/webhook", &again).json()["names"],
        true
    );
    served.unsure_visit();
    receiver.next().check_signature();

    assert_eq!(
        owner.say("DELETE", "/api/v1/webhook", &json!(null)).status,
        204
    );
    assert!(!fs::read_to_string(&file).unwrap().contains(SECRET));
    assert_eq!(owner.get("/api/v1/webhook").json()["url"], json!(null));
    served.unsure_visit();
    until(&owner, |webhook| webhook["waiting"] == 0);
    assert!(receiver.requests.try_recv().is_err());
}

#[test]
fn only_the_owner_says_where_events_go_and_not_just_anywhere() {
    let served = Served::new();
    let owner = served.owner();
    assert_eq!(set(&served.staff(), "https://example.org/").status, 403);
    for (url, secret, says) in [
        ("http://203.0.113.7/", SECRET, "use https"),
        ("example.org", SECRET, "needs an address"),
        ("file:///etc/passwd", SECRET, "needs an address"),
        ("https://u:p@example.org/", SECRET, "needs an address"),
        ("https://example.org/", "short", "16 to 200"),
    ] {
        let webhook = json!({ "url": url, "secret": secret });
        let refused = owner.say("PUT", "/api/v1/webhook", &webhook);
        assert_eq!(refused.status, 422, "{url}");
        assert!(refused.error().contains(says), "{}", refused.text());
    }
    let without = json!({ "url": "https://example.org/" });
    assert_eq!(owner.say("PUT", "/api/v1/webhook", &without).status, 422);
    assert_eq!(owner.get("/api/v1/webhook").json()["url"], json!(null));

    let form = |body: &str| {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let path = "/settings/programs/webhook";
        owner.ask("POST", path, &headers, Some(body.as_bytes()))
    };
    let refused = form("url=http://203.0.113.7/&secret=a-secret-of-both");
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("http://203.0.113.7/"),
        "what was typed stays"
    );
    assert!(!refused.text().contains(SECRET));
    let saved = form("url=https://example.org/kiosk&secret=a-secret-of-both&names=yes");
    assert_eq!(saved.status, 303);
    let webhook = owner.get("/api/v1/webhook").json();
    assert_eq!(
        (&webhook["url"], &webhook["names"]),
        (&json!("https://example.org/kiosk"), &json!(true))
    );
    assert_eq!(form("url=&secret=").status, 303);
    assert_eq!(owner.get("/api/v1/webhook").json()["url"], json!(null));
}
