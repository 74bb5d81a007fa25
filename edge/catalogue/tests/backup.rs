//! Backups and their restoration.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use catalogue::{Catalogue, CatalogueError, NewVisit, Replace, Subject, Visit};
use rusqlite::Connection;

use super::damage::damage_page;
use super::{DAY, Daycare, all_of, arrival, backed_up, close, contents, files, photographed};

fn visits(catalogue: &Catalogue) -> Vec<Visit> {
    catalogue.visits_on(DAY, usize::MAX, 0).unwrap()
}

#[test]
fn a_backup_is_restored_to_a_new_kiosk() {
    let daycare = backed_up();
    let fresh = Daycare::new();
    let restored = fresh.catalogue.restore(&daycare.backup_file()).unwrap();

    assert_eq!(restored.totals, daycare.catalogue.totals().unwrap());
    assert_eq!(restored.damaged, None);
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
    let all: Vec<_> = (visits(&daycare.catalogue).iter())
        .map(|visit| (visit.id, None))
        .collect();
    daycare
        .catalogue
        .confirm_all(&all, "boxer", None, "bo")
        .unwrap();
    let rex = daycare.catalogue.search("rex", 1, 0).unwrap()[0].id;
    daycare.catalogue.delete_animal(rex, "owner").unwrap();

    daycare.catalogue.restore(&daycare.backup_file()).unwrap();
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
            daycare.backs_up();
            let fresh = Daycare::new();
            fresh.catalogue.restore(&daycare.backup_file()).unwrap();
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
    fresh.backs_up();

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
        running.catalogue.restore(&fresh.backup_file()).unwrap();
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
    let elsewhere = daycare.elsewhere.path();
    let blocked = elsewhere.join("folder");
    fs::create_dir(&blocked).unwrap();
    fs::write(blocked.join("inside"), "").unwrap();
    for target in [
        &*blocked,
        Path::new("/dev/full"),
        &elsewhere.join("nowhere/backup.tar"),
    ] {
        for replace in [Replace::Backup, Replace::Anything] {
            let error = daycare.catalogue.backup(target, replace).unwrap_err();
            assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
    assert!(fs::metadata("/dev/full").is_ok_and(|about| !about.is_file()));
    assert!(blocked.join("inside").exists());
    daycare.catalogue.restore(&daycare.backup_file()).unwrap();
}

#[test]
fn a_backup_replaces_nothing_but_a_backup_unless_asked() {
    let daycare = backed_up();
    let elsewhere = daycare.elsewhere.path();
    let backup = |name: &str, replace| daycare.catalogue.backup(&elsewhere.join(name), replace);
    let database = fs::read(daycare.at("catalogue.sqlite")).unwrap();
    let others: [(&str, &[u8]); 3] = [
        ("letter.txt", b"Dear sir or madam"),
        ("zeros.img", &[0; 4096]),
        ("other.sqlite", &database),
    ];
    for (name, content) in others {
        fs::write(elsewhere.join(name), content).unwrap();
        let error = backup(name, Replace::Backup).unwrap_err();
        assert!(
            matches!(error, CatalogueError::Occupied { .. }),
            "{name}: {error}"
        );
        assert_eq!(fs::read(elsewhere.join(name)).unwrap(), content, "{name}");
        backup(name, Replace::Anything).unwrap();
        // Now it is a backup.
        backup(name, Replace::Backup).unwrap();
    }
    fs::write(elsewhere.join("empty"), "").unwrap();
    backup("empty", Replace::Backup).unwrap();
    // One that broke off may be replaced too.
    let half = fs::read(daycare.backup_file()).unwrap();
    fs::write(elsewhere.join("half.tar"), &half[..half.len() / 2]).unwrap();
    backup("half.tar", Replace::Backup).unwrap();
    let fresh = Daycare::new();
    fresh
        .catalogue
        .restore(&elsewhere.join("half.tar"))
        .unwrap();
}

#[test]
fn no_path_leads_a_backup_into_the_catalogues_own_folder() {
    let daycare = backed_up();
    let (data, elsewhere) = (daycare.folder.path(), daycare.elsewhere.path());
    symlink(data, elsewhere.join("data")).unwrap();
    symlink(
        data.join("catalogue.sqlite"),
        elsewhere.join("catalogue.tar"),
    )
    .unwrap();
    let name = data.file_name().unwrap();
    let before = contents(data);
    for target in [
        data.join("backup.tar"),
        data.join("catalogue.sqlite"),
        data.join("catalogue.sqlite-wal"),
        data.join("photographs/backup.tar"),
        data.join("photographs/../backup.tar"),
        data.join("..").join(name).join("backup.tar"),
        elsewhere.join("data/backup.tar"),
        elsewhere.join("data/training/../access.toml"),
        elsewhere.join("catalogue.tar"),
    ] {
        for replace in [Replace::Backup, Replace::Anything] {
            let error = daycare.catalogue.backup(&target, replace).unwrap_err();
            assert!(
                matches!(error, CatalogueError::InOwnFolder { .. }),
                "{}: {error}",
                target.display()
            );
        }
        assert_eq!(contents(data), before, "{}", target.display());
    }
    // A link to a place outside is followed, and stays a link.
    let link = elsewhere.join("newest.tar");
    symlink(daycare.backup_file(), &link).unwrap();
    daycare.catalogue.backup(&link, Replace::Backup).unwrap();
    assert!(link.is_symlink());
    daycare.catalogue.restore(&daycare.backup_file()).unwrap();
}

#[test]
fn a_damaged_catalogue_does_not_replace_a_good_backup() {
    let daycare = backed_up();
    let good = fs::read(daycare.backup_file()).unwrap();
    let (folder, elsewhere) = close(daycare);
    damage_page(&folder.path().join("catalogue.sqlite"), "change");

    let damaged = Catalogue::open(folder.path()).unwrap();
    let backup = elsewhere.path().join("backup.tar");
    let error = damaged.backup(&backup, Replace::Anything).unwrap_err();
    assert!(matches!(error, CatalogueError::Corrupt { .. }), "{error}");
    assert_eq!(fs::read(&backup).unwrap(), good);
    assert_eq!(
        files(elsewhere.path()).len(),
        1,
        "nothing is left beside it"
    );
    // The way out of it, which keeps what may be mended.
    let restored = damaged.restore(&backup).unwrap();
    let kept = restored.damaged.unwrap().join("catalogue.sqlite");
    let visits: u32 = Connection::open(kept)
        .unwrap()
        .query_row("SELECT count(*) FROM visit", [], |row| row.get(0))
        .unwrap();
    assert_eq!(visits, 2);
    damaged.backup(&backup, Replace::Backup).unwrap();
}

#[test]
fn restoring_mends_photographs_that_are_damaged() {
    let daycare = backed_up();
    let photographs = daycare.at("photographs");
    let whole = contents(&photographs);
    let training = daycare.training();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 3] = [
        ("emptied", |bytes| bytes.clear()),
        ("cut short", |bytes| bytes.truncate(100)),
        // Header and length are right.
        ("zeros at its end", |bytes| zero_the_end(bytes)),
    ];
    for (what, damage) in damages {
        // The links in `training/` are the same files.
        for (name, bytes) in &whole {
            let mut bytes = bytes.clone();
            damage(&mut bytes);
            fs::write(photographs.join(name), bytes).unwrap();
        }
        daycare.catalogue.restore(&daycare.backup_file()).unwrap();
        assert_eq!(contents(&photographs), whole, "{what}");
        assert_eq!(daycare.training(), training, "{what}");
        for (name, bytes) in contents(&daycare.at("training")) {
            let (_, photograph) = name.split_once('/').unwrap();
            assert_eq!(bytes, whole[photograph], "{what}: {name}");
        }
    }
}

/// Damages a photograph as a file system does that lost a block of it.
pub(super) fn zero_the_end(photograph: &mut [u8]) {
    let whole = photograph.len() * 2 / 3;
    photograph[whole..].fill(0);
}

#[test]
fn a_damaged_photograph_of_a_backup_replaces_none() {
    let daycare = backed_up();
    let photographs = daycare.at("photographs");
    let whole = contents(&photographs);
    for (name, bytes) in &whole {
        let mut bytes = bytes.clone();
        zero_the_end(&mut bytes);
        fs::write(photographs.join(name), bytes).unwrap();
    }
    daycare.backs_up();
    for damaged in [false, true] {
        for (name, bytes) in &whole {
            let mut bytes = bytes.clone();
            if damaged {
                let end = bytes.len() - 5;
                bytes.truncate(end);
            }
            fs::write(photographs.join(name), bytes).unwrap();
        }
        let before = contents(&photographs);
        daycare.catalogue.restore(&daycare.backup_file()).unwrap();
        assert_eq!(contents(&photographs), before, "{damaged}");
    }
}

#[test]
fn photographs_that_cannot_be_read_are_left_out_and_named() {
    let daycare = backed_up();
    daycare.arrives(&photographed("breed", "pug", 30));
    daycare.arrives(&photographed("breed", "pug", 35));
    let third = daycare.arrives(&photographed("breed", "pug", 40));
    let names: Vec<String> = daycare.photographs().into_iter().collect();
    let path = |name: &str| daycare.at("photographs").join(name);
    let newest = daycare.catalogue.photograph(third).unwrap().unwrap();
    let is_newest = |name: &&String| fs::read(path(name)).unwrap() == newest;
    let whole = names.iter().find(is_newest).unwrap().clone();
    let [missing, folder, short, empty] = [0, 1, 2, 3].map(|at| {
        let mut others = names.iter().filter(|name| **name != whole);
        others.nth(at).unwrap().clone()
    });
    fs::remove_file(path(&missing)).unwrap();
    // Reading it fails for everybody, as a damaged disk does.
    fs::remove_file(path(&folder)).unwrap();
    fs::create_dir(path(&folder)).unwrap();
    let bytes = fs::read(path(&short)).unwrap();
    fs::write(path(&short), &bytes[..bytes.len() / 2]).unwrap();
    // What a power cut may leave.
    let bytes = fs::read(path(&empty)).unwrap();
    fs::write(path(&empty), vec![0; bytes.len()]).unwrap();

    let file = daycare.backup_file();
    let left_out = daycare.catalogue.backup(&file, Replace::Backup).unwrap();
    let mut named: Vec<_> = (left_out.iter())
        .map(|lacking| (&lacking.photograph, lacking.reason.as_str()))
        .collect();
    named.sort();
    let mut expect = [
        (&missing, "missing"),
        (&folder, "unreadable (not a file)"),
        (&short, "unreadable (cut short or written over)"),
        (&empty, "unreadable (cut short or written over)"),
    ];
    expect.sort();
    assert_eq!(named, expect);

    let fresh = Daycare::new();
    fresh.catalogue.restore(&file).unwrap();
    assert_eq!(fresh.photographs().into_iter().collect::<Vec<_>>(), [whole]);
    assert_eq!(
        visits(&fresh.catalogue).len(),
        5,
        "the visits are all there"
    );
}
