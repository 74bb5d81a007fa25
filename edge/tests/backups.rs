//! The automatic backups, as the kiosk's thread makes them. The time is handed in.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use catalogue::{AnimalFields, Catalogue, Passphrase};
use desk::kiosk::{Notice, Part};
use edge::config::BackupPlace;
use edge::kiosk::backups::{DailyRounds, Upkeep};
use jiff::{Timestamp, ToSpan};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::daycare::{Daycare, arrival, backed_up, close, files, pug, time};

/// When it begins, and so many hours later.
fn after(hours: i64) -> Timestamp {
    time("2026-05-01T10:00:00Z") + hours.hours()
}

fn keys(upkeep: &Upkeep) -> Vec<(Part, &'static str)> {
    let key = |notice: &Notice| (notice.part, notice.message.key);
    upkeep.notices.iter().map(key).collect()
}

#[test]
fn a_backup_is_made_once_a_day() {
    let daycare = backed_up();
    let folder = daycare.elsewhere.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let mut rounds = DailyRounds::new(Some(BackupPlace::Folder(folder.clone())));
    for (hours, count, newest) in [(0, 1, 0), (23, 1, 0), (24, 2, 24), (47, 2, 24)] {
        let upkeep = rounds.round(&daycare.catalogue, after(hours));
        assert!(upkeep.notices.is_empty(), "{upkeep:?}");
        let backups = upkeep.backups.unwrap();
        assert_eq!(backups.newest, Some(after(newest)), "{hours}");
        assert_eq!((backups.count, backups.failure), (count, None), "{hours}");
        assert_eq!(files(&folder).len(), count, "{hours}");
    }
    // A kiosk that restarts sees those that there are.
    let mut rounds = DailyRounds::new(Some(BackupPlace::Folder(folder)));
    let backups = rounds.round(&daycare.catalogue, after(47)).backups.unwrap();
    assert_eq!((backups.newest, backups.count), (Some(after(24)), 2));
}

#[test]
fn a_folder_that_is_missing_is_said_and_backups_go_on_when_it_is_back() {
    let daycare = Daycare::new();
    let folder = daycare.elsewhere.path().join("stick");
    let mut rounds = DailyRounds::new(Some(BackupPlace::Folder(folder.clone())));
    let mut round = |hours| rounds.round(&daycare.catalogue, after(hours));

    let upkeep = round(0);
    let missing = (Part::Backup, "notice-backup-no-folder");
    assert_eq!(
        keys(&upkeep),
        [(Part::Backup, "notice-backup-missing"), missing]
    );
    assert!(!folder.exists(), "it is not made");

    fs::create_dir(&folder).unwrap();
    let upkeep = round(1);
    assert!(upkeep.notices.is_empty(), "{upkeep:?}");
    assert_eq!(upkeep.backups.unwrap().count, 1);

    fs::remove_dir_all(&folder).unwrap();
    let upkeep = round(48);
    assert!(upkeep.notices.is_empty(), "it may be back soon: {upkeep:?}");
    let backups = upkeep.backups.unwrap();
    assert_eq!(backups.newest, Some(after(1)));
    assert_eq!(backups.failure.unwrap().key, "notice-backup-no-folder");
    let upkeep = round(49);
    assert_eq!(
        keys(&upkeep),
        [(Part::Backup, "notice-backup-overdue"), missing]
    );
    assert_eq!(
        upkeep.notices[0].message.arguments,
        [("days", "2".to_owned())]
    );
}

#[test]
fn a_backup_that_failed_is_said_and_tried_again_after_an_hour() {
    let daycare = Daycare::new();
    let [link, good] = ["link", "good"].map(|name| daycare.elsewhere.path().join(name));
    // Backups never go to the catalogue's own folder.
    let own = daycare.at("photographs");
    symlink(&own, &link).unwrap();
    let mut rounds = DailyRounds::new(Some(BackupPlace::Folder(link.clone())));
    let mut failure = |hours| {
        let upkeep = rounds.round(&daycare.catalogue, after(hours));
        upkeep.backups.unwrap().failure.map(|reason| reason.key)
    };
    assert_eq!(failure(0), Some("notice-catalogue-other"));
    assert!(files(&own).is_empty());

    fs::create_dir(&good).unwrap();
    fs::remove_file(&link).unwrap();
    symlink(&good, &link).unwrap();
    assert_eq!(failure(0), Some("notice-catalogue-other"));
    assert_eq!(failure(1), None);
    assert_eq!(files(&good).len(), 1);
}

#[test]
fn with_a_passphrase_backups_are_encrypted_and_that_is_known() {
    let daycare = backed_up();
    let folder = daycare.elsewhere.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let mut rounds = DailyRounds::new(Some(BackupPlace::Folder(folder.clone())));
    let mut is_encrypted = |hours| {
        let upkeep = rounds.round(&daycare.catalogue, after(hours));
        assert!(upkeep.notices.is_empty(), "{upkeep:?}");
        upkeep.backups.unwrap().is_encrypted
    };
    assert!(!is_encrypted(0));
    let passphrase = Passphrase::new("five words that nobody says");
    let set = daycare.catalogue.set_backup_passphrase(Some(&passphrase));
    set.unwrap();
    assert!(is_encrypted(24));
    let files = files(&folder);
    let encrypted = files.iter().filter(|name| name.ends_with(".tar.age"));
    assert_eq!((files.len(), encrypted.count()), (2, 1), "{files:?}");
}

#[test]
fn without_a_place_there_are_no_backups_and_nothing_is_said() {
    let daycare = Daycare::new();
    let upkeep = DailyRounds::new(None).round(&daycare.catalogue, after(0));
    assert_eq!(upkeep, Upkeep::default());
}

#[test]
fn a_backup_that_lacks_photographs_is_said_until_there_is_a_whole_one() {
    let daycare = backed_up();
    let folder = daycare.elsewhere.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let lost = daycare.photographs().pop_first().unwrap();
    let path = daycare.at("photographs").join(&lost);
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let lacks = [(Part::Backup, "notice-backup-lacks")];
    let rounds = || DailyRounds::new(Some(BackupPlace::Folder(folder.clone())));

    let mut before = rounds();
    let upkeep = before.round(&daycare.catalogue, after(0));
    assert_eq!(keys(&upkeep), lacks);
    let arguments = &upkeep.notices[0].message.arguments;
    assert_eq!(*arguments, [("count", "1".to_owned()), ("names", lost)]);
    let backups = upkeep.backups.unwrap();
    assert_eq!((backups.count, backups.failure), (1, None), "it is usable");
    // Also by a kiosk that restarts.
    let mut restarted = rounds();
    let upkeep = restarted.round(&daycare.catalogue, after(1));
    assert_eq!(keys(&upkeep), lacks);
    fs::write(&path, bytes).unwrap();
    let upkeep = restarted.round(&daycare.catalogue, after(24));
    assert!(upkeep.notices.is_empty(), "{upkeep:?}");
}

/// The folder of a catalogue with a damaged page, which can be opened all the same, and the one with its
/// backup of before.
pub(crate) fn damaged() -> (TempDir, TempDir) {
    let daycare = Daycare::new();
    let animal = daycare.adds(&pug("Rex"));
    for name in ["Bartholomew", "Max"] {
        let changed = daycare.catalogue.change_animal(animal, &pug(name), "ana");
        changed.unwrap();
    }
    daycare.backs_up();
    let (folder, elsewhere) = close(daycare);
    let file = folder.path().join("catalogue.sqlite");
    let mut bytes = fs::read(&file).unwrap();
    // By now the name is in the history alone.
    let place = bytes.windows(11).position(|text| text == b"Bartholomew");
    let page = place.unwrap() / 4096;
    bytes[page * 4096..(page + 1) * 4096].fill(0x5A);
    fs::write(&file, bytes).unwrap();
    (folder, elsewhere)
}

/// Damages an index of a catalogue in such a way that each of its pages is well by itself: an animal cannot
/// be found by its tag any more.
fn damage_index(folder: &Path, tag: &str) {
    const INDEX: u8 = 0x0A;
    let file = folder.join("catalogue.sqlite");
    let mut bytes = fs::read(&file).unwrap();
    let places = bytes.windows(tag.len()).enumerate();
    let mut places = places.filter(|(_, text)| *text == tag.as_bytes());
    // The table has the tag, too.
    let place = places.find(|(place, _)| bytes[place / 4096 * 4096] == INDEX);
    let (place, _) = place.expect("the tag is in the index");
    bytes[place + tag.len() - 1] ^= 1;
    fs::write(&file, bytes).unwrap();
}

#[test]
fn damage_that_only_a_backup_finds_is_said_at_once_until_one_works() {
    let tag = "COLLAR-4711";
    let daycare = backed_up();
    daycare.adds(&AnimalFields {
        tag: Some(tag.to_owned()),
        ..pug("Alba")
    });
    let folder = daycare.elsewhere.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let place = || Some(BackupPlace::Folder(folder.clone()));
    let upkeep = DailyRounds::new(place()).round(&daycare.catalogue, after(0));
    assert!(upkeep.notices.is_empty(), "{upkeep:?}");
    let (data, _elsewhere) = close(daycare);
    damage_index(data.path(), tag);

    let catalogue = Catalogue::open(data.path()).unwrap();
    catalogue.check().expect("the daily check does not find it");
    let mut rounds = DailyRounds::new(place());
    let damage = (Part::Catalogue, "notice-catalogue-corrupt");
    for hours in [24, 25] {
        let upkeep = rounds.round(&catalogue, after(hours));
        assert_eq!(keys(&upkeep), [damage]);
        assert!(upkeep.is_damaged, "/health has to say it");
    }
    let backup = folder.join(files(&folder).pop_first().unwrap());
    catalogue.restore(&backup).unwrap();
    let upkeep = rounds.round(&catalogue, after(25));
    assert!(upkeep.notices.is_empty(), "{upkeep:?}");
}

#[test]
fn what_another_program_put_into_the_catalogue_is_said_until_a_backup_is_restored() {
    let visits = |daycare: &Daycare| daycare.catalogue.totals().unwrap().visits;
    for sql in [
        "CREATE TABLE more (x)",
        "CREATE VIEW more AS SELECT * FROM visit",
        "CREATE TRIGGER more AFTER INSERT ON visit BEGIN DELETE FROM visit; END",
    ] {
        let daycare = backed_up();
        let folder = daycare.elsewhere.path().join("backups");
        fs::create_dir(&folder).unwrap();
        let mut rounds = DailyRounds::new(Some(BackupPlace::Folder(folder.clone())));
        let mut round = |hours| rounds.round(&daycare.catalogue, after(hours));
        let upkeep = round(0);
        assert!(upkeep.notices.is_empty(), "{sql}: {upkeep:?}");
        let made = files(&folder);

        let other = Connection::open(daycare.at("catalogue.sqlite")).unwrap();
        other.execute_batch(sql).unwrap();
        drop(other);
        for hours in [24, 24, 25] {
            let upkeep = round(hours);
            let damage = (Part::Catalogue, "notice-catalogue-corrupt");
            assert_eq!(keys(&upkeep), [damage], "{sql}");
            assert!(upkeep.is_damaged, "{sql}: /health has to say it");
            assert_eq!(files(&folder), made, "{sql}");
        }

        let backup = folder.join(made.first().unwrap());
        daycare.catalogue.restore(&backup).unwrap();
        let upkeep = round(25);
        assert!(upkeep.notices.is_empty(), "{sql}: {upkeep:?}");
        assert!(!upkeep.is_damaged, "{sql}");
        assert_eq!(files(&folder).len(), 2, "{sql}: backups go on");
        let before = visits(&daycare);
        daycare.arrives(&arrival("breed", "pug"));
        assert_eq!(visits(&daycare), before + 1, "{sql}");
    }
}

#[test]
fn a_damaged_log_that_was_kept_is_said_until_somebody_removes_it() {
    let daycare = backed_up();
    let (folder, _elsewhere) = close(daycare);
    fs::write(folder.path().join("catalogue.sqlite-wal"), [0x5A; 8192]).unwrap();
    let mut rounds = DailyRounds::new(None);
    let log = (Part::Backup, "notice-catalogue-log");
    for _ in 0..2 {
        // Also by a kiosk that restarts.
        let catalogue = Catalogue::open(folder.path()).unwrap();
        let upkeep = rounds.round(&catalogue, after(0));
        assert_eq!(keys(&upkeep), [log]);
        rounds = DailyRounds::new(None);
    }
    let catalogue = Catalogue::open(folder.path()).unwrap();
    for kept in catalogue.damaged_logs().unwrap() {
        fs::remove_dir_all(kept).unwrap();
    }
    assert_eq!(rounds.round(&catalogue, after(1)), Upkeep::default());
}

#[test]
fn damage_that_is_found_is_said_until_a_backup_is_restored() {
    let (folder, elsewhere) = damaged();
    let catalogue = Catalogue::open(folder.path()).unwrap();
    let mut rounds = DailyRounds::new(None);
    let upkeep = rounds.round(&catalogue, after(0));
    assert!(upkeep.is_damaged);
    let damage = (Part::Catalogue, "notice-catalogue-corrupt");
    assert_eq!(keys(&upkeep), [damage]);
    let backup = elsewhere.path().join("backup.tar");
    catalogue.restore(&backup).unwrap();
    assert_eq!(rounds.round(&catalogue, after(1)), Upkeep::default());
}
