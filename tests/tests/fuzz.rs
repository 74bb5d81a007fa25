//! Tries the parsers of foreign bytes on chosen and on damaged input, in short, and compares them with those
//! that libFuzzer runs.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use tests::fuzz::{LONGEST, TARGETS, Target};
use tests::workspace;

/// What the damage depends on.
const SEED: u64 = 17;

/// How often each parser is tried. What loads a network, writes to the disk or connects to a camera takes
/// longer.
const ROUNDS: [(&str, usize); 17] = [
    ("api", 1000),
    ("backup", 60),
    ("bookings", 3000),
    ("bundle", 600),
    ("certificate", 1000),
    ("child", 2000),
    ("database", 60),
    ("encrypted", 60),
    ("forms", 1000),
    ("frame", 3000),
    ("http", 1000),
    ("hub", 1000),
    ("keys", 3000),
    ("mqtt", 3000),
    ("photograph", 6000),
    ("settings", 2000),
    ("signature", 3000),
];

/// The parsers of files that are no text: what they begin with is made by code.
const WITHOUT_CORPUS: [&str; 5] = ["backup", "bundle", "database", "frame", "photograph"];

fn target(name: &str) -> &'static Target {
    let target = TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("there is no {name}"))
}

#[test]
fn whole_input_is_accepted() {
    for target in &TARGETS {
        for (index, bytes) in (target.seeds)().iter().enumerate() {
            assert!((target.run)(bytes), "{}, seed {index}", target.name);
        }
    }
}

#[test]
fn chosen_input_does_no_harm() {
    for target in &TARGETS {
        let name = target.name;
        let corpus = target.corpus();
        let has_none = WITHOUT_CORPUS.contains(&name);
        assert_eq!(corpus.is_empty(), has_none, "tests/fuzz/corpus/{name}");
        for (file, bytes) in corpus {
            let file = file.strip_prefix(workspace()).expect("a file in there");
            // A parser that panics does not say which one it was.
            println!("{}", file.display());
            let start = Instant::now();
            let is_accepted = (target.run)(&bytes);
            assert!(start.elapsed() < LONGEST, "{}", file.display());
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let is_whole = stem.starts_with("whole");
            assert!(is_accepted || !is_whole, "{}", file.display());
        }
    }
}

#[test]
fn each_corpus_is_that_of_a_parser() {
    let corpora = fs::read_dir(workspace().join("tests/fuzz/corpus")).expect("the corpora");
    for folder in corpora {
        let name = folder.expect("a folder").file_name();
        let is_known = TARGETS.iter().any(|target| name == target.name);
        assert!(is_known, "{}", name.display());
    }
}

#[test]
fn damaged_input_does_no_harm() {
    for (name, rounds) in ROUNDS {
        let tried = target(name).attack(SEED, |round| round < rounds);
        assert!(tried.refused > rounds / 10, "{name}: {tried:?}");
        assert!(tried.slowest < LONGEST, "{name}: {tried:?}");
    }
}

#[test]
fn libfuzzer_runs_the_same_parsers() {
    let here: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let tried: BTreeSet<_> = ROUNDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(tried, here);

    let folder = workspace().join("tests/fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    let names = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("name = \""));
    let names = names.map(|name| name.trim_end_matches('"').to_owned());
    // The first name is the package's.
    let listed: BTreeSet<_> = names.skip(1).collect();
    assert_eq!(listed, here);
    for name in here {
        let file = folder.join("fuzz_targets").join(format!("{name}.rs"));
        let source = fs::read_to_string(&file).expect("a libFuzzer target");
        assert!(source.contains(&format!("fuzz::{name}(bytes)")), "{source}");
    }
}
