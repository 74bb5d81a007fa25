//! Damage to the files that SQLite keeps beside the catalogue's. After a power cut, the newest records
//! are in its log alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::thread;

use catalogue::Catalogue;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{all_of, backed_up, close, contents, files, pug};

const LOG: &str = "catalogue.sqlite-wal";
const INDEX_OF_LOG: &str = "catalogue.sqlite-shm";

/// The animals in the order in which they were added: the first one is in the catalogue's file, and each
/// of the others in the log.
const NAMES: [&str; 4] = ["Rex", "Alba", "Bruno", "Cookie"];

/// What a power cut leaves.
struct Left {
    /// All files, by their names.
    files: BTreeMap<String, Vec<u8>>,
    /// The length of the log after each animal in it, in bytes.
    ends: [usize; 3],
}

impl Left {
    fn by_a_power_cut() -> Self {
        let (folder, _elsewhere) = close(backed_up());
        let catalogue = Catalogue::open(folder.path()).unwrap();
        let ends = [NAMES[1], NAMES[2], NAMES[3]].map(|name| {
            catalogue.add_animal(&pug(name), "ana").unwrap();
            fs::metadata(folder.path().join(LOG)).unwrap().len() as usize
        });
        let files = contents(folder.path());
        Self { files, ends }
    }

    fn folder(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &self.files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        folder
    }
}

/// Asserts that the catalogue in a folder opens and has the first animals, that what is added is there
/// the next time, and that it is whole. If its log is damaged, that is said before and after, and the log
/// is kept with the file of that time.
fn check(folder: &Path, names: &[&str], what: &str, fault: Option<&str>) {
    let before = contents(folder);
    let photographs = files(&folder.join("photographs"));
    let known = |catalogue: &Catalogue| {
        let records = all_of(catalogue);
        let is_known = |name: &&str| records.contains(&format!("\"{name}\""));
        let known: Vec<&str> = NAMES.into_iter().chain(["Dora"]).filter(is_known).collect();
        known
    };
    if let Some(fault) = fault {
        let said = Catalogue::verify(folder).unwrap();
        let [line] = &said[..] else {
            panic!("{what}: {said:?}");
        };
        assert!(line.contains(LOG) && line.contains(fault), "{what}: {line}");
        assert!(
            log_in(&contents(folder)) == log_in(&before),
            "{what}: changed"
        );
    }
    let catalogue = Catalogue::open(folder).unwrap();
    assert_eq!(known(&catalogue), names, "{what}");
    let kept = catalogue.damaged_logs().unwrap();
    assert_eq!(kept.len(), usize::from(fault.is_some()), "{what}");
    for place in &kept {
        let copies = contents(place);
        assert!(
            copies["catalogue.sqlite"] == before["catalogue.sqlite"],
            "{what}"
        );
        assert!(log_in(&copies) == log_in(&before), "{what}");
    }
    catalogue.add_animal(&pug("Dora"), "ana").unwrap();
    drop(catalogue);
    let catalogue = Catalogue::open(folder).unwrap();
    assert_eq!(known(&catalogue), [names, &["Dora"]].concat(), "{what}");
    assert_eq!(catalogue.damaged_logs().unwrap(), kept, "{what}: said once");
    drop(catalogue);
    let faults = Catalogue::verify(folder).unwrap();
    assert_eq!(faults.len(), kept.len(), "{what}: {faults:?}");
    for (fault, place) in faults.iter().zip(&kept) {
        assert!(fault.contains(place.to_str().unwrap()), "{what}: {fault}");
        fs::remove_dir_all(place).unwrap();
    }
    let faults = Catalogue::verify(folder).unwrap();
    assert!(faults.is_empty(), "{what}: {faults:?}");
    assert_eq!(files(&folder.join("photographs")), photographs, "{what}");
}

/// The log among some files. One that is missing is like an empty one.
fn log_in(files: &BTreeMap<String, Vec<u8>>) -> &[u8] {
    files.get(LOG).map(Vec::as_slice).unwrap_or_default()
}

/// What has no order.
fn random(index: usize) -> u8 {
    ((index as u32).wrapping_mul(0x9E37_79B1) >> 24) as u8
}

#[test]
fn what_stands_before_the_damage_of_a_log_is_kept_and_what_is_lost_is_said() {
    type Damage = fn(&mut Vec<u8>, [usize; 3]);
    const HEADER: Option<&str> = Some("its header is wrong");
    const FRAME: Option<&str> = Some("wrong at byte");
    const CUT: Option<&str> = Some("it ends at byte");
    // How the log is damaged, how many animals are kept, and what is said with the log's index and without. A
    // power cut leaves a log that ends anywhere, and may leave a last record half written that was not
    // acknowledged: the index does not know of it then.
    let damages: [(&str, Damage, usize, [Option<&str>; 2]); 17] = [
        ("whole", |_, _| {}, 4, [None; 2]),
        ("emptied", |log, _| log.clear(), 1, [None; 2]),
        ("cut in its header", |log, _| log.truncate(20), 1, [None; 2]),
        (
            "cut behind its header",
            |log, _| log.truncate(32),
            1,
            [CUT, None],
        ),
        ("zeroed", |log, _| log.fill(0), 1, [HEADER; 2]),
        (
            "a wrong header",
            |log, _| log[..32].fill(0xA5),
            1,
            [HEADER; 2],
        ),
        (
            "one bit of its header",
            |log, _| log[17] ^= 1,
            1,
            [HEADER; 2],
        ),
        (
            "random",
            |log, _| *log = (0..log.len()).map(random).collect(),
            1,
            [HEADER; 2],
        ),
        (
            "one byte wrong in the first record",
            |log, ends| log[ends[0] / 2] ^= 0xFF,
            1,
            [FRAME; 2],
        ),
        (
            "one byte wrong in the middle",
            |log, ends| log[ends[0].midpoint(ends[1])] ^= 0xFF,
            2,
            [FRAME; 2],
        ),
        (
            "zeros in the middle",
            |log, ends| log[ends[0]..ends[0] + 4096].fill(0),
            2,
            [FRAME; 2],
        ),
        (
            "one byte wrong in the last record",
            |log, ends| log[ends[1].midpoint(ends[2])] ^= 0xFF,
            3,
            [FRAME, None],
        ),
        (
            "its last byte wrong",
            |log, ends| log[ends[2] - 1] ^= 0xFF,
            3,
            [FRAME, None],
        ),
        (
            "its last byte missing",
            |log, ends| log.truncate(ends[2] - 1),
            3,
            [CUT, None],
        ),
        (
            "cut between two records",
            |log, ends| log.truncate(ends[1]),
            3,
            [CUT, None],
        ),
        (
            "cut in the middle",
            |log, ends| log.truncate(ends[0].midpoint(ends[1])),
            2,
            [CUT, None],
        ),
        (
            "more behind it",
            |log, ends| log.extend_from_within(ends[1]..ends[2] - 1),
            4,
            [None; 2],
        ),
    ];
    let whole = Left::by_a_power_cut();
    for (what, damage, kept, faults) in damages {
        let mut files = whole.files.clone();
        damage(files.get_mut(LOG).unwrap(), whole.ends);
        let mut left = Left { files, ..whole };
        check(left.folder().path(), &NAMES[..kept], what, faults[0]);
        left.files.remove(INDEX_OF_LOG).unwrap();
        check(left.folder().path(), &NAMES[..kept], what, faults[1]);
    }
}

#[test]
fn an_index_that_is_older_than_the_log_knows_of_no_damage() {
    let (folder, _elsewhere) = close(backed_up());
    let catalogue = Catalogue::open(folder.path()).unwrap();
    let mut older = Vec::new();
    for name in [NAMES[1], NAMES[2], NAMES[3]] {
        catalogue.add_animal(&pug(name), "ana").unwrap();
        older.push(fs::read(folder.path().join(INDEX_OF_LOG)).unwrap());
    }
    let files = contents(folder.path());
    // What was flushed last is the log.
    for index in older {
        let mut files = files.clone();
        files.insert(INDEX_OF_LOG.to_owned(), index);
        let left = Left {
            files,
            ends: [0; 3],
        };
        check(left.folder().path(), &NAMES, "an older index", None);
    }
    // Nor does one of the round through the log before.
    let other = Connection::open(folder.path().join("catalogue.sqlite")).unwrap();
    let restart = "PRAGMA wal_checkpoint(RESTART)";
    let is_busy: bool = other.query_row(restart, [], |row| row.get(0)).unwrap();
    assert!(!is_busy);
    catalogue.add_animal(&pug("Dora"), "ana").unwrap();
    let mut newer = contents(folder.path());
    let index = files[INDEX_OF_LOG].clone();
    newer.insert(INDEX_OF_LOG.to_owned(), index);
    let left = Left {
        files: newer,
        ends: [0; 3],
    };
    assert!(Catalogue::verify(left.folder().path()).unwrap().is_empty());
}

#[test]
fn a_log_that_is_gone_is_said_where_it_is_certain_that_records_are_gone_with_it() {
    let (folder, _elsewhere) = close(backed_up());
    let file = |folder: &Path| folder.join("catalogue.sqlite");
    let catalogue = Catalogue::open(folder.path()).unwrap();
    let unchanged = fs::metadata(file(folder.path())).unwrap().modified();
    let unchanged = unchanged.unwrap();
    // Nothing was recorded: the log may not even have got a name on the disk.
    let nothing = contents(folder.path());
    catalogue.add_animal(&pug(NAMES[1]), "ana").unwrap();
    let one = contents(folder.path());
    // Somebody has moved the record into the file, and removed the log.
    catalogue.checkpoint().unwrap();
    let moved = contents(folder.path());
    drop(catalogue);
    let closed = contents(folder.path());

    let said = Some("missing or empty");
    for (what, files, is_unchanged, kept, fault) in [
        ("nothing recorded", nothing, true, 1, None),
        ("one record", one.clone(), true, 1, said),
        ("a file that may be another one", one, false, 1, None),
        ("moved", moved, false, 2, None),
        ("closed", closed, false, 2, None),
    ] {
        let left = Left {
            files,
            ends: [0; 3],
        };
        for is_empty in [false, true] {
            let left = left.folder();
            let log = left.path().join(LOG);
            if is_empty {
                fs::write(log, "").unwrap();
            } else if log.exists() {
                fs::remove_file(log).unwrap();
            }
            if is_unchanged {
                let file = File::options().write(true).open(file(left.path()));
                file.unwrap().set_modified(unchanged).unwrap();
            }
            check(left.path(), &NAMES[..kept], what, fault);
        }
    }
}

#[test]
fn frames_of_an_earlier_round_through_the_log_are_no_damage() {
    let (folder, _elsewhere) = close(backed_up());
    let catalogue = Catalogue::open(folder.path()).unwrap();
    for name in [NAMES[1], NAMES[2]] {
        catalogue.add_animal(&pug(name), "ana").unwrap();
    }
    let log = folder.path().join(LOG);
    let length = || fs::metadata(&log).unwrap().len() as usize;
    let before = length();
    let other = Connection::open(folder.path().join("catalogue.sqlite")).unwrap();
    let restart = "PRAGMA wal_checkpoint(RESTART)";
    let is_busy: bool = other.query_row(restart, [], |row| row.get(0)).unwrap();
    assert!(!is_busy);
    catalogue.add_animal(&pug(NAMES[3]), "ana").unwrap();
    assert_eq!(length(), before, "it begins again in the same file");

    let left = Left {
        files: contents(folder.path()),
        ends: [before; 3],
    };
    check(left.folder().path(), &NAMES, "an earlier round", None);
}

#[test]
fn a_log_to_which_others_write_is_not_taken_for_a_damaged_one() {
    let (folder, _elsewhere) = close(backed_up());
    let catalogue = Catalogue::open(folder.path()).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            // More than SQLite puts into one round through the file.
            for _ in 0..200 {
                catalogue.add_animal(&pug("Rex"), "ana").unwrap();
            }
        });
        while !writer.is_finished() {
            let faults = Catalogue::verify_quickly(folder.path()).unwrap();
            assert!(faults.is_empty(), "{faults:?}");
        }
    });
    assert!(catalogue.damaged_logs().unwrap().is_empty());
}

#[test]
fn a_damaged_index_of_the_log_costs_nothing() {
    let whole = Left::by_a_power_cut();
    for (what, bytes) in [
        ("random", (0..32_768).map(random).collect()),
        ("zeroed", vec![0; 32_768]),
        ("empty", Vec::new()),
    ] {
        let mut files = whole.files.clone();
        files.insert(INDEX_OF_LOG.to_owned(), bytes);
        let left = Left { files, ..whole };
        check(left.folder().path(), &NAMES, what, None);
    }
}
