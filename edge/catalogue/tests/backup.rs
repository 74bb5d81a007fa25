//! Backups and their restoration.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use catalogue::{Catalogue, NewVisit, Subject, Visit, VisitId};

use super::{DAY, Daycare, all_of, arrival, backed_up, photographed};

fn visits(catalogue: &Catalogue) -> Vec<Visit> {
    catalogue.visits_on(DAY, usize::MAX, 0).unwrap()
}

#[test]
fn a_backup_is_restored_to_a_new_kiosk() {
    let daycare = backed_up();
    let fresh = Daycare::new();
    let restored = fresh.catalogue.restore(&daycare.at("backup.tar")).unwrap();

    assert_eq!(restored.totals, daycare.catalogue.totals().unwrap());
    assert_eq!(all_of(&fresh.catalogue), all_of(&daycare.catalogue));
    assert_eq!(fresh.photographs(), daycare.photographs());
    assert_eq!(fresh.training(), daycare.training());
    assert_eq!(fresh.training().len(), 1);
    for visit in visits(&fresh.catalogue) {
        let [there, here] = [&daycare, &fresh]
            .map(|daycare| daycare.catalogue.photograph(visit.id).unwrap().unwrap());
        assert_eq!(there, here);
    }
    // The restored catalogue can be searched and takes new visits.
    assert_eq!(fresh.catalogue.search("rex", 9, 0).unwrap().len(), 1);
    let next = fresh.arrives(&arrival("breed", "pug"));
    assert!(
        visits(&daycare.catalogue)
            .iter()
            .all(|visit| visit.id < next)
    );
}

#[test]
fn a_backup_replaces_what_happened_since() {
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    let photographs = daycare.photographs();
    let late = daycare.arrives(&photographed("unsure", "pug", 16));
    daycare.confirms(late, "beagle", None);
    let all: Vec<VisitId> = (visits(&daycare.catalogue).iter())
        .map(|visit| visit.id)
        .collect();
    daycare.catalogue.confirm_all(&all, "boxer", "bo").unwrap();
    let rex = daycare.catalogue.search("rex", 1, 0).unwrap()[0].id;
    daycare.catalogue.delete_animal(rex, "owner").unwrap();

    daycare
        .catalogue
        .restore(&daycare.at("backup.tar"))
        .unwrap();
    assert_eq!(all_of(&daycare.catalogue), before);
    assert!(daycare.photographs().is_superset(&photographs));
    assert_eq!(daycare.training().len(), 1);
    for visit in visits(&daycare.catalogue) {
        assert!(daycare.catalogue.photograph(visit.id).unwrap().is_some());
    }
    assert!(
        !daycare
            .catalogue
            .history(Subject::Animal(rex))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_backup_is_complete_while_arrivals_are_recorded() {
    let daycare = backed_up();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let other = daycare.again();
            while !done.load(Ordering::Relaxed) {
                other.record(&photographed("breed", "pug", 16)).unwrap();
            }
        });
        for round in 0..5 {
            let file = daycare.at("backup.tar");
            daycare.catalogue.backup(&file).unwrap();
            let fresh = Daycare::new();
            fresh.catalogue.restore(&file).unwrap();
            let visits = visits(&fresh.catalogue);
            for visit in &visits {
                let photograph = fresh.catalogue.photograph(visit.id).unwrap().unwrap();
                recognise::photo::decode(&photograph).unwrap();
            }
            assert_eq!(fresh.photographs().len(), visits.len(), "round {round}");
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn other_readers_see_the_former_catalogue_or_the_restored_one() {
    let fresh = Daycare::new();
    let of = |model: &str| NewVisit {
        model: model.to_owned(),
        ..arrival("breed", "pug")
    };
    for _ in 0..30 {
        fresh.arrives(&of("restored"));
    }
    fresh.catalogue.backup(&fresh.at("backup.tar")).unwrap();

    let running = Daycare::new();
    for _ in 0..30 {
        running.arrives(&of("before"));
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let other = running.again();
            while !done.load(Ordering::Relaxed) {
                let visits = visits(&other);
                let count = |model| visits.iter().filter(|visit| visit.model == model).count();
                let counts = (count("before"), count("restored"));
                assert!(matches!(counts, (30, 0) | (0, 30)), "{counts:?}");
            }
        });
        let writer = scope.spawn(|| {
            let other = running.again();
            let mut last = None;
            while !done.load(Ordering::Relaxed) {
                last = Some(other.record(&of("meanwhile")).unwrap().visit);
            }
            last
        });
        thread::sleep(Duration::from_millis(50));
        running.catalogue.restore(&fresh.at("backup.tar")).unwrap();
        thread::sleep(Duration::from_millis(50));
        done.store(true, Ordering::Relaxed);
        watcher.join().unwrap();
        let last = writer.join().unwrap().unwrap();
        assert_eq!(running.catalogue.visit(last).unwrap().model, "meanwhile");
    });
    let other = running.again();
    let now = visits(&other);
    assert_eq!(
        now.iter().filter(|visit| visit.model == "restored").count(),
        30
    );
}

#[test]
fn a_backup_that_cannot_be_written_leaves_the_former_one() {
    let daycare = backed_up();
    let blocked = daycare.at("folder");
    fs::create_dir(&blocked).unwrap();
    fs::write(blocked.join("inside"), "").unwrap();
    for target in [
        &*blocked,
        Path::new("/dev/full"),
        &daycare.at("nowhere/backup.tar"),
    ] {
        let error = daycare.catalogue.backup(target).unwrap_err();
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    assert!(fs::metadata("/dev/full").is_ok_and(|about| !about.is_file()));
    assert!(blocked.join("inside").exists());
    daycare
        .catalogue
        .restore(&daycare.at("backup.tar"))
        .unwrap();
}
