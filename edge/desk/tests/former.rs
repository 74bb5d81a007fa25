//! The catalogue of a data folder that can only be read, beside the one in use.

use std::fs;
use std::sync::Arc;

use catalogue::{AnimalFields, Catalogue, Passphrase};
use desk::access::{Access, Role};
use recognise::metadata::Species;
use tempfile::TempDir;

use crate::{Client, OWNER, Served, unsure};

/// A desk with two catalogues, each with a dog of number 1 and its contact.
struct House {
    served: Served,
    former: Arc<Catalogue>,
    /// Where the former one is.
    disk: TempDir,
}

impl House {
    fn new() -> Self {
        let disk = tempfile::tempdir().unwrap();
        let former = Arc::new(Catalogue::open(disk.path()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let access = Access::open(folder.path()).unwrap();
        access.set_password(Role::Owner, OWNER).unwrap();
        let served = Served::beside(Some(Arc::clone(&former)), folder.into(), |_| {});
        for (catalogue, name) in [(&served.catalogue, "Rex"), (&former, "Bello")] {
            let fields = AnimalFields {
                contact: "021 555".to_owned(),
                ..AnimalFields::new(name, Species::Dog, "pug")
            };
            let added = catalogue.add_animal(&fields, "owner").unwrap();
            assert_eq!(added.0, 1);
        }
        Self {
            served,
            former,
            disk,
        }
    }
}

/// What is recorded, the latest first: what it was, and what it is about.
fn recorded(owner: &Client) -> Vec<[String; 2]> {
    let record = owner.get("/api/v1/audit").json();
    let field = |entry: &serde_json::Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let entries = record.as_array().unwrap().iter();
    entries
        .map(|entry| [field(entry, "event"), field(entry, "about")])
        .collect()
}

#[test]
fn its_contacts_are_recorded_apart_from_those_of_the_one_in_use() {
    let house = House::new();
    let owner = house.served.owner();
    let contacts = || {
        let mut read = recorded(&owner);
        read.retain(|[event, _]| event == "contacts");
        read.into_iter().map(|[_, about]| about).collect::<Vec<_>>()
    };
    assert!(owner.get("/animals").text().contains("021 555"));
    assert_eq!(contacts(), ["animals 1"]);
    for _ in 0..2 {
        assert!(owner.get("/former?q=bello").text().contains("021 555"));
        assert_eq!(contacts(), ["former: animals 1", "animals 1"]);
    }
    let page = owner.get("/settings/audit").text();
    let says = "animals 1 (of the catalogue on the read-only disk)";
    assert!(page.contains(says), "{page}");
}

#[test]
fn how_to_reach_somebody_is_said_once() {
    let house = House::new();
    let page = house.served.owner().get("/former?q=bello").text();
    assert_eq!(page.matches("021 555").count(), 1, "{page}");
}

#[test]
fn its_backup_is_recorded_as_one_and_what_that_lacks_is_said_on_its_page() {
    let house = House::new();
    let owner = house.served.owner();
    house.former.record(&unsure()).unwrap();
    for file in fs::read_dir(house.disk.path().join("photographs")).unwrap() {
        let file = file.unwrap().path();
        if file.is_file() {
            fs::remove_file(file).unwrap();
        }
    }
    let lacks = |page: &str| owner.get(page).text().contains("lacks 1 photograph");
    let backup = |kind: &str, name: &str| {
        let backup = owner.get("/former/backup.tar");
        assert_eq!(backup.status, 200, "{}", backup.text());
        assert_eq!(backup.header("content-type"), kind);
        let named = backup.header("content-disposition");
        assert!(named.ends_with(&format!("\"{name}\"")), "{named}");
    };

    backup("application/x-tar", "former-backup.tar");
    let expected = ["backup", "/former/backup.tar"].map(str::to_owned);
    assert_eq!(recorded(&owner)[0], expected);
    assert!(lacks("/former"));
    assert!(!lacks("/export"), "that is another backup");
    assert_eq!(owner.get("/api/v1/backup").status, 200);
    assert_eq!(recorded(&owner)[0], ["backup", ""].map(str::to_owned));
    assert!(lacks("/former") && !lacks("/export"));

    let passphrase = Passphrase::new("five words that nobody says");
    let set = house.former.set_backup_passphrase(Some(&passphrase));
    set.unwrap();
    backup("application/octet-stream", "former-backup.tar.age");

    assert_eq!(owner.get("/former/animals.csv").status, 200);
    let expected = ["export", "/former/animals.csv"].map(str::to_owned);
    assert_eq!(recorded(&owner)[0], expected);
}
