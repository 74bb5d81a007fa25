//! Privacy: what is forgotten is gone from the disk, contacts have a retention of their own, files are
//! the kiosk's alone, and a family gets what is kept of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use catalogue::{
    AnimalFields, AnimalId, Catalogue, CatalogueError, CheckOut, NewVisit, OwnerChoice,
    OwnerFields, OwnerId, Settings, StayNotes, Subject, VisitId, claim_folder, keep_private,
};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Daycare, arrival, contents, embedding, photographed, pug, time};

fn reached_at(name: &str, contact: &str) -> AnimalFields {
    AnimalFields {
        contact: contact.to_owned(),
        ..pug(name)
    }
}

fn owner(name: &str, phone: &str) -> OwnerFields {
    OwnerFields {
        name: name.to_owned(),
        phones: vec![phone.to_owned()],
        email: format!("{}@vexworth.example", name.len()),
        address: "17 Zephyr Lane".to_owned(),
        notes: "rings twice".to_owned(),
    }
}

/// Which of these are in which files of the daycare's folder.
fn traces(daycare: &Daycare, secrets: &[Vec<u8>]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (file, bytes) in contents(daycare.folder.path()) {
        for (index, secret) in secrets.iter().enumerate() {
            if bytes.windows(secret.len()).any(|window| window == secret) {
                found.push((index, file.clone()));
            }
        }
    }
    found
}

fn assert_gone(daycare: &Daycare, secrets: &[Vec<u8>]) {
    let left = traces(daycare, secrets);
    assert!(left.is_empty(), "{left:?}");
}

/// A piece of a visit's photograph, and its embedding.
fn looks_of(daycare: &Daycare, visit: VisitId) -> [Vec<u8>; 2] {
    let jpeg = daycare.catalogue.photograph(visit).unwrap().unwrap();
    let middle = jpeg.len() / 2;
    let database = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    let select = "SELECT embedding FROM visit WHERE id = ?1";
    let embedding = database.query_row(select, [visit.0], |row| row.get(0));
    [jpeg[middle..middle + 48].to_vec(), embedding.unwrap()]
}

/// A family among others, and all that tells of it.
fn family(daycare: &Daycare) -> (AnimalId, OwnerId, Vec<Vec<u8>>) {
    let catalogue = &daycare.catalogue;
    let others: Vec<AnimalId> = (0..30)
        .map(|number| daycare.adds(&pug(&format!("Rex {number}"))))
        .collect();
    let quenby = owner("Quenby Vexworth", "+41 79 404 17 17");
    let quenby = catalogue.add_owner(&quenby, "ana").unwrap().id;
    let fields = reached_at("Xyzzybark", "the Jabberwock, 17 17");
    let animal = catalogue
        .add_owned_animal(&fields, &[OwnerChoice::Known(quenby)], "ana")
        .unwrap();
    let twin = daycare.adds(&reached_at("Plughpaw", "Kwyjibo 99"));
    let mut secrets = Vec::new();
    for (animal, look) in [(animal, 40), (twin, 48)] {
        let visit = daycare.arrives(&NewVisit {
            embedding: embedding(look),
            ..photographed("unsure", "boxer", look)
        });
        daycare.confirms(visit, "pug", Some(animal));
        let notes = StayNotes {
            belongings: "a Frobozz blanket".to_owned(),
            run: "Box 3".to_owned(),
        };
        catalogue
            .set_stay_notes(visit, &notes, None, "ana")
            .unwrap();
        secrets.extend(looks_of(daycare, visit));
    }
    catalogue.merge_animals(animal, twin, "ana").unwrap();
    let renamed = reached_at("Xyzzybark", "Snark 1717");
    catalogue.change_animal(animal, &renamed, "ana").unwrap();
    // Whatever grows moves its neighbours to other pages of the database.
    for (number, other) in others.into_iter().enumerate() {
        let fields = AnimalFields {
            notes: "x".repeat(100 * number),
            ..pug("Rex")
        };
        catalogue.change_animal(other, &fields, "ana").unwrap();
    }
    assert_eq!(catalogue.search("xyzzy", 9, 0).unwrap().len(), 1);
    for secret in [
        "Xyzzybark",
        "Plughpaw",
        "Jabberwock",
        "Snark 1717",
        "Kwyjibo",
        "Frobozz",
        "Vexworth",
        "404 17 17",
        "@vexworth",
        "Zephyr Lane",
    ] {
        secrets.push(secret.as_bytes().to_vec());
    }
    (animal, quenby, secrets)
}

#[test]
fn nothing_of_a_forgotten_family_is_left_in_any_file() {
    let daycare = Daycare::new();
    let (animal, quenby, secrets) = family(&daycare);
    // Links and copies that should not be there go with the rest.
    fs::create_dir_all(daycare.at("training/boxer")).unwrap();
    fs::create_dir_all(daycare.at("orphans")).unwrap();
    for name in daycare.photographs() {
        let from = daycare.at("photographs").join(&name);
        for folder in ["training/boxer", "orphans"] {
            fs::copy(&from, daycare.at(folder).join(&name)).unwrap();
        }
    }
    let found: BTreeSet<usize> = (traces(&daycare, &secrets).into_iter())
        .map(|(index, _)| index)
        .collect();
    assert_eq!(found.len(), secrets.len(), "all are there before");

    daycare.catalogue.delete_animal(animal, "owner").unwrap();
    daycare.catalogue.erase_owner(quenby, "owner").unwrap();
    assert_gone(&daycare, &secrets);
    assert!(daycare.training().is_empty() && daycare.photographs().is_empty());
    // The others are still found, and their records are whole.
    assert_eq!(daycare.catalogue.search("rex", 99, 0).unwrap().len(), 30);
    assert_eq!(Catalogue::verify(daycare.folder.path()).unwrap(), [""; 0]);
}

#[test]
fn what_somebody_still_reads_is_erased_when_the_catalogue_is_tidied() {
    let daycare = Daycare::new();
    let (animal, quenby, secrets) = family(&daycare);
    let reader = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    let snapshot = reader.unchecked_transaction().unwrap();
    let animals: u32 = snapshot
        .query_row("SELECT count(*) FROM animal", [], |row| row.get(0))
        .unwrap();
    assert_eq!(animals, 31);
    daycare.catalogue.delete_animal(animal, "owner").unwrap();
    assert!(!traces(&daycare, &secrets).is_empty(), "for the reader");

    drop(snapshot);
    daycare.catalogue.tidy(Timestamp::now()).unwrap();
    daycare.catalogue.erase_owner(quenby, "owner").unwrap();
    assert_gone(&daycare, &secrets);
}

/// An animal that came at a time, and left again.
fn came(daycare: &Daycare, animal: AnimalId, at: Timestamp) {
    let visit = daycare.arrives(&NewVisit {
        at,
        ..arrival("breed", "pug")
    });
    daycare.confirms(visit, "pug", Some(animal));
    let check_out = CheckOut {
        visit: Some(visit),
        left_at: None,
        by: "ana".to_owned(),
        at,
    };
    daycare.catalogue.check_out(animal, &check_out).unwrap();
}

fn keeps_contacts_for_a_month(daycare: &Daycare) {
    let settings = Settings {
        contact_months: Some(1),
        ..Settings::default()
    };
    daycare.catalogue.set_settings(&settings, "owner").unwrap();
}

#[test]
fn contacts_go_when_their_time_is_up_unless_the_animal_is_still_a_guest() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    keeps_contacts_for_a_month(&daycare);
    let start = Timestamp::now();
    let days = |days: i64| start + (24 * days).hours();
    let adds = |name: &str, owners: &[OwnerId]| {
        let owners: Vec<_> = owners.iter().copied().map(OwnerChoice::Known).collect();
        let fields = reached_at(name, &format!("{name}, 404 17 17"));
        catalogue.add_owned_animal(&fields, &owners, "ana").unwrap()
    };
    let [anna, paul] = ["Anna", "Paul"].map(|name| {
        let added = catalogue.add_owner(&owner(name, &format!("{name} 505 18 18")), "ana");
        added.unwrap().id
    });
    let gone = adds("Gone", &[anna, paul]);
    let twin = adds("Twin", &[]);
    let returned = adds("Returned", &[paul]);
    let [booked, expected, stays] = ["Booked", "Expected", "Stays"].map(|name| adds(name, &[]));
    for animal in [gone, twin, returned, booked, expected] {
        came(&daycare, animal, start);
    }
    let open = daycare.arrives(&NewVisit {
        at: start,
        ..arrival("breed", "pug")
    });
    daycare.confirms(open, "pug", Some(stays));
    catalogue.merge_animals(gone, twin, "ana").unwrap();
    let weekly = "2026-05-04/ 1W MO".parse().unwrap();
    catalogue.book(booked, &weekly, "ana").unwrap();
    let later = days(60).to_zoned(TimeZone::system()).date();
    catalogue.expect(expected, later).unwrap();

    let contacts = || -> BTreeMap<String, String> {
        let animals = catalogue.search("", 99, 0).unwrap().into_iter();
        let animals = animals.map(|animal| (animal.fields.name, animal.fields.contact));
        let owners = catalogue.owners("", 99, 0).unwrap().into_iter();
        let owners = owners.map(|owner| {
            let OwnerFields {
                name,
                phones,
                email,
                address,
                ..
            } = owner.fields;
            (name, phones.concat() + &email + &address)
        });
        animals.chain(owners).collect()
    };
    let before = contacts();
    daycare.clock_goes_on(start, days(20));
    came(&daycare, returned, days(20));
    daycare.clock_goes_on(days(20), days(27));
    assert_eq!(contacts(), before, "not a month yet");

    daycare.clock_goes_on(days(27), days(32));
    let after = contacts();
    let emptied: Vec<&str> = (after.iter())
        .filter(|(_, contact)| contact.is_empty())
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(emptied, ["Anna", "Gone"]);
    let kept: Vec<_> = (before.iter())
        .filter(|(name, _)| !emptied.contains(&&***name))
        .collect();
    assert!(kept.iter().all(|(name, contact)| after[*name] == **contact));
    assert_eq!(catalogue.owner(anna).unwrap().fields.notes, "rings twice");
    let merged = catalogue.merged_into(gone).unwrap();
    assert_eq!(merged[0].fields.contact, "");

    let secrets = ["Gone, 404", "Twin, 404", "Anna 505"].map(|secret| secret.as_bytes().to_vec());
    assert_gone(&daycare, &secrets);
    for subject in [Subject::Animal(gone), Subject::Owner(anna)] {
        let history = catalogue.history(subject).unwrap();
        let expired = history
            .iter()
            .filter(|change| change.field == "contact_expired");
        assert_eq!(expired.count(), 1, "{subject:?}");
    }
    assert_eq!(catalogue.tidy(days(32)).unwrap().contacts, 0, "once");
}

#[test]
fn contacts_stay_by_default_and_while_the_clock_is_in_doubt() {
    let start = Timestamp::now();
    let days = |days: i64| start + (24 * days).hours();
    let with_rex = || {
        let daycare = Daycare::new();
        let rex = daycare.adds(&reached_at("Rex", "Dupont"));
        came(&daycare, rex, start);
        daycare.catalogue.tidy(start).unwrap();
        (daycare, rex)
    };
    let is_kept = |(daycare, rex): &(Daycare, AnimalId)| {
        let fields = daycare.catalogue.animal(*rex).unwrap().fields;
        !fields.contact.is_empty()
    };

    let unlimited = with_rex();
    unlimited.0.clock_goes_on(start, days(90));
    assert!(is_kept(&unlimited), "nobody has chosen a time");

    let jumped = with_rex();
    keeps_contacts_for_a_month(&jumped.0);
    let catalogue = &jumped.0.catalogue;
    for now in [days(40), days(-4000), days(40)] {
        let tidied = catalogue.tidy(now).unwrap();
        assert_eq!((tidied.contacts, tidied.is_held), (0, true), "{now}");
    }
    assert!(is_kept(&jumped));
    catalogue.confirm_clock(days(40), "owner").unwrap();
    assert_eq!(catalogue.tidy(days(40)).unwrap().contacts, 1);
    assert!(!is_kept(&jumped));

    // A visit of a moment at which the clock was wrong comes after one of yesterday.
    let wrong = with_rex();
    keeps_contacts_for_a_month(&wrong.0);
    wrong.0.clock_goes_on(start, days(20));
    let max = wrong.0.adds(&pug("Max"));
    came(&wrong.0, max, days(20));
    came(&wrong.0, wrong.1, time("1970-01-01T00:00:00Z"));
    wrong.0.clock_goes_on(days(20), days(32));
    assert!(is_kept(&wrong), "it was here within the month");
}

/// What other users have rights to, below a folder and at it.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut open = Vec::new();
    let is_open = |path: &Path| {
        let mode = fs::symlink_metadata(path).unwrap().permissions().mode();
        mode & 0o077 != 0
    };
    if is_open(folder) {
        open.push(folder.display().to_string());
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            open.extend(open_to_others(&path));
        } else if is_open(&path) {
            open.push(path.display().to_string());
        }
    }
    open
}

#[test]
fn files_are_made_for_the_kiosk_alone_and_mended_where_they_were_not() {
    let daycare = Daycare::new();
    let data = daycare.at("new/data");
    let catalogue = Catalogue::open(&data).unwrap();
    let visit = catalogue
        .record(&photographed("unsure", "boxer", 16))
        .unwrap();
    let decision = super::decision("pug", None);
    catalogue.confirm(visit.visit, &decision).unwrap();
    let none: [String; 0] = [];
    assert_eq!(open_to_others(&data), none);

    let outside = daycare.elsewhere.path().join("outside.txt");
    fs::write(&outside, "").unwrap();
    let foreign = data.join("mine");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("notes.txt"), "").unwrap();
    fs::create_dir(data.join("damaged-20260501T080000Z")).unwrap();
    fs::write(data.join("tokens.toml"), "").unwrap();
    symlink(&outside, data.join("link")).unwrap();
    let widen =
        |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    widen(&outside, 0o644);
    for (path, mode) in [
        ("", 0o755),
        ("catalogue.sqlite", 0o644),
        ("catalogue.sqlite-wal", 0o640),
        ("photographs", 0o755),
        ("training/pug", 0o770),
        ("damaged-20260501T080000Z", 0o755),
        ("tokens.toml", 0o604),
        ("mine", 0o755),
        ("mine/notes.txt", 0o644),
    ] {
        widen(&data.join(path), mode);
    }
    for name in super::files(&data.join("photographs")) {
        widen(&data.join("photographs").join(name), 0o644);
    }
    // The photograph is one file with two names.
    assert_eq!(open_to_others(&data).len(), 11);
    keep_private(&data);
    let mine = ["mine", "mine/notes.txt"].map(|path| data.join(path).display().to_string());
    assert_eq!(open_to_others(&data), mine, "somebody else's");
    let mode = fs::metadata(&outside).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "links are not followed");
    // The kiosk works on with them.
    assert!(catalogue.photograph(visit.visit).unwrap().is_some());
    keep_private(&data.join("nowhere"));
}

#[test]
fn nothing_is_kept_in_a_folder_that_others_made_or_may_replace() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let widen = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    widen(place.path(), 0o755);
    for _ in 0..2 {
        claim_folder(&at("rescue")).unwrap();
        let mode = fs::metadata(at("rescue")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "made, and found again");
    }
    fs::create_dir(at("open")).unwrap();
    widen(&at("open"), 0o777);
    symlink(at("rescue"), at("link")).unwrap();
    fs::write(at("file"), "").unwrap();
    for refused in ["open", "link", "file", "nowhere/rescue"] {
        assert!(claim_folder(&at(refused)).is_err(), "{refused}");
    }
    // Where others may rename what is not theirs, they may put a folder of theirs in its place.
    for (mode, is_safe) in [(0o1777, true), (0o777, false), (0o755, true)] {
        widen(place.path(), mode);
        assert_eq!(claim_folder(&at("rescue")).is_ok(), is_safe, "{mode:o}");
    }
}

/// The files of an archive by their names.
fn unpacked(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.insert(name, content);
    }
    files
}

#[test]
fn a_family_gets_all_that_is_kept_of_it_and_nothing_of_others() {
    let daycare = Daycare::new();
    let catalogue = &daycare.catalogue;
    let (animal, quenby, _) = family(&daycare);
    let database = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
    let elsewhere = [0xFF, 0xD8, 0xFF, 7];
    let numbers = [[127_u8, 0x81], [0; 2]].concat();
    database
        .execute(
            "INSERT INTO guest_embedding (animal, network, embedding, at) VALUES (?1, 'theirs', ?2, 0)",
            (animal.0, numbers),
        )
        .unwrap();
    database
        .execute(
            "INSERT INTO guest_photograph (animal, jpeg) VALUES (?1, ?2)",
            (animal.0, elsewhere),
        )
        .unwrap();
    let other = catalogue.add_owner(&owner("Carla Other", "606 19 19"), "ana");
    let shared = [quenby, other.unwrap().id].map(OwnerChoice::Known);
    let shared = (catalogue.add_owned_animal(&pug("Shared"), &shared, "ana")).unwrap();
    catalogue.expect(animal, date(2026, 5, 1)).unwrap();
    let weekly = "2026-05-04/ 1W MO".parse().unwrap();
    catalogue.book(shared, &weekly, "ana").unwrap();

    let mut archive: Vec<u8> = Vec::new();
    let twin = catalogue.merged_into(animal).unwrap()[0].id;
    catalogue.export_family(twin, &mut archive).unwrap();
    let files = unpacked(&archive);
    let names: Vec<&str> = files.keys().map(|name| &**name).collect();
    assert_eq!(
        names,
        [
            "family.json",
            &format!("photographs/animal-{animal}.jpg"),
            "photographs/visit-1.jpg",
            "photographs/visit-2.jpg"
        ]
    );
    for visit in [VisitId(1), VisitId(2)] {
        let photograph = catalogue.photograph(visit).unwrap().unwrap();
        assert_eq!(files[&format!("photographs/visit-{visit}.jpg")], photograph);
    }
    let text = String::from_utf8(files["family.json"].clone()).unwrap();
    for kept in [
        "Xyzzybark",
        "Plughpaw",
        "Jabberwock",
        "Snark 1717",
        "Kwyjibo",
        "Frobozz",
        "Quenby Vexworth",
        "404 17 17",
        "Shared",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    for others in ["Rex", "Carla", "606 19 19"] {
        assert!(!text.contains(others), "{others}: {text}");
    }
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["owners"][0]["owner"]["id"], quenby.0);
    let first = &json["animals"][0];
    assert_eq!(first["animal"]["id"], animal.0);
    assert_eq!(first["expected"][0], "2026-05-01");
    assert_eq!(first["visits"][0]["said"], "pug");
    assert_eq!(first["visits"][0]["stay"]["run"], "Box 3");
    assert_eq!(first["visits"][0]["photograph"], "photographs/visit-1.jpg");
    for visit in [VisitId(1), VisitId(2)] {
        let [_, embedding] = looks_of(&daycare, visit);
        let stored = embedding.iter().map(|&byte| (byte as i8).to_string());
        let kept = &first["visits"][visit.0 as usize - 1]["embedding"];
        assert_eq!(kept["numbers"], stored.collect::<Vec<_>>().join(" "));
    }
    assert_eq!(
        files[&format!("photographs/animal-{animal}.jpg")],
        elsewhere
    );
    assert_eq!(
        first["photograph"],
        format!("photographs/animal-{animal}.jpg")
    );
    let theirs = json!([{ "network": "theirs", "numbers": "127 -127 0 0" }]);
    assert_eq!(first["embeddings"], theirs);
    assert_eq!(json["animals"][1]["bookings"][0]["weekdays"][0], "MO");

    let nobody = catalogue.export_family(AnimalId(999), &mut io::sink());
    assert!(matches!(
        nobody,
        Err(CatalogueError::NoSuchAnimal(AnimalId(999)))
    ));
    let mut full = fs::File::options().write(true).open("/dev/full").unwrap();
    let error = catalogue.export_family(animal, &mut full).unwrap_err();
    assert!(matches!(error, CatalogueError::Export(_)), "{error}");
}
