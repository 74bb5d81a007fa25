//! Damage to the files that SQLite keeps beside the catalogue's. After a power cut, the newest records
//! are in its log alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use catalogue::Catalogue;
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
/// the next time, and that it is whole.
fn check(folder: &Path, names: &[&str], what: &str) {
    let photographs = files(&folder.join("photographs"));
    let known = |catalogue: &Catalogue| {
        let records = all_of(catalogue);
        let is_known = |name: &&str| records.contains(&format!("\"{name}\""));
        let known: Vec<&str> = NAMES.into_iter().chain(["Dora"]).filter(is_known).collect();
        known
    };
    let catalogue = Catalogue::open(folder).unwrap();
    assert_eq!(known(&catalogue), names, "{what}");
    catalogue.add_animal(&pug("Dora"), "ana").unwrap();
    drop(catalogue);
    let catalogue = Catalogue::open(folder).unwrap();
    assert_eq!(known(&catalogue), [names, &["Dora"]].concat(), "{what}");
    drop(catalogue);
    let faults = Catalogue::verify(folder).unwrap();
    assert!(faults.is_empty(), "{what}: {faults:?}");
    assert_eq!(files(&folder.join("photographs")), photographs, "{what}");
}

#[test]
fn what_stands_before_the_damage_of_a_log_is_kept() {
    type Damage = fn(&mut Vec<u8>, [usize; 3]);
    // How the log is damaged, and how many animals are kept.
    let damages: [(&str, Damage, usize); 7] = [
        ("whole", |_, _| {}, 4),
        ("zeroed", |log, _| log.fill(0), 1),
        ("a wrong header", |log, _| log[..32].fill(0xA5), 1),
        ("cut behind its header", |log, _| log.truncate(32), 1),
        (
            "cut in the middle",
            |log, ends| log.truncate(ends[0].midpoint(ends[1])),
            2,
        ),
        (
            "one byte wrong in the middle",
            |log, ends| log[ends[0].midpoint(ends[1])] ^= 0xFF,
            2,
        ),
        (
            "its last byte missing",
            |log, ends| log.truncate(ends[2] - 1),
            3,
        ),
    ];
    let whole = Left::by_a_power_cut();
    for (what, damage, kept) in damages {
        let mut files = whole.files.clone();
        damage(files.get_mut(LOG).unwrap(), whole.ends);
        let left = Left { files, ..whole };
        check(left.folder().path(), &NAMES[..kept], what);
    }
}

#[test]
fn a_damaged_index_of_the_log_costs_nothing() {
    let random = |index: u32| (index.wrapping_mul(0x9E37_79B1) >> 24) as u8;
    let whole = Left::by_a_power_cut();
    for (what, bytes) in [
        ("random", (0..32_768).map(random).collect()),
        ("zeroed", vec![0; 32_768]),
        ("empty", Vec::new()),
    ] {
        let mut files = whole.files.clone();
        files.insert(INDEX_OF_LOG.to_owned(), bytes);
        let left = Left { files, ..whole };
        check(left.folder().path(), &NAMES, what);
    }
}
