//! The kiosk's clock after a jump: what the page and the API say, and who confirms it.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{Client, Served};

/// A desk whose catalogue last read the clock a hundred days ago, and that time.
fn jumped() -> (Served, Timestamp) {
    let served = Served::new();
    let before = Timestamp::now() - SignedDuration::from_hours(2400);
    assert!(!served.catalogue.tidy(before).unwrap().is_held);
    (served, before)
}

fn status(client: &Client) -> String {
    let answer = client.ask("GET", "/status", &[("Accept-Language", "en")], None);
    assert_eq!(answer.status, 200);
    answer.text()
}

#[test]
fn programs_learn_of_a_jump_and_the_owner_confirms_the_clock() {
    let (served, before) = jumped();
    let (owner, staff) = (served.owner(), served.staff());
    let clock = staff.get("/api/v1/clock").json();
    let from: Timestamp = clock["jumped_from"].as_str().unwrap().parse().unwrap();
    assert_eq!(from.as_millisecond(), before.as_millisecond());

    let confirm = |client: &Client, now: &str| {
        let path = "/api/v1/clock/confirm";
        client.post(path, &json!({ "now": now }))
    };
    let now = clock["now"].as_str().unwrap();
    assert_eq!(confirm(&staff, now).status, 403);
    // What the owner saw is another clock than the one that there is now.
    for other in [before, Timestamp::now() + SignedDuration::from_hours(48)] {
        let refused = confirm(&owner, &other.to_string());
        assert_eq!(refused.status, 422, "{}", refused.error());
    }
    let still = staff.get("/api/v1/clock").json();
    assert_eq!(still["jumped_from"], clock["jumped_from"]);

    let confirmed = confirm(&owner, now);
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(confirmed.json()["jumped_from"], json!(null));
    assert!(!served.catalogue.tidy(Timestamp::now()).unwrap().is_held);
    let history = owner.get("/api/v1/settings/history").json();
    assert_eq!(
        (&history[0]["by"], &history[0]["field"]),
        (&json!("owner"), &json!("clock"))
    );
}

#[test]
fn the_page_says_so_until_the_owner_confirms_the_clock() {
    let (served, before) = jumped();
    let (owner, staff) = (served.owner(), served.staff());
    for client in [&owner, &staff] {
        let page = status(client);
        assert!(page.contains("no photograph is deleted"), "{page}");
        assert!(!page.contains("All is well"), "{page}");
    }
    assert!(status(&staff).contains("The owner can confirm it here"));
    let page = status(&owner);
    let (_, form) = page.split_once("action=\"/status/clock\"").unwrap();
    let (_, value) = form.split_once("name=\"now\" value=\"").unwrap();
    let (now, _) = value.split_once('"').unwrap();

    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = format!("now={now}");
    let send = |client: &Client| client.ask("POST", "/status/clock", &kind, Some(body.as_bytes()));
    assert_eq!(send(&staff).status, 403);
    let french = [kind[0], ("Accept-Language", "fr")];
    let other = format!("now={before}");
    let refused = owner.ask("POST", "/status/clock", &french, Some(other.as_bytes()));
    let page = refused.text();
    assert_eq!(refused.status, 422, "{page}");
    assert!(page.contains("L’horloge a avancé"), "{page}");
    assert!(!page.contains("has gone on"), "{page}");
    let sent = send(&owner);
    assert_eq!((sent.status, sent.header("location")), (303, "/status"));
    let page = status(&owner);
    assert!(page.contains("All is well"), "{page}");
    assert!(!page.contains("/status/clock"), "{page}");
}
