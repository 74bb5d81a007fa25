//! A catalogue of which one page of the file is damaged: whichever it is, the pages that say so open, and those by
//! which a backup is restored.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use catalogue::{AnimalFields, Catalogue, CatalogueError, Decision, NewVisit, Settings, VisitId};
use checkin::Stage;
use desk::kiosk::{Arrival, Live};
use jiff::Timestamp;
use recognise::metadata::Species;
use recognise::{Candidate, VerdictKind};
use tempfile::TempDir;

use crate::{Client, LOG, Served, unsure};

const FILE: &str = "catalogue.sqlite";

/// Pages that show what is in the catalogue, and nothing without it.
const LISTS: [&str; 4] = ["/animals", "/today", "/queue", "/in-house"];

/// Records the visits of a guest, of an animal that staff have to decide about, and of a beagle, which is
/// returned.
fn furnish(served: &Served) -> VisitId {
    let catalogue = &served.catalogue;
    let settings = Settings {
        name: "Fidelis".to_owned(),
        ..Settings::default()
    };
    catalogue.set_settings(&settings, "owner").unwrap();
    let fields = AnimalFields::new("Bello", Species::Dog, "pug");
    let decision = Decision {
        breed: "pug".into(),
        breed_name: None,
        animal: Some(catalogue.add_animal(&fields, "owner").unwrap()),
        by: "owner".to_owned(),
        at: Timestamp::now(),
        revision: None,
    };
    let visit = served.unsure_visit();
    catalogue.confirm(visit, &decision).unwrap();
    served.unsure_visit();
    let beagle = NewVisit {
        verdict: VerdictKind::Breed,
        confidence: 0.9,
        ..unsure()
    };
    catalogue.record(&beagle).unwrap().visit
}

/// A beagle at the desk.
fn arrival(visit: VisitId) -> Arrival {
    let beagle = Candidate {
        breed: "beagle".into(),
        probability: 0.9,
    };
    Arrival {
        id: 1,
        number: 1,
        stage: Stage::Answered,
        visit: Some(visit),
        verdict: Some(VerdictKind::Breed),
        candidates: vec![beagle],
        ..Arrival::default()
    }
}

/// A copy of the files of a data folder. These bytes of the catalogue are others.
fn damaged(folder: &Path, from: usize, to: usize) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let mut bytes = fs::read(folder.join(FILE)).unwrap();
    bytes[from..to].fill(0x5A);
    fs::write(copy.path().join(FILE), bytes).unwrap();
    copy
}

/// Whether a desk opens the catalogue. If not, the kiosk says why, and takes another one.
fn opens(folder: &Path) -> bool {
    let Err(error) = Catalogue::open(folder) else {
        return true;
    };
    assert!(matches!(error, CatalogueError::Corrupt { .. }), "{error:?}");
    false
}

/// A page that cannot be shown says why, and no more, and leads its reader on.
fn says_so(reader: &Client, path: &str, leads_to: &str) {
    for (language, says) in [
        ("en", "The catalogue is damaged"),
        ("fr", "Le catalogue est endommagé"),
    ] {
        let answer = reader.ask("GET", path, &[("Accept-Language", language)], None);
        let page = answer.text();
        assert_eq!(answer.status, 500, "{path}: {page}");
        let button = format!("class=\"button primary\" href=\"{leads_to}\"");
        assert!(page.contains(says) && page.contains(&button), "{page}");
        let is_brief = !page.contains(FILE) && !page.contains("malformed");
        assert!(is_brief, "{page}");
    }
}

#[test]
fn whichever_page_of_the_file_is_damaged_the_owner_restores_a_backup() {
    let served = Served::new();
    let visit = furnish(&served);
    let (of_owner, of_staff) = (served.owner(), served.staff());
    let backup = of_owner.get("/api/v1/backup").body;
    let folder = Arc::clone(&served.folder);
    drop(served);
    let bytes = fs::read(folder.path().join(FILE)).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));

    let (mut opened, mut restored) = (0, 0);
    for start in (0..bytes.len()).step_by(size) {
        let copy = damaged(folder.path(), start, start + size);
        if !opens(copy.path()) {
            continue;
        }
        opened += 1;
        let served = Served::in_folder(copy.into());
        served.live.send_replace(Arc::new(Live {
            arrival: arrival(visit),
            ..Live::default()
        }));
        let owner = of_owner.at(&served);
        for path in ["/", "/export", "/status"] {
            let answer = owner.get(path);
            let page = answer.text();
            assert_eq!(answer.status, 200, "byte {start}, {path}: {page}");
            assert!(
                path != "/" || page.contains("Beagle"),
                "byte {start}: {page}"
            );
        }

        let fails = |path: &&str| owner.get(path).status != 200;
        let Some(list) = LISTS.into_iter().find(fails) else {
            continue;
        };
        says_so(&owner, list, "/export");
        says_so(&of_staff.at(&served), list, "/");
        let kind = [("Content-Type", "application/x-tar")];
        let answer = owner.ask("POST", "/export", &kind, Some(&backup));
        assert_eq!(answer.status, 303, "byte {start}: {}", answer.text());
        assert_eq!(owner.get(list).status, 200, "byte {start}, {list}");
        restored += 1;
    }
    assert!(opened >= 40, "only {opened} pages are those of tables");
    assert!(restored >= 3, "only {restored} of them fail a list");
    let log = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    let said = log.matches("pages leave out what they cannot read");
    assert_eq!(said.count(), 1, "{log}");
}
