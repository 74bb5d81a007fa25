//! Exports, backups and restoring them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use catalogue::{BackupFile, Catalogue, CatalogueError};
use desk::kiosk::{Arrival, Command, Live, Rescue};
use serde_json::json;

use crate::{Client, Served};

fn restore(owner: &Client, file: &[u8]) -> crate::Answer {
    let headers = [("Content-Type", "application/x-tar")];
    owner.ask("POST", "/api/v1/restore", &headers, Some(file))
}

/// What a browser says of a form with a file.
const FORM: [(&str, &str); 1] = [("Content-Type", "multipart/form-data; boundary=edge")];

/// A form with a file.
fn form(file: &[u8]) -> Vec<u8> {
    let head =
        "--edge\r\nContent-Disposition: form-data; name=\"backup\"; filename=\"a.tar\"\r\n\r\n";
    [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat()
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
        ("owners.csv", "text/csv; charset=utf-8", "phones"),
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
fn a_family_gets_what_is_kept_of_it_from_the_owner() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    let address = "/api/v1/animals/1/family.tar";
    let answer = owner.get(address);
    assert_eq!(
        (answer.status, answer.header("content-disposition")),
        (200, "attachment; filename=\"family-1.tar\"")
    );
    let archive = String::from_utf8_lossy(&answer.body);
    assert!(archive.contains("\"name\": \"Minou\""), "{archive}");
    assert_eq!(owner.get("/api/v1/animals/2/family.tar").status, 404);
    assert!(owner.get("/animals/1").text().contains(address));
    assert!(!served.staff().get("/animals/1").text().contains(address));
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
fn the_screen_follows_a_backup_that_is_restored() {
    let served = Served::new();
    let owner = served.owner();
    let backup = owner.get("/api/v1/backup").body;
    let visit = served.unsure_visit();
    served.live.send_replace(Arc::new(Live {
        arrival: Arrival {
            id: 1,
            visit: Some(visit),
            ..Arrival::default()
        },
        ..Live::default()
    }));
    assert_eq!(restore(&owner, &backup).status, 200);
    assert!(matches!(served.commands.recv(), Ok(Command::Settings)));
    let told = served.commands.recv();
    assert!(matches!(told, Ok(Command::Confirmed(id)) if id == visit));
}

#[test]
fn a_wrong_backup_is_refused_and_nothing_has_changed() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    let backup = owner.get("/api/v1/backup").body;
    let folder = served.folder.path().to_str().unwrap();
    for file in [
        &b""[..],
        b"no backup",
        &vec![0; 100_000],
        &backup[..backup.len() / 2],
    ] {
        let refused = restore(&owner, file);
        assert_eq!(refused.status, 422, "{}", refused.text());
        let message = refused.error();
        assert!(message.starts_with("not a whole backup"), "{message}");
        // Neither where it lay nor what is in it.
        for secret in [folder, "transfer", "no backup"] {
            assert!(!message.contains(secret), "{message}");
        }
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
    let next = b"--edge\r\nContent-Disposition: form-data; name=\"next\"\r\n\r\n/animals\r\n";
    let form = [&next[..], &form(&backup)].concat();
    let answer = owner.ask("POST", "/api/v1/restore", &FORM, Some(&form));
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/animals")
    );
    assert_eq!(served.catalogue.totals().unwrap().animals, 1);
}

#[test]
fn the_page_says_why_a_file_was_not_restored_beside_its_form() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    let backup = owner.get("/api/v1/backup").body;
    let folder = served.folder.path().to_str().unwrap();
    let send = |file: &[u8], language: &str| {
        let headers = [FORM[0], ("Accept-Language", language)];
        owner.ask("POST", "/export", &headers, Some(&form(file)))
    };
    for (language, says) in [
        ("en", "not a whole backup"),
        ("fr", "pas une sauvegarde complète"),
    ] {
        for file in [&b""[..], b"a private letter", &backup[..backup.len() / 2]] {
            let refused = send(file, language);
            assert_eq!(refused.status, 422);
            let html = refused.text();
            let form = html
                .split("<form")
                .find(|form| form.contains("backup-file"));
            let form = form.expect("the form is there again");
            assert!(
                form.contains("role=\"alert\"") && form.contains(says),
                "{form}"
            );
            for secret in [folder, "transfer", "letter"] {
                assert!(!html.contains(secret), "{secret}");
            }
        }
    }
    add(&owner, "Felix");
    let restored = send(&backup, "en");
    assert_eq!(restored.status, 303, "{}", restored.text());
    let done = owner.get(restored.header("location"));
    assert!(done.text().contains("restored"));
    assert_eq!(served.catalogue.totals().unwrap().animals, 1);
    assert_eq!(served.staff().get("/export").status, 403);
}

#[test]
fn while_visits_go_to_a_rescue_catalogue_a_backup_replaces_that_of_the_data_folder() {
    let served = Served::new();
    let owner = served.owner();
    add(&owner, "Minou");
    let backup = owner.get("/api/v1/backup").body;
    add(&owner, "Felix");
    let data = tempfile::tempdir().unwrap();
    let begins = |folder: &Path| {
        served.live.send_replace(Arc::new(Live {
            rescue: Some(Rescue::new(folder)),
            ..Live::default()
        }));
    };
    let on_page = || owner.ask("POST", "/export", &FORM, Some(&form(&backup)));

    let nowhere = data.path().join("none");
    begins(&nowhere);
    let refused = restore(&owner, &backup);
    assert_eq!(refused.status, 500, "{}", refused.text());
    let message = refused.error();
    assert!(message.contains("replace a disk"), "{message}");
    let refused = on_page();
    assert_eq!(refused.status, 500);
    let page = refused.text();
    assert!(page.contains("cannot write to its data folder"), "{page}");
    assert!(!nowhere.exists());

    let file = data.path().join("catalogue.sqlite");
    fs::write(file, [7; 10_000]).unwrap();
    begins(data.path());
    let page = owner.get("/export").text();
    assert!(page.contains("catalogue that cannot be used"), "{page}");
    let restored = on_page();
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert!(restored.text().contains("restarts with it"));
    let restored = Catalogue::open(data.path()).unwrap();
    assert_eq!(restored.totals().unwrap().animals, 1);
    assert_eq!(served.catalogue.totals().unwrap().animals, 2, "as before");
}

#[test]
fn a_desk_that_closes_ends_the_restore_of_a_rescue_too() {
    let mut served = Served::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("kiosk.backup");
    fs::write(&file, served.owner().get("/api/v1/backup").body).unwrap();
    let data = tempfile::tempdir().unwrap();
    let damaged = data.path().join("catalogue.sqlite");
    fs::write(&damaged, [7; 10_000]).unwrap();
    let rescue = Rescue::new(data.path());
    served.live.send_replace(Arc::new(Live {
        rescue: Some(rescue.clone()),
        ..Live::default()
    }));

    served.close();
    let error = rescue.restore(BackupFile::new(&file, None)).unwrap_err();
    assert!(matches!(error, CatalogueError::Interrupted), "{error}");
    assert_eq!(fs::read(&damaged).unwrap(), [7; 10_000]);
}
