//! Hostile backups, and restores that fail or are cut off: nothing changes, and nothing is left.

use std::env;
use std::fs;
use std::hint;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use catalogue::{Catalogue, CatalogueError, Stop};
use jiff::Timestamp;
use rusqlite::Connection;
use tar::EntryType;

use super::wrong_backup::{Entry, entries, tar};
use super::{Daycare, all_of, backed_up, close, files, photographed, pug};

/// Rewrites the backup of a daycare after a change, as `changed.tar` beside it.
fn changed(daycare: &Daycare, change: impl FnOnce(&mut Vec<Entry>)) -> PathBuf {
    let mut entries = entries(&fs::read(daycare.backup_file()).unwrap());
    change(&mut entries);
    let entries: Vec<_> = (entries.iter())
        .map(|(name, bytes)| (&**name, EntryType::Regular, &**bytes))
        .collect();
    let file = daycare.elsewhere.path().join("changed.tar");
    fs::write(&file, tar(&entries)).unwrap();
    file
}

/// The same, with SQL for the database.
fn changed_by(daycare: &Daycare, sql: &str) -> PathBuf {
    changed(daycare, |entries| {
        let file = daycare.elsewhere.path().join("changed.sqlite");
        fs::write(&file, &entries[0].1).unwrap();
        let database = Connection::open(&file).unwrap();
        database
            .execute_batch(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        drop(database);
        entries[0].1 = fs::read(&file).unwrap();
    })
}

/// Values in our own tables that no kiosk writes. Each of them would make something fail later, for
/// ever, or lead out of the catalogue's folder.
const IMPOSSIBLE: [&str; 23] = [
    "UPDATE visit SET at = 4611686018427387904",
    "UPDATE visit SET at = 300000000000000",
    "UPDATE visit SET photograph_since = 300000000000000",
    "UPDATE visit SET photograph_bytes = 2000000000",
    "UPDATE visit SET photograph_bytes = -1",
    "UPDATE visit SET confidence = 9e999",
    "UPDATE visit SET candidates = '{}'",
    "UPDATE visit SET embedding = zeroblob(100000)",
    "UPDATE visit SET revision = -1",
    "PRAGMA ignore_check_constraints = 1; UPDATE visit SET said = 'pug' || char(0) || '/../../x'",
    "UPDATE visit SET said = 'pug' || char(10)",
    "UPDATE animal SET name = CAST(x'FF' AS TEXT)",
    "UPDATE animal SET notes = hex(zeroblob(200000))",
    "UPDATE animal SET vaccinated_until = 'soon'",
    "UPDATE animal SET vaccinations = '[1]'",
    "UPDATE expected SET day = 'tomorrow'",
    "INSERT INTO orphan (name, since) VALUES ('../../..', 0)",
    "INSERT INTO forgotten_breed (breed) VALUES ('../../..')",
    "INSERT OR REPLACE INTO setting (key, value) VALUES ('keep_days', '0')",
    "INSERT OR REPLACE INTO own_clock (id, seen, own, confirmed) VALUES (1, 300000000000000, 0, 1)",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "UPDATE sqlite_sequence SET seq = 'many'",
    // Two tables in one place.
    "PRAGMA writable_schema = 1;
     UPDATE sqlite_schema
     SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'booking')
     WHERE name = 'owner'",
];

#[test]
fn values_that_no_kiosk_writes_are_refused() {
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    let left = files(daycare.folder.path());
    let tables: String = (0..400)
        .map(|number| format!("CREATE TABLE more{number} (x);"))
        .collect();
    let others = [
        tables.as_str(),
        // A log that is not there could be missed.
        "PRAGMA journal_mode = WAL",
    ];
    for sql in IMPOSSIBLE.into_iter().chain(others) {
        let wrong = changed_by(&daycare, sql);
        let error = daycare.catalogue.restore(&wrong).unwrap_err();
        assert!(
            matches!(error, CatalogueError::NotABackup { .. }),
            "{sql}: {error}"
        );
        assert!(error.to_string().contains("damaged"), "{sql}: {error}");
        assert_eq!(all_of(&daycare.catalogue), before, "{sql}");
        assert_eq!(files(daycare.folder.path()), left, "{sql}");
    }
}

#[test]
fn what_follows_from_the_visits_is_counted_anew() {
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    let made_up = changed_by(&daycare, "UPDATE animal SET visits = 77, last_visit = 0");
    daycare.catalogue.restore(&made_up).unwrap();
    assert_eq!(all_of(&daycare.catalogue), before);
}

#[test]
fn a_number_that_was_given_before_the_backup_is_not_given_again() {
    for stays in [false, true] {
        let daycare = Daycare::new();
        if stays {
            daycare.adds(&pug("Rex"));
        }
        let gone = daycare.adds(&pug("Max"));
        daycare.catalogue.delete_animal(gone, "owner").unwrap();
        daycare.backs_up();
        let fresh = Daycare::new();
        fresh.catalogue.restore(&daycare.backup_file()).unwrap();
        assert!(fresh.adds(&pug("Zoé")) > gone);
    }
}

#[test]
fn a_photograph_that_belongs_to_no_record_is_not_restored() {
    let daycare = backed_up();
    let extra = "20260501T080000Z-0123456789abcdef.jpg";
    let more = changed(&daycare, |entries| {
        let photograph = entries[1].1.clone();
        entries.insert(1, (format!("photographs/{extra}"), photograph));
        let manifest = &mut entries.last_mut().unwrap().1;
        let text = String::from_utf8(manifest.clone()).unwrap();
        assert!(text.contains("\"photographs\": 2"), "{text}");
        *manifest = text
            .replace("\"photographs\": 2", "\"photographs\": 3")
            .into_bytes();
    });
    let fresh = Daycare::new();
    fresh.catalogue.restore(&more).unwrap();
    assert_eq!(fresh.photographs(), daycare.photographs());
    assert!(!fresh.photographs().contains(extra));
}

#[test]
fn a_backup_cannot_have_photographs_removed_that_are_not_in_it() {
    let daycare = backed_up();
    let before = daycare.photographs();
    daycare.arrives(&photographed("unsure", "pug", 16));
    let after = daycare.photographs();
    let newer = after.difference(&before).next().unwrap();
    let sql = format!("INSERT INTO forgotten (photograph) VALUES ('{newer}')");
    let wrong = changed_by(&daycare, &sql);
    daycare.catalogue.restore(&wrong).unwrap();
    daycare.catalogue.tidy(Timestamp::now()).unwrap();
    let everywhere = files(daycare.folder.path());
    assert!(
        everywhere.iter().any(|file| file.ends_with(newer.as_str())),
        "{everywhere:?}"
    );
}

#[test]
fn a_program_that_ends_does_not_wait_for_a_restore() {
    let daycare = backed_up();
    daycare.arrives(&photographed("unsure", "pug", 16));
    let before = all_of(&daycare.catalogue);
    let left = files(daycare.folder.path());
    daycare.catalogue.stop_restoring();
    let error = daycare
        .catalogue
        .restore(&daycare.backup_file())
        .unwrap_err();
    assert!(matches!(error, CatalogueError::Interrupted), "{error}");
    assert_eq!(all_of(&daycare.catalogue), before);
    assert_eq!(files(daycare.folder.path()), left);
}

#[test]
fn nor_for_one_to_a_catalogue_that_is_damaged_or_lost() {
    let (folder, elsewhere) = close(backed_up());
    let backup = elsewhere.path().join("backup.tar");
    let file = folder.path().join("catalogue.sqlite");
    let stop = Stop::default();
    stop.ask();
    let damages: [fn(&Path); 3] = [
        |_| {},
        |file| fs::write(file, [7; 10_000]).unwrap(),
        |file| fs::remove_file(file).unwrap(),
    ];
    for damage in damages {
        damage(&file);
        let before = (fs::read(&file).ok(), files(folder.path()));
        let error = Catalogue::restore_to(folder.path(), &backup, &stop).unwrap_err();
        assert!(matches!(error, CatalogueError::Interrupted), "{error}");
        let after = (fs::read(&file).ok(), files(folder.path()));
        assert_eq!(after, before);
    }
}

#[test]
fn a_restore_to_a_new_folder_that_fails_makes_no_catalogue_there() {
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    let (_folder, elsewhere) = close(daycare);
    let backup = elsewhere.path().join("backup.tar");
    let cut = elsewhere.path().join("cut.tar");
    let bytes = fs::read(&backup).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let new = elsewhere.path().join("new");
    let [goes_on, stops] = [(); 2].map(|()| Stop::default());
    stops.ask();
    for (file, stop) in [(&cut, &goes_on), (&backup, &stops)] {
        let error = Catalogue::restore_to(&new, file, stop).unwrap_err();
        assert!(!Catalogue::exists(&new), "{error}");
        assert_eq!(fs::read_dir(&new).unwrap().count(), 0, "{error}");
    }
    Catalogue::restore_to(&new, &backup, &goes_on).unwrap();
    assert_eq!(all_of(&Catalogue::open(&new).unwrap()), before);
}

/// A daycare with a backup of a few visits with photographs.
fn busy() -> Daycare {
    let daycare = backed_up();
    for side in 16..24 {
        daycare.arrives(&photographed("unsure", "boxer", side));
    }
    daycare.backs_up();
    daycare
}

#[test]
fn a_full_disk_during_a_restore_changes_nothing_and_leaves_nothing() {
    let from = busy();
    let (folder, _elsewhere) = close(backed_up());
    let database = entries(&fs::read(from.backup_file()).unwrap())[0].1.len();
    // In blocks of 512 bytes. With less than the first, no catalogue can be opened. Around the size of
    // the database first its copies no longer fit, then the write-ahead log.
    let full = database / 512;
    let limits = (80..full - 8)
        .step_by(48)
        .chain((full - 8..full + 64).step_by(3));
    for (refused, blocks) in limits.enumerate() {
        let shell = format!("trap '' XFSZ; ulimit -f {blocks};");
        let child = restorer(folder.path(), &from.backup_file(), &shell);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{blocks} blocks: {said}");
        if said.contains("restored") {
            let catalogue = Catalogue::open(folder.path()).unwrap();
            assert_eq!(all_of(&catalogue), all_of(&from.catalogue));
            assert!(refused > 5, "only {refused} of them failed");
            return;
        }
        assert!(said.contains("refused: "), "{blocks} blocks: {said}");
    }
    panic!("none of them succeeded");
}

#[test]
fn a_restore_that_is_killed_is_done_or_leaves_nothing() {
    let from = busy();
    let after = all_of(&from.catalogue);
    let daycare = backed_up();
    let before = all_of(&daycare.catalogue);
    let (folder, _elsewhere) = close(daycare);
    let photographs = folder.path().join("photographs");
    let left = files(&photographs);
    let there = entries_below(folder.path());
    // As soon as there are so many files and folders more.
    for more in 1.. {
        let mut child = restorer(folder.path(), &from.backup_file(), "");
        let mut ended = None;
        while ended.is_none() && entries_below(folder.path()) < there + more {
            hint::spin_loop();
            ended = child.try_wait().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let catalogue = Catalogue::open(folder.path()).unwrap();
        let records = all_of(&catalogue);
        if records == after {
            let mut all = left.clone();
            all.extend(from.photographs());
            assert_eq!(files(&photographs), all);
            return;
        }
        assert!(ended.is_none(), "it could not restore");
        assert_eq!(records, before, "killed at {more}");
        assert_eq!(files(&photographs), left, "killed at {more}");
        drop(catalogue);
        assert_eq!(entries_below(folder.path()), there, "killed at {more}");
    }
}

/// How many files and folders are below a folder that somebody else changes meanwhile.
fn entries_below(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| 1 + entries_below(&entry.path()))
        .sum()
}

/// Starts another process that restores a backup. `shell` is a command to run before.
fn restorer(folder: &Path, backup: &Path, shell: &str) -> Child {
    Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(env::current_exe().unwrap())
        .args([
            "--exact",
            "restore::restorer_process",
            "--ignored",
            "--nocapture",
        ])
        .env("RESTORE_TO", folder)
        .env("RESTORE_FROM", backup)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the other process of the two tests above"]
fn restorer_process() {
    let [folder, backup] = ["RESTORE_TO", "RESTORE_FROM"]
        .map(|name| PathBuf::from(env::var_os(name).expect("the folder and the backup")));
    let catalogue = Catalogue::open(&folder).unwrap();
    let before = (all_of(&catalogue), files(&folder));
    match catalogue.restore(&backup) {
        Ok(_) => println!("restored"),
        Err(error) => {
            assert_eq!((all_of(&catalogue), files(&folder)), before, "{error}");
            println!("refused: {error}");
        }
    }
}
