//! Exports, backups and restoring them.

use std::fs;

use serde_json::json;

use crate::{Client, Served};

fn restore(owner: &Client, file: &[u8]) -> crate::Answer {
    let headers = [("Content-Type", "application/x-tar")];
    owner.ask("POST", "/api/v1/restore", &headers, Some(file))
}

fn add(owner: &Client, name: &str) {
    let animal = json!({"name": name, "species": "cat", "breed": "siamese"});
    assert_eq!(owner.post("/api/v1/animals", &animal).status, 201);
}

#[test]
fn exports_are_files_to_keep() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    served.unsure_visit();
    for (file, kind, content) in [
        ("animals.csv", "text/csv; charset=utf-8", "Minou"),
        ("visits.csv", "text/csv; charset=utf-8", "unsure"),
        ("catalogue.json", "application/json", "Minou"),
    ] {
        let answer = owner.get(&format!("/api/v1/export/{file}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, kind));
        assert_eq!(
            answer.header("content-disposition"),
            format!("attachment; filename=\"{file}\"")
        );
        assert!(answer.text().contains(content), "{}", answer.text());
    }
}

#[test]
fn a_backup_brings_the_catalogue_back_as_it_was() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    let visit = served.unsure_visit();
    let backup = owner.get("/api/v1/backup");
    assert_eq!(
        backup.header("content-length"),
        backup.body.len().to_string()
    );

    add(&owner, "Felix");
    owner.say("DELETE", "/api/v1/animals/1", &json!(null));
    let restored = restore(&owner, &backup.body);
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(restored.json()["animals"], 1);
    assert_eq!(owner.get("/api/v1/animals").json()[0]["name"], "Minou");
    let photograph = owner.get(&format!("/api/v1/visits/{visit}/photograph"));
    assert_eq!(photograph.header("content-type"), "image/jpeg");
    assert!(image::load_from_memory(&photograph.body).is_ok());
}

#[test]
fn a_wrong_backup_is_refused_and_nothing_has_changed() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    let backup = owner.get("/api/v1/backup").body;
    for file in [
        &b""[..],
        b"no backup",
        &vec![0; 100_000],
        &backup[..backup.len() / 2],
    ] {
        let refused = restore(&owner, file);
        assert_eq!(refused.status, 422, "{}", refused.text());
        refused.error();
    }
    assert_eq!(owner.get("/api/v1/animals").json()[0]["name"], "Minou");
    let left: Vec<_> = fs::read_dir(served.folder.path().join("transfer"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_form_restores_too() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    let backup = owner.get("/api/v1/backup").body;
    add(&owner, "Felix");
    let mut form = b"--edge\r\nContent-Disposition: form-data; name=\"next\"\r\n\r\n/animals\r\n\
        --edge\r\nContent-Disposition: form-data; name=\"backup\"; filename=\"a.tar\"\r\n\r\n"
        .to_vec();
    form.extend_from_slice(&backup);
    form.extend_from_slice(b"\r\n--edge--\r\n");
    let kind = [("Content-Type", "multipart/form-data; boundary=edge")];
    let answer = owner.ask("POST", "/api/v1/restore", &kind, Some(&form));
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/animals")
    );
    assert_eq!(served.catalogue.totals().unwrap().animals, 1);
}
