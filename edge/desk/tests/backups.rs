//! Backups that are encrypted: the owner's passphrase, and restoring with it.

use std::fs;

use catalogue::Passphrase;
use serde_json::json;

use crate::{Answer, Client, Served};

const PASSPHRASE: &str = "five words that nobody says";
const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const WITH_FILE: [(&str, &str); 1] = [("Content-Type", "multipart/form-data; boundary=edge")];

fn sets(owner: &Client, passphrase: &str, again: &str) -> Answer {
    let encode = |text: &str| text.replace(' ', "+");
    let form = format!("passphrase={}&again={}", encode(passphrase), encode(again));
    owner.ask("POST", "/settings/backups", &FORM, Some(form.as_bytes()))
}

/// Restores a backup with a form, on the page or by the API.
fn restores(owner: &Client, path: &str, passphrase: &str, file: &[u8]) -> Answer {
    let part = "--edge\r\nContent-Disposition: form-data; name=";
    let head = format!(
        "{part}\"passphrase\"\r\n\r\n{passphrase}\r\n{part}\"backup\"; filename=\"a.tar.age\"\r\n\r\n"
    );
    let form = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    owner.ask("POST", path, &WITH_FILE, Some(&form))
}

fn add(owner: &Client, name: &str) {
    let animal = json!({"name": name, "species": "cat", "breed": "siamese"});
    assert_eq!(owner.post("/api/v1/animals", &animal).status, 201);
}

#[test]
fn an_encrypted_backup_comes_back_with_its_passphrase() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    assert_eq!(sets(&owner, PASSPHRASE, PASSPHRASE).status, 303);
    let backup = owner.get("/api/v1/backup");
    assert!(backup.header("content-disposition").contains(".tar.age\""));
    assert!(backup.body.starts_with(b"age-encryption.org/v1\n"));
    add(&owner, "Felix");

    let api = "/api/v1/restore";
    for (passphrase, says) in [
        ("", "encrypted with a passphrase; give that"),
        ("another passphrase", "another passphrase"),
    ] {
        let refused = restores(&owner, api, passphrase, &backup.body);
        assert_eq!(refused.status, 422, "{}", refused.text());
        let message = refused.error();
        assert!(message.contains(says), "{message}");
        assert!(!message.contains("transfer"), "{message}");
    }
    let body = [("Content-Type", "application/octet-stream")];
    let refused = owner.ask("POST", api, &body, Some(&backup.body));
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(served.catalogue.totals().unwrap().animals, 2);

    let restored = restores(&owner, api, PASSPHRASE, &backup.body);
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(served.catalogue.totals().unwrap().animals, 1);
    add(&owner, "Felix");
    let restored = restores(&owner, "/export", PASSPHRASE, &backup.body);
    assert_eq!(restored.status, 303, "{}", restored.text());
    assert_eq!(served.catalogue.totals().unwrap().animals, 1);
    // The restored catalogue is this kiosk's, which goes on encrypting.
    assert!(served.catalogue.encrypts_backups());
}

#[test]
fn the_page_says_what_is_wrong_with_a_passphrase_or_a_file() {
    let served = Served::new();
    let owner = served.owner();
    let plain = owner.get("/api/v1/backup").body;
    let passphrase = Passphrase::new(PASSPHRASE);
    let set = served.catalogue.set_backup_passphrase(Some(&passphrase));
    set.unwrap();
    let backup = owner.get("/api/v1/backup").body;
    let key = b"age-encryption.org/v1\n-> X25519 abc\nabc\n--- abc\n";
    let header = backup.windows(4).position(|bytes| bytes == b" 17\n");
    let place = header.unwrap();
    let hostile = [&backup[..place], b" 40", &backup[place + 3..]].concat();
    for (what, passphrase, file, says) in [
        ("none", "", &backup[..], "type its passphrase"),
        ("another", "another passphrase", &backup[..], "with another"),
        ("plain", PASSPHRASE, &plain[..], "is not encrypted"),
        ("key", PASSPHRASE, &key[..], "to a key"),
        ("work", PASSPHRASE, &hostile[..], "more time and memory"),
        ("cut", PASSPHRASE, &backup[..backup.len() / 2], "cut short"),
    ] {
        let refused = restores(&owner, "/export", passphrase, file);
        assert_eq!(refused.status, 422, "{what}");
        let html = refused.text();
        let alerts = html.split("role=\"alert\"").skip(1);
        let mut alerts = alerts.map(|alert| alert.split("</div>").next().unwrap());
        assert!(alerts.any(|alert| alert.contains(says)), "{what}: {html}");
        assert!(!html.contains("another passphrase\""), "{what}");
        assert!(!html.contains(PASSPHRASE), "{what}");
    }
}

#[test]
fn the_owner_sets_and_removes_the_passphrase() {
    let served = Served::new();
    let owner = served.owner();
    let page = |client: &Client| client.get("/settings/backups");
    let html = page(&owner).text();
    assert!(html.contains("not encrypted") && html.contains("loses the backups"));
    assert!(!html.contains("/settings/backups/remove"));

    for (passphrase, again, says) in [
        ("too short", "too short", "12 to 200"),
        (PASSPHRASE, "five words that nobody said", "differ"),
    ] {
        let refused = sets(&owner, passphrase, again);
        assert_eq!(refused.status, 422);
        let html = refused.text();
        assert!(html.contains("role=\"alert\"") && html.contains(says));
        assert!(!html.contains(passphrase), "{html}");
        assert!(!served.catalogue.encrypts_backups());
    }
    let set = sets(&owner, PASSPHRASE, PASSPHRASE);
    assert_eq!(
        (set.status, set.header("location")),
        (303, "/settings/backups?saved=yes")
    );
    assert!(served.catalogue.encrypts_backups());
    let html = page(&owner).text();
    assert!(html.contains("are encrypted") && !html.contains(PASSPHRASE));

    let removed = owner.ask("POST", "/settings/backups/remove", &FORM, Some(b""));
    assert_eq!(removed.status, 303);
    assert!(!served.catalogue.encrypts_backups());

    let audit = owner.get("/api/v1/audit").json();
    let events = audit.as_array().unwrap().iter();
    let events: Vec<&str> = events
        .map(|entry| entry["event"].as_str().unwrap())
        .filter(|event| event.starts_with("backup_"))
        .collect();
    assert_eq!(events, ["backup_passphrase_removed", "backup_passphrase"]);
    let record = fs::read_to_string(served.folder.path().join("audit.jsonl")).unwrap();
    assert!(!record.contains("words"), "{record}");

    let staff = served.staff();
    assert_eq!(page(&staff).status, 403);
    assert_eq!(sets(&staff, PASSPHRASE, PASSPHRASE).status, 403);
    assert!(!served.catalogue.encrypts_backups());
}
